"""`comity archive query`: ADQL from the command line."""

from __future__ import annotations

import json

import pytest
from astropy.io.votable import parse_single_table
from typer.testing import CliRunner

from comity.archive import ingest
from comity.cli.app import app
from tests.archive.samples import image, new_archive

COUNT = "SELECT COUNT(*) AS n FROM ivoa.obscore"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("query")
    hidden = {"access": "proprietary", "owner": "csa", "team": "miri", "public_from": "2126-01-01"}
    with new_archive(folder / "archive", {"id": "sky"}, {"id": "hidden", **hidden}) as archive:
        for name, dataset in (("a", "sky"), ("b", "hidden")):
            ingest(archive, dataset, [image(folder / f"{name}.fits", target=name.upper())], stated={"calib_level": 2})
    return folder / "archive"


def run(*words, input=None):
    return CliRunner().invoke(app, ["archive", "query", *map(str, words)], input=input)


def test_the_keeper_sees_all_and_others_what_they_may(place):
    counts = [
        json.loads(run(place, COUNT, *who, "--json").stdout)["data"]
        for who in ([], ["--as", "csa"], ["--as", "public"])
    ]
    assert counts == [[[2]], [[2]], [[1]]]


def test_a_table_tells_units_and_fits_a_terminal(place):
    shown = run(place, "SELECT target_name, s_ra, t_exptime FROM ivoa.obscore ORDER BY target_name")
    assert shown.exit_code == 0
    assert "s_ra [deg]" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_a_file_in_the_format_that_is_asked_for(place, tmp_path):
    out = tmp_path / "a.vot"
    assert run(place, "SELECT target_name FROM ivoa.obscore", "--format", "votable", "--out", out).exit_code == 0
    assert len(parse_single_table(str(out)).array) == 2
    assert run(place, "-", "--format", "csv", input=COUNT).stdout == '"n"\n2\n'


def test_rows_that_are_left_out_are_told_of(place):
    shown = run(place, "SELECT target_name FROM ivoa.obscore", "--maxrec", 1)
    assert "more than 1 rows" in shown.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([COUNT.replace("obscore", "obscor")], "did you mean 'ivoa.obscore'"),
        (["DROP TABLE x"], "only SELECT is taken"),
        ([COUNT, "--format", "doc"], "there are votable"),
        ([COUNT, "--as", "nobody"], "nobody"),
    ],
)
def test_a_mistake_ends_with_2_and_says_what_would_be_right(place, words, said):
    shown = run(place, *words)
    assert shown.exit_code == 2
    assert said in shown.stderr
