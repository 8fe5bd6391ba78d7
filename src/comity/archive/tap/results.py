"""Answers in the formats that are asked for: VOTable in BINARY2 or TABLEDATA, CSV, TSV, FITS, Parquet, JSON."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from comity.archive.dali import VOTABLE, UsageError, sound
from comity.archive.query import Answered, QueryError
from comity.archive.tables import TableColumn
from comity.archive.tap.votable_data import binary2, tabledata

#: Bytes that an answer in FITS may come to.
MOST_FITS = 2**28
#: By short name the media type, and the names by which RESPONSEFORMAT may call it (TAP 1.1 §2.7.3, DALI 1.1 §3.4.3).
FORMATS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "votable": (f"{VOTABLE};serialization=binary2", (VOTABLE, "text/xml", "votable/b2", "application/xml")),
    "votable/td": (f"{VOTABLE};serialization=tabledata", ("text/xml;serialization=tabledata",)),
    "csv": ("text/csv;header=present", ("text/csv",)),
    "tsv": ("text/tab-separated-values", ()),
    "fits": ("application/fits", ()),
    "parquet": ("application/vnd.apache.parquet", ("application/x-parquet",)),
    "json": ("application/json", ()),
}
_VOTABLE_TYPES = {
    "bool": "boolean", "uint8": "unsignedByte", "int8": "short", "int16": "short", "uint16": "int", "int32": "int",
    "uint32": "long", "int64": "long", "uint64": "double", "float": "float", "double": "double", "string": "unicodeChar",
}  # fmt: skip


def format_of(asked: str | None) -> str:
    """The short name of a format; the first when nothing is asked for. UsageError lists those that there are."""
    if asked is None or not asked.strip():
        return "votable"
    wanted = asked.strip().lower().replace(" ", "")
    for short, (media, others) in FORMATS.items():
        if wanted in (short, media, *others):
            return short
    raise UsageError(f"RESPONSEFORMAT={asked[:60]}: there are {', '.join(FORMATS)}")


def media_type(short: str, asked: str | None = None) -> str:
    """What an answer is called on its way: as it was asked for, where that is a media type."""
    wanted = (asked or "").strip()
    return wanted if short.startswith("votable") and "/xml" in wanted and "\n" not in wanted else FORMATS[short][0]


def encoded(answer: Answered, short: str, *, extra: str = "") -> bytes:
    """An answer in a format; `extra` is a RESOURCE that stands after that of the table in a VOTable."""
    plain = _plain(answer)
    if short.startswith("votable"):
        return votable(plain, "tabledata" if short.endswith("/td") else "binary2", extra=extra)
    return _WRITERS[short](plain)


def _plain(answer: Answered) -> Answered:
    """With columns of types that the formats have: no decimals, no times, no types of one database only."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns, made = [], []
    for told, column in zip(answer.columns, answer.table.columns, strict=True):
        kind = column.type
        if pa.types.is_decimal(kind):
            column = pc.cast(column, pa.int64() if kind.scale == 0 and _fits(column) else pa.float64())
        elif pa.types.is_temporal(kind):
            column = pc.strftime(pc.cast(column, pa.timestamp("ms")), format="%Y-%m-%dT%H:%M:%S")
            told = _as(told, "timestamp")
        elif pa.types.is_null(kind) or not (pa.types.is_list(kind) or str(kind) in _VOTABLE_TYPES):
            column = pc.cast(column, pa.string())
        columns.append(told)
        made.append(column)
    names = [c.name for c in columns]
    return Answered(tuple(columns), pa.table(made, names=names), answer.is_cut, answer.query)


def _as(told: TableColumn, xtype: str) -> TableColumn:
    from dataclasses import replace

    return replace(told, xtype=xtype)


def _fits(column: Any) -> bool:
    import pyarrow.compute as pc

    bounds = pc.min_max(column).as_py()
    return bounds["min"] is None or (bounds["min"] >= -(2**63) and bounds["max"] < 2**63)


