"""Times as text, compiled: loaded when the first time is written, for the compiler takes a second to load."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_TWO: NDArray[np.uint8] = np.frombuffer(b"".join(b"%02d" % n for n in range(100)), np.uint8).reshape(100, 2)
_THREE: NDArray[np.uint8] = np.frombuffer(b"".join(b"%03d" % n for n in range(1000)), np.uint8).reshape(1000, 3)
_DAY_NS = 86_400_000_000_000


def write_times(times_ns: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """`2020-01-01T00:00:00.000000000Z` for each time [ns since 1970 UTC] into the first 30 bytes of each row of (n, at least 30)."""
    _write(times_ns, out, _TWO, _THREE)


@njit(cache=True, nogil=True)
def _write(times: Any, out: Any, two: Any, three: Any) -> None:
    """The date by Hinnant's civil_from_days (https://howardhinnant.github.io/date_algorithms.html).

    Times mostly follow each other: the date is reckoned once a day, the time of day once a second.
    """
    day, second = np.int64(0), np.int64(-1)
    head = np.empty(20, np.uint8)
    for i in range(times.shape[0]):
        since = times[i] - day
        if i == 0 or since < 0 or since >= _DAY_NS:
            number = times[i] // _DAY_NS
            day = number * _DAY_NS
            since = times[i] - day
            shifted = number + 719468
            era = shifted // 146097
            of_era = shifted - era * 146097
            year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
            of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
            from_march = (5 * of_year + 2) // 153
            month = from_march + 3 if from_march < 10 else from_march - 9
            year = year_of_era + era * 400 + (1 if month <= 2 else 0)
            of_month = of_year - (153 * from_march + 2) // 5 + 1
            head[0:2], head[2:4], head[4] = two[year // 100], two[year % 100], 45
            head[5:7], head[7], head[8:10], head[10] = two[month], 45, two[of_month], 84
            head[13], head[16], head[19] = 58, 58, 46
            second = np.int64(-1)
        unsigned = np.uint64(since)
        now = unsigned // np.uint64(1_000_000_000)
        nanos = np.uint32(unsigned - now * np.uint64(1_000_000_000))
        if np.int64(now) != second:
            second = np.int64(now)
            hour = second // 3600
            minute = second // 60 - hour * 60
            head[11:13], head[14:16], head[17:19] = two[hour], two[minute], two[second % 60]
        for k in range(20):
            out[i, k] = head[k]
        milli = nanos // np.uint32(1_000_000)
        rest = nanos - milli * np.uint32(1_000_000)
        micro = rest // np.uint32(1000)
        nano = rest - micro * np.uint32(1000)
        for k in range(3):
            out[i, 20 + k], out[i, 23 + k], out[i, 26 + k] = three[milli, k], three[micro, k], three[nano, k]
        out[i, 29] = 90
