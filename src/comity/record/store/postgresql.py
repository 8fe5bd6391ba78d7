"""The log in a PostgreSQL database, named by a connection string (docs/decisions/0006-record-storage.md).

Tables are made in the first schema of the connection's search path, so that one database can hold several records:
`postgresql://user@host/database?options=-csearch_path%3Dartemis`.
"""

from __future__ import annotations

import select
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import errors

from comity.record.naming import without_password
from comity.record.store.answers import Answers
from comity.record.store.contract import AT_ONCE, Note, RecordDamaged, RecordFull, RecordUnavailable, Row, digest_of
from comity.record.store.pool import Pool

VERSION = 1
#: How long a writer waits for another to end its transaction, and an idle transaction may hold it up.
PATIENCE_S = 60

_TABLES: tuple[LiteralString, ...] = (
    "CREATE TABLE comity_leaves (number bigint PRIMARY KEY, hash bytea NOT NULL UNIQUE, subtrees bytea NOT NULL, "
    "leaf bytea NOT NULL)",
    "CREATE TABLE comity_notes (at bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shelf text NOT NULL, "
    "origin text NOT NULL, size bigint NOT NULL, text text NOT NULL, digest bytea NOT NULL)",
    "CREATE INDEX comity_notes_by_origin ON comity_notes (shelf, origin)",
    "CREATE TABLE comity_record (version integer NOT NULL)",
)
#: A writer's turn.
_TURN: LiteralString = "pg_advisory_xact_lock('comity_leaves'::regclass::oid::bigint)"
_UNAVAILABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.InsufficientPrivilege,
    errors.InvalidSchemaName,
    errors.ReadOnlySqlTransaction,
)
Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresStore(Answers):
    """A record's tables. RecordUnavailable when there are none and none are to be made, or the server does not answer."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        self._url = url
        self.place = without_password(url)
        self._connections = Pool(self._connect, is_alive=_is_alive)
        try:
            with self._connection() as connection:
                if create:
                    _make(connection)
                self._check_header(connection)
        except BaseException:
            self._connections.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[_Transaction]:
        with self._connection() as connection, connection.transaction():
            # Held to the end of the transaction; whoever waits for it sees, after it, all that was committed before.
            connection.execute(f"SELECT {_TURN}")
            yield _Transaction(connection, self.place)

    def insert_next(self, row: Row) -> bool:
        # What it sees is of before the lock: if another has written since, the number is taken, and it fails.
        text: LiteralString = (
            f"WITH turn AS MATERIALIZED (SELECT {_TURN}) "
            "INSERT INTO comity_leaves (number, hash, subtrees, leaf) SELECT %s, %s, %s, %s FROM turn "
            "WHERE %s = (SELECT coalesce(max(number) + 1, 0) FROM comity_leaves)"
        )
        with self._connection() as connection:
            try:
                return connection.execute(text, (*row, row.number), binary=True).rowcount == 1
            except errors.UniqueViolation:
                return False

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with _errors(self.place), self._connections.connection() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[_Transaction]:
        with self._connection() as connection:
            yield _Transaction(connection, self.place)

    def check(self) -> list[str]:
        """What `amcheck` says of the tables' indexes, where that extension is installed in the database."""
        with self._connection() as connection:
            if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'").fetchall():
                return []
            said = []
            for table in ("comity_leaves", "comity_notes"):
                for (index,) in connection.execute(
                    "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass", [table]
                ).fetchall():
                    try:
                        connection.execute("SELECT bt_index_check(%s::regclass, heapallindexed => true)", [index])
                    except psycopg.InternalError as error:
                        said.append(f"{index}: {error}")
        return said

    def close(self) -> None:
        self._connections.close()

    def _connect(self) -> Connection:
        connection = psycopg.connect(self._url, autocommit=True, application_name="comity")
        try:
            if connection.execute("SHOW fsync").fetchone() != ("on",):
                raise RecordUnavailable(
                    f"{self.place}: the server runs with fsync = off, and would lose what it acknowledged"
                )
            # Acknowledged is durable, whatever the server's default; a stricter one (remote_apply) is left alone.
            if connection.execute("SHOW synchronous_commit").fetchone() == ("off",):
                connection.execute("SET synchronous_commit = on")
            connection.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
            connection.execute(f"SET idle_in_transaction_session_timeout = '{PATIENCE_S}s'")
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_header(self, connection: Connection) -> None:
        if connection.execute("SELECT to_regclass('comity_record')").fetchone() == (None,):
            raise RecordUnavailable(f"{self.place}: there is no record here")
        versions = connection.execute("SELECT version FROM comity_record").fetchall()
        if versions != [(VERSION,)]:
            raise RecordUnavailable(
                f"{self.place}: a record of version {versions}; this comity knows version {VERSION}"
            )


