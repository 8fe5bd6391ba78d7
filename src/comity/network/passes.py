"""Who sees whom, when: passes of spacecraft, planets and the Moon over stations, as a stream of bounded blocks."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.cluster import spread
from comity.network.errors import NetworkError
from comity.network.horizon import Horizons, Place, horizons
from comity.network.sky import Block, Floats, Stays, Whole, stays
from comity.orbits import LIGHT_KM_S, SpaceObject, covered, far_range, is_far
from comity.orbits.sgp4_batch import use_threads
from comity.orbits.times import to_iso
from comity.orbits.tracks import Track, step_s

#: States of a block: what bounds memory, whatever is asked (48 bytes a state, and a few times that in between).
STATES_AT_ONCE = 400_000
#: A block reaches at least so far in time [steps], so that few passes are cut and joined again.
LEAST_STEPS = 256
#: Objects of a task at most: fixed, so that an answer does not depend on how many processes work.
OBJECTS_AT_ONCE = 40
#: Days that one question may ask for, and the years between which times lie [POSIX UTC]: 1600 to 2200.
LONGEST_DAYS, FIRST_S, LAST_S = 36_525, -11_676_096_000.0, 7_258_118_400.0
#: Carriers from the lowest to the highest, as a spacecraft's radio has them (`terminal`) [MHz].
CARRIERS_MHZ = (1.0, 1e6)
MEASURES = ("times_s", "elevation_deg", "azimuth_deg", "range_km", "range_rate_km_s")


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of an object over a station. Three values are at rise, culmination and set; times are POSIX seconds UTC.

    `rises` and `sets` are False where the time asked for, or what is known of the object, begins or ends within the pass.
    """

    object_id: str
    station_id: str
    times_s: tuple[float, float, float]
    elevation_deg: tuple[float, float, float]
    azimuth_deg: tuple[float, float, float]
    range_km: tuple[float, float, float]
    range_rate_km_s: tuple[float, float, float]
    rises: bool
    sets: bool

    @property
    def duration_s(self) -> float:
        """From rise to set [s]."""
        return self.times_s[2] - self.times_s[0]

    @property
    def light_time_s(self) -> tuple[float, float, float]:
        """One-way light times [s]."""
        a, b, c = (r / LIGHT_KM_S for r in self.range_km)
        return a, b, c

    def doppler_hz(self, carrier_hz: float) -> tuple[float, float, float]:
        """Shifts [Hz] of a carrier sent by the object, as the station receives it."""
        a, b, c = (float(doppler_hz(carrier_hz, rate)) for rate in self.range_rate_km_s)
        return a, b, c


