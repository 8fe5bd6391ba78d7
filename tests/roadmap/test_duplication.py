import pytest

from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.duplication import duplication
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build


def test_what_two_elements_lose_by_overlap_is_recomputed_with_the_curve(programme: Programme, plan: Plan):
    both = next(o for o in duplication(programme, plan) if o.objective == "ice")
    assert {both.first, both.second} == {("moon", "operations"), ("moon", "camera")}
    # By hand: rho = 0.94 x 0.97 x 0.99, delivered in 2033; the camera works with 0.8.
    rho = 0.94 * 0.97 * 0.99 / 1.03**3
    one, other = 1.0 * rho, 0.4 * 0.8 * rho

    def curve(x: float) -> float:
        return 0.8 * x if x <= 0.5 else 0.4 + 0.6 * (x - 0.5) if x <= 1 else 0.7 + 0.3 * (x - 1)

    assert both.lost_value == pytest.approx(80 * (curve(one) + curve(other) - curve(one + other)))


def test_of_one_mission_the_optional_element_is_the_second(programme: Programme, plan: Plan):
    both = next(o for o in duplication(programme, plan) if o.objective == "ice")
    assert both.second == ("moon", "camera")
    assert both.freed_cost == next(e.cost for e in plan.elements if (e.mission, e.element) == both.second)


def test_what_dropping_loses_is_what_the_plan_without_it_is_worth_less(programme: Programme, plan: Plan):
    both = next(o for o in duplication(programme, plan) if o.objective == "ice")
    picks = {key: pick for key, pick in PICKS.items() if key != both.second}
    assert both.value_if_dropped == pytest.approx(plan.value - build(programme, picks, CASH).value)


def test_a_whole_mission_frees_its_whole_cost(programme: Programme, plan: Plan):
    climate = next(o for o in duplication(programme, plan) if o.objective == "climate")
    second = climate.second[0]
    assert climate.freed_cost == sum(e.cost for e in plan.elements if e.mission == second)


def test_what_another_mission_waits_for_is_not_the_one_to_drop(programme: Programme, plan: Plan):
    climate = next(o for o in duplication(programme, plan) if o.objective == "climate")
    assert (climate.first[0], climate.second[0]) == ("relay", "lander")  # the lander lands when the relay is there


def test_a_committed_mission_stays_and_is_told_so():
    programme = example(missions__relay__committed=True, missions__lander__committed=True)
    climate = next(o for o in duplication(programme, build(programme, PICKS, CASH)) if o.objective == "climate")
    assert "committed" in climate.advice or "needs" in climate.advice


def test_linear_curves_overlap_in_nothing():
    programme = example(objectives__ice__curve="linear", objectives__climate__curve=[[0, 0], [9, 1]])
    picks = {k: v for k, v in PICKS.items() if k != ("moon", "camera")}
    assert duplication(programme, build(programme, picks, CASH)) == ()


def test_candidates_overlap_before_anything_is_planned(programme: Programme):
    pairs = {frozenset((o.first[0], o.second[0])) for o in duplication(programme)}
    assert frozenset(("relay", "sail")) in pairs
    assert frozenset(("lander", "sail")) not in pairs  # these exclude each other
