"""Programmes made impossible by one kind of rule at a time: the conflict told is the one that was put in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.model.reading import read
from comity.roadmap.conflict import NoConflictError, minimal_conflict, told
from comity.roadmap.feasibility import plan_under
from comity.roadmap.question import Question, Settled
from comity.roadmap.ways import Rule, Ways
from tests.example_programmes import EXAMPLE, PICKS, example


def clashes(programme: Programme, question: Question | None = None) -> set[tuple[str, str]]:
    conflict = minimal_conflict(programme, question)
    assert conflict.minimal
    return {(clash.kind, clash.where) for clash in conflict.clashes}


MOON, LANDER = ("committed", "moon"), ("committed", "lander")

#: changes of the example -> the conflict that they make
CASES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "budget and pool": (
        {"partners__esa__budget": {"2030-2041": "20 MEUR@2025"}},
        {MOON, ("budget", "esa"), ("cash_pool", "pool")},
    ),
    "dates": (
        {"missions__moon__elements__camera__earliest": "2034-01", "missions__moon__elements__camera__optional": False},
        {MOON, ("dates", "moon/camera")},
    ),
    "capacity": (
        {"facilities__spaceport__capacity": "0 launch"},
        {MOON, ("capacity", "spaceport")},
    ),
    "treaty": (
        {"missions__lander__committed": True, "treaties__accords__parties": {"DE": "2025-01"}},
        {LANDER, ("treaty", "lander")},
    ),
    "export control": (
        {"missions__lander__committed": True, "export_control__japan__unless": None},
        {LANDER, ("export_control", "japan")},
    ),
    "capability": (
        {"missions__moon__elements__bus__requires": {"guidance": {"trl": 8}}},
        {MOON, ("capability", "moon/bus")},
    ),
    "launch window": (
        {"missions__lander__committed": True, "missions__lander__elements__launch__launch_windows": ["2031-01"]},
        {LANDER, ("launch_window", "lander/launch"), ("precedence", "lander/launch")},
    ),
    "exclusion": (
        {"missions__lander__committed": True, "missions__sail__committed": True},
        {LANDER, ("committed", "sail"), ("excludes", "lander and sail")},
    ),
    "roles": (
        {"participation__place__minimum_roles": 4},
        {("emerging_roles", "uae")},
    ),
    "barter": (
        {"participation__barter__maximum_debt": "0.1 MEUR@2025"},
        {("emerging_roles", "uae"), ("barter", "uae")},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_is_the_one_put_in(name: str) -> None:
    changes, expected = CASES[name]
    assert clashes(example(**changes)) == expected


def test_each_rule_of_a_conflict_is_needed_and_all_together_are_impossible() -> None:
    programme = example(missions__moon__elements__bus__earliest="2036-01")
    conflict = minimal_conflict(programme)
    ways = Ways(programme, Question())
    places = {(c.kind, c.where) for c in conflict.clashes}
    core = {r for r in ways.rules if (r.kind, r.subject) in places and r != Rule("precedence", "moon/launch", "camera")}
    assert len(core) == len(conflict.clashes) == 5
    assert plan_under(ways, frozenset(core)) is None
    assert all(plan_under(ways, frozenset(core - {rule})) is not None for rule in core)


def test_a_budget_in_conflict_says_how_much_more_would_do() -> None:
    # Unhelped by the pool, 240 MEUR of esa must pay the cheaper bus (200), a launch with spaceport (80) and 0.6 x 45:
    # 307 in all; the bus alone takes 200 in its three years, for which 60 are there.
    programme = example(
        partners__esa__budget={"2030-2041": "20 MEUR@2025"},
        participation__pool__receivers=["uae"],
        partners__esa__carry_over="0%",
    )
    conflict = minimal_conflict(programme)
    said = next(c.says for c in conflict.clashes if c.kind == "budget")
    assert said.startswith("esa has 240 MEUR for 2030 to 2041 (20 MEUR a year); ")
    assert "more, in the years where it lacks, would do" in said


def test_small_programmes_are_decided_in_whole_plans_not_in_fractions() -> None:
    # Each of two committed missions fits one of the years at half a launch a month: a fraction fits, a whole does not.
    programme = _two_launches(capacity="1 launch")
    assert {kind for kind, _ in clashes(programme)} == {"committed", "capacity", "launch_window"}
    with pytest.raises(NoConflictError, match="a plan exists"):
        minimal_conflict(_two_launches(capacity="2 launch"))


def test_a_required_mission_that_is_barred_is_the_question_s_own_conflict() -> None:
    question = Question(required=frozenset({"sail"}), barred=frozenset({"sail"}))
    assert clashes(example(), question) == {("required", "sail"), ("barred", "sail")}


def test_a_coalition_conflicts_with_a_mission_that_needs_others() -> None:
    question = Question(coalition=frozenset({"uae"}), required=frozenset({"relay"}))
    assert clashes(example(), question) == {("required", "relay"), ("coalition", "the coalition")}


def test_rules_of_a_conflict_are_named_by_file_and_line(tmp_path: Path) -> None:
    given = "{2030-2032: 130 MEUR@2025, 2033: 155 MEUR@2025, 2034-2041: 90 MEUR@2025}"
    text = EXAMPLE.replace(given, "{2030-2041: 10 MEUR@2025}")
    (tmp_path / "programme.yaml").write_text(text, encoding="utf-8")
    reading = read(tmp_path)
    assert reading.programme is not None
    conflict = minimal_conflict(reading.programme, reading=reading)
    lines = text.splitlines()
    by_kind = {c.kind: c for c in conflict.clashes}
    assert by_kind["committed"].line is not None and by_kind["budget"].line is not None
    assert "committed: true" in lines[by_kind["committed"].line - 1]
    assert "budget: {2030-2041: 10 MEUR" in lines[by_kind["budget"].line - 1]
    assert f"{tmp_path / 'programme.yaml'}:{by_kind['budget'].line}: esa has " in told(conflict)


def test_a_programme_with_a_plan_has_no_conflict() -> None:
    with pytest.raises(NoConflictError) as raised:
        minimal_conflict(example())
    assert raised.value.plan_exists


def test_the_same_programme_has_the_same_conflict() -> None:
    programme = _two_launches(capacity="1 launch")
    assert minimal_conflict(programme) == minimal_conflict(programme)


def test_what_is_begun_stays_whatever_dates_are_set_since() -> None:
    picks = {key: (option, Month.parse(start)) for key, (option, start) in PICKS.items() if start < "2031-01"}
    begun = Question(settled=Settled(before=Month.parse("2031-01"), elements=picks))
    late = example(missions__moon__elements__bus__earliest="2036-01")
    with pytest.raises(NoConflictError, match="a plan exists"):
        minimal_conflict(late, begun)
    delivered = Settled(before=Month.parse("2031-01"), elements={}, delivered=frozenset({"sail"}))
    question = Question(settled=delivered, barred=frozenset({"sail"}))
    assert clashes(example(), question) == {("settled", "sail"), ("barred", "sail")}


def _two_launches(capacity: str) -> Programme:
    def mission(name: str) -> dict[str, Any]:
        option = {
            "provider": "esa",
            "cost": "10 MEUR@2025",
            "duration": "2 months",
            "success": 1,
            "uses": {"pad": "1 launch"},
        }
        launch = {"name": "Launch", "kind": "launch", "launch_windows": ["2030-03..2030-04"], "options": [option]}
        return {"name": name, "committed": True, "elements": {"launch": {**launch, "contributes": {"moon": 1}}}}

    budget = {"2030-2031": "100 MEUR@2025"}
    return Programme.model_validate(
        {
            "programme": {
                "name": "Two launches",
                "summary": "Two missions that both need one pad.",
                "horizon": {"start": "2030-01", "end": "2031-12"},
                "currency": "EUR",
                "economic_conditions": 2025,
            },
            "partners": {"esa": {"name": "ESA", "kind": "agency", "country": "FR", "budget": budget}},
            "objectives": {"moon": {"name": "Moon", "value": 10}},
            "facilities": {"pad": {"name": "Pad", "kind": "launch_site", "owner": "esa", "capacity": capacity}},
            "missions": {"first": mission("First"), "second": mission("Second")},
        }
    )
