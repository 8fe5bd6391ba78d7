"""Who has power: the Shapley–Shubik and Banzhaf indices of a voting game, exactly.

Shapley and Shubik (1954) ask in how many orders of the members each is the one whose vote carries the decision; Banzhaf
(1965) in how many coalitions of the others it is. Both come from the number of coalitions, by size, that lose without a
member and win with it. Small games are enumerated; games of any number of members with one measure of weight (besides
heads) are counted by generating functions in whole numbers of any length (Bilbao et al. 2002, *European Journal of
Operational Research* 143:181). Nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb, gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.governance.power_game import Game, Joined, Threshold, dual

#: Up to here every coalition is looked at: 2**27 of them take some seconds.
MOST_ENUMERATED = 27
#: Above this many members enumeration is slower than generating functions on weights of usual size.
_FEW = 16
#: What the table of generating functions may hold, in bytes.
MOST_BYTES = 2 * 2**30
_HALF = 14
_ROWS = 256

Counts = NDArray[np.int64]


class TooLarge(ValueError):
    """A game that can be neither enumerated nor counted in memory; says what would be."""


@dataclass(frozen=True, slots=True)
class MemberPower:
    """A member's power. `swings` coalitions of the others lose without it and win with it."""

    member: str
    shapley_shubik: Fraction
    banzhaf: Fraction
    banzhaf_normalised: Fraction
    swings: int

    @property
    def dummy(self) -> bool:
        """Whether its vote never matters."""
        return self.swings == 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the exact fractions as text, and decimals of them."""
        indices = {n: getattr(self, n) for n in ("shapley_shubik", "banzhaf", "banzhaf_normalised")}
        told: dict[str, Any] = {"member": self.member, "swings": str(self.swings), "dummy": self.dummy}
        for name, value in indices.items():
            told[name] = f"{float(value):.8f}"
            told[f"{name}_exact"] = str(value)
        return told


@dataclass(frozen=True, slots=True)
class Powers:
    """The power of every member, in the members' order; `passage` is the part of all coalitions that carry a decision."""

    members: tuple[MemberPower, ...]
    passage: Fraction
    method: str

    def of(self, member: str) -> MemberPower:
        """One member's power. KeyError when it is none."""
        found = next((m for m in self.members if m.member == member), None)
        if found is None:
            raise KeyError(member)
        return found

    @property
    def dummies(self) -> tuple[str, ...]:
        """Members whose vote never matters."""
        return tuple(m.member for m in self.members if m.dummy)


@dataclass(frozen=True, slots=True)
class Change:
    """A member's power under one rule and under another; None where it is not a member."""

    member: str
    before: MemberPower | None
    after: MemberPower | None

    @property
    def shapley_shubik(self) -> Fraction:
        """What it gains, or loses when negative."""
        return (self.after.shapley_shubik if self.after else Fraction(0)) - (
            self.before.shapley_shubik if self.before else Fraction(0)
        )


