"""The shapes that a page is made of: tables of text, and charts that each carry their data and their table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text. `numeric` names the columns (by place) that are set flush right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that the page's script draws.

    `kind` names the drawing routine in `report.js`; `drawing` is what it draws (plain JSON); `summary` says in words what
    the picture shows; `height` is in CSS pixels (the routine may choose its own); `table` holds the same figures.
    """

    id: str
    kind: str
    title: str
    summary: str
    height: int
    drawing: Mapping[str, Any]
    table: Table | None = None
    wide: bool = True
