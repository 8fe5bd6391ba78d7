"""Placing open contracts: by hand, against every placement there is, and checked by code of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.returns import Statistics
from comity.funding.returns.mending import Mending, mend
from comity.funding.returns.verify import coefficient_of, verify_placement
from tests.funding.returns.pools import END, contract, opened, pool

F = Fraction
#: By hand: with both contracts at their best for science, b has 0 of 40 + 20; with the second at b, 20 of 60 for 40 %.
PAIR = pool(
    {"a": 60, "b": 40},
    open=(opened("lens", ("a", 40, 100), ("b", 40, 70)), opened("box", ("a", 20, 10), ("b", 20, 8))),
)


def test_the_least_science_is_given_up() -> None:
    found = mend(PAIR, threshold=F(3, 4))
    assert {p.contract.id: p.contract.offers[p.offer].supplier for p in found.placements} == {
        "lens": "a works",
        "box": "b works",
    }
    assert (found.feasible, found.proven, found.loss, found.below) == (True, True, Decimal(2), ())
    assert found.after.of("b").coefficient == F(20, 60) / F(40, 100)
    assert found.for_science.of("b").coefficient == 0


def test_a_coefficient_of_exactly_the_threshold_will_do() -> None:
    assert mend(PAIR, threshold=F(20, 60) / F(40, 100)).loss == 2


def test_of_equal_science_the_cheaper_offer_is_taken() -> None:
    twin = opened("x", ("b", 30, 5), ("b", 25, 5), ("a", 20, 5))
    found = mend(pool({"a": 50, "b": 50}, contract("a", 25), open=(twin,)), threshold=F(9, 10))
    assert found.placements[0].offer == 1
    assert found.extra_price == 5  # against a's, which were best for science at the least price


def test_where_nobody_can_be_served_whole_the_fewest_stay_below() -> None:
    one = opened("x", ("b", 40, 1), ("c", 40, 9))
    found = mend(pool({"a": 30, "b": 30, "c": 40}, contract("a", 60), open=(one,)), threshold=F(9, 10))
    # c would need 36 of 100 and gets 40, or b needs 27 and gets 40; either leaves one below, b misses less than c would.
    assert (found.feasible, found.proven, found.below) == (False, True, ("b",))
    assert found.placements[0].contract.offers[found.placements[0].offer].supplier == "c works"


def test_only_the_protected_must_reach_the_threshold() -> None:
    found = mend(PAIR, threshold=F(3, 4), protected=["a"])
    assert (found.feasible, found.loss) == (True, 0)


def test_open_contracts_of_a_programme_left_out_move_nothing() -> None:
    left_out = replace(PAIR, outside_overall=frozenset({"p"}))
    with pytest.raises(FundingError, match="no open contract of kind industrial"):
        mend(left_out, threshold=F(3, 4))


def test_a_protected_stranger_is_named() -> None:
    with pytest.raises(FundingError, match="'z' is no member; the members are a, b"):
        mend(PAIR, threshold=F(3, 4), protected=["z"])


def test_an_open_contract_outside_the_period_is_named() -> None:
    with pytest.raises(FundingError, match="open contract lens is of 2026-12-31, outside the period"):
        mend(PAIR, threshold=F(3, 4), until=END.replace(month=6, day=30))


values = st.integers(0, 400).map(lambda n: Decimal(n * 250_001).scaleb(-2))
offers = st.lists(st.tuples(st.sampled_from("abc"), values, st.integers(0, 30)), min_size=1, max_size=3)
drawn = st.builds(
    lambda fees, works, opens: pool(
        dict(zip("abc", fees, strict=True)),
        *(contract(p, str(v), id=f"c{i}") for i, (p, v) in enumerate(works)),
        open=tuple(opened(f"o{i}", *((p, str(v), s) for p, v, s in one)) for i, one in enumerate(opens)),
    ),
    st.lists(st.integers(1, 10**9), min_size=3, max_size=3),
    st.lists(st.tuples(st.sampled_from("abc"), values), max_size=4),
    st.lists(offers, min_size=1, max_size=4),
)
thresholds = st.fractions(F(1, 10), F(3, 2), max_denominator=50)


def every_placement(statistics: Statistics, threshold: Fraction) -> Iterator[tuple[bool, Decimal]]:
    """`(does it bring everybody to the threshold, science)` of each placement there is."""
    for choice in itertools.product(*(range(len(c.offers)) for c in statistics.open)):
        placed = {c.id: i for c, i in zip(statistics.open, choice, strict=True)}
        science = sum((c.offers[i].science for c, i in zip(statistics.open, choice, strict=True)), Decimal(0))
        yield not check(statistics, placed, threshold), science


def check(statistics: Statistics, placed: dict[str, int], threshold: Fraction) -> tuple[str, ...]:
    return verify_placement(
        statistics,
        placed,
        kind="industrial",
        threshold=threshold,
        protected="abc",
        since=END.replace(month=1, day=1),
        until=END,
    )


@given(drawn, thresholds)
@settings(max_examples=60, deadline=None)
def test_no_placement_of_all_serves_everybody_with_less_loss(statistics: Statistics, threshold: Fraction) -> None:
    found = mend(statistics, threshold=threshold)
    placed = {p.contract.id: p.offer for p in found.placements}
    good = [science for serves, science in every_placement(statistics, threshold) if serves]
    assert found.proven
    assert found.feasible == bool(good)
    wrong = check(statistics, placed, threshold)
    if found.feasible:
        assert wrong == ()
        assert sum((p.contract.offers[p.offer].science for p in found.placements), Decimal(0)) == max(good)
    else:
        assert len(wrong) == len(found.below) > 0


def test_the_check_sees_what_is_not_placed_and_who_is_below() -> None:
    said = verify_placement(
        PAIR,
        {"lens": 0},
        kind="industrial",
        threshold=F(3, 4),
        protected=["b"],
        since=END.replace(month=1, day=1),
        until=END,
    )
    assert said == ("open contract box is not placed", "b is at 0.0000, below 0.7500")


def test_many_contracts_are_placed_and_proven_in_seconds() -> None:
    names = [f"p{i:02d}" for i in range(20)]
    fees = {p: 10**8 + 7_777_777 * i for i, p in enumerate(names)}
    opens = tuple(
        opened(
            f"o{n}",
            *((names[(n * 7 + 3 * k) % 20], 10**6 + 99_991 * ((n * 31 + k * 17) % 97), 100 - 9 * k) for k in range(4)),
        )
        for n in range(100)
    )
    base = [contract(p, 5 * 10**6, id=p) for p in names]
    found: Mending = mend(pool(fees, *base, open=opens), threshold=F(7, 10), time_s=20)
    assert found.feasible
    assert all(
        (
            coefficient_of(
                p,
                pool(fees),
                [*base, *(x.contract.placed(x.contract.offers[x.offer]) for x in found.placements)],
                kind="industrial",
                since=END,
                until=END,
            )
            or F(0)
        )
        >= F(7, 10)
        for p in names
    )
