"""`comity archive series`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli.app import app
from tests.archive.samples import new_archive
from tests.archive.series_samples import GOES, PSP


def run(*arguments: object, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["archive", *map(str, arguments)], env={"COLUMNS": "80"})
    assert found.exit_code == code, found.output
    return found.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_archive(tmp_path / "archive", {"id": "mag"}).close()
    return tmp_path / "archive"


def test_what_is_taken_in_is_ready_for_hapi(folder: Path) -> None:
    said = json.loads(run("ingest", folder, "mag", PSP, "--set", "calib_level=2", "--quiet", "--json"))
    assert (said["new"], said["series"]["made"], said["series"]["failed"]) == (1, 1, [])
    assert "1 of them time series" in run("ingest", folder, "mag", GOES, "--quiet")
    assert "0 made, 2 there already" in run("series", folder, "mag", "--quiet")
    shown = run("show", folder, f"mag/{PSP.name}")
    assert "epoch_quality_flags" in shown and "nT" in shown


def test_a_part_that_is_lost_is_made_anew(folder: Path) -> None:
    run("ingest", folder, "mag", PSP, "--quiet")
    (part,) = (folder / "series" / "mag").glob("*.parquet")
    part.unlink()
    assert json.loads(run("series", folder, "mag", "--json", "--quiet"))["made"] == 1
    assert part.is_file()


def test_what_is_not_there_is_told_with_the_nearest_name(folder: Path) -> None:
    assert "did you mean 'mag'" in run("series", folder, "mga", "--quiet", code=2)


def test_a_file_that_is_lost_is_told_and_ends_with_2(folder: Path) -> None:
    run("ingest", folder, "mag", PSP, "--quiet")
    (part,) = (folder / "series" / "mag").glob("*.parquet")
    part.unlink()
    next((folder / "objects").rglob(part.stem)).unlink()
    assert PSP.name in run("series", folder, "mag", "--quiet", code=2)
