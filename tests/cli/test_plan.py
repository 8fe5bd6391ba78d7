"""`comity plan` and the questions about a plan: what they print, what they write, and how they exit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from comity.cli.app import app
from comity.roadmap.plan_file import read_plan
from tests.example_programmes import write_example

ROOT = Path(__file__).parents[2]
FILES = {
    "plan.json",
    "findings.json",
    "report.html",
    *(f"{t}.csv" for t in ("elements", "payments", "missions", "cash", "objectives", "partners")),
}
#: A short search, and what is quick to ask: the tests are about the command.
SHORT = ("--time", "1", "--ask", "quick", "--quiet")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "80"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def comity(
    *arguments: str, folder: Path, code: str = "from comity.cli.app import main; main()"
) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programmes") / "mine"
    assert run("new", str(folder))[0] == 0
    return folder


@pytest.fixture(scope="module")
def planned(programme: Path) -> Iterator[tuple[Path, str]]:
    """A folder that `comity plan` wrote, and what it printed."""
    out = programme.parent / "out"
    code, printed, errors = run("plan", str(programme), "--out", str(out), *SHORT)
    assert (code, errors) == (0, "")
    yield out, printed


# --- the plan --------------------------------------------------------------------------------------------------------


def test_the_summary_tells_value_proof_missions_and_payers_within_80_columns(planned: tuple[Path, str]) -> None:
    printed = planned[1]
    for word in ("points", "no plan wins more than", "gap", "Polar lander", "2033-", "Who pays what", "MEUR@2025"):
        assert word in printed
    assert "Checked independently: the plan obeys all" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_folder_has_the_plan_the_findings_the_tables_and_the_report(planned: tuple[Path, str]) -> None:
    assert {p.name for p in planned[0].iterdir()} == FILES
    assert "</html>" in (planned[0] / "report.html").read_text(encoding="utf-8")
    assert not list(planned[0].parent.glob(".*"))


def test_what_was_written_verifies(planned: tuple[Path, str], programme: Path) -> None:
    assert run("verify", str(planned[0]), "--programme", str(programme))[0] == 0


def test_json_holds_plan_findings_and_files_and_nothing_else_is_printed(programme: Path, tmp_path: Path) -> None:
    code, printed, _ = run("plan", str(programme), "--out", str(tmp_path / "out"), "--json", *SHORT)
    told = json.loads(printed)
    assert (code, told["verified"], told["violations"]) == (0, True, [])
    assert told["plan"] == json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert told["findings"]["duplication"] is not None
    assert {Path(f).name for f in told["files"]} == FILES


def test_a_barred_mission_is_not_in_the_plan_and_a_required_one_is(programme: Path, tmp_path: Path) -> None:
    missions = ("--bar", "mars-scout", "--require", "lunar-lander")
    assert run("plan", str(programme), "--out", str(tmp_path), *missions, *SHORT)[0] == 0
    planned = {m.mission for m in read_plan(tmp_path / "plan.json").missions}
    assert "lunar-lander" in planned
    assert "mars-scout" not in planned


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--require", "mars-scot"], "did you mean 'mars-scout'?"),
        (["--bar", "mars-scout", "--require", "mars-scout"], "both required and barred"),
        (["--coalition", "auror"], "did you mean 'aurora'?"),
        (["--coalition", "skylift"], "none of them has a budget"),
        (["--aims", "science,fairnes"], "did you mean 'fairness'?"),
        (["--aims", "cost,cost"], "an aim stands twice"),
        (["--gap", "a bit"], "write it as 0.001 or 0.1%"),
        (["--ask", "confidenc"], "did you mean 'confidence'?"),
    ],
)
def test_a_wrong_option_ends_with_2_and_what_would_be_right(
    options: list[str], said: str, programme: Path, tmp_path: Path
) -> None:
    code, _, errors = run("plan", str(programme), "--out", str(tmp_path / "out"), *options)
    assert code == 2
    assert said in errors
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told_before_the_search(programme: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    code, _, errors = run("plan", str(programme), "--out", str(tmp_path / "out"), "--time", "600")
    assert code == 2
    assert "name another with --out" in errors


def test_a_programme_without_a_plan_names_the_rules_that_conflict_by_file_and_line(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "example")
    file = folder / "programme.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            "budget: {2030-2032: 130 MEUR@2025, 2033: 155 MEUR@2025, 2034-2041: 90 MEUR@2025}",
            "budget: {2030-2041: 1 MEUR@2025}",
        ),
        encoding="utf-8",
    )
    code, printed, errors = run("plan", str(folder), "--out", str(tmp_path / "out"), *SHORT)
    assert (code, printed) == (3, "")
    assert f"{file}:" in errors
    assert "No plan exists" in errors
    assert not (tmp_path / "out").exists()


# --- what interrupts it ----------------------------------------------------------------------------------------------


def test_a_killed_plan_leaves_no_half_written_file(programme: Path, planned: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for file in planned[0].iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    arguments = ("plan", str(programme), "--out", str(out), "--seed", "7", *SHORT)
    process = comity(*arguments, folder=tmp_path)
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        # Staging: files are being written beside the folder. The first such folder is the trial before the search.
        if any(p.name == "report.html" for left in tmp_path.glob(".out.*.part") for p in left.glob("*")):
            process.kill()
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was killed while it wrote"
    assert {p.name for p in out.iterdir()} == FILES
    assert read_plan(out / "plan.json").programme == "mine" or read_plan(out / "plan.json").missions
    for name in FILES - {"plan.json", "findings.json"}:
        text = (out / name).read_bytes()
        assert text.endswith(b"\r\n") or text.rstrip().endswith(b"</html>")
    json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert run(*arguments)[0] == 0
    assert [p.name for p in tmp_path.iterdir()] == ["out"], "the next run clears what the killed one left"


#: Ctrl-C as soon as there is a plan to be returned.
IMPATIENT = """
import os, signal
from comity.cli import app, progress
tell = progress.Display.__call__
def impatient(self, where):
    tell(self, where)
    if where.value is not None:
        os.kill(os.getpid(), signal.SIGINT)
