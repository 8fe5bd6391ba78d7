"""Which of a catalogue's objects come near one's own spacecraft, when, and how near.

Three sieves, each made to lose nothing: orbits that do not reach each other's heights (`heights`); a coarse grid, on which a pair
goes on only where straight motion from a sample could come within the distance asked, with a margin for the curvature of
both paths; and the root of the range rate within what is left.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.orbits import Elements, SpaceObject, states
from comity.orbits.objects import satrec
from comity.orbits.sgp4_batch import Propagator
from comity.orbits.times import utc_julian
from comity.safety.encounter import (
    SHORT_S,
    disc_probability,
    encounter_plane,
    passing_s,
    rtn_axes,
    worst_probability,
)
from comity.safety.errors import SafetyError
from comity.safety.heights import meeting
from comity.safety.lifetime import MU_KM3_S2
from comity.safety.position_error import of_ephemeris_km2, rtn_covariance_km2

Floats = NDArray[np.float64]
#: Between samples of the grid [s].
STEP_S = 60.0
#: Between instants at which the range rate of a pair is asked [s].
LOOK_S = 10.0
#: Samples of the grid held at once: bounds the memory.
BLOCK = 240
#: Objects of the catalogue propagated at once.
BATCH = 2000
#: Nobody moves faster against each other about the Earth [km/s]: twice the speed of escape.
FASTEST_KM_S = 22.4
#: The largest distance that may be asked for [km].
MOST_KM = 1000.0
#: Radius of both objects together where none is given [m]; estimate: twice that of a usual spacecraft of a few metres.
RADIUS_M = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Conjunction:
    """Two objects where they come closest. Positions [km] and velocities [km/s] in TEME; RTN axes are the first one's."""

    own: SpaceObject
    other: SpaceObject
    #: Time of closest approach, POSIX seconds UTC.
    tca_s: float
    position_km: Floats
    velocity_km_s: Floats
    other_position_km: Floats
    other_velocity_km_s: Floats
    #: Covariances [km²] of each, in its own RTN axes; None for an ephemeris that comes without one.
    covariance_km2: Floats | None
    other_covariance_km2: Floats | None
    radius_m: float
    #: None where no probability can be said: no covariance, or an encounter that is not short (see `why`).
    probability: float | None
    #: The most it could be were the covariances wrong by one factor.
    worst: float | None
    why: str = ""

    @property
    def miss_km(self) -> float:
        """Distance of the two [km]."""
        return float(np.linalg.norm(self.other_position_km - self.position_km))

    @property
    def speed_km_s(self) -> float:
        """Speed of the two against each other [km/s]."""
        return float(np.linalg.norm(self.other_velocity_km_s - self.velocity_km_s))

    @property
    def rtn_km(self) -> tuple[float, float, float]:
        """Where the other is, radial, transverse and normal [km]."""
        r, t, n = rtn_axes(self.position_km, self.velocity_km_s) @ (self.other_position_km - self.position_km)
        return float(r), float(t), float(n)


@dataclass(frozen=True, slots=True)
class Screening:
    """What was found, the most probable first, and how many objects were not looked at and why."""

    conjunctions: tuple[Conjunction, ...]
    objects: int
    #: Pairs that the heights left.
    pairs: int
    #: Objects, own ones too, whose motion is not known in all the time, by id.
    lost: tuple[str, ...]


