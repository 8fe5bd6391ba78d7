"""Rise and set beside Skyfield, the guard against missed passes, and what a caller may rely on."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfield.api import EarthSatellite, wgs84

from comity.network import passes as engine
from comity.network.errors import NetworkError
from comity.network.horizon import Site, bending_deg
from comity.network.passes import all_passes, doppler_hz
from comity.network.passes_files import pass_record, passes_csv
from comity.orbits import ERRORS, LIGHT_KM_S, Arc, Elements, OrbitError, SpaceObject, body, read_objects, states
from comity.orbits.bodies import barycentric, geocentric
from comity.orbits.objects import satrec
from comity.orbits.times import from_datetime, from_iso, skyfield_times, timescale

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "benchmarks/data/active-2026-04-10.tle"
SCIENCE = ROOT / "src/comity/network/data/science-spacecraft.tle"
START = from_iso("2026-04-10T12:00:00Z")
DAY = 86400.0
#: Roughly Kiruna, Hartebeesthoek and Goldstone: any three places would do.
SITES = (
    Site("north", 67.88, 21.07, 402.0),
    Site("south", -25.89, 27.69, 1543.0),
    Site("west", 35.34, -116.87, 1000.0),
)


def altitude(thing: SpaceObject, site: Site, times_s: np.ndarray) -> np.ndarray:
    """Skyfield's elevation [deg] of an object with elements."""
    assert isinstance(thing.motion, Elements)
    there = EarthSatellite.from_satrec(satrec(thing.motion), timescale())
    place = wgs84.latlon(site.latitude_deg, site.longitude_deg, site.height_m)
    return np.asarray((there - place).at(skyfield_times(times_s)).altaz()[0].degrees)


def test_rise_and_set_are_within_a_tenth_of_a_second_of_skyfield_and_none_is_missed() -> None:
    # All 1,000 objects are compared by `python -m benchmarks.passes --accuracy`.
    objects = read_objects(CATALOGUE)[::40]
    found = all_passes(objects, SITES, START, START + DAY)
    compared = 0
    for i, thing in enumerate(objects):
        assert isinstance(thing.motion, Elements)
        there = EarthSatellite.from_satrec(satrec(thing.motion), timescale())
        for j, site in enumerate(SITES):
            place = wgs84.latlon(site.latitude_deg, site.longitude_deg, site.height_m)
            times, kinds = there.find_events(place, skyfield_times(START), skyfield_times(START + DAY))
            theirs = np.array([from_datetime(t) for t in times.utc_datetime()] if len(kinds) else [])
            mine = (found.thing == i) & (found.station == j)
            for kind, row, whole in ((0, 0, found.rises), (2, 2, found.sets)):
                ours = found.times_s[row, mine & whole]
                # Their search stops at half a second; their elevation is the judge of the tenth.
                for moment in theirs[kinds == kind]:
                    assert np.abs(ours - moment).min() < 1.0, (thing.name, site.id)
                signs = np.sign([altitude(thing, site, ours - 0.1), altitude(thing, site, ours + 0.1)])
                assert (signs[0] != signs[1]).all(), (thing.name, site.id)
                compared += len(ours)
    assert compared > 600


def test_culminations_are_the_highest_that_skyfield_sees() -> None:
    objects = read_objects(SCIENCE)[:6]
    found = all_passes(objects, SITES, START, START + DAY, min_elevation_deg=5.0)
    for one, thing in zip(found, found.thing, strict=True):
        site = next(s for s in SITES if s.id == one.station_id)
        seen = altitude(objects[thing], site, np.linspace(one.times_s[0], one.times_s[2], 400))
        assert seen.max() <= one.elevation_deg[1] + 1e-4
        assert altitude(objects[thing], site, np.array([one.times_s[1]]))[0] == pytest.approx(
            one.elevation_deg[1], abs=1e-4
        )


def test_no_pass_of_seconds_is_missed() -> None:
    """Just below an object's culmination the pass lasts a moment: between two samples, and it is found."""
    objects = read_objects(SCIENCE)[:2]
    for one, thing in zip(whole := all_passes(objects, SITES, START, START + DAY), whole.thing, strict=True):
        if not (one.rises and one.sets) or one.elevation_deg[1] < 1:
            continue
        site = next(s for s in SITES if s.id == one.station_id)
        lid = one.elevation_deg[1] - 1e-4
        short = all_passes([objects[thing]], [site], START, START + DAY, min_elevation_deg=lid)
        near = [p for p in short if abs(p.times_s[1] - one.times_s[1]) < 30]
        assert len(near) == 1 and near[0].duration_s < 60