def doppler_hz(carrier_hz: float, range_rate_km_s: Any) -> Any:
    """One-way shift of a carrier at a range rate [km/s, positive when going away]: received less sent, to first order in
    the station's own speed (relativistic terms, below one part in 10⁹ near the Earth, are left out)."""
    return -carrier_hz * range_rate_km_s / (LIGHT_KM_S + range_rate_km_s)


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """Passes as columns: `thing` and `station` are indices `(k,)` into what was asked; the others are those of `Pass`,
    with rows for rise, culmination and set `(3, k)`."""

    object_ids: tuple[str, ...]
    station_ids: tuple[str, ...]
    thing: Whole
    station: Whole
    times_s: Floats
    elevation_deg: Floats
    azimuth_deg: Floats
    range_km: Floats
    range_rate_km_s: Floats
    rises: NDArray[np.bool_]
    sets: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many passes."""
        return len(self.thing)

    def __iter__(self) -> Iterator[Pass]:
        """Each pass, as a value."""
        columns = (self.times_s, self.elevation_deg, self.azimuth_deg, self.range_km, self.range_rate_km_s)
        for k in range(len(self)):
            times, elevation, azimuth, distance, rate = (
                (float(c[0, k]), float(c[1, k]), float(c[2, k])) for c in columns
            )
            who = self.object_ids[self.thing[k]], self.station_ids[self.station[k]]
            yield Pass(*who, times, elevation, azimuth, distance, rate, bool(self.rises[k]), bool(self.sets[k]))


def passes(
    objects: Sequence[SpaceObject],
    stations: Sequence[Place],
    start_s: float,
    end_s: float,
    *,
    min_elevation_deg: float | None = None,
    refraction: bool = False,
    workers: int = 1,
    cluster: str | None = None,
) -> Iterator[Passes]:
    """All passes of objects over stations from `start_s` to `end_s` (POSIX UTC), a block at a time as they are ready.

    A pass lies above the station's horizon mask, and above `min_elevation_deg` where that is higher; stations without a
    mask see down to 0° or to `min_elevation_deg`. Air does not bend light unless `refraction`. Memory does not grow with
    how much is asked; all passes of one object come in one block, in order of station and time. `workers` processes here,
    or a Dask cluster by its address, share the work. NetworkError for a question that makes no sense, OrbitError for a time
    that the ephemeris of planets does not cover.
    """
    sensible_span(start_s, end_s)
    if min_elevation_deg is not None and not -90 <= min_elevation_deg < 90:
        raise NetworkError(f"a minimum elevation of {min_elevation_deg}° is none; it lies from -90 to below 90")
    if any(is_far(o) for o in objects):
        covered(start_s, end_s)
    seen_from = horizons(stations, min_elevation_deg=min_elevation_deg, refraction=refraction)
    threads = max(1, (os.cpu_count() or 1) // workers) if cluster is None else 1
    shared = (tuple(objects), seen_from, start_s, end_s, threads)
    ids = tuple(o.id for o in objects)
    for _, found in spread(_searched, _tasks(objects, start_s, end_s), shared=shared, workers=workers, cluster=cluster):
        yield Passes(ids, seen_from.ids, *found)


def carrier_hz(mhz: float) -> float:
    """A carrier [Hz] of so many MHz. NetworkError for what is no frequency of a radio."""
    if not CARRIERS_MHZ[0] <= mhz <= CARRIERS_MHZ[1]:
        raise NetworkError(
            f"a carrier of {mhz:g} MHz is none; it lies from {CARRIERS_MHZ[0]:g} to {CARRIERS_MHZ[1]:g} MHz"
        )
    return mhz * 1e6


def sensible_span(start_s: float, end_s: float) -> None:
    """NetworkError for a time [POSIX UTC] that passes cannot be asked for."""
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        raise NetworkError("a time asked for has a beginning and an end")
    if not end_s > start_s:
        raise NetworkError("the end must lie after the start")
    if end_s - start_s > LONGEST_DAYS * 86_400:
        raise NetworkError(
            f"{(end_s - start_s) / 86_400:,.6g} days are asked for; at most {LONGEST_DAYS:,} (a century) can be"
        )
    if not FIRST_S <= start_s <= end_s <= LAST_S:
        raise NetworkError(
            f"times lie from {to_iso(FIRST_S)[:10]} to {to_iso(LAST_S)[:10]}; this ends or begins outside"
        )


def all_passes(
    objects: Sequence[SpaceObject], stations: Sequence[Place], start_s: float, end_s: float, **how: Any
) -> Passes:
    """The passes of `passes` in one table, ordered by station, then by rise: for questions whose answer fits in memory."""
    parts = list(passes(objects, stations, start_s, end_s, **how))
    ids, names = tuple(o.id for o in objects), tuple(s.id for s in stations)
    if not parts:
        none, empty = np.zeros(0, dtype=np.int64), np.zeros((3, 0))
        return Passes(ids, names, none, none, empty, empty, empty, empty, empty, none.astype(bool), none.astype(bool))
    thing, station = (np.concatenate([getattr(p, name) for p in parts]) for name in ("thing", "station"))
    rows = [np.concatenate([getattr(p, name) for p in parts], axis=1) for name in MEASURES]
    order = np.lexsort((thing, rows[0][0], station))
    ends = [np.concatenate([getattr(p, name) for p in parts])[order] for name in ("rises", "sets")]
    return Passes(ids, names, thing[order], station[order], *(r[:, order] for r in rows), *ends)


def _tasks(objects: Sequence[SpaceObject], start_s: float, end_s: float) -> list[tuple[Whole, float]]:
    """Objects of one step together, as many as one block of all the time (or of its least part) holds."""
    steps = np.array([step_s(o) for o in objects])
    tasks = []
    for step in sorted(set(steps.tolist())):
        mine = np.flatnonzero(steps == step)
        length = max(LEAST_STEPS, (end_s - start_s) / step)
        at_once = max(1, min(OBJECTS_AT_ONCE, int(STATES_AT_ONCE / length)))
        tasks += [(mine[i : i + at_once], float(step)) for i in range(0, len(mine), at_once)]
    return tasks


def _searched(shared: tuple[Any, ...], mine: Whole, step: float) -> tuple[Any, ...]:
    """The passes of some objects over all stations, block after block of time."""
    objects, seen_from, start_s, end_s, threads = shared
    use_threads(threads)
    chosen = [objects[i] for i in mine]
    count = max(1, int(np.ceil((end_s - start_s) / step)))
    track = Track(chosen, states_expected=len(mine) * (count + 1))
    length = max(LEAST_STEPS, STATES_AT_ONCE // len(mine))
    found: list[Stays] = []
    for first in range(0, count, length):
        last = min(first + length, count)
        at = np.arange(first, last + 1) * ((end_s - start_s) / count) + start_s
        if last == count:
            at[-1] = end_s
        position, velocity, _ = track.states(at)
        found.extend(part for part in stays(Block(at, position, velocity), seen_from) if len(part))
    table = _joined(found, mine, seen_from)
    for index in mine:
        if is_far(objects[index]):
            _range_again(objects[index], table, np.flatnonzero(table[0] == index), seen_from)
    return table


def _range_again(thing: SpaceObject, table: tuple[Any, ...], rows: Whole, seen_from: Horizons) -> None:
    """Writes ranges and their rates of a far object into a table, at its very instants.

    Between states ten minutes apart the turning Earth leaves a cubic kilometres beside the range, which no elevation notices.
    """
    _, station, times_s, _, _, distance, rate, *_ = table
    for where in np.unique(station[rows]):
        here = rows[station[rows] == where]
        far, changing = far_range(thing, seen_from.position_km[where], times_s[:, here].ravel())
        distance[:, here], rate[:, here] = far.reshape(3, -1), changing.reshape(3, -1)


def _joined(found: list[Stays], mine: Whole, seen_from: Horizons) -> tuple[Any, ...]:
    """Stays as one table by object, station and time, those that blocks cut in two joined again."""
    if not found:
        none, empty = np.zeros(0, dtype=np.int64), np.zeros((3, 0))
        return none, none, *([empty] * len(MEASURES)), none.astype(bool), none.astype(bool)
    thing, station, begins, ends = (
        np.concatenate([getattr(f, n) for f in found]) for n in ("thing", "station", "begins", "ends")
    )
    rows = {n: np.concatenate([getattr(f, n) for f in found], axis=1) for n in MEASURES}
    order = np.lexsort((rows["times_s"][0], station, thing))
    thing, station, begins, ends = thing[order], station[order], begins[order], ends[order]
    rows = {n: r[:, order] for n, r in rows.items()}
    same = (thing[1:] == thing[:-1]) & (station[1:] == station[:-1])
    goes_on = same & ~ends[:-1] & ~begins[1:] & (np.abs(rows["times_s"][0, 1:] - rows["times_s"][2, :-1]) < 1e-3)
    first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    last = np.append(first[1:] - 1, len(thing) - 1)
    # Of the parts of a pass, that which stands highest has its culmination.
    highest = first.copy()
    for k in np.flatnonzero(last > first):
        highest[k] = first[k] + int(np.argmax(rows["elevation_deg"][1, first[k] : last[k] + 1]))
    table = [np.stack([r[0, first], r[1, highest], r[2, last]]) for r in rows.values()]
    return mine[thing[first]], station[first], *table, begins[first], ends[last]
