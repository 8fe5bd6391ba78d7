"""A statement as PDF, set by typst: the same bytes for the same statement."""

from __future__ import annotations

import json
from pathlib import Path

from comity.funding.ledger.statement import Statement
from comity.report.statements.drawing import pictures
from comity.report.statements.grid import rates_note
from comity.report.statements.keys import keys
from comity.report.statements.page import first_and_rest

_TEMPLATE = Path(__file__).parents[1] / "templates" / "statement.typ"


def pdf(statement: Statement, *, name: str = "", source: str = "") -> bytes:
    """The statement on A4. `name` is the ledger's; `source`, in the foot of each page, says which record it was read from."""
    import typst

    first, rest = first_and_rest(statement)
    about = f"{statement.about}, " if statement.about else ""
    told = {
        "title": statement.title,
        "when": about + statement.when,
        "name": name or statement.ledger,
        "source": source,
        "keys": [{"label": k.label, "number": k.number, "note": k.note} for k in keys(statement)],
        "pictures": [{"title": p.title, "legend": [*p.legend], "drawing": str(p.broad)} for p in pictures(statement)],
        "first": [g.to_dict() for g in first],
        "rest": [g.to_dict() for g in rest],
        "notes": [n for n in (rates_note(statement), *statement.notes) if n],
    }
    given = json.dumps(told, ensure_ascii=False, sort_keys=True)
    made = typst.compile(str(_TEMPLATE), format="pdf", ignore_system_fonts=True, sys_inputs={"statement": given})
    assert isinstance(made, bytes)
    return made
