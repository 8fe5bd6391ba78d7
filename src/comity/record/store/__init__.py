"""Where the log's rows are kept: SQLite by default, PostgreSQL by a connection string."""

from __future__ import annotations

from pathlib import Path

from comity.record.store.contract import (
    Note,
    Reading,
    RecordDamaged,
    RecordFull,
    RecordUnavailable,
    Row,
    Store,
    Writing,
)

__all__ = [
    "Note",
    "Reading",
    "RecordDamaged",
    "RecordFull",
    "RecordUnavailable",
    "Row",
    "Store",
    "Writing",
    "open_store",
]


def open_store(place: str | Path, *, create: bool = False) -> Store:
    """The store at a place: the path of a file (SQLite), or postgresql://user@host/database.

    Without `create` it must be there: RecordUnavailable otherwise; with it, it is made unless it is there.
    """
    text = str(place)
    if text.startswith(("postgresql://", "postgres://")):
        from comity.record.store.postgresql import PostgresStore

        return PostgresStore(text, create=create)
    from comity.record.store.sqlite import SqliteStore

    return SqliteStore(Path(place), create=create)
