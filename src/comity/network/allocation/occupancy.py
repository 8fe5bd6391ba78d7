"""What holds each antenna when, and which spans that leaves free for a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.network.allocation.answer import Track
from comity.network.allocation.question import Outage, Question, Request, ViewPeriod

#: `[start, end)` in POSIX seconds.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Holding:
    """A span in which an antenna is not free: by a track, from its setup to the end of its teardown, or by an outage."""

    antenna: str
    start: int
    end: int
    track: Track | None = None
    outage: Outage | None = None


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Holdings by antenna, and tracks by user who may have but one at a time; each in order of time."""

    by_antenna: Mapping[str, Sequence[Holding]]
    by_user: Mapping[str, Sequence[Track]]


def occupancy(question: Question, tracks: Iterable[Track]) -> Occupancy:
    """What tracks and outages hold. Tracks of requests that the question does not know hold their transmission only."""
    requests = {request.id: request for request in question.requests}
    by_antenna: dict[str, list[Holding]] = defaultdict(list)
    by_user: dict[str, list[Track]] = defaultdict(list)
    for outage in question.outages:
        by_antenna[outage.antenna].append(Holding(outage.antenna, outage.start, outage.end, outage=outage))
    for track in tracks:
        request = requests.get(track.request)
        setup, teardown = (request.setup_s, request.teardown_s) if request else (0, 0)
        for name in track.resource:
            by_antenna[name].append(Holding(name, track.start - setup, track.end + teardown, track=track))
        if request is not None and request.user not in question.concurrent:
            by_user[request.user].append(track)
    return Occupancy(
        {name: sorted(held, key=lambda h: (h.start, h.end)) for name, held in by_antenna.items()},
        {user: sorted(mine) for user, mine in by_user.items()},
    )


def within(question: Question, view: ViewPeriod) -> Span:
    """The part of a view period that lies in the question's span; empty (end before start) when none does."""
    return max(view.start, question.start), min(view.end, question.end)


def barred(request: Request, holding: Holding) -> Span:
    """Where a transmission of the request cannot lie because of a holding: its own setup and teardown need room, too."""
    return holding.start - request.teardown_s, holding.end + request.setup_s


def free_spans(question: Question, request: Request, view: ViewPeriod, held: Occupancy) -> list[Span]:
    """Where in a view period the request could transmit beside all that is held."""
    zones = [barred(request, h) for name in view.resource for h in held.by_antenna.get(name, ())]
    zones += [(t.start, t.end) for t in held.by_user.get(request.user, ())]
    return spans_left(within(question, view), zones)


def spans_left(span: Span, zones: Iterable[Span]) -> list[Span]:
    """What zones leave of a span.

    >>> spans_left((0, 10), [(2, 3), (6, 20)])
    [(0, 2), (3, 6)]
    """
    at, end = span
    left = []
    for begin, until in sorted(zones):
        if until <= at:
            continue
        if begin >= end:
            break
        if begin > at:
            left.append((at, begin))
        at = until
    if at < end:
        left.append((at, end))
    return left


def least_s(request: Request) -> int:
    """The shortest track that a request can use: its minimum, or a part where it may be split."""
    return request.minimum_s if request.part_s is None else min(request.part_s, request.minimum_s)
