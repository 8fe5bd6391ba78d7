"""Ranks proposals by members' ballots, each method with its reason.

Methods: approval (Brams and Fishburn 1978), Borda (1781; a tie shares the points), Schulze (2011, *Social Choice and
Welfare* 36:267, winning votes) and ranked pairs (Tideman 1987, *Social Choice and Welfare* 4:185). Weights and points
are exact. What a ballot does not rank stands below all that it ranks, and there level.

Ties: proposals that a method leaves level share a rank; among them the order shown is by Borda points, then as the
proposals were listed. Ranked pairs locks pairs by the votes for them, then the fewer votes against, then as listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from comity.governance.voting_words import number

Pairwise = Mapping[tuple[str, str], Fraction]


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member's view: `ranking` has the best first, level ones together; or what it approves of."""

    member: str
    ranking: tuple[tuple[str, ...], ...] = ()
    approved: frozenset[str] | None = None
    weight: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Place:
    """A proposal's rank (level ones share it), its score in the method's own unit, and why it stands there."""

    rank: int
    proposal: str
    score: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Proposals in order. `pairwise[a, b]` is the weight of the ballots that rank a above b."""

    method: str
    places: tuple[Place, ...]
    pairwise: Pairwise
    strongest_paths: Pairwise
    locked: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]

    @property
    def winners(self) -> tuple[str, ...]:
        return tuple(p.proposal for p in self.places if p.rank == 1)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; matrices as rows by proposal."""
        return {
            "method": self.method,
            "places": [
                {"rank": p.rank, "proposal": p.proposal, "score": p.score, "reason": p.reason} for p in self.places
            ],
            "pairwise": _nested(self.pairwise),
            "strongest_paths": _nested(self.strongest_paths),
            "locked": [[*pair] for pair in self.locked],
            "skipped": [[*pair] for pair in self.skipped],
        }


def rank(proposals: Sequence[str], ballots: Iterable[Ballot], *, method: str = "schulze") -> Ranking:
    """Proposals in the order that the ballots give them by a method of `METHODS`.

    KeyError for another method; ValueError when the method needs what no ballot states (approval, or rankings).
    """
    given = tuple(ballots)
    if method not in METHODS:
        raise KeyError(f"{method!r} is no method; there are {', '.join(METHODS)}")
    if method == "approval" and any(b.approved is None for b in given):
        raise ValueError("approval needs ballots that say what they approve of; these rank")
    if method != "approval" and any(b.approved is not None for b in given):
        raise ValueError(f"{method} needs ballots that rank; these say what they approve of")
    return METHODS[method](tuple(proposals), given)


def pairwise(proposals: Sequence[str], ballots: Iterable[Ballot]) -> dict[tuple[str, str], Fraction]:
    """The weight of the ballots that rank one proposal above another, for every ordered pair."""
    above = {(a, b): Fraction(0) for a in proposals for b in proposals if a != b}
    for ballot in ballots:
        level = _levels(proposals, ballot)
        for a, b in above:
            if level[a] < level[b]:
                above[a, b] += ballot.weight
    return above


def _levels(proposals: Sequence[str], ballot: Ballot) -> dict[str, int]:
    groups = ballot.ranking if ballot.approved is None else (tuple(ballot.approved),)
    level = {p: n for n, group in enumerate(groups) for p in group}
    return {p: level.get(p, len(groups)) for p in proposals}


# --- methods ---------------------------------------------------------------------------------------------------------


def _approval(proposals: tuple[str, ...], ballots: tuple[Ballot, ...]) -> Ranking:
    scores = {p: sum((b.weight for b in ballots if p in (b.approved or ())), Fraction(0)) for p in proposals}
    of = number(sum((b.weight for b in ballots), Fraction(0)))
    why = {p: f"approved by {number(scores[p])} of {of}" for p in proposals}
    return _by_score("approval", proposals, ballots, scores, why)


def borda_points(proposals: Sequence[str], ballots: Iterable[Ballot]) -> dict[str, Fraction]:
    """A point for every proposal that one is ranked above, half a point for every one it is level with."""
    points = {p: Fraction(0) for p in proposals}
    for ballot in ballots:
        level = _levels(proposals, ballot)
        for a in proposals:
            below = sum(1 for b in proposals if level[a] < level[b])
            even = sum(1 for b in proposals if a != b and level[a] == level[b])
            points[a] += ballot.weight * (below + Fraction(even, 2))
    return points


def _borda(proposals: tuple[str, ...], ballots: tuple[Ballot, ...]) -> Ranking:
    scores = borda_points(proposals, ballots)
    most = sum((b.weight for b in ballots), Fraction(0)) * (len(proposals) - 1)
    why = {p: f"{number(scores[p])} of at most {number(most)} points" for p in proposals}
    return _by_score("borda", proposals, ballots, scores, why)


