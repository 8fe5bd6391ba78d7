"""A plan as CSV tables (RFC 4180, UTF-8, CRLF), in a stable order, for spreadsheets and scripts.

Money is in the programme's currency, exact to the cent and without exponents; months are YYYY-MM (UTC); science is in
points. What each column holds stands in `docs/reference/plan-tables.md`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from comity.model.whole_files import write_whole
from comity.roadmap.answer import CashFlow, Plan

Row = Sequence[object]


def write_tables(plan: Plan, folder: Path) -> list[Path]:
    """Writes elements, payments, missions, cash, objectives and partners as CSV into a folder, made if missing.

    Each file appears whole or not at all. Returns the files. OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in table_texts(plan).items():
        written.append(folder / name)
        write_whole(written[-1], text)
    return written


def table_texts(plan: Plan) -> dict[str, str]:
    """The tables' files, by name."""
    tables = {
        "elements": _elements(plan),
        "payments": _payments(plan),
        "missions": _missions(plan),
        "cash": _cash(plan),
        "objectives": _objectives(plan),
        "partners": _partners(plan),
    }
    return {f"{name}.csv": _csv(rows) for name, rows in tables.items()}


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


#: What begins a formula in a spreadsheet (OWASP, "CSV Injection"), and the quote that keeps text from being one.
_GUARDED = "=+-@\t\r\n'"


def _cell(cell: object) -> object:
    """A cell as it is written: amounts in full, and text that a spreadsheet would run gets a quote before it.

    Text that begins with a quote gets another, so that taking one away gives every text back.
    """
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple(_GUARDED)) else cell


def _elements(plan: Plan) -> Iterator[Row]:
    yield "mission", "element", "option", "start", "finish", "cost", "worker", "work"
    for e in sorted(plan.elements, key=lambda e: (e.mission, e.element)):
        for worker, work in sorted(e.work.items()) or [("", Decimal(0))]:
            yield e.mission, e.element, e.option, e.start, e.finish, e.cost, worker, work


def _payments(plan: Plan) -> Iterator[Row]:
    yield "mission", "element", "payer", "year", "amount"
    for e in sorted(plan.elements, key=lambda e: (e.mission, e.element)):
        for payer, bills in sorted(e.payments.items()):
            for year, amount in sorted(bills.items()):
                yield e.mission, e.element, payer, year, amount
    for payer, bills in sorted(plan.sunk.items()):
        for year, amount in sorted(bills.items()):
            yield "", "", payer, year, amount


def _missions(plan: Plan) -> Iterator[Row]:
    yield "mission", "delivery", "success", "cost", "partners"
    costs: dict[str, Decimal] = {}
    for e in plan.elements:
        costs[e.mission] = costs.get(e.mission, Decimal(0)) + e.cost
    for m in sorted(plan.missions, key=lambda m: m.mission):
        yield m.mission, m.delivery, m.success, costs.get(m.mission, Decimal(0)), " ".join(m.partners)


def _cash(plan: Plan) -> Iterator[Row]:
    yield "year", "partner", "paid", "received", "kept", "pool_spent", "pool_held"
    nothing = Decimal(0)
    for year in sorted({*plan.cash, *(y for kept in plan.carried.values() for y in kept)}):
        flow = plan.cash.get(year, CashFlow())
        yield year, "pool", "", "", "", flow.spent, flow.held
        kept = {p: amounts[year] for p, amounts in plan.carried.items() if year in amounts}
        for partner in sorted({*flow.paid, *flow.received, *kept}):
            yield (
                year,
                partner,
                flow.paid.get(partner, nothing),
                flow.received.get(partner, nothing),
                kept.get(partner, nothing),
                "",
                "",
            )


def _objectives(plan: Plan) -> Iterator[Row]:
    yield "objective", "coverage", "part", "value"
    for objective, score in sorted(plan.objectives.items()):
        yield objective, score.coverage, score.part, score.value


def _partners(plan: Plan) -> Iterable[Row]:
    yield (
        "partner",
        "spent",
        "cash_paid",
        "cash_received",
        "contribution",
        "work",
        "return_coefficient",
        "barter_debt",
        "benefit",
        "roles",
    )
    for partner, a in sorted(plan.accounts.items()):
        back = "" if a.return_coefficient is None else a.return_coefficient
        yield (
            partner,
            a.spent,
            a.cash_paid,
            a.cash_received,
            a.contribution,
            a.work,
            back,
            a.barter_debt,
            a.benefit,
            a.roles,
        )
