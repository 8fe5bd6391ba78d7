"""How fast passes are found beside Skyfield, sgp4's SatrecArray and satkit, and how exactly.

    python -m benchmarks.passes [--objects 1000] [--days 7] [--peers 12] [--workers 2] [--accuracy] [--states]

Elements are 1,000 real ones (every 15th of CelesTrak's active objects on 10 April 2026, in `benchmarks/data`, whose head
has their source), stations 30 places spread over the Earth, horizons at 0°. The peers run over a subset of objects, spread
through the catalogue, in this process: Skyfield's `find_events`; SatrecArray with the same question asked in numpy on a grid
of 60 s (no root is refined: the least that a search by it costs); satkit's SGP4 in the same way. Figures are
satellite-station-days a second.
`--accuracy` compares all rises and sets of all objects over four places and two days with Skyfield's elevation.
`--states` measures the propagators alone: millions of states a second, of objects near the Earth.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sgp4.api import SatrecArray
from skyfield.api import EarthSatellite, wgs84

from comity.network.horizon import Site, horizons
from comity.network.passes import all_passes, passes
from comity.orbits import Elements, SpaceObject, read_objects
from comity.orbits.frames import teme_to_itrf
from comity.orbits.objects import satrec
from comity.orbits.times import from_datetime, from_iso, skyfield_times, timescale, utc_julian

CATALOGUE = Path(__file__).parent / "data" / "active-2026-04-10.tle"
START = from_iso("2026-04-10T12:00:00Z")
DAY = 86400.0
NEEDED = 50.0
GRID_S = 60.0


def spread_sites(count: int) -> list[Site]:
    """Places spread evenly over the Earth, on a spiral."""
    turn = np.pi * (3 - np.sqrt(5))
    return [
        Site(
            f"s{k}",
            float(np.degrees(np.arcsin(1 - (2 * k + 1) / count))),
            float(np.degrees(k * turn) % 360 - 180),
            100.0,
        )
        for k in range(count)
    ]


def record_of(thing: SpaceObject) -> object:
    """The object as sgp4 takes it."""
    assert isinstance(thing.motion, Elements)
    return satrec(thing.motion, thing.norad or 0)


def by_skyfield(objects: Sequence[SpaceObject], sites: Sequence[Site], days: float) -> int:
    """Rises that `find_events` finds."""
    begin, end = skyfield_times(START), skyfield_times(START + days * DAY)
    places = [wgs84.latlon(s.latitude_deg, s.longitude_deg, s.height_m) for s in sites]
    rises = 0
    for thing in objects:
        satellite = EarthSatellite.from_satrec(record_of(thing), timescale())
        for place in places:
            rises += int((satellite.find_events(place, begin, end)[1] == 0).sum())
    return rises


def _rises_on_grid(position: np.ndarray, velocity: np.ndarray, times: np.ndarray, sites: Sequence[Site]) -> int:
    seen = horizons(sites)
    itrf = teme_to_itrf(position, velocity, times)[0]
    rises = 0
    for station in range(len(sites)):
        above = (itrf - seen.position_km[station]) @ seen.up[station] > 0
        rises += int((~above[:, :-1] & above[:, 1:]).sum())
    return rises


def by_satrec_array(objects: Sequence[SpaceObject], sites: Sequence[Site], days: float) -> int:
    """Rises on a grid of states by sgp4's array propagator."""
    times = START + np.arange(0, days * DAY, GRID_S)
    whole, fraction = utc_julian(times)
    _, position, velocity = SatrecArray([record_of(o) for o in objects]).sgp4(whole, fraction)
    return _rises_on_grid(position, velocity, times, sites)


def by_satkit(objects: Sequence[SpaceObject], sites: Sequence[Site], days: float, lines: dict[str, list[str]]) -> int:
    """Rises on a grid of states by satkit's SGP4."""
    import satkit

    times = START + np.arange(0, days * DAY, GRID_S)
    moments = [satkit.time.from_unixtime(float(t)) for t in times]
    rises = 0
    for thing in objects:
        tle = satkit.TLE.from_lines(lines[thing.id])
        tle = tle[0] if isinstance(tle, list) else tle
        position, velocity = satkit.sgp4(tle, moments)
        shape = (1, len(times), 3)
        rises += _rises_on_grid(position.reshape(shape) / 1000, velocity.reshape(shape) / 1000, times, sites)
    return rises


def timed(name: str, work: Callable[[], int], size: float) -> float:
    """The rate of a search; prints it."""
    began = time.perf_counter()
    rises = work()
    spent = time.perf_counter() - began
    print(f"{name:<34} {spent:8.2f} s {size / spent:12,.0f} satellite-station-days/s {rises:10,} rises", flush=True)
    return size / spent