def shape_of(column: Any) -> tuple[str, str | None]:
    """The datatype and arraysize of a column of an answer in VOTable."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_list(kind):
        lengths = pc.unique(pc.list_value_length(column)).drop_null().to_pylist()
        return _VOTABLE_TYPES[str(kind.value_type)], str(lengths[0]) if len(
            lengths
        ) == 1 and not column.null_count else "*"
    if str(kind) == "string":
        # A `char` is ASCII (VOTable 1.4 §2.1).
        is_ascii = pc.all(pc.string_is_ascii(column)).as_py() is not False
        return "char" if is_ascii else "unicodeChar", "*"
    return _VOTABLE_TYPES[str(kind)], None


def fields(answer: Answered) -> list[dict[str, str]]:
    """What is told of each column, as attributes of FIELD, and `description`."""
    made = []
    for told, column in zip(answer.columns, answer.table.columns, strict=True):
        datatype, arraysize = shape_of(column)
        xtype = told.xtype if (arraysize is not None and arraysize != "1") else None
        known = {
            "name": told.name, "datatype": datatype, "arraysize": arraysize, "unit": told.unit, "ucd": told.ucd,
            "utype": told.utype, "xtype": xtype, "description": told.description,
        }  # fmt: skip
        made.append({k: v for k, v in known.items() if v})
    return made


def votable(answer: Answered, serialization: str, *, extra: str = "") -> bytes:
    """A VOTable 1.4 of one table, with QUERY_STATUS before it, and after it when rows are missing (DALI 1.1 §4.4)."""
    from astropy.io.votable.tree import Field, Info, Resource, TableElement, VOTableFile

    document = VOTableFile(version="1.4")
    resource = Resource(type="results")
    resource.infos.append(Info(name="QUERY_STATUS", value="OK"))
    resource.infos.append(Info(name="QUERY", value=sound(answer.query)))
    document.resources.append(resource)
    table = TableElement(document)
    resource.tables.append(table)
    for told in fields(answer):
        attributes = {k: v for k, v in told.items() if k != "description"}
        field = Field(document, **attributes)
        field.description = told.get("description")
        table.fields.append(field)
    table.create_arrays(0)
    out = io.BytesIO()
    document.to_xml(out, tabledata_format="tabledata")
    shapes = [shape_of(c) for c in answer.table.columns]
    rows = (
        binary2(answer.table, shapes) if serialization == "binary2" else tabledata(answer.table, [s[0] for s in shapes])
    )
    text = _with_rows(out.getvalue(), rows)
    if answer.is_cut:
        text = _put(text, b"</TABLE>", b'\n  <INFO name="QUERY_STATUS" value="OVERFLOW"/>')
    if extra:
        text = _put(text, b"</RESOURCE>", b"\n " + extra.encode())
    return text


def _put(text: bytes, after: bytes, what: bytes) -> bytes:
    """Puts something after the last end of an element."""
    end = text.rfind(after) + len(after)
    return text[:end] + what + text[end:]


def _with_rows(text: bytes, rows: bytes) -> bytes:
    """A document of one table without rows, with rows."""
    head, end, tail = text.rpartition(b"</TABLE>")
    return re.sub(rb"<DATA>.*</DATA>\s*$", b"", head, flags=re.DOTALL) + rows + b"\n  " + end + tail


def _text_table(answer: Answered, delimiter: str) -> bytes:
    import pyarrow as pa
    import pyarrow.csv as pc_csv

    def flat(column: Any) -> Any:
        if not pa.types.is_list(column.type):
            return column
        return pa.array([None if v is None else " ".join(map(repr, v)) for v in column.to_pylist()], pa.string())

    table = pa.table([flat(c) for c in answer.table.columns], names=answer.table.column_names)
    if delimiter == "\t":
        table = pa.table([_without_tabs(c) for c in table.columns], names=table.column_names)
    out = io.BytesIO()
    pc_csv.write_csv(table, out, pc_csv.WriteOptions(delimiter=delimiter, quoting_style="needed"))
    return out.getvalue()


def _without_tabs(column: Any) -> Any:
    """TSV knows no quotes, so that a value cannot have what divides values (IANA text/tab-separated-values)."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(column, r"[\t\r\n]", " ") if str(column.type) == "string" else column


