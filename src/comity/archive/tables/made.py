"""Tables of products as Parquet: one file for each dataset and access, made anew when the register changed.

A file's name tells what it was made from, so that what did not change is not made again; the list of files is replaced in
one step, and a query that is under way keeps the files it began with.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.archive.access import Access, Everything
from comity.archive.described import Plain
from comity.archive.place import Archive
from comity.archive.register import Product
from comity.archive.tables.source import Part
from comity.model.whole_files import write_whole

#: Seconds after which a file that is no longer used is removed: longer than any query runs.
KEPT_S = 6 * 3600.0
#: Rows that are held at once.
BATCH = 20_000
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Making:
    """How a table is made: the folder's name, the version of its shape, the Arrow schema, and the row of a product or None."""

    kind: str
    version: int
    schema: Callable[[], Any]
    row: Callable[[Archive, Product], Mapping[str, Plain] | None]


def parts(archive: Archive, making: Making) -> tuple[Part, ...]:
    """The files of a table as the register is now; a dataset without rows has none."""
    with _LOCK:
        folder = archive.room("tables") / making.kind
        changes = archive.register.changes
        index = folder / "index.json"
        known = _read(index, making)
        if known is None or known["changes"] != changes:
            known = _made(archive, making, folder, changes)
            write_whole(index, json.dumps(known))
            _tidy(folder, {p["file"] for p in known["parts"]})
        return tuple(
            Part(p["dataset"], Access.of(p["access"]), (folder / p["file"],), p["n_rows"])
            for p in known["parts"]
            if p["n_rows"]
        )


def _read(index: Path, making: Making) -> dict[str, Any] | None:
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        known: dict[str, Any] = json.loads(index.read_text())
        if known["version"] == making.version and all((index.parent / p["file"]).is_file() for p in known["parts"]):
            return known
    return None


def _made(archive: Archive, making: Making, folder: Path, changes: int) -> dict[str, Any]:
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for dataset, access, count, last in archive.register.outline():
        told = json.dumps([making.version, archive.settings.authority, dataset, access.values(), count, last])
        name = f"{dataset}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.parquet"
        if (folder / name).is_file():
            rows = pq.read_metadata(folder / name).num_rows
        else:
            rows = _write(archive, making, folder / name, dataset, access)
        found.append({"dataset": dataset, "access": access.values(), "n_rows": rows, "file": name})
    return {"version": making.version, "changes": changes, "parts": found}


def _write(archive: Archive, making: Making, file: Path, dataset: str, access: Access) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = making.schema()
    beside = file.with_suffix(f".{time.time_ns()}.part")
    total = 0
    try:
        with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
            for rows in _batches(archive, making, dataset, access):
                writer.write_table(pa.Table.from_pylist(rows, schema))
                total += len(rows)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return total


def _batches(archive: Archive, making: Making, dataset: str, access: Access) -> Iterator[list[Mapping[str, Plain]]]:
    rows: list[Mapping[str, Plain]] = []
    for product in archive.register.products(Everything(), dataset=dataset):
        row = making.row(archive, product) if product.access == access else None
        if row is None:
            continue
        rows.append(row)
        if len(rows) >= BATCH:
            yield rows
            rows = []
    yield rows


def _tidy(folder: Path, used: set[str]) -> None:
    """Removes files that no list names and no query can be reading still."""
    for file in folder.glob("*.parquet"):
        if file.name not in used and time.time() - file.stat().st_mtime > KEPT_S:
            file.unlink(missing_ok=True)