def accuracy(objects: Sequence[SpaceObject]) -> None:
    """How far rises and sets are from where Skyfield's elevation passes 0°, and how many its search has that are not here."""
    sites = [
        Site("a", 67.88, 21.07, 402),
        Site("b", -25.89, 27.69, 1543),
        Site("c", 35.34, -116.87, 1000),
        Site("d", 78.23, 15.4, 450),
    ]
    places = [wgs84.latlon(s.latitude_deg, s.longitude_deg, s.height_m) for s in sites]
    end = START + 2 * DAY
    found = all_passes(objects, sites, START, end)
    begin_t, end_t = skyfield_times(START), skyfield_times(end)
    off, missed, beyond, slowest = [], 0, 0, 0.0
    for i, thing in enumerate(objects):
        satellite = EarthSatellite.from_satrec(record_of(thing), timescale())
        for j, place in enumerate(places):
            times, kinds = satellite.find_events(place, begin_t, end_t)
            theirs = np.array([from_datetime(t) for t in times.utc_datetime()] if len(kinds) else [])
            mine = (found.thing == i) & (found.station == j)
            for kind, whole in ((0, found.rises), (2, found.sets)):
                ours = found.times_s[kind, mine & whole]
                missed += sum(not len(ours) or np.abs(ours - t).min() > 1 for t in theirs[kinds == kind])
                if not len(ours):
                    continue

                def elevation(
                    at: np.ndarray, satellite: EarthSatellite = satellite, place: object = place
                ) -> np.ndarray:
                    return np.asarray((satellite - place).at(skyfield_times(at)).altaz()[0].degrees)

                before, at, after = (elevation(ours + d) for d in (-0.1, 0.0, 0.1))
                wrong = np.sign(before) == np.sign(after)
                beyond += int(wrong.sum())
                if wrong.any():
                    slowest = max(slowest, float((np.abs(after - before)[wrong] / 0.2).max()))
                off.extend(np.abs(at / ((after - before) / 0.2)))
    print(f"{len(off):,} rises and sets of {len(objects):,} objects over 4 places in 2 days")
    print(
        f"missed of Skyfield's: {missed}; more than 0.1 s off: {beyond}"
        + (f" (where elevation moves at most {slowest:.1e}°/s)" if beyond else "")
    )
    print(
        f"off by: median {np.median(off) * 1e3:.3f} ms, 99% under {np.percentile(off, 99) * 1e3:.3f} ms, most {max(off):.3f} s"
    )


def propagators(objects: Sequence[SpaceObject]) -> None:
    """States a second of heyoka, with one thread and two, and of SatrecArray."""
    import heyoka

    near = [o for o in objects if isinstance(o.motion, Elements) and 2 * np.pi / o.motion.mean_motion < 225][:200]
    records = [record_of(o) for o in near]
    whole, fraction = utc_julian(START + np.arange(5000) * GRID_S)
    epochs = np.array([(o.motion.epoch_jd, o.motion.epoch_fraction) for o in near if isinstance(o.motion, Elements)])
    minutes = np.ascontiguousarray((whole[:, None] - epochs[:, 0] + fraction[:, None] - epochs[:, 1]) * 1440.0)
    room = np.empty((len(minutes), 7, len(near)))
    array, compiled = SatrecArray(records), heyoka.model.sgp4_propagator(records)
    for name, threads, work in (
        ("SatrecArray", 1, lambda: array.sgp4(whole, fraction)),
        ("heyoka", 1, lambda: compiled(minutes, out=room)),
        ("heyoka", 2, lambda: compiled(minutes, out=room)),
    ):
        heyoka.set_nthreads(threads)
        spent = []
        for _ in range(5):
            began = time.perf_counter()
            work()
            spent.append(time.perf_counter() - began)
        print(
            f"{name}, {threads} thread{'s' if threads > 1 else ''}: {minutes.size / min(spent) / 1e6:.1f} million states/s"
        )


def main() -> None:
    """Runs it."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--peers", type=int, default=12, help="objects that the peers search")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--states", action="store_true")
    given = parser.parse_args()
    objects = read_objects(CATALOGUE)[: given.objects]
    if given.accuracy:
        accuracy(objects)
        return
    if given.states:
        propagators(objects)
        return
    sites, days = spread_sites(30), given.days
    some = objects[:: max(1, len(objects) // given.peers)][: given.peers]
    text = [line.rstrip() for line in CATALOGUE.read_text().splitlines() if not line.startswith("#")]
    lines = {
        str(int(b[2:7])): [a, b, c]
        for a, b, c in zip(text[0::3], text[1::3], text[2::3], strict=True)
        if b[2:7].strip().isdigit()
    }
    part = len(some) * len(sites) * days
    skyfield = timed(f"Skyfield, {len(some)} objects", lambda: by_skyfield(some, sites, days), part)
    array = timed(f"SatrecArray on a grid, {len(some)}", lambda: by_satrec_array(some, sites, days), part)
    kit = timed(f"satkit on a grid, {len(some)}", lambda: by_satkit(some, sites, days, lines), part)
    ours = {}
    for name, asked in ((f"comity, {len(some)} objects", some), (f"comity, {len(objects)} objects", objects)):
        for workers in sorted({1, given.workers}):
            ours[name, workers] = timed(
                f"{name}, {workers} process{'es' if workers > 1 else ''}",
                lambda asked=asked, workers=workers: sum(
                    int(p.rises.sum()) for p in passes(asked, sites, START, START + days * DAY, workers=workers)
                ),
                len(asked) * len(sites) * days,
            )
    best = max(ours.values())
    print(
        f"times Skyfield: {best / skyfield:.0f} (needed {NEEDED:.0f}); SatrecArray: {best / array:.1f}; satkit: {best / kit:.1f}"
    )


if __name__ == "__main__":
    main()
