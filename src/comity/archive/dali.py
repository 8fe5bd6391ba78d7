"""What the IVOA's data access services have in common (DALI 1.1): parameters, formats, and errors as VOTable."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from comity.archive.errors import ArchiveError

VOTABLE = "application/x-votable+xml"


class UsageError(ArchiveError):
    """Parameters that a service cannot take."""


class Parameters:
    """The parameters of a request: names without regard to case, values in order (DALI 1.1 §2.4)."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.upper(), []).append(value)

    def all(self, name: str) -> list[str]:
        """All values of one that may be given several times."""
        return [v for v in self._values.get(name, []) if v.strip()]

    def one(self, name: str) -> str | None:
        """The value of one that is given once. UsageError when it is given more often, with other values."""
        found = self._values.get(name, [])
        if len(set(found)) > 1:
            raise UsageError(f"{name} is given {len(found)} times; once is right")
        return found[0] if found else None

    def names(self) -> list[str]:
        """The names that are given."""
        return list(self._values)

    def pairs(self) -> list[tuple[str, str]]:
        """All of them."""
        return [(n, v) for n, values in self._values.items() for v in values]

    def whole(self, name: str, *, least: int = 0) -> int | None:
        """A whole number, or None when it is not given. UsageError when it is none."""
        text = self.one(name)
        if text is None or not text.strip():
            return None
        try:
            value = int(text)
        except ValueError:
            raise UsageError(f"{name}={text[:30]} is no whole number") from None
        if value < least:
            raise UsageError(f"{name}={value} is less than {least}")
        return value


def numbers(name: str, text: str, count: int | None = None) -> list[float]:
    """Numbers between spaces, as many as there should be; `+Inf` and `-Inf` are taken. UsageError when they are none."""
    try:
        found = [float(word) for word in text.split()]
    except ValueError:
        raise UsageError(f"{name}={text[:60]}: numbers are expected, with spaces between them") from None
    if any(v != v for v in found) or (count is not None and len(found) != count):
        raise UsageError(f"{name}={text[:60]}: {count} numbers are expected")
    return found


def error_document(message: str) -> str:
    """A VOTable that says what is wrong (DALI 1.1 §4.4)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        f' <RESOURCE type="results">\n  <INFO name="QUERY_STATUS" value="ERROR">{escape(sound(message))}</INFO>\n'
        " </RESOURCE>\n</VOTABLE>\n"
    )


def sound(text: str) -> str:
    """Without characters that XML has not (XML 1.0 §2.2)."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "�" for c in text
    )


def attribute(text: str) -> str:
    """A value of an attribute in XML, with its quotes."""
    return quoteattr(sound(text))


def content(text: str) -> str:
    """Text in XML."""
    return escape(sound(text))
