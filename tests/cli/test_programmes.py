"""`comity check`, `new`, `show` and `schema`: what they print and how they exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from comity.cli.app import app
from comity.model import load
from comity.model.schema import programme_schema
from comity.model.writing import to_plain

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "100"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def example(tmp_path: Path) -> Path:
    assert run("new", str(tmp_path / "mine"))[0] == 0
    return tmp_path / "mine"


def test_a_new_programme_checks_clean(example: Path) -> None:
    code, out, err = run("check", str(example))
    assert (code, err) == (0, "")
    assert "no problems; 4 partners, 4 objectives, 3 missions, 9 elements" in out
    assert "1 treaty, 1 agreement, 1 export rule" in out


def test_new_refuses_a_folder_that_holds_something(example: Path) -> None:
    before = sorted(example.rglob("*"))
    code, _, err = run("new", str(example))
    assert code == 2
    assert "not empty" in err
    assert sorted(example.rglob("*")) == before


def test_check_prints_every_problem_and_their_number(example: Path) -> None:
    file = example / "partners.yaml"
    file.write_text(
        file.read_text().replace("return_to: aurora", "return_to: arora").replace("country: KE", "country: KX")
    )
    code, out, err = run("check", str(example))
    assert (code, out) == (2, "")
    assert f"{file}:37:16: partner 'skylift' names partner 'arora'; did you mean 'aurora'?" in err
    assert "2 problems" in err
    told = json.loads(run("check", str(example), "--json")[1])
    assert told["ok"] is False
    assert [p["line"] for p in told["problems"]] == [26, 37]


@pytest.mark.parametrize("arguments", [["check", "nowhere"], ["show", "nowhere"], ["check", "skaa"]])
def test_a_programme_that_is_not_there_ends_with_2(arguments: list[str]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert "no such folder, nor a bundled programme" in err
    assert "Traceback" not in err


def test_a_bundled_programme_is_known_by_its_name() -> None:
    code, out, _ = run("check", "ska", "--json")
    assert code == 0
    assert json.loads(out)["ok"] is True


def test_show_prints_partners_objectives_and_missions_within_the_width(example: Path) -> None:
    code, out, _ = run("show", str(example))
    assert code == 0
    for word in ("aurora", "lunar-water", "solar-observer", "minimum return", "test-chamber"):
        assert word in out
    assert max(map(len, out.splitlines())) <= 100


def test_show_sources_counts_what_is_sourced_and_estimated() -> None:
    told = json.loads(run("show", "ska", "--sources", "--json")[1])
    figures = told["figures"]
    assert figures["programme"]["sourced"] > 0
    assert all(f["estimated_after_document"] <= f["estimated"] for f in figures.values())
    assert figures["missions"]["estimated_after_document"] > 0
    assert sum(s["figures"] for s in told["sources"].values()) == sum(f["sourced"] for f in figures.values())


def test_show_names_the_nearest_mission(example: Path) -> None:
    code, _, err = run("show", str(example), "--mission", "mars-scot")
    assert code == 2
    assert "did you mean 'mars-scout'?" in err
    assert "Launch to Mars" in run("show", str(example), "--mission", "mars-scout")[1]


def test_help_is_quick_and_names_every_command() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    code = "import sys\nfrom comity.cli.app import main\nsys.argv = ['comity', '--help']\ntry:\n main()\nexcept SystemExit:\n pass\n"
    code += "print([m for m in ('pydantic', 'ortools', 'numpy', 'pint') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    for command in app.registered_commands:
        assert command.callback is not None
        assert command.callback.__name__.replace("_", "-") in done.stdout
    assert done.stdout.splitlines()[-1] == "[]", "the help page must not load the engines"


def test_the_published_schema_is_fresh() -> None:
    published = (ROOT / "schemas" / "programme.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == json.loads(json.dumps(programme_schema()))


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "programmes").iterdir() if any(p.rglob("*.yaml"))))
def test_every_bundled_programme_fits_the_published_schema(name: str) -> None:
    plain = json.loads(json.dumps(to_plain(load(ROOT / "programmes" / name)), default=float))
    Draft202012Validator.check_schema(programme_schema())
    errors = [f"{e.json_path}: {e.message[:200]}" for e in Draft202012Validator(programme_schema()).iter_errors(plain)]
    assert errors == []
