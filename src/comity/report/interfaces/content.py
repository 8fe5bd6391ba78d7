"""A control document as plain texts in the order of its pages: the same for the browser and for paper."""

from __future__ import annotations

from typing import Any

from comity.report.interfaces.words import (
    SIGNS,
    WORDS,
    kind_name,
    options_text,
    parameter_name,
    value_text,
)
from comity.standards.icd import Applicable, Cited, InterfaceControlDocument, Part, Row, Variant


def content(document: InterfaceControlDocument) -> dict[str, Any]:
    """Everything that a page shows of one document, as plain JSON values."""
    several = len(document.variants) > 1
    return {
        "identifier": document.identifier,
        "anchor": document.identifier.replace("/", "-"),
        "title": document.title,
        "verdict": document.verdict,
        "sign": SIGNS[document.verdict],
        "word": WORDS[document.verdict],
        "facts": _facts(document),
        "parties": [
            {
                "side": side,
                "name": party.name,
                "mission": party.mission,
                "reference": party.reference,
                "providers": [name for _, name in party.providers],
            }
            for side, party in zip("AB", document.parties, strict=True)
        ],
        "variants": [_variant(variant, several=several) for variant in document.variants],
        "standards": [_standard(s) for s in document.standards],
        "open": [
            {
                "number": p.number,
                "verdict": p.verdict,
                "sign": SIGNS[p.verdict],
                "word": WORDS[p.verdict],
                "kind": kind_name(p.kind),
                "says": p.says,
                "who": ", ".join(p.who),
                "must": "must say" if p.verdict == "unspecified" else "must agree",
            }
            for p in document.open_points
        ],
        "sources": [{"number": c.number, "text": _cited(c), "url": c.url} for c in document.sources],
        "signatories": [{"name": name, "elements": "; ".join(elements)} for name, elements in document.signatories],
        "digest": document.digest,
    }


def _facts(document: InterfaceControlDocument) -> list[tuple[str, str]]:
    facts = [
        ("Programme", document.programme),
        ("Mission", document.mission),
        ("Interface", document.key),
        ("Technology", document.technology),
        ("Note", document.note),
    ]
    return [(label, text) for label, text in facts if text]


def _variant(variant: Variant, *, several: bool) -> dict[str, Any]:
    return {
        "title": options_text(variant.options) if several else "",
        "verdict": variant.verdict,
        "sign": SIGNS[variant.verdict],
        "word": WORDS[variant.verdict],
        "parts": [_part(p) for p in variant.parts],
        "adapters": " + ".join(variant.adapters),
        "adapter_named": variant.adapter_named,
        "adapter_parts": [_part(p) for p in variant.adapter_parts],
        "unstated": ", ".join(variant.unstated),
    }


def _part(part: Part) -> dict[str, Any]:
    ends = [
        " ".join(t for t in (f"port {port}" if port else "no port", f"by {', '.join(claims)}" if claims else "") if t)
        for port, claims in zip(part.ports, part.standards, strict=True)
    ]
    return {
        "kind": kind_name(part.kind).capitalize(),
        "between": [*part.between],
        "ends": ends if part.kind != "any" else ["", ""],
        "verdict": part.verdict,
        "sign": SIGNS[part.verdict],
        "word": WORDS[part.verdict],
        "rows": [_row(row) for row in part.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    told = "" if row.verdict is None else WORDS[row.verdict]
    by = f" by {row.difference}" if row.difference and row.verdict == "misfit" and row.rule != "same-unit" else ""
    if row.rule == "same-unit" and row.difference:
        by = f": {row.difference}"
    return {
        "parameter": parameter_name(row.parameter),
        "meaning": row.meaning,
        "values": [value_text(v) for v in row.values],
        "origins": [*row.origins],
        "rule": row.rule,
        "demand": row.demand if row.verdict is not None else "for the reader",
        "verdict": row.verdict or "",
        "sign": "" if row.verdict is None else SIGNS[row.verdict],
        "told": f"{told}{by}",
    }


def _standard(standard: Applicable) -> dict[str, Any]:
    values = "; ".join(f"{parameter_name(p)} {v}" for p, v, _ in standard.values)
    state = standard.status + (f" by {standard.superseded_by}" if standard.superseded_by else "")
    return {
        "claim": standard.claim,
        "title": f"{standard.designation}: {standard.title}",
        "publisher": standard.publisher,
        "edition": " ".join(
            t
            for t in (standard.edition, f"({standard.date})" if standard.date not in ("", standard.edition) else "")
            if t
        ),
        "state": state,
        "values": values or "no values in the register",
        "clause": standard.clause,
        "by": "; ".join(standard.claimed_by),
        "url": standard.url,
    }


def _cited(cited: Cited) -> str:
    return ", ".join(t for t in (cited.name, cited.publisher, cited.date) if t)
