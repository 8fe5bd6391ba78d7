"""A catalogue is made of a dataset's tables: read once, sorted with bounded memory, written beside, put in place at once.

A new version stands in a folder of its own; `current` is a link that is moved to it when all of it is safe on disk. Whoever reads the
version before goes on reading it: it stays until the next but one. What a killed building left is taken away by the next.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from comity.archive.access import Everything
from comity.archive.catalogues.about import ABOUT, CURRENT, About
from comity.archive.catalogues.columns import Positions, cast, one_schema, placed, positions, without_cells
from comity.archive.catalogues.layout import (
    MAP_ORDER,
    Part,
    margin_name,
    properties_of,
    write_about,
    write_collection,
    write_part,
)
from comity.archive.catalogues.margin import write_margin
from comity.archive.catalogues.runs import RUN_BYTES, Runs
from comity.archive.errors import ArchiveError
from comity.archive.healpix import span
from comity.archive.place import Archive
from comity.archive.product_tables import table
from comity.archive.register import Product

#: Rows and bytes that a file has at most, and rows of its row groups, which are what a cone reads.
FILE_ROWS, FILE_BYTES, GROUP_ROWS = 1_000_000, 2**28, 4_096
_BEGUN = ".building-"

Told = Callable[[int, int, str], None]


def build(
    archive: Archive,
    dataset: str,
    *,
    ra: str | None = None,
    dec: str | None = None,
    rows_of: str | None = None,
    file_rows: int = FILE_ROWS,
    group_rows: int = GROUP_ROWS,
    run_bytes: int = RUN_BYTES,
    margin_arcsec: float | None = None,
    on_progress: Told | None = None,
) -> About:
    """Makes the catalogue of a dataset anew from its current tables, ordered by place.

    `ra`, `dec` name the columns of the place [deg], where no UCD tells them. `rows_of` names a column with the id of a dataset for each
    row: then a reader sees only rows of datasets that they may read, besides that they may read this one. With `margin_arcsec` each file's
    surroundings to that distance are written too, which LSDB needs to match across the borders of files. `on_progress(done, all, what)`.
    ArchiveError when the dataset has no tables, or they do not go together; then what was there before stays.
    """
    described, _ = archive.register.dataset(dataset, Everything())
    products = [p for p in archive.register.products(Everything(), dataset=dataset) if p.described.columns]
    if not products:
        raise ArchiveError(
            f"dataset {dataset} has no tables: a catalogue is made of FITS tables, VOTable, Parquet or CSV"
        )
    if margin_arcsec is not None and not 0 < margin_arcsec <= 3600:
        raise ArchiveError(f"margin {margin_arcsec:g}: is in arcseconds, above 0 and up to 3600")
    known = archive.register.rows_of(dataset)
    if known is not None and rows_of is None:
        raise ArchiveError(
            f"dataset {dataset} gives its rows by the column {known!r}; say --rows-of {known}, "
            "so that they are not opened to all by mistake"
        )
    if rows_of is not None:
        archive.register.give_rows_only(dataset, rows_of)  # before anything of it can be seen
    told = on_progress or (lambda done, of_all, what: None)
    room = archive.room("catalogues", dataset)
    room.mkdir(parents=True, exist_ok=True)
    with _alone(room):
        work = room / f"{_BEGUN}{os.getpid()}"
        work.mkdir()
        try:
            about = _made(
                archive, described.title, products, work, ra=ra, dec=dec, rows_of=rows_of, file_rows=file_rows,
                group_rows=group_rows, run_bytes=run_bytes, told=told, version=_next(room), dataset=dataset,
                margin_arcsec=margin_arcsec,
            )  # fmt: skip
            _put(room, work, about.version)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
    return about


def _made(
    archive: Archive,
    title: str,
    products: list[Product],
    work: Path,
    *,
    dataset: str,
    version: int,
    ra: str | None,
    dec: str | None,
    rows_of: str | None,
    file_rows: int,
    group_rows: int,
    run_bytes: int,
    margin_arcsec: float | None,
    told: Told,
) -> About:
    schemas = []
    for product in products:
        with table(archive, product) as found:
            schemas.append((product.id, without_cells(found.schema)))
    schema = one_schema(schemas)
    where = positions(schema, ra, dec)
    if rows_of is not None:
        _names_datasets(schema, rows_of)
    (work / "runs").mkdir()
    hats = work / "hats" / dataset
    hats.mkdir(parents=True)
    runs = Runs(work / "runs", schema, run_bytes=run_bytes)
    unplaced, n_bytes, by_dataset = _sorted_in(archive, products, schema, where, runs, rows_of, told)
    if not len(runs):
        raise ArchiveError(f"dataset {dataset}: no row has a place on the sky in {where.ra}, {where.dec}")
    most = max(1, min(file_rows, FILE_BYTES * len(runs) // max(n_bytes, 1)))
    parts, footers, sky, final = [], [], np.zeros(12 << (2 * MAP_ORDER), dtype=np.int64), schema
    done = 0
    for order, pixel, rows in runs.pixels(most):
        part = Part(order, pixel, rows)

        def pieces(part: Part = part) -> Iterator[Any]:
            nonlocal final
            for piece in runs.rows(*span(part.order, part.pixel), most):
                final = piece.schema
                np.add.at(sky, piece.column(0).to_numpy() >> (2 * (29 - MAP_ORDER)), 1)
                yield piece

        footers.append(write_part(hats, part, pieces(), group_rows=group_rows))
        parts.append(part)
        done += rows
        told(done, len(runs), f"order {order}, cell {pixel}")
    size = sum(f.stat().st_size for f in hats.rglob("*.parquet"))
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    built = {
        "hats_builder": "comity",
        "hats_creation_date": made,
        "publisher_id": archive.identifier(dataset),
        "obs_copyright": archive.settings.publisher,
    }
    write_about(
        hats, parts, final, footers,
        properties_of(dataset, title=title, ra=where.ra, dec=where.dec, parts=parts, built=built, n_bytes=size), sky,
    )  # fmt: skip
    shutil.rmtree(work / "runs")
    about = About(
        dataset, version, made, where.ra, where.dec, len(runs), unplaced, len(parts), size,
        {p.id: p.sha256 for p in products}, rows_of, by_dataset if rows_of is not None else None,
    )  # fmt: skip
    (hats.parent / ABOUT).write_text(json.dumps(about.to_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
    if margin_arcsec is not None:
        write_margin(hats.parent, margin_arcsec, built, group_rows=group_rows, told=told)
    write_collection(hats.parent, dataset, margin=None if margin_arcsec is None else margin_name(dataset), built=built)
    return about


def _sorted_in(
    archive: Archive,
    products: list[Product],
    schema: Any,
    where: Positions,
    runs: Runs,
    rows_of: str | None,
    told: Told,
) -> tuple[int, int, dict[str, int]]:
    """Reads all tables into runs: rows without a place, bytes in memory, rows by the dataset that they name."""
    import pyarrow.compute as pc

    read = unplaced = n_bytes = 0
    by_dataset: dict[str, int] = {}
    of_all = sum(p.described.n_rows or 0 for p in products)
    for product in products:
        with table(archive, product) as found:
            for batch in found.batches():
                rows, cells = placed(cast(batch, schema), where)
                read += batch.num_rows
                unplaced += batch.num_rows - rows.num_rows
                n_bytes += rows.nbytes
                if rows_of is not None:
                    for counted in pc.value_counts(rows.column(rows_of)).to_pylist():
                        name = str(counted["values"] or "")
                        by_dataset[name] = by_dataset.get(name, 0) + counted["counts"]
                if rows.num_rows:
                    runs.add(rows, cells)
                told(read, max(of_all, read), product.name)
    runs.settle()
    return unplaced, n_bytes, dict(sorted(by_dataset.items()))


def _names_datasets(schema: Any, column: str) -> None:
    import pyarrow.types as types

    if column not in schema.names or not types.is_string(schema.field(column).type):
        raise ArchiveError(f"--rows-of {column}: no column of text is called so; it names a dataset for each row")


# --- putting in place ---------------------------------------------------------------------------------------------------


@contextmanager
def _alone(room: Path) -> Iterator[None]:
    """One building at a time; what a killed one left is taken away."""
    with (room / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ArchiveError(f"{room}: this catalogue is being made by another process") from None
        for left in room.glob(f"{_BEGUN}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def versions(room: Path) -> list[int]:
    """The versions of a catalogue that stand in a folder, in order."""
    return sorted(int(p.name[1:]) for p in room.glob("v*") if p.name[1:].isdigit())


def _next(room: Path) -> int:
    return max(versions(room), default=0) + 1


def _put(room: Path, work: Path, version: int) -> None:
    hats = work / "hats"
    for path in (*hats.rglob("*"), hats):
        _sync(path)
    place = room / f"v{version}"
    hats.rename(place)
    link = work / CURRENT
    link.symlink_to(place.name)
    link.rename(room / CURRENT)
    _sync(room)
    shutil.rmtree(work)
    for old in versions(room)[:-2]:
        shutil.rmtree(room / f"v{old}", ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