def screen(
    own: Sequence[SpaceObject],
    catalogue: Sequence[SpaceObject],
    start_s: float,
    end_s: float,
    *,
    within_km: float = 5.0,
    radius_m: float = RADIUS_M,
    ignore: Sequence[str] = (),
    on_progress: Callable[[float], None] | None = None,
) -> Screening:
    """All approaches within a distance between own spacecraft and a catalogue, from one POSIX instant to another.

    Parameters: `within_km`, the distance [km] that is reported; `radius_m`, the sum of both objects' radii [m], for the
    probability; `ignore`, ids of objects that fly docked or in formation. An object is not compared with itself (by its
    catalogue number, or else its id). `on_progress` is told the part done (0 to 1). SafetyError for times or distances that
    make no sense; OrbitError for motions that do.
    """
    if not (math.isfinite(start_s) and math.isfinite(end_s) and end_s > start_s):
        raise SafetyError("the screening ends before it begins")
    if not (math.isfinite(within_km) and 0 < within_km <= MOST_KM):
        raise SafetyError(f"a distance of {within_km:g} km; it is above 0 and not above {MOST_KM:,.0f} km")
    if not (math.isfinite(radius_m) and radius_m > 0):
        raise SafetyError(f"the radius of both objects together is {radius_m:g} m; it must be above 0")
    others = [o for o in catalogue if o.id not in ignore]
    pairs = meeting(own, others, start_s, end_s, within_km)
    wanted = sorted({j for _, j in pairs})
    lost: set[str] = set()
    found: list[Conjunction] = []
    partners: dict[int, list[int]] = {}
    for i, j in pairs:
        partners.setdefault(j, []).append(i)
    ours = Path(own, own, start_s, end_s)
    for at in range(0, len(wanted), BATCH):
        batch = wanted[at : at + BATCH]
        theirs = Path(own, [others[j] for j in batch], start_s, end_s)
        mask = np.zeros((len(own), len(batch)), dtype=bool)
        for k, j in enumerate(batch):
            mask[partners[j], k] = True
        for part, i, k, (begin, end) in _candidates(ours, theirs, mask, within_km, start_s, end_s):
            # Within the time asked alone, for an ephemeris may begin and end with it.
            for tca in closest(ours.at(i), theirs.at(k), max(begin, start_s), min(end, end_s)):
                if start_s <= tca <= end_s:
                    found.extend(_conjunction(ours, theirs, i, k, tca, within_km, radius_m))
            if on_progress is not None:
                on_progress((at + part * len(batch)) / len(wanted))
        lost |= {others[batch[k]].id for k in np.flatnonzero(theirs.lost)}
    lost |= {one.id for one, gone in zip(own, ours.lost, strict=True) if gone}
    return Screening(tuple(sorted(_once(found), key=_order)), len(others), len(pairs), tuple(sorted(lost)))


def _order(one: Conjunction) -> tuple[float, float, float, str, str]:
    return (
        -(one.probability if one.probability is not None else -1.0),
        one.miss_km,
        one.tca_s,
        one.own.id,
        one.other.id,
    )


def _once(found: list[Conjunction]) -> Iterator[Conjunction]:
    """Each approach once: neighbouring samples of the grid lead to the same."""
    last: dict[tuple[str, str], list[float]] = {}
    for one in sorted(found, key=lambda c: c.tca_s):
        known = last.setdefault((one.own.id, one.other.id), [])
        if not any(abs(one.tca_s - t) < 0.01 for t in known[-3:]):
            known.append(one.tca_s)
            yield one


# --- the second sieve: a grid ------------------------------------------------------------------------------------------------


class Path:
    """Objects that are asked for their states again and again, batch-wise on a grid and one by one between."""

    def __init__(
        self, own: Sequence[SpaceObject], objects: Sequence[SpaceObject], start_s: float, end_s: float
    ) -> None:
        self.objects, self._span_s = objects, (start_s, end_s)
        self._elements = [n for n, o in enumerate(objects) if isinstance(o.motion, Elements)]
        self._rest = [n for n, o in enumerate(objects) if not isinstance(o.motion, Elements)]
        motions = [o.motion for o in objects if isinstance(o.motion, Elements)]
        expected = int(len(motions) * (end_s - start_s) / STEP_S)
        self._batch = Propagator(motions, states_expected=expected) if motions else None
        self._single: dict[int, State] = {}
        self.lost = np.zeros(len(objects), dtype=bool)

    def grid(self, times_s: Floats) -> Floats:
        """Positions and velocities in TEME as rows `(6, n, t)`; NaN where nothing is known."""
        rows = np.full((6, len(self.objects), len(times_s)), np.nan)
        # The grid reaches beyond the time asked by a step.
        within = (times_s >= self._span_s[0]) & (times_s <= self._span_s[1])
        if self._batch is not None:
            found, error = self._batch.rows(times_s)
            rows[:, self._elements] = found
            self.lost[self._elements] |= error[:, within].any(axis=1)
        for n in self._rest:
            here = states([self.objects[n]], times_s)
            rows[0:3, n], rows[3:6, n] = here.position_km[0].T, here.velocity_km_s[0].T
            self.lost[n] |= bool(np.isnan(rows[0, n, within]).any())
        return rows

    def at(self, n: int) -> State:
        """One object's states at any instants."""
        if n not in self._single:
            self._single[n] = _single(self.objects[n])
        return self._single[n]