progress.Display.__call__ = impatient
app.main()
"""


def test_an_interrupt_ends_the_search_with_the_best_plan_so_far_marked_as_not_proven(tmp_path: Path) -> None:
    arguments = ("plan", str(ROOT / "programmes" / "artemis"), "--time", "120", "--gap", "0", "--out", "out")
    process = comity(*arguments, folder=tmp_path, code=IMPATIENT)
    printed, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    assert "not proven" in printed
    assert "Going alone" not in errors, "what is slow is asked no more"
    assert read_plan(tmp_path / "out" / "plan.json").status == "interrupted"


# --- questions about it ----------------------------------------------------------------------------------------------


def test_duplication_and_confidence_are_told_of_a_plan_that_is_there(
    planned: tuple[Path, str], programme: Path
) -> None:
    about = (str(planned[0]), "--programme", str(programme))
    code, printed, _ = run("confidence", *about, "--draws", "500", "--seed", "3", "--json", "--quiet")
    assert code == 0
    assert (json.loads(printed)["draws"], json.loads(printed)["seed"]) == (500, 3)
    code, printed, _ = run("duplication", *about, "--json")
    assert code == 0
    assert isinstance(json.loads(printed), list)


def test_what_was_not_asked_says_how_to_ask_it(planned: tuple[Path, str], programme: Path) -> None:
    code, _, errors = run("compare", str(planned[0]), "--programme", str(programme))
    assert code == 2
    assert "--ask comparison" in errors


def test_questions_about_a_plan_of_another_programme_are_refused(planned: tuple[Path, str]) -> None:
    code, _, errors = run("confidence", str(planned[0]), "--programme", "jwst")
    assert code == 2
    assert "another state of programme" in errors


def test_the_report_is_written_anew(planned: tuple[Path, str], programme: Path, tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    code, printed, _ = run("report", str(planned[0]), "--programme", str(programme), "--out", str(page))
    assert (code, printed.strip()) == (0, str(page))
    assert "Polar lander" in page.read_text(encoding="utf-8")


# --- its schema ------------------------------------------------------------------------------------------------------


def test_the_published_schema_of_plans_is_fresh_and_fits_a_plan(planned: tuple[Path, str]) -> None:
    published = json.loads((ROOT / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(run("schema", "plan")[1])
    Draft202012Validator.check_schema(published)
    plan = json.loads((planned[0] / "plan.json").read_text(encoding="utf-8"))
    assert [e.message for e in Draft202012Validator(published).iter_errors(plan)] == []
