"""CSV, TSV and ECSV: a table in text, and a time series where a column holds times in ISO 8601.

Sources: RFC 4180; ECSV 1.0 (https://docs.astropy.org/en/stable/io/ascii/ecsv.html). Units are told by ECSV alone: a name such
as `Bx (nT)` is a name. All numbers are doubles, so that a file of whole numbers is of the same kind as its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from comity.archive.described import Column, Described, Parameter, Plain, Series
from comity.archive.errors import UnreadableFile
from comity.archive.measured import missing_of, without_none
from comity.archive.timeline import (
    MOST_PARAMETERS,
    batch_of,
    coverage,
    series_of,
    time_parameter,
    usable_names,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: Lines of a header, bytes of a line of it, bytes that are read at once.
MOST_HEADER_LINES, MOST_LINE, BLOCK = 20_000, 2**20, 2**22
_TIME = re.compile(r"\d{4}-(\d{2}-\d{2}|\d{3})([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?Z?")
_COLUMN_AT_FAULT = re.compile(r"[Cc]olumn #(\d+)")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table is written: what parts its columns, how many lines stand before its names, what ECSV tells."""

    delimiter: str
    skipped: int
    names: tuple[str, ...]
    told: dict[str, dict[str, Any]]
    is_ecsv: bool


def describe(path: Path) -> Described:
    """What a table in text says of itself. UnreadableFile when it is none."""
    layout = _layout(path)
    remarks: list[str] = []
    types, rows, times, wide = _examined(path, layout)
    columns = tuple(
        Column(
            name=name,
            datatype="double" if types[name] == "double" else "char",
            arraysize=None if types[name] == "double" else "*",
            unit=_unit(layout, name),
            description=_told(layout, name, "description"),
        )
        for name in layout.names
    )
    series = _series(layout, types, times, wide, remarks)
    found: dict[str, Plain] = {"dataproduct_type": "measurements", **coverage(series)}
    return Described(
        format="ECSV" if layout.is_ecsv else "CSV",
        media_type="text/tab-separated-values" if layout.delimiter == "\t" else "text/csv",
        obscore=without_none(found),
        columns=columns,
        n_rows=rows,
        series=series,
        missing=missing_of(found, positional=False),
        remarks=tuple(remarks),
    )


def values(path: Path, series: Series) -> Iterator[pa.RecordBatch]:
    """The records of the series that `describe` found, in the file's order; those without a time are left out."""
    layout = _layout(path)
    axis = series.parameters[0].name
    types = {p.name: "double" if p.type == "double" else "text" for p in series.parameters}
    for batch in _batches(path, layout, {name: types.get(name, "text") for name in layout.names}):
        texts = batch.column(axis)
        known = np.array([bool(v) for v in texts.to_pylist()], dtype=np.bool_)
        time_ns = _ns(texts.filter(_mask(known)))
        columns = [
            batch.column(p.name).to_numpy(zero_copy_only=False)[known]
            if p.type == "double"
            else batch.column(p.name).filter(_mask(known))
            for p in series.parameters[1:]
        ]
        yield batch_of(series, time_ns, columns)


