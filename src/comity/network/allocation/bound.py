"""A proof of how many hours a schedule could track at most.

Lagrangian duality: let every instant of a grid, on each antenna and for each user, have a price. At any prices, what all
requests together would gain if each chose its tracks alone (`pricing`), more the sum of all prices, is no less than what any
valid schedule tracks, since a valid schedule uses each instant once at most. The prices that make this least are sought by
the subgradient method (Held, Wolfe, Crowder 1974, "Validation of subgradient optimization", Math. Programming 6), steps after
Polyak towards the best schedule that is known, directions averaged (Barahona & Anbil 2000, "The volume algorithm",
Math. Programming 87). Every round gives a proof; the least of them counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from comity.network.allocation.arrays import HOUR, Asked, Floats, as_arrays
from comity.network.allocation.occupancy import spans_left
from comity.network.allocation.pricing import Windows, best_answers
from comity.network.allocation.question import Question

#: Steps of the grid [s], each a whole number of times in the one before: the first is soon near its best.
STEPS = (3600, 1800, 900, 450)
#: Rounds on one grid at most, and rounds without gain after which steps are halved.
ROUNDS, PATIENCE = 1000, 25
#: Part of a direction that is new; the first length of steps on a grid, and that which ends it.
FRESH, LENGTH, SHORTEST = 0.3, 0.25, 0.02
#: A gain, in parts of the bound.
GAIN = 1e-4
#: First prices of time, in parts of how contended it is.
CONTENDED = 0.5
THREADS = 2
#: How much longer a round takes on the next grid, as candidates on both sides of a track double.
FINER = 4.0


class Proof(NamedTuple):
    """No valid schedule tracks more than `hours`. `by_clock`: more time might have given less."""

    hours: float
    by_clock: bool


def bound(
    question: Question,
    *,
    known_hours: float,
    time_s: float = 60.0,
    on_progress: Callable[[float, float], None] | None = None,
) -> Proof:
    """Hours that no valid schedule of a question exceeds, each request counted up to its duration, priorities left out.

    `known_hours` are those of a schedule that is known (0 if none is): it guides the steps and proves nothing.
    No round is begun that would not end within `time_s`, as the one before tells, but the first.
    `on_progress(bound_hours, seconds)` is told of each round's best so far. NetworkError as `as_arrays`.
    """
    began = time.monotonic()
    asked, numbering = as_arrays(question)
    best = sum(float(d) for d, n in zip(asked.duration, np.diff(asked.first_view), strict=True) if n) / HOUR
    prices, late, lasted = _first_prices(question, asked), False, 0.0
    with ThreadPoolExecutor(THREADS) as threads:
        for step in STEPS:
            windows = _windows(question, asked, numbering.antennas, step)
            prices = _on_grid(prices, windows.points)
            descent = _Descent(windows, prices, known_hours)
            while not descent.ended and not late:
                at = time.monotonic()
                late = at - began + lasted > time_s and lasted > 0
                if late:
                    break
                best = min(best, descent.round(threads))
                lasted = time.monotonic() - at
                if on_progress is not None:
                    on_progress(best, time.monotonic() - began)
            prices = descent.kept
            lasted *= FINER
            if late:
                break
    return Proof(best, late)


def _first_prices(question: Question, asked: Asked) -> Floats:
    """Prices [s] by antenna, then user, and hour."""
    hours = -(-(question.end - question.start) // STEPS[0])
    return np.vstack(
        [CONTENDED * STEPS[0] * np.minimum(1.0, asked.price[:, :hours]), np.zeros((len(asked.exclusive), hours))]
    )


def _windows(question: Question, asked: Asked, antennas: tuple[str, ...], step: int) -> Windows:
    """Where each request may send, without what outages take."""
    zones: dict[int, list[tuple[int, int]]] = {a: [] for a in range(len(antennas))}
    for outage in question.outages:
        zones[antennas.index(outage.antenna)].append((outage.start - asked.start, outage.end - asked.start))
    first, spans, rows = [0], [], []
    for r in range(len(asked.duration)):
        for v in range(asked.first_view[r], asked.first_view[r + 1]):
            barred = [
                (start - int(asked.teardown[r]), end + int(asked.setup[r]))
                for a in asked.antennas[v]
                if a >= 0
                for start, end in zones[int(a)]
            ]
            left = spans_left((int(asked.opens[v]), int(asked.closes[v])), barred)
            spans += left
            rows += [asked.antennas[v]] * len(left)
        first.append(len(spans))
    edges = np.array(spans, np.int64).reshape(-1, 2)
    return Windows(
        step=step,
        points=-(-(question.end - question.start) // step),
        duration=asked.duration,
        minimum=asked.minimum,
        setup=asked.setup,
        teardown=asked.teardown,
        part=asked.part,
        user=asked.user,
        exclusive=asked.exclusive,
        first=np.array(first, np.int64),
        opens=np.ascontiguousarray(edges[:, 0]),
        closes=np.ascontiguousarray(edges[:, 1]),
        antennas=np.array(rows, np.int64).reshape(len(rows), asked.antennas.shape[1]),
    )


def _on_grid(prices: Floats, points: int) -> Floats:
    """Prices [s] of a coarser grid at the same instants of one with so many points."""
    found = np.zeros((len(prices), points))
    every = max(1, round(points / prices.shape[1]))
    found[:, ::every] = prices[:, : len(range(0, points, every))]
    return found


class _Descent:
    """Prices on their way to the least bound on one grid. `kept` are the best so far; `ended` says that no more is to be won."""

    def __init__(self, windows: Windows, prices: Floats, known_hours: float) -> None:
        self._windows, self._prices, self._known = windows, prices, known_hours
        self._direction: Floats | None = None
        self._least, self._length, self._since, self._rounds = math.inf, LENGTH, 0, 0
        self.kept, self.ended = prices.copy(), False

    def round(self, threads: ThreadPoolExecutor) -> float:
        """The bound [h] at the prices that are reached; then a step."""
        worth, used = _answers(self._windows, self._prices, threads)
        found = (worth + float(self._prices.sum())) / HOUR
        self._since = 0 if found < (1 - GAIN) * self._least else self._since + 1
        if found < self._least:
            self._least, self.kept = found, self._prices.copy()
        if self._since >= PATIENCE:
            self._length, self._since = self._length / 2, 0
        self._rounds += 1
        self._step(found, 1.0 - used)
        self.ended = self.ended or self._rounds == ROUNDS or self._length < SHORTEST
        return found

    def _step(self, found: float, slope: Floats) -> None:
        before = slope if self._direction is None else self._direction
        self._direction = FRESH * slope + (1 - FRESH) * before
        free = np.where((self._prices <= 0) & (self._direction > 0), 0.0, self._direction)
        norm = float((free**2).sum())
        if norm == 0:
            self.ended = True
            return
        size = self._length * HOUR * max(found - self._known, GAIN * found) / norm
        self._prices = np.maximum(0.0, self._prices - size * free)


def _answers(windows: Windows, prices: Floats, threads: ThreadPoolExecutor) -> tuple[float, Floats]:
    """What all requests are worth at prices [s], and how often they then use each instant."""
    users = len(windows.exclusive)
    on_antennas, of_users = prices[:-users], prices[-users:]
    edges = np.linspace(0, len(windows.duration), THREADS * 4 + 1).astype(int)

    def some(part: int) -> tuple[float, Floats]:
        used = np.zeros_like(prices)
        worth = best_answers(windows, edges[part], edges[part + 1], on_antennas, of_users, used[:-users], used[-users:])
        return worth, used

    worths, uses = zip(*threads.map(some, range(len(edges) - 1)), strict=True)
    return sum(worths), np.sum(uses, axis=0)
