"""Time series of a dataset in Parquet: a part for each product, sorted by time, made once and read by whoever may.

series/DATASET/SHA256.parquet    the records of the file of that hash

A part is named by the bytes that it was made of, so that a new product costs its own part and nothing else, and an embargo
hides whole parts. **Where products overlap** the record of a time is the one that was taken in last: a newer version wins over
an older, and in one file the later record over the earlier of the same time. Products whose parameters differ (in names, types,
units, shapes or fill values) are different series: the first kind is DATASET, every other DATASET/ and eight hexadecimal digits.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from comity.archive.access import Everything
from comity.archive.described import Series
from comity.archive.errors import ArchiveError
from comity.archive.formats import values
from comity.archive.isolation import Limits, limited
from comity.archive.place import Archive
from comity.archive.register import Product
from comity.workers import WorkerError, streamed

if TYPE_CHECKING:
    import pyarrow as pa

_ROOM = "series"


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a dataset's series: parts made now, those there before, old ones taken away, records of the same time.

    `failed` says of each product why it has no part.
    """

    made: int
    kept: int
    removed: int
    repeated: int
    failed: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        failed = [{"product": p, "problem": why} for p, why in self.failed]
        return {
            "made": self.made,
            "kept": self.kept,
            "removed": self.removed,
            "repeated": self.repeated,
            "failed": failed,
        }


def part_of(archive: Archive, product: Product) -> Path:
    """Where the records of a product lie once they are made."""
    return archive.room(_ROOM, product.dataset) / f"{product.sha256}.parquet"


def kind_of(series: Series) -> str:
    """Eight hexadecimal digits that two series share when one can follow the other."""
    told = [[p.name, p.type, p.units, p.size, p.fill] for p in series.parameters]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:8]


