"""`comity fund ledger`, what it shows: balances at any date, the transactions, the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund_ledger import day_of, ledger
from comity.cli.fund_options import Ledger
from comity.cli.places import print_json
from comity.cli.record import AsJson, AsOf, Place, opened, plain, time_of

if TYPE_CHECKING:
    from comity.funding.ledger.book import Book
    from comity.record import State

Under = Annotated[str, typer.Option("--under", metavar="ACCOUNT", help="Only this account and those below it.")]


def register(app: typer.Typer) -> None:
    """Its commands have joined `comity fund ledger` when this module is there."""


@contextmanager
def booked(place: str, name: str, as_of: str | None = None) -> Iterator[tuple[State, Book]]:
    """The state and the book of a ledger, now or as of a time; ends the command with 2 on what its users can mend."""
    from comity.funding.ledger.book import Book

    at = time_of(as_of)
    with opened(place) as record:
        state = record.state if at is None else record.as_of(at).state
        with (Book.open if at is None else Book.as_of)(record.log, state, name) as book:
            yield state, book


@ledger.command()
def balance(
    place: Place,
    name: Ledger,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="At the end of this day. Default: all.")
    ] = None,
    under: Under = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show what each account holds at the end of a day, as the record says it now or said it then."""
    day = day_of(on)
    with booked(place, name, as_of) as (_, book):
        held = book.balances(day, under=under)
    if as_json:
        rows = [{"account": a, "currency": c, "balance": f"{amount:f}"} for (a, c), amount in held.items()]
        print_json({"ledger": name, "on": day, "balances": rows})
        return
    sums: dict[str, Any] = {}
    for (_, currency), amount in held.items():
        sums[currency] = sums.get(currency, 0) + amount
    table = _table("Account", "Balance:r", "")
    for (account, currency), amount in held.items():
        table.add_row(account, f"{amount:,f}", currency)
    for currency, total in sorted(sums.items()):
        table.add_row("[bold]Sum[/bold]", f"[bold]{total:,f}[/bold]", currency)
    _print(table)


@ledger.command()
def journal(
    place: Place,
    name: Ledger,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="From this day on.")] = None,
    through: Annotated[str | None, typer.Option("--through", metavar="DATE", help="Through this day.")] = None,
    under: Under = "",
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 1_000,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List the transactions by date, with their names."""
    first, last = day_of(start), day_of(through)
    with booked(place, name, as_of) as (state, book):
        found = list(book.transactions(first, last, under=under, limit=limit))
    taken_back = {b.name for b in found if _is_reversed(state, name, b.name)}
    if as_json:
        print_json([
            {"name": b.name, "entry": b.entry, **b.transaction.to_body(), "reversed": b.name in taken_back} for b in found
        ])  # fmt: skip
        return
    table = _table("Date", "Transaction", "Amount:r", "")
    for b in found:
        words = f"{b.transaction.narration}{' (reversed)' if b.name in taken_back else ''}"
        table.add_row(b.transaction.date.isoformat(), _shown(f"{b.name}  {words}"), "", "")
        for posting in b.transaction.postings:
            table.add_row("", f"  {posting.account}", f"{posting.amount:,f}", posting.currency)
    _print(table)
    if len(found) == limit:
        typer.echo(f"the first {limit:,}; --limit shows more", err=True)


def _is_reversed(state: State, ledger_name: str, transaction: str) -> bool:
    key, _, number = transaction.rpartition("/")
    value = state.get("ledger_journals", f"{ledger_name}/{key}")
    return value is not None and int(number) in value["reversed"]


@ledger.command()
def accounts(place: Place, name: Ledger, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the accounts: what they take, whose they are, whether they may go negative."""
    from comity.funding.ledger import accounts_of
    from comity.funding.ledger.accounts import ledger_on

    at = time_of(as_of)
    with opened(place) as record:
        state = record.state if at is None else record.as_of(at).state
        ledger_on(state, name)
        rows = accounts_of(state, name)
    if as_json:
        print_json([row._asdict() for row in rows])
        return
    table = _table("Account", "Takes", "Normal", "Of", "")
    for row in rows:
        notes = [] if row.overdraft else ["never negative"]
        notes += ["needs a commitment"] * row.needs_commitment + [f"closed {row.closed}"] * bool(row.closed)
        of = ", ".join(filter(None, (row.partner, row.mission, row.element)))
        table.add_row(row.name, ", ".join(row.currencies) or "any", row.normal, _shown(of), "; ".join(notes))
    _print(table)


def _table(*columns: str) -> Any:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        title, _, side = column.partition(":")
        table.add_column(title, justify="right" if side else "left", overflow="fold", no_wrap=bool(side))
    return table


def _shown(text: str) -> str:
    from rich.markup import escape

    return escape(plain(text))


def _print(table: Any) -> None:
    from rich.console import Console

    # `:Bank:` is a part of an account, and no picture of one.
    Console(emoji=False).print(table)
