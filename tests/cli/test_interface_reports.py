"""`comity interface icd`, `n2`, `gaps`, `adopt`, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli.app import app


def run(*arguments: object, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["interface", *map(str, arguments)], env={"COLUMNS": "80"})
    assert found.exit_code == code, found.output
    return found.output


def test_a_document_is_shown_and_written_in_each_form(tmp_path: Path) -> None:
    asked = ("apollo-soyuz", "joint-flight", "--interface", "joint-flight/4", "--unit", "psi")
    assert "Adapter: Docking module" in run("icd", *asked)
    told = json.loads(run("icd", *asked, "--json"))
    (document,) = told["documents"]
    assert (document["verdict"], document["title"][:15]) == ("adapter", "Apollo CSM-111,")
    for name, begin in (("a.html", b"<!doctype html>"), ("a.pdf", b"%PDF-"), ("a.json", b'{\n "documents"')):
        run("icd", *asked, "-o", tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begin)
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == told


def test_the_chart_is_shown_and_written(tmp_path: Path) -> None:
    shown = run("n2", "seeded-outpost")
    assert "x pow" in shown and "2 Hub" in shown
    (matrix,) = json.loads(run("n2", "seeded-outpost", "--json"))["matrices"]
    assert len(matrix["elements"]) == 7
    run("n2", "seeded-outpost", "-o", tmp_path / "n2.svg")
    assert (tmp_path / "n2.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "an SVG holds one chart, and here are" in run("n2", "iss", "-o", tmp_path / "iss.svg", code=2)
    assert not (tmp_path / "iss.svg").exists()


def test_gaps_are_listed_by_partner(tmp_path: Path) -> None:
    shown = run("gaps", "seeded-outpost", "--partner", "agency-d")
    assert "37 s" in shown and "agency-c:" not in shown
    partners = json.loads(run("gaps", "iss", "core", "--json"))["partners"]
    assert "nasa" in {p["partner"] for p in partners}
    run("gaps", "iss", "-o", tmp_path / "gaps.csv")
    assert (tmp_path / "gaps.csv").read_text(encoding="utf-8").startswith("table,Partner,Must say")
    assert "did you mean 'nasa'" in run("gaps", "iss", "--partner", "nassa", code=2)


def test_what_a_standard_would_close_is_told(tmp_path: Path) -> None:
    told = json.loads(run("adopt", "seeded-outpost", "--standard", "idss@F", "--json"))
    assert told["alone"][0]["says"].startswith("3 of 8 misfits vanish if all take IDSS IDD rev F")
    assert "the one misfit vanishes if all take SI" in " ".join(
        json.loads(run("adopt", "mars-climate-orbiter", "--json"))["alone"][0]["says"].split()
    )
    run("adopt", "apollo-soyuz", "-o", tmp_path / "adopt.html")
    assert "APAS-75" in (tmp_path / "adopt.html").read_text(encoding="utf-8")
    assert "did you mean 'idss'" in run("adopt", "iss", "--standard", "idsss", code=2)


@pytest.mark.parametrize("command", ["icd", "n2", "gaps", "adopt"])
def test_wrong_input_is_refused_and_nothing_is_written(command: str, tmp_path: Path) -> None:
    file = tmp_path / "out.docx"
    assert "it can be written as .html" in run(command, "seeded-outpost", "-o", file, code=2)
    assert "there is no mission 'cor'" in run(command, "iss", "cor", code=2)
    assert "no missions" in run(command, "seeded-outpost", "core", code=2)
    assert "cannot be written" in run(command, "seeded-outpost", "-o", tmp_path / "none" / "out.html", code=2)
    assert list(tmp_path.iterdir()) == []
