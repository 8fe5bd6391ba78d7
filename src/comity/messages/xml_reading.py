"""Messages in XML (CCSDS 505.0-B-3 and the books' own chapters), by expat: no document type, no entities of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from comity.messages.books import Book, book_of, books
from comity.messages.drafting import LONGEST_TEXT, Draft, MessageDraft, Report, SegmentDraft, columns_of, nearest
from comity.messages.errors import MessageError
from comity.messages.message import Field, Message

#: No message nests deeper than seven tags.
DEEPEST = 16
#: Elements of one file: what half a million states have.
MOST_NODES = 4_000_000


@dataclass(slots=True)
class Node:
    """An element with the line on which it begins."""

    tag: str
    line: int
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    @property
    def value(self) -> str:
        """Its text with white space as single blanks (CCSDS 502.0-B-3 §7.5.9)."""
        return " ".join(self.text.split())


def tree_of(content: bytes, source: str, what: str = "a navigation message") -> Node:
    """The tree of elements. MessageError for what is no whole XML, or has a document type or entities of its own."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Node("", 0, {})
    stack = [top]
    # Pieces of text of each open element: joined once, as adding to a text again and again copies it each time.
    pieces: list[list[str]] = [[]]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEEPEST or count > MOST_NODES:
            many = f"nested deeper than in {what}" if count <= MOST_NODES else f"more than {MOST_NODES:,}"
            raise MessageError(f"{source}:{parser.CurrentLineNumber}: tags are {many}")
        node = Node(tag.rpartition(":")[2], parser.CurrentLineNumber, attributes)
        stack[-1].children.append(node)
        stack.append(node)
        pieces.append([])

    def end(tag: str) -> None:
        node, node_text = stack.pop(), "".join(pieces.pop())
        if len(node_text) > LONGEST_TEXT:
            raise MessageError(f"{source}:{node.line}: <{node.tag[:40]}> has a text of {len(node_text):,} characters")
        node.text = node_text

    def text(data: str) -> None:
        if not (stack[-1].children and data.isspace()):
            pieces[-1].append(data)

    def refuse(*_: object) -> None:
        raise MessageError(
            f"{source}:{parser.CurrentLineNumber}: {what} has no document type and no entities of its own"
        )

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise MessageError(f"{source}:{error.lineno}: is no whole XML ({expat.ErrorString(error.code)})") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, MessageError):
            raise
        raise MessageError(f"{source}: is XML in an encoding that is not known") from None
    return top.children[0]


def read_xml(content: bytes, source: str, report: Report) -> tuple[list[Message], bool]:
    """The messages, in their order, and whether they came combined in one `ndm`."""
    root = tree_of(content, source)
    if root.tag != "ndm":
        return _one(root, source, report), False
    found = [
        message for child in root.children if child.tag not in ("COMMENT", "MESSAGE_ID")
        for message in _one(child, source, report)
    ]  # fmt: skip
    if not found and not report.fatal:
        report.add(root.line, "ndm", "holds no message", "one or more messages")
    return found, True


def _one(node: Node, source: str, report: Report) -> list[Message]:
    known = books().get(node.tag, ())
    if not known:
        report.add(node.line, f"<{node.tag}>"[:60], "is no message that is read", nearest(node.tag, list(books())))
        return []
    version = node.attributes.get("version", "")
    book = book_of(node.tag, version)
    if book is None or "xml" not in book.forms:
        right = ", ".join(v for b in known for v in b.versions if "xml" in b.forms)
        report.add(node.line, "version", f"is {version[:20]!r}", f"read in XML are versions {right}")
        return []
    if node.attributes.get("id") != book.mark:
        report.add(node.line, "id", f"is {node.attributes.get('id', '')[:40]!r}", book.mark, fatal=False)
    made = MessageDraft(book, version, node.line, "xml", source, Draft(book.header, node.line))
    parts = {child.tag: child for child in node.children}
    _only(node, ("header", "body"), report)
    if "header" in parts:
        made.header.line = parts["header"].line
        _fill(made.header, parts["header"], report)
    if "body" in parts:
        _body(made, parts["body"], report)
    return [made.message(report)]


def _only(node: Node, tags: tuple[str, ...], report: Report) -> None:
    """Reports children that are none of these, or one of these again, and text between them."""
    seen: set[str] = set()
    for child in node.children:
        if child.tag not in tags:
            report.add(
                child.line, f"<{child.tag}>"[:60], f"has no place in <{node.tag}>", nearest(child.tag, list(tags))
            )
        elif child.tag in seen and child.tag != "segment":
            report.add(child.line, f"<{child.tag}>", "is given twice", "once")
        seen.add(child.tag)
    if node.text.strip():
        report.add(node.line, f"<{node.tag}>", f"has text of its own: {node.text.strip()[:30]!r}", "only tags")


def _body(made: MessageDraft, body: Node, report: Report) -> None:
    relative = made.book.relative
    _only(body, ("segment", relative.name) if relative else ("segment",), report)
    for child in body.children:
        if relative and child.tag == relative.name:
            made.relative = Draft(relative, child.line)
            _fill(made.relative, child, report)
        elif child.tag == "segment":
            _segment(made, child, report)


