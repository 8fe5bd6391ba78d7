"""Which coalitions just carry a decision, and which just bar it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import comb, prod
from typing import Any

from comity.governance.power_game import Game, dual

#: How many coalitions are looked at before the search stops.
MOST_LOOKED_AT = 200_000


@dataclass(frozen=True, slots=True)
class Group:
    """So many of members who weigh alike."""

    number: int
    of: tuple[str, ...]

    def __str__(self) -> str:
        return self.of[0] if len(self.of) == 1 else f"any {self.number} of {len(self.of)}"


@dataclass(frozen=True, slots=True)
class Coalition:
    """A minimal coalition, told by groups of interchangeable members: without any one of them it is none."""

    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        return sum(g.number for g in self.groups)

    @property
    def number(self) -> int:
        """How many coalitions of members it stands for."""
        return prod(comb(len(g.of), g.number) for g in self.groups)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        groups = [{"number": g.number, "of": [*g.of]} for g in self.groups]
        return {"size": self.size, "coalitions": str(self.number), "groups": groups}


@dataclass(frozen=True, slots=True)
class Coalitions:
    """The minimal coalitions found, the smallest first; `complete` when there are no more of them."""

    found: tuple[Coalition, ...]
    complete: bool

    @property
    def smallest(self) -> int | None:
        """The size of the smallest; None when there is none, whoever joins."""
        return self.found[0].size if self.found else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "smallest": self.smallest,
            "complete": self.complete,
            "coalitions": [c.to_json() for c in self.found],
        }


def minimal_winning(game: Game, *, limit: int = 100) -> Coalitions:
    """The coalitions that carry a decision, and without any one of their members do not; at most `limit` of them."""
    search = _Search(game)
    for size in range(len(game.members) + 1):
        for counts in search.winning(size):
            if search.is_minimal(counts):
                groups = tuple(Group(n, kind) for n, kind in zip(counts, search.kinds, strict=True) if n)
                search.found.append(Coalition(groups))
            if len(search.found) > limit:
                return Coalitions(tuple(search.found[:limit]), complete=False)
    return Coalitions(tuple(search.found), complete=search.looked_at <= MOST_LOOKED_AT)


def blocking_minorities(game: Game, *, limit: int = 100) -> Coalitions:
    """The coalitions against whom nothing is carried, and without any one of whose members it may be."""
    return minimal_winning(dual(game), limit=limit)


class _Search:
    """Goes through coalitions by how many of each kind of member are in, the heaviest first, and leaves out at once all
    that cannot win even with the heaviest of the members still to choose."""

    def __init__(self, game: Game) -> None:
        self.game, self.kinds = game, game.kinds_of_member()
        first = [game.members.index(kind[0]) for kind in self.kinds]
        self.weights = [[t.weights[n] for t in game.thresholds] for n in first]
        self.found: list[Coalition] = []
        self.looked_at = 0
        self._best = [self._heaviest(k) for k in range(len(self.kinds) + 1)]

    def winning(self, size: int) -> Iterator[tuple[int, ...]]:
        """How many of each kind are in, for every winning coalition of a size."""
        return self._chosen((), [0] * len(self.game.thresholds), size)

    def is_minimal(self, counts: Sequence[int]) -> bool:
        """Whether a winning coalition loses without any one member."""
        sums = [sum(n * w[t] for n, w in zip(counts, self.weights, strict=True)) for t in range(len(self.weights[0]))]
        less = (
            [s - w for s, w in zip(sums, one, strict=True)] for one, n in zip(self.weights, counts, strict=True) if n
        )
        return not any(self._wins(sums) for sums in less)

    def _chosen(self, counts: tuple[int, ...], sums: list[int], still: int) -> Iterator[tuple[int, ...]]:
        self.looked_at += 1
        k = len(counts)
        left = sum(map(len, self.kinds[k:]))
        if still > left or self.looked_at > MOST_LOOKED_AT:
            return
        if not self._wins([s + best[still] for s, best in zip(sums, self._best[k], strict=True)]):
            return
        if k == len(self.kinds):
            yield counts
            return
        kind, one = self.kinds[k], self.weights[k]
        for n in range(min(still, len(kind)), max(still - (left - len(kind)), 0) - 1, -1):
            yield from self._chosen((*counts, n), [s + n * w for s, w in zip(sums, one, strict=True)], still - n)

    def _wins(self, sums: Sequence[int]) -> bool:
        return self.game.passes([s >= t.quota for s, t in zip(sums, self.game.thresholds, strict=True)])

    def _heaviest(self, k: int) -> list[list[int]]:
        """By threshold, what the heaviest 0, 1, 2, ... members of the kinds from k on weigh together."""
        of_kinds = [w for kind, w in zip(self.kinds[k:], self.weights[k:], strict=True) for _ in kind]
        columns = ([w[t] for w in of_kinds] for t in range(len(self.game.thresholds)))
        return [[0, *accumulate(sorted(column, reverse=True))] for column in columns]