def _layout(path: Path) -> _Layout:
    """The names of the columns and what stands before them."""
    comments: list[str] = []
    with path.open("rb") as file:
        for number in range(MOST_HEADER_LINES):
            raw = file.readline(MOST_LINE)
            try:
                line = raw.decode("utf-8-sig" if number == 0 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise UnreadableFile(f"{path}:{number + 1}: not UTF-8: {error.reason}") from None
            if not raw:
                raise UnreadableFile(f"{path}: no line with names of columns")
            if line.startswith("#") or not line.strip():
                comments.append(line)
                continue
            return _columns_of(path, number, line, comments)
    raise UnreadableFile(f"{path}: more than {MOST_HEADER_LINES:,} lines before the names of columns")


def _columns_of(path: Path, number: int, line: str, comments: list[str]) -> _Layout:
    import csv

    told: dict[str, dict[str, Any]] = {}
    is_ecsv = any(c.startswith("# %ECSV") for c in comments[:3])
    delimiter = max((",", "\t", ";", "|"), key=lambda d: (line.count(d), d == ","))
    if path.suffix.lower() == ".tsv":
        delimiter = "\t"
    if is_ecsv:
        head = _ecsv_head(path, comments)
        delimiter = str(head.get("delimiter", " "))
        told = {str(c.get("name")): c for c in head.get("datatype", []) if isinstance(c, dict)}
        for name, kept in ((head.get("meta") or {}).get("__serialized_columns__") or {}).items():
            # astropy's Time: its scale stands beside the columns (a scale of its own is not UTC)
            if name in told and isinstance(kept, dict):
                told[name] = {**told[name], "scale": kept.get("scale")}
    if path.suffix.lower() == ".txt" and not is_ecsv and delimiter not in line:
        raise UnreadableFile(f"{path}: text, and no table: no comma, tab, semicolon or bar in line {number + 1}")
    try:
        names = tuple(next(csv.reader([line], delimiter=delimiter, strict=True)))
    except (csv.Error, StopIteration) as error:
        raise UnreadableFile(f"{path}:{number + 1}: no names of columns: {error}") from None
    if len(names) > MOST_PARAMETERS or len(set(names)) != len(names):
        raise UnreadableFile(
            f"{path}:{number + 1}: {len(names):,} columns, of which some have the same name or are too many"
        )
    if any(_TIME.fullmatch(n.strip()) or _is_number(n) for n in names):
        raise UnreadableFile(f"{path}:{number + 1}: values where the names of the columns should stand")
    return _Layout(delimiter, number + 1, names, told, is_ecsv)


def _ecsv_head(path: Path, comments: list[str]) -> dict[str, Any]:
    from astropy.table.meta import YamlParseError, get_header_from_yaml

    try:
        return dict(get_header_from_yaml([c[2:] for c in comments if c.startswith("# ") and not c.startswith("# %")]))
    except (YamlParseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableFile(f"{path}: the header is no ECSV: {str(error)[:160]}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _batches(path: Path, layout: _Layout, types: dict[str, str]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv

    kinds = {name: pa.float64() if kind == "double" else pa.string() for name, kind in types.items()}
    try:
        with csv.open_csv(
            path,
            read_options=csv.ReadOptions(
                column_names=list(layout.names), skip_rows=layout.skipped, block_size=BLOCK, use_threads=False
            ),
            parse_options=csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=kinds, null_values=["", "NaN", "nan", "NA", "N/A", "null"], strings_can_be_null=False
            ),
        ) as reader:
            yield from reader
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise UnreadableFile(f"{path}: {str(error)[:200]}") from error


def _examined(path: Path, layout: _Layout) -> tuple[dict[str, str], int, dict[str, Any], dict[str, int]]:
    """Each column's kind, the number of rows, the times of the columns that are times, the longest text of each."""
    types = dict.fromkeys(layout.names, "double")
    while True:
        rows, wide = 0, dict.fromkeys(layout.names, 0)
        times: dict[str, list[Any]] | None = None
        try:
            for batch in _batches(path, layout, types):
                rows += batch.num_rows
                texts = [n for n in layout.names if types[n] == "text"]
                if times is None:
                    times = {n: [] for n in texts}
                for name in texts:
                    column = batch.column(name)
                    wide[name] = max(wide[name], _longest(column))
                    if name in times:
                        found = _times_of(column)
                        if found is None:
                            del times[name]
                        else:
                            times[name].append(found)
        except UnreadableFile as error:
            fault = _COLUMN_AT_FAULT.search(str(error.__cause__ or ""))
            if fault is None or "conversion error" not in str(error.__cause__).lower():
                raise UnreadableFile(str(error)) from None
            name = layout.names[int(fault[1])]
            if types[name] == "text":
                raise UnreadableFile(str(error)) from None
            types[name] = "text"
            continue
        return types, rows, {n: np.concatenate(t) for n, t in (times or {}).items() if t}, wide


def _longest(column: Any) -> int:
    import pyarrow.compute as pc

    return int(pc.max(pc.binary_length(column)).as_py() or 0)


def _times_of(column: Any) -> Any:
    """Nanoseconds since 1970 of texts that are all times or empty; None when one of them is something else."""
    import pyarrow.compute as pc

    filled = column.filter(pc.not_equal(column, ""))
    if not len(filled):
        return np.empty(0, np.int64)
    pattern = f"^{_TIME.pattern}$"
    if not pc.all(pc.match_substring_regex(filled, pattern)).as_py():
        return None
    try:
        return _ns(filled)
    except (ValueError, OverflowError):
        return None


def _ns(column: Any) -> Any:
    """ISO 8601 texts as nanoseconds since 1970; a time without a zone is UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(column):
        return np.empty(0, np.int64)
    plain = pc.replace_substring(pc.utf8_rtrim(column, "Z"), " ", "T")
    try:
        return (
            pc.cast(plain, pa.timestamp("ns")).to_numpy(zero_copy_only=False).astype("datetime64[ns]").astype(np.int64)
        )
    except pa.ArrowInvalid:  # days of the year, hours alone, more digits than nine
        from comity.archive.hapi.times import parsed

        return np.array([parsed(t) for t in plain.to_pylist()], np.int64)


def _mask(known: Any) -> Any:
    import pyarrow as pa

    return pa.array(known)


def _series(
    layout: _Layout, types: dict[str, str], times: dict[str, Any], wide: dict[str, int], remarks: list[str]
) -> Series | None:
    axis = next((n for n in layout.names if n in times and times[n].size), None)
    if axis is None:
        remarks.append("no column holds times in ISO 8601: no time series")
        return None
    scale = _told(layout, axis, "scale") or "utc"
    if scale != "utc":
        remarks.append(f"{axis} is of the time scale {scale}, not of UTC: no time series")
        return None
    remarks.append(f"the time is {axis}, in UTC where it names no zone")
    parameters = [time_parameter(axis, _told(layout, axis, "description") or "")]
    for name in layout.names:
        if name == axis:
            continue
        about = _told(layout, name, "description") or ""
        if types[name] == "double":
            parameters.append(Parameter(name, "double", _unit(layout, name), "NaN", about))
        else:
            parameters.append(Parameter(name, "string", _unit(layout, name), "", about, length=max(wide[name], 1)))
    return series_of(usable_names(parameters, remarks), times[axis])


def _unit(layout: _Layout, name: str) -> str | None:
    return _told(layout, name, "unit")


def _told(layout: _Layout, name: str, what: str) -> str | None:
    text = layout.told.get(name, {}).get(what)
    return str(text) if text not in (None, "") else None
