"""Which coalitions just carry a decision, and which just bar it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb, prod
from typing import Any, Literal

from comity.governance.power_game import Game

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
    return _minimal(game, "winning", limit)


def blocking_minorities(game: Game, *, limit: int = 100) -> Coalitions:
    """The coalitions against whom nothing is carried, and without any one of whose members it may be."""
    return _minimal(game, "blocking", limit)


def _minimal(game: Game, which: Literal["winning", "blocking"], limit: int) -> Coalitions:
    kinds = game.kinds_of_member()
    looked_at, found = 0, list[Coalition]()
    for size in range(len(game.members) + 1):
        for counts in _counts(size, tuple(map(len, kinds))):
            looked_at += 1
            if looked_at > MOST_LOOKED_AT or len(found) >= limit:
                return Coalitions(tuple(found), complete=False)
            if _is_minimal(game, kinds, counts, which):
                groups = tuple(Group(n, kind) for n, kind in zip(counts, kinds, strict=True) if n)
                found.append(Coalition(groups))
    return Coalitions(tuple(found), complete=True)


def _is_minimal(game: Game, kinds: Sequence[tuple[str, ...]], counts: Sequence[int], which: str) -> bool:
    if not _does(game, kinds, counts, which):
        return False
    fewer = ([*counts[:k], n - 1, *counts[k + 1 :]] for k, n in enumerate(counts) if n)
    return not any(_does(game, kinds, c, which) for c in fewer)


def _does(game: Game, kinds: Sequence[tuple[str, ...]], counts: Sequence[int], which: str) -> bool:
    if which == "winning":
        return game.wins({m for kind, n in zip(kinds, counts, strict=True) for m in kind[:n]})
    return not game.wins({m for kind, n in zip(kinds, counts, strict=True) for m in kind[n:]})


def _counts(size: int, most: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All ways to take so many in all, of each kind at most so many; the first kinds first."""
    if len(most) <= 1:
        if not most and size == 0:
            yield ()
        elif most and size <= most[0]:
            yield (size,)
        return
    rest = sum(most[1:])
    for first in range(min(size, most[0]), max(size - rest, 0) - 1, -1):
        for others in _counts(size - first, most[1:]):
            yield (first, *others)
