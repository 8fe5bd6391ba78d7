"""What a store of the log keeps and promises; SQLite and PostgreSQL keep it alike, and one test suite asks it of both.

A store keeps rows, one a leaf, and *notes* (signed checkpoints and what a witness saw). It computes no hash and trusts
none: the log above it checks what it reads. The promises:

- A transaction (`writing`) is whole or not at all, and durable once it has ended: it survives the end of the process
  and, as far as fsync promises, of power.
- One writer at a time, over all processes that have the store open; readers go on meanwhile.
- A row is never changed or removed; indices start at 0 and have no gap; a leaf's hash occurs once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import NamedTuple, Protocol

from comity.record.errors import RecordError

#: Bytes of leaves that are read at once, but for the last leaf.
AT_ONCE = 4 * 2**20


class RecordFull(RecordError):
    """The disk, a quota or a limit of file size is exhausted. Nothing was appended; what is there stays readable."""


class RecordUnavailable(RecordError):
    """The store cannot be opened, or does not answer: locked by others, its server down, its disk failing.

    Whether what was being appended is in is not known; to append it again is safe, since no leaf is kept twice.
    """


class RecordDamaged(RecordError):
    """What is stored is not what was written, or not whole; `index` is the entry's, where there is one."""

    def __init__(self, text: str, index: int | None = None) -> None:
        super().__init__(text)
        self.index = index


class Row(NamedTuple):
    """A leaf as it is kept: its number (the index), its hash, the hashes of the subtrees above it that it completes, its bytes."""

    number: int
    hash: bytes
    subtrees: bytes
    leaf: bytes


class Note(NamedTuple):
    """A text kept beside the log: on which shelf, from which log (its origin), of which size of it; `at` counts up."""

    shelf: str
    origin: str
    size: int
    text: str
    at: int = 0


def digest_of(note: Note) -> bytes:
    """By which a store finds a note damaged: SHA-256 over all that it holds."""
    return sha256(f"{note.shelf}\n{note.origin}\n{note.size}\n{note.text}".encode()).digest()


class Reading(Protocol):
    """What can be asked of a store; each answer is of one moment."""

    def size(self) -> int:
        """The number of rows, taken from the last one's index."""

    def hashes(self, indices: Collection[int]) -> dict[int, bytes]:
        """Hash and subtrees, one after the other, of these rows. RecordDamaged when one of them is missing."""

    def find(self, hashes: Collection[bytes]) -> dict[bytes, int]:
        """The index of each of these leaves' hashes that there is."""

    def notes(self, shelf: str | None = None, origin: str | None = None) -> list[Note]:
        """All notes of a shelf, or of all, the oldest first. RecordDamaged when one is not as it was written."""

    def latest(self, shelf: str, origin: str) -> Note | None:
        """The note that was put last on this shelf for this origin."""


class Writing(Reading, Protocol):
    """A transaction: it sees what is there, and nobody else writes until it ends."""

    def insert(self, rows: Sequence[Row]) -> None:
        """Adds rows, whose hashes are not there yet."""

    def put(self, note: Note) -> None:
        """Adds a note; its `at` does not count."""


class Store(Reading, Protocol):
    """An open store. It may be used by several threads at once, but not across a fork."""

    @property
    def place(self) -> str:
        """Where it is, as a user would write it, without a password."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction: durable when the block ends, undone when it raises."""

    def insert_next(self, row: Row) -> bool:
        """Adds a row by a transaction of its own, in one statement, if it is the next one and its hash is not there yet.

        Durable when it says True; when it says False nothing was changed, and `writing` tells why.
        """

    def rows(self, start: int, stop: int, *, limit: int) -> list[Row]:
        """The first rows from `start` up to, but without, `stop`, unchecked but for their types.

        At most `limit`, and no more after AT_ONCE bytes; at least one where there is one.
        """

    def check(self) -> list[str]:
        """What the database itself finds wrong with its files; nothing when they are whole."""

    def close(self) -> None: ...
