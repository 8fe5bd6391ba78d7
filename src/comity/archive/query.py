"""Answers a query of ADQL on what a reader sees, within limits of time, rows and memory.

Each query has a database of its own in memory, in which nothing is but the reader's tables: the only files that it can open
are those that the reader may see, and it can change none of its settings.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from comity.archive.access import Access, Everything, Reader, milliseconds
from comity.archive.adql import Translated, register, translated
from comity.archive.errors import ArchiveError
from comity.archive.place import Archive
from comity.archive.tables import TableColumn, Visible, tables
from comity.archive.tables.source import TableSource, literal, quoted
from comity.archive.tables.tap_schema import TAP_SCHEMA, arrow, rows


class QueryError(ArchiveError):
    """A query that cannot be answered: refused, too long, too large, or wrong while it ran."""


#: Queries that a server runs at once: of those who wait for the answer, and of jobs.
AT_ONCE, JOBS_AT_ONCE = 4, 2


@cache
def memory_of_each() -> int:
    """Bytes that one query may take in its database: together they take half of the machine's memory, each 2 GiB at most."""
    all_ = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = Path("/sys/fs/cgroup/memory.max")
    if group.is_file() and (told := group.read_text().strip()).isdigit():
        all_ = min(all_, int(told))
    return min(2 * 2**30, all_ // 2 // (AT_ONCE + JOBS_AT_ONCE))


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query may take: rows, seconds, bytes of memory in the database, bytes of the answer, threads."""

    rows: int = 20_000
    time_s: float = 60.0
    memory_bytes: int = field(default_factory=memory_of_each)
    answer_bytes: int = field(default_factory=lambda: memory_of_each() // 2)
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A table that comes with a query: `tap_upload.NAME`, as Arrow."""

    name: str
    columns: tuple[TableColumn, ...]
    table: Any


@dataclass(frozen=True, slots=True)
class Answered:
    """The rows of an answer as an Arrow table, and what is told of its columns; `is_cut` when there were more rows.

    `tables` are those that it was read from.
    """

    columns: tuple[TableColumn, ...]
    table: Any
    is_cut: bool
    query: str
    tables: frozenset[str] = frozenset()


class Stop:
    """Ends a query from another thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Ends the query as soon as it can be."""
        self._asked.set()

    @property
    def is_asked(self) -> bool:
        """Was it to end?"""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits till it is asked for, or a time is over."""
        return self._asked.wait(seconds)


def seen_tables(archive: Archive, reader: Reader | Everything, at: datetime) -> list[TableSource]:
    """The tables that a reader can name, those of TAP_SCHEMA last."""
    return [*(v.source for v in tables(archive, reader, at).values()), *TAP_SCHEMA]


def answered(
    archive: Archive,
    reader: Reader | Everything,
    text: str,
    *,
    at: datetime | None = None,
    limits: QueryLimits | None = None,
    base_url: str = "",
    uploads: Sequence[Uploaded] = (),
    stop: Stop | None = None,
) -> Answered:
    """The answer to a query. QueryError or AdqlError say why there is none.

    `base_url` is the address under which files are served, for `access_url`.
    """
    limits, when = limits or QueryLimits(), at or datetime.now(UTC)
    seen = tables(archive, reader, when)
    known: dict[str, Sequence[TableColumn]] = {
        **{name: v.source.columns for name, v in seen.items()},
        **{s.name: s.columns for s in TAP_SCHEMA},
        **{f"tap_upload.{u.name}": u.columns for u in uploads},
    }
    query = _translated(text, tuple((name, tuple(columns)) for name, columns in known.items()))
    values = {
        "now": str(milliseconds(when)),
        "files": literal(f"{base_url}/files/") if base_url else "CAST(NULL AS VARCHAR)",
    }
    with _database(limits, query, seen, uploads, values) as database, _watched(database, limits, stop or Stop()):
        found, is_cut = _run(database, query, limits)
    columns = named(query.columns)
    return Answered(columns, found.rename_columns([c.name for c in columns]), is_cut, text, query.tables)


@lru_cache(maxsize=512)
def _translated(text: str, known: tuple[tuple[str, tuple[TableColumn, ...]], ...]) -> Translated:
    """As `translated`; it depends on nothing else, and programs ask the same again and again."""
    return translated(text, dict(known))


def datasets_read(
    archive: Archive, answer: Answered, reader: Reader | Everything, at: datetime
) -> list[tuple[str, Access]]:
    """The datasets whose data an answer may hold, with their access: those of catalogues; ObsCore tells of data only."""
    from comity.archive.catalogues import open_catalogue

    access = {d.id: a for d, a in archive.register.datasets(reader, at)}
    found: set[str] = set()
    for name in answer.tables:
        schema, _, dataset = name.partition(".")
        if schema == "catalogues":
            found |= {dataset, *(open_catalogue(archive, dataset, reader, at).about.rows_by_dataset or {})}
    return [(id, access[id]) for id in sorted(found) if id in access]


def named(columns: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """Columns whose names differ: a second `a` is `a_2`."""
    taken: set[str] = set()
    made = []
    for column in columns:
        plain = "".join(c for c in column.name if c.isprintable()) or "column"
        name, number = plain, 1
        while name.lower() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.lower())
        made.append(replace(column, name=name))
    return tuple(made)


@contextmanager
def _database(
    limits: QueryLimits,
    query: Translated,
    seen: Mapping[str, Visible],
    uploads: Sequence[Uploaded],
    values: Mapping[str, str],
) -> Iterator[Any]:
    import duckdb

    database = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{limits.memory_bytes}B",
            "threads": limits.threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": "",
        },
    )
    try:
        database.execute("SET python_enable_replacements = false; SET TimeZone = 'UTC'")
        register(database, query.sql)
        used = {n: seen[n] for n in query.tables if n in seen}
        files = [str(f) for v in used.values() if v.only is None for f in v.files]
        for schema in {name.partition(".")[0].lower() for name in query.tables}:
            database.execute(f"CREATE SCHEMA {quoted(schema)}")
        for view in used.values():
            _make(database, view, values)
        _make_described(database, query, seen)
        for upload in uploads:
            if f"tap_upload.{upload.name}" in query.tables:
                _copy(database, f"tap_upload.{upload.name}", upload.table)
        if files:
            database.execute(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield database
    finally:
        database.close()


def _make(database: Any, view: Visible, values: Mapping[str, str]) -> None:
    name = ".".join(quoted(p.lower()) for p in view.source.name.split(".", 1))
    if view.only is None or not view.files:
        database.execute(f"CREATE VIEW {name} AS {view.relation(values)}")
        return
    import pyarrow as pa

    # Not all rows of its files are seen: those that are, are copied, so that the rest is not in the database at all.
    column, allowed = view.only
    database.register("comity_allowed", pa.table({"value": pa.array(sorted(allowed), pa.string())}))
    database.execute(
        f"CREATE TABLE {name} AS {view.relation(values)} WHERE {quoted(column)} IN (SELECT value FROM comity_allowed)"
    )
    database.unregister("comity_allowed")


def _make_described(database: Any, query: Translated, seen: Mapping[str, Visible]) -> None:
    wanted = [s for s in TAP_SCHEMA if s.name in query.tables]
    if not wanted:
        return
    told = rows(v.source for v in seen.values())
    for source in wanted:
        _copy(database, source.name, arrow(source.short, told[source.short]))


def _copy(database: Any, name: str, table: Any) -> None:
    database.register("comity_given", table)
    target = ".".join(quoted(p.lower()) for p in name.split(".", 1))
    database.execute(f"CREATE TABLE {target} AS SELECT * FROM comity_given")
    database.unregister("comity_given")


@contextmanager
def _watched(database: Any, limits: QueryLimits, stop: Stop) -> Iterator[None]:
    """Interrupts the query when its time is over or it is stopped; again and again, as it may be between two steps."""
    done = threading.Event()
    late = threading.Event()

    def watch() -> None:
        import time

        end = time.monotonic() + limits.time_s
        while not done.is_set():
            left = end - time.monotonic()
            if left <= 0 or stop.is_asked:
                late.set()
                database.interrupt()
            done.wait(0.05 if left > 1 or left <= 0 else max(left, 0.001))

    watcher = threading.Thread(target=watch, daemon=True, name="comity-query-watch")
    watcher.start()
    try:
        yield
    except QueryError:
        if stop.is_asked:
            raise QueryError("the query was stopped") from None
        if late.is_set():
            raise QueryError(f"the query took longer than {limits.time_s:g} s and was ended") from None
        raise
    finally:
        done.set()
        watcher.join()


def _run(database: Any, query: Translated, limits: QueryLimits) -> tuple[Any, bool]:
    import duckdb
    import pyarrow as pa

    try:
        # Columns are taken by their place, as two may have one name.
        names = ", ".join(quoted(f"c{n}") for n in range(len(query.columns)))
        relation = database.sql(f"SELECT * FROM ({query.sql}) AS answer({names}) LIMIT {limits.rows + 1}")
        batches, size, count = [], 0, 0
        reader = relation.to_arrow_reader(10_000)
        for batch in reader:
            size += batch.nbytes
            count += batch.num_rows
            if size > limits.answer_bytes:
                raise QueryError(
                    f"the answer has more than {limits.answer_bytes >> 20} MiB; ask for fewer columns or rows"
                )
            batches.append(batch)
        found = pa.Table.from_batches(batches, reader.schema)
    except duckdb.InterruptException:
        raise QueryError("the query was interrupted") from None
    except duckdb.OutOfMemoryException:
        raise QueryError(f"the query needs more than {limits.memory_bytes >> 20} MiB of memory") from None
    except duckdb.Error as error:
        raise QueryError(_plain(str(error))) from None
    except (pa.ArrowException, RuntimeError) as error:
        text = str(error)
        raise QueryError("the query was interrupted" if "nterrupt" in text else _plain(text)) from None
    return found.slice(0, limits.rows), count > limits.rows


def _plain(text: str) -> str:
    """The first line of what DuckDB says, without its own SQL."""
    first = text.splitlines()[0] if text else "unknown"
    return f"the query failed while it ran: {first[:300]}"
