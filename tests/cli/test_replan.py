"""`comity replan`: what it reads, writes and says, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli import places
from comity.cli.app import app
from comity.model.writing import write
from comity.roadmap.plan_file import read_plan, write_plan
from comity.roadmap.verification import verify
from tests.example_programmes import PICKS
from tests.plan_builder import build
from tests.roadmap.test_replanning import loose


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a programme, as a bundled one, and a plan for it in `before`."""
    write(loose(), tmp_path / "example")
    monkeypatch.setattr(places, "bundled", lambda: {"example": tmp_path / "example"})
    write_plan(build(loose(), PICKS), tmp_path / "before" / "plan.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, since: str = "2034-01") -> tuple[int, str]:
    given = ["replan", "before", "--from", since, "--time", "1", "--threads", "1", *arguments]
    result = CliRunner().invoke(app, given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def test_a_withdrawal_is_planned_around_and_written(folder: Path) -> None:
    code, told = run("--withdraw", "uae", "--out", "after")

    assert code == 0
    assert "UAE Space Agency withdraws from 2034-01." in told
    assert "Dropped: Mars lander" in told
    assert "What changes for whom" in told
    after = read_plan(folder / "after" / "plan.json")
    assert verify(loose(), after, previous=read_plan(folder / "before" / "plan.json")) == ()
    assert "lander" in json.loads((folder / "after" / "findings.json").read_text())["change"]["dropped"]
    assert "UAE Space Agency withdraws" in (folder / "after" / "report.html").read_text()


def test_json_holds_the_plan_and_what_changes(folder: Path) -> None:
    code, told = run("--delay", "lander/hatch=6", "--cut", "esa=10%:2036-2037", "--json", "--quiet")

    assert code == 0
    answer = json.loads(told)
    assert answer["verified"]
    assert [a["kind"] for a in answer["plan"]["amendments"]] == ["budget_cut", "delay"]
    assert answer["findings"]["change"]["event"].startswith(
        "The budget of European Space Agency is 10% less in 2036-2037."
    )
    assert (folder / "out" / "example-replanned" / "plan.json").exists()


def test_what_happened_may_stand_in_files(folder: Path) -> None:
    (folder / "join.yaml").write_text(
        "partner: {id: kari, name: Korea, kind: agency, country: KR, budget: {2030-2041: 60 MEUR@2025}, estimate: invented}\n"
        "options:\n"
        "  - mission: lander\n    element: hatch\n"
        "    option: {provider: kari, cost: 20 MEUR@2025, duration: 12 months, success: 0.9, estimate: invented}\n"
    )
    (folder / "rule.yaml").write_text(
        "no-cameras: {name: No cameras, technologies: [imaging], giver: [JP], receiver: [AE], estimate: invented}\n"
    )
    (folder / "more.json").write_text('[{"kind": "delay", "mission": "sail", "element": "craft", "months": 2}]')

    code, told = run(
        "--join",
        "join.yaml",
        "--export-rule",
        "rule.yaml",
        "--amend",
        "more.json",
        "--drop-rule",
        "japan",
        "--json",
        "-q",
    )

    assert code == 0, told
    kinds = [a["kind"] for a in json.loads(told)["plan"]["amendments"]]
    assert kinds == ["export_rule", "join", "export_rule", "delay"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--withdraw", "jxaa"], "did you mean 'jaxa'"),
        (["--cut", "esa=20"], "a part of the budget is written as 20%"),
        (["--cut", "esa=20 MEUR"], "no economic-conditions year"),
        (["--cut", "esa=120%"], "is not between 0 and 1"),
        (["--cut", "esa"], "write it as esa=20%"),
        (["--cut", "esa=5%:31"], "is not a year or a span of years"),
        (["--fail", "launch"], "an element is written as MISSION/ELEMENT"),
        (["--delay", "moon/operations=6 kg"], "wrong unit for a duration"),
        (["--delay", "relay/opperations=6"], "did you mean 'operations'"),
        (["--release", "mooon"], "did you mean 'moon'"),
        (["--amend", "nothing.yaml"], "nothing.yaml: cannot be read"),
        (["--programme", "exampel", "--withdraw", "uae"], "did you mean 'example'"),
        ([], "say what happened"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(folder: Path, arguments: list[str], told: str) -> None:
    code, output = run(*arguments, "--quiet")

    assert (code, told in output) == (2, True), output
    assert not (folder / "out" / "example-replanned").exists()


@pytest.mark.parametrize(("since", "told"), [("2050-01", "outside of the horizon"), ("2034", "is not a month")])
def test_a_month_that_is_none_or_outside_is_an_error(folder: Path, since: str, told: str) -> None:
    code, output = run("--withdraw", "uae", since=since)

    assert (code, told in output) == (2, True), output


def test_a_plan_for_another_version_of_the_programme_is_an_error(folder: Path) -> None:
    write(loose(programme__open_data="0.4"), folder / "other")

    code, output = run("--withdraw", "uae", "--programme", "other")

    assert (code, "another version of example" in output) == (2, True), output


def test_a_broken_file_of_amendments_is_named_with_its_place(folder: Path) -> None:
    (folder / "bad.yaml").write_text("- {kind: withdraw, partner: uae\n")
    (folder / "wrong.yaml").write_text("- {kind: withdraw, partner: uae, moth: 2034-01}\n")

    assert "bad.yaml:" in run("--amend", "bad.yaml")[1]
    assert "wrong.yaml: amendment 1: not an amendment" in run("--amend", "wrong.yaml")[1]


def test_a_commitment_that_cannot_be_met_exits_with_3_and_says_how_it_is_given_up(folder: Path) -> None:
    code, output = run("--withdraw", "esa", since="2031-01")

    assert code == 3
    assert "committed are moon: a commitment is given up with --release" in output
    assert not (folder / "out" / "example-replanned").exists()


def test_exposure_alone_asks_of_the_plan_itself(folder: Path) -> None:
    code, told = run("--exposure", "--json", "--quiet", since="2031-01")

    assert code == 0
    found = json.loads(told)["exposure"]
    assert {e["partner"] for e in found} == {"esa", "jaxa", "uae"}
    assert found[0]["lost_value"] >= found[-1]["lost_value"] > 0
    assert not (folder / "out" / "example-replanned").exists()
