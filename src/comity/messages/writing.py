"""From messages to files: keyword-value notation and XML, each value as it was read."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from comity.messages.books import Book, Table, book_of
from comity.messages.errors import MessageError
from comity.messages.kvn_reading import KEYWORD, LONGEST_LINE
from comity.messages.message import Block, Field, Form, Message, Rows
from comity.model.whole_files import write_whole

_SCHEMAS = "https://sanaregistry.org/r/ndmxml_unqualified/"


def write(message: Message, path: str | Path, form: Form = "kvn") -> None:
    """Writes a message whole or not at all: beside its place, then renamed. MessageError when it can't be written."""
    text = text_of(message, form)
    try:
        write_whole(Path(path), text)
    except OSError as error:
        raise MessageError(f"{path}: cannot be written ({error.strerror})") from None


def convert(source: str | Path, target: str | Path, form: Form | None = None) -> Message:
    """Reads one file and writes the other; without a form, in the other form. What is written reads back the same.

    The digits of every value, the comments and the units are kept; the place of a comment within a block is not, as XML has
    comments at its beginning.
    """
    from comity.messages.reading import read

    message = read(source)
    write(message, target, form or ("kvn" if message.form == "xml" else "xml"))
    return message


def text_of(message: Message, form: Form = "kvn") -> str:
    """A message as text. Several KVN messages follow each other, as catalogues have them."""
    for one in message.each():
        if form not in _book(one).forms:
            raise MessageError(f"{one.source}: {one.kind.upper()} {one.version} is not written in {form.upper()}")
    if form == "kvn":
        return "\n".join(_kvn(one) for one in message.each())
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    if message.kind == "ndm":
        schema = _book(next(message.each())).schema
        lines += [f"<ndm {_instance(schema)}>", *(line for one in message.each() for line in _xml(one, ""))]
        lines.append("</ndm>")
    else:
        lines += _xml(message, " " + _instance(_book(message).schema))
    return "\n".join(lines) + "\n"


def _book(message: Message) -> Book:
    book = book_of(message.kind, message.version)
    if book is None:
        raise MessageError(f"{message.source}: {message.kind.upper()} {message.version} is no message that is written")
    return book


def _kvn(message: Message) -> str:
    book = _book(message)
    tables = (book.header, book.metadata, *book.blocks, *([book.relative] if book.relative else []))
    width = max(len(k) for t in tables for k in t.keywords)
    lines = [f"{book.mark:<{width}} = {message.version}", *_assignments(message.header, book, width)]
    if message.relative is not None:
        lines += ["", *_assignments(message.relative, book, width)]
    for segment in message.segments:
        lines += ["", *_marked(_assignments(segment.metadata, book, width), book.metadata.marks)]
        rows = segment.rows
        data = [line for block in segment.blocks("data") for line in _assignments(block, book, width)]
        if rows is not None:
            data += [_kvn_row(row, book, width) for row in rows.rows]
        lines += [*([] if book.row_marks else [""]), *_marked(data, book.row_marks)] if data else []
        lines += _kvn_blocks(segment.data, book, width)
    return "\n".join(lines) + "\n"


def _kvn_blocks(data: tuple[Block | Rows, ...], book: Book, width: int) -> list[str]:
    lines: list[str] = []
    for table in book.blocks:
        found = [part for part in data if isinstance(part, Block) and part.name == table.name]
        if table.triangle and table.marks:
            inner = [line for block in found for line in _triangle(block, table, book, width)]
            lines += ["", *_marked(inner, table.marks)] if inner else []
        else:
            for block in found:
                lines += ["", *_marked(_assignments(block, book, width), table.marks)]
    return lines


def _marked(lines: list[str], marks: str) -> list[str]:
    return [f"{marks}_START", *lines, f"{marks}_STOP"] if marks else lines


def _assignments(block: Block, book: Book, width: int) -> list[str]:
    return [line for field in _comments_first(block) for line in _assignment(field, block, book, width)]


def _comments_first(block: Block) -> list[Field]:
    return sorted(block.fields, key=lambda f: f.keyword != "COMMENT")


def _assignment(field: Field, block: Block, book: Book, width: int) -> list[str]:
    if field.keyword == "COMMENT":
        text = field.value
        return [f"COMMENT {text[i : i + 240]}" for i in range(0, max(len(text), 1), 240)]
    if not KEYWORD.fullmatch(field.keyword):
        raise MessageError(
            f"{field.keyword[:60]!r}: is no keyword in KVN (capitals, digits and underscores); write it as XML"
        )
    unit = _unit(field, block, book)
    line = f"{field.keyword:<{width}} = {field.value}" + (f" [{unit}]" if unit else "")
    if len(line) > LONGEST_LINE:
        raise MessageError(
            f"{field.keyword}: is too long for a line of KVN ({LONGEST_LINE} characters); write it as XML"
        )
    return [line]


