"""Values of messages: numbers, epochs and the names that the books list."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Time systems (CCSDS 502.0-B-3 §3.2.3.2).
CLOCKS = ("GMST", "GPS", "MET", "MRT", "SCLK", "TAI", "TCB", "TDB", "TCG", "TT", "UT1", "UTC")
#: Reference frames (CCSDS 502.0-B-3 §3.2.3.3), with the other years of ITRF and J2000, which 504.0-B-2 annex G uses.
FRAMES = ("EME2000", "GCRF", "GRC", "ICRF", "ITRF2000", "ITRF-93", "ITRF-97", "MCI", "TDR", "TEME", "TOD", "J2000")
_OTHER_FRAMES = re.compile(r"ITRF(-?\d\d|\d{4})?|ICRF[123]|GCRF[123]?")
#: Frames that move with an object (CCSDS 502.0-B-3 §3.2.4.11).
LOCAL_FRAMES = ("RSW", "RTN", "TNW")
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_EPOCH = re.compile(r"(\d{4})-(\d\d-\d\d|\d{3})T(\d\d):(\d\d):(\d\d)(\.\d*)?Z?", re.ASCII)
_DIGITS = frozenset("0123456789+-.eE")
_CALENDAR = frozenset("0123456789-T:.")


def is_real(text: str) -> bool:
    """Whether a text is a finite number as the books write it (CCSDS 502.0-B-3 §7.5.4 to 7.5.7)."""
    return _REAL.fullmatch(text) is not None and math.isfinite(float(text))


def is_integer(text: str) -> bool:
    """Whether a text is a whole number as the books write it."""
    return _INTEGER.fullmatch(text) is not None


def all_real(texts: Sequence[str]) -> bool:
    """Whether each text is a finite number; quick for many."""
    if not set().union(*texts) <= _DIGITS:
        return False
    try:
        return bool(np.isfinite(np.array(texts, dtype=np.float64)).all())
    except ValueError:
        return False


def is_frame(name: str) -> bool:
    """Whether a reference frame is one that the books list."""
    shown = name.strip().upper()
    return shown in FRAMES or _OTHER_FRAMES.fullmatch(shown) is not None


def clock_reading(text: str) -> float | None:
    """An epoch as seconds from 1970-01-01 on its own clock, each day of 86,400; None when it is no epoch.

    Takes `2026-03-01T12:00:00.5`, `2026-060T12:00:00Z` (CCSDS 502.0-B-3 §7.5.10); second 60 of a leap second is the next 0.

    >>> clock_reading("1970-002T00:00:00.25Z")
    86400.25
    """
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    year, day, hour, minute, second, fraction = found.groups()
    if year == "9999":  # its leap second would lie beyond what a calendar holds
        return None
    try:
        pattern = "%Y-%j" if len(day) == 3 else "%Y-%m-%d"
        date = datetime.strptime(f"{year}-{day}", pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
    if int(hour) > 23 or int(minute) > 59 or int(second) > 60:
        return None
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    return date.timestamp() + seconds + float(f"0{fraction}" if fraction and len(fraction) > 1 else 0)


def clock_readings(texts: Sequence[str]) -> Floats | None:
    """Many epochs as `clock_reading` takes them, `(n,)`; None when one is none."""
    plain = [t[:-1] if t.endswith("Z") else t for t in texts]
    if plain and set().union(*plain) <= _CALENDAR and all(map(_is_calendar, plain)):
        quick = _calendar_readings(plain)
        if quick is not None:
            return quick
    found = [clock_reading(t) for t in texts]
    return None if any(f is None for f in found) else np.array(found, dtype=np.float64)


def _is_calendar(text: str) -> bool:
    """Whether the first 19 characters are `2026-03-01T12:00:00` by their shape."""
    marks = text[4:5] + text[7:8] + text[10:11] + text[13:14] + text[16:17]
    digits = text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19]
    return marks == "--T::" and len(digits) == 14 and digits.isdigit() and "0000" < text[:4] < "9999"


def _calendar_readings(texts: list[str]) -> Floats | None:
    """Those of calendar dates: whole seconds by numpy, fractions to every digit."""
    try:
        whole = np.array([t[:19] for t in texts], dtype="datetime64[s]").astype(np.int64).astype(np.float64)
        fractions = [t[19:] for t in texts]
        if not any(fractions):
            return whole
        if not all(f == "" or (f[0] == "." and (f[1:].isdigit() or f == ".")) for f in fractions):
            return None
        return whole + np.array([f"0{f}" if len(f) > 1 else "0" for f in fractions], dtype=np.float64)
    except ValueError:
        return None
