"""How fast a catalogue is screened beside the sgp4 package and astroz, and whether all find the same.

    python -m benchmarks.conjunctions [--own 17] [--days 1] [--within 20] [--step 10] [--no-samples]

Own spacecraft are the science spacecraft that come with comity, the catalogue 1,000 real objects (every 15th of CelesTrak's active
ones on 10 April 2026, in `benchmarks/data`, whose head has their source). Peers, in this process, the best of four runs (of sgp4's
samples the only one):

- sgp4's SatrecArray: states of all objects on a grid of `--step` seconds, the least distance by straight motion from each sample of
  each pair; what is near at a sample is looked at each 0.1 s about it. No sieve: this is what a first script does.
- astroz (https://pypi.org/project/astroz, compiled Zig), where it is installed (`pip install astroz`): its `screen`, which reports
  the same approaches, with no probability.

Ours gives the probability and its worst case of each approach, too. Approaches of objects that fly together (slower than 10 m/s) are
left out of the comparison: how many minima they have is a matter of rounding.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sgp4.api import SatrecArray

from comity.cli.network_places import shipped
from comity.orbits import SpaceObject, read_objects
from comity.orbits.objects import satrec
from comity.orbits.times import from_iso, utc_julian
from comity.safety.screening import screen

CATALOGUE = Path(__file__).parent / "data" / "active-2026-04-10.tle"
OWN = shipped()
START, DAY = from_iso("2026-04-10T12:00:00Z"), 86400.0
#: An approach: catalogue numbers of both, POSIX seconds, km.
Approach = tuple[int, int, float, float]
SLOWEST_KM_S = 0.01


def by_comity(own: Sequence[SpaceObject], others: Sequence[SpaceObject], days: float, within: float) -> list[Approach]:
    """Ours."""
    found = screen(own, others, START, START + days * DAY, within_km=within).conjunctions
    return [(c.own.norad or 0, c.other.norad or 0, c.tca_s, c.miss_km) for c in found if c.speed_km_s > SLOWEST_KM_S]


def by_samples(
    own: Sequence[SpaceObject], others: Sequence[SpaceObject], days: float, within: float, step: float
) -> list[Approach]:
    """States of all on a grid by SatrecArray, and a close look at what is near."""
    mine, theirs = ([satrec(o.motion, o.norad or 0) for o in some] for some in (own, others))
    found: dict[tuple[int, int, int], Approach] = {}
    # An hour at a time, or the states would not fit the memory.
    for begin in np.arange(START, START + days * DAY, 3600.0):
        times = np.arange(begin, begin + 3600.0 + step / 2, step)
        _, position, velocity = SatrecArray([*mine, *theirs]).sgp4(*utc_julian(times))
        for i, me in enumerate(own):
            apart, moving = position[len(own) :] - position[i], velocity[len(own) :] - velocity[i]
            when = -np.einsum("ota,ota->ot", apart, moving) / np.maximum(
                np.einsum("ota,ota->ot", moving, moving), 1e-12
            )
            least = np.linalg.norm(apart + moving * np.clip(when, -step, step)[..., None], axis=2)
            for k, n in zip(*np.nonzero((least <= within + 1.0) & (np.abs(when) <= step)), strict=True):
                if me.norad == others[k].norad:
                    continue
                one = _looked_at(mine[i], theirs[k], times[n] + when[k, n])
                if one and one[1] <= within and START <= one[0] <= START + days * DAY:
                    found[i, k, round(one[0] / 10)] = (me.norad or 0, others[k].norad or 0, *one)
    return list(found.values())


def _looked_at(first: object, second: object, about: float) -> tuple[float, float] | None:
    times = about + np.arange(-2.0, 2.05, 0.1)
    _, position, velocity = SatrecArray([first, second]).sgp4(*utc_julian(times))
    apart, moving = position[1] - position[0], velocity[1] - velocity[0]
    n = int(np.argmin(np.linalg.norm(apart, axis=1)))
    if not 0 < n < len(times) - 1 or np.linalg.norm(moving[n]) <= SLOWEST_KM_S:
        return None
    offset = -float(apart[n] @ moving[n]) / float(moving[n] @ moving[n])
    return times[n] + offset, float(np.linalg.norm(apart[n] + moving[n] * offset))


def by_astroz(own: Sequence[SpaceObject], others: Sequence[SpaceObject], days: float, within: float) -> list[Approach]:
    """The `screen` of astroz, of one file with own spacecraft first."""
    import astroz

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.tle"
        lines = [
            [x for x in f.read_text(encoding="utf-8").splitlines() if not x.startswith("#")] for f in (OWN, CATALOGUE)
        ]
        whole.write_text("\n".join([*lines[0][: 3 * len(own)], *lines[1], ""]), encoding="utf-8")
        fleet = astroz.Constellation(str(whole))
    # It keeps objects in an order of its own.
    numbers, mine = [int(n) for n in fleet.satnums], {o.norad for o in own}
    theirs = {o.norad for o in others}
    target = [n for n, number in enumerate(numbers) if number in mine]
    begin = datetime.fromtimestamp(START, UTC)
    events = astroz.screen(fleet, days * 1440.0, threshold=within, target=target, start_time=begin)
    found = set()
    for i, j, minute, distance, speed in zip(
        events.i, events.j, events.time, events.distance, events.speed, strict=True
    ):
        for a, b in ((numbers[i], numbers[j]), (numbers[j], numbers[i])):
            if a in mine and b in theirs and a != b and speed > SLOWEST_KM_S:
                found.add((a, b, START + 60.0 * float(minute), float(distance)))
    return sorted(found)


def missing(there: Sequence[Approach], here: Sequence[Approach]) -> list[Approach]:
    """Approaches of one list that the other has not within half a second."""
    return [a for a in there if not any(a[:2] == b[:2] and abs(a[2] - b[2]) < 0.5 for b in here)]


def _timed(run: Callable[[], list[Approach]], times: int) -> tuple[list[Approach], float]:
    """What it finds, and the least time [s] that it takes: others may work on the machine, too."""
    best, found = float("inf"), list[Approach]()
    for _ in range(times):
        begin = time.perf_counter()
        found = run()
        best = min(best, time.perf_counter() - begin)
    return found, best


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--own", type=int, default=17)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--within", type=float, default=20.0)
    parser.add_argument("--step", type=float, default=10.0)
    parser.add_argument(
        "--samples", action=argparse.BooleanOptionalAction, default=True, help="Run sgp4's samples, too."
    )
    given = parser.parse_args()
    own, others = read_objects(OWN)[: given.own], read_objects(CATALOGUE)
    asked = (own, others, given.days, given.within)
    runs: dict[str, Callable[[], list[Approach]]] = {"comity": lambda: by_comity(*asked)}
    if given.samples:
        runs["sgp4 samples"] = lambda: by_samples(*asked, given.step)
    if importlib.util.find_spec("astroz") is not None:
        runs["astroz"] = lambda: by_astroz(*asked)
    print(
        f"{len(own)} spacecraft against {len(others):,} objects over {given.days:g} days, nearer than {given.within:g} km"
    )
    found, took = {}, {}
    for name, run in runs.items():
        found[name], took[name] = _timed(run, 1 if name == "sgp4 samples" else 4)
    for name in runs:
        said = ""
        if name != "comity":
            theirs, ours = missing(found[name], found["comity"]), missing(found["comity"], found[name])
            said = f"; {took[name] / took['comity']:.2f} times ours; {len(theirs)} that we have not, {len(ours)} that only we have"
        print(f"  {name:13} {took[name]:8.2f} s, {len(found[name])} approaches{said}")


if __name__ == "__main__":
    main()
