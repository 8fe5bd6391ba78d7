"""What each keyword of a message must be: there, in its order, of its type, in its unit."""

from __future__ import annotations

from comity.messages.books import Book, Keyword, Table, book_of
from comity.messages.drafting import Report, columns_of
from comity.messages.message import Block, Field, Message, Rows
from comity.messages.values import (
    CLOCKS,
    FRAMES,
    LOCAL_FRAMES,
    all_real,
    clock_reading,
    clock_readings,
    is_frame,
    is_integer,
    is_real,
)

#: Other writings of the units of the books that mean the same.
_SAME_UNITS = {"n/a": None, "1/er": "1/ER", "1/[earth radii]": "1/ER", "°": "deg"}


def check(message: Message, report: Report) -> None:
    """Reports what is wrong with the keywords and the lines of data of one message."""
    book = book_of(message.kind, message.version)
    assert book is not None
    _check_block(message.header, book.header, message, report)
    if book.relative is not None:
        if message.relative is None:
            report.add(0, book.relative.name, "is missing", f"{next(iter(book.relative.keywords))} and what follows")
        else:
            _check_block(message.relative, book.relative, message, report)
    tables = {t.name: t for t in book.blocks}
    for segment in message.segments:
        _check_block(segment.metadata, book.metadata, message, report)
        if book.data.keywords and not segment.blocks("data"):
            report.add(segment.metadata.line, ", ".join(book.data.keywords), "is missing", "mandatory")
        for part in segment.data:
            if isinstance(part, Rows):
                _check_rows(part, book, segment.metadata, report)
            else:
                _check_block(part, book.data if part.name == "data" else tables[part.name], message, report)
        for table in book.blocks:
            if table.mandatory and not segment.blocks(table.name):
                report.add(segment.metadata.line, table.name, "is missing", f"mandatory ({book.source})")


def _check_block(block: Block, table: Table, message: Message, report: Report) -> None:
    given = {f.keyword for f in block.fields}
    for keyword in table.keywords.values():
        _check_presence(keyword, given, block, table, message, report)
    names = list(table.keywords)
    last = -1
    for field in block.fields:
        # Of KVN the whole text was looked through.
        if message.form == "xml" and not field.value.isprintable():
            odd = next(c for c in field.value if not c.isprintable())
            report.add(field.line, field.keyword, f"has the character {odd!r}", "printable characters")
        if field.keyword == "COMMENT":
            if last >= 0:
                report.add(field.line, "COMMENT", f"stands within {table.name}", "at its beginning", fatal=False)
            continue
        keyword = table.keyword(field.keyword)
        at = names.index(keyword.name)
        if at < last:
            report.add(field.line, field.keyword, "is out of order", f"before {names[last]}", fatal=False)
        last = max(last, at)
        _check_field(field, keyword, message, report, header=table.name == "header")


def _check_presence(
    keyword: Keyword, given: set[str], block: Block, table: Table, message: Message, report: Report
) -> None:
    if keyword.either:
        if keyword.name != keyword.either[0]:
            return
        count = sum(name in given for name in keyword.either)
        if count > 1:
            report.add(block.line, " and ".join(keyword.either), "are both given", "one of them")
        elif not count and keyword.mandatory:
            report.add(block.line, " or ".join(keyword.either), f"is missing in {table.name}", "mandatory")
    elif keyword.mandatory and keyword.name not in given and _holds(keyword, message.version):
        report.add(block.line, keyword.name, f"is missing in {table.name}", "mandatory")


def _holds(keyword: Keyword, version: str) -> bool:
    return not (keyword.since and version < keyword.since) and not (keyword.until and version > keyword.until)


def _check_field(field: Field, keyword: Keyword, message: Message, report: Report, *, header: bool) -> None:
    kind, value, line, name = keyword.type, field.value, field.line, field.keyword
    if not _holds(keyword, message.version):
        right = f"from version {keyword.since}" if keyword.since else f"up to version {keyword.until}"
        report.add(line, name, f"is not in version {message.version}", right, fatal=False)
    if not value:
        # Catalogues leave the header empty; what the message says is sure all the same.
        report.add(line, name, "is empty", "a value", fatal=not header and kind != "text")
    elif kind == "real" and not is_real(value):
        report.add(line, name, f"is {value[:40]!r}", "a number such as 1.5 or -2.5E-03")
    elif kind == "int" and not is_integer(value):
        report.add(line, name, f"is {value[:40]!r}", "a whole number")
    elif kind == "epoch" and clock_reading(value) is None:
        report.add(line, name, f"is {value[:40]!r}", "an epoch such as 2026-03-01T12:00:00.5 or 2026-060T12:00:00")
    elif kind == "clock" and value.upper() not in CLOCKS:
        report.add(line, name, f"is {value[:40]!r}", f"one of {', '.join(CLOCKS)}", fatal=False)
    elif kind == "frame" and not is_frame(value):
        report.add(line, name, f"is {value[:40]!r}", f"one of {', '.join(FRAMES)}, or agreed between you", fatal=False)
    elif kind == "axes" and not (is_frame(value) or value.upper() in LOCAL_FRAMES):
        report.add(line, name, f"is {value[:40]!r}", f"{', '.join(LOCAL_FRAMES)}, or a frame such as GCRF", fatal=False)
    elif keyword.choices and value.upper().replace(" ", "_") not in [c.upper() for c in keyword.choices]:
        report.add(line, name, f"is {value[:40]!r}", f"one of {', '.join(keyword.choices)}")
    if field.unit is not None and _SAME_UNITS.get(field.unit.lower(), field.unit) != keyword.unit:
        right = f"the unit is {keyword.unit}" if keyword.unit else "it has no unit"
        report.add(line, name, f"is in {field.unit[:20]!r}", right, fatal=keyword.unit is not None)


def _check_rows(rows: Rows, book: Book, metadata: Block, report: Report) -> None:
    columns = columns_of(book, metadata)
    if not rows.rows or not columns or any(len(r) != len(rows.columns) for r in rows.rows):
        return  # told already
    epochs, values = rows.texts("EPOCH"), rows.columns[rows.columns.index("EPOCH") + 1 :]
    if clock_readings(epochs) is None:
        for line, text in zip(rows.lines, epochs, strict=True):
            if clock_reading(text) is None:
                report.add(line, "EPOCH", f"is {text[:40]!r}", "an epoch such as 2026-03-01T12:00:00.5")
    for name in values:
        texts = rows.texts(name)
        spare = name in columns[len(columns) - book.spare :]
        if not all_real(texts):
            for line, text in zip(rows.lines, texts, strict=True):
                if not (is_real(text) or (spare and not text)):
                    report.add(line, name, f"is {text[:40]!r}", "a number such as 1.5 or -2.5E-03")
