"""Other facilities that are booked as antennas are: launch pads, thermal-vacuum chambers, telescopes.

A YAML file of facilities, what closes them, and bookings becomes the question that `allocate` answers. A booking's setup and
cleaning hold the facility as an antenna's do; its windows are the spans in which the work itself may be done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from comity.model.base import FrozenMap, Named, Value
from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.value_file import listed, read_value
from comity.network.allocation.answer import Schedule
from comity.network.allocation.placement import place
from comity.network.allocation.question import Antenna, Outage, Question, Request, Resource, ViewPeriod, wrong
from comity.network.errors import NetworkError

#: What comes with comity.
DATA = Path(__file__).with_name("data") / "bookings"
_UNITS = {"min": 60, "minute": 60, "h": 3600, "hour": 3600, "day": 86_400, "week": 604_800}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?")


def _length(value: Any) -> Any:
    """Seconds of `4 h`, `90 min`, `131 days`, `2 weeks`."""
    found = _LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"'{value}' is no length of time; write '4 h', '90 min', '131 days' or '2 weeks'")
    return round(float(found[1]) * _UNITS[found[2]])


def _moment(value: Any) -> Any:
    """POSIX seconds of a day, `2017-07-10` (its midnight), or of a moment with its zone, `2017-07-10T14:30Z`; UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"'{value}' is no day or moment; write 2017-07-10 or 2017-07-10T14:30Z") from None
    if moment.tzinfo is None and len(value) > 10:
        raise ValueError(f"'{value}' says no time zone; UTC is written {value}Z")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _same_kind(value: Any) -> Any:
    return tuple((one,) if isinstance(one, str) else tuple(one) for one in value) if isinstance(value, list) else value


def _sorted(value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(one)) for one in value)


#: Up to a year, as a question has it.
Length = Annotated[int, BeforeValidator(_length), Field(ge=0, le=366 * 86_400)]
Moment = Annotated[int, BeforeValidator(_moment), Field(ge=0)]
Choices = Annotated[
    tuple[tuple[str, ...], ...], BeforeValidator(_same_kind), AfterValidator(_sorted), Field(min_length=1)
]


class Sourced(Value):
    """Where a statement comes from: a document, or an estimate by its method."""

    source: str = ""
    estimate: str = ""


class Facility(Named, Sourced):
    """A pad, a chamber, a telescope: one user at a time."""

    site: str = ""
    owner: str = ""


class Span(Value):
    """From a day or moment to another, which is not in it."""

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")


class Closure(Sourced):
    """When a facility serves nobody."""

    facility: str
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    reason: str = "closed"


class Booking(Sourced):
    """What a mission asks for: `of` any of these facilities, or of several together, given as a list in the list.

    `duration` is wanted, `minimum` (as long, if not given) the least that is of use; `setup` and `cleaning` hold the facility
    before and after. With `part` it may be split. Without `windows` it may be done at any time.
    """

    mission: str
    agency: str = ""
    of: Choices
    duration: Length
    minimum: Length | None = None
    setup: Length = 0
    cleaning: Length = 0
    part: Length | None = None
    windows: tuple[Span, ...] = ()
    priority: float = Field(default=1.0, gt=0, le=1e6)


class Bookings(Value):
    """A file of bookings; `at_once` names missions that may use several facilities at a time."""

    name: str
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    facilities: FrozenMap[str, Facility]
    closures: tuple[Closure, ...] = ()
    bookings: FrozenMap[str, Booking]
    at_once: tuple[str, ...] = ()
    entitlement: FrozenMap[str, float] = Field(default_factory=dict, validate_default=True)


def read_bookings(file: Path | str) -> Question:
    """The question that a YAML file of facilities and bookings asks.

    NetworkError lists all that is wrong with it, each with its place.
    """
    read, positions = read_value(bookings_path(file), Bookings, error=NetworkError)
    problems = list(_problems(read, positions))
    if problems:
        raise NetworkError(listed(problems))
    question = as_question(read)
    faults = wrong(question)
    if faults:
        raise NetworkError("\n".join(f"{file}: {fault}" for fault in faults))
    return question


def shipped() -> dict[str, Path]:
    """The files of bookings that come with comity, by name."""
    return {file.stem: file for file in sorted(DATA.glob("*.yaml"))}


def bookings_path(name: Path | str) -> Path:
    """The file that is meant: one that exists, or one that comes with comity. NetworkError says what is near."""
    known = shipped()
    if Path(name).is_file() or str(name) not in known:
        if not Path(name).is_file():
            hint = nearest(str(name), known) or f"shipped are {', '.join(known)}"
            raise NetworkError(f"{name}: there is no such file, nor a shipped one of this name; {hint}")
        return Path(name)
    return known[str(name)]


def book(question: Question, *, time_s: float = 30.0, seed: int = 0) -> Schedule:
    """The schedule with the most time for all, weighed by priority; for no more than some hundreds of bookings.

    Exact (CP-SAT), unless `time_s` or its counted work ends it before. Questions as large as a network's are for `allocate`.
    """
    placed = place(question, [request.id for request in question.requests], fixed=(), time_s=time_s, seed=seed)
    return Schedule(question.name, placed.tracks, seed=seed, by_clock=placed.by_clock)


def as_question(read: Bookings) -> Question:
    """Bookings as requests, facilities as antennas, closures as outages."""
    whole = (read.start, read.end)
    return Question(
        name=read.name,
        start=read.start,
        end=read.end,
        antennas=tuple(Antenna(k, f.name, f.site, f.owner) for k, f in read.facilities.items()),
        requests=tuple(_request(key, booking, whole) for key, booking in read.bookings.items()),
        outages=tuple(Outage(c.facility, c.start, c.end, c.reason) for c in read.closures),
        concurrent=frozenset(read.at_once),
        entitlement=dict(read.entitlement),
    )


def _request(key: str, booking: Booking, whole: tuple[int, int]) -> Request:
    spans = [(w.start, w.end) for w in booking.windows] or [whole]
    return Request(
        id=key,
        user=booking.mission,
        duration_s=booking.duration,
        minimum_s=booking.duration if booking.minimum is None else booking.minimum,
        setup_s=booking.setup,
        teardown_s=booking.cleaning,
        views=tuple(ViewPeriod(resource, *span) for resource in booking.of for span in spans),
        part_s=booking.part,
        agency=booking.agency,
        priority=booking.priority,
    )


def _problems(read: Bookings, positions: Positions) -> Iterator[Problem]:
    """Names that nothing has, and spans that end before they begin, each with its place."""
    for key, booking in read.bookings.items():
        for resource in booking.of:
            yield from _unknown(resource, read.facilities, positions, ("bookings", key, "of"))
        for number, window in enumerate(booking.windows):
            if window.end <= window.start:
                yield problem(positions.of(("bookings", key, "windows", number)), (), "ends before it starts")
    for number, closure in enumerate(read.closures):
        yield from _unknown((closure.facility,), read.facilities, positions, ("closures", number, "facility"))
        if closure.end <= closure.start:
            yield problem(positions.of(("closures", number)), (), "ends before it starts")


def _unknown(
    names: Resource, known: Mapping[str, Facility], positions: Positions, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f"known: {', '.join(known)}"
            yield problem(positions.of(path), (), f"there is no facility '{name}'", hint)
