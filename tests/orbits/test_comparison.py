from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from comity.orbits import Arc, Body, OrbitError, SpaceObject, compare, one_of, read_objects
from comity.orbits.frames import gcrf_to_teme, teme_to_itrf
from comity.orbits.times import from_iso, from_scales, tai_minus_utc, to_scales

SAMPLES = Path(__file__).parents[1] / "messages" / "samples"
KNOWN = json.loads((Path(__file__).parent / "ephemerides_by_oem.json").read_text(encoding="utf-8"))
START = from_iso("2026-03-01")
MU = 398600.4418


def circular(
    radius_km: float, phase_rad: float = 0.0, *, lift_km: float = 0.0, centre: str = "earth", name: str = "a"
) -> SpaceObject:
    """A circular orbit in the plane of the equator; `lift_km` above it."""
    times = START + 60.0 * np.arange(91)
    rate = np.sqrt(MU / radius_km**3)
    angle = phase_rad + rate * (times - START)
    zero = np.zeros_like(angle)
    position = radius_km * np.stack([np.cos(angle), np.sin(angle), zero], axis=1) + [0.0, 0.0, lift_km]
    velocity = radius_km * rate * np.stack([-np.sin(angle), np.cos(angle), zero], axis=1)
    arc = Arc(times, position, velocity, "GCRF", centre, "HERMITE", 7, (float(times[0]), float(times[-1])))
    return SpaceObject(name, name, None, (arc,))


def test_the_axes_are_radial_along_and_cross() -> None:
    """Known answers of geometry: higher, ahead, and above."""
    base = circular(7000.0)
    higher = compare(base, circular(7000.0 + 1e-9, 0.0))
    assert np.abs(higher.position_km).max() < 1e-6
    ahead = compare(base, circular(7000.0, 1e-4))
    np.testing.assert_allclose(ahead.position_km[:, 1], 0.7, atol=1e-6)
    np.testing.assert_allclose(ahead.position_km[:, 0], -7000 * (1 - np.cos(1e-4)), atol=1e-9)
    above = compare(base, circular(7000.0, lift_km=0.25))
    np.testing.assert_allclose(above.position_km, [[0.0, 0.0, 0.25]] * 91, atol=1e-9)
    np.testing.assert_allclose(above.rms(), [0, 0, 0.25, 0.25], atol=1e-9)
    np.testing.assert_allclose(above.largest(), [0, 0, 0.25, 0.25], atol=1e-9)


def test_two_ephemerides_lie_as_far_apart_as_another_library_says() -> None:
    first, second = (read_objects(SAMPLES / f"apart_{n}.kvn")[0] for n in (1, 2))
    times = np.array([from_iso(k["epoch"]) for k in KNOWN["compared"]])
    # It takes the first less the second in the axes of the second, and sees velocity from the turning axes.
    found = compare(second, first, times)
    np.testing.assert_allclose(found.position_km[:, :2], [k["position_ric"][:2] for k in KNOWN["compared"]], atol=1e-8)
    arc = second.motion
    assert isinstance(arc, tuple)
    rate = np.linalg.norm(np.cross(arc[0].position_km[0], arc[0].velocity_km_s[0])) / np.dot(
        *[arc[0].position_km[0]] * 2
    )
    turning = np.cross([0, 0, rate], found.position_km)
    np.testing.assert_allclose(found.velocity_km_s - turning, [k["velocity_ric"] for k in KNOWN["compared"]], atol=1e-9)


@given(phase=st.floats(0, 0.01), lift=st.floats(-5, 5), radius=st.floats(6800, 43000))
@settings(max_examples=25, deadline=None)
def test_distance_does_not_depend_on_who_comes_first(phase: float, lift: float, radius: float) -> None:
    one, other = circular(radius), circular(radius, phase, lift_km=lift, name="b")
    np.testing.assert_allclose(compare(one, other).distance_km, compare(other, one).distance_km, atol=1e-9)


def test_frames_are_reconciled() -> None:
    base = circular(7000.0)
    (arc,) = base.motion  # type: ignore[misc]
    teme = gcrf_to_teme(arc.position_km, arc.velocity_km_s, arc.times_s)
    itrf = teme_to_itrf(*teme, arc.times_s)
    for frame, (r, v) in (("TEME", teme), ("ITRF", itrf)):
        turned = SpaceObject("b", "b", None, (Arc(arc.times_s, r, v, frame, "earth", "HERMITE", 7, arc.usable_s),))
        found = compare(base, turned)
        assert found.distance_km.max() < 1e-6
        assert (found.doubt_km > 0) == (frame == "ITRF")