@settings(max_examples=12, deadline=None)
@given(st.floats(-85, 85), st.floats(-180, 180), st.floats(0, 40))
def test_a_higher_horizon_sees_less_and_within(latitude: float, longitude: float, lid: float) -> None:
    objects, place = read_objects(SCIENCE)[:4], [Site("x", latitude, longitude)]
    low = all_passes(objects, place, START, START + DAY / 2)
    high = all_passes(objects, place, START, START + DAY / 2, min_elevation_deg=lid)
    for one in high:
        inside = [
            p for p in low
            if p.object_id == one.object_id and p.times_s[0] <= one.times_s[0] + 1e-3 and p.times_s[2] >= one.times_s[2] - 1e-3
        ]  # fmt: skip
        assert len(inside) == 1
        assert one.times_s[0] <= one.times_s[1] <= one.times_s[2]


def test_blocks_of_any_size_give_the_same_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = read_objects(SCIENCE)
    once = all_passes(objects, SITES, START, START + DAY)
    monkeypatch.setattr(engine, "STATES_AT_ONCE", 700)
    monkeypatch.setattr(engine, "LEAST_STEPS", 50)
    pieces = all_passes(objects, SITES, START, START + DAY)
    assert len(once) == len(pieces) and (once.thing == pieces.thing).all()
    np.testing.assert_allclose(once.times_s[::2], pieces.times_s[::2], atol=1e-3)
    np.testing.assert_allclose(once.elevation_deg[1], pieces.elevation_deg[1], atol=1e-5)


def test_processes_side_by_side_give_the_same() -> None:
    objects = read_objects(SCIENCE)[:6]
    alone, together = (all_passes(objects, SITES, START, START + DAY, workers=n) for n in (1, 2))
    np.testing.assert_array_equal(alone.times_s, together.times_s)


def test_memory_does_not_grow_with_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "STATES_AT_ONCE", 20_000)
    objects = read_objects(CATALOGUE)[100:112]
    peaks = []
    for days in (2, 16):
        tracemalloc.start()
        assert sum(len(p) for p in engine.passes(objects, SITES, START, START + days * DAY)) > 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_mask_by_azimuth_hides_what_it_covers() -> None:
    objects = read_objects(SCIENCE)[:6]
    walled = Site(
        "walled", 67.88, 21.07, 402.0, mask=((0.0, 0.0), (89.0, 0.0), (90.0, 60.0), (180.0, 60.0), (181.0, 0.0))
    )
    found = all_passes(objects, [walled], START, START + DAY)
    limits = np.interp(found.azimuth_deg, [0, 89, 90, 180, 181, 360], [0, 0, 60, 60, 0, 0])
    whole = found.rises & found.sets
    np.testing.assert_allclose(found.elevation_deg[::2, whole], limits[::2, whole], atol=1e-4)
    open_sky = all_passes(objects, [SITES[0]], START, START + DAY)
    seconds = [float((p.times_s[2] - p.times_s[0]).sum()) for p in (found, open_sky)]
    assert 0 < seconds[0] < seconds[1]


def test_range_rate_is_the_change_of_range_and_doppler_follows() -> None:
    objects = read_objects(SCIENCE)[:3]
    for one in all_passes(objects, SITES, START, START + DAY):
        assert one.light_time_s[0] == one.range_km[0] / LIGHT_KM_S
        if one.rises and one.sets:
            assert one.range_rate_km_s[0] < 0 < one.range_rate_km_s[2]
            assert one.doppler_hz(2.2e9)[0] > 0 > one.doppler_hz(2.2e9)[2]
    assert doppler_hz(1e9, 3.0) == pytest.approx(-1e9 * 3.0 / LIGHT_KM_S, rel=1e-4)


