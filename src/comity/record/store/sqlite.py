"""The log in one SQLite file, in WAL mode with a full fsync at each commit (docs/decisions/0006-record-storage.md)."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from comity.record.store.answers import Answers
from comity.record.store.contract import AT_ONCE, Note, RecordDamaged, RecordFull, RecordUnavailable, Row, digest_of
from comity.record.store.pool import Pool

#: "Comi" in the file's header, as file(1) sees it, and the version of the tables.
APPLICATION = 0x436F6D69
VERSION = 1
#: How long a writer waits for another process to end its transaction.
PATIENCE_S = 60.0

_TABLES = (
    "CREATE TABLE leaves (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, subtrees BLOB NOT NULL, "
    "leaf BLOB NOT NULL) STRICT",
    "CREATE TABLE notes (at INTEGER PRIMARY KEY, shelf TEXT NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL, "
    "text TEXT NOT NULL, digest BLOB NOT NULL) STRICT",
    "CREATE INDEX notes_by_origin ON notes (shelf, origin)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_IOERR,
}


class SqliteStore(Answers):
    """A record's file. RecordUnavailable when there is none and none is to be made; RecordDamaged when it is no record."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._turn = Lock()
        if not create and not path.is_file():
            raise RecordUnavailable(f"{path}: there is no record here")
        with _errors(path):
            _make(path) if create else _check_header(path)
        self._readers = Pool(lambda: _connect(path, "PRAGMA query_only = 1"))
        self._writers = Pool(lambda: _connect(path, "PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 1000"))

    @property
    def place(self) -> str:
        return str(self.path)

    @contextmanager
    def writing(self) -> Iterator[_Transaction]:
        with self._turn, _errors(self.path), self._writers.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _Transaction(connection, self.path)
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")

    def insert_next(self, row: Row) -> bool:
        text = (
            "INSERT INTO leaves (number, hash, subtrees, leaf) SELECT ?1, ?2, ?3, ?4 "
            "WHERE ?1 = (SELECT coalesce(max(number) + 1, 0) FROM leaves)"
        )
        with self._turn, _errors(self.path), self._writers.connection() as connection:
            try:
                return connection.execute(text, row).rowcount == 1
            except sqlite3.IntegrityError:  # its hash is there
                return False

    @contextmanager
    def _reading(self) -> Iterator[_Transaction]:
        with _errors(self.path), self._readers.connection() as connection:
            yield _Transaction(connection, self.path)

    def check(self) -> list[str]:
        """What `PRAGMA integrity_check` says: pages, cells, and that the index has each hash exactly once."""
        with self._reading() as reading:
            said = [str(line) for (line,) in reading.connection.execute("PRAGMA integrity_check")]
        return [] if said == ["ok"] else [part for line in said for part in line.splitlines()]

    def close(self) -> None:
        self._writers.close()
        self._readers.close()


