"""The Shapley value: what each player adds, on the average over all orders in which they may come.

Source: Shapley 1953, "A value for n-person games". Sampled by permutations: Castro, Gómez and Tejada 2009, Computers &
Operations Research 36:1726–1730; each order is drawn with its reverse (antithetic), so that luck cancels in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import factorial, inf
from typing import Any

from comity.funding.shares.game import Game, check_players, members

#: Pairs of orders before intervals are looked at, and between two looks, where a width is wanted.
LEAST, BATCH = 30, 15


def shapley(game: Game) -> dict[str, Fraction]:
    """The exact value, from all coalitions: n · 2^(n-1) terms."""
    n = len(game.players)
    weights = [Fraction(factorial(s) * factorial(n - s - 1), factorial(n)) for s in range(n)]
    shares = [Fraction(0)] * n
    # Sums by size first: there are n weights, and 2^n coalitions.
    for k in range(n):
        by_size = [Fraction(0)] * n
        for mask in range(1 << n):
            if not mask >> k & 1:
                by_size[mask.bit_count()] += game.values[mask | 1 << k] - game.values[mask]
        shares[k] = sum((w * total for w, total in zip(weights, by_size, strict=True)), Fraction(0))
    return dict(zip(game.players, shares, strict=True))


@dataclass(frozen=True, slots=True)
class Sampled:
    """Estimates, and for each the half-width within which the value lies with the stated confidence, player by player."""

    estimates: dict[str, float]
    within: dict[str, float]
    confidence: float
    orders: int
    coalitions: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {name: getattr(self, name) for name in self.__slots__}


def sampled_shapley(
    players: Sequence[str],
    value: Callable[[frozenset[str]], float],
    *,
    orders: int = 1_000,
    within: float | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    monotone: bool = False,
    ahead: Callable[[Sequence[frozenset[str]]], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Sampled:
    """The value estimated from `orders` random orders (rounded up to pairs), or fewer once all are `within` so much.

    The interval of each player is Student's t over the means of the pairs: asymptotic, for one player at a time; no
    narrower stop is tried before 30 pairs. A coalition's value is asked for once. `monotone`: no coalition counts for less
    than another of those drawn that is a part of it. `ahead` is told of all coalitions that the next orders need before
    the first of them is asked for, so that they can be found side by side.
    """
    import numpy as np
    from scipy.stats import t

    check_players(players)
    luck, known, drawn = np.random.default_rng(seed), {0: 0.0}, list[list[int]]()
    pairs = (orders + 1) // 2
    while len(drawn) < pairs:
        batch = min(pairs - len(drawn), pairs if within is None else BATCH)
        fresh = [[int(k) for k in luck.permutation(len(players))] for _ in range(batch)]
        missing = [m for m in dict.fromkeys(_met(fresh)) if m not in known]
        if ahead is not None:
            ahead([members(players, m) for m in missing])
        known |= {m: float(value(members(players, m))) for m in missing}
        drawn += fresh
        worth = _no_less_than_parts(known) if monotone else known
        means = np.array([np.add(_added(order, worth), _added(order[::-1], worth)) / 2 for order in drawn])
        half = np.full(len(players), np.inf)
        if len(drawn) >= 2:
            spread = np.std(means, axis=0, ddof=1) / np.sqrt(len(drawn))
            half = spread * float(t.ppf((1 + confidence) / 2, len(drawn) - 1))
        if on_progress is not None:
            on_progress(len(drawn), pairs)
        if within is not None and len(drawn) >= LEAST and bool((half <= within).all()):
            break
    return Sampled(
        dict(zip(players, map(float, means.mean(axis=0)), strict=True)),
        dict(zip(players, map(float, half), strict=True)),
        confidence,
        2 * len(drawn),
        len(known) - 1,
    )


def _met(orders: Iterable[Sequence[int]]) -> Iterator[int]:
    """The coalitions that form in these orders and their reverses."""
    for order in orders:
        for way in (order, order[::-1]):
            yield from accumulate(way, lambda mask, k: mask | 1 << k, initial=0)


def _added(order: Sequence[int], worth: Mapping[int, float]) -> list[float]:
    """What each player adds in an order."""
    gains, mask = [0.0] * len(order), 0
    for k in order:
        gains[k] = worth[mask | 1 << k] - worth[mask]
        mask |= 1 << k
    return gains


def _no_less_than_parts(known: Mapping[int, float]) -> dict[int, float]:
    worth: dict[int, float] = {}
    for mask in sorted(known, key=lambda m: (m.bit_count(), m)):
        worth[mask] = max(known[mask], max((v for part, v in worth.items() if part & mask == part), default=-inf))
    return worth
