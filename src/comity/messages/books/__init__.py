"""What the Blue Books demand of each message, as tables: keywords in their order, need, type and unit.

A table has a line for each keyword: its name, its need (`M` mandatory, `O` optional), its type, and for quantities the unit.
Alternatives stand in one line (`SEMI_MAJOR_AXIS|MEAN_MOTION`, with `km|rev/day`); `_n` stands for `_1` to `_5`; `2.0+` is
the first version of the book that has the keyword, `2.0-` the last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

NUMBERS = "12345"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword of a table."""

    name: str
    mandatory: bool
    #: `text`, `epoch`, `real`, `int`, `frame`, `axes` (a frame, or one that moves with the object), `clock` (time system), `body`,
    #: or values in braces.
    type: str
    unit: str | None
    #: Keywords of which exactly one is given: this one and its alternatives.
    either: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.type[1:-1].split(",")) if self.type.startswith("{") else ()


@dataclass(frozen=True, slots=True)
class Table:
    """A block of keywords: its tag in XML and, where it has marks in KVN, their stem (`META` for `META_START`)."""

    name: str
    keywords: dict[str, Keyword]
    mandatory: bool = False
    repeats: bool = False
    marks: str = ""
    #: Keywords that XML wraps in a tag of their own within the block.
    wrapped: dict[str, str] = field(default_factory=dict)
    #: Rows of a lower triangle, where the block is a covariance.
    triangle: tuple[tuple[str, ...], ...] = ()

    def knows(self, keyword: str) -> bool:
        return keyword in self.keywords or (keyword.startswith("USER_DEFINED_") and "USER_DEFINED_x" in self.keywords)

    def keyword(self, name: str) -> Keyword:
        return self.keywords[name] if name in self.keywords else self.keywords["USER_DEFINED_x"]


@dataclass(frozen=True, slots=True)
class Book:
    """What one kind of message holds."""

    kind: str
    title: str
    #: The book, and where its tables stand.
    source: str
    versions: tuple[str, ...]
    header: Table
    metadata: Table
    #: Keywords of the data outside of any block (the epoch of an APM), then its blocks in their order.
    data: Table
    blocks: tuple[Table, ...] = ()
    relative: Table | None = None
    #: Name of the lines of data; their columns come from `columns`.
    rows: str = ""
    #: Marks around the lines of data in KVN, as `DATA` in `DATA_START`.
    row_marks: str = ""
    #: Columns of the lines of data by the metadata keyword that chooses them; the key "" where none does.
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: How many of the last columns may be left out.
    spare: int = 0
    #: Units of what stands in the lines of data; for observations, their keywords.
    units: dict[str, str | None] = field(default_factory=dict)
    #: Tags of XML around the columns of a line, by the same choice: that of the line, then those within.
    tags: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    segments: tuple[int, int] = (1, 1)
    schema: str = ""

    #: Notations that are read.
    forms: tuple[str, ...] = ("kvn", "xml")

    @property
    def mark(self) -> str:
        """The keyword that begins the message and carries its version."""
        return f"CCSDS_{self.kind.upper()}_VERS"


def table(
    name: str,
    text: str,
    *,
    mandatory: bool = False,
    repeats: bool = False,
    marks: str = "",
    wrapped: dict[str, str] | None = None,
    triangle: tuple[tuple[str, ...], ...] = (),
) -> Table:
    """A table from its text."""
    keywords: dict[str, Keyword] = {}
    for line in filter(str.strip, text.splitlines()):
        names, need, kind, *rest = line.split()
        since = next((w[:-1] for w in rest if w.endswith("+")), "")
        until = next((w[:-1] for w in rest if re.fullmatch(r"\d\.\d-", w)), "")
        units = next((w for w in rest if not re.fullmatch(r"\d\.\d[+-]", w)), "").split("|")
        either = tuple(names.split("|")) if "|" in names else ()
        for i, given in enumerate(names.split("|")):
            unit = units[min(i, len(units) - 1)] or None
            for one in [given[:-1] + n for n in NUMBERS] if given.endswith("_n") else [given]:
                keywords[one] = Keyword(one, need == "M", kind, unit, either, since, until)
    return Table(name, keywords, mandatory, repeats, marks, wrapped or {}, triangle)


@cache
def books() -> dict[str, tuple[Book, ...]]:
    """The books by kind of message; several where an older one had other tables."""
    from comity.messages.books import attitude, conjunction, orbit, tracking

    found: dict[str, tuple[Book, ...]] = {}
    for book in (
        *orbit.BOOKS,
        *tracking.BOOKS,
        *conjunction.BOOKS,
        *attitude.BOOKS,
    ):
        found[book.kind] = (*found.get(book.kind, ()), book)
    return found


def book_of(kind: str, version: str) -> Book | None:
    """The book of a kind of message in a version, or None."""
    return next((book for book in books().get(kind, ()) if version in book.versions), None)
