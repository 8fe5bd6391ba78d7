"""Control documents as PDF, set by typst: the same bytes for the same documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from comity.report.interfaces.content import content
from comity.standards import InterfaceControlDocument

_TEMPLATE = Path(__file__).parents[1] / "templates" / "interface_documents.typ"


def documents_pdf(documents: Sequence[InterfaceControlDocument]) -> bytes:
    """Control documents on A4, each from a page of its own, with signature blocks."""
    import typst

    told = {"programme": documents[0].programme, "documents": [content(d) for d in documents]}
    given = json.dumps(told, ensure_ascii=False, sort_keys=True)
    made = typst.compile(str(_TEMPLATE), format="pdf", ignore_system_fonts=True, sys_inputs={"told": given})
    assert isinstance(made, bytes)
    return made
