"""`comity fund statement`: statements and exports of a ledger."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.fund import fund, well_given
from comity.cli.fund_ledger import day_of
from comity.cli.fund_options import Ledger
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, AsOf, Place, opened, plain, time_of

if TYPE_CHECKING:
    from comity.funding.ledger.headings import Subject
    from comity.funding.ledger.statement import Statement
    from comity.model.programme import Programme

statement = typer.Typer(name="statement", help="Trial balance, statements, exports of a ledger.", no_args_is_help=True)

On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="At the end of this day. Default: today, UTC.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="The first day of the period.")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="Its last day.")]
Beside = Annotated[
    str | None,
    typer.Option("--beside", metavar="DATE..DATE", help="The period beside. Default: the one as long just before."),
]
RatesFile = Annotated[
    Path | None, typer.Option("--rates", metavar="FILE", help="Exchange rates, to show all in the ledger's currency.")
]
CsvFile = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write it as CSV.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page.")]
PdfFile = Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write it as PDF.")]


class Form(StrEnum):
    """Of what program an export is."""

    beancount = "beancount"
    hledger = "hledger"


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(statement)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger that is open to be told of: with its name, where it was read, and the last days of its closed periods."""

    subject: Subject
    name: str
    source: str
    closed: tuple[date, ...]
    programme: Programme | None


@contextmanager
def _opened(place: str, ledger: str, as_of: str | None) -> Iterator[Opened]:
    """The ledger on a record; ends the command with 2 on what its users can mend."""
    from comity.funding.ledger.accounts import ledger_on
    from comity.funding.ledger.book import Book
    from comity.funding.ledger.headings import Subject
    from comity.record import RecordError
    from comity.record.programme import reading_of

    at = time_of(as_of)
    with ExitStack() as stack:
        record = stack.enter_context(opened(place))
        state = record.state if at is None else record.as_of(at).state
        told = ledger_on(state, ledger)
        book = stack.enter_context((Book.open if at is None else Book.as_of)(record.log, state, ledger))
        try:
            programme = reading_of(state, called=record.place).programme
        except RecordError:  # none is on it
            programme = None
        closings = (e.body for e in record.entries() if e.kind == "ledger.close" and e.body.get("ledger") == ledger)
        days = {str(b["through"]) for b in closings if told["closed"] and str(b["through"]) <= told["closed"]}
        days |= {told["closed"]} if told["closed"] else set()
        called = {party: str(value["name"]) for party, value in state.section("parties").items()}
        yield Opened(
            Subject(book, ledger=ledger, currency=told["currency"], called={**called, **_names(programme)}),
            name=told["name"],
            source=f"Read from the record {record.place}, of {len(record)} entries{f', as of {as_of}' if as_of else ''}.",
            closed=tuple(sorted(map(date.fromisoformat, days))),
            programme=programme,
        )


def _names(programme: Programme | None) -> dict[str, str]:
    if programme is None:
        return {}
    found = {p.id: p.name for p in programme.partners.values()}
    for mission in programme.missions.values():
        found[mission.id] = mission.name
        found |= {f"{mission.id}/{e.id}": e.name for e in mission.elements.values()}
    return found


# --- statements ------------------------------------------------------------------------------------------------------------


