"""The records of a holding between two times: in order, each time once, and never more than a few batches in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from comity.archive.hapi.holdings import Part
from comity.archive.series import latest, times_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Records of the first batch, so that the first byte is soon there; and that small batches are brought together to.
FIRST, ENOUGH = 2048, 8192


def records(parts: Sequence[Part], names: Sequence[str], start_ns: int, stop_ns: int) -> Iterator[pa.RecordBatch]:
    """The columns `names`, time first, of all records at or after `start_ns` and before `stop_ns`.

    Where parts overlap, the record of a time is the one of the part with the highest number.
    """
    first = True
    for batch in _ahead(_together(_in_order(parts, list(names), start_ns, stop_ns))):
        if first and batch.num_rows > FIRST:
            yield batch.slice(0, FIRST)
            batch = batch.slice(FIRST)
        first = False
        yield batch


def _in_order(parts: Sequence[Part], names: list[str], start_ns: int, stop_ns: int) -> Iterator[pa.RecordBatch]:
    wanted = sorted(
        (p for p in parts if p.start_ns < stop_ns and p.stop_ns >= start_ns), key=lambda p: (p.start_ns, p.number)
    )
    together: list[Part] = []
    reach = 0
    for part in wanted:
        if together and part.start_ns > reach:
            yield from _merged(together, names, start_ns, stop_ns)
            together = []
        reach = max(reach, part.stop_ns) if together else part.stop_ns
        together.append(part)
    if together:
        yield from _merged(together, names, start_ns, stop_ns)


def _merged(parts: list[Part], names: list[str], start_ns: int, stop_ns: int) -> Iterator[pa.RecordBatch]:
    """Parts that overlap, side by side: up to the time that all have been read to, the records are final."""
    if len(parts) == 1:
        yield from _of_part(parts[0], names, start_ns, stop_ns)
        return
    streams = [_of_part(p, names, start_ns, stop_ns) for p in sorted(parts, key=lambda p: p.number)]
    heads = [next(s, None) for s in streams]
    while any(h is not None for h in heads):
        ends = [int(times_of(h)[-1]) for h in heads if h is not None]
        horizon = min(ends)
        ready = []
        for n, head in enumerate(heads):
            if head is None:
                continue
            count = int(np.searchsorted(times_of(head), horizon, side="right"))
            if count:
                ready.append(head.slice(0, count))
            heads[n] = head.slice(count) if count < head.num_rows else next(streams[n], None)
        if len(ready) == 1:
            yield ready[0]
        else:
            yield latest(_one(ready))


def _of_part(part: Part, names: list[str], start_ns: int, stop_ns: int) -> Iterator[pa.RecordBatch]:
    from pyarrow import parquet

    with parquet.ParquetFile(part.path) as file:
        for group in range(file.num_row_groups):
            bounds = file.metadata.row_group(group).column(0).statistics
            if bounds is not None and bounds.has_min_max and (bounds.max_raw < start_ns or bounds.min_raw >= stop_ns):
                continue
            table = file.read_row_group(group, columns=names).select(names).combine_chunks()
            if not table.num_rows:
                continue
            batch = table.to_batches()[0]
            times = times_of(batch)
            first, last = np.searchsorted(times, [start_ns, stop_ns], side="left")
            if last > first:
                yield batch.slice(int(first), int(last - first))


def _together(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The first batch as it is, then small ones made into one: a dataset of a day a file is not sent by a line a time."""
    first = next(batches, None)
    if first is None:
        return
    yield first
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= ENOUGH:
            yield _one(waiting)
            waiting, rows = [], 0
    if waiting:
        yield _one(waiting)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    import pyarrow as pa

    return batches[0] if len(batches) == 1 else pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The next batch is read while the last one is written out."""
    first = next(batches, None)
    if first is None:
        return
    with ThreadPoolExecutor(1, thread_name_prefix="hapi-read") as reading:
        coming: Future[pa.RecordBatch | None] = reading.submit(next, batches, None)
        yield first
        while (batch := coming.result()) is not None:
            coming = reading.submit(next, batches, None)
            yield batch
