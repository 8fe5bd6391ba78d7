"""`comity plan` where elements must be joined: Apollo and Soyuz with the docking module, and without it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import comity
from comity.bundled import bundled
from comity.cli.app import app
from comity.roadmap.plan_file import read_plan

RUN = CliRunner()
MODULE = re.compile(r"      docking-module:\n(?:(?:       .*)?\n)+")
INTERFACE = re.compile(r"    - between: \[[\w, -]*docking-module[\w, -]*\]\n(?:      .*\n)+")


@pytest.fixture
def without_the_module(tmp_path: Path) -> Path:
    """The bundled programme as somebody would write it who forgot the docking module."""
    folder = tmp_path / "apollo-soyuz"
    shutil.copytree(bundled()["apollo-soyuz"], folder)
    file = folder / "missions" / "joint-flight.yaml"
    text = INTERFACE.sub("", MODULE.sub("", file.read_text(encoding="utf-8"), count=1))
    file.write_text(text.replace("        - docking-module\n", ""), encoding="utf-8")
    assert "docking-module" not in file.read_text(encoding="utf-8")
    return folder


def test_the_docking_module_stands_in_the_answer_with_price_and_date(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = RUN.invoke(
        app, ["plan", "apollo-soyuz", "--out", str(out), "--time", "5", "--ask", "interfaces,binding,reasons", "-q"]
    )
    assert told.exit_code == 0, told.output
    for words in ("Joined by adapters", "Docking module", "1974-11", "50.0", "Not specified: 2 interfaces of 7"):
        assert words in told.output
    assert max(map(len, told.output.splitlines())) <= 80
    assert "How elements are joined" in (out / "report.html").read_text(encoding="utf-8")
    assert RUN.invoke(app, ["verify", str(out / "plan.json")]).exit_code == 0

    explained = RUN.invoke(app, ["explain", str(out), "--json"])
    (joined,) = json.loads(explained.output)["interfaces"]["adapted"]
    assert (joined["adapter"], joined["cost"], joined["by"]) == (
        "joint-flight/docking-module",
        "50000000.00",
        ["rockwell"],
    )
    assert joined["kinds"] == ["docking", "atmosphere"]


def test_without_the_docking_module_the_flight_is_refused_with_line_values_and_difference(
    without_the_module: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = RUN.invoke(app, ["plan", str(without_the_module), "--out", str(out), "--time", "5", "-q"])
    assert told.exit_code == 3
    assert re.search(r"joint-flight\.yaml:\d+: joint-flight/apollo and joint-flight/soyuz do not fit", told.output)
    assert "5 psi (34.4738 kPa) at Apollo CSM-111" in told.output
    assert "they miss by 34.4272 kPa" in told.output
    assert not (out / "plan.json").exists()


def test_a_plan_without_the_docking_module_does_not_verify(tmp_path: Path) -> None:
    out = tmp_path / "out"
    RUN.invoke(app, ["plan", "apollo-soyuz", "--out", str(out), "--time", "5", "--ask", "none", "-q"])
    plan = read_plan(out / "plan.json")
    kept = tuple(e for e in plan.elements if e.element != "docking-module")
    (out / "plan.json").write_text(plan.model_copy(update={"elements": kept}).model_dump_json(), encoding="utf-8")
    told = RUN.invoke(app, ["verify", str(out / "plan.json"), "--json"])
    assert told.exit_code == 1
    assert "interface" in {v["rule"] for v in json.loads(told.output)["violations"]}


def test_a_plan_made_anew_tells_what_joins_and_so_does_python(tmp_path: Path) -> None:
    out, anew = tmp_path / "out", tmp_path / "anew"
    RUN.invoke(app, ["plan", "apollo-soyuz", "--out", str(out), "--time", "5", "--ask", "none", "-q"])
    change = ["--fail", "joint-flight/docking-module", "--from", "1974-06"]
    told = RUN.invoke(
        app, ["replan", str(out / "plan.json"), *change, "--out", str(anew), "--time", "5", "-q", "--json"]
    )
    assert told.exit_code == 0, told.output
    (joined,) = json.loads(told.output)["findings"]["interfaces"]["adapted"]
    assert joined["adapter"] == "joint-flight/docking-module"
    assert joined["start"] >= "1974-06"  # the first one failed; another is built

    (adapted,) = comity.load("apollo-soyuz").plan(time_s=5).joints().adapted
    assert adapted.between == ("joint-flight/apollo", "joint-flight/soyuz")
