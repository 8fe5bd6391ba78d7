"""Records as HAPI sends them: CSV, binary and JSON (HAPI 3.2 §3.7.4), batch by batch, by columns and not by records.

Doubles are written with as few digits as give the same double back (Arrow's cast to text, by double-conversion).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comity.archive.described import Parameter, Series
from comity.archive.series import times_of
from comity.archive.timeline import TIME_LENGTH, batch_of, time_parameter

if TYPE_CHECKING:
    import pyarrow as pa

#: Media types of the formats, §3.7.2.
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "binary": "application/octet-stream", "json": "application/json"}


def encoder(form: str, parameters: Sequence[Parameter]) -> Callable[[pa.RecordBatch], Any]:
    """What makes bytes of a batch whose columns are these parameters. JSON records end each with a comma and a new line."""
    if form == "binary":
        layout = record_layout(parameters)
        return lambda batch: _binary(batch, parameters, layout)
    return lambda batch: _text(batch, parameters, json=form == "json")


def record_layout(parameters: Sequence[Parameter]) -> np.dtype[Any]:
    """A binary record, §3.7.4.2: times and strings of their length, little-endian int32 and float64, arrays unwound."""
    kinds = {"double": "<f8", "integer": "<i4"}
    fields = [
        (f"f{n}", kinds.get(p.type) or f"S{p.length}", (int(np.prod(p.size)),) if p.size else ())
        for n, p in enumerate(parameters)
    ]
    return np.dtype(fields)


def _binary(batch: pa.RecordBatch, parameters: Sequence[Parameter], layout: np.dtype[Any]) -> Any:
    from comity.archive.hapi.time_digits import write_times

    records = np.empty(batch.num_rows, layout)
    as_bytes = records.view(np.uint8).reshape(batch.num_rows, layout.itemsize)
    write_times(times_of(batch), as_bytes)
    for n, one in enumerate(parameters[1:], 1):
        column = batch.column(n)
        if one.type in ("double", "integer"):
            values = column.flatten() if one.size else column
            records[f"f{n}"] = values.to_numpy().reshape(records[f"f{n}"].shape)
        else:
            records[f"f{n}"] = np.array([t.encode() for t in column.to_pylist()], dtype=f"S{one.length}")
    return as_bytes.reshape(-1).data


def _text(batch: pa.RecordBatch, parameters: Sequence[Parameter], *, json: bool) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [_quoted(time_texts(times_of(batch))) if json else time_texts(times_of(batch))]
    columns += [_texts(batch.column(n), one, json=json) for n, one in enumerate(parameters[1:], 1)]
    empty = pa.scalar("", pa.string())
    if json:
        columns[0] = pc.binary_join_element_wise(empty, columns[0], "[")
    columns[-1] = pc.binary_join_element_wise(columns[-1], empty, "],\n" if json else "\n")
    lines = columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, ",")
    return _bytes_of(lines)


def _texts(column: Any, one: Parameter, *, json: bool) -> Any:
    """A text for each record: numbers, quoted strings, arrays joined by commas, and nested in JSON."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if one.type in ("string", "isotime"):
        return _json_strings(column) if json else _csv_strings(column)
    values = column.flatten() if one.size else column
    texts = pc.cast(values, pa.string())
    if one.type == "double":
        numbers = values.to_numpy()
        odd = ~np.isfinite(numbers) if json else np.isnan(numbers)
        if odd.any():
            texts = pc.if_else(pa.array(odd), "null" if json else "NaN", texts)
    if not one.size:
        return texts
    for length in reversed(one.size if json else (int(np.prod(one.size)),)):
        texts = pc.binary_join(_lists(texts, length), ",")
        if json:
            texts = pc.binary_join_element_wise("[", texts, "]", "")
    return texts


def _lists(texts: Any, length: int) -> Any:
    import pyarrow as pa

    offsets = np.arange(0, len(texts) + 1, length, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), texts)


def _csv_strings(column: Any) -> Any:
    """Quoted by RFC 4180 where a value has a comma, a quote or a new line."""
    import pyarrow.compute as pc

    special = pc.match_substring_regex(column, r'[",\r\n]')
    if not pc.any(special).as_py():
        return column
    return pc.if_else(special, _quoted(pc.replace_substring(column, '"', '""')), column)


def _json_strings(column: Any) -> Any:
    import orjson
    import pyarrow as pa

    return pa.array([orjson.dumps(t).decode() for t in column.to_pylist()], pa.string())


def _quoted(texts: Any) -> Any:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise('"', texts, '"', "")


def _bytes_of(texts: Any) -> memoryview:
    """All texts one after the other: the buffer that they lie in, without a copy."""
    import pyarrow as pa

    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if not len(texts):
        return memoryview(b"")
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)
    return memoryview(data)[int(ends[texts.offset]) : int(ends[texts.offset + len(texts)])]


def time_texts(time_ns: NDArray[np.int64]) -> Any:
    """Times in nanoseconds since 1970 UTC as texts of 30 characters."""
    import pyarrow as pa

    from comity.archive.hapi.time_digits import write_times

    written = np.empty((time_ns.size, TIME_LENGTH), np.uint8)
    write_times(time_ns, written)
    offsets = np.arange(0, (time_ns.size + 1) * TIME_LENGTH, TIME_LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(time_ns.size, pa.py_buffer(offsets), pa.py_buffer(written))


def warm() -> None:
    """Compiles what is compiled and loads what is loaded late, before somebody waits for it."""
    import pyarrow.parquet  # noqa: F401

    series = Series((time_parameter("t"), Parameter("x", "double", None, None)), "", "", 0)
    for form in MEDIA_TYPES:
        encoder(form, series.parameters)(batch_of(series, np.zeros(1, np.int64), [np.zeros(1)]))