def test_planets_rise_and_set_as_skyfield_says() -> None:
    from skyfield import almanac

    from comity.orbits import bodies

    kernel = bodies._kernel()
    for name, tolerance_s in (("moon", 0.2), ("mars", 0.2), ("jupiter", 0.2)):
        thing = body(name)
        found = all_passes([thing], [SITES[1]], START, START + 2 * DAY)
        place = kernel["earth"] + wgs84.latlon(SITES[1].latitude_deg, SITES[1].longitude_deg, SITES[1].height_m)
        for row, search, whole in ((0, almanac.find_risings, found.rises), (2, almanac.find_settings, found.sets)):
            times, real = search(
                place,
                kernel[thing.motion.target],
                skyfield_times(START),
                skyfield_times(START + 2 * DAY),
                horizon_degrees=0.0,
            )
            theirs = [from_datetime(t) for t in times.utc_datetime()]
            assert all(real)
            np.testing.assert_allclose(found.times_s[row, whole], theirs, atol=tolerance_s)


@pytest.mark.parametrize("name", ["mars", "moon", "venus"])
def test_the_range_of_a_planet_is_the_way_that_light_came_and_its_rate_is_how_it_changes(name: str) -> None:
    from comity.orbits import bodies

    kernel = bodies._kernel()
    thing, site = body(name), SITES[2]
    place = kernel["earth"] + wgs84.latlon(site.latitude_deg, site.longitude_deg, site.height_m)

    def theirs(times_s: np.ndarray) -> np.ndarray:
        """Skyfield's distance [km] with light time from the place."""
        seen = place.at(skyfield_times(times_s)).observe(kernel[thing.motion.target])  # type: ignore[union-attr]
        return np.asarray(seen.distance().km)

    found = all_passes([thing], [site], START, START + 2 * DAY)
    at = found.times_s.ravel()
    np.testing.assert_allclose(found.range_km.ravel(), theirs(at), atol=1e-5)
    rate = (theirs(at + 60.0) - theirs(at - 60.0)) / 120.0
    np.testing.assert_allclose(found.range_rate_km_s.ravel(), rate, atol=5e-6)


def test_a_spacecraft_far_away_is_seen_until_light_of_its_last_state_has_come() -> None:
    # It flies with Mars: its ephemeris holds the planet's own states, every hour for two days.
    at = START + np.arange(49) * 3600.0
    arc = Arc(at, *barycentric("mars", at), "GCRF", "solar system barycenter", "HERMITE", 7, (at[0], at[-1]))
    probe = SpaceObject("probe", "probe", None, (arc,))
    found, planet = (all_passes([x], SITES, START, START + 3 * DAY) for x in (probe, body("mars")))
    beyond = found.times_s.max() - at[-1]
    position, _ = geocentric("mars", at[-1:])
    assert beyond == pytest.approx(np.linalg.norm(position) / LIGHT_KM_S, abs=engine.step_s(probe))
    whole = found.rises & found.sets
    assert whole.sum() >= 2
    for k in np.flatnonzero(whole):
        near = np.abs(planet.times_s[0] - found.times_s[0, k]).argmin()
        np.testing.assert_allclose(found.times_s[:, k], planet.times_s[:, near], atol=0.02)
        np.testing.assert_allclose(found.range_km[:, k], planet.range_km[:, near], rtol=1e-9)


def test_states_too_far_apart_to_lie_between_are_an_error_and_no_crash() -> None:
    # Three minutes of states, then ten days of none: a polynomial through them leaves the solar system.
    at = START + np.array([0.0, 60.0, 120.0, 10 * DAY])
    position = 3800.0 * np.array([[1, 0, 0], [0.99, 0.1, 0], [0.98, 0.2, 0], [-1, 0, 0.1]])
    velocity = 3.4 * np.array([[0, 1, 0], [0, 1, 0], [0, 1, 0], [0, -1, 0]])
    arc = Arc(at, position, velocity, "EME2000", "mars barycenter", "HERMITE", 7, (at[0], at[-1]))
    lost = SpaceObject("lost", "lost", None, (arc,))
    found = states([lost], [START + 5 * DAY])
    assert found.error is not None and "too few states" in ERRORS[int(found.error[0, 0])]
    assert len(all_passes([lost], SITES, START + 4 * DAY, START + 6 * DAY)) == 0


def test_a_time_that_the_planets_ephemeris_does_not_cover_is_told_in_a_line() -> None:
    for start in ("2126-12-01", "1700-01-01"):
        with pytest.raises(OrbitError, match="is outside DE421, which covers 1899-07-29 to 2053-10-09"):
            all_passes([body("mars")], SITES, from_iso(start), from_iso(start) + DAY)


