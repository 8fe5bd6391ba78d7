"""Instants between people and machines: POSIX seconds of UTC inside, ISO text and Julian dates of other scales at the edge.

POSIX seconds count no leap seconds: each day has 86 400 of them, so that 23:59:60 shares its number with the next
midnight. Leap seconds and UT1 are those of Skyfield's built-in tables, so that answers agree with Skyfield's to the digit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from comity.orbits.errors import OrbitError

#: Julian date of 1970-01-01T00:00:00.
POSIX_EPOCH_JD = 2440587.5
DAY_S = 86400.0
#: TT - TAI [s], IAU 1991 recommendation IV.
TT_MINUS_TAI_S = 32.184
#: GPS - TAI [s], IS-GPS-200 §3.3.4.
GPS_MINUS_TAI_S = -19.0

Floats = NDArray[np.float64]


@cache
def timescale() -> Any:
    """Skyfield's time scales with their built-in tables of leap seconds and Delta T; read once."""
    from skyfield.api import load

    return load.timescale(builtin=True)


def from_iso(text: str) -> float:
    """The instant that an ISO 8601 text means, POSIX seconds UTC; without an offset it is UTC.

    Takes calendar and ordinal dates (`2026-03-01T12:00:00.5Z`, `2026-060T12:00:00`), as CCSDS 301.0-B-4 §3.5 has them.
    OrbitError when it is none.

    >>> from_iso("1970-01-02")
    86400.0
    """
    shown = text.strip()
    try:
        date, _, clock = shown.removesuffix("Z").replace(" ", "T").partition("T")
        if len(date) == 8 and date[4] == "-" and "-" not in date[5:]:
            date = datetime.strptime(date, "%Y-%j").date().isoformat()
        clock, fraction = _split_fraction(clock)
        leap = clock[6:8] == "60"
        moment = datetime.fromisoformat(f"{date}T{clock[:6]}59" if leap else f"{date}T{clock}" if clock else date)
    except ValueError:
        raise OrbitError(f"{text!r} is no date and time; write it as 2026-03-01T12:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() + leap + fraction


def _split_fraction(clock: str) -> tuple[str, float]:
    """Whole seconds, and the fraction to every digit that is written."""
    head, dot, rest = clock.partition(".")
    if not dot:
        return clock, 0.0
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return head + rest[digits:], float(f"0.{rest[:digits] or '0'}")


def to_iso(time_s: float, *, digits: int = 3) -> str:
    """An instant as `2026-03-01T12:00:00.000Z`, rounded to `digits` decimals (0 to 6).

    >>> to_iso(86400.25, digits=1)
    '1970-01-02T00:00:00.2Z'
    """
    scale = 10**digits
    whole, part = divmod(round(time_s * scale), scale)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{part:0{digits}d}Z" if digits else f"{text}Z"


def from_datetime(moment: datetime) -> float:
    """A datetime as POSIX seconds; a naive one is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def to_datetime(time_s: float) -> datetime:
    """An instant as a datetime in UTC."""
    return datetime.fromtimestamp(time_s, UTC)


def utc_julian(times_s: ArrayLike) -> tuple[Floats, Floats]:
    """Julian date UTC in two parts (whole or half days, fraction of a day), as SGP4 takes it."""
    times = np.asarray(times_s, dtype=np.float64)
    days = np.floor(times / DAY_S)
    return POSIX_EPOCH_JD + days, (times - days * DAY_S) / DAY_S


def from_utc_julian(whole: float, fraction: float = 0.0) -> float:
    """POSIX seconds of a Julian date UTC in two parts."""
    return float((whole - POSIX_EPOCH_JD) * DAY_S + fraction * DAY_S)


def tai_minus_utc(times_s: ArrayLike) -> Floats:
    """TAI - UTC [s] at POSIX instants: the leap seconds."""
    scale = timescale()
    # The table counts UTC seconds from Julian date 0; its rows come in pairs around each leap.
    seconds = np.asarray(times_s, dtype=np.float64) + POSIX_EPOCH_JD * DAY_S
    return np.asarray(np.interp(np.floor(seconds), scale._leap_utc, scale._leap_offsets), dtype=np.float64)


def tt_julian(times_s: ArrayLike) -> tuple[Floats, Floats]:
    """Julian date TT in two parts."""
    whole, fraction = utc_julian(times_s)
    return whole, fraction + (tai_minus_utc(times_s) + TT_MINUS_TAI_S) / DAY_S


def tdb_julian(times_s: ArrayLike) -> tuple[Floats, Floats]:
    """Julian date TDB in two parts, to 10 µs (USNO Circular 179, equation 2.6)."""
    from skyfield.timelib import tdb_minus_tt

    whole, fraction = tt_julian(times_s)
    return whole, fraction + np.asarray(tdb_minus_tt(whole, fraction)) / DAY_S


def ut1_julian(times_s: ArrayLike) -> tuple[Floats, Floats]:
    """Julian date UT1 in two parts, by Skyfield's Delta T."""
    whole, fraction = tt_julian(times_s)
    return whole, fraction - np.asarray(timescale().delta_t_function(whole + fraction)) / DAY_S


def skyfield_times(times_s: ArrayLike) -> Any:
    """The same instants as one Skyfield `Time`."""
    whole, fraction = tt_julian(times_s)
    return timescale().tt_jd(whole, fraction)


def from_scale(posix_like_s: float, scale: str) -> float:
    """POSIX seconds UTC of a reading of another clock, as `from_scales` has them for many."""
    return posix_like_s if scale == "UTC" else float(from_scales(posix_like_s, scale))


def from_scales(posix_like_s: ArrayLike, scale: str) -> Floats:
    """POSIX seconds UTC of readings of another clock (`UTC`, `TAI`, `TT`, `TDB`, `GPS`, `UT1`), given as if they were UTC.

    OrbitError for a scale that is not known here.
    """
    read = np.asarray(posix_like_s, dtype=np.float64)
    if scale == "UTC":
        return read
    ahead_of_tai = {"TAI": 0.0, "TT": TT_MINUS_TAI_S, "TDB": TT_MINUS_TAI_S, "GPS": GPS_MINUS_TAI_S}
    if scale == "UT1":
        whole, fraction = utc_julian(read)
        return from_scales(read + np.asarray(timescale().delta_t_function(whole + fraction)), "TT")
    if scale not in ahead_of_tai:
        raise OrbitError(f"time system {scale!r} is not known here; known are UTC, UT1, {', '.join(ahead_of_tai)}")
    tai = read - ahead_of_tai[scale]
    if scale == "TDB":
        from skyfield.timelib import tdb_minus_tt

        tai = tai - np.asarray(tdb_minus_tt(POSIX_EPOCH_JD + read / DAY_S, 0.0))
    utc = tai - tai_minus_utc(tai)
    return np.asarray(tai - tai_minus_utc(utc), dtype=np.float64)


def to_scales(times_s: ArrayLike, scale: str) -> Floats:
    """Readings of a clock at POSIX instants, as if they were UTC: the inverse of `from_scales`, to 1 µs."""
    times = np.asarray(times_s, dtype=np.float64)
    read = times
    for _ in range(3):
        # Between two clocks of one instant lies a minute and what changes slowly: this settles at once.
        read = read + (times - from_scales(read, scale))
    return read