def power(game: Game) -> Powers:
    """The power of every member of a game.

    TooLarge when it has more than `MOST_ENUMERATED` members and either two measures of weight besides heads, or weights
    whose table would need more than `MOST_BYTES`.
    """
    game = _reduced(game)
    general = [t for t in game.thresholds if not t.by_size]
    bytes_needed = _table_bytes(game) if len(general) <= 1 else None
    few = len(game.members) <= _FEW
    if bytes_needed is not None and not few and bytes_needed <= min(MOST_BYTES, 2**26 * len(game.members) // 10):
        return _counted(game)
    if len(game.members) <= MOST_ENUMERATED and all(sum(t.weights) < 2**62 for t in game.thresholds):
        return _enumerated(game)
    if bytes_needed is not None and bytes_needed <= MOST_BYTES:
        return _counted(game)
    raise TooLarge(_why_too_large(game, bytes_needed))


def compare(before: Powers, after: Powers) -> tuple[Change, ...]:
    """What a changed rule does to each member, the greatest gain of Shapley–Shubik power first."""
    names = dict.fromkeys((*(m.member for m in before.members), *(m.member for m in after.members)))
    old, new = {m.member: m for m in before.members}, {m.member: m for m in after.members}
    changes = [Change(name, old.get(name), new.get(name)) for name in names]
    return tuple(sorted(changes, key=lambda c: -c.shapley_shubik))


def _reduced(game: Game) -> Game:
    """The same game with each threshold's weights as small as dividing and cutting them makes them."""
    return replace(game, thresholds=tuple(_smallest(t) for t in game.thresholds))


def _smallest(threshold: Threshold) -> Threshold:
    by = gcd(*threshold.weights) or 1
    quota, weights = -(-threshold.quota // by), tuple(w // by for w in threshold.weights)
    nobody = (0,) * len(weights)
    if quota > sum(weights):
        return Threshold(1, nobody)
    return Threshold(quota, tuple(min(w, quota) for w in weights)) if quota > 0 else Threshold(0, nobody)


def _why_too_large(game: Game, bytes_needed: int | None) -> str:
    n = len(game.members)
    if bytes_needed is None:
        return (
            f"{n} members weighed by several measures cannot be counted exactly; up to {MOST_ENUMERATED} members can, "
            "or any number by heads and one measure"
        )
    return (
        f"{n} members with weights this fine need a table of {bytes_needed / 2**30:,.0f} GiB; state the weights in "
        f"coarser units, such as per mille of their sum (up to {MOST_BYTES >> 30} GiB are used)"
    )


def _indices(game: Game, swings: Sequence[Sequence[int]], winning: int, method: str) -> Powers:
    """Indices from, for each member, the number of swings by the size of the coalition without it."""
    n = len(game.members)
    all_swings = sum(map(sum, swings))
    # A swing by a coalition of size s stands for s! (n-1-s)! of the n! orders: one in n * C(n-1, s).
    found = []
    for member, by_size in zip(game.members, swings, strict=True):
        total = sum(by_size)
        shapley = sum((Fraction(c, n * comb(n - 1, s)) for s, c in enumerate(by_size) if c), Fraction(0))
        normalised = Fraction(total, all_swings) if all_swings else Fraction(0)
        found.append(MemberPower(member, shapley, Fraction(total, 2 ** (n - 1)), normalised, total))
    return Powers(tuple(found), Fraction(winning, 2**n), method)


# --- generating functions --------------------------------------------------------------------------------------------


def _counted(game: Game) -> Powers:
    other = dual(game)
    smaller = min(game, other, key=_quota)  # a game and its dual have the same swings, sizes mirrored
    swings, winning = _swings(smaller)
    if smaller is other:
        swings = [by_size[::-1] for by_size in swings]
        winning = 2 ** len(game.members) - winning
    return _indices(game, swings, winning, "generating functions")


def _swings(game: Game) -> tuple[list[list[int]], int]:
    """Swings of each member by size, and how many coalitions win.

    The table's row m holds, packed into one whole number by size, how many coalitions weigh m at most. Those without a
    member of weight w are found from it by dividing 1 + y x^w out again: an alternating sum of rows m, m-w, m-2w...
    """
    n = len(game.members)
    general = next((t for t in game.thresholds if not t.by_size), Threshold(1, (0,) * n))
    quota, bits = general.quota, 8 * (n // 8 + 1)
    table = _table(general, bits)
    field = (1 << bits) - 1
    limits = [_limit(game, size) for size in range(n + 1)]

    def unpacked(packed: int) -> list[int]:
        raw = packed.to_bytes((n + 1) * bits // 8 + 1, "little")
        step = bits // 8
        return [int.from_bytes(raw[s * step : (s + 1) * step], "little") for s in range(n + 1)]

    def without(weight: int, at_most: int) -> list[int]:
        """How many coalitions of the others, by size, weigh so much at most."""
        packed, row, j = 0, at_most, 0
        while row >= 0 and j < n:
            packed += (-table[row] if j % 2 else table[row]) << (j * bits)
            row, j = row - weight, j + 1
        return unpacked(packed & ((1 << (n * bits)) - 1) & ~(field << (n * bits)))

    by_weight: dict[int, list[int]] = {}
    for weight in set(general.weights):
        light, lighter = without(weight, quota - 1), without(weight, quota - 1 - weight)
        by_weight[weight] = [
            _below(limits[s], light[s], comb(n - 1, s)) - _below(limits[s + 1], lighter[s], comb(n - 1, s))
            for s in range(n)
        ]
    every = unpacked(table[quota - 1])
    losing = sum(_below(limits[s], every[s], comb(n, s)) for s in range(n + 1))
    return [by_weight[w] for w in general.weights], 2**n - losing


def _table(threshold: Threshold, bits: int) -> list[int]:
    """How many coalitions weigh m at most, by size: a row for every m below the quota, sizes `bits` apart."""
    rows = [0] * threshold.quota
    rows[0], reach = 1, 0
    for weight in sorted(threshold.weights):  # light ones first: few rows are reached until the heavy ones come
        reach = min(reach + weight, threshold.quota - 1)
        if weight == 0:
            rows = [row + (row << bits) for row in rows]
            continue
        for at in range(reach, weight - 1, -1):
            if rows[at - weight]:
                rows[at] += rows[at - weight] << bits
    for at in range(1, threshold.quota):
        rows[at] += rows[at - 1]
    return rows


_LOSES, _BY_WEIGHT, _WINS = "loses", "by weight", "wins"


def _limit(game: Game, size: int) -> str:
    """Whether coalitions of a size win, lose, or do so by their weight."""
    by_size = [t.by_size and size * t.weights[0] >= t.quota for t in game.thresholds]
    if game.passes(by_size):
        return _WINS
    heavy = [passed or not t.by_size for passed, t in zip(by_size, game.thresholds, strict=True)]
    return _BY_WEIGHT if game.passes(heavy) else _LOSES


def _below(limit: str, lighter: int, all_of_size: int) -> int:
    return {_LOSES: all_of_size, _BY_WEIGHT: lighter, _WINS: 0}[limit]


def _quota(game: Game) -> int:
    return max((t.quota for t in game.thresholds if not t.by_size), default=1)


def _table_bytes(game: Game) -> int:
    n = len(game.members)
    return min(_quota(game), _quota(dual(game))) * n * (n // 8 + 1)


# --- enumeration -----------------------------------------------------------------------------------------------------


def _enumerated(game: Game) -> Powers:
    n = len(game.members)
    right = min(n, _HALF)
    left = n - right
    sizes_left, sizes_right = _subset_sums((1,) * left), _subset_sums((1,) * right)
    by_left = np.zeros((2**left, right + 1), dtype=np.int64)  # winning coalitions, by left half and size of the right
    by_right = np.zeros((left + 1, 2**right), dtype=np.int64)
    is_right = (sizes_right[:, None] == np.arange(right + 1)).astype(np.float32)
    is_left = (sizes_left[None, :] == np.arange(left + 1)[:, None]).astype(np.float32)
    halves = [(_subset_sums(t.weights[:left]), _subset_sums(t.weights[left:]), t.quota) for t in game.thresholds]
    for start in range(0, 2**left, _ROWS):
        rows = slice(start, start + _ROWS)
        passed = [heavy >= (quota - light[rows])[:, None] for light, heavy, quota in halves]
        # Sums of at most 2**14 ones are exact in single precision.
        wins = _both(game.formula, passed).astype(np.float32)
        by_left[rows] = (wins @ is_right).astype(np.int64)
        by_right += (is_left[:, rows] @ wins).astype(np.int64)
    return _indices(game, *_swings_by_size(n, by_left, by_right, sizes_left, sizes_right), "enumeration")


def _both(formula: Joined, passed: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    join = np.logical_and if formula.how == "all" else np.logical_or
    inner: Iterable[NDArray[np.bool_]] = [passed[p] if isinstance(p, int) else _both(p, passed) for p in formula.parts]
    first, *others = inner
    for other in others:
        first = join(first, other)
    return first


def _subset_sums(weights: Sequence[int]) -> Counts:
    """The weight of every subset; member j is in subset s when bit j of s is set."""
    sums = np.zeros(1, dtype=np.int64)
    for weight in weights:
        sums = np.concatenate((sums, sums + weight))
    return sums


def _swings_by_size(
    n: int, by_left: Counts, by_right: Counts, sizes_left: Counts, sizes_right: Counts
) -> tuple[list[list[int]], int]:
    left, right = len(by_right) - 1, by_left.shape[1] - 1
    total = [0] * (n + 1)
    with_member = [[0] * (n + 1) for _ in range(n)]
    for size in range(left + 1):
        rows = sizes_left == size
        for other in range(right + 1):
            total[size + other] += int(by_left[rows, other].sum())
            for j in range(left):
                has = rows & (np.arange(2**left) >> j & 1).astype(bool)
                with_member[j][size + other] += int(by_left[has, other].sum())
    for other in range(right + 1):
        columns = sizes_right == other
        for j in range(right):
            has = columns & (np.arange(2**right) >> j & 1).astype(bool)
            for size in range(left + 1):
                with_member[left + j][size + other] += int(by_right[size, has].sum())
    # A coalition that wins without the member wins with it too; what is over are the swings.
    swings = [[w[s + 1] - (total[s] - w[s]) for s in range(n)] for w in with_member]
    return swings, sum(total)
