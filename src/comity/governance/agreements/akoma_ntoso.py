"""An agreement as Akoma Ntoso 1.0 XML (OASIS LegalDocML, namespace .../akn/3.0)."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.signing import content

NAMESPACE = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
#: Where no day is stated: the Naming Convention wants one in every work's address.
_UNDATED = date(1970, 1, 1)
_SOURCE = "#comity"
_RUNNING = frozenset(f"{{{NAMESPACE}}}{name}" for name in ("p", "num", "heading"))


def akoma_ntoso(agreement: Agreement) -> str:
    """The XML text; the same bytes for the same document. Clauses become articles with `eId` after the clause's id.

    `doc name="agreement"` (Akoma Ntoso 1.0 part 2, type openStructure) with FRBR identification of work, expression and
    manifestation, the parties as TLCOrganization, and a block of signatures under `conclusions`.
    """
    ET.register_namespace("", NAMESPACE)
    told = content(agreement)
    root = ET.Element(_tag("akomaNtoso"))
    doc = _under(root, "doc", name="agreement")
    _meta(doc, agreement)
    preface = _under(doc, "preface")
    title = _under(_under(preface, "longTitle"), "p")
    _under(title, "docTitle", text=told["title"])
    preamble = _under(doc, "preamble")
    for paragraph in (told["summary"], *told["notes"]):
        if paragraph:
            _under(preamble, "p", text=paragraph)
    between = _under(preamble, "p", text="Between ")
    for n, party in enumerate(told["parties"]):
        named = _under(between, "party", refersTo=f"#{party['id']}", text=party["name"])
        named.set("as", "#party")
        named.tail = "." if n == len(told["parties"]) - 1 else ", "
    body = _under(doc, "mainBody")
    for clause in told["clauses"]:
        article = _under(body, "article", eId=f"art_{clause['id']}")
        _under(article, "num", text=f"{clause['number']}.")
        _under(article, "heading", text=clause["title"])
        paragraphs = [(p, "") for p in clause["paragraphs"]] + [(s, "terms") for s in clause["sentences"]]
        for n, (words, kind) in enumerate(paragraphs, start=1):
            paragraph = _under(article, "paragraph", eId=f"art_{clause['id']}__para_{n}")
            if kind:
                paragraph.set("class", kind)
            _under(_under(paragraph, "content"), "p", text=words)
    conclusions = _under(doc, "conclusions")
    for party in told["parties"]:
        line = _under(conclusions, "p")
        signature = _under(line, "signature", text="For ")
        _under(signature, "organization", refersTo=f"#{party['id']}", text=party["name"])
    _under(conclusions, "p", text=f"SHA-256 of the canonical JSON: {told['digest']}")
    _indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _meta(doc: ET.Element, agreement: Agreement) -> None:
    heading = agreement.agreement
    day = heading.signed or heading.in_force or _UNDATED
    work = f"/akn/un/doc/agreement/{day.isoformat()}/{agreement.id}"
    expression = f"{work}/eng@v{heading.version}"
    meta = _under(doc, "meta")
    identification = _under(meta, "identification", source=_SOURCE)
    for level, place in (("Work", work), ("Expression", expression), ("Manifestation", f"{expression}.xml")):
        frbr = _under(identification, f"FRBR{level}")
        _under(frbr, "FRBRthis", value=f"{place}/!main" if level != "Manifestation" else f"{expression}/!main.xml")
        _under(frbr, "FRBRuri", value=place)
        if level == "Work":
            _under(frbr, "FRBRalias", value=heading.title, name="title")
        _under(frbr, "FRBRdate", date=day.isoformat(), name="signature" if heading.signed else "reference")
        for author in agreement.parties:
            _under(frbr, "FRBRauthor", href=f"#{author}")
        if level == "Work":
            _under(frbr, "FRBRcountry", value="un")
            _under(frbr, "FRBRnumber", value=agreement.id)
        if level == "Expression":
            _under(frbr, "FRBRversionNumber", value=str(heading.version))
            _under(frbr, "FRBRlanguage", language="eng")
    references = _under(meta, "references", source=_SOURCE)
    for upper in heading.under:
        _under(references, "passiveRef", eId=f"under_{upper}", href=f"/akn/un/doc/agreement/{upper}", showAs=upper)
    for name, party in agreement.parties.items():
        _under(references, "TLCOrganization", eId=name, href=f"/akn/ontology/organization/{name}", showAs=party.name)
    _under(references, "TLCOrganization", eId="comity", href="/akn/ontology/organization/comity", showAs="Comity")
    _under(references, "TLCRole", eId="party", href="/akn/ontology/role/party", showAs="Party")


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _under(parent: ET.Element, name: str, /, *, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, _tag(name), attributes)
    element.text = text
    return element


def _indent(element: ET.Element, level: int = 0) -> None:
    """Puts each block on a line of its own; within running text white space is meant, and nothing is put."""
    if element.tag in _RUNNING or not len(element):
        return
    element.text = "\n" + " " * (level + 1)
    for child in element:
        _indent(child, level + 1)
        child.tail = "\n" + " " * (level + 1)
    element[-1].tail = "\n" + " " * level
