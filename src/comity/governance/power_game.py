"""A voting rule as a simple game: which coalitions, voting in favour against all others, carry a decision.

Every rule of `voting_rules` is monotone, and becomes thresholds over whole weights joined by *and* and *or*. Weights are
scaled to whole numbers exactly, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Literal

from comity.governance.voting_rules import (
    AllOf,
    AnyOf,
    Consensus,
    Counting,
    Criterion,
    Majority,
    Member,
    Opposition,
    Veto,
    VotingRule,
    exact,
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A coalition passes when its members' weights sum to the quota at least."""

    quota: int
    weights: tuple[int, ...]

    @property
    def by_size(self) -> bool:
        """Whether only how many they are counts."""
        return len(set(self.weights)) <= 1


@dataclass(frozen=True, slots=True)
class Joined:
    """Thresholds, or joined ones, of which all or any must be passed; by position in `Game.thresholds`."""

    how: Literal["all", "any"]
    parts: tuple[int | Joined, ...]


@dataclass(frozen=True, slots=True)
class Game:
    """Members, thresholds, and how the thresholds are joined."""

    members: tuple[str, ...]
    thresholds: tuple[Threshold, ...]
    formula: Joined

    def wins(self, coalition: Collection[str]) -> bool:
        """Whether these members carry a decision against all others."""
        inside = [m in coalition for m in self.members]
        sums = [sum(w for w, is_in in zip(t.weights, inside, strict=True) if is_in) for t in self.thresholds]
        return self.passes([s >= t.quota for s, t in zip(sums, self.thresholds, strict=True)])

    def passes(self, passed: Sequence[bool]) -> bool:
        """Whether it is carried when these thresholds are passed."""
        return _evaluate(self.formula, passed, all, any)

    def kinds_of_member(self) -> tuple[tuple[str, ...], ...]:
        """Members that weigh alike in everything, and so are interchangeable, heaviest first."""
        kinds: dict[tuple[int, ...], list[str]] = {}
        for n, member in enumerate(self.members):
            kinds.setdefault(tuple(t.weights[n] for t in self.thresholds), []).append(member)
        return tuple(tuple(kinds[weights]) for weights in sorted(kinds, reverse=True))


def _evaluate(
    formula: Joined,
    passed: Sequence[bool],
    every: Callable[[Iterable[bool]], bool],
    some: Callable[[Iterable[bool]], bool],
) -> bool:
    join = every if formula.how == "all" else some
    return join(passed[p] if isinstance(p, int) else _evaluate(p, passed, every, some) for p in formula.parts)


def weighted_game(quota: int, weights: Sequence[int], members: Sequence[str] = ()) -> Game:
    """The game `[quota; weights]` of the textbooks.

    >>> weighted_game(3, (2, 1, 1)).wins(("0", "1"))
    True
    """
    names = tuple(members) or tuple(str(n) for n in range(len(weights)))
    return Game(names, (Threshold(quota, tuple(weights)),), Joined("all", (0,)))


def dual(game: Game) -> Game:
    """The game of blocking: a coalition wins it when all others together lose the game."""
    thresholds = tuple(replace(t, quota=sum(t.weights) - t.quota + 1) for t in game.thresholds)
    return Game(game.members, thresholds, _swapped(game.formula))


def _swapped(formula: Joined) -> Joined:
    inner = tuple(p if isinstance(p, int) else _swapped(p) for p in formula.parts)
    return Joined("any" if formula.how == "all" else "all", inner)


def game_of(rule: VotingRule, members: Iterable[Member], *, chair: str | None = None) -> Game:
    """The game that a rule makes of these members, all present, each voting in favour or against.

    `chair` names the member whose vote decides a tie where the rule says so. KeyError for a missing weight.
    """
    everyone = tuple(members)
    thresholds: list[Threshold] = []
    formula = _formula(rule.needs, everyone, chair, thresholds)
    whole = formula if isinstance(formula, Joined) else Joined("all", (formula,))
    return Game(tuple(m.id for m in everyone), tuple(thresholds), whole)


def _formula(
    criterion: Criterion, members: tuple[Member, ...], chair: str | None, found: list[Threshold]
) -> int | Joined:
    if isinstance(criterion, AllOf):
        return Joined("all", tuple(_formula(c, members, chair, found) for c in criterion.all))
    if isinstance(criterion, AnyOf):
        return Joined("any", tuple(_formula(c, members, chair, found) for c in criterion.any))
    threshold = _threshold(criterion, members, chair)
    if threshold not in found:
        found.append(threshold)
    return found.index(threshold)


def _threshold(criterion: Criterion, members: tuple[Member, ...], chair: str | None) -> Threshold:
    if isinstance(criterion, Majority):
        return _majority(criterion, members, chair)
    if isinstance(criterion, Opposition):
        # Fewer than b against is more than (total - b) in favour.
        weights, total, unit = _whole(members, criterion.weight)
        return Threshold(_above(total - exact(criterion.fewer_than) * unit), weights)
    holders = set(criterion.holders) if isinstance(criterion, Veto) else {m.id for m in members}
    assert isinstance(criterion, (Veto, Consensus))
    weights = tuple(int(m.id in holders) for m in members)
    return Threshold(sum(weights), weights)


def _majority(majority: Majority, members: tuple[Member, ...], chair: str | None) -> Threshold:
    weights, total, unit = _whole(members, majority.weight)
    if majority.casting_vote and chair in {m.id for m in members}:
        # Doubled, so that the chair's one more decides a tie and nothing else.
        doubled = tuple(2 * w + (m.id == chair) for w, m in zip(weights, members, strict=True))
        return Threshold(total + 1, doubled)
    return Threshold(max(_limit(majority, total, unit), 1), weights)


def _limit(counting: Counting, total: int, unit: int) -> int:
    limit = exact(counting.share) * total if counting.share is not None else exact(counting.number or "0") * unit
    return _above(limit) if counting.more_than else -(-limit.numerator // limit.denominator)


def _above(limit: Fraction) -> int:
    """The least whole number above a limit."""
    return limit.numerator // limit.denominator + 1


def _whole(members: tuple[Member, ...], measure: str | None) -> tuple[tuple[int, ...], int, int]:
    """Weights as whole numbers, their sum, and how many of them make one unit of the measure."""
    given = [m.weight(measure) for m in members]
    unit = reduce(lcm, (w.denominator for w in given), 1)
    weights = tuple(int(w * unit) for w in given)
    return weights, sum(weights), unit
