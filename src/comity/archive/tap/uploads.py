"""Tables that come with a query (TAP 1.1 §2.7.6): VOTables in the request, as `tap_upload.NAME`."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.archive.dali import UsageError
from comity.archive.query import Uploaded
from comity.archive.tables import TableColumn
from comity.archive.tap.elsewhere import fetched
from comity.archive.votable_guard import guarded

#: Bytes of an upload, and its rows.
MOST_BYTES, MOST_ROWS, MOST_UPLOADS = 32 * 2**20, 200_000, 10
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def uploads(given: Sequence[str], files: Mapping[str, bytes], *, own: str = "") -> tuple[Uploaded, ...]:
    """The tables of UPLOAD=NAME,URI;… whose URIs are `param:PART` of the request, or http. UsageError says what is wrong."""
    wanted: dict[str, str] = {}
    for text in ";".join(given).split(";"):
        if not text.strip():
            continue
        name, comma, uri = (p.strip() for p in text.partition(","))
        name = name.lower().removeprefix("tap_upload.")
        if not comma or not _NAME.fullmatch(name):
            raise UsageError(f"UPLOAD={text[:60]}: write NAME,param:PART; a name has letters, digits and _")
        if name in wanted:
            raise UsageError(f"UPLOAD: two tables are called {name}")
        wanted[name] = uri
    if len(wanted) > MOST_UPLOADS:
        raise UsageError(f"UPLOAD: {len(wanted)} tables; at most {MOST_UPLOADS} are taken")
    for name, uri in wanted.items():
        if uri.startswith("param:") and uri.removeprefix("param:") not in files:
            raise UsageError(f"UPLOAD: table {name} is to be the part {uri[6:46]!r} of the request, which is not there")
    return tuple(_read(name, _bytes(uri, files, own)) for name, uri in wanted.items())


def _bytes(uri: str, files: Mapping[str, bytes], own: str) -> bytes:
    if uri.startswith("param:"):
        return files[uri.removeprefix("param:")]
    return fetched(uri, most_bytes=MOST_BYTES, own=own)


def _read(name: str, body: bytes) -> Uploaded:
    from astropy.io.votable import parse
    from astropy.io.votable.exceptions import VOTableSpecError

    called = f"upload {name}"
    if len(body) > MOST_BYTES:
        raise UsageError(f"{called}: {len(body):,} bytes; at most {MOST_BYTES:,} are taken")
    if guarded(io.BytesIO(body), called, len(body)).is_compressed:
        raise UsageError(f"{called}: compressed data in a VOTable are not taken")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tables = list(parse(io.BytesIO(body), verify="ignore").iter_tables())
        except (VOTableSpecError, ValueError, TypeError, KeyError, IndexError) as error:
            raise UsageError(f"{called}: {str(error).splitlines()[0][:200]}") from None
    if len(tables) != 1:
        raise UsageError(f"{called}: has {len(tables)} tables; one is taken")
    return _table(name, tables[0])


def _table(name: str, table: Any) -> Uploaded:
    import pyarrow as pa

    if len(table.array) > MOST_ROWS:
        raise UsageError(f"upload {name}: {len(table.array):,} rows; at most {MOST_ROWS:,} are taken")
    columns, arrays = [], []
    for field, dtype_name in zip(table.fields, table.array.dtype.names or (), strict=True):
        made = _column(table.array[dtype_name], field)
        if made is None:
            continue
        columns.append(
            TableColumn(field.name or field.ID, field.datatype, field.arraysize, str(field.unit) if field.unit else None,
                        field.ucd, field.utype, field.xtype)
        )  # fmt: skip
        arrays.append(made)
    if not columns:
        raise UsageError(f"upload {name}: has no columns that can be used")
    lower = [c.name.lower() for c in columns]
    if len(set(lower)) < len(lower):
        twice = next(n for n in lower if lower.count(n) > 1)
        raise UsageError(f"upload {name}: two columns are called {twice}, when case does not count")
    return Uploaded(name, tuple(columns), pa.table(arrays, names=lower))


def _column(values: Any, field: Any) -> Any:
    """A column in Arrow; None for types that no query can use (bits, complex numbers, arrays of arrays)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mask: NDArray[np.bool_] = np.ma.getmaskarray(values)
    if field.datatype in ("char", "unicodeChar"):
        texts = [
            v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in np.ma.getdata(values).tolist()
        ]
        empty = np.asarray(mask.reshape(len(texts), -1).any(axis=1)).tolist() if texts else []
        return pa.array([None if m else t for t, m in zip(texts, empty, strict=True)], pa.string())
    if values.dtype.kind not in "biuf" or values.ndim != 1:
        return None
    plain = np.ma.getdata(values)
    found = pa.array(plain.astype(plain.dtype.newbyteorder("=")), mask=mask)
    return pc.if_else(pc.is_nan(found), None, found) if plain.dtype.kind == "f" else found
