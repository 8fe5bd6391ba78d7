"""Interfaces in a browser: pages that load nothing and run no script, for a desktop, a phone and a printer."""

from __future__ import annotations

from collections.abc import Sequence

from comity.report.assets import environment
from comity.report.assets import style as stylesheets
from comity.report.interfaces.content import content
from comity.report.interfaces.lists import Listing
from comity.report.interfaces.matrix import drawing, narrow_drawing
from comity.report.interfaces.words import SIGNS, WORDS, count_text, kind_name
from comity.standards import VERDICTS, InterfaceControlDocument, N2Chart


def documents_page(documents: Sequence[InterfaceControlDocument]) -> str:
    """Control documents, one below the other, as HTML text."""
    first = documents[0]
    return _rendered(
        "interface_documents.html.j2",
        title="Interface control document" if len(documents) == 1 else "Interface control documents",
        programme=first.programme,
        documents=[content(d) for d in documents],
        summary=count_text([d.verdict for d in documents]),
    )


def n2_page(chart: N2Chart) -> str:
    """N² charts as HTML text: each drawn, and told in a table."""
    return _rendered(
        "interface_n2.html.j2",
        name=chart.name,
        matrices=[
            {
                "title": m.title,
                "broad": drawing(m),
                "narrow": narrow_drawing(m),
                "cells": m.cells,
                "elements": m.elements,
            }
            for m in chart.matrices
        ],
        verdicts=[(v, SIGNS[v], WORDS[v]) for v in VERDICTS],
        signs=SIGNS,
        words=WORDS,
        kind_name=kind_name,
    )


def listing_page(listing: Listing) -> str:
    """Tables with a lead and sentences, as HTML text."""
    return _rendered("interface_listing.html.j2", listing=listing)


def _rendered(template: str, **told: object) -> str:
    style = stylesheets("report.css", "interface.css")
    return environment().get_template(template).render(style=style, **told)
