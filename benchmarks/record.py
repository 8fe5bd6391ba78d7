"""How fast a record appends, proves, verifies and replays, beside the limit of its parts and beside pymerkle.

    python -m benchmarks.record --entries 1000000

Everything is measured in the same run on the same machine, files on the same disk. *Bare* SQLite inserts rows that were
made beforehand, the same columns and the same unique index, with the same durability (WAL, an fsync a commit) and the
same number of rows a commit; runs of bare and ours alternate, and the best of each counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pymerkle
from cryptography.hazmat.primitives import hashes
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.entries import CORES, KEY, NOTE, checks_per_second, made
from comity.record import Entry, Fold
from comity.record.log import Log, open_log
from comity.record.merkle import Frontier, leaf_hash
from comity.record.replay import replay
from comity.record.store.sqlite import SqliteStore

#: Rows a commit, threads that append one by one, and how often each is measured.
TOGETHER = 1_000
THREADS = 64
RUNS = 3
Row = tuple[int, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, in its unit, beside what it is held against."""

    what: str
    value: float
    unit: str
    beside: str = ""
    limit: float | None = None

    @property
    def ratio(self) -> str:
        return "" if not self.limit else f"{100 * self.value / self.limit:.0f} %"


def per_second(count: int, work: Callable[[], object]) -> float:
    """How many a second, when `work` does so many."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def library(leaf: bytes) -> tuple[float, float, float]:
    """Bare signatures, checks and SHA-256 a second, on one core, for messages as long as a leaf."""

    def digest() -> None:
        for _ in range(20_000):
            one = hashes.Hash(hashes.SHA256())
            one.update(leaf)
            one.finalize()

    signature = KEY.sign(leaf)
    public = KEY._private.public_key()
    return (
        per_second(5_000, lambda: [KEY.sign(leaf) for _ in range(5_000)]),
        per_second(5_000, lambda: [public.verify(signature, leaf) for _ in range(5_000)]),
        per_second(20_000, digest),
    )


def rows_of(leaves: Sequence[bytes]) -> list[Row]:
    """What the store will hold, made beforehand."""
    tree = Frontier.empty()
    hashed = [leaf_hash(leaf) for leaf in leaves]
    return [(n, h, b"".join(tree.add(h)), leaf) for n, (h, leaf) in enumerate(zip(hashed, leaves, strict=True))]


class Bench:
    """A folder for the databases, each new for each run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def place(self) -> Path:
        self.count += 1
        return self.folder / f"{self.count}.db"

    def bare(self, rows: list[Row], together: int) -> float:
        """Rows a second into the same tables by plain SQL."""
        place = self.place()
        SqliteStore(place, create=True).close()
        connection = sqlite3.connect(place, isolation_level=None)
        for setting in ("synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 4096"):
            connection.execute(f"PRAGMA {setting}")

        def insert() -> None:
            for start in range(0, len(rows), together):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO leaves VALUES (?, ?, ?, ?)", rows[start : start + together])
                connection.execute("COMMIT")

        speed = per_second(len(rows), insert)
        connection.close()
        place.unlink()
        return speed

    def ours(self, leaves: Sequence[bytes], together: int, *, verify: bool = False) -> float:
        """Leaves a second through the log."""

        def append() -> None:
            for start in range(0, len(leaves), together):
                some = leaves[start : start + together]
                if verify:
                    for leaf in some:
                        Entry.from_bytes(leaf).verify()
                log.append(some)

        with self.opened() as log:
            return per_second(len(leaves), append)

    def one_by_one(self, leaves: Sequence[bytes], threads: int) -> float:
        """Leaves a second when so many threads append one leaf at a time."""
        with self.opened() as log, ThreadPoolExecutor(threads) as pool:
            return per_second(len(leaves), lambda: list(pool.map(lambda leaf: log.append([leaf]), leaves)))

    def opened(self) -> Log:
        return open_log(self.place(), create=True)

    def pymerkle(self, leaves: Sequence[bytes], *, singly: bool) -> float:
        """Leaves a second into pymerkle's SQLite tree, with its own settings."""
        with pymerkle.SqliteTree(str(self.place())) as tree:
            if singly:
                return per_second(len(leaves), lambda: [tree.append_entry(leaf) for leaf in leaves])
            return per_second(len(leaves), lambda: tree.append_entries(leaves, chunksize=TOGETHER))


def appending(bench: Bench, leaves: Sequence[bytes]) -> Iterator[Figure]:
    """Appending: many at once, one by one, and with every signature checked first."""
    rows = rows_of(leaves)
    some, some_rows = leaves[:2_000], rows[:2_000]
    bare = ours = bare_one = ours_one = shared = 0.0
    for _ in track(range(RUNS), description="appending", console=Console(stderr=True)):
        bare, ours = max(bare, bench.bare(rows, TOGETHER)), max(ours, bench.ours(leaves, TOGETHER))
        bare_one, ours_one = max(bare_one, bench.bare(some_rows, 1)), max(ours_one, bench.ours(some, 1))
        shared = max(shared, bench.one_by_one(leaves[:20_000], THREADS))
    checked = bench.ours(leaves[:20_000], TOGETHER, verify=True)
    yield Figure("bare SQLite", bare, f"rows/s, {TOGETHER} a commit")
    yield Figure("append", ours, f"entries/s, {TOGETHER} a commit", "bare SQLite", bare)
    yield Figure(
        "append, signatures checked first", checked, "entries/s", "bare checks, one core", library(leaves[1])[1]
    )
    yield Figure("bare SQLite", bare_one, "rows/s, 1 a commit")
    yield Figure("append", ours_one, "entries/s, 1 thread, 1 at a time", "bare SQLite", bare_one)
    yield Figure("append, group commit", shared, f"entries/s, {THREADS} threads, 1 at a time", "bare SQLite", bare_one)
    peer, peer_one = bench.pymerkle(leaves, singly=False), bench.pymerkle(some, singly=True)
    yield Figure("pymerkle append_entries", peer, f"entries/s, {TOGETHER} a commit", "ours", ours)
    yield Figure("pymerkle append_entry", peer_one, "entries/s, 1 at a time", "ours", ours_one)