State = Callable[[Floats], tuple[Floats, Floats]]


def _single(thing: SpaceObject) -> State:
    motion = thing.motion
    if not isinstance(motion, Elements):

        def along(times_s: Floats) -> tuple[Floats, Floats]:
            found = states([thing], times_s)
            return found.position_km[0], found.velocity_km_s[0]

        return along
    record = satrec(motion)

    def by_elements(times_s: Floats) -> tuple[Floats, Floats]:
        error, position, velocity = record.sgp4_array(*utc_julian(times_s))
        wrong = error != 0
        if wrong.any():
            position[wrong] = velocity[wrong] = np.nan
        return position, velocity

    return by_elements


def _candidates(
    ours: Path, theirs: Path, mask: NDArray[np.bool_], within_km: float, start_s: float, end_s: float
) -> Iterator[tuple[float, int, int, tuple[float, float]]]:
    """Where a pair may come near: part done, own, other, and from when to when a closest approach may lie."""
    count = math.ceil((end_s - start_s) / STEP_S) + 2
    every = np.asarray(start_s - STEP_S / 2 + STEP_S * np.arange(count), dtype=np.float64)
    half = STEP_S / 2
    # Straight motion over half a step cannot bring together what is farther apart than this.
    far = within_km + FASTEST_KM_S * half
    for begin in range(0, count, BLOCK):
        times = every[begin : begin + BLOCK]
        mine, rows = ours.grid(times), theirs.grid(times)
        for i in range(len(ours.objects)):
            k, t = _within(rows, mine[:, i], np.flatnonzero(mask[i]), far)
            apart = rows[0:3, k, t] - mine[0:3, i, t]
            moving = rows[3:6, k, t] - mine[3:6, i, t]
            square = np.einsum("ab,ab->b", moving, moving)
            when = np.clip(-np.einsum("ab,ab->b", apart, moving) / np.maximum(square, 1e-12), -half, half)
            least = np.linalg.norm(apart + moving * when, axis=0)
            lowest = np.minimum(np.linalg.norm(rows[0:3, k, t], axis=0), np.linalg.norm(mine[0:3, i, t], axis=0))
            # Both fall towards the Earth almost alike: by the gradient of gravity times how far they are apart.
            widest = np.linalg.norm(apart, axis=0) + np.sqrt(square) * half
            bend = 1.05 * MU_KM3_S2 / (lowest - FASTEST_KM_S) ** 3 * widest * half**2
            near = least <= within_km + bend
            part = min(1.0, (begin + len(times)) / count)
            for other, span in _spans(k[near], times[t[near]] + when[near]):
                yield part, i, other, span


def _spans(which: NDArray[np.intp], guesses: Floats) -> Iterator[tuple[int, tuple[float, float]]]:
    """`STEP_S` to each side of every guess, of each object by itself; spans that meet become one: objects that fly together
    are near at every sample."""
    order = np.lexsort((guesses, which))
    which, guesses = which[order], guesses[order]
    apart = (np.diff(which) != 0) | (np.diff(guesses) > 2 * STEP_S)
    edges = [0, *(np.flatnonzero(apart) + 1), len(which)]
    for first, after in itertools.pairwise(edges):
        if first < after:
            yield int(which[first]), (float(guesses[first]) - STEP_S, float(guesses[after - 1]) + STEP_S)


