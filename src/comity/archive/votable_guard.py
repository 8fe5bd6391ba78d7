"""Looks through a VOTable before anything is made of it: no document type, no entities, no links, no absurd sizes.

Only then a reader that allocates what a document claims may have it (OWASP, XML external entities; VOTable 1.4 §2.2, §5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from comity.archive.errors import UnreadableFile

MOST_DEPTH, MOST_FIELDS, MOST_TABLES, MOST_ARRAY = 64, 20_000, 1_000, 2**24
#: Values that all rows of a table come to when each is as long as its field says: what a reader makes room for.
MOST_VALUES = 2**27
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class VoSizes:
    """What a document holds: tables, fields, and whether some of it is compressed."""

    tables: int
    fields: int
    is_compressed: bool


def guarded(file: BinaryIO, called: str, size: int) -> VoSizes:
    """Looks through a document of so many bytes. UnreadableFile says what is wrong or refused, and in which line."""
    look = _Look(called, size)
    try:
        while block := file.read(_BLOCK):
            look.parser.Parse(block, False)
        look.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableFile(f"{called}:{error.lineno}:{error.offset + 1}: {expat.ErrorString(error.code)}") from None
    if look.root != "VOTABLE":
        raise UnreadableFile(f"{called}: the document is {look.root or 'empty'}, not VOTABLE")
    return VoSizes(look.tables, look.fields, look.is_compressed)


class _Look:
    def __init__(self, called: str, size: int) -> None:
        self.called, self.size = called, size
        self.root = ""
        self.tables = self.fields = self.depth = 0
        self.width = self.rows = self.said = 0  # values of a row of this table; its rows so far, or as many as it says
        self.is_compressed = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _refuse(self, problem: str) -> None:
        raise UnreadableFile(f"{self.called}:{self.parser.CurrentLineNumber}: {problem}")

    def _doctype(self, *_: object) -> None:
        self._refuse("a document type or entities are not taken; VOTable 1.1 and later need none")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        plain = name.rsplit(" ", 1)[-1]
        self.root = self.root or plain
        if self.depth > MOST_DEPTH:
            self._refuse(f"elements lie more than {MOST_DEPTH} deep")
        if plain == "TABLE":
            self.tables += 1
            self.width = self.rows = 0
            rows = attributes.get("nrows", "0").strip()
            if not rows.isdigit() or int(rows) > self.size:
                self._refuse(f"nrows={rows[:30]!r} is more than the document can hold")
            self.said = int(rows)
            if self.tables > MOST_TABLES:
                self._refuse(f"there are more than {MOST_TABLES} tables")
        elif plain in ("FIELD", "PARAM"):
            self.fields += 1
            length = self._array(attributes.get("arraysize", "1"))
            self.width += length if plain == "FIELD" else 0
            if self.fields > MOST_FIELDS:
                self._refuse(f"there are more than {MOST_FIELDS} fields")
        elif plain == "TR":
            self.rows += 1
            self._room(self.rows)
        elif plain == "DATA":
            self._room(self.said)
        elif plain == "STREAM":
            if attributes.get("href"):
                self._refuse("data that lie elsewhere (href) are not fetched; put them into the document")
            self.is_compressed |= "gzip" in attributes.get("encoding", "").lower()

    def _room(self, rows: int) -> None:
        if rows * self.width > MOST_VALUES:
            self._refuse(f"{rows:,} rows of {self.width:,} values are more than {MOST_VALUES:,}")

    def _array(self, arraysize: str) -> int:
        total = 1
        for part in arraysize.strip().split("x"):
            if not re.fullmatch(r"\d{0,12}\*?", part.strip()):
                self._refuse(f"arraysize={arraysize[:30]!r} is none")
            total *= int(part.strip().rstrip("*") or 1)
        if total > MOST_ARRAY:
            self._refuse(f"arraysize={arraysize[:30]!r} is more than {MOST_ARRAY:,} values")
        return total

    def _end(self, _: str) -> None:
        self.depth -= 1
