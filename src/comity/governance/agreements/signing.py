"""The text to sign, in Markdown, HTML and PDF: the same content, with signature blocks and the document's digest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from comity.governance.agreements.document import Agreement, AgreementKind
from comity.governance.agreements.wording import sentences

_TEMPLATES = Path(__file__).parent / "templates"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
#: How the text names each kind of agreement.
KINDS: dict[AgreementKind, str] = {
    "framework": "Framework agreement",
    "intergovernmental": "Intergovernmental agreement",
    "memorandum": "Memorandum of understanding",
    "implementing_arrangement": "Implementing arrangement",
    "contract": "Contract",
}
_TEXT_IS = {
    "original": "",
    "paraphrase": "The clauses are short paraphrases in our words of those cited; only the original is authentic.",
    "public_domain": "The clauses are text in the public domain, as cited.",
}


def content(agreement: Agreement) -> dict[str, Any]:
    """What every form of the text shows, in order, as plain values."""
    heading = agreement.agreement
    return {
        "title": heading.title,
        "kind": KINDS[heading.kind],
        "id": agreement.id,
        "version": heading.version,
        "digest": agreement.digest,
        "language": "en",
        "summary": _plain(heading.summary),
        "notes": [note for note in (_TEXT_IS[heading.text], *_standing(agreement)) if note],
        "parties": [
            {
                "name": party.name,
                "id": name,
                "through": party.acts_through if party.acts_through != party.name else "",
                "signatory": party.signatory,
            }
            for name, party in agreement.parties.items()
        ],
        "clauses": [
            {
                "number": n,
                "id": clause.id,
                "title": clause.title,
                "article": clause.article,
                "paragraphs": [_plain(p) for p in clause.text.strip().split("\n\n")],
                "sentences": list(sentences(agreement, clause)),
                "source": clause.source,
            }
            for n, clause in enumerate(agreement.clauses.values(), start=1)
        ],
        "sources": [
            {"id": name, "name": s.name, "publisher": s.publisher, "date": s.date, "url": s.url}
            for name, s in agreement.sources.items()
        ],
        "left_out": list(heading.left_out),
    }


def _plain(text: str) -> str:
    return " ".join(text.split())


def _standing(agreement: Agreement) -> list[str]:
    heading = agreement.agreement
    notes = [f"It stands under {', '.join(heading.under)}."] if heading.under else []
    notes += [] if heading.binding else ["It is a political commitment and not binding in law."]
    days = [(f"signed on {heading.signed}", heading.signed), (f"in force from {heading.in_force}", heading.in_force)]
    told = [words for words, day in days if day is not None]
    return [*notes, *([f"{', '.join(told)[:1].upper()}{', '.join(told)[1:]}."] if told else [])]


def markdown(agreement: Agreement) -> str:
    """The text to sign, as Markdown (CommonMark)."""
    told = content(agreement)
    lines = [f"# {_md(told['title'])}", "", f"{told['kind']}, version {told['version']}", ""]
    for paragraph in (told["summary"], *told["notes"]):
        lines += [_md(paragraph), ""] if paragraph else []
    lines += ["## Parties", ""]
    lines += [f"- {_md(p['name'])}{_md(', through ' + p['through']) if p['through'] else ''}" for p in told["parties"]]
    for clause in told["clauses"]:
        article = f" ({clause['article']})" if clause["article"] else ""
        lines += ["", f"## {clause['number']}. {_md(clause['title'] + article)}", ""]
        lines += [line for paragraph in clause["paragraphs"] for line in (_md(paragraph), "")]
        lines += [f"- {_md(sentence)}" for sentence in clause["sentences"]]
        if clause["source"]:
            lines += ["", f"Source: {_md(clause['source'])}"]
    if told["sources"]:
        lines += ["", "## Sources", ""]
        lines += [f"- {_md(_source(s))}" for s in told["sources"]]
    if told["left_out"]:
        lines += ["", f"No source was found for {len(told['left_out'])}: {_md('; '.join(told['left_out']))}."]
    lines += ["", "## Signatures", ""]
    for party in told["parties"]:
        who = f" ({party['signatory']})" if party["signatory"] else ""
        lines += [
            f"For {_md(party['name'] + who)}:",
            "",
            "Name: \\_\\_\\_\\_\\_\\_\\_\\_ Place and date: \\_\\_\\_\\_\\_\\_\\_\\_",
            "",
        ]
    lines += [
        "---",
        "",
        f"{told['id']}, version {told['version']}. SHA-256 of its canonical JSON: `{told['digest']}`",
        "",
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _md(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _source(source: dict[str, str]) -> str:
    rest = [source["publisher"], source["date"], source["url"]]
    return f"{source['id']}: {source['name']}{''.join(f', {part}' for part in rest if part)}"


def html(agreement: Agreement) -> str:
    """The text to sign, as one HTML page that needs no network; printed, each page's foot bears the digest."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("agreement.html.j2").render(content(agreement))


def pdf(agreement: Agreement) -> bytes:
    """The text to sign, as PDF; the same bytes for the same document (fonts are typst's own, no clock is read)."""
    import typst

    given = json.dumps(content(agreement), ensure_ascii=False, sort_keys=True)
    made = typst.compile(
        str(_TEMPLATES / "agreement.typ"),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"agreement": given},
    )
    assert isinstance(made, bytes)
    return made
