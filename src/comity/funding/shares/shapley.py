"""The Shapley value: what each player adds, on the average over all orders in which they may come.

Source: Shapley 1953, "A value for n-person games". Sampled by permutations: Castro, Gómez and Tejada 2009, Computers &
Operations Research 36:1726–1730; each order is drawn with its reverse (antithetic), so that luck cancels in part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any

from comity.funding.shares.game import Game, check_players


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
    on_progress: Callable[[int, int], None] | None = None,
) -> Sampled:
    """The value estimated from `orders` random orders (rounded up to pairs), or fewer once all are `within` so much.

    The interval of each player is Student's t over the means of the pairs: asymptotic, for one player at a time; no
    narrower stop is tried before 30 pairs. A coalition's value is asked for once.
    """
    import numpy as np
    from scipy.stats import t

    check_players(players)
    luck, known = np.random.default_rng(seed), {frozenset[str](): 0.0}

    def added(order: Sequence[int]) -> list[float]:
        gains, so_far, before = [0.0] * len(players), frozenset[str](), 0.0
        for k in order:
            so_far |= {players[k]}
            if so_far not in known:
                known[so_far] = float(value(so_far))
            gains[k], before = known[so_far] - before, known[so_far]
        return gains

    pairs = (orders + 1) // 2
    means: list[Any] = []
    half = np.full(len(players), np.inf)
    for done in range(1, pairs + 1):
        order = [int(k) for k in luck.permutation(len(players))]
        means.append((np.array(added(order)) + np.array(added(order[::-1]))) / 2)
        if done >= 2 and (done == pairs or (within is not None and done >= 30)):
            spread = np.std(means, axis=0, ddof=1) / np.sqrt(done)
            half = spread * float(t.ppf((1 + confidence) / 2, done - 1))
        if on_progress is not None:
            on_progress(done, pairs)
        if within is not None and done >= 30 and bool((half <= within).all()):
            break
    shares = np.mean(means, axis=0)
    return Sampled(
        dict(zip(players, map(float, shares), strict=True)),
        dict(zip(players, map(float, half), strict=True)),
        confidence,
        2 * len(means),
        len(known) - 1,
    )
