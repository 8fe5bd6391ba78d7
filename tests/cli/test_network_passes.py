"""`comity network passes`, as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from xml.parsers import expat

import numpy as np
import pytest
from typer.testing import CliRunner

from comity.cli.app import app
from comity.cli.network_places import shipped
from comity.orbits import read_objects, states
from comity.orbits.times import from_iso, to_iso

KIRUNA = ("--site", "Kiruna,67.86,20.96,402")
ISS = ("science", "--only", "ISS (ZARYA)")


def run(*arguments: object, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["network", "passes", *map(str, arguments)], env={"COLUMNS": "90"})
    assert found.exit_code == code, found.output
    return found.output


def test_passes_are_shown_as_a_table_of_ninety_columns() -> None:
    shown = run("science", *KIRUNA, "--days", "0.2", "--min-elevation", "5")
    assert "passes," in shown and "h in sight" in shown and "TERRA" in shown
    assert max(map(len, shown.splitlines())) <= 90


def test_csv_and_json_have_the_same_passes_in_order() -> None:
    asked = (*ISS, "--site", "Rome,41.9,12.5", "--days", "1", "--frequency", "2200")
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--csv"))))
    told = json.loads(run(*asked, "--json"))["passes"]
    assert len(rows) == len(told) > 3
    assert [row["rise"] for row in rows] == sorted(row["rise"] for row in rows)
    for row, one in zip(rows, told, strict=True):
        assert row["rise"] == one["rise"]
        # Rising, the spacecraft comes nearer: its carrier is received higher, and lower when it sets.
        assert one["rise_doppler_hz"] > 0 > one["set_doppler_hz"]
        assert one["culmination_elevation_deg"] >= one["rise_elevation_deg"] == 0.0


#: The elements of the ISS that come with comity, as CelesTrak's CSV has them (an OMM's fields).
OMM = """\
OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,\
CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT
ISS (ZARYA),1998-067A,2026-04-10T04:46:28.718400,15.48858067,.0006432,51.6328,276.5654,294.6645,65.3674,0,U,25544,999,56121,\
.00013529,.00006976,0
"""


def test_a_spacecraft_is_the_same_by_tle_omm_and_oem(tmp_path: Path) -> None:
    (iss,) = (o for o in read_objects(shipped()) if o.name == "ISS (ZARYA)")
    start = from_iso("2026-04-10T06:00:00Z")
    at = start + 60.0 * np.arange(12 * 60 + 1)
    known = states([iss], at, "ITRF")
    rows = "\n".join(
        f"{to_iso(t)[:-1]} " + " ".join(f"{x:.9f}" for x in (*r, *v))
        for t, r, v in zip(at, known.position_km[0], known.velocity_km_s[0], strict=True)
    )
    (tmp_path / "iss.oem").write_text(
        "CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2026-04-10T06:00:00\nORIGINATOR = US\nMETA_START\nOBJECT_NAME = ISS (ZARYA)\n"
        "OBJECT_ID = 1998-067A\nCENTER_NAME = EARTH\nREF_FRAME = ITRF2000\nTIME_SYSTEM = UTC\n"
        f"START_TIME = {to_iso(at[0])[:-1]}\nSTOP_TIME = {to_iso(at[-1])[:-1]}\nINTERPOLATION = HERMITE\n"
        f"INTERPOLATION_DEGREE = 7\nMETA_STOP\n{rows}\n",
        encoding="utf-8",
    )
    (tmp_path / "iss.csv").write_text(OMM, encoding="utf-8")
    asked = (*KIRUNA, "--start", "2026-04-10T06:00:00Z", "--days", "0.5", "--json")
    by_tle = json.loads(run(*ISS, *asked))["passes"]
    assert len(by_tle) == 3
    for file in ("iss.csv", "iss.oem"):
        found = json.loads(run(tmp_path / file, *asked))["passes"]
        assert len(found) == len(by_tle)
        for one, other in zip(found, by_tle, strict=True):
            for instant in ("rise", "set"):
                assert abs(from_iso(one[instant]) - from_iso(other[instant])) < 0.02
            assert abs(one["culmination_range_km"] - other["culmination_range_km"]) < 0.01


def test_more_processes_find_the_same() -> None:
    asked = ("science", *KIRUNA, "--days", "0.5", "--csv")
    assert run(*asked) == run(*asked, "--workers", "2")


def test_a_picture_is_svg_or_a_page(tmp_path: Path) -> None:
    for name in ("sky.svg", "sky.html"):
        run(*ISS, *KIRUNA, "--days", "0.5", "--chart", tmp_path / name)
    svg = (tmp_path / "sky.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg ") and svg.count("<polyline") >= 1
    expat.ParserCreate().Parse(svg, True)
    assert "<svg " in (tmp_path / "sky.html").read_text(encoding="utf-8")
    assert "a chart is .svg or .html" in run(*ISS, *KIRUNA, "--chart", tmp_path / "sky.png", code=2)
    assert "cannot be written" in run(*ISS, *KIRUNA, "--chart", tmp_path / "none" / "sky.svg", code=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sky.html", "sky.svg"]


def test_the_moon_is_seen_once_a_day_or_so() -> None:
    told = json.loads(run("moon", "--site", "Madrid,40.4,-4.2", "--start", "2026-04-10", "--days", "3", "--json"))[
        "passes"
    ]
    assert 3 <= len(told) <= 4
    assert all(350_000 < one["culmination_range_km"] < 410_000 for one in told)


def test_what_is_wrong_is_told_with_what_would_be_right(tmp_path: Path) -> None:
    assert "write it as Kiruna" in run("science", "--site", "A,1", code=2)
    assert "did you mean 'ISS (ZARYA)'" in run("science", "--only", "ISS", *KIRUNA, code=2)
    assert "from when?" in run("moon", *KIRUNA, code=2)
    assert "from where?" in run("science", code=2)
    assert "No such file" in run(tmp_path / "none.tle", *KIRUNA, code=2)
    assert "no place on Earth" in run("science", "--site", "A,99,0", code=2)
    broken = tmp_path / "broken.tle"
    whole = shipped().read_text(encoding="utf-8")
    broken.write_text(whole.replace("276.5654", "276.5655"), encoding="utf-8")
    assert "broken.tle:6" in run(broken, *KIRUNA, code=2)


def test_old_elements_are_warned_of() -> None:
    said = run(*ISS, *KIRUNA, "--start", "2026-06-10", "--days", "0.1")
    assert "more than 14 days from the time asked (ISS (ZARYA)" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--days", "inf"), "a time asked for has a beginning and an end"),
        (("--days", "1e9"), "1e+09 days are asked for; at most 36,525 (a century) can be"),
        (("--start", "9999-12-31"), "times lie from 1600-01-01 to 2200-01-01"),
        (("--frequency", "nan"), "a carrier of nan MHz is none; it lies from 1 to 1e+06 MHz"),
        (("/dev/zero",), "/dev/zero: is no regular file"),
        (("--frequency", "-5"), "a carrier of -5 MHz is none"),
        (("--frequency", "1e400"), "a carrier of inf MHz is none"),
        (("--site", "Far,67,20,1e12"), "station 'Far' stands 1e+12 m high; heights lie from -500 to 100,000 m"),
        (("--site", "Far,67,20,nan"), "station 'Far' stands nan m high"),
    ],
)
def test_what_no_sky_has_is_refused(asked: tuple[str, ...], said: str) -> None:
    shown = run(*ISS, *KIRUNA, *asked, code=2)
    assert said in shown and "warning" not in shown


def test_a_cluster_that_is_none_is_refused_at_once_and_leaves_quietly() -> None:
    code = (
        "from comity.cluster import ClusterError, spread\n"
        "try:\n    list(spread(len, [()], cluster='blah'))\n"
        "except ClusterError as error:\n    print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "no Dask scheduler answers at 'blah'" in found.stdout and found.stderr == ""