def _by_score(
    method: str,
    proposals: tuple[str, ...],
    ballots: tuple[Ballot, ...],
    scores: Mapping[str, Fraction],
    why: Mapping[str, str],
) -> Ranking:
    better = {p: sum(1 for q in proposals if scores[q] > scores[p]) for p in proposals}
    told = {p: (number(scores[p]), why[p]) for p in proposals}
    places = _places(proposals, better, told, borda_points(proposals, ballots))
    return Ranking(method, places, pairwise(proposals, ballots), {}, (), ())


def strongest_paths(proposals: Sequence[str], above: Pairwise) -> dict[tuple[str, str], Fraction]:
    """How strong the strongest chain of majorities from one proposal to another is: its weakest link (Schulze 2011 §2.3).

    A link is a majority, and as strong as the votes for it.
    """
    path = {(a, b): votes if votes > above[b, a] else Fraction(0) for (a, b), votes in above.items()}
    for middle in proposals:
        for a in proposals:
            for b in proposals:
                if len({a, b, middle}) == 3:
                    path[a, b] = max(path[a, b], min(path[a, middle], path[middle, b]))
    return path


def _schulze(proposals: tuple[str, ...], ballots: tuple[Ballot, ...]) -> Ranking:
    above = pairwise(proposals, ballots)
    path = strongest_paths(proposals, above)
    beaten = {p: [q for q in proposals if q != p and path[q, p] > path[p, q]] for p in proposals}
    beats = {p: [q for q in proposals if q != p and path[p, q] > path[q, p]] for p in proposals}
    told = {p: (f"beats {len(beats[p])}", _schulze_reason(p, beats[p], beaten[p], path)) for p in proposals}
    # Being beaten is transitive, so the number of those who beat it orders the proposals as the relation does.
    ranks = {p: sum(1 for q in proposals if len(beaten[q]) < len(beaten[p])) for p in proposals}
    places = _places(proposals, ranks, told, borda_points(proposals, ballots))
    return Ranking("schulze", places, above, path, (), ())


def _schulze_reason(p: str, beats: Sequence[str], beaten: Sequence[str], path: Pairwise) -> str:
    def against(others: Sequence[str]) -> str:
        return ", ".join(f"{q} ({number(path[p, q])} to {number(path[q, p])})" for q in others)

    if beaten:
        return f"weaker path than {against(beaten)}"
    return f"stronger path than {against(beats)}" if beats else "no path is stronger than another"


def _ranked_pairs(proposals: tuple[str, ...], ballots: tuple[Ballot, ...]) -> Ranking:
    above = pairwise(proposals, ballots)
    listed = {p: n for n, p in enumerate(proposals)}
    majorities = [(a, b) for (a, b) in above if above[a, b] > above[b, a]]
    majorities.sort(key=lambda pair: (-above[pair], above[pair[1], pair[0]], listed[pair[0]], listed[pair[1]]))
    locked, skipped = list[tuple[str, str]](), list[tuple[str, str]]()
    under: dict[str, set[str]] = {p: set() for p in proposals}  # all that are locked below, near or far
    for a, b in majorities:
        if a in under[b]:
            skipped.append((a, b))
            continue
        locked.append((a, b))
        for upper in proposals:
            if upper == a or a in under[upper]:
                under[upper] |= {b} | under[b]
    ranks = {p: sum(1 for q in proposals if p in under[q]) for p in proposals}
    shared = {p: sum(1 for q in proposals if ranks[q] < ranks[p]) for p in proposals}
    told = {p: (f"above {len(under[p])}", _pairs_reason(p, locked, above)) for p in proposals}
    places = _places(proposals, shared, told, borda_points(proposals, ballots))
    return Ranking("ranked-pairs", places, above, {}, tuple(locked), tuple(skipped))


def _pairs_reason(p: str, locked: Sequence[tuple[str, str]], above: Pairwise) -> str:
    def told(pairs: Sequence[tuple[str, str]], other: int) -> str:
        return ", ".join(f"{q[other]} ({number(above[q])} to {number(above[q[1], q[0]])})" for q in pairs)

    lost = [pair for pair in locked if pair[1] == p]
    if lost:
        return f"locked below {told(lost, 0)}"
    won = [pair for pair in locked if pair[0] == p]
    return f"locked above {told(won, 1)}" if won else "in no locked pair"


METHODS: dict[str, Callable[[tuple[str, ...], tuple[Ballot, ...]], Ranking]] = {
    "approval": _approval,
    "borda": _borda,
    "schulze": _schulze,
    "ranked-pairs": _ranked_pairs,
}


def _places(
    proposals: Sequence[str],
    ranks: Mapping[str, int],
    told: Mapping[str, tuple[str, str]],
    points: Mapping[str, Fraction],
) -> tuple[Place, ...]:
    listed = {p: n for n, p in enumerate(proposals)}
    ordered = sorted(proposals, key=lambda p: (ranks[p], -points[p], listed[p]))
    return tuple(Place(ranks[p] + 1, p, *told[p]) for p in ordered)


def _nested(matrix: Pairwise) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for (a, b), value in matrix.items():
        rows.setdefault(a, {})[b] = str(value)
    return rows