def _within(
    rows: Floats, mine: Floats, which: NDArray[np.intp], far: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which states, by object and sample, lie within a cube about another's: cheaper than distances, axis after axis."""
    n, t = np.nonzero(np.abs(rows[0, which] - mine[0]) <= far)
    k = which[n]
    for axis in (1, 2):
        near = np.abs(rows[axis, k, t] - mine[axis, t]) <= far
        k, t = k[near], t[near]
    return k, t


# --- the third: roots --------------------------------------------------------------------------------------------------------


def closest(first: State, second: State, begin_s: float, end_s: float) -> list[float]:
    """The instants in which two objects are closest between two instants: where the range rate passes zero, rising.

    Found to about a microsecond of time.
    """
    if not end_s > begin_s:
        return []
    times = np.linspace(begin_s, end_s, math.ceil((end_s - begin_s) / LOOK_S) + 1)
    rates = _range_rate(first, second, times)
    found = []
    for n in np.flatnonzero((rates[:-1] < 0) & (rates[1:] >= 0)):
        found.append(_root(first, second, times[n : n + 2].copy(), rates[n : n + 2].copy()))
    return found


def _range_rate(first: State, second: State, times: Floats) -> Floats:
    a, va = first(times)
    b, vb = second(times)
    return np.asarray(np.einsum("ta,ta->t", b - a, vb - va))


def _root(first: State, second: State, bracket: Floats, rates: Floats) -> float:
    """Where the rate passes zero in a bracket: secants that keep it (the Illinois rule)."""
    for _ in range(60):
        middle = bracket[1] - rates[1] * (bracket[1] - bracket[0]) / (rates[1] - rates[0])
        here = float(_range_rate(first, second, np.array([middle]))[0])
        if not math.isfinite(here) or here == 0 or abs(bracket[1] - bracket[0]) < 1e-6:
            return float(middle)
        if here * rates[1] < 0:
            bracket[0], rates[0] = bracket[1], rates[1]
        else:
            rates[0] /= 2
        moved = abs(middle - bracket[1])
        bracket[1], rates[1] = middle, here
        if moved < 1e-6:
            return float(middle)
    return float(bracket[1])


# --- what it means -----------------------------------------------------------------------------------------------------------


def _conjunction(
    ours: Path, theirs: Path, i: int, k: int, tca: float, within_km: float, radius_m: float
) -> Iterator[Conjunction]:
    own, other = ours.objects[i], theirs.objects[k]
    (position,), (velocity,) = ours.at(i)(np.array([tca]))
    (there,), (going,) = theirs.at(k)(np.array([tca]))
    if not np.linalg.norm(there - position) <= within_km:
        return
    here, beyond = _covariance(own, tca), _covariance(other, tca)
    probability, worst, why = None, None, ""
    if here is None or beyond is None:
        why = "no covariance comes with its ephemeris for this instant"
    else:
        both = _turned(here, position, velocity) + _turned(beyond, there, going)
        if passing_s(going - velocity, both) > SHORT_S:
            why = "they fly together: no short encounter"
        else:
            plane = encounter_plane(there - position, going - velocity, both)
            probability = disc_probability(plane, radius_m / 1000)
            worst = worst_probability(plane, radius_m / 1000)
    yield Conjunction(
        own, other, tca, position, velocity, there, going, here, beyond, radius_m, probability, worst, why
    )


def _covariance(thing: SpaceObject, time_s: float) -> Floats | None:
    if isinstance(thing.motion, Elements):
        return rtn_covariance_km2(thing.motion, time_s)
    return of_ephemeris_km2(thing.motion, time_s) if isinstance(thing.motion, tuple) else None


def _turned(covariance: Floats, position: Floats, velocity: Floats) -> Floats:
    """A covariance out of RTN axes into those of position and velocity."""
    axes = rtn_axes(position, velocity)
    return np.asarray(axes.T @ covariance @ axes)
