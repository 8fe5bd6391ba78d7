"""Other providers in a roadmap: what mends returns, checked by the plans' own independent checker."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from comity.funding import FundingError
from comity.funding.returns import returns
from comity.funding.returns.alternatives import mended_plan, swapped, swaps
from comity.funding.returns.forecast import statistics_of_plan
from comity.model.programme import Programme
from comity.model.reading import load
from comity.roadmap import Plan, Question, plan
from comity.roadmap.verification import verify
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build

PROGRAMMES = Path(__file__).parents[3] / "programmes"
#: NASA has 0.95 in the best plan of the station.
ASKED = Fraction(98, 100)
SHORT = Question(time_s=10, threads=2)


@pytest.fixture(scope="module")
def station() -> tuple[Programme, Plan]:
    programme = load(PROGRAMMES / "iss")
    return programme, plan(programme, time_s=10)


def test_the_mended_plan_brings_everybody_there_and_keeps_every_rule(station: tuple[Programme, Plan]) -> None:
    programme, best = station
    found = mended_plan(programme, best, threshold=ASKED, question=SHORT)
    assert returns(statistics_of_plan(programme, best)).below(ASKED) == ("nasa",)
    assert found.feasible
    assert returns(statistics_of_plan(programme, found.plan)).below(ASKED) == ()
    assert verify(programme, found.plan) == ()
    assert {m.mission for m in found.plan.missions} == {m.mission for m in best.missions}
    assert found.science_lost == best.value - found.plan.value
    assert found.swaps
    assert all("nasa" in s.to for s in found.swaps)


def test_a_threshold_that_is_reached_changes_nothing(station: tuple[Programme, Plan]) -> None:
    programme, best = station
    found = mended_plan(programme, best, threshold=Fraction(9, 10), question=SHORT)
    assert (found.feasible, found.plan, found.swaps, found.science_lost) == (True, best, (), 0)


def test_each_swap_is_a_plan_with_its_price_in_science(station: tuple[Programme, Plan]) -> None:
    programme, best = station
    found = swaps(programme, best, threshold=ASKED, question=SHORT)
    soyuz = next(s for s in found if (s.element, s.after) == ("soyuz", "x-38"))
    assert soyuz.science is not None
    assert soyuz.science < 0
    assert dict(soyuz.gained)["nasa"] > 0 > dict(soyuz.gained)["roscosmos"]
    after = swapped((programme, best, SHORT), soyuz)
    assert after is not None
    assert verify(programme, after) == ()
    changed = {(e.mission, e.element) for e in after.elements} ^ {(e.mission, e.element) for e in best.elements}
    options = {(e.mission, e.element): e.option for e in best.elements}
    moved = {(e.mission, e.element) for e in after.elements if options.get((e.mission, e.element)) != e.option}
    assert (changed, moved) == (set(), {("crew-transport", "soyuz")})
    told = [s.science for s in found if s.science is not None]
    assert told == sorted(told, reverse=True)


def test_where_no_provider_can_help_who_stays_below_is_named() -> None:
    programme = load(PROGRAMMES / "jwst")
    best = plan(programme, time_s=5)
    found = mended_plan(programme, best, threshold=Fraction(1), question=Question(time_s=5))
    if not found.feasible:  # each agency's coefficient is 1 to a cent in the best plan
        assert found.below
        assert found.reached > Fraction(99, 100)
    assert verify(programme, found.plan) == ()


def test_what_no_rule_binds_and_what_cannot_be_is_refused() -> None:
    made = build(example(), PICKS, CASH)
    with pytest.raises(FundingError, match="of a coalition"):
        mended_plan(example(), made.model_copy(update={"coalition": ("esa",)}), threshold=Fraction(1))
    with pytest.raises(FundingError, match=r"not everybody can have 1\.1"):
        mended_plan(example(), made, threshold=Fraction(11, 10))