def test_refraction_lengthens_a_pass() -> None:
    objects = read_objects(SCIENCE)[:2]
    bent = all_passes(objects, SITES, START, START + DAY, refraction=True)
    straight = all_passes(objects, SITES, START, START + DAY)
    assert (bent.times_s[2] - bent.times_s[0]).sum() > (straight.times_s[2] - straight.times_s[0]).sum()
    assert float(bending_deg(np.array([0.0]))[0]) * 60 == pytest.approx(34.5, abs=0.1)  # Bennett 1982, at the horizon


def test_a_decaying_object_is_followed_until_it_falls() -> None:
    """28872 of the verification set falls within the day."""
    from sgp4.api import Satrec

    from comity.orbits.objects import elements_of
    from tests.orbits.test_states import verification

    record: Satrec = next(r for r, _ in verification() if r.satnum == 28872)
    thing = SpaceObject("28872", "falling", 28872, elements_of(record))
    begin = thing.motion.epoch_s  # type: ignore[union-attr]
    found = all_passes([thing], [Site(f"s{k}", 0.0, 30.0 * k) for k in range(12)], begin, begin + DAY)
    assert len(found) and np.isfinite(found.times_s).all()
    assert found.times_s.max() < begin + 0.95 * DAY < begin + DAY
    assert not found.sets.all() or states([thing], found.times_s[1]).error is None


def test_nonsense_is_refused() -> None:
    objects = read_objects(SCIENCE)[:1]
    with pytest.raises(NetworkError, match="end must lie after"):
        list(engine.passes(objects, SITES, START, START))
    with pytest.raises(NetworkError, match="no place on Earth"):
        list(engine.passes(objects, [Site("x", 95.0, 0.0)], START, START + DAY))


def test_rows_carry_all_that_was_found() -> None:
    (one, *_) = all_passes(read_objects(SCIENCE)[:1], SITES, START, START + DAY)
    row = pass_record(one, carrier_hz=8.4e9)
    assert row["object"] == "25544" and row["rise"].endswith("Z") and row["culmination_doppler_hz"]
    assert passes_csv([one]).count("\n") == 2 and passes_csv([]).count("\n") == 1


def test_a_cluster_by_its_address_finds_the_same_and_one_that_is_not_there_is_told() -> None:
    from distributed import LocalCluster

    from comity.cluster import ClusterError

    objects = read_objects(SCIENCE)
    here = all_passes(objects, SITES, START, START + DAY)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        there = all_passes(objects, SITES, START, START + DAY, cluster=address)
    assert len(here) == len(there) > 100
    for name in ("thing", "station", "times_s", "elevation_deg", "azimuth_deg", "range_km", "range_rate_km_s", "rises"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        all_passes(objects, SITES, START, START + DAY, cluster="nowhere")


def test_a_spacecraft_that_stands_nearly_still_on_the_horizon_is_right_to_hundredths_of_a_second() -> None:
    # Geosynchronous, seen from Svalbard: its elevation moves by 8e-7 degrees a second, 1 m of its place is a second and more.
    thing = next(o for o in read_objects(CATALOGUE) if o.name == "WGS F2 (USA 204)")
    site = Site("svalbard", 78.23, 15.4, 450.0)
    found = all_passes([thing], [site], START, START + 2 * DAY)
    moments = np.concatenate([found.times_s[0, found.rises], found.times_s[2, found.sets]])
    assert len(moments) == 4
    before, after = altitude(thing, site, moments - 0.03), altitude(thing, site, moments + 0.03)
    assert (np.sign(before) != np.sign(after)).all()
    assert np.abs(after - before).max() / 0.06 < 1e-6


def test_the_shape_of_a_propagator_serves_other_objects_of_the_same_number() -> None:
    objects = read_objects(CATALOGUE)
    near = [o for o in objects if isinstance(o.motion, Elements) and o.motion.mean_motion > 0.06]
    times = START + np.arange(0.0, DAY, 60.0)
    first, second = (states(near[i : i + 150], times) for i in (0, 150))
    again = states(near[:150], times)
    np.testing.assert_array_equal(first.position_km, again.position_km)
    assert not np.array_equal(first.position_km, second.position_km)
    alone = states(near[150:151], times)
    np.testing.assert_allclose(second.position_km[0], alone.position_km[0], atol=1e-6)
