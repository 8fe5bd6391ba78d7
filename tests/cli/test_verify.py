"""`comity verify`: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli import places
from comity.cli.app import app
from comity.roadmap.answer import Plan
from comity.roadmap.plan_file import write_plan
from comity.roadmap.verification import RULES
from tests.example_programmes import CASH, EXAMPLE, PICKS, example, write_example
from tests.plan_builder import build


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the programme, as a bundled one, and a right plan for it."""
    bundled = {"example": write_example(tmp_path / "example")}
    monkeypatch.setattr(places, "bundled", lambda: bundled)
    write_plan(build(example(), PICKS, CASH), tmp_path / "plan.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoil(folder: Path, **changes: object) -> Plan:
    plan = build(example(), PICKS, CASH).model_copy(update=changes)
    write_plan(plan, folder / "plan.json")
    return plan


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", *arguments])
    return result.exit_code, result.output


def test_a_right_plan_exits_with_0(folder: Path) -> None:
    code, told = run("plan.json")

    assert code == 0
    assert f"right by all {len(RULES)} rules checked" in told
    assert "wrong" not in told


def test_the_plan_may_be_told_by_its_folder_and_the_programme_by_its_own(folder: Path) -> None:
    assert run(str(folder), "--programme", str(folder / "example"))[0] == 0


def test_a_broken_rule_is_named_and_exits_with_1(folder: Path) -> None:
    spoil(folder, gap=0.5)

    code, told = run("plan.json")

    assert code == 1
    assert "gap plan: 0.5 is stated" in told
    assert f"The plan breaks 1 of {len(RULES)} rules." in told


def test_a_changed_programme_is_a_violation(folder: Path) -> None:
    file = folder / "example" / "programme.yaml"
    file.write_text(EXAMPLE.replace("Moon and Mars together", "Moon and Mars apart"), encoding="utf-8")

    code, told = run("plan.json", "--json")

    assert code == 1
    assert [v["rule"] for v in json.loads(told)["violations"]] == ["programme"]


def test_json_holds_the_same(folder: Path) -> None:
    code, told = run("plan.json", "--json")

    assert code == 0
    assert json.loads(told) == {
        "valid": True,
        "programme": "example",
        "rules": [*RULES],
        "not_checked": [],
        "violations": [],
    }


def test_a_plan_made_anew_wants_the_plan_before(folder: Path) -> None:
    before = spoil(folder)
    write_plan(before, folder / "before.json")
    spoil(folder, frozen_before=before.elements[0].start.plus(12))

    assert json.loads(run("plan.json", "--json")[1])["not_checked"] == ["frozen", "sunk"]
    assert json.loads(run("plan.json", "--previous", "before.json", "--json")[1])["not_checked"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{ not json", "plan.json:1:3: not JSON"),
        ('{"schema_version": "0"}', "its schema version is '0'"),
        ('{"schema_version": "1"}', "programme: Field required"),
    ],
)
def test_what_is_no_plan_exits_with_2(folder: Path, text: str, told: str) -> None:
    (folder / "plan.json").write_text(text, encoding="utf-8")

    code, output = run("plan.json")

    assert code == 2
    assert told in output.replace("\n", " ")


def test_no_plan_and_no_programme_exit_with_2(folder: Path) -> None:
    assert run("nothing.json")[0] == 2
    spoil(folder, programme="exampel")
    code, output = run("plan.json", "--json")

    assert code == 2
    assert "exampel: there is no such folder" in output
    assert "did you mean 'example'?" in output


def test_a_programme_with_errors_exits_with_2(folder: Path) -> None:
    file = folder / "example" / "programme.yaml"
    file.write_text(EXAMPLE.replace("owner: jaxa", "owner: jaxxa"), encoding="utf-8")

    code, output = run("plan.json")

    assert code == 2
    assert "jaxxa" in output
