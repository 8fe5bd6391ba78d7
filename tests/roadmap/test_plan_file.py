"""Plans as files: nothing is lost on the way, nothing is left half written, and what is wrong is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from comity.roadmap.answer import Plan
from comity.roadmap.plan_file import PlanFileError, read_plan, write_plan


def test_a_plan_comes_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    told = plan.model_copy(update={"amendments": ({"kind": "withdraw", "partner": "uae", "month": "2034-01"},)})

    write_plan(told, tmp_path / "out" / "plan.json")

    assert read_plan(tmp_path / "out" / "plan.json") == told
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["plan.json"]


def test_a_second_plan_takes_the_place_of_the_first(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan.json")
    write_plan(plan.model_copy(update={"status": "optimal"}), tmp_path / "plan.json")

    assert read_plan(tmp_path / "plan.json").status == "optimal"


def test_a_full_disk_leaves_the_old_plan_and_no_part(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(plan, tmp_path / "plan.json")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_plan(plan.model_copy(update={"status": "optimal"}), tmp_path / "plan.json")

    assert read_plan(tmp_path / "plan.json") == plan
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_a_number_that_is_not_finite_is_not_written(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not finite"):
        write_plan(plan.model_copy(update={"bound": float("inf")}), tmp_path / "plan.json")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n  nonsense", r"plan.json:2:3: not JSON"),
        ("[]", "a JSON object is needed, not list"),
        ("{}", "its schema version is None; this release reads '1'"),
        ('{"schema_version": "2"}', "its schema version is '2'"),
        (
            '{"schema_version": "1", "value": "high"}',
            "(?s)programme: Field required.*value: Input should be a valid number",
        ),
        ("\udcff", "is no plan"),
    ],
)
def test_what_is_no_plan_is_said(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(PlanFileError, match=told):
        read_plan(file)


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="no such file"):
        read_plan(tmp_path / "plan.json")


def test_an_unknown_field_is_said(plan: Plan, tmp_path: Path) -> None:
    raw = json.loads(plan.model_dump_json()) | {"colour": "red"}
    (tmp_path / "plan.json").write_text(json.dumps(raw), encoding="utf-8")

    with pytest.raises(PlanFileError, match="colour: Extra inputs are not permitted"):
        read_plan(tmp_path / "plan.json")
