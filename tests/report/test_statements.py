"""Statements of a ledger as text, page, PDF and CSV; the fund that they tell of is made up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from rich.console import Console

from comity.funding.ledger.book import Book
from comity.funding.ledger.cash_flow import cash_flow
from comity.funding.ledger.headings import Subject
from comity.funding.ledger.partner_statement import partner_statement
from comity.funding.ledger.statement import Statement, translated
from comity.funding.ledger.statements import budget, income, position, trial_balance
from comity.records import open_record
from comity.report.statements.drawing import pictures
from comity.report.statements.grid import grids, short
from comity.report.statements.keys import keys
from comity.report.statements.page import render
from comity.report.statements.paper import pdf
from comity.report.statements.spreadsheet import csv_text
from comity.report.statements.terminal import shown
from tests.funding.ledger.example_ledger import LEDGER, NAMES, open_example

START, END = date(2024, 1, 1), date(2025, 12, 31)
KINDS = ("trial-balance", "income", "position", "cash-flow", "partner", "budget", "translated")
RATES = {"GBP": Fraction("1.17"), "SEK": Fraction("0.089"), "JPY": Fraction(1, 164)}


def at_closing(currency: str, into: str, on: date) -> tuple[Fraction, date]:
    return RATES[currency], on


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    place = tmp_path_factory.mktemp("fund") / "pool.record"
    open_example(place)
    # A name that would be markup, if anything were.
    called = {**NAMES, "relay": "Relay <b>&amp; $x$ #box[1] *one*"}
    with open_record(place) as record, Book.as_of(record.log, record.state, LEDGER) as book:
        yield Subject(book, ledger=LEDGER, currency="EUR", called=called)


@pytest.fixture(scope="module")
def made(of: Subject) -> dict[str, Statement]:
    found = [trial_balance(of, END), income(of, date(2025, 1, 1), END), position(of, END), cash_flow(of, START, END),
             partner_statement(of, "snsa", START, END), budget(of, END)]  # fmt: skip
    return {s.kind: s for s in found} | {"translated": translated(found[1], at_closing)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [80, 100])
def test_a_statement_fits_a_terminal_with_every_amount_whole(kind: str, width: int, made: dict[str, Statement]) -> None:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(shown(made[kind], width=width))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert made[kind].title in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_loads_and_runs_nothing_and_takes_no_name_for_markup(kind: str, made: dict[str, Statement]) -> None:
    page = render(made[kind], name="Pool", source="Read from a record.")
    assert "<script" not in page and "http" not in page.replace("http-equiv", "").replace(
        "http://www.w3.org/2000/svg", ""
    )
    assert "default-src 'none'" in page
    assert "<b>&amp; $x$" not in page
    assert "Read from a record." in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_pdf_is_the_same_bytes_each_time_and_holds_the_figures(kind: str, made: dict[str, Statement]) -> None:
    data = pdf(made[kind], name="Pool", source="Read from a record.")
    assert data == pdf(made[kind], name="Pool", source="Read from a record.")
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(data)).pages)
    assert made[kind].title in text and "Read from a record." in text
    told = made[kind].tables[0].rows[-1 if kind != "partner" else 1]
    figure = next(f"{a:f}" for by in told.figures.values() for a in by.values())
    digits = "".join(c for c in text if c.isdigit() or c == ".")
    assert figure.lstrip("-") in digits


def test_a_csv_has_every_figure_exactly(made: dict[str, Statement]) -> None:
    for statement in made.values():
        rows = [*csv.DictReader(io.StringIO(csv_text(statement), newline=""))]
        told = {
            (r["table"], r["line"], r["currency"], m): r[m] for r in rows for t in statement.tables for m in t.measures
        }
        for table in statement.tables:
            for row in table.rows:
                for measure, amounts in row.figures.items():
                    for currency, amount in amounts.items():
                        assert told[table.key, row.key, currency, measure] == f"{amount:f}"
    assert csv_text(made["income"]).count("\r\n") == csv_text(made["income"]).count("\n")


def test_a_label_is_no_formula_to_a_spreadsheet(of: Subject) -> None:
    renamed = Subject(of.book, ledger=LEDGER, currency="EUR", called={**NAMES, "snsa": "=HYPERLINK(1)"})
    text = csv_text(income(renamed, date(2025, 1, 1), END))
    assert ",'=HYPERLINK(1)," in text


def test_currencies_stand_side_by_side_and_none_is_parted(made: dict[str, Statement]) -> None:
    table = made["position"]["position"]
    first, second = grids(made["position"], table, most=6)
    assert [g for g, _ in first.groups] == ["EUR", "GBP", "JPY"] and [g for g, _ in second.groups] == ["SEK"]
    assert {span for _, span in (*first.groups, *second.groups)} == {2}
    labels = [n.label for n in second.lines]
    assert "Contributions receivable" in labels and "Cash held in escrow" not in labels
    assert "Mutual accounts of barter" in [n.label for n in first.lines]  # comes to nothing, but its lines do not
    assert "continued" in second.title


def test_the_key_figures_name_the_other_currencies(made: dict[str, Statement]) -> None:
    assert [(k.label, k.number, k.note) for k in keys(made["partner"])] == [
        ("Called", "125 million SEK", ""),
        ("Paid", "40.0 million SEK", ""),
        ("Outstanding", "86.1 million SEK", ""),
        ("In advance", "0 SEK", ""),
    ]
    assert [k.note for k in keys(made["budget"])][1] == "54\u00a0% of it; and 9.8 million GBP"
    assert keys(made["translated"])[0].note == "all in EUR"


def test_a_picture_shows_what_the_table_holds(made: dict[str, Statement]) -> None:
    eur, *others = pictures(made["cash-flow"])
    assert eur.title == "Cash by month, in EUR" and len(others) == 2
    assert eur.broad.count("<rect") == 7 + 18  # months with money in, and out
    assert "in 192 million" in eur.summary.lower()
    missions, partners = pictures(made["translated"])
    assert partners.broad.count("<rect") == 10 and "all in EUR" in missions.title
    assert not [*pictures(made["position"])]


def test_amounts_are_said_as_people_do() -> None:
    from decimal import Decimal

    assert short(Decimal("96549499.00"), "EUR") == "96.5 million EUR"
    assert short(Decimal("-1600000000"), "JPY") == "−1.6 billion JPY"
    assert short(Decimal("0"), "EUR") == "0 EUR"
    assert short(Decimal("12.5"), "EUR") == "12.50 EUR"


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_no_wider_than_its_window_and_nothing_is_said_on_the_console(
    kind: str, width: int, made: dict[str, Statement], chromium: Any, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(render(made[kind], name="Pool"), encoding="utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawings = page.locator("svg.narrow" if width < 700 else "svg.broad")
    assert drawings.count() == len([*pictures(made[kind])])
    for n in range(drawings.count()):
        assert drawings.nth(n).is_visible()
    assert said == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_no_column_is_cut_on_paper(kind: str, made: dict[str, Statement], chromium: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(render(made[kind], name="Pool"), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 703, "height": 1000})  # A4 between its margins
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    assert (
        page.evaluate("Math.max(...[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right))")
        <= 704
    )
    page.close()
