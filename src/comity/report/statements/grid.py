"""How a statement's tables are laid out: currencies side by side where they fit, or in rows of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from comity.funding.amounts import minor_digits
from comity.funding.ledger.statement import Row, Statement, Table
from comity.report.wording import grouped

#: What stands where there is nothing.
NOTHING = "–"
#: What heads the columns of figures in the ledger's currency.
ALL_IN = "All in"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: of a measure, in a currency (None: all of them, in the ledger's own)."""

    measure: str
    title: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a grid, as text. `currency` is told where each has its own rows."""

    label: str
    kind: str
    depth: int
    currency: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """What one table, or a part of it, looks like. `groups` head runs of columns: `(currency, how many)`."""

    title: str
    groups: tuple[tuple[str, int], ...]
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    by_row: bool

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Each column's currency, where it has one, and what heads it."""
        groups = [title for title, span in self.groups for _ in range(span)]
        return [*zip(groups, self.heads, strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, for a template."""
        lines = [
            {"label": n.label, "kind": n.kind, "depth": n.depth, "currency": n.currency, "cells": [*n.cells]}
            for n in self.lines
        ]
        groups = [{"title": title, "span": span} for title, span in self.groups]
        return {"title": self.title, "groups": groups, "heads": [*self.heads], "lines": lines, "by_row": self.by_row}


def amount(value: Decimal, currency: str) -> str:
    """An amount to the currency's smallest unit, without it."""
    return grouped(value, minor_digits(currency)) if value else NOTHING


def short(value: Decimal, currency: str) -> str:
    """An amount as people say it: `81.5 million EUR`."""
    for exponent, word in ((9, "billion "), (6, "million "), (3, "thousand ")):
        if abs(value) >= 10**exponent:
            scaled = value.scaleb(-exponent)
            return f"{grouped(scaled, 0 if abs(scaled) >= 100 else 1)} {word}{currency}"
    return f"{grouped(value, minor_digits(currency) if value else 0)} {currency}"


def grids(statement: Statement, table: Table, *, most: int) -> Iterator[Grid]:
    """A table in grids of at most `most` columns of figures.

    Columns of one currency are never parted, but where currencies have rows of their own.
    """
    own = [c for c in statement.currencies if c in table.currencies] or [statement.currency]
    if table.layout == "rows":
        measures = [*table.measures]
        for at in range(0, len(measures), most):
            yield _in_rows(statement, table, own, measures[at : at + most], continued=at > 0)
        return
    currencies: list[str | None] = [*own]
    if any(r.translated for r in table.rows) and own != [statement.currency]:
        currencies.append(None)
    each = max(1, most // len(table.measures))
    for at in range(0, len(currencies), each):
        columns = [Column(m, t, c) for c in currencies[at : at + each] for m, t in table.measures.items()]
        yield _in_columns(statement, table, columns, parted=len(currencies) > each, continued=at > 0)


def _in_columns(
    statement: Statement, table: Table, columns: Sequence[Column], *, parted: bool, continued: bool
) -> Grid:
    """A table's rows in some of its columns; where it is parted, without the rows that have nothing in these."""
    lines = [Line(r.label, r.kind, r.depth, "", tuple(_cell(statement, r, c) for c in columns)) for r in table.rows]
    if parted:
        lines = _pruned(lines)
    groups = [(_heading(statement, c), len([*run])) for c, run in groupby(columns, key=lambda c: c.currency)]
    title = f"{table.title}, continued" if continued else table.title
    # Where there is one measure alone, the currencies say enough.
    heads = tuple(c.title if len(table.measures) > 1 else "" for c in columns)
    return Grid(title, tuple(groups), heads, tuple(lines), by_row=False)


def _pruned(lines: Sequence[Line]) -> list[Line]:
    """Without the lines that have nothing, but those of others that stay below them, and totals."""
    kept: list[Line] = []
    for line in reversed(lines):
        below = kept[-1] if kept and kept[-1].kind not in ("heading", "total") else None
        if line.kind == "heading":
            stays = below is not None
        elif line.kind == "total" or not line.depth or any(c != NOTHING for c in line.cells):
            stays = True
        else:
            stays = below is not None and below.depth > line.depth
        if stays:
            kept.append(line)
    return kept[::-1]


def _heading(statement: Statement, currency: str | None) -> str:
    return currency if currency is not None else f"{ALL_IN} {statement.currency}"


def _cell(statement: Statement, row: Row, column: Column) -> str:
    if row.kind == "heading":
        return ""
    if column.currency is not None:
        return amount(row.amount(column.measure, column.currency), column.currency)
    return amount(row.translated.get(column.measure, Decimal(0)), statement.currency)


def _in_rows(
    statement: Statement, table: Table, currencies: Sequence[str], measures: Sequence[str], *, continued: bool
) -> Grid:
    own = statement.currency
    lines: list[Line] = []
    for row in table.rows:
        has = [c for c in currencies if any(c in by for by in row.figures.values())]
        for place, currency in enumerate(has or ([] if row.kind == "line" else [own])):
            cells = tuple(amount(row.amount(m, currency), currency) for m in measures)
            lines.append(Line("" if place else row.label, row.kind, row.depth, currency, cells))
        if row.kind == "total" and row.translated and has != [own]:
            all_in = tuple(amount(row.translated.get(m, Decimal(0)), own) for m in measures)
            lines.append(Line("", row.kind, row.depth, _heading(statement, None), all_in))
    title = f"{table.title}, continued" if continued else table.title
    heads = tuple(table.measures[m] for m in measures)
    return Grid(title, (("", len(heads)),), heads, tuple(lines), by_row=True)


def rates_note(statement: Statement) -> str:
    """How figures were translated, in words; nothing where they were not."""
    if not statement.rates:
        return ""
    from comity.funding.ledger.statement import day_name, rate_text

    said = "; ".join(
        f"1 {r.currency} = {rate_text(r.rate)} {statement.currency} ({day_name(r.on)})" for r in statement.rates
    )
    return (
        f"All in {statement.currency}: every figure at the rate of {day_name(statement.end)}, or the last quoted before: {said}."
        " Each is rounded on its own."
    )
