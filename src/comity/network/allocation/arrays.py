"""A question as arrays, for compiled code; and the schedule that is being changed, likewise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.question import Outage, Question, Request
from comity.network.errors import NetworkError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Antennas that may work as one, and parts that a request may be split into: more are refused, not cut.
MAX_ARRAY, MAX_PARTS = 8, 8
HOUR = 3600


class Asked(NamedTuple):
    """What is asked, numbered: requests (r), their views (v) from `first_view[r]` to `first_view[r + 1]`, users, antennas.

    Times are seconds since `start`'s POSIX second. `price[antenna, hour]` says how contended an hour is: expected busy
    hours of the requests that could use it, spread evenly over all that each could use.
    """

    start: int
    parts: int
    duration: Ints
    minimum: Ints
    setup: Ints
    teardown: Ints
    part: Ints
    priority: Floats
    user: Ints
    exclusive: NDArray[np.bool_]
    first_view: Ints
    opens: Ints
    closes: Ints
    antennas: Ints
    price: Floats


class Tracks(NamedTuple):
    """A schedule that is being changed. Slot `r * parts + p` is part p of request r; slots after all of these are outages.

    `view_of` is -1 where nothing is placed. `by_antenna[a, :antenna_count[a]]` are the slots that keep antenna `a` busy in
    order of time, `by_user` likewise those in which a user transmits.
    """

    view_of: Ints
    on: Ints
    off: Ints
    busy_from: Ints
    busy_to: Ints
    by_antenna: Ints
    antenna_count: Ints
    by_user: Ints
    user_count: Ints


class Numbering(NamedTuple):
    """Which request, user and antenna each number stands for."""

    requests: Sequence[Request]
    users: tuple[str, ...]
    antennas: tuple[str, ...]


def as_arrays(question: Question) -> tuple[Asked, Numbering]:
    """The question as arrays. View periods that are too short for anything are left out. NetworkError on arrays too large."""
    numbering = Numbering(
        question.requests,
        tuple(sorted({request.user for request in question.requests})),
        tuple(antenna.id for antenna in question.antennas),
    )
    number = {name: i for i, name in enumerate(numbering.antennas)}
    user = {name: i for i, name in enumerate(numbering.users)}
    first, spans, used = [0], [], []
    for request in question.requests:
        least = least_track_s(request)
        for view in request.views:
            opens, closes = max(view.start, question.start), min(view.end, question.end)
            if closes - opens >= least:
                spans.append((opens - question.start, closes - question.start))
                used.append([number[name] for name in view.resource] + [-1] * (MAX_ARRAY - len(view.resource)))
        first.append(len(spans))
    widest = max((len(view.resource) for request in question.requests for view in request.views), default=1)
    if widest > MAX_ARRAY:
        raise NetworkError(f"{question.name}: an array of {widest} antennas; at most {MAX_ARRAY} can work as one")
    views = np.array(spans, np.int64).reshape(-1, 2)
    asked = Asked(
        start=question.start,
        parts=max((most_parts(request) for request in question.requests), default=1),
        duration=_ints(r.duration_s for r in question.requests),
        minimum=_ints(r.minimum_s for r in question.requests),
        setup=_ints(r.setup_s for r in question.requests),
        teardown=_ints(r.teardown_s for r in question.requests),
        part=_ints(r.part_s or 0 for r in question.requests),
        priority=np.array([r.priority for r in question.requests], np.float64),
        user=_ints(user[r.user] for r in question.requests),
        exclusive=np.array([name not in question.concurrent for name in numbering.users], np.bool_),
        first_view=_ints(first),
        opens=np.ascontiguousarray(views[:, 0]),
        closes=np.ascontiguousarray(views[:, 1]),
        antennas=np.ascontiguousarray(np.array(used, np.int64).reshape(-1, MAX_ARRAY)[:, :widest]),
        price=np.zeros((len(numbering.antennas), -(-(question.end - question.start) // HOUR))),
    )
    _set_prices(asked)
    return asked, numbering


def least_track_s(request: Request) -> int:
    """The shortest track that can be of use to a request [s]."""
    return request.minimum_s if request.part_s is None else min(request.minimum_s, request.part_s)


def most_parts(request: Request) -> int:
    """Into how many tracks a request may be split."""
    return 1 if request.part_s is None else max(1, min(MAX_PARTS, request.duration_s // request.part_s))


def empty_tracks(asked: Asked, outages: Sequence[Outage], numbering: Numbering) -> Tracks:
    """Nothing but outages."""
    number = {name: i for i, name in enumerate(numbering.antennas)}
    merged = _merged(outages, asked.start)
    slots = len(asked.duration) * asked.parts
    size = slots + len(merged)
    span = asked.price.shape[1] * HOUR
    shortest = int(np.minimum(asked.minimum, np.where(asked.part > 0, asked.part, asked.minimum)).min(initial=span))
    most = max((sum(1 for o in merged if o.antenna == name) for name in number), default=0)
    room = min(slots, span // max(1, shortest) + 1) + most + 1
    tracks = Tracks(
        view_of=np.full(size, -1, np.int64),
        on=np.zeros(size, np.int64),
        off=np.zeros(size, np.int64),
        busy_from=np.zeros(size, np.int64),
        busy_to=np.zeros(size, np.int64),
        by_antenna=np.zeros((len(numbering.antennas), room), np.int64),
        antenna_count=np.zeros(len(numbering.antennas), np.int64),
        by_user=np.zeros((len(numbering.users), room), np.int64),
        user_count=np.zeros(len(numbering.users), np.int64),
    )
    for slot, outage in enumerate(merged, slots):
        antenna = number[outage.antenna]
        tracks.busy_from[slot], tracks.busy_to[slot] = outage.start - asked.start, outage.end - asked.start
        tracks.by_antenna[antenna, tracks.antenna_count[antenna]] = slot
        tracks.antenna_count[antenna] += 1
    return tracks


def _merged(outages: Sequence[Outage], start: int) -> list[Outage]:
    """Outages without overlaps, in order of antenna and time."""
    merged: list[Outage] = []
    for outage in sorted(outages, key=lambda o: (o.antenna, o.start, o.end)):
        last = merged[-1] if merged else None
        if last is not None and last.antenna == outage.antenna and outage.start <= last.end:
            merged[-1] = Outage(last.antenna, last.start, max(last.end, outage.end))
        elif outage.end > start:
            merged.append(outage)
    return merged


def placements(schedule: Schedule, asked: Asked, numbering: Numbering) -> list[tuple[int, int, int, int]]:
    """(slot, view, on, off) of each track of a schedule that can be placed in this question; others are left out."""
    number = {request.id: i for i, request in enumerate(numbering.requests)}
    antenna = {name: i for i, name in enumerate(numbering.antennas)}
    found, used = [], dict.fromkeys(range(len(numbering.requests)), 0)
    for track in sorted(schedule.tracks):
        r = number.get(track.request)
        if r is None or used[r] == asked.parts or any(name not in antenna for name in track.resource):
            continue
        wanted = sorted(antenna[name] for name in track.resource)
        on, off = track.start - asked.start, track.end - asked.start
        for v in range(asked.first_view[r], asked.first_view[r + 1]):
            if (
                sorted(a for a in asked.antennas[v] if a >= 0) == wanted
                and asked.opens[v] <= on
                and off <= asked.closes[v]
            ):
                found.append((r * asked.parts + used[r], v, on, off))
                used[r] += 1
                break
    return found


def tracks_of(tracks: Tracks, asked: Asked, numbering: Numbering) -> tuple[Track, ...]:
    """The schedule as tracks, in order of time."""
    found = []
    for slot in range(len(asked.duration) * asked.parts):
        v = int(tracks.view_of[slot])
        if v >= 0:
            names = tuple(sorted(numbering.antennas[a] for a in asked.antennas[v] if a >= 0))
            request = numbering.requests[slot // asked.parts].id
            on, off = int(tracks.on[slot]) + asked.start, int(tracks.off[slot]) + asked.start
            found.append(Track(on, off, request, names))
    return tuple(sorted(found))


def _set_prices(asked: Asked) -> None:
    for r in range(len(asked.duration)):
        views = range(asked.first_view[r], asked.first_view[r + 1])
        used = [[a for a in asked.antennas[v] if a >= 0] for v in views]
        could = sum((asked.closes[v] - asked.opens[v]) * len(a) for v, a in zip(views, used, strict=True)) / HOUR
        for v, antennas in zip(views, used, strict=True):
            busy = (asked.minimum[r] + asked.setup[r] + asked.teardown[r]) / HOUR
            hours = slice(asked.opens[v] // HOUR, asked.closes[v] // HOUR + 1)
            asked.price[antennas, hours] += busy / could


def _ints(values: object) -> Ints:
    return np.fromiter(values, np.int64)  # type: ignore[call-overload, no-any-return]
