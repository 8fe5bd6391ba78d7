"""A statement as one HTML page that loads nothing and runs no script: for a desktop, a phone and a printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.funding.ledger.statement import Statement
from comity.report.assets import environment
from comity.report.assets import style as stylesheets
from comity.report.statements.drawing import pictures
from comity.report.statements.grid import grids, rates_note
from comity.report.statements.keys import keys

if TYPE_CHECKING:
    from comity.report.statements.grid import Grid

#: Columns of figures that fit on a printed page.
MOST_COLUMNS = 6


def render(statement: Statement, *, name: str = "", source: str = "") -> str:
    """The page as HTML text. `name` is the ledger's; `source` says in words which record it was read from, and when."""
    first, rest = first_and_rest(statement)
    return environment().get_template("statement.html.j2").render(
        statement=statement,
        name=name or statement.ledger,
        keys=keys(statement),
        first=first,
        rest=rest,
        pictures=[*pictures(statement)],
        notes=[n for n in (rates_note(statement), *statement.notes) if n],
        source=source,
        style=stylesheets("report.css", "statement.css"),
    )  # fmt: skip


def first_and_rest(statement: Statement) -> tuple[list[Grid], list[Grid]]:
    """The grids of the first table, which is the statement itself, and those of the others, as they fit on a page."""
    first, *rest = ([*grids(statement, table, most=MOST_COLUMNS)] for table in statement.tables)
    return first, [grid for table in rest for grid in table]
