"""Interfaces as page, paper, chart, table and CSV."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader
from rich.console import Console, RenderableType

from comity.bundled import bundled
from comity.model import load
from comity.report.interfaces.lists import adoption_listing, csv_text, gaps_listing
from comity.report.interfaces.matrix import drawing, narrow_drawing
from comity.report.interfaces.page import documents_page, listing_page, n2_page
from comity.report.interfaces.paper import documents_pdf
from comity.report.interfaces.terminal import documents_shown, listing_shown, n2_shown
from comity.standards import (
    Subject,
    case_file,
    gaps_by_partner,
    interface_control_documents,
    n2_chart,
    of_case,
    of_programme,
    read_case,
    what_adopting_closes,
)


@pytest.fixture(scope="module")
def outpost() -> Subject:
    return of_case(read_case(case_file("seeded-outpost")))


@pytest.fixture(scope="module")
def flight() -> Subject:
    return of_programme(load(bundled()["apollo-soyuz"]), missions=("joint-flight",))


def pages(subject: Subject) -> dict[str, str]:
    gaps = gaps_listing(gaps_by_partner(subject.answer), name=subject.name, names=subject.names)
    adopt = adoption_listing(what_adopting_closes(subject.question), name=subject.name, names=subject.names)
    return {
        "icd": documents_page(interface_control_documents(subject)),
        "n2": n2_page(n2_chart(subject)),
        "gaps": listing_page(gaps),
        "adopt": listing_page(adopt),
    }


class Text(HTMLParser):
    """The text of a page, and whether its elements close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told, self.open = "", list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.told += data


def test_pages_are_well_formed_and_load_nothing(outpost: Subject, flight: Subject) -> None:
    for subject in (outpost, flight):
        for name, page in pages(subject).items():
            assert Text(page).open == [], name
            assert "default-src 'none'" in page and "<script" not in page
            assert not re.search(r'(src|href)="(?!#|https?://)', page), name
            assert page == pages(subject)[name], "the same interfaces make the same page"


def test_a_document_on_the_page_and_on_paper_says_the_same(flight: Subject) -> None:
    documents = interface_control_documents(flight, interface="joint-flight/4")
    page = Text(documents_page(documents)).told
    made = documents_pdf(documents)
    assert made == documents_pdf(documents)
    paper = " ".join(p.extract_text() for p in PdfReader(io.BytesIO(made)).pages)
    for told in (
        "5 psi (34.4738 kPa)",
        "does not fit by 34.4272 kPa",
        "Docking module, the air lock",
        "12 hard latches",
    ):
        assert told in page and told in " ".join(paper.split()), told
    for heading in ("Standards", "Open points", "Signatures", "Sources", documents[0].digest[:16]):
        assert heading in page and heading in paper, heading


def test_markup_in_a_programme_is_text_on_every_face(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> #panic() [red]"
    text = case_file("mars-climate-orbiter").read_text(encoding="utf-8")
    changed = tmp_path / "case.yaml"
    changed.write_text(text.replace("name: Navigation software", f"name: '{evil}'"), encoding="utf-8")
    subject = of_case(read_case(changed))
    documents = interface_control_documents(subject)
    for name, page in pages(subject).items():
        assert "<script>" not in page, name
        assert evil in Text(page).told or name == "adopt", name
    paper = PdfReader(io.BytesIO(documents_pdf(documents))).pages[0].extract_text()
    assert "<script>alert(1)</script> #panic() [red]" in " ".join(paper.split())
    assert "[red]" in printed(documents_shown(documents))


def test_the_chart_has_each_element_once_and_a_cell_for_each_pair_that_meets(outpost: Subject) -> None:
    (matrix,) = n2_chart(outpost).matrices
    for svg in (drawing(matrix), narrow_drawing(matrix)):
        root = ElementTree.fromstring(svg)
        shapes = [r.get("class") for r in root.iter("{http://www.w3.org/2000/svg}rect")]
        assert shapes.count("own") == len(matrix.elements) == 7
        assert len(shapes) == 7 + len(matrix.cells)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        for text in root.iter("{http://www.w3.org/2000/svg}text"):
            assert 0 <= float(text.attrib["x"]) <= width and 0 <= float(text.attrib["y"]) <= height


def printed(shown: RenderableType) -> str:
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(shown)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_everything_fits_a_terminal_of_eighty_columns(outpost: Subject, flight: Subject) -> None:
    for subject in (outpost, flight):
        gaps = gaps_listing(gaps_by_partner(subject.answer), name=subject.name, names=subject.names)
        adopt = adoption_listing(what_adopting_closes(subject.question), name=subject.name, names=subject.names)
        shown = (
            n2_shown(n2_chart(subject)),
            documents_shown(interface_control_documents(subject)),
            listing_shown(gaps),
            listing_shown(adopt),
        )
        assert all(len(line) <= 80 for part in shown for line in printed(part).splitlines())


def test_gaps_as_csv_hold_every_line_and_no_formula(outpost: Subject) -> None:
    found = gaps_by_partner(outpost.answer)
    rows = [*csv.reader(io.StringIO(csv_text(gaps_listing(found, name="x", names={"agency-a": "=cmd()"}))))]
    assert ["By partner", "'=cmd()", "1", "9"] in rows
    told = [r for r in rows if r[0].endswith((": must say", ": does not fit"))]
    assert len(told) == sum(len(p.gaps) + len(p.clashes) for p in found.partners)


def test_what_idss_would_close_is_said_on_page_and_terminal(outpost: Subject) -> None:
    found = what_adopting_closes(outpost.question)
    listing = adoption_listing(found, name=outpost.name, names=outpost.names)
    said = "3 of 8 misfits vanish if all take IDSS IDD rev F"
    assert said in listing_page(listing)
    assert said in " ".join(printed(listing_shown(listing)).split())


# --- in a browser --------------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_off_the_side_nor_onto_the_network(
    width: int, chromium: Any, outpost: Subject, flight: Subject, tmp_path: Path
) -> None:
    for subject in (outpost, flight):
        for name, text in pages(subject).items():
            file = tmp_path / f"{name}.html"
            file.write_text(text, encoding="utf-8")
            page = chromium.new_page(viewport={"width": width, "height": 900})
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on(
                "request",
                lambda request, said=said: said.append(request.url) if not request.url.startswith("file:") else None,
            )
            page.goto(file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert said == []
            page.close()
