"""What a query may not say, or cannot mean."""

from __future__ import annotations

from typing import Any

from comity.archive.errors import ArchiveError


class AdqlError(ArchiveError):
    """A query that is refused: what, where (line and column), and what would be right."""


def refused(problem: str, node: Any = None) -> AdqlError:
    """The error, with the place of the part that is meant if it is known."""
    place = _place(node)
    return AdqlError(f"{problem}, at line {place[0]}, column {place[1]}" if place else problem)


def _place(node: Any) -> tuple[int, int] | None:
    if node is None:
        return None
    for part in node.walk():
        line, column = part.meta.get("line"), part.meta.get("col")
        if line is not None and column is not None:
            name = part.name if isinstance(part.name, str) else ""
            return int(line), max(1, int(column) - len(name) + 1)
    return None
