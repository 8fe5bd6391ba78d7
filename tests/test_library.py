"""Comity as a library: what `import comity` offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import comity
from comity.cli.app import app
from comity.library import Case, Roadmap
from comity.roadmap.findings import plan_digest, read_findings
from comity.roadmap.plan_file import PlanFileError, read_plan
from comity.roadmap.study import QUICK
from tests.example_programmes import EXAMPLE


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    from typer.testing import CliRunner

    folder = tmp_path_factory.mktemp("library") / "mine"
    assert CliRunner().invoke(app, ["new", str(folder)]).exit_code == 0
    return comity.load(folder)


@pytest.fixture(scope="module")
def roadmap(case: Case) -> Roadmap:
    return case.plan(time_s=5)


def test_importing_loads_no_engine() -> None:
    code = "import comity, sys; print([m for m in ('pydantic', 'numpy', 'ortools') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_programme_with_problems_raises_all_of_them(tmp_path: Path) -> None:
    text = EXAMPLE.replace("return_to: esa", "return_to: eas").replace("country: JP", "country: JX")
    (tmp_path / "programme.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(comity.ProgrammeError) as caught:
        comity.load(tmp_path)
    assert len(caught.value.problems) == 2
    assert "did you mean 'esa'?" in str(caught.value)


def test_a_roadmap_answers_questions_and_verifies(roadmap: Roadmap) -> None:
    assert roadmap.verify() == ()
    assert 0 <= roadmap.gap < 0.01
    explained = roadmap.explain()
    assert {r.mission for r in explained.reasons} == set(roadmap.programme.missions)
    assert roadmap.confidence(draws=200).draws == 200
    assert roadmap.alone().value_together == roadmap.value


def test_the_same_seed_gives_the_same_plan(case: Case, roadmap: Roadmap) -> None:
    again = case.plan(time_s=5)
    assert again.plan.model_copy(update={"run": None}) == roadmap.plan.model_copy(update={"run": None})


def test_a_saved_plan_reads_back_the_same_and_a_report_stands_beside_it(roadmap: Roadmap, tmp_path: Path) -> None:
    roadmap.save(tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == roadmap.plan
    assert "</html>" in roadmap.report(tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_study_finds_what_is_asked_and_nothing_else(case: Case) -> None:
    done = case.study(topics=QUICK, draws=200, time_s=5)
    assert done.findings.plan_digest == plan_digest(done.plan)
    assert done.findings.duplication is not None
    assert done.findings.tradeoff is None


def test_findings_are_refused_beside_another_plan(case: Case, roadmap: Roadmap, tmp_path: Path) -> None:
    findings = case.study(topics=(), time_s=5, barred={"mars-scout"}).findings
    (tmp_path / "findings.json").write_text(findings.model_dump_json(), encoding="utf-8")
    with pytest.raises(PlanFileError, match="another plan"):
        read_findings(tmp_path / "findings.json", roadmap.plan)
    (tmp_path / "findings.json").write_text(json.dumps({"plan": 1}), encoding="utf-8")
    with pytest.raises(PlanFileError, match="plan_digest"):
        read_findings(tmp_path / "findings.json", roadmap.plan)


def test_a_roadmap_is_planned_anew_when_something_happens(roadmap: Roadmap) -> None:
    from comity.model.amendment import Delay

    delay = Delay(mission="lunar-lander", element="craft", months=6)
    later = roadmap.replan(delay, since="2031-06", time_s=5)
    assert later.change is not None
    assert later.verify() == ()
    assert later.value <= roadmap.value


def test_no_plan_is_an_exception_and_its_conflict_can_be_asked(case: Case) -> None:
    terms = {"coalition": frozenset({"savanna"}), "required": frozenset({"lunar-lander"}), "time_s": 2}
    with pytest.raises(comity.NoPlanError):
        case.plan(**terms)
    assert len(case.conflict(**terms).clashes) == 2
