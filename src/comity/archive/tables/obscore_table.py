"""`ivoa.obscore` (ObsCore 1.1) from the register: one Parquet file for each dataset and access, made anew when it changed.

A file's name tells what it was made from, so that what did not change is not made again; the list of files is replaced in
one step, and a query that is under way keeps the files it began with.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from comity.archive.access import Access, Everything
from comity.archive.described import Plain
from comity.archive.obscore import COLUMNS
from comity.archive.place import Archive
from comity.archive.register import Product
from comity.archive.tables.source import Part, TableColumn, TableSource
from comity.model.whole_files import write_whole

#: The shape of the files; another one makes all anew.
VERSION = 2
#: Seconds after which a file that is no longer used is removed: longer than any query runs.
KEPT_S = 6 * 3600.0
#: Rows that are held at once.
BATCH = 20_000
#: ObsCore 1.1 §4: the utype of the table, and that of TAPRegExt's data model.
DATA_MODEL = "ivo://ivoa.net/std/ObsCore#table-1.1"
_RIGHTS = (
    "CASE WHEN restriction IS NOT NULL THEN 'secure' WHEN access = 'open' OR public_from <= {now} THEN 'public' "
    "ELSE 'proprietary' END"
)
#: Columns that are told when they are asked for, as the time and the server's address have it.
_MADE = {
    "access_url": "CASE WHEN {files} IS NULL THEN NULL ELSE {files} || file END",
    "data_rights": _RIGHTS,
}
_LOCK = threading.Lock()
_INDEXED = ("obs_publisher_did", "s_ra", "s_dec", "t_min", "t_max")


def obscore_columns() -> tuple[TableColumn, ...]:
    """The columns of ObsCore, in the order of the standard."""
    return tuple(
        TableColumn(
            c.name, c.datatype, c.arraysize, c.unit, c.ucd, c.utype,
            "adql:REGION" if c.name == "s_region" else "timestamp" if c.name.endswith("_date") else None,
            c.description, c.mandatory, c.name in _INDEXED, True, _MADE.get(c.name),
        )
        for c in COLUMNS
    )  # fmt: skip


def obscore(archive: Archive) -> TableSource:
    """The table of all products, with the parts as they are now."""
    return TableSource(
        name="ivoa.obscore",
        description="Every product of the archive, as ObsCore 1.1 describes it.",
        columns=obscore_columns(),
        parts=_current(archive),
        of="product",
        utype=DATA_MODEL,
        is_hidden_when_empty=False,
        schema_description="Tables of the IVOA's data models.",
    )


def is_observation(product: Product) -> bool:
    """Does ObsCore have a row for it? Not for what goes along with data (a label), nor where nobody says how far it is
    calibrated: calib_level may not be NULL (table 1). `comity archive list` tells what a product lacks."""
    return product.described.obscore.get("calib_level") is not None


def publisher_did(archive: Archive, product: Product) -> str:
    """The IVOA identifier of a product: the dataset's, and the product after the question mark."""
    local = product.id.removeprefix(f"{product.dataset}/")
    return f"{archive.identifier(product.dataset)}?{quote(local)}"


def obscore_row(archive: Archive, product: Product) -> dict[str, Plain]:
    """A product in the terms of ObsCore; what nobody tells is not in it."""
    told = {c.name: product.described.obscore.get(c.name) for c in COLUMNS}
    opens = product.access.public_from
    told |= {
        "obs_collection": product.dataset,
        "obs_id": told["obs_id"] or product.name,
        "obs_publisher_did": publisher_did(archive, product),
        "access_format": product.described.media_type,
        "access_estsize": max(1, -(-product.size // 1000)),
        "obs_release_date": _iso(opens) if opens is not None else product.ingested.rstrip("Z"),
    }
    return told


def _iso(when_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(when_ms / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")


def _current(archive: Archive) -> tuple[Part, ...]:
    with _LOCK:
        folder = archive.room("tables") / "obscore"
        changes = archive.register.changes
        index = folder / "index.json"
        known = _read(index)
        if known is None or known["changes"] != changes:
            known = _made(archive, folder, changes)
            write_whole(index, json.dumps(known))
            _tidy(folder, {p["file"] for p in known["parts"]})
        return tuple(
            Part(p["dataset"], Access.of(p["access"]), (folder / p["file"],), p["n_rows"]) for p in known["parts"]
        )


def _read(index: Path) -> dict[str, Any] | None:
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        known: dict[str, Any] = json.loads(index.read_text())
        if known["version"] == VERSION and all((index.parent / p["file"]).is_file() for p in known["parts"]):
            return known
    return None


def _made(archive: Archive, folder: Path, changes: int) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for dataset, access, count, last in archive.register.outline():
        told = json.dumps([VERSION, archive.settings.authority, dataset, access.values(), count, last])
        name = f"{dataset}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.parquet"
        if not (folder / name).is_file():
            count = _write(archive, folder / name, dataset, access)
        parts.append({"dataset": dataset, "access": access.values(), "n_rows": count, "file": name})
    return {"version": VERSION, "changes": changes, "parts": parts}


def _write(archive: Archive, file: Path, dataset: str, access: Access) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"char": pa.string(), "double": pa.float64(), "int": pa.int32(), "long": pa.int64()}
    schema = pa.schema(
        [(c.name, types[c.datatype]) for c in COLUMNS if c.name not in _MADE]
        + [("product", pa.string()), ("file", pa.string()), ("access", pa.string()), ("restriction", pa.string()),
           ("public_from", pa.int64())]
    )  # fmt: skip
    beside = file.with_suffix(f".{time.time_ns()}.part")
    total = 0
    try:
        with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
            for rows in _batches(archive, dataset, access):
                writer.write_table(pa.Table.from_pylist(rows, schema))
                total += len(rows)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return total


def _batches(archive: Archive, dataset: str, access: Access) -> Iterator[list[Mapping[str, Plain]]]:
    rows: list[Mapping[str, Plain]] = []
    for product in archive.register.products(Everything(), dataset=dataset):
        if product.access != access or not is_observation(product):
            continue
        rows.append(
            {
                **obscore_row(archive, product),
                "product": product.id,
                "file": quote(product.id),
                "access": access.access,
                "restriction": access.restriction,
                "public_from": access.public_from,
            }
        )
        if len(rows) >= BATCH:
            yield rows
            rows = []
    yield rows


def _tidy(folder: Path, used: set[str]) -> None:
    """Removes files that no list names and no query can be reading still."""
    for file in folder.glob("*.parquet"):
        if file.name not in used and time.time() - file.stat().st_mtime > KEPT_S:
            file.unlink(missing_ok=True)
