"""What both stores answer in one way: each question by a connection of its own, at one moment."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from comity.record.store.contract import Note, Reading, Row


class RowReading(Reading, Protocol):
    """A connection that reads rows, too."""

    def rows(self, start: int, stop: int, *, limit: int) -> list[Row]:
        """As `Store.rows`."""


class Answers:
    """The reading half of a store, whose `_reading` lends a connection."""

    def _reading(self) -> AbstractContextManager[RowReading]:
        raise NotImplementedError

    def size(self) -> int:
        with self._reading() as reading:
            return reading.size()

    def hashes(self, indices: Collection[int]) -> dict[int, bytes]:
        with self._reading() as reading:
            return reading.hashes(indices)

    def find(self, hashes: Collection[bytes]) -> dict[bytes, int]:
        with self._reading() as reading:
            return reading.find(hashes)

    def notes(self, shelf: str | None = None, origin: str | None = None) -> list[Note]:
        with self._reading() as reading:
            return reading.notes(shelf, origin)

    def latest(self, shelf: str, origin: str) -> Note | None:
        with self._reading() as reading:
            return reading.latest(shelf, origin)

    def rows(self, start: int, stop: int, *, limit: int) -> list[Row]:
        with self._reading() as reading:
            return reading.rows(start, stop, limit=limit)