class _Transaction:
    """What can be asked and done on one connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def size(self) -> int:
        (last,) = self.connection.execute("SELECT max(number) FROM leaves").fetchone()
        return 0 if last is None else int(last) + 1

    def hashes(self, indices: Collection[int]) -> dict[int, bytes]:
        found = {}
        for number, leaf, subtrees in self._by("SELECT number, hash, subtrees FROM leaves WHERE number IN", indices):
            if not isinstance(leaf, bytes) or not isinstance(subtrees, bytes):
                raise RecordDamaged(f"{self.path}: entry {number}: its hashes are no bytes", number)
            found[number] = leaf + subtrees
        if missing := set(indices) - found.keys():
            index = min(missing)
            raise RecordDamaged(f"{self.path}: entry {index} is missing", index)
        return found

    def find(self, hashes: Collection[bytes]) -> dict[bytes, int]:
        return dict(self._by("SELECT hash, number FROM leaves WHERE hash IN", hashes))

    def notes(self, shelf: str | None = None, origin: str | None = None) -> list[Note]:
        return self._notes(
            "WHERE shelf = coalesce(?1, shelf) AND origin = coalesce(?2, origin) ORDER BY at", shelf, origin
        )

    def latest(self, shelf: str, origin: str) -> Note | None:
        found = self._notes("WHERE shelf = ? AND origin = ? ORDER BY at DESC LIMIT 1", shelf, origin)
        return found[0] if found else None

    def rows(self, start: int, stop: int, *, limit: int) -> list[Row]:
        text = (
            "SELECT number, hash, subtrees, leaf FROM leaves WHERE number >= ? AND number < ? ORDER BY number LIMIT ?"
        )
        rows, left = [], AT_ONCE
        with closing(self.connection.execute(text, (start, stop, limit))) as cursor:
            for row in map(Row._make, cursor):
                if not (type(row.hash) is type(row.subtrees) is type(row.leaf) is bytes):
                    raise RecordDamaged(f"{self.path}: entry {row.number}: its columns are no bytes", row.number)
                rows.append(row)
                left -= len(row.leaf)
                if left <= 0:
                    break
        return rows

    def insert(self, rows: Sequence[Row]) -> None:
        self.connection.executemany("INSERT INTO leaves (number, hash, subtrees, leaf) VALUES (?, ?, ?, ?)", rows)

    def put(self, note: Note) -> None:
        self.connection.execute(
            "INSERT INTO notes (shelf, origin, size, text, digest) VALUES (?, ?, ?, ?, ?)",
            (note.shelf, note.origin, note.size, note.text, digest_of(note)),
        )

    def _by(self, text: str, keys: Collection[Any]) -> Iterator[tuple[Any, ...]]:
        wanted = list(keys)
        for i in range(0, len(wanted), 500):
            some = wanted[i : i + 500]
            yield from self.connection.execute(f"{text} ({','.join('?' * len(some))})", some)

    def _notes(self, where: str, *arguments: str | None) -> list[Note]:
        found = []
        for digest, *fields in self.connection.execute(
            f"SELECT digest, shelf, origin, size, text, at FROM notes {where}", arguments
        ):
            note = Note._make(fields)
            if digest_of(note) != digest:
                raise RecordDamaged(f"{self.path}: note {note.at} on shelf {note.shelf!r} is not what was written")
            found.append(note)
        return found


def _connect(path: Path, *settings: str) -> sqlite3.Connection:
    # Opened by URI so that a file that has gone is an error, and not a new empty one.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=PATIENCE_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # `fullfsync` matters on macOS alone, whose fsync does not reach the medium.
        for setting in (
            "PRAGMA synchronous = FULL",
            "PRAGMA fullfsync = 1",
            "PRAGMA checkpoint_fullfsync = 1",
            *settings,
        ):
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_header(path: Path) -> None:
    connection = _connect(path)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    finally:
        connection.close()
    if application != APPLICATION:
        raise RecordDamaged(f"{path}: is an SQLite file, but no record")
    if version != VERSION:
        raise RecordUnavailable(f"{path}: a record of version {version}; this comity knows version {VERSION}")
    if mode != "wal":
        raise RecordDamaged(f"{path}: its journal mode is {mode}, and not wal")


def _make(path: Path) -> None:
    """Makes the tables unless they are there; of several processes that try at once, one does."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o666))
    except OSError as error:
        raise RecordUnavailable(f"{path}: {error.strerror}") from None
    connection = _connect(path)
    try:
        # Another's database is left as it is; one without tables is ours, or is just being made by another process.
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            _switch_to_wal(connection)
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
                for text in _TABLES:
                    connection.execute(text)
            connection.execute("COMMIT")
    finally:
        connection.close()
    _check_header(path)
    _sync_folder(path.absolute().parent)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait here, as it does elsewhere, while another process does the same.
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _sync_folder(folder: Path) -> None:
    """Makes a new file's name as durable as what is in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Says in the record's own errors what SQLite raises."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        if code in _FULL:
            raise RecordFull(f"{path}: the disk, a quota or a limit of file size is full ({error})") from error
        # The low byte is the family of an extended code; a read past the end means that the file was cut.
        if code & 0xFF in _UNAVAILABLE and code != sqlite3.SQLITE_IOERR_SHORT_READ:
            raise RecordUnavailable(f"{path}: {error}; whether what was being written is in is not known") from error
        raise RecordDamaged(f"{path}: is not whole ({error})") from error
    except UnicodeDecodeError as error:  # SQLite quotes what it read of a torn schema
        raise RecordDamaged(f"{path}: is not whole") from error
