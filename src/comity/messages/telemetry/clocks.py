"""When a packet was made: from its time fields, by the epoch that its definition, or its user, states. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comity.messages.errors import MessageError

if TYPE_CHECKING:
    from comity.messages.telemetry.columns import Column
    from comity.messages.telemetry.definition import Parameter

SECOND_NS = 10**9
#: Time scales that an epoch may be counted on, and how far each is ahead of TAI [ns] (UTC aside).
SCALES = ("UTC", "TAI", "GPS", "TT")
_AHEAD_OF_TAI_NS = {"TAI": 0, "GPS": -19 * SECOND_NS, "TT": 32_184_000_000}
#: Epochs that XTCE names (its schema's EpochTimeEnumsType): where they lie, and on which scale they are counted.
_NAMED = {
    "TAI": ("1958-01-01T00:00:00", "TAI"),
    "J2000": ("2000-01-01T12:00:00", "TT"),
    "UNIX": ("1970-01-01T00:00:00", "UTC"),
    "POSIX": ("1970-01-01T00:00:00", "UTC"),
    "GPS": ("1980-01-06T00:00:00", "GPS"),
}
_UNITS = {
    "ps": Fraction(1, 1000), "ns": Fraction(1), "us": Fraction(1000), "µs": Fraction(1000),
    "ms": Fraction(10**6), "s": Fraction(10**9), "min": Fraction(60 * 10**9), "h": Fraction(3600 * 10**9),
    "d": Fraction(86400 * 10**9),
}  # fmt: skip
_SPELLED = {
    "nanosecond": "ns", "microsecond": "us", "usec": "us", "millisecond": "ms", "msec": "ms", "second": "s", "sec": "s",
    "minute": "min", "hour": "h", "hr": "h", "day": "d", "picosecond": "ps",
}  # fmt: skip
_ONE_UNIT = re.compile(r"\s*([A-Za-zµ]+)\s*(?:/\s*(\d{1,19}))?\s*\Z")


@dataclass(frozen=True, slots=True)
class Statement:
    """How packets tell their time, as a user states it where the definition does not."""

    #: Parameters that are added up, each with its unit, such as `ms` or `s/65536`; None for the definition's own.
    fields: tuple[tuple[str, str | None], ...]
    #: When they are all nothing: a date, a date and time, or an epoch that XTCE names.
    epoch: str
    #: `UTC`, `TAI`, `GPS` or `TT`; None for what CCSDS 301.0-B says of such a field.
    scale: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return tuple(name for name, _ in self.fields)


@dataclass(frozen=True, slots=True)
class Tick:
    """A parameter that is part of a time: what one unit of it is worth, and what is added [ns]."""

    parameter: str
    worth_ns: Fraction
    offset_ns: Fraction
    #: Whether its calibrated value counts, and not its raw one.
    calibrated: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """How packets of a type tell their time."""

    ticks: tuple[Tick, ...]
    #: As it was stated.
    epoch: str
    #: On which scale they are counted.
    scale: str
    #: The reading of the epoch on this scale, as if it were UTC [ns since 1970].
    origin_ns: int

    def __str__(self) -> str:
        return f"{' + '.join(t.parameter for t in self.ticks)} since {self.epoch}, counted in {self.scale}"


def statement(fields: str, epoch: str, scale: str | None = None) -> Statement:
    """A statement from text: `DOY,MSEC,USEC` or `SHCOARSE=s,SHFINE=s/65536`. MessageError when it is none."""
    parts: list[tuple[str, str | None]] = []
    for text in fields.split(","):
        name, equals, unit = text.partition("=")
        if not name.strip() or (equals and _worth(unit) is None):
            raise MessageError(f"{text.strip()!r} names no time field; write NAME, or NAME=UNIT with {_known_units()}")
        parts.append((name.strip(), unit.strip() if equals else None))
    if scale is not None and scale not in SCALES:
        raise MessageError(f"time scale {scale!r} is not known; known are {', '.join(SCALES)}")
    _instant(epoch)
    return Statement(tuple(parts), epoch, scale)


def stated_clock(said: Statement, names: Sequence[str], parameters: Mapping[str, Parameter]) -> Clock | None:
    """The clock of packets that have these parameters; None when one that was stated is not among them."""
    ticks = []
    for name, unit in said.fields:
        if name not in names:
            return None
        one = parameters[name]
        if one.kind in ("string", "binary", "enumerated", "boolean"):
            raise MessageError(f"{name} is {one.kind}: no time can be told by it")
        worth = _worth(unit if unit is not None else one.unit or "")
        if worth is None:
            has = f"has the unit {one.unit!r}" if one.unit else "has no unit"
            raise MessageError(f"{name} {has} in the definition; state it as {name}=UNIT with {_known_units()}")
        ticks.append(Tick(name, worth, Fraction(0), calibrated=bool(one.calibration)))
    return _clock(ticks, said.epoch, said.scale)


def clock_of(entries: Sequence[Any]) -> Clock | None:
    """The clock that a definition states: its first absolute time with an epoch, and the times that are offsets from it.

    `entries` are the library's parameters. None when no epoch is stated, a unit is no fixed time (months, years), or the scale
    of a date before 1972 remains open.
    """
    times = [entry for entry in entries if hasattr(entry.parameter_type, "epoch")]
    first = next((e for e in times if e.parameter_type.epoch and not e.parameter_type.offset_from), None)
    if first is None:
        return None
    chain = {first.name: first}
    for _ in times:
        # Each offset hangs on one that is in the chain already: as many rounds as there may be links.
        chain.update((e.name, e) for e in times if e.parameter_type.offset_from in chain)
    ticks = []
    for entry in chain.values():
        worth = _worth(entry.parameter_type.unit or "seconds")
        if worth is None:
            return None
        ticks.append(_tick(entry, worth))
    try:
        return _clock(ticks, first.parameter_type.epoch.strip(), None)
    except MessageError:
        return None


def _tick(entry: Any, worth: Fraction) -> Tick:
    encoding = entry.parameter_type.encoding
    curve, contexts = encoding.default_calibrator, encoding.context_calibrators
    if curve is None and not contexts:
        return Tick(entry.name, worth, Fraction(0), calibrated=False)
    terms = getattr(curve, "coefficients", None)
    if terms is None or contexts or any(t.exponent > 1 for t in terms):
        return Tick(entry.name, worth, Fraction(0), calibrated=True)
    by_power = [sum((Fraction(repr(t.coefficient)) for t in terms if t.exponent == n), Fraction(0)) for n in (0, 1)]
    return Tick(entry.name, worth * by_power[1], worth * by_power[0], calibrated=False)


def _clock(ticks: Sequence[Tick], epoch: str, scale: str | None) -> Clock:
    origin_ns, named_scale = _instant(epoch)
    if scale is not None:
        return Clock(tuple(ticks), epoch, scale, origin_ns)
    if named_scale is not None:
        return Clock(tuple(ticks), epoch, named_scale, origin_ns)
    if any(tick.worth_ns == _UNITS["d"] for tick in ticks):
        # Segmented by days: "Since this code is UTC-based, the leap second correction must be made" (301.0-B-4 §3.3.1).
        return Clock(tuple(ticks), epoch, "UTC", origin_ns)
    # Seconds without a break: "not UTC-based and leap-second corrections do not apply" (301.0-B-4 §3.2.1).
    if origin_ns == _instant("1958-01-01")[0]:
        return Clock(tuple(ticks), epoch, "TAI", origin_ns)
    if origin_ns < _instant("1972-01-01")[0]:
        raise MessageError(f"epoch {epoch}: seconds since a date before 1972 need their time scale stated")
    leaps = int(_tai_minus_utc_s(np.array([origin_ns]))[0])
    return Clock(tuple(ticks), epoch, "TAI", origin_ns + leaps * SECOND_NS)


def _instant(epoch: str) -> tuple[int, str | None]:
    """The reading of an epoch [ns since 1970], and its scale where its name says so."""
    text, scale = _NAMED.get(epoch.strip().upper(), (epoch.strip(), None))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        known = f"2000-01-01T12:00:00, or one of {', '.join(_NAMED)}"
        raise MessageError(f"epoch {epoch[:40]!r} is no date and time; write it as {known}") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * SECOND_NS + since.microseconds * 1000, scale


def _worth(unit: str) -> Fraction | None:
    match = _ONE_UNIT.match(unit)
    if match is None or match[2] == "0" * len(match[2] or ""):
        return None
    name = match[1] if match[1] in _UNITS else match[1].lower()
    name = _SPELLED.get(name.removesuffix("s"), name)
    return _UNITS[name] / int(match[2] or 1) if name in _UNITS else None


def _known_units() -> str:
    return "d, h, min, s, ms, us, ns, or a part as s/65536"


# --- of packets ----------------------------------------------------------------------------------------------------


def times(clock: Clock, columns: Mapping[str, Column]) -> NDArray[np.datetime64]:
    """The instants of packets, UTC, shape (n,), as datetime64[ns]; NaT beyond the years 1678 to 2262.

    In a leap second the clock runs over the first second of the next day, as POSIX time does. Before 1972 TAI - UTC is taken as
    the 10 s of that year's beginning.
    """
    total = _split(clock.origin_ns)
    for tick in clock.ticks:
        column = columns[tick.parameter]
        counted = _counted(column.value if tick.calibrated else column.raw, tick)
        total = (total[0] + counted[0], total[1] + counted[1])
    whole_s, part_ns = total
    carried = np.floor_divide(part_ns, SECOND_NS)
    whole_s, part_ns = whole_s + carried, part_ns - carried * SECOND_NS
    sane = np.abs(whole_s) < 9.2e9
    read = np.where(sane, whole_s, 0).astype(np.int64) * SECOND_NS + np.where(sane, part_ns, 0).astype(np.int64)
    if clock.scale != "UTC":
        tai = read - _AHEAD_OF_TAI_NS[clock.scale]
        read = tai - _leaps_of_tai(tai) * SECOND_NS
    return np.where(sane, read.view("datetime64[ns]"), np.datetime64("NaT", "ns"))


def _split(total_ns: int) -> tuple[Any, Any]:
    whole, part = divmod(total_ns, SECOND_NS)
    return np.int64(whole), np.int64(part)


def _counted(values: NDArray[Any], tick: Tick) -> tuple[NDArray[Any], NDArray[Any]]:
    """What a part of a time comes to: whole seconds and nanoseconds, shape (n,) each; exact where it is a whole number."""
    offset_s, offset_ns = _split(round(tick.offset_ns))
    per_second = tick.worth_ns / SECOND_NS
    up, down = per_second.numerator, per_second.denominator
    if values.dtype.kind in "ui" and up < 2**31 and down < 2**31:
        counts = values.astype(np.int64) if values.dtype != np.uint64 else values
        most = max(abs(int(counts.max(initial=0))), abs(int(counts.min(initial=0))))
        if most < 2**63 and most // down * up < 2**62:
            counts = counts.astype(np.int64)
            quotient, rest = np.floor_divide(counts, down), np.mod(counts, down)
            # rest * up / down is below up: its whole seconds apart, so that no product overflows.
            more, rest = np.divmod(rest * up, down)
            part = np.rint(rest.astype(np.longdouble) * SECOND_NS / down).astype(np.int64)
            return quotient * up + more + offset_s, part + offset_ns
    exact = values.astype(np.longdouble) * (np.longdouble(up) / np.longdouble(down))
    exact = np.where(np.isfinite(exact), exact, np.longdouble(1e18))
    exact = np.clip(exact, -1e18, 1e18)
    whole = np.floor(exact)
    part = np.rint((exact - whole) * SECOND_NS)
    return whole.astype(np.int64) + offset_s, part.astype(np.int64) + offset_ns


@cache
def _leap_seconds() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Instants UTC from which TAI - UTC holds [ns since 1970], and it [s]; those that Skyfield comes with."""
    from skyfield.api import load

    scale = load.timescale(builtin=True)
    days = np.rint(np.asarray(scale.leap_dates) - 2440587.5).astype(np.int64)
    starts = np.concatenate([[_instant("1972-01-01")[0]], days * 86400 * SECOND_NS])
    return starts, np.concatenate([[10], np.asarray(scale.leap_offsets).astype(np.int64)])


def _tai_minus_utc_s(utc_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    starts, offsets = _leap_seconds()
    return offsets[np.maximum(np.searchsorted(starts, utc_ns, side="right") - 1, 0)]


def _leaps_of_tai(tai_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    starts, offsets = _leap_seconds()
    return offsets[np.maximum(np.searchsorted(starts + offsets * SECOND_NS, tai_ns, side="right") - 1, 0)]
