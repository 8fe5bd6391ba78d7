"""A statement on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as Shown
from rich.text import Text

from comity.funding.ledger.statement import Statement
from comity.report.statements.grid import Grid, grids, rates_note
from comity.report.statements.keys import heading

#: The narrowest column of labels, that of a currency, and what stands between columns.
LABELS, CURRENCY, GAP = 22, 4, 1


def shown(statement: Statement, *, width: int, clean: Callable[[str], str] = str) -> RenderableType:
    """The statement as tables that fit a terminal of so many columns.

    `clean` makes text that somebody else wrote fit for a terminal.
    """
    return Group(*_parts(statement, width, clean))


def _parts(statement: Statement, width: int, clean: Callable[[str], str]) -> Iterator[RenderableType]:
    yield Text(clean(heading(statement)), style="bold")
    for table in statement.tables:
        widest = max((len(c) for g in grids(statement, table, most=99) for n in g.lines for c in n.cells), default=1)
        heads = max(map(len, table.measures.values()))
        labels = LABELS + (CURRENCY if table.layout == "rows" else 0)
        most = max(1, (width - labels) // (max(widest, min(heads, 12)) + GAP))
        for grid in grids(statement, table, most=most):
            yield Text()
            yield _grid(grid, clean)
    yield Text()
    for note in (rates_note(statement), *statement.notes):
        if note:
            yield Text(note, style="dim")


def _grid(grid: Grid, clean: Callable[[str], str]) -> Shown:
    found = Shown(title=escape(clean(grid.title)), title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    found.add_column("", ratio=None, overflow="fold")
    if grid.by_row:
        found.add_column("")
    for group, head in grid.columns:
        found.add_column(f"{group}\n{head}".strip() if group else head, justify="right", no_wrap=False, min_width=4)
    for line in grid.lines:
        style = "bold" if line.kind in ("total", "heading") else ""
        label = Padding(Text(clean(line.label)), (0, 0, 0, 2 * line.depth))
        cells = [Text(c, no_wrap=True) for c in line.cells]
        found.add_row(label, *([line.currency] if grid.by_row else []), *cells, style=style)
    return found