def _unit(field: Field, block: Block, book: Book) -> str | None:
    """The unit that is shown: as it was given; a conjunction message shows all (CCSDS 508.0-B-1 §4.3.10)."""
    table = next((t for t in (book.relative, *book.blocks) if t is not None and t.name == block.name), None)
    known = table.keyword(field.keyword).unit if table is not None and table.knows(field.keyword) else None
    return known if field.unit is not None or book.kind == "cdm" else None


def _kvn_row(row: tuple[str, ...], book: Book, width: int) -> str:
    if book.rows == "observation":
        keyword, epoch, value = row
        return f"{keyword:<{width}} = {epoch} {value}"
    return " ".join(value for value in row if value)


def _triangle(block: Block, table: Table, book: Book, width: int) -> list[str]:
    cells = {name for row in table.triangle for name in row}
    head = Block(block.name, tuple(f for f in block.fields if f.keyword not in cells))
    return [
        *_assignments(head, book, width),
        *(" ".join(block.get(name) or "" for name in row) for row in table.triangle),
    ]


def _instance(schema: str) -> str:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return f'{xsi} xsi:noNamespaceSchemaLocation="{_SCHEMAS}{schema}"'


def _xml(message: Message, root: str) -> list[str]:
    book = _book(message)
    lines = [f'<{message.kind}{root} id="{book.mark}" version="{message.version}">']
    lines += _block_xml(message.header, book, book.header, 1)
    lines.append("  <body>")
    if message.relative is not None and book.relative is not None:
        lines += _block_xml(message.relative, book, book.relative, 2)
    tables = {t.name: t for t in book.blocks}
    for segment in message.segments:
        lines.append("    <segment>")
        lines += _block_xml(segment.metadata, book, book.metadata, 3)
        lines.append("      <data>")
        for block in segment.blocks("data"):
            lines += _block_xml(block, book, book.data, 3)[1:-1]
        kind = (segment.metadata.get("ATTITUDE_TYPE") or "").upper()
        for part in segment.data:
            if isinstance(part, Rows):
                lines += [line for row in part.rows for line in _row_xml(part, row, book, kind)]
        for table in book.blocks:
            for block in segment.blocks(table.name):
                lines += _block_xml(block, book, tables[block.name], 4)
        lines += ["      </data>", "    </segment>"]
    return [*lines, "  </body>", f"</{message.kind}>"]


def _block_xml(block: Block, book: Book, table: Table, depth: int) -> list[str]:
    pad = "  " * depth
    lines = [f"{pad}<{table.name}>"]
    within = ""
    for field in _comments_first(block):
        wrapper = table.wrapped.get(field.keyword, "")
        if wrapper != within:
            lines += [f"{pad}  </{within}>"] if within else []
            lines += [f"{pad}  <{wrapper}>"] if wrapper else []
            within = wrapper
        lines.append(f"{pad}  {'  ' if wrapper else ''}{_element(field, _unit(field, block, book))}")
    lines += [f"{pad}  </{within}>"] if within else []
    return [*lines, f"{pad}</{table.name}>"]


def _element(field: Field, unit: str | None) -> str:
    value = escape(" ".join(field.value.split()) if field.keyword == "COMMENT" else field.value)
    if field.keyword.startswith("USER_DEFINED_"):
        return f"<USER_DEFINED parameter={quoteattr(field.keyword[13:])}>{value}</USER_DEFINED>"
    return f"<{field.keyword}{f' units={quoteattr(unit)}' if unit else ''}>{value}</{field.keyword}>"


def _row_xml(rows: Rows, row: tuple[str, ...], book: Book, kind: str) -> list[str]:
    if book.rows == "observation":
        keyword, epoch, value = row
        inner = [f"<EPOCH>{epoch}</EPOCH>", f"<{keyword}>{escape(value)}</{keyword}>"]
        return ["        <observation>", *(f"          {line}" for line in inner), "        </observation>"]
    outer, wrapped = book.tags.get(kind, ("", {}))
    inner, within = [], ""
    for name, value in zip(rows.columns, row, strict=True):
        wrapper = wrapped.get(name, "")
        if wrapper != within:
            inner += [f"</{within}>"] if within else []
            inner += [f"<{wrapper}>"] if wrapper else []
            within = wrapper
        inner += [f"<{name}>{escape(value)}</{name}>"] if value else []
    inner += [f"</{within}>"] if within else []
    inner = [f"<{outer}>", *inner, f"</{outer}>"] if outer else inner
    return [f"        <{book.rows}>", *(f"          {line}" for line in inner), f"        </{book.rows}>"]
