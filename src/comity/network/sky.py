"""One block of sky: when objects stand above horizons, found on a coarse grid that cannot miss a pass, then made exact.

Between two states of a track, positions run on the cubic through both and their velocities. An object can be above a
horizon only where its height over the plane of the horizon passes a bound; between two samples that height exceeds the
higher of them by at most `acceleration · step² / 8`. So only intervals near samples within this margin are looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.network.horizon import Horizons

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
#: Heights tested at a time, and samples looked into at a time: what bounds memory.
HEIGHTS_AT_ONCE = 6_000_000
SAMPLES_AT_ONCE = 120_000
#: Samples whose figures stay in a core's cache while they are worked out.
SAMPLES_IN_CACHE = 16_384
#: Where a horizon differs by azimuth, it is looked at this often [s].
MASK_STEP_S = 5.0
#: Steps of regula falsi (Illinois) from a bracket, and the sine (or its rate by step) at which a root is good enough.
REFINEMENTS, GOOD_ENOUGH = 40, 1e-10
#: float32 knows a height to this part of the object's distance.
SINGLE = 3e-7


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Tracks of objects on an even grid of time: `position_km`, `velocity_km_s (3, n, t)` in ITRF."""

    times_s: Floats
    position_km: Floats
    velocity_km_s: Floats

    @property
    def step_s(self) -> float:
        """Time between samples."""
        return float(self.times_s[1] - self.times_s[0])


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """Stays above a horizon as columns; `begins`, `ends` say whether it crosses the horizon there, or the block cuts it.

    The instants are rise, culmination and set, as rows of `(3, k)` arrays.
    """

    station: Whole
    thing: Whole
    times_s: Floats
    elevation_deg: Floats
    azimuth_deg: Floats
    range_km: Floats
    range_rate_km_s: Floats
    begins: NDArray[np.bool_]
    ends: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many stays."""
        return len(self.station)


def stays(block: Block, horizons: Horizons) -> Iterator[Stays]:
    """All stays of a block's objects above horizons, a part at a time."""
    if len(block.times_s) < 2 or block.position_km.shape[1] == 0:
        return
    samples = block.position_km.shape[1] * len(block.times_s)
    at_once = max(1, HEIGHTS_AT_ONCE // samples)
    bounds = _bounds(block, horizons)
    heights = np.ascontiguousarray(block.position_km.reshape(3, -1), dtype=np.float32)
    for first in range(0, len(horizons.ids), at_once):
        chosen = np.arange(first, min(first + at_once, len(horizons.ids)))
        runs = _runs(block, heights, horizons, chosen, bounds)
        masked = np.isin(runs[0], list(horizons.masks))
        for which, parts in ((~masked, 1), (masked, max(1, round(block.step_s / MASK_STEP_S)))):
            for some in _portions(tuple(column[which] for column in runs), parts):
                yield _looked_into(block, horizons, some, parts)


def _bounds(block: Block, horizons: Horizons) -> Floats:
    """The height over the horizon's plane through the Earth's centre that is needed to be seen, `(s, n)` [km]."""
    with np.errstate(invalid="ignore"):
        distance = np.linalg.norm(block.position_km, axis=0)
        bending = np.linalg.norm(np.diff(block.velocity_km_s, axis=2), axis=0) / block.step_s
    nearest, farthest = _extreme(distance, np.fmin, np.inf), _extreme(distance, np.fmax, 0.0)
    margin = 1.5 * _extreme(bending, np.fmax, 0.0) * block.step_s**2 / 8 + SINGLE * farthest
    centre = np.linalg.norm(horizons.position_km, axis=1)[:, None]
    lowest = horizons.floor_deg - (1.0 if horizons.refraction else 0.0)
    sine = np.sin(np.radians(lowest))[:, None]
    reach = np.where(sine > 0, np.maximum(nearest - centre, 0.0), farthest + centre)
    offset = np.einsum("sc,sc->s", horizons.up, horizons.position_km)[:, None]
    return np.asarray(offset + reach * sine - margin)


def _extreme(values: Floats, choose: np.ufunc, start: float) -> Floats:
    return np.asarray(choose.reduce(values, axis=1, initial=start))


def _runs(
    block: Block, heights: NDArray[np.float32], horizons: Horizons, chosen: Whole, bounds: Floats
) -> tuple[Whole, Whole, Whole, Whole]:
    """Stretches of samples that may be above a horizon: station, object, first and last sample, both a step outside."""
    count, length = block.position_km.shape[1], len(block.times_s)
    over = (horizons.up[chosen].astype(np.float32) @ heights).reshape(len(chosen), count, length)
    near = np.zeros((len(chosen), count, length + 2), dtype=bool)
    np.greater(over, bounds[chosen].astype(np.float32)[:, :, None], out=near[:, :, 1:-1])
    flat = near.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    begin, end = changes[0::2] + 1, changes[1::2]
    row = begin // (length + 2)
    first, last = begin % (length + 2) - 1, end % (length + 2) - 1
    thing = row % count
    known = np.isfinite(block.position_km[0])
    # A step outside, where there is a state: an interval counts when one of its ends is near.
    before, after = np.maximum(first - 1, 0), np.minimum(last + 1, length - 1)
    first = np.where(known[thing, before], before, first)
    last = np.where(known[thing, after], after, last)
    some = last > first
    return chosen[row // count][some], thing[some], first[some], last[some]


def _portions(runs: tuple[Whole, ...], parts: int) -> Iterator[tuple[Whole, ...]]:
    """Runs in portions of about `SAMPLES_AT_ONCE` samples."""
    if not len(runs[0]):
        return
    sizes = np.cumsum((runs[3] - runs[2]) * parts + 1)
    cuts = np.unique(sizes // SAMPLES_AT_ONCE, return_index=True)[1]
    for begin, end in zip(cuts, [*cuts[1:], len(sizes)], strict=True):
        yield tuple(column[begin:end] for column in runs)


class _Cubics:
    """Positions relative to stations on intervals, as polynomials of `tau`: heights, squared distances, and whole vectors."""

    def __init__(
        self, block: Block, horizons: Horizons, station: Whole, interval: Whole, *, masked: bool = False
    ) -> None:
        step = block.step_s
        self._step, self._horizons, self._station = step, horizons, station
        #: Whether the horizon is looked up where the object stands, and not the same all around.
        self._masked = masked
        height = np.zeros((4, len(station)))
        square = np.zeros((7, len(station)))
        after = interval + 1
        self._vectors: list[tuple[Floats, ...]] = []
        for axis in range(3):
            p, v = block.position_km[axis].reshape(-1), block.velocity_km_s[axis].reshape(-1)
            p0, p1, v0, v1 = p.take(interval), p.take(after), v.take(interval) * step, v.take(after) * step
            up, origin = horizons.up[:, axis].take(station), horizons.position_km[:, axis].take(station)
            rise = p1 - p0
            c = (p0 - origin, v0, 3 * rise - 2 * v0 - v1, v0 + v1 - 2 * rise)
            for i in range(4):
                height[i] += up * c[i]
                square[2 * i] += c[i] * c[i]
                doubled = 2 * c[i]
                for j in range(i + 1, 4):
                    square[i + j] += doubled * c[j]
            self._vectors.append(c)
        self._height, self._square = height, square

    def of(self, some: NDArray[np.bool_] | slice) -> _Cubics:
        """Those of some intervals alone, for what a search asks of them."""
        part = copy(self)
        part._station = self._station[some]
        part._height, part._square = self._height[:, some], self._square[:, some]
        part._vectors = [tuple(c[some] for c in vector) for vector in self._vectors] if self._masked else []
        return part

    def sine(self, tau: Floats) -> Floats:
        """Sines of the elevations."""
        return _at(self._height, tau) / np.sqrt(_at(self._square, tau))

    def climb(self, tau: Floats) -> Floats:
        """A quantity with the sign of the elevation's rate."""
        g, dg = _at(self._height, tau), _slope(self._height, tau)
        q, dq = _at(self._square, tau), _slope(self._square, tau)
        return (2 * dg * q - g * dq) / q**1.5

    def over_horizon(self, tau: Floats) -> Floats:
        """The elevation's sine less that of the horizon, towards where the object stands."""
        azimuth = self.azimuth_deg(tau) if self._masked else None
        return self.sine(tau) - np.sin(np.radians(self._horizons.limit_deg(self._station, azimuth)))

    def range_km(self, tau: Floats) -> Floats:
        """Distances."""
        return np.asarray(np.sqrt(_at(self._square, tau)))

    def range_rate_km_s(self, tau: Floats) -> Floats:
        """Rates of the distances, positive when going away."""
        return _slope(self._square, tau) / (2 * self.range_km(tau) * self._step)

    def azimuth_deg(self, tau: Floats) -> Floats:
        """Azimuths from north over east, 0 to 360."""
        east, north = np.zeros(len(tau)), np.zeros(len(tau))
        for axis, c in enumerate(self._vectors):
            along = ((c[3] * tau + c[2]) * tau + c[1]) * tau + c[0]
            east += self._horizons.axes[:, 0, axis][self._station] * along
            north += self._horizons.axes[:, 1, axis][self._station] * along
        return np.degrees(np.arctan2(east, north)) % 360.0


def _at(coefficients: Floats, tau: Floats) -> Floats:
    value: Floats = coefficients[-1].copy()
    for c in coefficients[-2::-1]:
        value *= tau
        value += c
    return value


def _slope(coefficients: Floats, tau: Floats) -> Floats:
    degree = len(coefficients) - 1
    value: Floats = degree * coefficients[-1]
    for power in range(degree - 1, 0, -1):
        value *= tau
        value += power * coefficients[power]
    return value


def _looked_into(block: Block, horizons: Horizons, runs: tuple[Whole, ...], parts: int) -> Stays:
    """The stays within runs, each sampled `parts` times an interval."""
    station, thing, first, last = runs
    length = len(block.times_s)
    sizes = (last - first) * parts + 1
    ends = np.cumsum(sizes) - 1
    starts = ends - sizes + 1
    closing = np.zeros(int(sizes.sum()), dtype=bool)
    closing[ends] = True
    run = np.repeat(np.arange(len(sizes)), sizes)

    def interval_at(some: Whole) -> Whole:
        """The last sample of a run is the end of its last interval."""
        of = run[some]
        return np.asarray(thing[of] * length + first[of] + (some - starts[of]) // parts - closing[some])

    def tau_at(some: Whole) -> Floats:
        return np.where(closing[some], 1.0, ((some - starts[run[some]]) % parts) / parts)

    def high_at(some: Whole) -> Floats:
        """Where the interval of a sample ends, as that sample counts."""
        tau = tau_at(some + 1)
        return np.where(tau == 0.0, 1.0, tau)

    if parts == 1:
        sample = np.arange(len(run)) + np.repeat(thing * length + first - starts, sizes)
        over, climb = _sampled(block, horizons, np.repeat(station, sizes), sample)
    else:
        every = np.arange(len(run))
        cubics = _Cubics(block, horizons, station[run], interval_at(every), masked=True)
        over, climb = cubics.over_horizon(tau_at(every)), cubics.climb(tau_at(every))

    above, lifts, sinks, within = over > 0, climb > 0, climb < 0, ~closing[:-1]
    crosses = (above[:-1] != above[1:]) & within
    tops = lifts[:-1] & ~lifts[1:] & within
    dips = sinks[:-1] & ~sinks[1:] & above[:-1] & above[1:] & within

    where = np.flatnonzero(tops | dips)
    turning = _Cubics(block, horizons, station[run[where]], interval_at(where), masked=parts > 1)
    turn = _solve(turning, "climb", tau_at(where), high_at(where))
    at_turn = turning.over_horizon(turn)
    grazing = ~crosses[where] & ((at_turn > 0) != above[where])

    # Brackets of crossings: whole samples, and both sides of a turn that alone is across the horizon.
    a, z = np.flatnonzero(crosses), where[grazing]
    low = np.concatenate([tau_at(a), tau_at(z), turn[grazing]])
    top = np.concatenate([high_at(a), turn[grazing], high_at(z)])
    upward = np.concatenate([~above[a], ~above[z], above[z]])
    cut_open, cut_shut = starts[above[starts]], ends[above[ends]]
    every = np.concatenate([a, z, z, cut_open, cut_shut])
    cubics = _Cubics(block, horizons, station[run[every]], interval_at(every), masked=parts > 1)
    root = _solve(cubics.of(slice(len(low))), "over_horizon", low, top)
    events = _Events(
        run=run[every],
        interval=interval_at(every),
        tau=np.concatenate([root, tau_at(cut_open), tau_at(cut_shut)]),
        upward=np.concatenate([upward, np.ones(len(cut_open), bool), np.zeros(len(cut_shut), bool)]),
        cut=np.arange(len(every)) >= len(low),
        cubics=cubics,
    )
    high = tops[where] & (at_turn > 0)
    found = _Tops(run[where][high], interval_at(where[high]), turn[high], turning.sine(turn)[high])
    return _paired(block, horizons, runs, events, found)


def _sampled(block: Block, horizons: Horizons, station: Whole, sample: Whole) -> tuple[Floats, Floats]:
    """At samples themselves: the sine over the horizon, and a quantity with the sign of the elevation's rate."""
    over, climb = np.empty(len(sample)), np.empty(len(sample))
    limits = np.sin(np.radians(horizons.limit_deg(np.arange(len(horizons.ids)), None)))
    states = [(p.reshape(-1), v.reshape(-1)) for p, v in zip(block.position_km, block.velocity_km_s, strict=True)]
    sites = [
        (np.ascontiguousarray(horizons.position_km[:, i]), np.ascontiguousarray(horizons.up[:, i])) for i in range(3)
    ]
    for begin in range(0, len(sample), SAMPLES_IN_CACHE):
        part = slice(begin, begin + SAMPLES_IN_CACHE)
        at, of = sample[part], station[part]
        height, square, lifting, parting = (np.zeros(len(at)) for _ in range(4))
        for (position, velocity), (origin, upward) in zip(states, sites, strict=True):
            along = position.take(at)
            along -= origin.take(of)
            speed, up = velocity.take(at), upward.take(of)
            height += up * along
            square += along * along
            lifting += up * speed
            parting += along * speed
        over[part] = height / np.sqrt(square) - limits.take(of)
        climb[part] = lifting * square - height * parting
    return over, climb


def _solve(cubics: _Cubics, name: str, low: Floats, high: Floats) -> Floats:
    """Where a function of tau changes its sign within brackets: regula falsi with Illinois' halving."""
    found = low.copy()
    if not len(low):
        return found
    at_low, at_high = getattr(cubics, name)(low), getattr(cubics, name)(high)
    left = np.arange(len(low))
    for _ in range(REFINEMENTS):
        with np.errstate(invalid="ignore", divide="ignore"):
            root = (low * at_high - high * at_low) / (at_high - at_low)
        root = np.where((root >= np.minimum(low, high)) & (root <= np.maximum(low, high)), root, 0.5 * (low + high))
        value = getattr(cubics, name)(root)
        found[left] = root
        across = np.signbit(value) != np.signbit(at_high)
        low = np.where(across, high, low)
        at_low = np.where(across, at_high, at_low * 0.5)
        high, at_high = root, value
        open_ = np.abs(value) > GOOD_ENOUGH
        if not open_.any():
            break
        if open_.sum() < 0.5 * len(open_):
            left, cubics = left[open_], cubics.of(open_)
            low, high, at_low, at_high = low[open_], high[open_], at_low[open_], at_high[open_]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Events:
    run: Whole
    interval: Whole
    tau: Floats
    upward: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    cubics: _Cubics


@dataclass(frozen=True, slots=True, eq=False)
class _Tops:
    run: Whole
    interval: Whole
    tau: Floats
    sine: Floats


def _paired(block: Block, horizons: Horizons, runs: tuple[Whole, ...], events: _Events, tops: _Tops) -> Stays:
    """Events in order of time, each rise with the set that follows, and the highest top between them."""
    length = len(block.times_s)
    order = np.lexsort((~events.upward, events.interval + events.tau, events.run))
    rise, fall = order[0::2], order[1::2]
    begin, end = events.interval[rise] + events.tau[rise], events.interval[fall] + events.tau[fall]
    run = events.run[rise]
    station, thing = runs[0][run], runs[1][run]
    sine = events.cubics.sine(events.tau)
    # The highest is at the rise or the set, until a top between them is higher.
    ended_higher = sine[fall] > sine[rise]
    best = np.where(ended_higher, fall, rise)
    best_interval, best_tau, highest = events.interval[best], events.tau[best], sine[best]
    # Tops belong to the stay that begins last before them; positions in a run are below `span`.
    span = float(block.position_km.shape[1] * length + 1)
    place = tops.interval + tops.tau
    at = np.searchsorted(run * span + begin, tops.run * span + place, side="right") - 1
    within = (at >= 0) & (tops.run == run[np.maximum(at, 0)]) & (place <= end[np.maximum(at, 0)])
    order = np.flatnonzero(within)[np.argsort(tops.sine[within], kind="stable")]  # the highest is written last
    better = order[tops.sine[order] > highest[at[order]]]
    best_interval[at[better]], best_tau[at[better]] = tops.interval[better], tops.tau[better]
    crossed = _measures(block, events.run, runs, events.interval, events.tau, events.cubics)
    tallest = _Cubics(block, horizons, station, best_interval)
    top = _measures(block, run, runs, best_interval, best_tau, tallest)
    times, elevation, azimuth, distance, rate = (
        np.array([c[rise], t, c[fall]]) for c, t in zip(crossed, top, strict=True)
    )
    whole = ~events.cut
    return Stays(station, thing, times, elevation, azimuth, distance, rate, whole[rise], whole[fall])


def _measures(
    block: Block, run: Whole, runs: tuple[Whole, ...], interval: Whole, tau: Floats, cubics: _Cubics
) -> tuple[Floats, ...]:
    """Times, elevations, azimuths, ranges and their rates, in the order of `Stays`."""
    times = block.times_s[interval - runs[1][run] * len(block.times_s)] + tau * block.step_s
    elevation = np.degrees(np.arcsin(np.clip(cubics.sine(tau), -1.0, 1.0)))
    return times, elevation, cubics.azimuth_deg(tau), cubics.range_km(tau), cubics.range_rate_km_s(tau)
