"""A catalogue that is open for a reader: which files hold which cells, and only the rows that the reader may see."""

from __future__ import annotations

import csv
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from comity.archive.access import Everything, Reader
from comity.archive.catalogues.about import ABOUT, CURRENT, About
from comity.archive.catalogues.layout import Part
from comity.archive.catalogues.runs import HEALPIX
from comity.archive.errors import ArchiveError
from comity.archive.healpix import CELLS, Cells, span
from comity.archive.place import Archive
from comity.model.problems import nearest

#: Footers that are kept at hand, over all row groups and columns.
MOST_KEPT = 400_000
#: Up to so many ranges rows are looked up by range, beyond ranges by row.
FEW_RANGES = 256


@dataclass(slots=True)
class _File:
    """An open file: its reader, and the first and last cell of each row group."""

    reader: Any
    first: Cells
    last: Cells
    lock: Lock


@dataclass(slots=True)
class Stored:
    """A version on disk, whoever reads it. Files are opened as they are needed and kept open."""

    folder: Path
    about: About
    schema: Any
    parts: tuple[Part, ...]
    first: Cells
    after: Cells
    _files: OrderedDict[int, _File] = field(default_factory=OrderedDict)
    _kept: int = 0
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def at(cls, folder: Path) -> Stored:
        """The version in a folder."""
        import pyarrow.parquet as pq

        about = About(**json.loads((folder / ABOUT).read_text(encoding="utf-8")))
        hats = folder / about.dataset
        with (hats / "partition_info.csv").open(encoding="utf-8") as rows:
            parts = sorted(
                (Part(int(r["Norder"]), int(r["Npix"]), int(r["num_rows"])) for r in csv.DictReader(rows)),
                key=lambda p: span(p.order, p.pixel),
            )
        ends = np.array([span(p.order, p.pixel) for p in parts], dtype=np.int64)
        schema = pq.read_schema(hats / "dataset" / "_common_metadata").remove_metadata()
        return cls(hats, about, schema, tuple(parts), ends[:, 0], ends[:, 1])

    def file(self, number: int) -> _File:
        """The file of a part, open."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self._lock:
            found = self._files.get(number)
            if found is not None:
                self._files.move_to_end(number)
                return found
            path = self.folder / "dataset" / self.parts[number].place
            reader = pq.ParquetFile(pa.memory_map(str(path)), memory_map=True)
            groups = [reader.metadata.row_group(g).column(0).statistics for g in range(reader.num_row_groups)]
            found = _File(reader, np.array([g.min for g in groups]), np.array([g.max for g in groups]), Lock())
            self._files[number] = found
            self._kept += len(groups) * len(self.schema)
            while self._kept > MOST_KEPT and len(self._files) > 1:
                _, old = self._files.popitem(last=False)
                self._kept -= len(old.first) * len(self.schema)
            return found


@lru_cache(maxsize=32)
def _stored(folder: Path) -> Stored:
    return Stored.at(folder)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue as a reader may see it. `allowed` are the datasets whose rows are seen; None: all rows."""

    stored: Stored
    allowed: frozenset[str] | None

    @property
    def about(self) -> About:
        """Of what it is made."""
        return self.stored.about

    @property
    def schema(self) -> Any:
        """Its columns, the cell first."""
        return self.stored.schema

    @property
    def rows(self) -> int:
        """How many rows the reader may see."""
        if self.allowed is None:
            return self.about.rows
        return sum(n for name, n in (self.about.rows_by_dataset or {}).items() if name in self.allowed)

    def columns(self, wanted: Sequence[str] | None) -> list[str]:
        """The columns that are wanted, in their order. ArchiveError with the nearest name when there is none such."""
        if wanted is None:
            return list(self.schema.names)
        for name in wanted:
            if name not in self.schema.names:
                hint = nearest(name, self.schema.names) or f"there are {', '.join(self.schema.names[:20])}"
                raise ArchiveError(f"catalogue {self.about.dataset} has no column {name!r}; {hint}")
        return list(dict.fromkeys(wanted))

    def within(
        self, ranges: Cells, columns: Sequence[str] | None = None, *, batch_rows: int = 262_144
    ) -> Iterator[Any]:
        """Tables of the rows whose cell of order 29 is in ranges [first, after) that are in order and apart, along the sky.

        Only files and row groups that the ranges touch are read; a table has about `batch_rows` rows at most.
        """
        asked = self.columns(columns)
        needed = list(dict.fromkeys([HEALPIX, *asked, *([self.about.rows_of] if self._partly else [])]))
        for number in _touched(self.stored.first, self.stored.after - 1, ranges):
            file = self.stored.file(int(number))
            groups = _touched(file.first, file.last, ranges)
            step = max(1, batch_rows // max(1, file.reader.metadata.row_group(0).num_rows))
            for start in range(0, len(groups), step):
                with file.lock:
                    found = file.reader.read_row_groups(
                        [int(g) for g in groups[start : start + step]], columns=needed, use_threads=False
                    )
                rows = self._seen(_in_ranges(found, ranges))
                if rows.num_rows:
                    yield rows.select(asked)

    def all_rows(self, columns: Sequence[str] | None = None, *, batch_rows: int = 262_144) -> Iterator[Any]:
        """All rows that the reader may see, along the sky, as tables."""
        return self.within(np.array([[0, CELLS]], dtype=np.int64), columns, batch_rows=batch_rows)

    def rows_about(self, ranges: Cells) -> int:
        """How many rows the files have that ranges touch, by their share of the files' cells: no row is read."""
        number = _touched(self.stored.first, self.stored.after - 1, ranges)
        rows = np.array([p.rows for p in self.stored.parts], dtype=np.float64)
        first, after = self.stored.first[number], self.stored.after[number]
        # Cells of the ranges in each file: what lies below its end less what lies below its beginning.
        edges = np.concatenate([[0], np.cumsum(ranges[:, 1] - ranges[:, 0])])

        def below(cell: Cells) -> Any:
            at = np.searchsorted(ranges[:, 0], cell, side="right") - 1
            return np.where(at < 0, 0, edges[at] + np.clip(cell - ranges[at, 0], 0, ranges[at, 1] - ranges[at, 0]))

        return int((rows[number] * (below(after) - below(first)) / (after - first)).sum())

    def largest(self, column: str) -> float:
        """No value of a column of numbers is further from zero, by what the files tell of their row groups."""
        found = 0.0
        for number in range(len(self.stored.parts)):
            metadata = self.stored.file(number).reader.metadata
            position = self.schema.names.index(column)
            for group in range(metadata.num_row_groups):
                told = metadata.row_group(group).column(position).statistics
                if told is not None and told.has_min_max:
                    found = max(found, abs(told.min), abs(told.max))
        return found

    @property
    def _partly(self) -> bool:
        return self.about.rows_of is not None and self.allowed is not None

    def _seen(self, rows: Any) -> Any:
        if not self._partly:
            return rows
        import pyarrow as pa
        import pyarrow.compute as pc

        assert self.allowed is not None
        return rows.filter(
            pc.is_in(rows.column(self.about.rows_of), value_set=pa.array(sorted(self.allowed), pa.string()))
        )


def _touched(first: Cells, last: Cells, ranges: Cells) -> Any:
    """Which of the intervals [first, last] meet one of the ranges [start, after)."""
    position = np.searchsorted(ranges[:, 1], first, side="right")  # the first range that ends after an interval begins
    inside = position < len(ranges)
    starts = ranges[np.minimum(position, len(ranges) - 1), 0]
    return np.flatnonzero(inside & (starts <= last))


def _in_ranges(rows: Any, ranges: Cells) -> Any:
    """The rows of a table, sorted by cell, whose cell is in one of the ranges."""
    cells = rows.column(HEALPIX).to_numpy()
    if len(ranges) < FEW_RANGES:
        starts, stops = np.searchsorted(cells, ranges[:, 0]), np.searchsorted(cells, ranges[:, 1])
        picked = [np.arange(starts[i], stops[i]) for i in np.flatnonzero(stops > starts)]
        chosen = np.concatenate(picked) if picked else np.empty(0, dtype=np.int64)
    else:
        position = np.searchsorted(ranges[:, 1], cells, side="right")
        starts = ranges[np.minimum(position, len(ranges) - 1), 0]
        chosen = np.flatnonzero((position < len(ranges)) & (starts <= cells))
    return rows if len(chosen) == len(cells) else rows.take(chosen)


def open_catalogue(
    archive: Archive, dataset: str, reader: Reader | Everything, at: datetime | None = None
) -> Catalogue:
    """The catalogue of a dataset as a reader may see it now or at a time (UTC).

    ArchiveError when this reader may not know of the dataset, in the words of a dataset that is not there; or none was made of it.
    """
    archive.register.dataset(dataset, reader, at)
    folder = archive.room("catalogues", dataset) / CURRENT
    if not folder.is_dir():
        raise ArchiveError(f"no catalogue was made of {dataset}: `comity archive catalogue` makes one")
    stored = _stored(folder.resolve())
    if stored.about.rows_of is None or isinstance(reader, Everything):
        return Catalogue(stored, None)
    return Catalogue(stored, frozenset(d.id for d, _ in archive.register.datasets(reader, at)))


def catalogues(archive: Archive, reader: Reader | Everything, at: datetime | None = None) -> list[Catalogue]:
    """All catalogues that a reader may see, by the names of their datasets."""
    return [
        open_catalogue(archive, d.id, reader, at)
        for d, _ in archive.register.datasets(reader, at)
        if (archive.room("catalogues", d.id) / CURRENT).is_dir()
    ]


def is_stale(archive: Archive, catalogue: Catalogue) -> bool:
    """Have the dataset's tables changed since its catalogue was made?"""
    now = archive.register.products(Everything(), dataset=catalogue.about.dataset)
    return {p.id: p.sha256 for p in now if p.described.columns} != catalogue.about.products
