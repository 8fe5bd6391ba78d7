"""Times as HAPI takes and gives them (HAPI 3.2 §3.7.6): a subset of ISO 8601, of any precision, always UTC."""

from __future__ import annotations

import re
from datetime import date, timedelta

#: Years, months, days, or days of the year; then hours, minutes, seconds and any fraction; Z may be left out.
_RESTRICTED = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?:(?P<doy>\d{3})|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?"
    r"(?:(?<=\d{4}-\d{2}-\d{2})T|(?<=\d{4}-\d{3})T)?"
    r"(?P<clock>(?<=T)\d{2}(?::\d{2}(?::\d{2}(?:\.(?P<fraction>\d*))?)?)?)?Z?",
    re.ASCII,
)
_EPOCH = date(1970, 1, 1).toordinal()
#: What int64 holds of nanoseconds since 1970: earlier and later times mean its ends.
EARLIEST_NS, LATEST_NS = -(2**63), 2**63 - 1
_MS = 1_000_000


def parsed(text: str) -> int:
    """A time in nanoseconds since 1970 UTC; digits beyond the ninth are rounded up, so that no record before is met.

    ValueError when it is no time of HAPI.

    >>> parsed("1970-01-01T00:00:01.5Z"), parsed("1970-002Z"), parsed("1970-01-02T00")
    (1500000000, 86400000000000, 86400000000000)
    """
    found = _RESTRICTED.fullmatch(text)
    if found is None or text.rstrip("Z").endswith("T"):
        raise ValueError("no restricted ISO 8601 time")
    year = int(found["year"])
    if year == 0:
        raise ValueError("there is no year 0")
    if found["doy"] is not None:
        day = date(year, 1, 1) + timedelta(days=int(found["doy"]) - 1)
        if day.year != year:
            raise ValueError("no such day of the year")
    else:
        day = date(year, int(found["month"] or 1), int(found["day"] or 1))
    hour, minute, second = (*(int(p) for p in re.findall(r"\d{2}(?=[:.]|$)", (found["clock"] or ""))), 0, 0, 0)[:3]
    fraction = found["fraction"] or ""
    nanos = int(fraction[:9].ljust(9, "0")) + bool(fraction[9:].strip("0"))
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second or nanos)):
        raise ValueError("no such time of day")
    if second == 60 and (hour, minute) != (23, 59):
        raise ValueError("a leap second ends a day")
    days = day.toordinal() - _EPOCH
    total = ((days * 24 + hour) * 60 + minute) * 60 + second
    return min(max(total * 10**9 + nanos, EARLIEST_NS), LATEST_NS)


def begin(time_ns: int) -> str:
    """A time not after this one, in whole milliseconds: what every client can read."""
    return _milliseconds(time_ns // _MS)


def end(time_ns: int) -> str:
    """The first whole millisecond after a time: what is before it holds the time itself."""
    return _milliseconds(time_ns // _MS + 1)


def milliseconds_begin(time_ns: int) -> int:
    """`begin`, in nanoseconds since 1970."""
    return time_ns // _MS * _MS


def milliseconds_end(time_ns: int) -> int:
    """`end`, in nanoseconds since 1970."""
    return (time_ns // _MS + 1) * _MS


def _milliseconds(count: int) -> str:
    days, rest = divmod(count, 86_400_000)
    seconds, milliseconds = divmod(rest, 1000)
    day = date.fromordinal(days + _EPOCH)
    return f"{day.isoformat()}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}Z"