def _fits_in(answer: Answered) -> None:
    """FITS gives every text of a column the room of the longest. QueryError when that is too much."""
    import pyarrow.compute as pc

    room = 0
    for column in answer.table.columns:
        if str(column.type) == "string":
            room += answer.table.num_rows * int(pc.max(pc.binary_length(column)).as_py() or 0)
        elif str(column.type).startswith(("list", "large_list")):
            room += answer.table.num_rows * 8 * int(pc.max(pc.list_value_length(column)).as_py() or 0)
    if room > MOST_FITS:
        raise QueryError(
            f"as FITS this comes to {room:,} bytes, each text as long as the longest; ask for votable, parquet or csv"
        )


def _fits_table(answer: Answered) -> bytes:
    from astropy.io import fits
    from astropy.table import MaskedColumn, Table

    _fits_in(answer)
    table = Table(masked=True)
    for told, column in zip(answer.columns, answer.table.columns, strict=True):
        missing = np.asarray(column.is_null())
        datatype, arraysize = shape_of(column)
        if datatype in ("char", "unicodeChar"):
            # Strings of FITS 4.0 §7.3.3 are ASCII.
            values = np.array([(v or "").encode("ascii", "replace") for v in column.to_pylist()], dtype=np.bytes_)
            table[told.name] = MaskedColumn(values if len(values) else np.array([], dtype="S1"))
        elif arraysize is not None:
            lists = column.to_pylist()
            width = max((len(v) for v in lists if v is not None), default=1)
            padded = np.full((len(lists), width), np.nan)
            for row, value in enumerate(lists):
                if value is not None:
                    padded[row, : len(value)] = value
            table[told.name] = padded
        elif datatype in ("float", "double"):
            table[told.name] = np.where(missing, np.nan, column.fill_null(0).to_numpy())
        else:
            filled = column.fill_null(False if datatype == "boolean" else 0).to_numpy()
            table[told.name] = MaskedColumn(filled, mask=missing, fill_value=None if datatype == "boolean" else -999)
    made = fits.table_to_hdu(table)
    for number, told in enumerate(answer.columns, 1):
        if told.unit:
            made.header[f"TUNIT{number}"] = told.unit
        if told.ucd:
            made.header[f"TUCD{number}"] = told.ucd
    if answer.is_cut:
        made.header["OVERFLOW"] = (True, "there are more rows than MAXREC")
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), made]).writeto(out)
    return out.getvalue()


def _parquet(answer: Answered) -> bytes:
    """Parquet with the description of its columns as a VOTable without data (VOParquet 1.0)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    empty = Answered(answer.columns, answer.table.slice(0, 0), answer.is_cut, answer.query)
    metadata = {
        b"IVOA.VOTable-Parquet.version": b"1.0",
        b"IVOA.VOTable-Parquet.content": votable(empty, "tabledata"),
    }
    told = [
        pa.field(c.name, f.type, metadata={k: v.encode() for k, v in d.items() if k in ("unit", "ucd", "description")})
        for c, f, d in zip(answer.columns, answer.table.schema, fields(answer), strict=True)
    ]
    out = io.BytesIO()
    pq.write_table(answer.table.cast(pa.schema(told)).replace_schema_metadata(metadata), out, compression="zstd")
    return out.getvalue()


def _json(answer: Answered) -> bytes:
    rows: Sequence[Sequence[Any]] = list(zip(*(c.to_pylist() for c in answer.table.columns), strict=True))
    plain = {"metadata": fields(answer), "data": [[_finite(v) for v in row] for row in rows], "overflow": answer.is_cut}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return [_finite(v) for v in value] if isinstance(value, list) else value


_WRITERS: Mapping[str, Callable[[Answered], bytes]] = {
    "csv": lambda a: _text_table(a, ","),
    "tsv": lambda a: _text_table(a, "\t"),
    "fits": _fits_table,
    "parquet": _parquet,
    "json": _json,
}
