"""Money, months, curves, windows and payments against known answers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.model import Money, Month, MonthSpan, load
from comity.model.profiles import ByYear, Curve, Milestone, Milestones
from comity.model.spending import monthly_totals, payments, whole_cost
from comity.model.windows import Synodic

EXAMPLE = Path(__file__).parents[2] / "src" / "comity" / "cli" / "example_programme"

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
MONTHS = st.integers(min_value=0, max_value=9999 * 12 + 11).map(Month)


@given(AMOUNTS, st.sampled_from(["EUR", "USD", "JPY"]), st.integers(1900, 2100))
def test_money_reads_back_as_it_is_written(amount: Decimal, currency: str, ec: int) -> None:
    money = Money(amount, currency, ec)
    assert Money.parse(str(money)) == money


@given(MONTHS, st.integers(0, 400))
def test_months_and_spans_read_back_as_they_are_written(month: Month, length: int) -> None:
    assert Month.parse(str(month)) == month
    last = min(month.plus(length), Month.of(9999, 12))
    assert MonthSpan.parse(str(MonthSpan(month, last))) == MonthSpan(month, last)


@pytest.mark.parametrize("text", ["450", "450 EUR", "450 MEUR", "450 XXZ@2025", "EUR@2025", "4,5 MEUR@2025"])
def test_money_without_currency_or_conditions_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"currency|economic-conditions|amount of money"):
        Money.parse(text)


# Launch dates: NASA NSSDCA, Chronology of Mars Exploration.
@pytest.mark.parametrize(
    ("craft", "launched"),
    [
        ("2001 Mars Odyssey", "2001-04"),
        ("Spirit", "2003-06"),
        ("MRO", "2005-08"),
        ("Phoenix", "2007-08"),
        ("MSL", "2011-11"),
        ("MAVEN", "2013-11"),
        ("ExoMars TGO", "2016-03"),
        ("InSight", "2018-05"),
        ("Perseverance, Tianwen-1, Hope", "2020-07"),
    ],
)
def test_craft_left_for_mars_within_a_month_of_a_computed_window(craft: str, launched: str) -> None:
    spans = Synodic(synodic=("earth", "mars"), width="3 months").spans(Month.of(1999), Month.of(2024, 12))  # type: ignore[arg-type]
    month = Month.parse(launched)
    assert any(s.first.plus(-1) <= month <= s.last.plus(1) for s in spans), (craft, *map(str, spans))


def test_windows_to_mars_recur_with_the_synodic_period_of_780_days() -> None:
    spans = Synodic(synodic=("earth", "mars")).spans(Month.of(2000), Month.of(2047, 12))
    mean = (spans[-1].first.index - spans[0].first.index) / (len(spans) - 1)
    assert mean == pytest.approx(779.94 / 30.4375, abs=0.1)


SHAPES = [
    Curve(curve="uniform"),
    Curve(curve="rayleigh"),
    Curve(curve="beta"),
    ByYear(by_year=(Decimal("0.2"), Decimal("0.8"))),
    Milestones(
        milestones=(
            Milestone(name="a", at="0 months", share=Decimal("0.4")),  # type: ignore[arg-type]
            Milestone(name="b", at="90 months", share=Decimal("0.6")),
        )
    ),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("profile", SHAPES, ids=lambda p: getattr(p, "curve", type(p).__name__))
@given(months=st.integers(1, 240))
def test_a_profile_spends_all_and_nothing_twice(profile: Curve | ByYear | Milestones, months: int) -> None:
    fractions = profile.fractions(months)
    assert len(fractions) == months
    assert min(fractions) >= 0
    assert sum(fractions) == pytest.approx(1, abs=1e-9)


def test_a_rayleigh_profile_has_spent_39_percent_at_its_peak() -> None:
    # The peak of t exp(-a t^2), a = 3.5, is at t = 1/sqrt(2a) = 0.378, where 1 - exp(-1/2) = 39.3 % of the whole
    # curve is spent; cut at t = 1, where 1 - exp(-3.5) = 97 % is, that is 40.6 % of the cost.
    fractions = Curve(curve="rayleigh").fractions(1000)
    assert sum(fractions[:378]) == pytest.approx(0.393469 / 0.969803, abs=1e-3)


@given(st.data())
def test_payments_add_up_to_the_cost_to_the_cent(data: st.DataObject) -> None:
    programme = PROGRAMME
    options = [o for m in programme.missions.values() for e in m.elements.values() for o in e.options]
    option = data.draw(st.sampled_from(options))
    start = Month.of(2030).plus(data.draw(st.integers(0, 60)))
    bills = payments(programme, option, start)
    assert monthly_totals(programme, option)[-1].quantize(Decimal("0.01")) == whole_cost(programme, option)
    for payer, share in option.payer_shares.items():
        paid = sum(bills[payer].values(), Decimal(0))
        assert paid == (monthly_totals(programme, option)[-1] * share).quantize(Decimal("0.01"))


PROGRAMME = load(EXAMPLE)
