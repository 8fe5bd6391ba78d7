"""Mends a schedule when an antenna fails, a landing takes priority or a request comes late, with few changes to the rest.

What is broken is placed anew in the room that is left, exactly (CP-SAT). Only where that is not enough may tracks that
stand in its way be changed, too, each at a price in hours; all others stay as they are.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from comity.model.problems import nearest
from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.disruption import Disruption, disruption
from comity.network.allocation.occupancy import barred, occupancy, within
from comity.network.allocation.placement import Placed, place
from comity.network.allocation.question import Outage, Question, Request, wrong
from comity.network.allocation.refusals import Refusal, refusals
from comity.network.allocation.score import served_seconds
from comity.network.allocation.verify import check
from comity.network.errors import NetworkError


@dataclass(frozen=True, slots=True)
class Repair:
    """A mended schedule and what it changes.

    `broken` are the tracks that could not stay. `proved`: among all schedules that change only tracks in the way of the
    wanted ones, none is better; where no other track had to change, none is better at all in what it disturbs. `refused`
    are the urgent requests that still get nothing (`got_s` of 0) or less than they ask for, and why.
    """

    question: Question
    schedule: Schedule
    disruption: Disruption
    broken: tuple[Track, ...]
    proved: bool
    refused: tuple[Refusal, ...] = ()


def repair(
    question: Question,
    schedule: Schedule,
    *,
    urgent: Collection[str] = (),
    change_cost: float = 2.0,
    time_s: float = 30.0,
    seed: int = 0,
) -> Repair:
    """A valid schedule for `question` that departs little from `schedule`, made for the question as it was before.

    `urgent` are requests to be served first of all, as far as they can be. For the others, a change of a track that could
    have stayed must win `change_cost` hours (times priorities); 0 lets any gain do. At most `time_s` is spent by the clock;
    the search ends before by counted work, so that the same input and seed give the same answer.
    NetworkError when `urgent` names a request that there is not, or the question does not fit together.
    """
    faults = wrong(question)
    if faults:
        raise NetworkError("\n".join(faults))
    requests = {request.id: request for request in question.requests}
    for name in urgent:
        if name not in requests:
            raise NetworkError(
                f"there is no request '{name}'; {nearest(name, requests) or f'{question.name} has others'}"
            )
    sound, broken = _sifted(question, schedule, urgent)
    wanted = {track.request for track in broken if track.request in requests} | set(urgent)
    kept = _by_request(sound)
    until = time.monotonic() + time_s
    limit = _Limit(time_s / 2, seed, change_cost)
    first = _placed(question, wanted, kept, broken, urgent, limit, hint=sound)
    found = first
    if not _whole(question, schedule, wanted, first.tracks, urgent):
        near = _in_the_way(question, [requests[r] for r in sorted(wanted)], sound)
        limit = replace(limit, time_s=max(0.01, until - time.monotonic()))
        found = _placed(question, wanted | near, kept, broken, urgent, limit, hint=first.tracks)
    mended = replace(
        schedule,
        question=question.name,
        tracks=tuple(sorted(found.tracks)),
        seed=seed,
        bound_hours=None,
        by_clock=found.by_clock,
    )
    bad = check(question, mended)
    if bad:
        raise AssertionError(f"a repair broke a rule: {bad[0].message}")
    refused = tuple(one for one in refusals(question, mended, only=urgent) if one.request in urgent)
    return Repair(question, mended, disruption(question, schedule, mended), broken, found.proved, refused)


def with_outage(question: Question, antenna: str, start: int, end: int, *, reason: str = "failure") -> Question:
    """The question with an antenna out. NetworkError when there is no such antenna, or the span is none."""
    known = [a.id for a in question.antennas]
    if antenna not in known:
        raise NetworkError(
            f"there is no antenna '{antenna}'; {nearest(antenna, known) or 'known: ' + ', '.join(known)}"
        )
    if end <= start:
        raise NetworkError(f"an outage of '{antenna}' ends after it starts")
    return replace(question, outages=(*question.outages, Outage(antenna, start, end, reason)))


def with_requests(question: Question, late: Iterable[Request]) -> Question:
    """The question with more requests. NetworkError when one is there already."""
    late = tuple(late)
    known = {request.id for request in question.requests}
    for request in late:
        if request.id in known:
            raise NetworkError(f"request '{request.id}' is there already; give the late one another id")
    return replace(question, requests=(*question.requests, *late))


def with_priority(question: Question, request: str, priority: float) -> Question:
    """The question with another priority of a request. NetworkError when there is no such request."""
    known = [r.id for r in question.requests]
    if request not in known:
        raise NetworkError(
            f"there is no request '{request}'; {nearest(request, known) or f'{question.name} has others'}"
        )
    changed = (replace(r, priority=priority) if r.id == request else r for r in question.requests)
    return replace(question, requests=tuple(changed))


@dataclass(frozen=True, slots=True)
class _Limit:
    time_s: float
    seed: int
    change_cost: float


def _sifted(
    question: Question, schedule: Schedule, urgent: Collection[str]
) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
    """Tracks that can stay, and those that cannot. Of two that clash the more weighty stays, then the earlier."""
    requests = {request.id: request for request in question.requests}

    def rank(track: Track) -> tuple[bool, float, Track]:
        request = requests.get(track.request)
        return track.request not in urgent, -(request.priority if request else 0.0), track

    faults = check(question, schedule)
    suspect = {track for fault in faults if fault.rule != "minimum" for track in fault.tracks}
    stay = [track for track in schedule.tracks if track not in suspect]
    broken: list[Track] = []
    for track in sorted(suspect, key=rank):
        trial = Schedule(question.name, (*_near(stay, track), track))
        # A request below its minimum, or with a part missing, is seen to later; here each track is judged by its place.
        bad = [f for f in check(question, trial) if f.rule != "minimum" and track in f.tracks]
        (broken if bad else stay).append(track)
    return tuple(sorted(stay)), tuple(sorted(broken))


def _near(tracks: Iterable[Track], track: Track, margin_s: int = 86_400) -> list[Track]:
    return [
        t
        for t in tracks
        if t.request == track.request or (t.start - margin_s < track.end and track.start < t.end + margin_s)
    ]


def _by_request(tracks: Iterable[Track]) -> dict[str, list[Track]]:
    found: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        found[track.request].append(track)
    return found


def _placed(
    question: Question,
    free: set[str],
    kept: dict[str, list[Track]],
    broken: tuple[Track, ...],
    urgent: Collection[str],
    limit: _Limit,
    *,
    hint: Iterable[Track],
) -> Placed:
    fixed = [track for request, tracks in kept.items() if request not in free for track in tracks]
    return place(
        question,
        sorted(free),
        fixed=fixed,
        standing=[track for request in sorted(free) for track in kept.get(request, ())],
        lost=broken,
        first=urgent,
        change_cost=limit.change_cost,
        hint=[track for track in hint if track.request in free],
        time_s=limit.time_s,
        seed=limit.seed,
    )


def _whole(
    question: Question, before: Schedule, wanted: set[str], after: Iterable[Track], urgent: Collection[str]
) -> bool:
    """Nothing more can be won: each broken request has what it had, each urgent one all that it asks for."""
    was = served_seconds(question, before)
    now = served_seconds(question, Schedule(question.name, tuple(after)))
    asked = {request.id: request.duration_s for request in question.requests}
    return all(now[name] >= (asked[name] if name in urgent else was[name]) for name in wanted)


def _in_the_way(question: Question, wanted: list[Request], sound: Iterable[Track]) -> set[str]:
    """Requests with a track where a wanted one could be: on an antenna of its views, or of its user."""
    held = occupancy(question, sound)
    found = set()
    for request in wanted:
        for view in request.views:
            start, end = within(question, view)
            for name in view.resource:
                for holding in held.by_antenna.get(name, ()):
                    begin, until = barred(request, holding)
                    if holding.track is not None and begin < end and start < until:
                        found.add(holding.track.request)
            found |= {t.request for t in held.by_user.get(request.user, ()) if t.start < end and start < t.end}
    return found - {request.id for request in wanted}
