"""Time series read from files: their time in UTC, their columns as Arrow has them, and text for times.

A time is a whole number of nanoseconds since 1970-01-01T00:00:00 UTC, every day of 86,400 s. A leap second has no place of
its own among them: what was measured within it stands in the second that follows, as in POSIX time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comity.archive.described import Parameter, Plain, Series

if TYPE_CHECKING:
    import pyarrow as pa

#: `2020-01-01T00:00:00.000000000Z`: every time in a series is written to the nanosecond, in as many characters.
TIME_LENGTH = 30
#: In place of a time that is not known, in a parameter that is not the series' own time.
NO_TIME = "9999-12-31T23:59:59.999999999Z"
#: Values that one record may have of one parameter, parameters of one series, and records of one file.
MOST_VALUES, MOST_PARAMETERS, MOST_RECORDS = 2**16, 4096, 2**32
#: How much smaller than its values a packed file can be: DEFLATE makes a byte of at most 1032 (RFC 1951, a match of 258 in 2 bits).
MOST_PACKED = 1032
#: Records that are read at once, and bytes of them that are aimed at.
BATCH_RECORDS, BATCH_BYTES = 2**16, 2**25
#: The shares of equal steps, and by how much they may differ, in what has a cadence.
_EVEN, _LIKE = 0.9, 0.01
INT32 = (-(2**31), 2**31 - 1)


def iso(time_ns: int) -> str:
    """A time to the nanosecond, as the rest of the series has it."""
    return f"{np.datetime_as_string(np.datetime64(int(time_ns), 'ns'))}Z"


def from_iso(text: str) -> int:
    """The inverse of `iso`."""
    return int(np.datetime64(text.rstrip("Z"), "ns").astype(np.int64))


def time_parameter(name: str, description: str = "") -> Parameter:
    """The time of a series, as HAPI has it."""
    return Parameter(name, "isotime", "UTC", None, description, length=TIME_LENGTH)


def cadence(time_ns: NDArray[np.int64]) -> str | None:
    """The time between records as an ISO 8601 duration, where nine tenths of the steps are within a hundredth of their median."""
    steps = np.diff(time_ns)
    steps = steps[steps > 0]
    if not steps.size:
        return None
    usual = float(np.median(steps))
    if np.mean(np.abs(steps - usual) <= _LIKE * usual) < _EVEN:
        return None
    seconds = usual / 1e9
    # Clocks drift by parts in a million: what is a whole millisecond or second but for that is taken for it.
    near = next((r for d in (0, 3, 6) if (r := round(seconds, d)) and abs(r - seconds) <= 1e-4 * seconds), seconds)
    return f"PT{near:.9f}".rstrip("0").rstrip(".") + "S"


def series_of(parameters: Sequence[Parameter], time_ns: NDArray[np.int64]) -> Series:
    """The series of parameters, the first of which is the time, at known times that are not empty."""
    return Series(
        parameters=tuple(parameters),
        start=iso(int(time_ns.min())),
        stop=iso(int(time_ns.max())),
        n_records=int(time_ns.size),
        cadence=cadence(time_ns),
    )


def coverage(series: Series | None) -> dict[str, Plain]:
    """What a series tells in the terms of ObsCore."""
    if series is None:
        return {}
    from comity.archive.measured import iso_to_mjd

    found: dict[str, Plain] = {
        "dataproduct_type": "timeseries",
        "t_min": iso_to_mjd(series.start),
        "t_max": iso_to_mjd(series.stop),
        "t_xel": series.n_records,
    }
    if series.cadence is not None:
        found["t_resolution"] = float(series.cadence[2:-1])
    return found


def usable_names(parameters: Iterable[Parameter], remarks: list[str]) -> list[Parameter]:
    """Those that HAPI can name: no comma, no control characters, and different even when case is not told (§3.6.6, §8.2)."""
    found: list[Parameter] = []
    taken: set[str] = set()
    for one in parameters:
        key = one.name.casefold()
        if not one.name.strip() or re.search(r"[,\x00-\x1f\x7f]", one.name):
            remarks.append(f"{one.name!r} is no name of a parameter: left out of the series")
        elif key in taken:
            remarks.append(f"{one.name!r} differs from another parameter only in case: left out of the series")
        elif len(found) >= MOST_PARAMETERS:
            remarks.append(f"more than {MOST_PARAMETERS} parameters: {one.name!r} is left out of the series")
        else:
            taken.add(key)
            found.append(one)
    return found


def numeric_type(dtype: np.dtype[Any]) -> str | None:
    """`integer` for what fits into 4 signed bytes, `double` for other real numbers, None for what is none."""
    if dtype.kind == "b" or (dtype.kind in "iu" and dtype.itemsize < (4 if dtype.kind == "u" else 5)):
        return "integer"
    return "double" if dtype.kind in "iuf" and dtype.itemsize <= 8 else None


def fill_text(value: Any, dtype: np.dtype[Any]) -> str | None:
    """A fill value as HAPI writes it, exactly as the data hold it once they are doubles; None when there is none."""
    if value is None:
        return None
    held = np.asarray(value).ravel()
    if held.size != 1 or held.dtype.kind not in "iufb":
        return None
    number = held.astype(dtype)[0] if dtype.kind == "f" else held[0]
    if numeric_type(dtype) == "integer":
        whole = int(number)
        return str(whole) if INT32[0] <= whole <= INT32[1] and whole == number else None
    return "NaN" if np.isnan(float(number)) else repr(float(number))


def valid_range(least: Any, most: Any) -> tuple[float | None, float | None] | None:
    """From what to what values make sense, where it is the same for all elements; None where neither end is told."""
    ends = []
    for told in (least, most):
        held = np.unique(np.asarray([] if told is None else told).ravel())
        sound = held.size == 1 and held.dtype.kind in "iuf" and np.isfinite(held[0])
        ends.append(float(held[0]) if sound else None)
    return None if ends == [None, None] else (ends[0], ends[1])


def schema_of(series: Series) -> pa.Schema:
    """The columns of a series in Arrow: time as timestamp[ns, UTC]; arrays as lists of a fixed length, rows first."""
    import pyarrow as pa

    fields = [pa.field(series.parameters[0].name, pa.timestamp("ns", tz="UTC"), nullable=False)]
    for one in series.parameters[1:]:
        kind = {"double": pa.float64(), "integer": pa.int32()}.get(one.type, pa.string())
        if one.size:
            kind = pa.list_(pa.field("item", kind, nullable=False), int(np.prod(one.size)))
        fields.append(pa.field(one.name, kind, nullable=False))
    return pa.schema(fields)


def batch_of(series: Series, time_ns: NDArray[np.int64], columns: Sequence[Any]) -> pa.RecordBatch:
    """Records as a batch: an array for each parameter after the time, of shape (n, *size), or a list of strings."""
    import pyarrow as pa

    schema = schema_of(series)
    arrays = [pa.array(time_ns).cast(schema.field(0).type)]
    for one, values, field in zip(series.parameters[1:], columns, list(schema)[1:], strict=True):
        if one.type in ("string", "isotime"):
            arrays.append(values if isinstance(values, pa.Array) else pa.array(values, pa.string()))
            continue
        dtype = np.int32 if one.type == "integer" else np.float64
        flat = np.ascontiguousarray(values, dtype=dtype).reshape(-1)
        inner = pa.array(flat)
        arrays.append(
            pa.FixedSizeListArray.from_arrays(inner, type=field.type) if one.size else inner
        )  # fmt: skip
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def records_at_once(series: Series) -> int:
    """How many records a batch has, so that wide ones are not read by the gigabyte."""
    width = sum(
        8 * int(np.prod(p.size)) if p.type in ("double", "integer") else (p.length or 32) for p in series.parameters
    )
    return max(1, min(BATCH_RECORDS, BATCH_BYTES // max(width, 1)))


def one_line(value: Any) -> str | None:
    """An attribute as one line of text; None when it says nothing."""
    if isinstance(value, (list, tuple, np.ndarray)):
        value = "; ".join(str(v) for v in np.asarray(value, dtype=object).ravel()[:50])
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = " ".join(str(value).split()) if value is not None else ""
    return text or None
