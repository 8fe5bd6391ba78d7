"""What a statement is called, and the few figures that tell it at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from comity.funding.ledger.statement import Row, Statement
from comity.report.statements.grid import short
from comity.report.wording import percent

#: Table, row, measure and words of each statement's figures; the first measure where none is named.
_KEYS = {
    "trial-balance": (("accounts", "total", "debit", "Debits"), ("accounts", "total", "credit", "Credits")),
    "income": (
        ("income", "total-income", "period", "Income"),
        ("income", "total-expenditure", "period", "Expenditure"),
        ("income", "surplus", "period", "Surplus (deficit)"),
    ),
    "position": (
        ("position", "total-assets", "period", "Assets"),
        ("position", "total-liabilities", "period", "Liabilities"),
        ("position", "net-assets", "period", "Net assets"),
    ),
    "cash-flow": (
        ("activities", "opening", "period", "Cash at the beginning"),
        ("activities", "change", "period", "Net change"),
        ("activities", "closing", "period", "Cash at the end"),
    ),
    "partner": (
        ("account", "called", "amount", "Called"),
        ("account", "paid", "amount", "Paid"),
        ("account", "arrears", "amount", "Outstanding"),
        ("account", "advances", "amount", "In advance"),
    ),
    "budget": (
        ("missions", "total", "appropriated", "Budget"),
        ("missions", "total", "spent", "Spent"),
        ("missions", "total", "committed", "Committed"),
        ("missions", "total", "available", "Available"),
    ),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A figure that tells the statement, with what it is and the other currencies beside."""

    label: str
    number: str
    note: str


def heading(statement: Statement) -> str:
    """`Statement of cash flows, 2027`."""
    about = f": {statement.about}" if statement.about else ""
    return f"{statement.title}{about}, {statement.when}"


def keys(statement: Statement) -> list[Key]:
    """The figures that tell a statement; paid and given in advance are told without their sign."""
    found = []
    for table, key, measure, label in _KEYS[statement.kind]:
        row = statement[table][key]
        amounts = dict(row.figures.get(measure, {}))
        if label in ("Paid", "In advance"):
            amounts = {c: -a for c, a in amounts.items()}
        first = next((c for c in statement.currencies if c in statement[table].currencies), statement.currency)
        found.append(_key(statement, row, measure, label, amounts or {first: Decimal(0)}))
    return found


def _key(statement: Statement, row: Row, measure: str, label: str, amounts: dict[str, Decimal]) -> Key:
    order = [c for c in statement.currencies if c in amounts] or [*amounts]
    if statement.rates and order != [statement.currency] and measure in row.translated:
        value = row.translated[measure] * (-1 if label in ("Paid", "In advance") else 1)
        return Key(label, short(value, statement.currency), f"all in {statement.currency}")
    first, *rest = (short(amounts.get(c, Decimal(0)), c) for c in order)
    note = ", ".join(f"and {r}" if n == 0 else r for n, r in enumerate(rest))
    if statement.kind == "budget" and label != "Budget" and first:
        whole = statement["missions"]["total"].amount("appropriated", order[0])
        part = percent(amounts.get(order[0], Decimal(0)) / whole) if whole else ""
        note = "; ".join(n for n in (f"{part} of it" if part else "", note) if n)
    return Key(label, first, note)
