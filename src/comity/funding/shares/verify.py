"""Whether an allocation is the prenucleolus, tested without computing one: an independent check of `core.nucleolus`.

Source: Kohlberg 1971, SIAM Journal on Applied Mathematics 20:62–66, and Sobolev 1975 for the form without individual
rationality: an allocation of all that there is is the prenucleolus if and only if, for each level, the groups whose excess
reaches it are balanced: some positive weights of theirs count each player alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog

from comity.funding.shares.game import Game
from comity.funding.shares.linear import reduced


def is_prenucleolus(game: Game, allocation: Mapping[str, Fraction]) -> bool:
    """Whether the allocation divides all, and the groups of each level of excess are balanced.

    Excesses are compared exactly. A level is tested only where its groups add to the span of those before: a group within
    the span of a balanced family leaves it balanced.
    """
    n, sign = len(game.players), 1 if game.kind == "gain" else -1
    parts = [sign * Fraction(allocation[p]) for p in game.players]
    if sum(parts) != game.gains[-1]:
        return False
    levels: dict[Fraction, list[int]] = {}
    for mask in range(1, (1 << n) - 1):
        given = sum((parts[k] for k in range(n) if mask >> k & 1), Fraction(0))
        levels.setdefault(game.gains[mask] - given, []).append(mask)
    reached: list[int] = []
    span = reduced([[Fraction(1)] * n])
    for excess in sorted(levels, reverse=True):
        reached += levels[excess]
        rank = len(span)
        for mask in levels[excess]:
            grown = reduced([*span, [Fraction(mask >> k & 1) for k in range(n)]])
            span = grown if len(grown) > len(span) else span
        if len(span) > rank and not _balanced(reached, n):
            return False
        if len(span) == n:
            return True
    return n == 1


def _balanced(groups: Sequence[int], n: int) -> bool:
    """Whether positive weights of the groups count each player alike; weights of at least one will do, for they scale."""
    counts = np.array([[group >> k & 1 for group in groups] for k in range(n)], dtype=float)
    answer = linprog(
        c=np.zeros(len(groups) + 1),
        A_eq=np.hstack([counts, -np.ones((n, 1))]),
        b_eq=-counts.sum(axis=1),
        bounds=[(0, None)] * len(groups) + [(None, None)],
        method="highs",
    )
    return bool(answer.status == 0)
