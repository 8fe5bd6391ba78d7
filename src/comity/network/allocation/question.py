"""What is asked of a shared network: requests for time on antennas, the periods in which it can be given, and what is out.

All times are whole seconds of POSIX time (UTC), in files as ISO 8601; all spans are half-open, `[start, end)`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from comity.model.problems import nearest


def _seconds(value: Any) -> Any:
    """Whole POSIX seconds of an ISO 8601 text that says its time zone; anything else goes on to the next check."""
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(f"'{value}' says no time zone; UTC is written {value}Z")
        value = moment.timestamp()
    if isinstance(value, float):
        if value != int(value):
            raise ValueError("times of a schedule are whole seconds")
        return int(value)
    return value


def iso(time_s: int) -> str:
    """`2018-03-05T00:00:00Z` of POSIX seconds."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


#: A whole second of POSIX time (UTC) from 1970 to 2200; ISO 8601 in files.
Instant = Annotated[
    int,
    BeforeValidator(_seconds),
    Field(ge=0, lt=7_258_118_400),
    PlainSerializer(iso, return_type=str, when_used="json"),
]
#: A length of time in whole seconds, up to a year.
Length = Annotated[int, Field(ge=0, le=366 * 86_400)]

#: A field that has no meaning is refused, so that a misspelt one is not lost.
STRICT = ConfigDict(extra="forbid")

#: Shares that sum to 1 may be off by so much, by rounding.
SHARE_ROUNDING = 1e-6

#: Antennas that work as one, in order of their names: a single antenna, or an array.
Resource = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Antenna:
    """One thing that can be given to one user at a time: an antenna, a launch pad, a chamber, a telescope."""

    __pydantic_config__ = STRICT

    id: str
    name: str = ""
    station: str = ""
    owner: str = ""
    diameter_m: float | None = None


@dataclass(frozen=True, slots=True)
class ViewPeriod:
    """A span in which a resource can serve a request: `start` and `end` are the limits of transmission.

    For what has no horizon (a pad, a chamber) it is simply a span in which the work may be done.
    """

    __pydantic_config__ = STRICT

    resource: Resource
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Request:
    """Time that a user asks for.

    `duration_s` is wanted, `minimum_s` is the least that is of use: with less the request counts nothing, and what exceeds
    `duration_s` counts nothing either. With `part_s` it may be split into tracks of at least that length, each; without,
    it gets one track. Before and after each track every antenna of its resource is busy for `setup_s` and `teardown_s`.
    `priority` weighs: 1 is usual, 2 counts twice.
    """

    __pydantic_config__ = STRICT

    id: str
    user: str
    duration_s: Length
    minimum_s: Length
    setup_s: Length
    teardown_s: Length
    views: tuple[ViewPeriod, ...]
    part_s: Length | None = None
    agency: str = ""
    priority: Annotated[float, Field(gt=0, le=1e6)] = 1.0


@dataclass(frozen=True, slots=True)
class Outage:
    """A span in which an antenna serves nobody: maintenance, or a failure."""

    __pydantic_config__ = STRICT

    antenna: str
    start: Instant
    end: Instant
    reason: str = "maintenance"


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for what, of what, in `[start, end)`.

    Transmissions of one user never overlap, on whatever antennas, unless `concurrent` names the user. `entitlement` says
    to which part of the hours each agency has a claim (by what it owns and is owed); empty when agencies are not compared.
    """

    __pydantic_config__ = STRICT

    name: str
    start: Instant
    end: Instant
    antennas: tuple[Antenna, ...]
    requests: tuple[Request, ...]
    outages: tuple[Outage, ...] = ()
    concurrent: frozenset[str] = frozenset()
    entitlement: dict[str, float] = field(default_factory=dict)


def wrong(question: Question) -> list[str]:
    """All that does not fit together in a question, in words; empty when it is sound."""
    return [*_wrong_names(question), *_wrong_spans(question)]


def _wrong_names(question: Question) -> Iterator[str]:
    antennas = {antenna.id for antenna in question.antennas}
    for what, names in (("antenna", [a.id for a in question.antennas]), ("request", [r.id for r in question.requests])):
        for name, times in Counter(names).items():
            if times > 1:
                yield f"{what} '{name}' is there {times} times"
    for request in question.requests:
        for resource in sorted({view.resource for view in request.views}):
            for name in resource:
                if name not in antennas:
                    yield _no_antenna(f"request '{request.id}'", name, antennas)
            if list(resource) != sorted(set(resource)) or not resource:
                yield f"request '{request.id}': an array names each antenna once, in order: {sorted(set(resource))}"
    for outage in question.outages:
        if outage.antenna not in antennas:
            yield _no_antenna("an outage", outage.antenna, antennas)
    users = {request.user for request in question.requests}
    for name in sorted(question.concurrent - users):
        yield f"concurrent names user '{name}', who asks for nothing; {nearest(name, users) or ''}".rstrip("; ")


def _no_antenna(where: str, name: str, antennas: set[str]) -> str:
    return (
        f"{where} names antenna '{name}', which there is not; {nearest(name, antennas) or f'known: {sorted(antennas)}'}"
    )


def _wrong_spans(question: Question) -> Iterator[str]:
    if question.end <= question.start:
        yield f"the question ends at {iso(question.end)}, not after it starts at {iso(question.start)}"
    for request in question.requests:
        if not 0 < request.minimum_s <= request.duration_s:
            yield f"request '{request.id}': minimum_s lies between 1 and duration_s ({request.duration_s})"
        if request.part_s is not None and not 0 < request.part_s <= request.duration_s:
            yield f"request '{request.id}': part_s lies between 1 and duration_s ({request.duration_s})"
        for view in request.views:
            if view.end <= view.start:
                yield f"request '{request.id}': a view period ends at {iso(view.end)}, not after it starts"
    for outage in question.outages:
        if outage.end <= outage.start:
            yield f"an outage of '{outage.antenna}' ends at {iso(outage.end)}, not after it starts"
    for agency, share in question.entitlement.items():
        if not 0 <= share <= 1:
            yield f"entitlement of '{agency}' is {share}; it is a share of the hours, from 0 to 1"
    whole = sum(question.entitlement.values())
    if whole > 1 + SHARE_ROUNDING and all(0 <= share <= 1 for share in question.entitlement.values()):
        yield f"entitlement: the shares of all agencies sum to {whole:g}, more than 1"
