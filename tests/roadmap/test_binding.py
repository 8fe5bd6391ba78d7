"""What binds a plan, and why missions are in it or not, on programmes whose answer is known beforehand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comity.model.programme import Programme
from comity.model.reading import read
from comity.roadmap import Solved, solve
from comity.roadmap.answer_parts import MissionReason
from comity.roadmap.binding import bindings
from comity.roadmap.reasons import reasons
from tests.example_programmes import example, write_example


def orbiter(cost: int, brings: float, **more: Any) -> dict[str, Any]:
    option = {
        "provider": "esa",
        "cost": f"{cost} MEUR@2025",
        "duration": "12 months",
        "success": 1,
        "profile": "uniform",
    }
    element = {"name": "Orbiter", "kind": "orbiter", "contributes": {"moon": brings}, "options": [option]}
    return {"name": f"Orbiter for {cost}", "elements": {"orbiter": element}, **more}


def programme(budget: str = "100 MEUR@2025", **missions: dict[str, Any]) -> Programme:
    """One partner, one year to spend in, and a delivery in the year after."""
    years = {"2030": budget, "2031": "0 MEUR@2025"}
    return Programme.model_validate(
        {
            "programme": {
                "name": "Orbiters",
                "summary": "Orbiters that one budget pays.",
                "horizon": {"start": "2030-01", "end": "2031-12"},
                "currency": "EUR",
                "economic_conditions": 2025,
                "discount_rate": 0,
            },
            "partners": {"esa": {"name": "ESA", "kind": "agency", "country": "FR", "budget": years}},
            "objectives": {"moon": {"name": "The Moon", "value": 100, "curve": "linear"}},
            "missions": missions,
        }
    )


@pytest.fixture(scope="module")
def solved() -> Solved:
    return solve(example(), time_s=0.8)


# --- what binds --------------------------------------------------------------------------------------------------------


def test_a_budget_is_worth_what_the_best_part_of_a_mission_brings_for_it() -> None:
    # 100 MEUR pay the first (0.5 for 100) whole; the next million would pay a hundredth of the second: 0.4 points.
    study = solve(programme(first=orbiter(100, 0.5), second=orbiter(100, 0.4)), time_s=0.8)
    budget = next(b for b in bindings(study) if b.kind == "budget")
    assert budget.where == "esa 2030"
    assert budget.unit == "10 MEUR"
    assert 4.0 - 1e-3 <= budget.marginal_value <= 5.0 + 1e-3
    assert budget.limit == "100 MEUR, 100 MEUR of it used"


def test_what_is_left_of_a_dear_budget_is_told() -> None:
    study = solve(programme("150 MEUR@2025", first=orbiter(100, 0.5), second=orbiter(100, 0.4)), time_s=0.8)
    budget = next(b for b in bindings(study) if b.kind == "budget")
    assert budget.limit.startswith("150 MEUR, 100 MEUR of it used; 50 MEUR is left")


def test_a_budget_that_suffices_for_all_does_not_bind() -> None:
    study = solve(programme("300 MEUR@2025", first=orbiter(100, 0.5), second=orbiter(100, 0.4)), time_s=0.8)
    assert [b for b in bindings(study) if b.kind == "budget"] == []


def test_the_bound_rises_no_faster_than_the_price_says() -> None:
    missions = {"first": orbiter(100, 0.5), "second": orbiter(100, 0.4), "third": orbiter(70, 0.2)}
    study = solve(programme("150 MEUR@2025", **missions), time_s=0.8)
    per_ten = next(b for b in bindings(study) if b.kind == "budget").marginal_value
    richer = solve(programme("160 MEUR@2025", **missions), time_s=0.8)
    assert richer.plan.value <= study.outcome.bound + per_ten + 1e-6


def test_limits_are_named_by_file_and_line_and_ranked_by_worth(tmp_path: Path, solved: Solved) -> None:
    reading = read(write_example(tmp_path / "example"))
    found = bindings(solved, reading=reading)
    worths = [b.marginal_value for b in found]
    assert worths == sorted(worths, reverse=True) and min(worths) > 0
    window = next(b for b in found if b.kind == "launch_window")
    assert window.where == "relay/launch" and "the plan starts it in 2033-03" in window.limit
    lines = (tmp_path / "example" / "programme.yaml").read_text(encoding="utf-8").splitlines()
    assert window.line is not None and "launch_windows: {synodic: [earth, mars]" in lines[window.line - 1]


def test_a_full_facility_binds_in_its_months() -> None:
    study = solve(_one_pad(), time_s=0.8)
    pad = next(b for b in bindings(study) if b.kind == "facility")
    assert pad.where == "pad 2030-03"
    assert pad.limit == "1 launch, 1 in use"
    assert pad.unit == "launch in that month"
    assert 40 - 1e-3 <= pad.marginal_value <= 50 + 1e-3


@pytest.mark.parametrize(
    ("kind", "where", "changes"),
    [
        ("treaty", "accords", {"treaties__accords__parties": {"DE": "2025-01"}}),
        ("export_control", "japan", {"export_control__japan__unless": None}),
        ("capability", "guidance", {"missions__lander__elements__module__requires": {"guidance": {"heritage": 9}}}),
    ],
)
def test_a_rule_that_keeps_a_mission_out_is_worth_what_it_would_bring(
    kind: str, where: str, changes: dict[str, Any]
) -> None:
    # Without the lander there are not two roles for the emerging partner, so that rule is left out as well.
    hindered = solve(example(participation__place=None, **changes), time_s=0.8)
    assert "lander" not in {m.mission for m in hindered.plan.missions}
    stop = next(b for b in bindings(hindered) if b.kind == kind)
    free = solve(example(participation__place=None), time_s=0.8)
    assert stop.where == where
    assert stop.marginal_value >= free.plan.value - hindered.outcome.bound - 1e-6 > 0


# --- why in, why out -----------------------------------------------------------------------------------------------------


def why(study: Solved, mission: str, **terms: Any) -> MissionReason:
    return next(r for r in reasons(study, **terms) if r.mission == mission)


def test_every_mission_has_its_reasons(solved: Solved) -> None:
    told = reasons(solved)
    assert [r.mission for r in told] == list(solved.problem.programme.missions)
    assert {r.mission for r in told if r.in_plan} == {m.mission for m in solved.plan.missions}
    assert all(r.reasons for r in told)


def test_a_mission_in_the_plan_tells_what_would_be_lost_without_it() -> None:
    study = solve(programme(first=orbiter(100, 0.5), second=orbiter(100, 0.4)), time_s=0.8)
    said = why(study, "first").reasons[0]
    assert said == (
        "Without it the plan would lose 50 points of science (The Moon); it costs 100 MEUR, 50 points per 100 MEUR."
    )


def test_a_mission_too_dear_names_the_budget_that_is() -> None:
    study = solve(programme(first=orbiter(100, 0.5), second=orbiter(100, 0.4)), time_s=0.8)
    out = why(study, "second", force=2)
    assert not out.in_plan
    assert "would add 40 points of science for 100 MEUR" in out.reasons[0]
    assert "the budget of esa in 2030" in out.reasons[0]
    assert out.value_if_forced == pytest.approx(-10)
    assert why(study, "first", force=2).value_if_forced == pytest.approx(-10)


def test_committed_excluded_refused_and_waiting_missions_say_so() -> None:
    study = solve(
        programme(
            "300 MEUR@2025",
            first=orbiter(100, 0.5, committed=True),
            rival=orbiter(100, 0.4, excludes=["first"]),
            waiting=_after(orbiter(10, 0.1), "rival/orbiter"),
        ),
        time_s=0.8,
    )
    assert why(study, "first").reasons[0] == "It is committed."
    assert why(study, "rival").reasons[0] == "It excludes Orbiter for 100, which is in the plan."
    assert why(study, "waiting").reasons[0] == "It waits for orbiter of Orbiter for 100, which is not in the plan."
    refused = solve(example(participation__place=None, treaties__accords__parties={"DE": "2025-01"}), time_s=0.8)
    assert why(refused, "lander").reasons[0].startswith("Nobody may provide its module, by treaty: ")
    assert why(refused, "moon", force=4).value_if_forced is None  # it is committed: it cannot be otherwise


def test_reasons_are_the_same_each_time(solved: Solved) -> None:
    assert reasons(solved, force=3) == reasons(solved, force=3)


def _after(mission: dict[str, Any], other: str) -> dict[str, Any]:
    mission["elements"]["orbiter"]["after"] = [other]
    return mission


def _one_pad() -> Programme:
    raw = programme("300 MEUR@2025", first=orbiter(100, 0.5), second=orbiter(100, 0.4)).model_dump(
        mode="json", exclude_unset=True
    )
    pad = {"name": "Pad", "kind": "launch_site", "owner": "esa", "capacity": "1 launch"}
    raw["facilities"] = {"pad": pad}
    for mission in raw["missions"].values():
        element = mission["elements"]["orbiter"]
        element["launch_windows"] = ["2030-03"]
        element["options"][0]["uses"] = {"pad": {"level": "1 launch", "months": "1 months"}}
        element["options"][0]["duration"] = "6 months"
    return Programme.model_validate(raw)


def test_amounts_are_exact_in_words() -> None:
    study = solve(programme("100.25 MEUR@2025", first=orbiter(100, 0.5), second=orbiter(100, 0.4)), time_s=0.8)
    assert study.plan.cost == Decimal("100000000.00")
    assert next(b for b in bindings(study) if b.kind == "budget").limit.startswith("100.25 MEUR, 100 MEUR of it used")
