"""Known answers: the SGP4 verification vectors of Vallado et al. (AIAA 2006-6753), and Skyfield."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from sgp4.api import WGS72, Satrec
from skyfield.api import EarthSatellite
from skyfield.framelib import itrs
from skyfield.sgp4lib import TEME

from comity.orbits import Elements, OrbitError, SpaceObject, body, sgp4_batch, states
from comity.orbits.objects import elements_of, satrec
from comity.orbits.times import skyfield_times
from comity.orbits.tle import read_tle

ISS = (
    "1 25544U 98067A   26100.19894350  .00006976  00000+0  13529-3 0  9998",
    "2 25544  51.6328 276.5654 0006432 294.6645  65.3674 15.48858067561211",
)
CATALOGUE = Path(__file__).parents[2] / "benchmarks/data/active-2026-04-10.tle"


def verification() -> list[tuple[Satrec, np.ndarray]]:
    """Each set of SGP4-VER.TLE with the rows of tcppver.out: minutes, position [km], velocity [km/s]."""
    sets, line_1 = [], ""
    for line in (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines():
        if line.startswith("1 "):
            line_1 = line
        elif line.startswith("2 "):
            sets.append(Satrec.twoline2rv(line_1, line[:69], WGS72))
    blocks = re.split(r"^\S+ xx\s*$", (files("sgp4") / "tcppver.out").read_text(), flags=re.MULTILINE)[1:]
    rows = [np.array([[float(x) for x in r.split()[:7]] for r in b.strip().splitlines() if r.strip()]) for b in blocks]
    assert len(sets) == len(rows) == 33
    return list(zip(sets, rows, strict=True))


@pytest.mark.parametrize("compiled", [True, False])
def test_verification_vectors_are_met_to_a_centimetre(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sgp4_batch, "COMPILING_PAYS", 0 if compiled else 10**12)
    compared = 0
    for record, rows in verification():
        if record.error:
            continue
        elements = elements_of(record)
        found = states([SpaceObject("x", "x", 1, elements)], elements.epoch_s + 60.0 * rows[:, 0])
        known = np.ones(len(rows), bool) if found.error is None else found.error[0] == 0
        # Times in POSIX seconds are whole to 0.2 µs, in which nothing moves more than 3 mm.
        np.testing.assert_allclose(found.position_km[0][known], rows[known, 1:4], atol=1e-5)
        np.testing.assert_allclose(found.velocity_km_s[0][known], rows[known, 4:7], atol=2e-8)
        compared += int(known.sum())
    assert compared > 600


def test_objects_in_deep_space_never_go_to_the_near_earth_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sgp4_batch, "COMPILING_PAYS", 0)
    deep = [elements_of(r) for r, _ in verification() if r.method == "d" and not r.error]
    assert len(deep) > 15 and all(e.deep_space for e in deep)
    at = deep[0].epoch_s + np.arange(3) * 3600.0
    found, _, _ = sgp4_batch.Propagator(deep).states(at)
    for elements, positions in zip(deep, found, strict=True):
        expected = satrec(elements).sgp4_array(*(np.asarray(x) for x in sgp4_batch.utc_julian(at)))[1]
        np.testing.assert_allclose(positions, expected, equal_nan=True)


@pytest.mark.parametrize("frame", ["TEME", "ITRF", "GCRF"])
def test_frames_are_skyfields(frame: str) -> None:
    (iss,) = read_tle("\n".join(ISS), Path("iss"))
    assert isinstance(iss.motion, Elements)
    at = iss.motion.epoch_s + np.arange(0, 86400.0, 4000.0)
    there = EarthSatellite(*ISS).at(skyfield_times(at))
    expected = {
        "TEME": lambda: there.frame_xyz(TEME).km,
        "ITRF": lambda: there.frame_xyz(itrs).km,
        "GCRF": lambda: there.position.km,
    }[frame]()
    np.testing.assert_allclose(states([iss], at, frame).position_km[0], expected.T, atol=1e-6)  # type: ignore[arg-type]


def test_a_decayed_object_has_no_state_and_says_why() -> None:
    record = next(r for r, _ in verification() if r.satnum == 28872)  # falls within the day
    elements = elements_of(record)
    found = states([SpaceObject("x", "x", 1, elements)], elements.epoch_s + np.array([0.0, 86400.0]))
    assert found.error is not None and found.error.tolist() == [[0, 6]]
    assert np.isnan(found.position_km[0, 1]).all() and np.isfinite(found.position_km[0, 0]).all()


def test_a_body_that_is_misspelt_is_guessed() -> None:
    with pytest.raises(OrbitError, match="did you mean 'mars'"):
        body("marz")


def test_times_outside_the_ephemeris_of_planets_are_refused() -> None:
    with pytest.raises(OrbitError, match="outside DE421"):
        states([body("moon")], [4e9])