def milliseconds(work: Callable[[int], object], arguments: Sequence[int]) -> tuple[float, float]:
    """The median, and what 99 of 100 stay under."""
    times = []
    for argument in arguments:
        started = time.perf_counter()
        work(argument)
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def proving(bench: Bench, log: Log) -> Iterator[Figure]:
    """Proofs in the whole record, and pymerkle's of the same entries."""
    size = log.size
    asked = [(7919 * n + 1) % size for n in range(1, 1001)]
    kinds: list[tuple[str, Callable[[int], object]]] = [
        ("inclusion proof", lambda n: log.inclusion_proof(n, size)),
        ("consistency proof", lambda n: log.consistency_proof(n, size)),
    ]
    for what, prove in kinds:
        median, most = milliseconds(prove, asked)
        yield Figure(f"{what} of {size:,} entries", median, f"ms median, {most:.2f} ms p99", "1 ms", 1.0)
    few = min(size, 100_000)
    with pymerkle.SqliteTree(str(bench.place())) as tree:
        tree.append_entries((leaf for _, leaf in log.read(0, few)), chunksize=TOGETHER)
        median, most = milliseconds(lambda n: tree.prove_inclusion(1 + n % few, few), asked[:50])
        yield Figure(f"pymerkle inclusion of {few:,}", median, f"ms median, {most:.2f} ms p99")
        median, most = milliseconds(lambda n: tree.prove_consistency(1 + n % few, few), asked[:50])
        yield Figure(f"pymerkle consistency of {few:,}", median, f"ms median, {most:.2f} ms p99")


def replaying(log: Log, length: int) -> Iterator[Figure]:
    """The whole record from its first byte: hashes and tree, signatures on all cores, and the fold."""
    before = checks_per_second(5, length)
    result = Fold((NOTE,))
    speed = per_second(log.size, lambda: replay((leaf for _, leaf in log.read()), result))
    assert (result.size, result.refusals) == (log.size, [])
    limit = (before + checks_per_second(5, length)) / 2
    yield Figure("bare signature checks", limit, f"/s, {CORES} cores")
    yield Figure(f"verify and replay {log.size:,} entries", speed, f"entries/s, {CORES} cores", "bare checks", limit)
    reading = per_second(log.size, lambda: sum(1 for _ in log.read()))
    yield Figure("of which reading and the tree", reading, "entries/s, 1 core")


def shown(figures: Sequence[Figure]) -> Table:
    """All figures as one table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("what", "value", "unit", "beside", "ratio"):
        table.add_column(column, justify="right" if column in ("value", "ratio") else "left")
    for f in figures:
        table.add_row(f.what, f"{f.value:,.0f}" if f.value >= 100 else f"{f.value:.3f}", f.unit, f.beside, f.ratio)
    return table


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--entries", type=int, default=100_000, help="entries of the record that is proved and replayed"
    )
    parser.add_argument("--folder", type=Path, help="where the databases are made; by default the temporary folder")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="comity-record-", dir=given.folder))
    try:
        run(folder, given.entries)
    finally:
        shutil.rmtree(folder)


def run(folder: Path, entries: int) -> None:
    """Measures everything, and prints it."""
    bench, place = Bench(folder), folder / "whole.db"
    with open_log(place, create=True) as log:
        waiting: list[bytes] = []
        for leaf in track(made(entries), total=entries, description="signing", console=Console(stderr=True)):
            waiting.append(leaf)
            if len(waiting) == TOGETHER:
                log.append(waiting)
                waiting.clear()
        log.append(waiting)
        leaves = [leaf for _, leaf in log.read(0, min(entries, 100_000))]
        length = len(leaves[1])
        signing, checking, hashing = library(leaves[1])
        figures = [
            Figure("bare Ed25519 sign", signing, "/s, 1 core"),
            Figure("bare Ed25519 check", checking, "/s, 1 core"),
            Figure(f"bare SHA-256 of {length} bytes", hashing, "/s, cryptography, 1 core"),
            Figure("the same by hashlib", per_second(20_000, lambda: [sha256(leaves[1]).digest() for _ in range(20_000)]),
                   "/s, 1 core"),
            *appending(bench, leaves),
            *proving(bench, log),
            *replaying(log, length),
        ]  # fmt: skip
    Console(width=int(os.environ.get("COLUMNS", "110"))).print(shown(figures))


if __name__ == "__main__":
    main()
