"""The core and its kin: which allocations no group would leave, and the one that leaves the worst-off group best off.

An allocation gives each player a part of what all gain (of a cost game: pay) together. The *excess* of a group is what it
would gain by leaving. The core: no excess is above nothing (Gillies 1959). The least core: the largest excess is as small
as can be (Maschler, Peleg and Shapley 1979). The nucleolus: the excesses, largest first, are as small as can be one after the
other (Schmeidler 1969, SIAM J. Appl. Math. 17:1163–1170), found by linear programmes one after the other (Kopelowitz 1967;
Maschler, Peleg and Shapley 1979), each of which fixes the groups whose excess cannot be made smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from comity.funding.errors import FundingError
from comity.funding.shares.game import Game, members
from comity.funding.shares.linear import reduced, solution

Floats = NDArray[np.float64]
#: A dual price above this part of the whole says that a group's excess is fixed.
TIGHT = 1e-7


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an allocation is in the core; if not, who would gain most by leaving, and how much."""

    in_core: bool
    leaves: frozenset[str]
    gains: Fraction


@dataclass(frozen=True, slots=True)
class LeastCore:
    """The smallest that the largest excess can be (at most nothing when the core is not empty), and one such allocation."""

    excess: Fraction
    allocation: dict[str, Fraction]


def standing(game: Game, allocation: Mapping[str, Fraction | int]) -> Standing:
    """Whether some group gains by leaving. FundingError unless the allocation divides all that there is, exactly.

    Of groups that gain alike, the smallest and then the first by the order of players is named.
    """
    given = _parts(game, allocation)
    sums = [Fraction(0)] * len(game.values)
    for mask in range(1, len(sums)):
        low = mask & -mask
        sums[mask] = sums[mask ^ low] + given[low.bit_length() - 1]
    sign = 1 if game.kind == "gain" else -1
    best = max(range(1, len(sums)), key=lambda m: (sign * (game.values[m] - sums[m]), -m.bit_count(), -m))
    excess = sign * (game.values[best] - sums[best])
    return Standing(excess <= 0, members(game.players, best) if excess > 0 else frozenset(), max(excess, Fraction(0)))


def _parts(game: Game, allocation: Mapping[str, Fraction | int]) -> list[Fraction]:
    missing = [p for p in game.players if p not in allocation]
    unknown = [p for p in allocation if p not in game.players]
    if missing or unknown:
        said = f"{missing[0]!r} gets nothing" if missing else f"{unknown[0]!r} is no player"
        raise FundingError(f"{said}: an allocation names each of {', '.join(game.players)} once")
    given = [Fraction(allocation[p]) for p in game.players]
    if sum(given) != game.whole:
        raise FundingError(f"the allocation comes to {sum(given)}, and all have {game.whole} to divide")
    return given


def least_core(game: Game) -> LeastCore:
    """The least core's excess, and the nucleolus, which lies in it."""
    found = nucleolus(game)
    if len(game.players) == 1:
        return LeastCore(Fraction(0), found)
    gains, sign = game.gains, 1 if game.kind == "gain" else -1
    excess = max(
        gains[m] - sign * sum((found[p] for p in members(game.players, m)), Fraction(0))
        for m in range(1, len(gains) - 1)
    )
    return LeastCore(excess, found)


def nucleolus(game: Game) -> dict[str, Fraction]:
    """The prenucleolus, which is the nucleolus where it gives each player what it has alone, as in every game with a core.

    The linear programmes run in floating point; which groups they fix decides a system of equations that is solved exactly.
    """
    n, gains = len(game.players), game.gains
    if n == 1:
        return {game.players[0]: game.whole}
    scale = float(max(abs(v) for v in gains)) or 1.0
    masks = np.arange(1, (1 << n) - 1)
    rows = ((masks[:, None] >> np.arange(n)) & 1).astype(float)
    wanted = np.array([float(gains[m]) for m in masks]) / scale
    # Equations in the players' parts and one unknown excess a level: part(S) + excess(level) = gain(S).
    equations: list[tuple[int, int]] = [((1 << n) - 1, -1)]
    fixed = {(1 << n) - 1: float(gains[-1]) / scale}
    basis = reduced([_indicator((1 << n) - 1, n)])
    open_ = np.ones(len(masks), dtype=bool)
    level = 0
    while len(basis) < n:
        parts, excess, prices = _smallest_excess(rows[open_], wanted[open_], fixed, n)
        tight = masks[open_][prices > TIGHT]
        if not len(tight):  # numerically: the group whose excess is the largest
            tight = masks[open_][[int(np.argmax(wanted[open_] - rows[open_] @ parts))]]
        for mask in map(int, tight):
            equations.append((mask, level))
            fixed[mask] = float(gains[mask]) / scale - excess
            grown = reduced([*basis, _indicator(mask, n)])
            basis = grown if len(grown) > len(basis) else basis
        open_ &= _undetermined(rows, basis)
        level += 1
    return _exactly(game, equations, level)


def _undetermined(rows: Floats, basis: Sequence[Sequence[Fraction]]) -> NDArray[np.bool_]:
    """Which groups' parts do not follow from those that are fixed already: they lie outside the span of the basis."""
    leads = [next(k for k, value in enumerate(row) if value) for row in basis]
    rest = rows - rows[:, leads] @ np.array(basis, dtype=float)
    return np.asarray(np.abs(rest).max(axis=1) > 1e-9)


def _indicator(mask: int, n: int) -> list[Fraction]:
    return [Fraction(mask >> k & 1) for k in range(n)]


def _smallest_excess(rows: Floats, wanted: Floats, fixed: Mapping[int, float], n: int) -> tuple[Floats, float, Floats]:
    """Parts for which the largest open excess is smallest, that excess, and the price of each open group."""
    masks = np.array(list(fixed))
    equal = np.hstack([((masks[:, None] >> np.arange(n)) & 1).astype(float), np.zeros((len(masks), 1))])
    answer: Any = linprog(
        c=[0.0] * n + [1.0],
        A_ub=np.hstack([-rows, -np.ones((len(rows), 1))]),
        b_ub=-wanted,
        A_eq=equal,
        b_eq=np.array(list(fixed.values())),
        bounds=[(None, None)] * (n + 1),
        method="highs",
    )
    if answer.status != 0:
        raise RuntimeError(f"the linear programme of the nucleolus ended with {answer.message}")
    return answer.x[:n], float(answer.x[n]), -answer.ineqlin.marginals


def _exactly(game: Game, equations: Sequence[tuple[int, int]], levels: int) -> dict[str, Fraction]:
    """The parts that satisfy the equations, exactly."""
    n, gains = len(game.players), game.gains
    system = []
    for mask, level in equations:
        excesses = [Fraction(k == level) for k in range(levels)]
        system.append([*_indicator(mask, n), *excesses, gains[mask]])
    sign = 1 if game.kind == "gain" else -1
    return {p: sign * x for p, x in zip(game.players, solution(system, n), strict=True)}
