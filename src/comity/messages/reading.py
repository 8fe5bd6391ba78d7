"""From a file to messages, whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

from comity.messages.checking import check
from comity.messages.drafting import Enough, Report
from comity.messages.errors import MessageError, Problem
from comity.messages.kvn_reading import odd_characters, read_kvn
from comity.messages.message import Block, Message
from comity.messages.rules import check_rules
from comity.messages.xml_reading import read_xml

#: What every message begins with, in KVN and in XML: its mark, or its tag.
_BEGINNING = re.compile(rb"CCSDS_[A-Z]{3}_VERS|<(?:[\w.-]+:)?(?:opm|omm|oem|tdm|cdm|apm|aem)\b")
#: Larger files are refused before they are opened [bytes]: half a million states.
LIMIT_BYTES = 64 * 1024 * 1024


def read(path: str | Path, *, limit_bytes: int = LIMIT_BYTES) -> Message:
    """The message that stands in a file: OEM, OPM, OMM, TDM, CDM, AEM or APM, in KVN or XML; form and kind are detected.

    Several messages in one file (an `ndm` in XML, or KVN messages after each other) come as one of kind `ndm`. A message
    of which anything is not sure is refused whole: MessageError with all problems, each with its line. What breaks a book
    and still leaves the meaning sure (an empty ORIGINATOR, a covariance that is not positive) is told by `problems` alone.

    `limit_bytes` bounds the size of the file. Sources: CCSDS 502.0-B-3, 503.0-B-2, 504.0-B-2, 508.0-B-1, 505.0-B-3.
    """
    return parse(_content(Path(path), limit_bytes), str(path))


def parse(content: bytes | str, source: str = "message") -> Message:
    """The message in a text, as `read` takes it from a file; `source` is how errors call it."""
    found, message = _examine(content.encode() if isinstance(content, str) else content, source)
    fatal = tuple(p for p in found if p.fatal)
    if fatal or message is None:
        more = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
        raise MessageError(f"{source}:{fatal[0]}{more}", found)
    return message


def problems(path: str | Path, *, limit_bytes: int = LIMIT_BYTES) -> tuple[Problem, ...]:
    """All that is wrong with the messages of a file, in the order of its lines; none when they keep their books.

    MessageError when the file cannot be taken for a message at all: unreadable, too large, no text, no whole XML, or without
    the beginning of any message.
    """
    return examined(path, limit_bytes=limit_bytes)[0]


def examined(path: str | Path, *, limit_bytes: int = LIMIT_BYTES) -> tuple[tuple[Problem, ...], Message | None]:
    """As `problems`, and the message where none of them hinders reading."""
    content = _content(Path(path), limit_bytes)
    found, message = _examine(content, str(path))
    # Without the zeros that UTF-16 has between letters.
    if message is None and not _BEGINNING.search(content.replace(b"\0", b"")):
        first = next(p for p in found if p.fatal)
        what = "is empty" if not content.strip() else "holds no message"
        raise MessageError(f"{path}: {what}; {first.field}: {first.right}", found)
    return found, message


def _content(path: Path, limit_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        raise MessageError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise MessageError(f"{str(path)!r}: is no name of a file ({error})") from None
    if len(content) > limit_bytes:
        raise MessageError(f"{path}: is larger than {limit_bytes:,} bytes; give its messages in several files")
    return content


def _examine(content: bytes, source: str) -> tuple[tuple[Problem, ...], Message | None]:
    report = Report()
    message: Message | None = None
    try:
        messages, combined = _messages(content, source, report)
        whole = not report.fatal
        for one in messages:
            before = report.fatal
            check(one, report)
            # Rules take numbers and times for granted.
            if whole and report.fatal == before:
                check_rules(one, report)
        if not report.fatal:
            message = _whole(messages, combined, source)
    except Enough:
        message = None
    return report.told(), message


def _messages(content: bytes, source: str, report: Report) -> tuple[list[Message], bool]:
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return read_xml(content.lstrip(b" \t\r\n"), source, report)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MessageError(f"{source}:{line}: is no text in ASCII or UTF-8") from None
    for number, odd, count in odd_characters(text):
        more = f", as {count - 1} more lines" if count > 1 else ""
        fatal = not odd.isprintable() and odd != "\t"
        report.add(number, "line", f"has the character {odd!r}{more}", "printable ASCII and blanks", fatal=fatal)
    messages = read_kvn(text, source, report)
    if not messages and not report.fatal:
        report.add(1, "CCSDS_…_VERS", "is missing: the file holds no message", "CCSDS_OEM_VERS = 3.0, or another kind")
    return messages, False


def _whole(messages: list[Message], combined: bool, source: str) -> Message:
    if len(messages) == 1 and not combined:
        return messages[0]
    form = messages[0].form
    return Message("ndm", "", Block("header", ()), (), messages=tuple(messages), form=form, source=source)
