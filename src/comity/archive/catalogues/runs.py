"""Rows of any number, brought into the order of HEALPix with bounded memory: sorted runs on disk, merged cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from comity.archive.healpix import Cells, span

#: The name that HATS gives the column of cells of order 29.
HEALPIX = "_healpix_29"
#: Bytes of rows that are sorted at once, and rows of a batch in a run.
RUN_BYTES, _BATCH_ROWS = 2**28, 65_536
#: The finest order of a file's cell: 0.8 arcsec. Only what lies closer together may be more rows than a file should have.
FINEST = 18


class Runs:
    """Takes rows with their cells, and gives them back sorted; those of one cell in the order in which they came."""

    def __init__(self, folder: Path, schema: Any, *, run_bytes: int = RUN_BYTES) -> None:
        self._folder, self.schema, self._most = folder, schema, run_bytes
        self._waiting: list[Any] = []
        self._cells: list[Cells] = []
        self._bytes = 0
        self._sorted: list[Cells] = []
        self._tables: list[Any] = []

    def add(self, batch: Any, cells: Cells) -> None:
        """Takes a batch of the schema, and the cell of each row."""
        self._waiting.append(batch)
        self._cells.append(cells)
        self._bytes += batch.nbytes + cells.nbytes
        if self._bytes >= self._most:
            self.settle()

    def settle(self) -> None:
        """Writes what waits as a sorted run; to be called once more when all rows were taken."""
        import pyarrow as pa

        if not self._waiting:
            return
        cells = np.concatenate(self._cells)
        order = np.argsort(cells, kind="stable")
        table = pa.Table.from_batches(self._waiting, self.schema).combine_chunks().take(pa.array(order))
        number = len(self._sorted)
        self._waiting, self._cells, self._bytes = [], [], 0
        place = self._folder / f"run-{number}.arrow"
        with pa.OSFile(str(place), "wb") as file, pa.ipc.new_file(file, self.schema) as writer:
            writer.write_table(table, max_chunksize=_BATCH_ROWS)
        np.save(self._folder / f"run-{number}.npy", cells[order])
        self._sorted.append(np.load(self._folder / f"run-{number}.npy", mmap_mode="r"))
        self._tables.append(pa.ipc.open_file(pa.memory_map(str(place))).read_all())

    def __len__(self) -> int:
        return sum(len(c) for c in self._sorted)

    def _count(self, edges: Cells) -> Cells:
        """How many rows have a cell below each edge."""
        total = np.zeros(len(edges), dtype=np.int64)
        for cells in self._sorted:
            total += np.searchsorted(cells, edges)
        return total

    def pixels(self, most: int) -> list[tuple[int, int, int]]:
        """The coarsest cells that hold all rows with at most so many in each: (order, pixel, rows), along the sky.

        A cell of the order `FINEST` is not parted however many it holds.
        """
        found: list[tuple[int, int, int]] = []
        order, pixels = 0, np.arange(12, dtype=np.int64)
        while len(pixels):
            ends = np.array([span(order, int(p)) for p in pixels], dtype=np.int64)
            rows = self._count(ends[:, 1]) - self._count(ends[:, 0])
            whole = (rows > 0) & ((rows <= most) | (order == FINEST))
            found += [(order, int(p), int(n)) for p, n in zip(pixels[whole], rows[whole], strict=True)]
            parted = pixels[(rows > 0) & ~whole]
            pixels = (parted[:, None] * 4 + np.arange(4)).ravel()
            order += 1
        return sorted(found, key=lambda f: span(f[0], f[1]))

    def rows(self, first: int, after: int, most: int) -> Iterator[Any]:
        """Tables of the rows in the cells [first, after), sorted, each of at most `most` rows, with their cells in front."""
        counted = int(self._count(np.array([after]))[0] - self._count(np.array([first]))[0])
        if counted == 0:
            return
        if counted <= most:
            yield self._merged(first, after)
        elif after - first > 1:
            step = (after - first) // 4
            for part in range(4):
                yield from self.rows(first + part * step, first + (part + 1) * step, most)
        else:  # more rows in one place than a table may have: as they came
            for cells, table in zip(self._sorted, self._tables, strict=True):
                start, stop = np.searchsorted(cells, [first, after])
                for begin in range(int(start), int(stop), most):
                    end = min(begin + most, int(stop))
                    yield _with_cells(table.slice(begin, end - begin), cells[begin:end])

    def _merged(self, first: int, after: int) -> Any:
        import pyarrow as pa

        pieces, cells = [], []
        for run, table in zip(self._sorted, self._tables, strict=True):
            start, stop = np.searchsorted(run, [first, after])
            if stop > start:
                pieces.append(table.slice(int(start), int(stop - start)))
                cells.append(run[start:stop])
        together = np.concatenate(cells)
        table = pa.concat_tables(pieces)
        if len(pieces) > 1:
            order = np.argsort(together, kind="stable")
            table, together = table.combine_chunks().take(pa.array(order)), together[order]
        return _with_cells(table, together)


def _with_cells(table: Any, cells: Cells) -> Any:
    import pyarrow as pa

    told = {"description": "HEALPix cell of order 29, nested"}
    return table.add_column(0, pa.field(HEALPIX, pa.int64(), metadata=told), pa.array(cells))
