from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.bundled import bundled
from comity.funding import FundingError
from comity.funding.exchange import convert, ecb_rates, price_step, rounded
from comity.model.reading import load

currencies = st.sampled_from(["EUR", "USD", "JPY", "GBP", "CHF", "NOK", "SEK", "PLN", "CAD"])
days = st.dates(date(2002, 1, 1), date(2025, 12, 31))


def test_rate_of_the_last_day_of_2024() -> None:
    # ECB reference rate of 2024-12-31: 1.0389 USD for one euro (programmes/global-2040 cites the same).
    assert convert(Decimal(100), "EUR", "USD", on=date(2024, 12, 31), rates=ecb_rates()) == Fraction("103.89")


def test_christmas_takes_the_rate_of_the_day_before() -> None:
    assert ecb_rates()("EUR", "USD", date(2024, 12, 26))[1] == date(2024, 12, 24)


@given(currencies, currencies, days, st.decimals("-1000000", "1000000", places=2, allow_nan=False))
def test_there_and_back_is_exact_before_rounding(there: str, back: str, on: date, amount: Decimal) -> None:
    rates = ecb_rates()
    assert convert(amount, there, back, on=on, rates=rates) * rates(back, there, on)[0] == Fraction(amount)


@given(st.decimals("-1000000", "1000000", places=4, allow_nan=False))
def test_rounding_moves_at_most_half_a_unit(amount: Decimal) -> None:
    assert abs(rounded(Fraction(amount), "EUR") - amount) <= Decimal("0.005")
    assert abs(rounded(Fraction(amount), "JPY") - amount) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("currency", "on", "said"),
    [
        ("EUX", date(2024, 1, 2), "ISO 4217"),
        ("AED", date(2024, 1, 2), "no rate of AED at all"),
        ("USD", date(1990, 1, 2), "it has those of 1999-01-04"),
        ("RUB", date(2024, 1, 2), "no rate of RUB"),
    ],
)
def test_missing_rate_says_what_there_is(currency: str, on: date, said: str) -> None:
    with pytest.raises(FundingError, match=said):
        convert(Decimal(1), currency, "EUR", on=on, rates=ecb_rates())


def test_prices_there_and_back_are_the_same() -> None:
    programmes = [load(bundled()["ska"])]
    up, down = price_step(programmes, "EUR", 2020, 2024), price_step(programmes, "EUR", 2024, 2020)
    assert up.factor * down.factor == 1
    # Euro area, harmonised index: 100.0 in 2020 and 120.0 in 2024, as the programme's source has it.
    assert up.factor == Fraction(6, 5)


def test_year_without_an_index_says_which_there_are() -> None:
    with pytest.raises(FundingError, match="2020"):
        price_step([load(bundled()["ska"])], "EUR", 1950, 2024)