def test_the_bias_of_eme2000_is_not_forgotten() -> None:
    base = circular(42164.0)
    (arc,) = base.motion  # type: ignore[misc]
    same_numbers = SpaceObject(
        "b",
        "b",
        None,
        (Arc(arc.times_s, arc.position_km, arc.velocity_km_s, "EME2000", "earth", "HERMITE", 7, arc.usable_s),),
    )
    # Skyfield's framelib: offsets of the pole of -16.617 and -6.8192 mas, of right ascension of -14.6 mas.
    # In the plane of the equator they are 14.6 mas along the track and up to 18 mas across it.
    found = compare(base, same_numbers)
    mas = 42164.0 * np.pi / 180 / 3600 / 1000
    assert np.abs(found.position_km[:, 1]).mean() == pytest.approx(14.6 * mas, rel=0.01)
    assert np.abs(found.position_km[:, 2]).max() <= 17.97 * mas * 1.001


def test_centres_are_reconciled() -> None:
    from comity.orbits.bodies import geocentric

    about_earth = circular(400_000.0)
    (arc,) = about_earth.motion  # type: ignore[misc]
    moon = geocentric("moon", arc.times_s)
    about_moon = SpaceObject(
        "b",
        "b",
        None,
        (
            Arc(
                arc.times_s,
                arc.position_km - moon[0],
                arc.velocity_km_s - moon[1],
                "GCRF",
                "moon",
                "HERMITE",
                7,
                arc.usable_s,
            ),
        ),
    )
    assert compare(about_earth, about_moon).distance_km.max() < 1e-6
    assert compare(about_moon, about_earth).distance_km.max() < 1e-6


def test_mean_elements_are_compared_with_an_ephemeris_of_theirs(tmp_path: Path) -> None:
    from tests.orbits.test_reading import ISS, oem, written

    (tle,) = read_objects(written(tmp_path, "\n".join(ISS)))
    start = round(tle.motion.epoch_s)  # type: ignore[union-attr]
    flown = written(tmp_path / "e", oem("HERMITE", 7, start, 40, 60.0)) if (tmp_path / "e").mkdir() is None else Path()
    (ephemeris,) = read_objects(flown)
    assert compare(ephemeris, tle).distance_km.max() < 1e-5
    assert len(compare(tle, ephemeris).times_s) == 40


def test_only_common_epochs_are_compared_and_none_is_an_error() -> None:
    first, second = (read_objects(SAMPLES / f"apart_{n}.kvn")[0] for n in (1, 2))
    far = read_objects(SAMPLES / "leo_60s.kvn")[0]
    assert len(compare(first, second, step_s=600.0).times_s) == 7
    with pytest.raises(OrbitError, match="no epoch in common"):
        compare(first, far)
    with pytest.raises(OrbitError, match="lies outside"):
        compare(first, second, [from_iso("2021-07-10T15:59:00")])
    with pytest.raises(OrbitError, match="body"):
        compare(first, SpaceObject("moon", "moon", None, Body("moon")))


def test_an_object_is_named_where_a_file_has_several() -> None:
    things = [circular(7000.0, name="a"), circular(7000.0, name="b")]
    assert one_of(things, "B", "f") is things[1]
    with pytest.raises(OrbitError, match="holds 2 objects; name one of a, b"):
        one_of(things, None, "f")
    with pytest.raises(OrbitError, match="has no object 'c'"):
        one_of(things, "c", "f")


@given(st.floats(0, 2e9), st.sampled_from(["UTC", "TAI", "TT", "TDB", "GPS", "UT1"]))
@settings(max_examples=60, deadline=None)
def test_clocks_there_and_back(time_s: float, scale: str) -> None:
    # Within a minute of a leap second one reading may mean two instants.
    assume(tai_minus_utc(time_s + 120) == tai_minus_utc(time_s - 120))
    assert float(from_scales(to_scales(time_s, scale), scale)) == pytest.approx(time_s, abs=2e-6)
