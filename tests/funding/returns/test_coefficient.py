"""Return coefficients: worked examples by hand from Annex V, Article IV, published figures, and what must always hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.returns import Statistics, alarms, cumulated, returns
from comity.funding.returns.published import published
from comity.funding.returns.verify import verify_returns
from tests.funding.returns.pools import contract, paid, pool

F = Fraction


def coefficients(statistics: Statistics, **how: object) -> dict[str, Fraction | None]:
    return {r.partner: r.coefficient for r in returns(statistics, **how).rows}  # type: ignore[arg-type]


def test_a_coefficient_is_the_share_of_contracts_over_the_share_of_contributions() -> None:
    # Article IV.1, by hand: a has 30 of 60 contracted, 50 %, and pays 40 of 100, 40 %: 50/40. b: 50/60.
    found = returns(pool({"a": 40, "b": 60}, contract("a", 30), contract("b", 30)))
    assert {r.partner: r.coefficient for r in found.rows} == {"a": F(5, 4), "b": F(5, 6)}
    assert found.of("b").ideal == 36
    assert found.of("b").surplus == -6
    assert found.of("b").missing(F(9, 10)) == F(9, 10) * 36 - 30
    assert found.of("a").missing(F(9, 10)) == 0
    assert found.mean == 1


def test_what_goes_outside_the_members_is_in_neither_total() -> None:
    # As the Spacelab arrangement of 1973 says of non-member states (Article 8): excluded from the statistics.
    without = coefficients(pool({"a": 40, "b": 60}, contract("a", 30), contract("b", 30)))
    shared = contract({"b": F(1, 2)}, 30, id="half outside")
    found = returns(pool({"a": 40, "b": 60}, contract("a", 30), contract("b", 15), shared, contract("us", 1000)))
    assert {r.partner: r.coefficient for r in found.rows} == without
    assert found.outside == 1015


def test_contracts_are_weighted_by_their_technological_interest() -> None:
    # Article IV.2, by hand: concrete at 0.25 counts 10 of 40; a then has 10 of 40, 25 %, for 50 % of contributions.
    concrete = contract("a", 40, weight=F(1, 4))
    assert coefficients(pool({"a": 1, "b": 1}, concrete, contract("b", 30))) == {"a": F(1, 2), "b": F(3, 2)}


def test_a_programme_left_out_of_the_overall_coefficient_has_one_of_its_own() -> None:
    # Article IV.1: contracts and contributions of a programme are left out where all its participants agreed.
    of_its_own = (contract("b", 900, programme="q"), paid("a", 500, programme="q"), paid("b", 100, programme="q"))
    statistics = pool({"a": 40, "b": 60}, contract("a", 30), contract("b", 30), of_its_own[0])
    statistics = replace(statistics, contributions=(*statistics.contributions, *of_its_own[1:]))
    assert coefficients(replace(statistics, outside_overall=frozenset({"q"}))) == {"a": F(5, 4), "b": F(5, 6)}
    assert coefficients(statistics, programme="q") == {"a": 0, "b": 6}
    assert coefficients(statistics) != {"a": F(5, 4), "b": F(5, 6)}


def test_greece_s_published_surplus_gives_its_published_coefficient() -> None:
    # newsbeast.gr, 2015: contracts of about 2.5 MEUR over the 41 MEUR of a coefficient of 1, and a coefficient of 1.06.
    figures = {(f.member, f.what, f.until.year): f.value for f in published().figures}
    ideal, surplus = figures["GR", "ideal", 2014], figures["GR", "surplus", 2014]
    total = 10 * ideal
    everybody = pool(
        {"gr": "1", "rest": "9"}, contract("gr", str(ideal + surplus)), contract("rest", str(total - ideal - surplus))
    )
    greece = returns(everybody).of("gr")
    assert (greece.ideal, greece.surplus) == (ideal, F(surplus))
    assert greece.coefficient is not None
    assert (
        round(Decimal(greece.coefficient.numerator) / greece.coefficient.denominator, 2)
        == figures["GR", "coefficient", 2014]
    )


def test_every_published_figure_names_a_listed_source() -> None:
    assert all(str(f.source).partition(",")[0] in published().sources for f in published().figures)
    assert published().not_found


def test_who_contributes_nothing_has_no_coefficient() -> None:
    found = returns(pool({"a": 10, "b": 0}, contract("a", 1), contract("b", 1)))
    assert found.of("b").coefficient is None
    assert not found.of("b").below(F(9, 10))
    assert found.mean == F(1, 2)  # the other half is b's, who pays nothing


def test_nothing_contracted_is_no_coefficient() -> None:
    assert coefficients(pool({"a": 10})) == {"a": None}


def test_kinds_of_return_are_told_apart_by_one_code() -> None:
    months = contract("b", 12, kind="training")
    both = pool({"a": 1, "b": 1}, contract("a", 100), months)
    assert coefficients(both) == {"a": 2, "b": 0}
    assert coefficients(both, kind="training") == {"a": 0, "b": 2}
    assert (both.unit("industrial"), both.unit("training")) == ("EUR", "person-months")


def test_coefficients_are_cumulated_at_the_end_of_each_quarter() -> None:
    first, later = contract("a", 10, date=date(2026, 2, 1)), contract("b", 10, date=date(2026, 8, 1))
    statistics = pool({}, first, later, members={"a": "a", "b": "b"})
    fees = tuple(paid(p, 5, date=date(2026, 1, 1)) for p in "ab")
    series = cumulated(replace(statistics, contributions=fees), every="quarter", until=date(2026, 12, 31))
    assert [r.until.isoformat()[5:] for r in series] == ["03-31", "06-30", "09-30", "12-31"]
    assert [r.of("b").coefficient for r in series] == [0, 0, 1, 1]


def test_a_period_counts_both_its_days() -> None:
    days = [date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    statistics = pool({"a": 1}, *(contract("a", 1, id=str(d), date=d) for d in days))
    assert returns(statistics, since=days[0], until=days[1]).contracted == 2


def test_an_alarm_says_when_a_partner_falls_below_and_whether_it_comes_back() -> None:
    def year(y: int, a: int, b: int) -> tuple[object, ...]:
        at = date(y, 12, 31)
        return contract("a", a, id=f"a{y}", date=at), contract("b", b, id=f"b{y}", date=at)

    contracts = [c for y, a, b in ((2026, 1, 1), (2027, 0, 4), (2028, 9, 5), (2029, 0, 8)) for c in year(y, a, b)]
    statistics = pool({"a": 1, "b": 1}, *contracts)  # type: ignore[arg-type]
    series = cumulated(statistics)
    assert [r.of("a").coefficient for r in series] == [1, F(1, 3), 1, F(5, 7)]
    (last,) = alarms(series, F(9, 10))
    assert (last.partner, last.begins.year, last.ends, last.lowest) == ("a", 2029, None, F(5, 7))
    assert last.missing == F(9, 10) * 14 - 10
    (passing,) = alarms(series[:3], F(9, 10))
    assert (passing.begins.year, passing.ends, passing.at.year) == (2027, date(2027, 12, 31), 2027)
    assert alarms(series, F(1, 4)) == ()


def test_a_wrong_question_is_told() -> None:
    statistics = pool({"a": 1}, contract("a", 1))
    with pytest.raises(FundingError, match=r"no programme 'q'; there are p"):
        returns(statistics, programme="q")
    with pytest.raises(FundingError, match="ends on 2026-01-01, before it begins"):
        returns(statistics, since=date(2026, 2, 1), until=date(2026, 1, 1))


amounts = st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2))
partners = st.sampled_from("abcd")
drawn = st.builds(
    lambda fees, works: pool(
        {p: str(fee) for p, fee in zip("abcd", fees, strict=True)},
        *(contract(p, str(v), id=str(i), weight=w) for i, (p, v, w) in enumerate(works)),
    ),
    st.lists(amounts.filter(lambda a: a > 0), min_size=4, max_size=4),
    st.lists(st.tuples(partners, amounts, st.fractions(0, 5, max_denominator=20)), min_size=1, max_size=8),
)


@given(drawn)
def test_the_mean_by_contributions_is_one(statistics: Statistics) -> None:
    found = returns(statistics)
    assert found.mean == (1 if found.contracted else None)
    assert sum((r.surplus for r in found.rows), F(0)) == 0


@given(drawn, st.integers(1, 10**6), st.integers(1, 10**6))
def test_scaling_all_contributions_or_all_contracts_changes_nothing(
    statistics: Statistics, fees: int, works: int
) -> None:
    scaled = replace(
        statistics,
        contributions=tuple(replace(c, amount=c.amount * fees) for c in statistics.contributions),
        contracts=tuple(replace(c, value=c.value * works) for c in statistics.contracts),
    )
    assert coefficients(scaled) == coefficients(statistics)


@given(drawn)
@settings(max_examples=50)
def test_the_independent_check_agrees(statistics: Statistics) -> None:
    found = returns(statistics)
    assert verify_returns(statistics, found) == ()
    row = found.rows[0]
    wrong = replace(found, rows=(replace(row, coefficient=(row.coefficient or F(0)) + 1), *found.rows[1:]))
    assert len(verify_returns(statistics, wrong)) == 1
