"""Screening beside a collision that took place, and beside every second of a small catalogue."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.messages import problems, read
from comity.orbits import Elements, SpaceObject, read_objects
from comity.orbits.objects import Arc, satrec
from comity.orbits.times import from_iso, utc_julian
from comity.safety import SafetyError
from comity.safety.conjunction_messages import message, message_id, text
from comity.safety.encounter import rtn_axes
from comity.safety.heights import heights
from comity.safety.screening import Conjunction, screen

CATALOGUE = Path(__file__).parents[2] / "benchmarks" / "data" / "active-2026-04-10.tle"
START, DAY = from_iso("2026-04-10T12:00:00Z"), 86400.0
#: The last elements of Iridium 33 and Cosmos 2251 before they met, as many public analyses of the collision quote them.
COLLISION = {
    "iridium.tle": """IRIDIUM 33
1 24946U 97051C   09040.78448243 +.00000153 +00000-0 +47668-4 0  9994
2 24946 086.3994 121.7028 0002288 085.1644 274.9812 14.34219863597336
""",
    "cosmos.tle": """COSMOS 2251
1 22675U 93036A   09040.49834364 -.00000001  00000-0  95251-5 0  9996
2 22675 074.0355 019.4646 0016027 098.7014 261.5952 14.31135643817415
""",
}


@cache
def catalogue() -> tuple[SpaceObject, ...]:
    return tuple(read_objects(CATALOGUE))


def collided(folder: Path) -> tuple[SpaceObject, ...]:
    found = []
    for name, lines in COLLISION.items():
        (folder / name).write_text(lines, encoding="utf-8")
        found.extend(read_objects(folder / name))
    return tuple(found)


def test_the_collision_of_2009_is_found(tmp_path):
    iridium, cosmos = collided(tmp_path)
    begin = from_iso("2009-02-10T00:00:00Z")
    (found,) = screen([iridium], [cosmos], begin, begin + DAY).conjunctions
    # From these elements others come to 16:55:59.796, 698 m and 11.647 km/s (AGI's STK among them); CelesTrak's SOCRATES, from
    # elements of the same day, to 16:55:59.806 and 584 m (celestrak.org/events/collision).
    assert found.tca_s == pytest.approx(from_iso("2009-02-10T16:55:59.796Z"), abs=0.001)
    assert found.miss_km == pytest.approx(0.698, abs=0.0005)
    assert found.speed_km_s == pytest.approx(11.647, abs=0.0005)
    assert 1e-5 < found.probability < found.worst


def positions(thing: SpaceObject, times_s: np.ndarray) -> np.ndarray:
    error, position, _ = satrec(thing.motion).sgp4_array(*utc_julian(times_s))
    position[error != 0] = np.nan
    return position


def by_every_second(own, others, start_s: float, end_s: float, within_km: float) -> list[tuple[str, str, float, float]]:
    """Approaches by a dense grid, straight through SGP4: pairs, the second nearest to the closest approach, its distance."""
    times = np.arange(start_s, end_s, 1.0)
    where = {thing.id: positions(thing, times) for thing in (*own, *others)}
    found = []
    for a in own:
        for b in others:
            if a.id == b.id:
                continue
            apart = np.linalg.norm(where[a.id] - where[b.id], axis=1)
            lowest = 1 + np.flatnonzero((apart[1:-1] <= apart[:-2]) & (apart[1:-1] < apart[2:]))
            found += [(a.id, b.id, times[k], apart[k]) for k in lowest if apart[k] <= within_km]
    return found


def test_nothing_is_missed_beside_every_second():
    # Of all kinds of orbit: the eccentric AO-10 and MMS 4 are among one's own, a BeiDou, and geostationary ones among the others.
    own = catalogue()[1::130] + tuple(o for o in catalogue() if o.name == "MMS 4")
    others, within, end = catalogue()[::14], 120.0, START + DAY / 2
    dense = by_every_second(own, others, START, end, within)
    found = screen(own, others, START, end, within_km=within).conjunctions

    assert len(dense) > 20
    for a, b, when, distance in dense:
        near = [c for c in found if (c.own.id, c.other.id) == (a, b) and abs(c.tca_s - when) <= 1.0]
        assert len(near) == 1, (a, b, when, distance)
        assert near[0].miss_km <= distance + 1e-6
    # And none is made up: what the grid has not is nearer at the root than at every second, or lies at an end.
    for c in found:
        if not any(c.own.id == a and c.other.id == b and abs(c.tca_s - when) <= 1.0 for a, b, when, _ in dense):
            assert c.miss_km > within - 12.0 or not START + 1 < c.tca_s < end - 2


def low_orbit(draw: np.random.Generator, number: int, shell_km: float = 7000.0) -> SpaceObject:
    axis = shell_km + draw.uniform(-15, 15)
    return SpaceObject(
        str(number), f"object {number}", number,
        Elements(
            epoch_jd=2461140.5, epoch_fraction=0.0, mean_motion=math.sqrt(398600.8 / axis**3) * 60,
            eccentricity=draw.uniform(0, 0.002), inclination=draw.uniform(0, math.pi), node=draw.uniform(0, 2 * math.pi),
            perigee=draw.uniform(0, 2 * math.pi), mean_anomaly=draw.uniform(0, 2 * math.pi), bstar=1e-5,
        ),
    )  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_any_crowded_shell_is_screened_as_every_second_has_it(seed):
    draw = np.random.default_rng(seed)
    own, others = [low_orbit(draw, 1)], [low_orbit(draw, n) for n in range(2, 14)]
    start = 1776168000.0
    dense = by_every_second(own, others, start, start + 10800, 150.0)
    found = screen(own, others, start, start + 10800, within_km=150.0).conjunctions
    for _, b, when, distance in dense:
        near = [c for c in found if c.other.id == b and abs(c.tca_s - when) <= 1.0]
        assert len(near) == 1
        assert distance - 8.0 <= near[0].miss_km <= distance + 1e-6


def test_at_the_closest_approach_they_move_across_what_lies_between():
    own = [o for o in catalogue() if o.name == "CALSPHERE 1"]
    for one in screen(own, catalogue(), START, START + DAY, within_km=20.0).conjunctions:
        apart, moving = one.other_position_km - one.position_km, one.other_velocity_km_s - one.velocity_km_s
        assert abs(float(apart @ moving)) < 1e-3 * one.miss_km * one.speed_km_s
        assert math.hypot(*one.rtn_km) == pytest.approx(one.miss_km)


def test_who_screens_whom_does_not_matter():
    a, b = list(catalogue()[:40]), list(catalogue()[500:560])
    there = screen(a, b, START, START + DAY / 2, within_km=60.0).conjunctions
    back = screen(b, a, START, START + DAY / 2, within_km=60.0).conjunctions
    said = sorted((c.own.id, c.other.id, round(c.tca_s, 2), round(c.miss_km, 4)) for c in there)
    assert len(said) > 3
    assert said == sorted((c.other.id, c.own.id, round(c.tca_s, 2), round(c.miss_km, 4)) for c in back)


def test_heights_hold_what_drag_and_the_moon_do_in_two_weeks():
    # 36363 and its like come down within the time; MMS 4 flies out to half the way to the Moon.
    chosen = [o for o in catalogue() if o.name in ("STARLINK-36363", "STARLINK-35998", "MMS 4", "HULIANWANG DIGUI-37")]
    chosen += catalogue()[::50]
    end = START + 14 * DAY
    for thing, (low, high) in zip(chosen, heights(chosen, START, end), strict=True):
        distances = np.linalg.norm(positions(thing, np.arange(START, end, 97.0)), axis=1)
        assert low <= np.nanmin(distances) and np.nanmax(distances) <= high, thing.name


def test_an_object_is_not_screened_against_itself_and_who_is_ignored_is_left_out():
    own = catalogue()[500:503]
    renamed = dataclasses.replace(own[0], id="other-name")
    assert screen(own[:1], [own[0], renamed], START, START + DAY / 4).conjunctions == ()
    crossing = screen(own, catalogue()[::20], START, START + DAY / 2, within_km=100.0).conjunctions
    assert crossing
    left = screen(
        own, catalogue()[::20], START, START + DAY / 2, within_km=100.0, ignore=[crossing[0].other.id]
    ).conjunctions
    assert {c.other.id for c in left} == {c.other.id for c in crossing} - {crossing[0].other.id}


def test_an_ephemeris_is_screened_and_has_no_probability_without_covariance(tmp_path):
    iridium, cosmos = collided(tmp_path)
    begin = from_iso("2009-02-10T16:00:00Z")
    times = np.arange(begin, begin + 7200.0, 30.0)
    error, position, velocity = satrec(cosmos.motion).sgp4_array(*utc_julian(times))
    assert not error.any()
    arc = Arc(times, position, velocity, "TEME", "earth", "HERMITE", 7, (times[0], times[-1]))
    flown = dataclasses.replace(cosmos, motion=(arc,))
    (found,) = screen([iridium], [flown], begin, begin + 7000.0).conjunctions
    assert found.miss_km == pytest.approx(0.698, abs=0.001)
    assert (found.probability, found.why) == (None, "no covariance comes with its ephemeris for this instant")
    with pytest.raises(SafetyError, match="no CDM can be written"):
        message(found, created_s=begin)


def test_objects_that_fly_together_have_no_short_encounter():
    one = low_orbit(np.random.default_rng(3), 1)
    motion = dataclasses.replace(
        one.motion, mean_anomaly=one.motion.mean_anomaly + 1e-5, eccentricity=one.motion.eccentricity + 1e-5
    )
    beside = SpaceObject("2", "beside", 2, motion)
    found = screen([one], [beside], 1776168000.0, 1776168000.0 + 20000.0).conjunctions
    assert found and all(c.probability is None and "fly together" in c.why for c in found)


@given(st.floats(1.0, 600.0), st.floats(0.5, 120.0))
@settings(max_examples=30, deadline=None)
def test_an_approach_counts_only_within_the_time_asked(before, after):
    # The grid reaches beyond the time asked by up to a minute and a half.
    with TemporaryDirectory() as folder:
        iridium, cosmos = collided(Path(folder))
    met = from_iso("2009-02-10T16:55:59.796Z")
    assert len(screen([iridium], [cosmos], met - before, met + after).conjunctions) == 1
    assert screen([iridium], [cosmos], met - before - after, met - after).conjunctions == ()
    assert screen([iridium], [cosmos], met + after, met + after + before).conjunctions == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"within_km": 0.0}, "a distance of 0 km"),
        ({"within_km": math.nan}, "a distance of nan km"),
        ({"within_km": 5000.0}, "not above 1,000 km"),
        ({"radius_m": 0.0}, "the radius of both objects"),
        ({"radius_m": math.nan}, "the radius of both objects"),
    ],
)
def test_what_cannot_be_screened_is_refused(more, said):
    with pytest.raises(SafetyError, match=said):
        screen(catalogue()[:1], catalogue()[1:3], START, START + DAY, **more)


def test_a_screening_that_ends_before_it_begins_is_refused():
    with pytest.raises(SafetyError, match="ends before it begins"):
        screen(catalogue()[:1], catalogue()[1:3], START, START)


# --- messages ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def met(tmp_path) -> Conjunction:
    iridium, cosmos = collided(tmp_path)
    begin = from_iso("2009-02-10T12:00:00Z")
    return screen([iridium], [cosmos], begin, begin + DAY / 2).conjunctions[0]


@pytest.mark.parametrize("form", ["kvn", "xml"])
def test_a_message_is_read_back_and_keeps_its_book(met, form, tmp_path):
    file = tmp_path / "collision.cdm"
    file.write_text(text(met, form, created_s=met.tca_s - 3600), encoding="utf-8")
    assert problems(file) == ()
    back = read(file)
    said = {f.keyword: f.value for f in back.relative.fields}
    assert float(said["MISS_DISTANCE"]) == pytest.approx(met.miss_km * 1000)
    assert float(said["COLLISION_PROBABILITY"]) == pytest.approx(met.probability, rel=1e-6)
    assert said["TCA"] == "2009-02-10T16:55:59.796"
    states = [{f.keyword: f.value for block in s.data for f in block.fields} for s in back.segments]
    apart = [float(states[1][axis]) - float(states[0][axis]) for axis in "XYZ"]
    assert math.hypot(*apart) == pytest.approx(met.miss_km, abs=1e-6)


def test_the_covariance_of_a_message_is_that_of_the_screening(met):
    first = message(met, created_s=0.0).segments[0].data[1]
    said = {f.keyword: f.value for f in first.fields}
    for n, axis in enumerate("RTN"):
        assert float(said[f"C{axis}_{axis}"]) == pytest.approx(met.covariance_km2[n, n] * 1e6)


def test_an_id_stays_while_the_approach_is_the_same_one(met):
    assert message_id(met) == message_id(dataclasses.replace(met, tca_s=met.tca_s + 0.1))
    assert message_id(met) != message_id(dataclasses.replace(met, tca_s=met.tca_s + 5000.0))
    assert np.allclose(
        rtn_axes(met.position_km, met.velocity_km_s) @ met.position_km, [np.linalg.norm(met.position_km), 0, 0]
    )
