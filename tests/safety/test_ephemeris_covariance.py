"""Covariances that come with an ephemeris: turned into the orbit's axes, between instants, and into messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from comity.messages import problems
from comity.orbits import SpaceObject, read_objects
from comity.orbits.frames import rtn_axes
from comity.orbits.objects import satrec
from comity.orbits.times import from_iso, to_iso, utc_julian
from comity.safety.conjunction_messages import text
from comity.safety.position_error import of_ephemeris_km2
from comity.safety.screening import screen
from tests.safety.test_screening import COLLISION

BEGIN = from_iso("2009-02-10T16:00:00Z")
#: Radial, transverse, normal [km²]: 100 m, 1 km and 200 m, with radius and track correlated.
RTN = np.array([[0.01, 0.03, 0.0], [0.03, 1.0, 0.01], [0.0, 0.01, 0.04]])


def oem(thing: SpaceObject, covariances: list[tuple[float, str, np.ndarray]]) -> str:
    """An ephemeris of two hours by SGP4, each 30 s, with covariances at some instants."""
    times = np.arange(BEGIN, BEGIN + 7230.0, 30.0)
    _, position, velocity = satrec(thing.motion).sgp4_array(*utc_julian(times))
    stamp = [to_iso(t, digits=3).removesuffix("Z") for t in times]
    rows = [f"{s} {' '.join(f'{x:.9f}' for x in (*r, *v))}" for s, r, v in zip(stamp, position, velocity, strict=True)]
    lines = []
    for time_s, frame, matrix in covariances:
        whole = np.zeros((6, 6))
        whole[:3, :3], whole[3:, 3:] = matrix, 1e-8 * np.eye(3)
        lines += [f"EPOCH = {to_iso(time_s, digits=3).removesuffix('Z')}", f"COV_REF_FRAME = {frame}"]
        lines += [" ".join(f"{whole[i, j]:.12e}" for j in range(i + 1)) for i in range(6)]
    block = ["COVARIANCE_START", *lines, "COVARIANCE_STOP"] if lines else []
    return "\n".join([
        "CCSDS_OEM_VERS = 2.0", "CREATION_DATE = 2009-02-10T12:00:00", "ORIGINATOR = TEST", "META_START",
        f"OBJECT_NAME = {thing.name}", "OBJECT_ID = 1993-036A", "CENTER_NAME = EARTH", "REF_FRAME = TEME", "TIME_SYSTEM = UTC",
        f"START_TIME = {stamp[0]}", f"STOP_TIME = {stamp[-1]}", "INTERPOLATION = HERMITE", "INTERPOLATION_DEGREE = 7",
        "META_STOP", *rows, *block, "",
    ])  # fmt: skip


@pytest.fixture
def cosmos(tmp_path: Path) -> SpaceObject:
    file = tmp_path / "cosmos.tle"
    file.write_text(COLLISION["cosmos.tle"], encoding="utf-8")
    return read_objects(file)[0]


def flown(tmp_path: Path, thing: SpaceObject, covariances) -> SpaceObject:
    file = tmp_path / "cosmos.oem"
    file.write_text(oem(thing, covariances), encoding="utf-8")
    return read_objects(file)[0]


@pytest.mark.parametrize("frame", ["RTN", "RSW", "TNW", "TEME"])
def test_whatever_axes_it_is_given_in_it_is_the_same_covariance(cosmos, tmp_path, frame):
    when = BEGIN + 3000.0
    _, (position,), (velocity,) = satrec(cosmos.motion).sgp4_array(*utc_julian(np.array([when])))
    axes = rtn_axes(position, velocity)
    along = velocity / np.linalg.norm(velocity)
    turns = {"TEME": axes.T, "TNW": np.stack([along, np.cross(axes[2], along), axes[2]]) @ axes.T}
    turn = turns.get(frame, np.eye(3))
    thing = flown(tmp_path, cosmos, [(when, frame, turn @ RTN @ turn.T)])
    assert of_ephemeris_km2(thing.motion, when) == pytest.approx(RTN, abs=1e-9)


def test_between_two_instants_both_count_and_beyond_them_there_is_none(cosmos, tmp_path):
    first, last = BEGIN + 600.0, BEGIN + 6600.0
    thing = flown(tmp_path, cosmos, [(first, "RTN", RTN), (last, "RTN", 4 * RTN)])
    assert of_ephemeris_km2(thing.motion, BEGIN + 3600.0) == pytest.approx(2.5 * RTN)
    assert of_ephemeris_km2(thing.motion, last) == pytest.approx(4 * RTN)
    assert of_ephemeris_km2(thing.motion, first - 1) is of_ephemeris_km2(thing.motion, last + 1) is None


def test_a_frame_that_is_not_known_leaves_the_ephemeris_without(cosmos, tmp_path):
    for frame in ("EME2000", "ITRF2000"):
        thing = flown(tmp_path, cosmos, [(BEGIN, frame, RTN)])
        assert of_ephemeris_km2(thing.motion, BEGIN) is None


def test_an_ephemeris_with_its_covariance_has_a_probability_and_a_message(cosmos, tmp_path):
    (tmp_path / "iridium.tle").write_text(COLLISION["iridium.tle"], encoding="utf-8")
    iridium = read_objects(tmp_path / "iridium.tle")[0]
    thing = flown(tmp_path, cosmos, [(BEGIN, "RTN", RTN), (BEGIN + 7200.0, "RTN", RTN)])
    (found,) = screen([thing], [iridium], BEGIN, BEGIN + 7000.0).conjunctions
    assert found.miss_km == pytest.approx(0.698, abs=0.001)
    assert found.covariance_km2 == pytest.approx(RTN)
    (wide,) = screen(
        [flown(tmp_path, cosmos, [(BEGIN, "RTN", 100 * RTN), (BEGIN + 7200.0, "RTN", 100 * RTN)])],
        [iridium],
        BEGIN,
        BEGIN + 7000.0,
    ).conjunctions
    assert found.probability > 0 and wide.probability < found.probability
    for form in ("kvn", "xml"):
        file = tmp_path / f"message.{form}"
        file.write_text(text(found, form, created_s=BEGIN), encoding="utf-8")
        assert problems(file) == ()
    said = (tmp_path / "message.kvn").read_text(encoding="utf-8")
    assert "CALCULATED" in said and "Position by an ephemeris" in said
    assert "INTERNATIONAL_DESIGNATOR     = 1993-036A" in said


def test_an_ephemeris_that_ends_before_the_time_asked_is_told(cosmos, tmp_path):
    (tmp_path / "iridium.tle").write_text(COLLISION["iridium.tle"], encoding="utf-8")
    iridium = read_objects(tmp_path / "iridium.tle")
    thing = flown(tmp_path, cosmos, [])
    for own, others in (([thing], iridium), (iridium, [thing])):
        assert screen(own, others, BEGIN, BEGIN + 7000.0).lost == ()
        found = screen(own, others, BEGIN, BEGIN + 86400.0)
        assert found.lost == ("1993-036A",) and len(found.conjunctions) == 1
