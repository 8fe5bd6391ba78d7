"""Where the register's tables lie: SQLite in the archive's folder, or PostgreSQL where a site has one. One SQL for both.

Values stand as `?`. A transaction that returned is safe, and no other that writes runs beside it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from comity.archive.errors import ArchiveError
from comity.policy import Dialect

#: `(sql, values)` -> all rows of the answer; how many were changed where there are none.
Run = Callable[..., Any]


class Database(Protocol):
    """A place for tables, used by many threads."""

    place: str
    dialect: Dialect

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        ...

    def writing(self) -> Any:
        """A transaction as a context: `run(sql, values)` gives rows, or how many were changed."""
        ...

    def prepare(self, tables: str, version: int) -> None:
        """Makes the tables where there are none. ArchiveError when there are some of another version."""
        ...

    def close(self) -> None:
        """Lets it go, in whatever threads it was used."""
        ...


class Sqlite:
    """Tables in a file."""

    dialect: Dialect = "sqlite"

    def __init__(self, file: Path) -> None:
        self.place = str(file)
        self._own = threading.local()  # a transaction is of one connection, and a connection of one thread
        self._opened: list[sqlite3.Connection] = []

    @property
    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if known is None:
            known = sqlite3.connect(self.place, isolation_level=None, timeout=30.0, check_same_thread=False)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                known.execute(f"PRAGMA {pragma}")
            self._own.connection = known
            self._opened.append(known)
        return known

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, tuple(values)).fetchall()

    @contextmanager
    def writing(self) -> Iterator[Run]:
        connection = self._connection

        def run(sql: str, values: Sequence[Any] = ()) -> Any:
            cursor = connection.execute(sql, tuple(values))
            return cursor.fetchall() if cursor.description else cursor.rowcount

        connection.execute("BEGIN IMMEDIATE")
        try:
            yield run
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def prepare(self, tables: str, version: int) -> None:
        made = tables.replace("BIGSERIAL", "INTEGER").replace("BIGINT", "INTEGER")
        if not self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'about'"):
            self._connection.executescript(f"BEGIN IMMEDIATE; {made} COMMIT;")
        _same_version(self, version)

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()
        self._own = threading.local()


class Postgresql:
    """Tables in a database of PostgreSQL 15 or later, by its address; the archive has a schema of its own there."""

    dialect: Dialect = "postgresql"

    def __init__(self, address: str) -> None:
        from comity.record.naming import without_password

        self._address = address
        self.place = without_password(address)
        self._own = threading.local()
        self._opened: list[Any] = []

    @property
    def _connection(self) -> Any:
        import psycopg

        known: Any = getattr(self._own, "connection", None)
        if known is None or known.closed:
            try:
                known = psycopg.connect(self._address, autocommit=True, connect_timeout=10)
            except psycopg.Error as error:
                raise ArchiveError(f"{self.place}: no database answers ({str(error).splitlines()[0]})") from None
            self._own.connection = known
            self._opened.append(known)
        return known

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(sql.replace("?", "%s"), tuple(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    @contextmanager
    def writing(self) -> Iterator[Run]:
        connection = self._connection

        def run(sql: str, values: Sequence[Any] = ()) -> Any:
            cursor = connection.execute(sql.replace("?", "%s"), tuple(values))
            return cursor.fetchall() if cursor.description else cursor.rowcount

        with connection.transaction():
            run("LOCK TABLE change IN EXCLUSIVE MODE")  # one writer at a time, as in SQLite
            yield run

    def prepare(self, tables: str, version: int) -> None:
        made = tables.replace("WITHOUT ROWID, STRICT", "").replace("WITHOUT ROWID", "").replace("STRICT", "")
        connection = self._connection
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(4711)")
            if connection.execute("SELECT to_regclass('about')").fetchone()[0] is None:
                connection.execute(made)
        _same_version(self, version)

    def close(self) -> None:
        while self._opened:
            with suppress(Exception):
                self._opened.pop().close()
        self._own = threading.local()


def database_at(place: Path | str) -> Database:
    """The database at a path, or at a `postgresql://` address."""
    if str(place).startswith(("postgresql://", "postgres://")):
        return Postgresql(str(place))
    return Sqlite(Path(place))


def _same_version(database: Database, version: int) -> None:
    found = database.rows("SELECT version FROM about")[0][0]
    if found != version:
        database.close()
        raise ArchiveError(f"{database.place}: is of version {found}, this comity writes {version}")
