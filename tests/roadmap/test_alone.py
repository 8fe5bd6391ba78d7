from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest

from comity.model.programme import Programme
from comity.roadmap.aims import refine
from comity.roadmap.alone import compared_with, going_alone, plan_alone, union_by_objective
from comity.roadmap.answer_parts import Comparison
from comity.roadmap.assembly import benefit
from comity.roadmap.costlimit import CostLimit
from comity.roadmap.criteria import earliness, least_ratio, whole_cost
from comity.roadmap.planner import Solved, solve
from comity.roadmap.question import Question
from comity.roadmap.tradeoff import Traded, tradeoff_plans
from comity.roadmap.verification import verify
from tests.example_programmes import example

ALONE = Question(time_s=3, threads=1, gap=0.005)


def roomy() -> Programme:
    """The example with a choice of missions: nothing but the committed one must fly for the rules of participation."""
    return example(participation__place__minimum_roles=1, participation__share__maximum="100%")


@pytest.fixture(scope="module")
def solved() -> Solved:
    return solve(roomy(), time_s=4)


@pytest.fixture(scope="module")
def comparison(solved: Solved) -> Comparison:
    return going_alone(solved, time_s=6)


@pytest.fixture(scope="module")
def traded(solved: Solved, comparison: Comparison) -> Iterator[Traded]:
    yield tradeoff_plans(solved, comparison, points=5, time_s=20)


# --- going alone ---------------------------------------------------------------------------------------------------------


def test_a_programme_alone_obeys_every_rule_of_a_coalition_of_one(programme: Programme):
    plan = plan_alone((programme, ALONE), "jaxa", 3.0)
    assert plan is not None and plan.coalition == ("jaxa",) and plan.missions
    assert list(verify(programme, plan)) == []


def test_partners_that_can_do_nothing_alone_reach_nothing(comparison: Comparison):
    assert {p for p, a in comparison.alone.items() if a.value == 0} == {"esa", "uae"}
    assert comparison.alone["uae"].gain is None and comparison.alone["uae"].missions == ()


def test_the_gain_is_the_benefit_together_over_the_benefit_alone(solved: Solved, comparison: Comparison):
    jaxa = comparison.alone["jaxa"]
    assert jaxa.benefit_together == pytest.approx(solved.plan.accounts["jaxa"].benefit)
    assert jaxa.gain == pytest.approx(jaxa.benefit_together / jaxa.benefit_alone - 1)
    assert jaxa.gain > 0


def test_a_mission_that_two_fly_alone_counts_once(programme: Programme):
    plan = plan_alone((programme, ALONE), "jaxa", 3.0)
    assert plan is not None
    assert union_by_objective(programme, [plan, plan]) == pytest.approx(union_by_objective(programme, [plan]))
    assert sum(union_by_objective(programme, [plan]).values()) == pytest.approx(plan.value)


def test_the_same_science_together_is_had_in_a_real_plan(solved: Solved, comparison: Comparison):
    assert comparison.value_alone_union == pytest.approx(sum(comparison.objectives_alone.values()))
    assert comparison.cost_alone_total == sum(a.cost_alone for a in comparison.alone.values())
    assert comparison.same_science_cost is not None
    assert Decimal(0) < comparison.same_science_cost <= solved.plan.cost


def test_the_same_question_has_the_same_comparison(solved: Solved, comparison: Comparison):
    assert going_alone(solved, time_s=6) == comparison


# --- further aims --------------------------------------------------------------------------------------------------------


def test_further_aims_give_up_no_more_science_than_the_tolerance(solved: Solved, comparison: Comparison):
    refined = refine(solved, comparison)
    assert refined.plan.value >= solved.plan.value * (1 - solved.problem.question.tolerance) - 1e-9
    assert refined.plan.bound == solved.plan.bound
    assert refined.plan.gap == pytest.approx(1 - refined.plan.value / refined.plan.bound)
    assert list(verify(solved.problem.programme, refined.plan)) == []


@pytest.mark.parametrize("aim", ["fairness", "cost", "early_science"])
def test_an_aim_that_may_take_half_of_the_science_gets_better(comparison: Comparison, aim: str):
    before = solve(roomy(), time_s=4, aims=("science", aim), tolerance=0.5)
    alone = {before.problem.contributors.index("jaxa"): comparison.alone["jaxa"].benefit_alone}
    after = refine(before, comparison)

    def reached(solved: Solved) -> float:
        assert solved.outcome.selection is not None
        columns = solved.outcome.selection.columns
        if aim == "fairness":
            return least_ratio(solved.problem, alone, columns) or 0.0
        if aim == "cost":
            return -sum(whole_cost(solved.problem, c) for c in columns)
        return sum(earliness(solved.problem, c) for c in columns)

    assert reached(after) >= reached(before)
    assert reached(after) > reached(before) or aim != "cost"  # without the lander it costs much less
    assert after.plan.value >= 0.5 * before.plan.value
    assert list(verify(before.problem.programme, after.plan)) == []


def test_a_refined_plan_is_compared_anew(solved: Solved, comparison: Comparison):
    cheap = refine(solve(roomy(), time_s=4, aims=("science", "cost"), tolerance=0.5), comparison).plan
    anew = compared_with(comparison, cheap)
    assert anew.value_together == cheap.value
    assert anew.alone["jaxa"].benefit_together == pytest.approx(
        benefit(roomy(), "jaxa", cheap.missions, list(cheap.elements))
    )
    assert anew.alone["jaxa"].benefit_alone == comparison.alone["jaxa"].benefit_alone


# --- trade-off -----------------------------------------------------------------------------------------------------------


def test_every_point_is_a_real_plan(traded: Traded):
    for front, plans in zip(traded.tradeoff.fronts, traded.plans, strict=True):
        for point, plan in zip(front.points, plans, strict=True):
            assert (point.cost, point.value, point.gap) == (plan.cost, plan.value, plan.gap)
            assert list(verify(roomy(), plan)) == []


def test_the_fronts_hold_no_dominated_point_and_the_chosen_plan(solved: Solved, traded: Traded):
    cost, fairness = traded.tradeoff.fronts
    assert (cost.x_axis, fairness.x_axis) == ("cost", "fairness")
    assert len(cost.points) > 1
    for front in (cost, fairness):
        assert [p.value for p in front.points if p.is_chosen] == [solved.plan.value]
    free = [p for p in cost.points if not p.is_chosen or "held" not in p.label]
    assert all(a.cost < b.cost and a.value < b.value for a, b in pairwise(sorted(free, key=lambda p: p.cost)))
    free = [p for p in fairness.points if not p.is_chosen or "held" not in p.label]
    ranked = sorted(free, key=lambda p: p.fairness or 0.0)
    assert all((a.fairness or 0) < (b.fairness or 0) and a.value > b.value for a, b in pairwise(ranked))


def test_a_limit_on_cost_bounds_every_plan_found_under_it(solved: Solved, traded: Traded):
    limit = CostLimit(solved)
    dearest = max(p.cost for p in traded.tradeoff.fronts[0].points)
    for part in (1.0, 0.6, 0.3):
        limit.explore(part * float(dearest) / 1e6)
    for point in traded.tradeoff.fronts[0].points:
        assert limit.bound(float(point.cost) / 1e6) >= point.value - 1e-6
    assert limit.bound(0.3 * float(dearest) / 1e6) < solved.plan.bound


def test_a_front_needs_two_points(solved: Solved, comparison: Comparison):
    with pytest.raises(ValueError, match="two points"):
        tradeoff_plans(solved, comparison, points=1)
