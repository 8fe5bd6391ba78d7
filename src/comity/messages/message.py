"""A navigation message as it stands: the same tree for keyword-value notation and XML, each value as its text.

Texts are kept, not numbers, so that a message that is read and written again has lost no digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Form = Literal["kvn", "xml"]


@dataclass(frozen=True, slots=True)
class Field:
    """One assignment, or one comment (keyword `COMMENT`)."""

    keyword: str
    value: str
    unit: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Assignments that belong together, named by their tag in XML (`metadata`, `stateVector`, …)."""

    name: str
    fields: tuple[Field, ...]
    line: int = 0

    def get(self, keyword: str) -> str | None:
        """The value of a keyword, or None."""
        return next((f.value for f in self.fields if f.keyword == keyword), None)

    def field(self, keyword: str) -> Field | None:
        """The assignment of a keyword, or None."""
        return next((f for f in self.fields if f.keyword == keyword), None)

    def number(self, keyword: str) -> float | None:
        """The value of a keyword as a number in the unit of the book, or None."""
        value = self.get(keyword)
        return None if value is None else float(value)

    @property
    def comments(self) -> tuple[str, ...]:
        return tuple(f.value for f in self.fields if f.keyword == "COMMENT")


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of data of one kind: states of an ephemeris, attitudes, or observations (keyword, epoch, value)."""

    name: str
    columns: tuple[str, ...]
    #: Texts in the order of the columns; empty for what a line may leave out and does (accelerations).
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def texts(self, column: str) -> list[str]:
        """One column as texts."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]

    def numbers(self, columns: tuple[str, ...]) -> Floats:
        """Some columns as numbers, `(n_rows, n_columns)`; NaN where a line leaves one out."""
        if not self.rows:
            return np.empty((0, len(columns)))
        texts = [self.texts(c) for c in columns]
        if any("" in column for column in texts):
            texts = [[text or "nan" for text in column] for column in texts]
        return np.array(texts, dtype=np.float64).T


@dataclass(frozen=True, slots=True)
class Segment:
    """Metadata and the data that they are about."""

    metadata: Block
    data: tuple[Block | Rows, ...]

    def blocks(self, name: str) -> tuple[Block, ...]:
        """The blocks of a name, in their order."""
        return tuple(part for part in self.data if isinstance(part, Block) and part.name == name)

    @property
    def rows(self) -> Rows | None:
        """The lines of data, where the kind of message has them."""
        return next((part for part in self.data if isinstance(part, Rows)), None)


@dataclass(frozen=True, slots=True)
class Message:
    """A navigation message, or several in one file (kind `ndm`)."""

    #: `oem`, `opm`, `omm`, `tdm`, `cdm`, `aem`, `apm`; `ndm` for several.
    kind: str
    #: Of its book, such as `3.0`; empty for `ndm`.
    version: str
    header: Block
    segments: tuple[Segment, ...]
    #: What a conjunction message says of both objects together.
    relative: Block | None = None
    #: The messages of an `ndm`.
    messages: tuple[Message, ...] = ()
    form: Form = "kvn"
    source: str = ""

    def each(self) -> Iterator[Message]:
        """This message, or those that it combines."""
        yield from self.messages if self.kind == "ndm" else (self,)
