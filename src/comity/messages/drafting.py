"""What both readers build: a message in the making, and the list of what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from comity.messages.books import Book, Table
from comity.messages.errors import Problem
from comity.messages.message import Block, Field, Form, Message, Rows, Segment

#: More than this is not told: the first show what is wrong.
MOST_PROBLEMS = 500
#: No line, and no text of an element, is longer than this in any message [characters].
LONGEST_TEXT = 65536


class Enough(Exception):
    """More problems than anybody reads."""


@dataclass(slots=True)
class Report:
    """The problems found so far."""

    found: list[Problem] = field(default_factory=list)
    #: How many of them are fatal.
    fatal: int = 0
    #: How many that are not fatal were left out.
    untold: int = 0

    def add(self, line: int, name: str, what: str, right: str, *, fatal: bool = True) -> None:
        self.fatal += fatal
        if fatal or len(self.found) - self.fatal < MOST_PROBLEMS:
            self.found.append(Problem(line, name, what, right, fatal))
        else:
            self.untold += 1
        if self.fatal >= MOST_PROBLEMS:
            raise Enough

    def told(self) -> tuple[Problem, ...]:
        """The problems in the order of their lines."""
        told = sorted(self.found, key=lambda p: p.line)
        if self.untold:
            last = max(p.line for p in told)
            told.append(Problem(last, "message", f"has {self.untold} more such problems", "as above", fatal=False))
        return tuple(told)


@dataclass(slots=True)
class Draft:
    """A block in the making."""

    table: Table
    line: int
    fields: list[Field] = field(default_factory=list)
    #: Keywords that were given.
    given: set[str] = field(default_factory=set)
    #: Rows of a triangle that were read.
    rows: int = 0

    def add(self, one: Field, report: Report) -> None:
        """Takes an assignment; reports one that is there already."""
        if one.keyword != "COMMENT":
            if one.keyword in self.given:
                report.add(one.line, one.keyword, "is given twice", "once")
            self.given.add(one.keyword)
        self.fields.append(one)

    def block(self, report: Report) -> Block:
        """The block; what is optional and empty is told and left out, as if it were not there."""
        kept = []
        for one in self.fields:
            if one.keyword != "COMMENT" and not one.value and not self.table.keyword(one.keyword).mandatory:
                report.add(one.line, one.keyword, "is empty", "a value, or leave it out", fatal=False)
            else:
                kept.append(one)
        return Block(self.table.name, tuple(kept), self.line)


@dataclass(slots=True)
class SegmentDraft:
    """A segment in the making."""

    metadata: Draft
    data: Draft
    blocks: list[Draft] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class MessageDraft:
    """A message in the making."""

    book: Book
    version: str
    line: int
    form: Form
    source: str
    header: Draft
    relative: Draft | None = None
    segments: list[SegmentDraft] = field(default_factory=list)

    def segment(self, line: int) -> SegmentDraft:
        """A new segment."""
        made = SegmentDraft(Draft(self.book.metadata, line), Draft(self.book.data, line))
        self.segments.append(made)
        return made

    def message(self, report: Report) -> Message:
        """The message; what hinders its lines of data from being one table is reported."""
        least, most = self.book.segments
        if not least <= len(self.segments) <= most:
            needed = f"{least}" if least == most else f"{least} or more"
            report.add(
                self.line,
                self.book.mark,
                f"has {len(self.segments)} segments of metadata and data",
                f"a message of this kind has {needed}",
            )
        return Message(
            kind=self.book.kind,
            version=self.version,
            header=self.header.block(report),
            segments=tuple(_segment(self.book, s, report) for s in self.segments),
            relative=None if self.relative is None else self.relative.block(report),
            form=self.form,
            source=self.source,
        )


def _segment(book: Book, made: SegmentDraft, report: Report) -> Segment:
    parts: list[Block | Rows] = [made.data.block(report)] if made.data.fields else []
    metadata = made.metadata.block(report)
    if book.rows:
        parts.append(_rows(book, made, metadata, report))
    # The blocks of a book have one order, however they came.
    blocks = sorted(made.blocks, key=lambda d: book.blocks.index(d.table))
    return Segment(metadata, (*parts, *(d.block(report) for d in blocks)))


def columns_of(book: Book, metadata: Block) -> tuple[str, ...]:
    """The columns of the lines of data under this metadata; none when the metadata names no kind that is known."""
    if "" in book.columns:
        return book.columns[""]
    columns = book.columns.get((metadata.get("ATTITUDE_TYPE") or "").upper(), ())
    if (metadata.get("QUATERNION_TYPE") or "").upper() == "FIRST" and "QC" in columns:
        columns = ("EPOCH", "QC", "Q1", "Q2", "Q3", *columns[5:])
        if "QC_DOT" in columns:
            columns = (*columns[:5], "QC_DOT", "Q1_DOT", "Q2_DOT", "Q3_DOT")
    return columns


def _rows(book: Book, made: SegmentDraft, metadata: Block, report: Report) -> Rows:
    columns = columns_of(book, metadata)
    if not made.rows:
        report.add(made.metadata.line, book.rows, "has no line of data", "at least one line follows its metadata")
    elif columns:
        allowed = {len(columns), len(columns) - book.spare}
        widths = set(map(len, made.rows))
        if widths - allowed:
            needed = " or ".join(str(n) for n in sorted(allowed))
            for line, row in zip(made.lines, made.rows, strict=True):
                if len(row) not in allowed:
                    report.add(line, book.rows, f"has {len(row)} values", f"a line has {needed}: {', '.join(columns)}")
        columns = columns[: max(widths)]
        if len(widths) > 1:
            made.rows = [(*row, *[""] * (len(columns) - len(row))) for row in made.rows]
    return Rows(book.rows, columns, tuple(made.rows), tuple(made.lines))


def nearest(name: str, known: list[str]) -> str:
    """What to say of a name that is not known."""
    close = get_close_matches(name.upper()[:80], known, n=1)
    return (
        f"did you mean {close[0]}?"
        if close
        else f"known here are {', '.join(known[:7])}{', …' if len(known) > 7 else ''}"
    )
