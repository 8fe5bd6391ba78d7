"""The rules: known answers, the same results as pabutools, and what each rule promises."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pabutools import election as peer
from pabutools import rules as peers

from benchmarks.selection import drawn
from comity.funding import FundingError
from comity.funding.selection.election import Election, Project, Voter
from comity.funding.selection.payments import payments
from comity.funding.selection.rules import select
from comity.funding.selection.verify import violations
from tests.funding.selection.elections import approval, as_pabutools, elections

SATISFACTION = {
    "cost": peer.Cost_Sat,
    "cardinality": peer.Cardinality_Sat,
    "points": peer.Additive_Cardinal_Sat,
    "borda": peer.Additive_Borda_Sat,
}


def names(election: Election, **terms: Any) -> list[str]:
    return [election.projects[p].id for p in select(election, **terms).chosen]


def compared(election: Election, *satisfactions: str) -> None:
    """Every rule here and by pabutools."""
    instance, profile = as_pabutools(election)
    greedy, shares = peers.greedy_utilitarian_welfare, peers.method_of_equal_shares
    for s in satisfactions:
        sat = {"sat_class": SATISFACTION[s]}
        up = sat | {"voter_budget_increment": 1}
        combined = peers.completion_by_rule_combination
        expected = {
            "none": shares(instance, profile, **sat),
            "greedy": combined(instance, profile, [shares, greedy], [dict(sat), dict(sat)]),
            "add1": shares(instance, profile, **up),
            "add1u": combined(instance, profile, [shares, greedy], [dict(up), dict(sat)]),
            "increase": peers.exhaustion_by_budget_increase(instance, profile, shares, dict(sat)),
        }
        for completion, theirs in expected.items():
            ours = names(election, satisfaction=s, completion=completion)
            assert sorted(ours) == sorted(p.name for p in theirs), (s, completion)
        theirs = greedy(instance, profile, **sat)
        assert sorted(names(election, rule="greedy", satisfaction=s)) == sorted(p.name for p in theirs)
    if election.vote_type == "approval":
        theirs = peers.sequential_phragmen(instance, profile)
        assert sorted(names(election, rule="phragmen")) == sorted(p.name for p in theirs)


@settings(max_examples=60, deadline=None)
@given(elections())
def test_approval_results_are_those_of_pabutools(election: Election) -> None:
    compared(election, "cost", "cardinality")


@settings(max_examples=50, deadline=None)
@given(elections("scoring"))
def test_results_from_points_are_those_of_pabutools(election: Election) -> None:
    compared(election, "points", "cost")


@settings(max_examples=50, deadline=None)
@given(elections("ordinal"))
def test_results_from_orders_are_those_of_pabutools(election: Election) -> None:
    compared(election, "borda", "cost")


TENNESSEE = (("Memphis Nashville Chattanooga Knoxville", 42), ("Nashville Chattanooga Knoxville Memphis", 26),
             ("Chattanooga Knoxville Nashville Memphis", 15), ("Knoxville Chattanooga Nashville Memphis", 17))  # fmt: skip


def test_the_capital_of_tennessee_by_bordas_count() -> None:
    """The Tennessee example of electowiki ("Effects of different voting systems under similar circumstances").

    Its Borda counts (Wikipedia, "Borda count"): Memphis 126, Nashville 194, Chattanooga 173, Knoxville 107.
    """
    towns = dict.fromkeys(("Memphis", "Nashville", "Chattanooga", "Knoxville"), 1)
    ballots = [ballot for ballot, count in TENNESSEE for _ in range(count)]
    election = replace(approval(1, towns, ballots), vote_type="ordinal")
    assert election.marks("borda").totals() == [126, 194, 173, 107]
    assert names(election, rule="greedy", satisfaction="borda") == ["Nashville"]
    compared(election, "borda")
    compared(replace(election, budget=Fraction(2)), "borda")


@pytest.mark.parametrize("scoring", [False, True])
def test_a_larger_drawn_election_has_the_results_of_pabutools(scoring: bool) -> None:
    election = drawn(300, 25, scoring=scoring, seed=7)
    instance, profile = as_pabutools(election)
    for s in ("points",) if scoring else ("cost", "cardinality"):
        theirs = peers.method_of_equal_shares(instance, profile, sat_class=SATISFACTION[s])
        assert sorted(names(election, satisfaction=s)) == sorted(p.name for p in theirs)
    if not scoring:
        theirs = peers.sequential_phragmen(instance, profile)
        assert sorted(names(election, rule="phragmen")) == sorted(p.name for p in theirs)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(elections(weighted=True), elections("scoring", weighted=True), elections("ordinal", weighted=True)),
    st.sampled_from(["none", "greedy", "add1", "add1u", "increase"]),
)
def test_equal_shares_keeps_its_promises(election: Election, completion: str) -> None:
    satisfaction = {"scoring": "points", "ordinal": "borda"}.get(election.vote_type, "cardinality")
    outcome = select(election, satisfaction=satisfaction, completion=completion)  # type: ignore[arg-type]
    assert violations(election, outcome) == []


@settings(max_examples=100, deadline=None)
@given(elections(weighted=True))
def test_phragmen_keeps_its_promises(election: Election) -> None:
    assert violations(election, select(election, rule="phragmen")) == []


@settings(max_examples=60, deadline=None)
@given(elections())
def test_equal_shares_gives_extended_justified_representation_up_to_one_project(election: Election) -> None:
    """EJR up to one (Peters, Pierczyński and Skowron 2021, Theorem 1), by all groups of projects and their voters."""
    chosen = set(select(election, satisfaction="cardinality").chosen)
    each = election.budget / len(election.voters)
    for size in range(1, len(election.projects) + 1):
        for wanted in combinations(range(len(election.projects)), size):
            group = [v for v in election.voters if set(wanted) <= set(v.choices)]
            if not group or sum(election.projects[p].cost for p in wanted) > each * len(group):
                continue
            assert any(len(chosen & set(v.choices)) + 1 >= size for v in group)


def test_equal_shares_serves_the_minority_that_greedy_leaves_with_nothing() -> None:
    """Equal shares' example: 6 of 10 like a and b, 4 like c and d; each costs a quarter of the budget or so."""
    election = approval(100, {"a": 30, "b": 30, "c": 40, "d": 40}, ["a b"] * 6 + ["c d"] * 4)
    assert names(election, rule="greedy", satisfaction="cardinality") == ["a", "b", "c"]
    assert names(approval(60, {"a": 30, "b": 30, "c": 24}, ["a b"] * 6 + ["c"] * 4), rule="greedy") == ["a", "b"]
    assert names(approval(60, {"a": 30, "b": 30, "c": 24}, ["a b"] * 6 + ["c"] * 4)) == ["a", "c"]


