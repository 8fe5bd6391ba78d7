"""Checks a schedule against its question, independently of how it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from comity.model.problems import nearest
from comity.network.allocation.answer import Fault, Schedule, Track
from comity.network.allocation.question import Question, Request, iso

#: A bound in hours is rounded by no more than this [s].
ROUNDING_S = 0.01
Span = TypeVar("Span", bound="tuple[int, int, Track | None, str]")


def check(question: Question, schedule: Schedule) -> tuple[Fault, ...]:
    """All rules that a schedule breaks, in order of time; empty when it is valid.

    Rules by name: `question` (it was made for this question), `known` (the request and the antennas are in the question),
    `allowed` (the request may use exactly this set of antennas), `view` (a track lies inside one view period and inside the
    question's span), `antenna` (an antenna serves one track at a time, from setup to the end of teardown), `outage` (and none
    while it is out), `user` (tracks of one user do not overlap in transmission), `split` (only what may be split is), `part`
    (no part shorter than allowed), `minimum` (a request has its minimum or nothing), `bound` (a stated bound is no less than
    what is tracked, and no more than what is asked for; whether it is a bound is not proved again).
    """
    requests = {request.id: request for request in question.requests}
    known = [track for track in schedule.tracks if track.request in requests]
    faults = [
        *_another(question, schedule),
        *_unknown(question, schedule, requests),
        *(fault for track in known for fault in _out_of_view(question, track, requests[track.request])),
        *_antenna_clashes(question, known, requests),
        *_user_clashes(question, known, requests),
        *_wrong_lengths(known, requests),
        *_wrong_bound(schedule, known, requests),
    ]
    return tuple(sorted(faults, key=lambda fault: (fault.tracks[:1], fault.rule, fault.message)))


def _another(question: Question, schedule: Schedule) -> Iterator[Fault]:
    if schedule.question != question.name:
        yield Fault("question", f"the schedule was made for '{schedule.question}', not for '{question.name}'")


def _unknown(question: Question, schedule: Schedule, requests: dict[str, Request]) -> Iterator[Fault]:
    antennas = {antenna.id for antenna in question.antennas}
    for track in schedule.tracks:
        if track.request not in requests:
            hint = nearest(track.request, requests) or f"{question.name} has no such request"
            yield Fault("known", f"request '{track.request}' is not asked for; {hint}", (track,))
        for name in track.resource:
            if name not in antennas:
                hint = nearest(name, antennas) or f"known: {', '.join(sorted(antennas))}"
                yield Fault("known", f"there is no antenna '{name}'; {hint}", (track,))


def _out_of_view(question: Question, track: Track, request: Request) -> Iterator[Fault]:
    views = [view for view in request.views if set(view.resource) == set(track.resource)]
    shown = f"{_shown(track)} on {'+'.join(track.resource)}"
    if not views or len(set(track.resource)) != len(track.resource):
        yield Fault("allowed", f"{shown}: {request.id} may not use this antenna (or array)", (track,))
    elif track.end <= track.start:
        yield Fault("view", f"{shown}: ends before it starts", (track,))
    elif not question.start <= track.start <= track.end <= question.end:
        yield Fault("view", f"{shown}: outside {iso(question.start)} to {iso(question.end)}", (track,))
    elif not any(view.start <= track.start and track.end <= view.end for view in views):
        yield Fault("view", f"{shown}: not inside one view period", (track,))


def _antenna_clashes(question: Question, tracks: Iterable[Track], requests: dict[str, Request]) -> Iterator[Fault]:
    busy: dict[str, list[tuple[int, int, Track | None, str]]] = defaultdict(list)
    for outage in question.outages:
        busy[outage.antenna].append((outage.start, outage.end, None, outage.reason))
    for track in tracks:
        request = requests[track.request]
        for name in track.resource:
            busy[name].append((track.start - request.setup_s, track.end + request.teardown_s, track, _shown(track)))
    for name, spans in sorted(busy.items()):
        for (_, _, one, said), (_, _, other, also) in _overlaps(spans):
            if one is None and other is None:
                continue
            both = tuple(track for track in (one, other) if track is not None)
            rule = "antenna" if len(both) == 2 else "outage"
            yield Fault(rule, f"{name}: {said} overlaps {also} (with setup and teardown)", both)


def _user_clashes(question: Question, tracks: Iterable[Track], requests: dict[str, Request]) -> Iterator[Fault]:
    on_air: dict[str, list[tuple[int, int, Track, str]]] = defaultdict(list)
    for track in tracks:
        user = requests[track.request].user
        if user not in question.concurrent:
            on_air[user].append((track.start, track.end, track, _shown(track)))
    for user, spans in sorted(on_air.items()):
        for (_, _, one, said), (_, _, other, also) in _overlaps(spans):
            yield Fault("user", f"{user}: {said} overlaps {also}", (one, other))


def _overlaps(spans: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Spans that overlap, each with the one that reaches furthest of those before it."""
    furthest: Span | None = None
    for span in sorted(spans, key=lambda s: (s[0], s[1], s[3])):
        if furthest is not None and span[0] < furthest[1]:
            yield furthest, span
        if furthest is None or span[1] > furthest[1]:
            furthest = span


def _wrong_lengths(tracks: Iterable[Track], requests: dict[str, Request]) -> Iterator[Fault]:
    of: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        of[track.request].append(track)
    for name, parts in of.items():
        request = requests[name]
        lengths = [part.end - part.start for part in parts]
        if len(parts) > 1 and request.part_s is None:
            yield Fault("split", f"{name}: {len(parts)} tracks, and it may not be split", tuple(parts))
        elif len(parts) > 1 and request.part_s is not None and min(lengths) < request.part_s:
            yield Fault(
                "part", f"{name}: a part of {_h(min(lengths))}; at least {_h(request.part_s)} is wanted", tuple(parts)
            )
        if sum(lengths) < request.minimum_s:
            yield Fault(
                "minimum", f"{name}: {_h(sum(lengths))} in all, under its minimum {_h(request.minimum_s)}", tuple(parts)
            )


def _wrong_bound(schedule: Schedule, tracks: Iterable[Track], requests: dict[str, Request]) -> Iterator[Fault]:
    if schedule.bound_hours is None:
        return
    given: dict[str, int] = defaultdict(int)
    for track in tracks:
        given[track.request] += track.end - track.start
    counted = [
        min(length, requests[name].duration_s) for name, length in given.items() if length >= requests[name].minimum_s
    ]
    asked = sum(request.duration_s for request in requests.values())
    stated = f"no schedule is said to track more than {schedule.bound_hours:,.6g} h"
    if schedule.bound_hours * 3600 < sum(counted) - ROUNDING_S:
        yield Fault("bound", f"{stated}, and this one tracks {_h(sum(counted))}")
    elif schedule.bound_hours * 3600 > asked + ROUNDING_S:
        yield Fault("bound", f"{stated}, and no more than {_h(asked)} are asked for")


def _shown(track: Track) -> str:
    return f"{track.request} {iso(track.start)}"


def _h(length_s: int) -> str:
    return f"{length_s / 3600:.2f} h"
