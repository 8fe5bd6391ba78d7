"""Two-line elements: each pair checked for its form and checksums before any of it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from comity.orbits.errors import OrbitError
from comity.orbits.objects import SpaceObject, elements_of

LINE_LENGTH = 69
_NUMBER = r"[ 0-9+\-.]"
#: Columns of lines 1 and 2 (CelesTrak, "NORAD Two-Line Element Set Format"); the number may be Alpha-5.
_LINE_1 = re.compile(
    rf"1 [ 0-9A-HJ-NP-Z][ 0-9]{{4}}[A-Z ] .{{8}} \d\d[ \d]{{3}}\.[\d ]{{8}} {_NUMBER}{{10}} {_NUMBER}{{8}} {_NUMBER}{{8}} .[ \d]{{5}}\d"
)
_LINE_2 = re.compile(
    rf"2 [ 0-9A-HJ-NP-Z][ 0-9]{{4}} {_NUMBER}{{8}} {_NUMBER}{{8}} [ \d]{{7}} {_NUMBER}{{8}} {_NUMBER}{{8}} {_NUMBER}{{11}}[ \d]{{5}}\d"
)


def looks_like_tle(text: str) -> bool:
    """Whether a text has a line that begins as line 1 of a set does."""
    return re.search(r"^1 [ 0-9A-Z][ 0-9]{4}[A-Z ] ", text, re.MULTILINE) is not None


def read_tle(text: str, path: Path) -> tuple[SpaceObject, ...]:
    """The objects of two- or three-line sets. OrbitError with the line for a set that is damaged or cut."""
    return tuple(_sets(text.splitlines(), path))


def _sets(lines: list[str], path: Path) -> Iterator[SpaceObject]:
    name, first, first_at = "", "", 0
    # Files that went through other systems have empty lines between.
    kept = [(n, line.rstrip()) for n, line in enumerate(lines, start=1) if line.strip()]
    for at, (number, line) in enumerate(kept):
        if first:
            if not line.startswith("2 "):
                raise OrbitError(f"{path}:{first_at}: line 1 of a set is not followed by its line 2")
            yield _object(name, (first, first_at), (line, number), path)
            name, first = "", ""
        elif line.startswith("1 ") and _begins_set(line, kept[at + 1][1] if at + 1 < len(kept) else ""):
            first, first_at = line, number
        elif line.startswith("2 ") and len(line) >= LINE_LENGTH - 1:
            raise OrbitError(f"{path}:{number}: line 2 of a set without its line 1 before it")
        elif not line.startswith("#"):
            name = line.removeprefix("0 ").strip()
    if first:
        raise OrbitError(f"{path}:{first_at}: the file ends after line 1 of a set")


def _begins_set(line: str, following: str) -> bool:
    """Names may begin with `1 ` too: a line 1 is long, or has a line 2 after it."""
    return len(line) >= LINE_LENGTH - 5 or following.startswith("2 ")


def _object(name: str, first: tuple[str, int], second: tuple[str, int], path: Path) -> SpaceObject:
    from sgp4.alpha5 import from_alpha5
    from sgp4.api import WGS72, Satrec

    for (line, number), form in ((first, _LINE_1), (second, _LINE_2)):
        _check(line, form, f"{path}:{number}")
    one, two = first[0][:LINE_LENGTH], second[0][:LINE_LENGTH]
    if one[2:7] != two[2:7]:
        raise OrbitError(f"{path}:{second[1]}: line 2 is of object {two[2:7]!r}, line 1 of {one[2:7]!r}")
    try:
        norad = int(from_alpha5(one[2:7]))
        record = Satrec.twoline2rv(one, two, WGS72)
    except ValueError as error:
        raise OrbitError(f"{path}:{first[1]}: no elements can be read ({error})") from None
    if record.no_kozai <= 0:
        raise OrbitError(f"{path}:{second[1]}: mean motion is {two[52:63].strip()}; it must be above 0")
    return SpaceObject(
        id=str(norad), name=name or str(norad), norad=norad, motion=elements_of(record), source=f"{path}:{first[1]}"
    )


def _check(line: str, form: re.Pattern[str], where: str) -> None:
    if len(line) < LINE_LENGTH:
        raise OrbitError(f"{where}: the line has {len(line)} characters; a line of elements has {LINE_LENGTH}")
    if not form.fullmatch(line[:LINE_LENGTH]):
        raise OrbitError(f"{where}: the line has not the columns of line {line[0]} of a two-line set")
    said, right = int(line[68]), checksum(line)
    if said != right:
        raise OrbitError(f"{where}: the checksum is {said}, its characters give {right}: the line is damaged")


def checksum(line: str) -> int:
    """The last digit of a line of elements: its digits added up, each minus counting 1, modulo 10."""
    return sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10