def test_a_tie_goes_to_the_first_name_even_where_floats_would_differ() -> None:
    """Both cost a third of what three hold: 1/3 has no exact float."""
    election = approval(1, {"z": 1, "a": 1}, ["z a", "z a", "z a"])
    assert names(election) == ["a"]
    assert payments(election, select(election)).paid == {1: {0: Fraction(1, 3), 1: Fraction(1, 3), 2: Fraction(1, 3)}}


def test_a_price_lower_by_less_than_a_float_can_tell_wins() -> None:
    big = 10**17
    projects = (Project("a", Fraction(big + 1)), Project("b", Fraction(big)))
    election = Election(Fraction(2 * big), projects, (Voter("u", (0, 1)), Voter("v", (0, 1))))
    assert names(election, satisfaction="cardinality") == ["b"]
    assert names(election, rule="phragmen") == ["b"]


def test_a_poor_supporter_pays_all_that_is_left() -> None:
    """a: v0 alone pays 8 of 10; b: v0 gives its last 2, v1 the other 9 of 11."""
    election = approval(20, {"a": 8, "b": 11}, ["a b", "b"])
    outcome = select(election, satisfaction="cost")
    made = payments(election, outcome)
    assert [election.projects[p].id for p in outcome.chosen] == ["b"]  # 5.5 each of 10: cheaper by satisfaction than a
    assert made.left == (Fraction(9, 2), Fraction(9, 2))
    richer = approval(20, {"a": 8, "b": 11}, ["a b", "b", "a"], [1, 1, 2])
    made = payments(richer, select(richer, satisfaction="cardinality"))
    assert made.paid[0] == {0: Fraction(4), 2: Fraction(4)}


def test_weights_are_parts_of_the_budget() -> None:
    costs, ballots = {"a": 6, "b": 6}, ["a", "b"]
    assert names(approval(8, costs, ballots)) == []
    assert names(approval(8, costs, ballots, [3, 1])) == ["a"]
    assert names(approval(8, costs, ballots, [1, 3]), rule="phragmen") == ["b"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"rule": "mess"}, "mes"),
        ({"satisfaction": "points"}, "without points"),
        ({"rule": "greedy", "completion": "add1"}, "takes none"),
        ({"completion": "add2"}, "add1"),
    ],
)
def test_an_unfit_choice_is_refused(terms: dict[str, Any], said: str) -> None:
    with pytest.raises(FundingError, match=said):
        select(approval(8, {"a": 6}, ["a"]), **terms)


def test_phragmen_refuses_points() -> None:
    with pytest.raises(FundingError, match="approval ballots"):
        select(drawn(5, 3, scoring=True, seed=1), rule="phragmen")


def test_violations_are_seen() -> None:
    election = approval(20, {"a": 8, "b": 11}, ["a b", "b"])
    outcome = select(election)
    assert violations(election, replace(outcome, purchases=())) == [
        "the supporters of a have 10 left, enough for its cost of 8",
        "the supporters of b have 20 left, enough for its cost of 11",
    ]
    cheaper = replace(outcome.purchases[0], rate=Fraction(1))
    assert "not its cost" in violations(election, replace(outcome, purchases=(cheaper,)))[0]
    assert any("more than the budget" in v for v in violations(replace(election, budget=Fraction(10)), outcome))


def test_money_by_the_million_is_not_raised_one_by_one() -> None:
    election = approval(10**9, {"a": 6 * 10**8, "b": 7 * 10**8}, ["a", "b"])
    with pytest.raises(FundingError, match="ask for increase"):
        select(election, completion="add1")
    assert select(election, completion="increase").chosen
