"""Two instruments compared: known biases and drifts are found, units are converted, what is not common is left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity.archive import ArchiveError, Everything, ingest
from comity.archive.crossvalidation import compare
from comity.archive.series import build_series
from comity.cli.app import app
from comity.record import SigningKey
from comity.records import Founder, open_record
from tests.archive.samples import new_archive

NOW = datetime(2026, 11, 25, tzinfo=UTC)
MINUTES = np.arange(2000)
TRUE = 10.0 + 3.0 * np.sin(MINUTES / 97.0)


def ecsv(path: Path, minutes: np.ndarray, values: np.ndarray, unit: str = "nT") -> Path:
    stamps = np.datetime64("2020-01-01T00:00:00") + minutes.astype("timedelta64[m]")
    rows = "\n".join(f"{t},{v!r}" for t, v in zip(stamps, map(float, values), strict=True))
    path.write_text(
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: time, datatype: string}\n"
        f"# - {{name: b, datatype: float64, unit: {unit}}}\n# schema: astropy-2.0\ntime,b\n{rows}\n"
    )
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    with new_archive(folder / "archive", {"id": "one"}, {"id": "two"}, {"id": "held", "access": "partners"}) as made:
        ingest(made, "one", [ecsv(folder / "one.csv", MINUTES, TRUE)])
        # Half a minute off, 0.5 nT too high, drifting by 0.2 nT a day, in picotesla; with a hole of 100 minutes.
        later = MINUTES[(MINUTES < 500) | (MINUTES >= 600)]
        off = 0.5 + 0.2 * later / 1440.0
        ingest(made, "two", [ecsv(folder / "two.csv", later, (TRUE[later] + off) * 1000.0, "pT")])
        ingest(made, "held", [ecsv(folder / "held.csv", MINUTES, TRUE)])
        for dataset in ("one", "two", "held"):
            build_series(made, dataset)
        yield made


def test_a_known_bias_and_drift_are_found_in_the_first_ones_unit(archive):
    found = compare(archive, "one:b", "two:b", Everything(), at=NOW)
    assert found.n_pairs == 1900  # the hole is not bridged
    assert found.unit == "nT"
    assert found.drift_per_day == pytest.approx(0.2, abs=1e-9)
    assert found.drifts
    assert found.bias == pytest.approx(0.5 + 0.2 * 1005 / 1440, abs=0.01)
    assert found.correlation == pytest.approx(1.0, abs=1e-3)


def test_a_gap_may_be_bridged_when_it_is_said(archive):
    assert compare(archive, "one:b", "two:b", Everything(), at=NOW, gap_s=7000).n_pairs == 2000


def test_the_other_way_round_has_the_opposite_bias(archive):
    there = compare(archive, "one:b", "two:b", Everything(), at=NOW)
    back = compare(archive, "two:b", "one:b", Everything(), at=NOW)
    assert (back.unit, back.bias) == ("pT", pytest.approx(-1000 * there.bias, rel=1e-6))


@pytest.mark.parametrize(
    ("first", "second", "more", "said"),
    [
        ("one", "two:b", {}, "DATASET:PARAMETER"),
        ("one:b", "tow:b", {}, "did you mean 'two'"),
        ("one:b", "two:c", {}, "no parameter"),
        ("one:b[0]", "two:b", {}, "is one number"),
        ("one:b", "two:b", {"start": "2021-01-01"}, "no time in common"),
        ("one:b", "two:b", {"start": "noon"}, "is no time"),
        ("one:b", "two:b", {"stop": "2020-01-01T00:05:00Z"}, "needs 10"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(archive, first, second, more, said):
    with pytest.raises(ArchiveError, match=said.replace("[", "\\[")):
        compare(archive, first, second, Everything(), at=NOW, **more)


def test_what_a_reader_may_not_see_is_no_series_for_them(archive):
    from comity.archive_rules import governed

    with pytest.raises(ArchiveError, match="there is no series 'held'"):
        compare(archive, "one:b", "held:b", governed(archive).reader("public"), at=NOW)


def test_a_report_is_signed_once_by_each_and_says_the_same(archive, tmp_path):
    key = SigningKey.new()
    key.write(tmp_path / "esa.pem")
    with open_record(tmp_path / "sky.record", create=True) as opened:
        opened.open_with("sky", {"esa": Founder((key,))})
    words = ["archive", "compare", str(archive.folder), "one:b", "two:b", "--out", str(tmp_path / "r.html"), "--record",
             str(tmp_path / "sky.record"), "--by", "esa", "--key", str(tmp_path / "esa.pem")]  # fmt: skip
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    assert "drifts by 0.2 nT a day" in (tmp_path / "r.html").read_text()
    with open_record(tmp_path / "sky.record") as opened:
        ((digest, told),) = opened.state.section("validations").items()
    plain = json.loads(CliRunner().invoke(app, [*words[:5], "--json"]).stdout)
    assert plain["digest"] == digest and plain["says"] == told["says"]
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2 and "signed this report already" in again.output


@settings(max_examples=25)
@given(st.floats(-100, 100), st.integers(0, 2**32 - 1))
def test_a_tenth_of_outliers_moves_neither_bias_nor_drift(bias, seed):
    from comity.archive.crossvalidation import _drift

    draw = np.random.default_rng(seed)
    days = np.sort(draw.uniform(0, 10, 400))
    residuals = bias + 0.3 * days + draw.normal(0, 0.01, 400)
    residuals[draw.choice(400, 40, replace=False)] += 1e4
    slope, low, high = _drift(days, residuals)
    assert low <= slope <= high
    assert slope == pytest.approx(0.3, abs=0.02)