@statement.command("trial-balance")
def trial_balance(
    place: Place, ledger: Ledger, on: On = None, rates: RatesFile = None, as_of: AsOf = None,
    csv: CsvFile = None, html: HtmlFile = None, pdf: PdfFile = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show every account's balance at the end of a day, as debit or credit."""
    from comity.funding.ledger.statements import trial_balance as made

    _told(place, ledger, as_of, rates, lambda of: made(of.subject, _day(on)), csv, html, pdf, as_json=as_json)


@statement.command()
def income(
    place: Place, ledger: Ledger, start: From, end: To, beside: Beside = None, rates: RatesFile = None, as_of: AsOf = None,
    csv: CsvFile = None, html: HtmlFile = None, pdf: PdfFile = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what came in and what was spent in a period, by partner and by mission, with the earlier one beside."""
    from comity.funding.ledger.statements import income as made

    earlier = _period(beside)
    _told(place, ledger, as_of, rates, lambda of: made(of.subject, _day(start), _day(end), earlier=earlier),
          csv, html, pdf, as_json=as_json)  # fmt: skip


@statement.command()
def position(
    place: Place, ledger: Ledger, on: On = None,
    beside: Annotated[
        str | None, typer.Option("--beside", metavar="DATE", help="The day beside. Default: a year before.")
    ] = None,
    rates: RatesFile = None, as_of: AsOf = None,
    csv: CsvFile = None, html: HtmlFile = None, pdf: PdfFile = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what the fund has, owes and is left with at the end of a day."""
    from comity.funding.ledger.statements import position as made

    _told(place, ledger, as_of, rates, lambda of: made(of.subject, _day(on), earlier=day_of(beside)),
          csv, html, pdf, as_json=as_json)  # fmt: skip


@statement.command("cash-flow")
def cash_flow(
    place: Place, ledger: Ledger, start: From, end: To, beside: Beside = None, rates: RatesFile = None, as_of: AsOf = None,
    csv: CsvFile = None, html: HtmlFile = None, pdf: PdfFile = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show the cash that came in and went out in a period, from whom and for what, by account and by month."""
    from comity.funding.ledger.cash_flow import cash_flow as made

    earlier = _period(beside)
    _told(place, ledger, as_of, rates, lambda of: made(of.subject, _day(start), _day(end), earlier=earlier),
          csv, html, pdf, as_json=as_json)  # fmt: skip


@statement.command()
def partner(
    place: Place, ledger: Ledger,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Whose statement.")],
    start: From, end: To, rates: RatesFile = None, as_of: AsOf = None,
    csv: CsvFile = None, html: HtmlFile = None, pdf: PdfFile = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what a partner was called for, paid, gave in kind, owes and is owed, and what was spent on its missions."""
    from comity.funding.ledger.partner_statement import partner_statement as made

    _told(place, ledger, as_of, rates,
          lambda of: made(of.subject, partner, _day(start), _day(end), missions=_missions(of.programme, partner)),
          csv, html, pdf, as_json=as_json)  # fmt: skip


def _missions(programme: Programme | None, partner: str) -> frozenset[str] | None:
    """The missions of which a partner may do or pay a part, as the programme on the record says; None when there is none."""
    if programme is None:
        return None
    return frozenset(
        mission.id
        for mission in programme.missions.values()
        for element in mission.elements.values()
        for option in element.options
        if partner in option.work_shares or partner in option.payer_shares
    )


@statement.command()
def budget(
    place: Place, ledger: Ledger, on: On = None, rates: RatesFile = None, as_of: AsOf = None,
    csv: CsvFile = None, html: HtmlFile = None, pdf: PdfFile = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show how far each mission's budget is used: available, committed, spent."""
    from comity.funding.ledger.statements import budget as made

    _told(place, ledger, as_of, rates, lambda of: made(of.subject, _day(on)), csv, html, pdf, as_json=as_json)


def _told(
    place: str, ledger: str, as_of: str | None, rates: Path | None, make: Callable[[Opened], Statement],
    csv: Path | None, html: Path | None, pdf: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Makes a statement, and shows it or writes its files; none is written when anything is wrong."""
    from comity.funding.ledger.rates import read_rates
    from comity.funding.ledger.statement import translated

    with well_given():
        quoted = None if rates is None else read_rates(rates)
        with _opened(place, ledger, as_of) as of:
            found = make(of)
            if quoted is not None:
                found = translated(found, quoted)
            files = _files(found, of, csv, html, pdf)
    _write(files)
    if as_json:
        print_json(found.to_dict())
    elif not files:
        from rich.console import Console

        from comity.report.statements.terminal import shown

        console = Console(highlight=False)
        console.print(shown(found, width=console.width, clean=plain))
    else:
        for file, data in files.items():
            typer.echo(f"{file}: {len(data)} bytes")


def _files(found: Statement, of: Opened, csv: Path | None, html: Path | None, pdf: Path | None) -> dict[Path, bytes]:
    made: dict[Path, bytes] = {}
    if csv is not None:
        from comity.report.statements.spreadsheet import csv_text

        made[csv] = csv_text(found).encode()
    if html is not None:
        from comity.report.statements.page import render

        made[html] = render(found, name=of.name, source=of.source).encode()
    if pdf is not None:
        from comity.report.statements.paper import pdf as set_

        made[pdf] = set_(found, name=of.name, source=of.source)
    if len(made) < sum(f is not None for f in (csv, html, pdf)):
        fail("two of --csv, --html and --pdf name the same file")
    return made


# --- export ----------------------------------------------------------------------------------------------------------------


@statement.command()
def export(
    place: Place,
    ledger: Ledger,
    to: Annotated[Form, typer.Option("--to", help="The program that is to read it.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: standard output.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole ledger as a beancount or hledger file, with its balances asserted."""
    from comity.funding.ledger.export_beancount import beancount
    from comity.funding.ledger.export_hledger import hledger

    with well_given(), _opened(place, ledger, as_of) as of:
        make = beancount if to is Form.beancount else hledger
        text = "".join(make(of.subject, of.closed))
    if out is not None:
        _write({out: text.encode()})
    if as_json:
        print_json({"ledger": ledger, "format": to.value, **({"file": str(out)} if out else {"text": text})})
    elif out is not None:
        typer.echo(f"{out}: {len(text.encode())} bytes")
    else:
        typer.echo(plain(text) if sys.stdout.isatty() else text, nl=False)


# --- what the commands share -----------------------------------------------------------------------------------------------


def _day(text: str | None) -> date:
    from datetime import UTC, datetime

    found = day_of(text)
    return found if found is not None else datetime.now(UTC).date()


def _period(text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    start, dots, end = text.partition("..")
    if not dots:
        fail(f"--beside {text!r} is no period; write its first and last day, as 2026-01-01..2026-12-31")
    return _day(start), _day(end)


def _write(files: Mapping[Path, bytes]) -> None:
    """Writes files whole or not at all: all are ready beside their places before the first takes its own."""
    ready: dict[Path, Path] = {}
    file = Path()
    try:
        for file, data in files.items():
            handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
            ready[file] = Path(beside)
            with os.fdopen(handle, "wb") as open_:
                open_.write(data)
                open_.flush()
                os.fsync(open_.fileno())
            mask = os.umask(0o022)  # the process's mask can only be read by setting it
            os.umask(mask)
            Path(beside).chmod(0o666 & ~mask)
            if file.is_dir():
                raise IsADirectoryError(21, "is a folder")
        for file, beside_ in ready.items():
            beside_.replace(file)
    except OSError as error:
        fail(f"{file}: cannot be written: {error.strerror}")
    finally:
        for beside_ in ready.values():
            with suppress(OSError):
                beside_.unlink()
