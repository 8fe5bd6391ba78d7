"""`comity treaty`: its answers as tables and JSON, and what it says of mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from comity.cli.app import app


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["treaty", *words], env={"COLUMNS": "100"})
    assert result.exit_code == code, result.output
    return result.output


def told(*words: str, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code))


def test_status_of_a_state() -> None:
    assert "acceded 1984-01-19" in run("status", "--state", "KE", "--at", "2025-01-01")
    found = told("status", "--state", "Kenya", "--at", "2025-01-01")
    assert (found["who"], found["treaties"][0]["since"]) == ("KE", "1984-01-19")


def test_status_of_a_treaty_gives_rows_counts_and_sources() -> None:
    found = told("status", "--treaty", "moon-agreement", "--at", "2024-01-05")
    assert found["counts"]["bound"] == 17
    assert found["sources"]["untc-moon"]["publisher"] == "United Nations Treaty Collection"
    assert "17 states bound: 17 with date, 0 without" in run(
        "status", "--treaty", "moon_agreement", "--at", "2024-01-05"
    )


def test_counts_say_what_is_without_a_date() -> None:
    tables = {t["treaty"]: t for t in told("status", "--counts", "--at", "2015-01-01")["tables"]}
    assert tables["outer_space_treaty"]["bound"] == 103
    assert tables["outer_space_treaty"]["undated"] > 0


def test_common() -> None:
    found = {
        t["treaty"]: t["all_bound"] for t in told("common", "NASA", "CNSA", "ESA", "--at", "2026-01-01")["treaties"]
    }
    assert found["outer_space_treaty"] and not found["moon_agreement"]
    assert "China: acceded 1983-12-30" in run("common", "NASA", "CNSA", "--at", "2026-01-01")


def test_launching_states() -> None:
    found = told("launching-states", "--launches", "FR", "--procures", "nasa", "--date", "2021-12-25")
    assert [s["who"] for s in found["launching_states"]] == ["FR", "US"]
    assert "facility" in run("launching-states", "--facility", "esa", "--date", "2021-12-25")


def test_liability_by_options_and_by_file(tmp_path: Path) -> None:
    out = run("liability", "--launches", "RU", "--mishap", "1978-01-24", "--victim", "CA")
    assert "Liable: Russian Federation, absolutely, without a ceiling." in out
    case = tmp_path / "case.yaml"
    case.write_text(
        "launch: {date: 2012-01-01, launches: RU, territory: RU}\n"
        "mishap:\n  date: 2013-01-01\n  place: space\n  in_protected_operations: true\n"
        "  victims: [{who: nasa, protected: true, on_board: {date: 2001-02-07, launches: nasa}}]\n"
        "cross_waiver: iss\n",
        encoding="utf-8",
    )
    (claim,) = told("liability", str(case))["claims"]
    assert (claim["claimant"], claim["liable"], claim["waived"]) == ("US", [], ["RU"])


def test_registration_prints_the_form() -> None:
    out = run("registration", "jwst", "observatory", "--element", "telescope", "--set", "inclination_deg=4")
    assert "| Inclination (degrees) | 4 |" in out
    assert "state_of_registry" in told("registration", "jwst", "observatory", "--element", "telescope")["missing"]


def test_export_and_check() -> None:
    assert "outer-space-treaty:" in run("export", "outer_space_treaty", "--for", "iss", "--at", "2026-01-01")
    assert told("check", "iss", "--at", "2026-01-01") == {"ok": True, "differences": []}


def test_organisations() -> None:
    assert told("organisations", "--of", "KE")["organisations"][0]["organisation"] == "copuos"
    assert "30 entered; a source counts 30 members" in run("organisations", "eumetsat")
    assert "International Telecommunication Union" in run("organisations")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("status", "--state", "Kenia"), "did you mean 'Kenya'"),
        (("status", "--treaty", "mon_agreement"), "did you mean 'moon_agreement'"),
        (("status", "--at", "2024-02-30"), "is not a day"),
        (("common", "NASSA"), "did you mean"),
        (("launching-states",), "name at least one"),
        (("liability",), "give a FILE"),
        (("liability", "--launches", "RU", "--mishap", "2020-01-01", "--victim", "US", "--place", "sea"), "surface"),
        (("liability", "/no/such/file.yaml"), "cannot be read"),
        (("registration", "jwst", "observatori"), "did you mean 'observatory'"),
        (("registration", "jwst", "observatory", "--element", "telescope", "--set", "x"), "FIELD=VALUE"),
        (("export", "lunar"), "there is no treaty"),
        (("organisations", "eumetsatt"), "did you mean 'eumetsat'"),
        (("organisations", "--of", "Kenia"), "did you mean 'Kenya'"),
    ],
)
def test_mistakes_end_with_2_and_the_nearest(words: tuple[str, ...], hint: str) -> None:
    assert hint in run(*words, code=2)