def build_series(
    archive: Archive,
    dataset: str,
    *,
    workers: int = 2,
    limits: Limits | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Built:
    """Makes the parts that a dataset's current products lack, and takes away those of products that are no more.

    A part is there whole or not at all; what was interrupted goes on where it stopped. ArchiveError: there is no such dataset.
    """
    archive.register.dataset(dataset, Everything())
    products = [p for p in archive.register.products(Everything(), dataset=dataset) if p.described.series is not None]
    room = archive.room(_ROOM, dataset)
    room.mkdir(parents=True, exist_ok=True)
    with _alone_in(room):
        return _build(archive, products, room, workers, limits or Limits(time_s=3600.0), on_progress)


def _build(
    archive: Archive,
    products: list[Product],
    room: Path,
    workers: int,
    limits: Limits,
    on_progress: Callable[[int, int, str], None] | None,
) -> Built:
    wanted = {part_of(archive, p): p for p in products}
    todo = [(path, p) for path, p in wanted.items() if not path.is_file()]
    removed = 0
    for stray in room.iterdir():
        if stray not in wanted and (stray.suffix == ".parquet" or stray.name.endswith(".part")):
            stray.unlink(missing_ok=True)
            removed += stray.suffix == ".parquet"
    repeated, failed = 0, []
    tasks = ((archive.objects, p.sha256, p.name, p.described.series, str(path)) for path, p in todo)
    results = _made(tasks, len(todo), limits, max(1, workers))
    for done, ((_, product), outcome) in enumerate(zip(todo, results, strict=True), 1):
        if isinstance(outcome, str):
            failed.append((product.id, outcome))
        else:
            repeated += outcome
        if on_progress is not None:
            on_progress(done, len(todo), product.name)
    return Built(len(todo) - len(failed), len(wanted) - len(todo), removed, repeated, tuple(failed))


@contextmanager
def _alone_in(room: Path) -> Iterator[None]:
    """One at a time makes the parts of a dataset; another waits."""
    with (room / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made(tasks: Iterator[tuple[Any, ...]], count: int, limits: Limits, workers: int) -> Iterator[int | str]:
    """What `make_part` says of each, in order; one that ends its process says so, and the others go on."""
    waiting = list(tasks)
    done = 0
    while done < count:
        try:
            for outcome in streamed(
                make_part, waiting[done:], workers=min(workers, count - done), shared=limits, ahead=2
            ):
                done += 1
                yield outcome
        except WorkerError:
            for task in waiting[done : done + 2 * workers + 1]:
                done += 1
                try:
                    (outcome,) = streamed(make_part, [task], workers=1, shared=limits)
                    yield outcome
                except WorkerError:
                    yield "reading it took too much memory, or ended the reader"


def make_part(limits: Limits, objects: Any, digest: str, name: str, series: Series, place: str) -> int | str:
    """Writes the part of one product, in a process of its own: how many records had a time that came again, or what is wrong."""
    try:
        with limited(limits), _file(objects, digest, name) as path:
            return _written(path, series, Path(place))
    except (ArchiveError, OSError) as error:
        return str(error).removeprefix(f"{objects.root}/")
    except (MemoryError, RecursionError):
        return f"reading it takes more than {limits.memory_bytes >> 20} MiB"


@contextmanager
def _file(objects: Any, digest: str, name: str) -> Iterator[Path]:
    """An object under a name with the suffix that it came with, by which text is known for a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"object{Path(name).suffix.lower()}"
        local = objects.local(digest)
        if local is not None:
            path.symlink_to(local)
        else:
            objects.filesystem.get_file(objects.place(digest), str(path))
        yield path


def _written(path: Path, series: Series, place: Path) -> int:
    """Sorts if need be, keeps one record of each time, writes beside, syncs, renames."""
    ordered, repeated, last = True, 0, None
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with _writer(beside, series) as write:
            for batch in values(path, series):
                times = times_of(batch)
                if not times.size:
                    continue
                if (last is not None and times[0] <= last) or (np.diff(times) <= 0).any():
                    ordered = False
                    break
                last = int(times[-1])
                write(batch)
        if not ordered:
            repeated = _sorted(path, series, beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(place)
        _sync(place.parent)
    finally:
        beside.unlink(missing_ok=True)
    return repeated


def _sorted(path: Path, series: Series, beside: Path) -> int:
    import pyarrow as pa

    table = pa.Table.from_batches(list(values(path, series))).combine_chunks()
    batch = latest(table.to_batches()[0])
    with _writer(beside, series) as write:
        write(batch)
    return int(table.num_rows - batch.num_rows)


def times_of(batch: pa.RecordBatch) -> Any:
    """The times of a batch in nanoseconds since 1970 UTC."""
    return np.asarray(batch.column(0).to_numpy(zero_copy_only=False)).astype("datetime64[ns]").view(np.int64)


def latest(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Records in the order of their times, and of each time the one that stands last."""
    import pyarrow as pa

    times = times_of(batch)
    order = np.argsort(times, kind="stable")
    inorder = times[order]
    last = np.append(inorder[1:] != inorder[:-1], True)
    return batch.take(pa.array(order[last]))


@contextmanager
def _writer(place: Path, series: Series) -> Iterator[Callable[[pa.RecordBatch], None]]:
    import pyarrow as pa
    from pyarrow import parquet

    from comity.archive.timeline import records_at_once, schema_of

    group = records_at_once(series)  # what a reader has in memory of a part at once
    texts = [p.name for p in series.parameters[1:] if p.type in ("string", "isotime") and not p.size]
    writer = parquet.ParquetWriter(place, schema_of(series), compression="lz4", use_dictionary=texts or False)
    waiting: list[pa.RecordBatch] = []

    def flush() -> None:
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting), row_group_size=group)
            waiting.clear()

    def write(batch: pa.RecordBatch) -> None:
        waiting.append(batch)
        if sum(b.num_rows for b in waiting) >= group:
            flush()

    try:
        yield write
        flush()
    finally:
        with suppress(ValueError):
            writer.close()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