def _segment(made: MessageDraft, node: Node, report: Report) -> None:
    _only(node, ("metadata", "data"), report)
    segment = made.segment(node.line)
    for child in node.children:
        if child.tag == "metadata":
            segment.metadata.line = child.line
            _fill(segment.metadata, child, report)
    for child in node.children:
        if child.tag == "data":
            segment.data.line = child.line
            _data(made.book, segment, child, report)


def _data(book: Book, segment: SegmentDraft, node: Node, report: Report) -> None:
    blocks = {t.name: t for t in book.blocks}
    columns = columns_of(book, segment.metadata.block(Report()))
    last = -1
    for child in node.children:
        if child.tag == book.rows:
            _row(book, segment, columns, child, report)
        elif child.tag in blocks:
            table = blocks[child.tag]
            if not table.repeats and any(d.table is table for d in segment.blocks):
                report.add(child.line, f"<{child.tag}>", "is given twice", "once")
            if book.blocks.index(table) < last:
                report.add(child.line, f"<{child.tag}>", "comes too late", "the order of the book", fatal=False)
            last = book.blocks.index(table)
            segment.blocks.append(Draft(table, child.line))
            _fill(segment.blocks[-1], child, report)
        elif not child.children:
            _leaf(segment.data, child, report, [*blocks, *([book.rows] if book.rows else [])])
        else:
            report.add(
                child.line, f"<{child.tag}>"[:60], "has no place in <data>", nearest(child.tag, [*blocks, book.rows])
            )
    if node.text.strip():
        report.add(node.line, "<data>", f"has text of its own: {node.text.strip()[:30]!r}", "only tags")


def _fill(draft: Draft, node: Node, report: Report) -> None:
    wrappers = set(draft.table.wrapped.values())
    for child in node.children:
        if child.children and child.tag in wrappers:
            for leaf in child.children:
                if draft.table.wrapped.get(leaf.tag, child.tag) != child.tag:
                    report.add(
                        leaf.line, f"<{leaf.tag}>"[:60], f"has no place in <{child.tag}>", draft.table.wrapped[leaf.tag]
                    )
                else:
                    _leaf(draft, leaf, report)
        else:
            _leaf(draft, child, report)
    if node.text.strip():
        report.add(node.line, f"<{node.tag}>", f"has text of its own: {node.text.strip()[:30]!r}", "only tags")


def _leaf(draft: Draft, node: Node, report: Report, also: list[str] | None = None) -> None:
    keyword = node.tag
    if keyword == "USER_DEFINED" and "parameter" in node.attributes:
        keyword = f"USER_DEFINED_{node.attributes['parameter']}"
    if node.children or not (keyword == "COMMENT" or draft.table.knows(keyword)):
        known = [*draft.table.keywords, "COMMENT", *(also or [])]
        report.add(node.line, f"<{node.tag}>"[:60], f"has no place in <{draft.table.name}>", nearest(node.tag, known))
        return
    draft.add(Field(keyword, node.value, node.attributes.get("units"), node.line), report)


def _row(book: Book, segment: SegmentDraft, columns: tuple[str, ...], node: Node, report: Report) -> None:
    values: dict[str, Node] = {}
    for leaf in _leaves(node, node, book, report):
        if leaf.tag in values:
            report.add(leaf.line, leaf.tag, "is given twice", "once")
        unit, right = leaf.attributes.get("units"), book.units.get(leaf.tag)
        if unit is not None and right is not None and unit != right:
            report.add(leaf.line, leaf.tag, f"is in {unit[:20]!r}", f"the unit is {right}")
        values[leaf.tag] = leaf
    if book.rows == "observation":
        _observation(book, segment, node, values, report)
        return
    needed = (
        columns[: len(columns) - book.spare] if not set(columns[len(columns) - book.spare :]) & set(values) else columns
    )
    missing, foreign = [c for c in needed if c not in values], [c for c in values if c not in columns]
    for name in missing:
        report.add(node.line, name, f"is missing in <{node.tag}>", f"a line has {', '.join(needed)}")
    for name in foreign if columns else ():
        report.add(values[name].line, f"<{name}>"[:60], f"has no place in <{node.tag}>", nearest(name, list(columns)))
    if not missing and needed:
        segment.rows.append(tuple(values[c].value for c in needed))
        segment.lines.append(node.line)


def _leaves(node: Node, top: Node, book: Book, report: Report) -> list[Node]:
    inner = {tag for outer, within in book.tags.values() for tag in (outer, *within.values())}
    found: list[Node] = []
    for child in node.children:
        if child.children and child.tag in inner:
            found += _leaves(child, top, book, report)
        elif child.children:
            report.add(
                child.line, f"<{child.tag}>"[:60], f"has no place in <{top.tag}>", nearest(child.tag, sorted(inner))
            )
        elif child.tag != "COMMENT":
            found.append(child)
    return found


def _observation(book: Book, segment: SegmentDraft, node: Node, values: dict[str, Node], report: Report) -> None:
    keywords = [name for name in values if name != "EPOCH"]
    if "EPOCH" not in values or len(keywords) != 1:
        report.add(
            node.line, "<observation>", f"holds {', '.join(values)[:60] or 'nothing'}", "EPOCH and one observation"
        )
    elif keywords[0] not in book.units:
        report.add(
            values[keywords[0]].line, f"<{keywords[0]}>"[:60], "is no observation", nearest(keywords[0], [*book.units])
        )
    else:
        segment.rows.append((keywords[0], values["EPOCH"].value, values[keywords[0]].value))
        segment.lines.append(node.line)