class _Transaction:
    """What can be asked and done on one connection."""

    def __init__(self, connection: Connection, place: str) -> None:
        self.connection = connection
        self.place = place

    def size(self) -> int:
        found = self.connection.execute("SELECT coalesce(max(number) + 1, 0) FROM comity_leaves").fetchall()
        return int(found[0][0])

    def hashes(self, indices: Collection[int]) -> dict[int, bytes]:
        text: LiteralString = "SELECT number, hash || subtrees FROM comity_leaves WHERE number = ANY(%s)"
        found: dict[int, bytes] = dict(self.connection.execute(text, [list(indices)], binary=True).fetchall())
        if missing := set(indices) - found.keys():
            index = min(missing)
            raise RecordDamaged(f"{self.place}: entry {index} is missing", index)
        return found

    def find(self, hashes: Collection[bytes]) -> dict[bytes, int]:
        text: LiteralString = "SELECT hash, number FROM comity_leaves WHERE hash = ANY(%s)"
        return dict(self.connection.execute(text, [list(hashes)], binary=True).fetchall())

    def notes(self, shelf: str | None = None, origin: str | None = None) -> list[Note]:
        return self._notes(
            "WHERE shelf = coalesce(%s, shelf) AND origin = coalesce(%s, origin) ORDER BY at", shelf, origin
        )

    def latest(self, shelf: str, origin: str) -> Note | None:
        found = self._notes("WHERE shelf = %s AND origin = %s ORDER BY at DESC LIMIT 1", shelf, origin)
        return found[0] if found else None

    def rows(self, start: int, stop: int, *, limit: int) -> list[Row]:
        where: LiteralString = "FROM comity_leaves WHERE number >= %s AND number < %s ORDER BY number LIMIT %s"
        lengths: LiteralString = "SELECT number, octet_length(leaf) " + where
        left = AT_ONCE
        for number, length in self.connection.execute(lengths, (start, stop, limit), binary=True):
            left -= length
            if left <= 0:
                stop = number + 1
                break
        text: LiteralString = "SELECT number, hash, subtrees, leaf " + where
        return list(map(Row._make, self.connection.execute(text, (start, stop, limit), binary=True)))

    def insert(self, rows: Sequence[Row]) -> None:
        text: LiteralString = "COPY comity_leaves (number, hash, subtrees, leaf) FROM STDIN (FORMAT BINARY)"
        with self.connection.cursor() as cursor, cursor.copy(text) as copy:
            copy.set_types(["int8", "bytea", "bytea", "bytea"])
            for row in rows:
                copy.write_row(row)

    def put(self, note: Note) -> None:
        self.connection.execute(
            "INSERT INTO comity_notes (shelf, origin, size, text, digest) VALUES (%s, %s, %s, %s, %s)",
            (note.shelf, note.origin, note.size, note.text, digest_of(note)),
        )

    def _notes(self, where: LiteralString, *arguments: str | None) -> list[Note]:
        found = []
        text: LiteralString = "SELECT digest, shelf, origin, size, text, at FROM comity_notes "
        for digest, *fields in self.connection.execute(text + where, arguments):
            note = Note._make(fields)
            if digest_of(note) != digest:
                raise RecordDamaged(f"{self.place}: note {note.at} on shelf {note.shelf!r} is not what was written")
            found.append(note)
        return found


def _make(connection: Connection) -> None:
    """Makes the tables unless they are there; of several that try at once, one does."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('comity_record'))")
        if connection.execute("SELECT to_regclass('comity_record')").fetchone() == (None,):
            for text in _TABLES:
                connection.execute(text)
            connection.execute("INSERT INTO comity_record VALUES (%s)", [VERSION])


def _is_alive(connection: Connection) -> bool:
    """An idle connection on which there is something to read was closed by its server."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    return not waiting.poll(0)


@contextmanager
def _errors(place: str) -> Iterator[None]:
    """Says in the record's own errors what the server, or the lack of it, raises."""
    try:
        yield
    except errors.DiskFull as error:
        raise RecordFull(f"{place}: the server's disk is full ({_first_line(error)})") from error
    except _UNAVAILABLE as error:
        raise RecordUnavailable(
            f"{place}: {_first_line(error)}; whether what was being written is in is not known"
        ) from error
    except (psycopg.InternalError, psycopg.IntegrityError, psycopg.DataError, errors.UndefinedTable) as error:
        raise RecordDamaged(f"{place}: is not whole ({_first_line(error)})") from error


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
