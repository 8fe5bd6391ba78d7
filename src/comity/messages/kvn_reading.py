"""Messages in keyword-value notation (CCSDS 502.0-B-3 §7, 503.0-B-2 §4, 504.0-B-2 §6, 508.0-B-1 §6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from comity.messages.books import Table, book_of, books
from comity.messages.drafting import LONGEST_TEXT, Draft, MessageDraft, Report, SegmentDraft, nearest
from comity.messages.message import Field, Message

#: How a keyword is written (CCSDS 502.0-B-3 §7.4.4).
KEYWORD = re.compile(r"[A-Z0-9_]{1,75}")
_VERSION = re.compile(r"CCSDS_([A-Z]{3})_VERS")
#: Longest line (CCSDS 502.0-B-3 §7.3.2).
LONGEST_LINE = 254


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text by the ends that the books allow; one after the other, as a file may be all line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    begin, end = 0, text.find("\n")
    while end >= 0:
        yield text[begin:end]
        begin, end = end + 1, text.find("\n", end + 1)
    yield text[begin:]


def read_kvn(text: str, source: str, report: Report) -> list[Message]:
    """The messages of a text, in their order; what is wrong is reported, and the message is then not to be used."""
    found: list[Message] = []
    reader: _Reader | None = None
    early: list[Field] = []
    skipped = False
    for number, line in enumerate(lines_of(text), start=1):
        shown = line.strip()
        if not shown:
            continue
        begun = _VERSION.match(shown)
        if begun:
            found += [reader.end()] if reader else []
            made = _begin(begun.group(1).lower(), shown, number, source, report)
            skipped = made is None
            reader = _Reader(made, report, early) if made else None
            early = []
        elif skipped:
            continue
        elif reader:
            reader.take(number, shown)
        elif shown.startswith("COMMENT"):
            early.append(_comment(number, shown))
            report.add(number, "COMMENT", "stands before the version", "the first line is CCSDS_…_VERS", fatal=False)
        else:
            report.add(number, "CCSDS_…_VERS", "is missing at the beginning", f"{_marks()} = its version")
            return []
    return [*found, *([reader.end()] if reader else [])]


def _marks() -> str:
    return ", ".join(b[0].mark for b in books().values())


def _begin(kind: str, shown: str, number: int, source: str, report: Report) -> MessageDraft | None:
    version = shown.partition("=")[2].strip()
    book = book_of(kind, version)
    if book is None or "=" not in shown:
        known = books().get(kind, ())
        right = (
            f"read are versions {', '.join(v for b in known for v in b.versions)}" if known else f"read are {_marks()}"
        )
        report.add(number, f"CCSDS_{kind.upper()}_VERS", f"is {version[:20]!r}", right)
        return None
    return MessageDraft(book, version, number, "kvn", source, Draft(book.header, number))


def _comment(number: int, shown: str) -> Field:
    return Field("COMMENT", shown[8:] if shown[7:8] == " " else shown[7:], line=number)


class _Reader:
    """One message, line by line: where it stands, and the comments that wait for what they are about."""

    def __init__(self, made: MessageDraft, report: Report, early: list[Field]) -> None:
        self._made, self._report, self._waiting = made, report, list(early)
        book = made.book
        relative = (book.relative,) if book.relative else ()
        self._tables: tuple[Table, ...] = (book.header, *relative, book.metadata, book.data, *book.blocks)
        self._current: Draft = made.header
        self._segment: SegmentDraft | None = None
        self._within = ""
        self._within_since = 0

    def take(self, number: int, shown: str) -> None:
        if len(shown) > LONGEST_TEXT:
            self._report.add(number, shown[:40], f"has {len(shown):,} characters", f"at most {LONGEST_LINE}")
            return
        if len(shown) > LONGEST_LINE:
            what = f"has {len(shown)} characters"
            self._report.add(number, shown.split()[0][:40], what, f"at most {LONGEST_LINE}", fatal=False)
        keyword, equals, value = shown.partition("=")
        # Several blanks are as one (CCSDS 502.0-B-3 §7.5.9).
        keyword, value = keyword.rstrip(), " ".join(value.split())
        if shown.startswith("COMMENT") and (len(shown) == 7 or shown[7] in " \t"):
            self._waiting.append(_comment(number, shown))
        elif equals and KEYWORD.fullmatch(keyword):
            self._assign(number, keyword, value)
        elif shown.endswith(("_START", "_STOP")) and KEYWORD.fullmatch(shown):
            self._mark(number, shown)
        else:
            self._row(number, shown)

    def end(self) -> Message:
        if self._within:
            self._report.add(
                self._within_since, f"{self._within}_START", "is not closed: the message is cut", f"{self._within}_STOP"
            )
        self._flush(self._current)
        return self._made.message(self._report)

    def _flush(self, into: Draft) -> None:
        into.fields.extend(self._waiting)
        self._waiting.clear()

    def _assign(self, number: int, keyword: str, value: str) -> None:
        book = self._made.book
        if book.rows and self._within == book.row_marks and self._within and keyword in book.units:
            self._observe(number, keyword, value)
            return
        draft = self._place(number, keyword)
        if draft is None:
            return
        unit = None
        if value.endswith("]") and draft.table.keyword(keyword).type in ("real", "int"):
            value, _, unit = value[:-1].rpartition("[")
            value, unit = value.rstrip(), unit.strip()
        self._flush(draft)
        draft.add(Field(keyword, value, unit, number), self._report)

    def _observe(self, number: int, keyword: str, value: str) -> None:
        if self._segment is None:
            return  # told where the data began without metadata
        parts = value.split()
        if len(parts) != 2:
            self._report.add(number, keyword, f"is {value[:40]!r}", "an observation is an epoch and a value")
            return
        self._row_comments()
        self._segment.rows.append((keyword, *parts))
        self._segment.lines.append(number)

    def _place(self, number: int, keyword: str) -> Draft | None:
        """The block that a keyword belongs to here, opened where it begins; None when it has no place."""
        current = self._current
        full = current.table.repeats and (current.rows or keyword in current.given)
        if current.table.knows(keyword) and self._open(current.table) and not full:
            return current
        at = self._tables.index(current.table)
        later = [t for t in self._tables[at if current.table.repeats else at + 1 :] if t.knows(keyword)]
        before = [t for t in self._tables[:at] if t.knows(keyword)]
        for table in later:
            if self._open(table):
                return self._begin(table, number)
        for table in before:
            if table is self._made.book.metadata and self._new_segment(keyword):
                return self._begin(table, number)
            if table in self._made.book.blocks and self._open(table) and not table.repeats:
                self._report.add(number, keyword, f"comes after {current.table.name}", "before it", fatal=False)
                return self._begin(table, number)
        self._misplaced(number, keyword, later or before)
        return None

    def _misplaced(self, number: int, keyword: str, places: list[Table]) -> None:
        if places:
            marks = places[0].marks
            right = f"it stands between {marks}_START and {marks}_STOP" if marks else f"it belongs to {places[0].name}"
            self._report.add(number, keyword, "is out of its place", right)
        else:
            known = [k for t in self._tables for k in t.keywords] + list(self._made.book.units)
            self._report.add(number, keyword, "is no keyword of this message", nearest(keyword, known))

    def _open(self, table: Table) -> bool:
        """Whether a table's keywords can stand here: within its marks, or within none where it has none."""
        return table.marks == self._within

    def _new_segment(self, keyword: str) -> bool:
        book = self._made.book
        first = next(iter(book.metadata.keywords))
        return not book.metadata.marks and keyword == first and len(self._made.segments) < book.segments[1]

    def _given(self, table: Table) -> Draft | None:
        """A block that another one interrupted, and that stands once in a segment: it goes on."""
        drafts = self._segment.blocks if self._segment is not None else []
        return None if table.repeats else next((d for d in drafts if d.table is table), None)

    def _begin(self, table: Table, number: int) -> Draft:
        book = self._made.book
        if table is book.relative:
            draft = self._made.relative = Draft(table, number)
        elif table is book.metadata:
            self._segment = self._made.segment(number)
            draft = self._segment.metadata
        else:
            if self._segment is None:
                self._segment = self._made.segment(number)
            if table is book.data:
                draft = self._segment.data
            else:
                interrupted = self._given(table)
                draft = interrupted or Draft(table, number)
                if interrupted is None:
                    self._segment.blocks.append(draft)
        self._current = draft
        return draft

    def _mark(self, number: int, shown: str) -> None:
        stem, _, end = shown.rpartition("_")
        book = self._made.book
        tables = {t.marks: t for t in self._tables if t.marks}
        if stem not in tables and (stem != book.row_marks or not stem):
            known = [f"{m}_{e}" for m in (*tables, book.row_marks) if m for e in ("START", "STOP")]
            self._report.add(number, shown, "is no mark of this message", nearest(shown, known))
        elif end == "STOP":
            if self._within != stem:
                self._report.add(number, shown, "closes what is not open", f"{stem}_START before it")
            if self._waiting:
                self._row_comments() if stem == book.row_marks else self._flush(self._current)
            self._within = ""
        elif self._within:
            self._report.add(number, shown, f"stands within {self._within}_START", f"{self._within}_STOP before it")
        else:
            self._within, self._within_since = stem, number
            if stem in tables and not tables[stem].triangle:
                if stem != "META" and self._segment is None:
                    self._report.add(number, shown, "stands before the metadata", "metadata first")
                self._flush(self._begin(tables[stem], number))
            elif stem == book.row_marks and self._segment is None:
                self._report.add(number, shown, "stands before the metadata", "META_START first")

    def _row(self, number: int, shown: str) -> None:
        book, segment = self._made.book, self._segment
        if segment is not None and self._within and self._within == self._triangle_marks():
            self._triangle_row(number, shown.split())
        elif book.rows and book.rows != "observation" and segment is not None and self._within == book.row_marks:
            self._row_comments()
            segment.rows.append(tuple(shown.split()))
            segment.lines.append(number)
        else:
            right = (
                "KEYWORD = value"
                if "=" in shown or not book.rows
                else "KEYWORD = value here; lines of data after metadata"
            )
            self._report.add(number, shown.split()[0][:40], "is not understood", right)

    def _row_comments(self) -> None:
        if self._waiting and self._segment is not None:
            if self._segment.rows:
                line = self._waiting[0].line
                self._report.add(
                    line, "COMMENT", "stands between lines of data", "before the first of them", fatal=False
                )
            self._flush(self._segment.data)

    def _triangle_marks(self) -> str:
        return next((t.marks for t in self._made.book.blocks if t.triangle), "")

    def _triangle_row(self, number: int, parts: list[str]) -> None:
        draft = self._current
        if not draft.table.triangle or draft.table.marks != self._within:
            self._report.add(number, "EPOCH", "of the covariance is missing", "EPOCH = before its rows")
            return
        if draft.rows >= len(draft.table.triangle):
            self._report.add(number, draft.table.name, "has more than 6 rows", "EPOCH = before the next matrix")
            return
        names = draft.table.triangle[draft.rows]
        if len(parts) != len(names):
            self._report.add(number, draft.table.name, f"row {len(names)} has {len(parts)} values", f"{len(names)}")
        draft.rows += 1
        self._flush(draft)
        for name, value in zip(names, parts, strict=False):
            draft.add(Field(name, value, None, number), self._report)


def odd_characters(text: str) -> list[tuple[int, str, int]]:
    """Characters other than printable ASCII (CCSDS 502.0-B-3 §7.3.4): the first line of each, it, and how many lines."""
    if text.isascii() and text.replace("\n", "").replace("\r", "").isprintable():
        return []
    found: dict[str, list[int]] = {}
    for number, line in enumerate(lines_of(text), start=1):
        for odd in {c for c in line if not (c.isascii() and c.isprintable())}:
            found.setdefault(odd, []).append(number)
    return [(lines[0], odd, len(lines)) for odd, lines in found.items()]
