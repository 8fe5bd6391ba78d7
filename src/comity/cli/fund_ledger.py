"""`comity fund ledger`: accounts opened, journals posted and reversed, money committed, periods closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.decisions import given
from comity.cli.fund import fund
from comity.cli.fund_options import Day, Ledger, Reason
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened, plain, signing_keys, time_of, told, written

if TYPE_CHECKING:
    from datetime import date

    from comity.funding.ledger import Transaction
    from comity.funding.ledger.book import Book
    from comity.record import State
    from comity.records import Record

ledger = typer.Typer(
    name="ledger",
    help="The pool's double-entry ledger on a record.\n\n"
    "Positive amounts are debits, negative ones credits; accounts are such as Assets:Bank.",
    no_args_is_help=True,
)

Narration = Annotated[str, typer.Option(metavar="TEXT", help="What it is about.")]
JournalKey = Annotated[
    str | None,
    typer.Option(
        "--journal", metavar="KEY", help="The journal's key: what has it is posted once. Default: of the content."
    ),
]
Links = Annotated[list[str], typer.Option("--link", metavar="LINK", help="Ties it to a call or contract; repeatable.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(ledger)


# --- what the commands share ----------------------------------------------------------------------------------------------------


def day_of(text: str | None) -> date | None:
    """The day that an option gives."""
    from comity.funding.errors import FundingError
    from comity.funding.ledger.journal import check_date

    try:
        return None if text is None else check_date(text)
    except FundingError as error:
        fail(str(error))


def _today() -> date:
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _posted(
    place: str, name: str, journal: dict[str, Any], *, by: str, keys: list[Path], at: str | None, as_json: bool,
    opens: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Posts a journal, and says so."""
    with opened(place) as record:
        _post(record, name, journal, by=by, keys=keys, at=at, as_json=as_json, opens=opens)


def _post(
    record: Record, name: str, journal: dict[str, Any], *, by: str, keys: list[Path], at: str | None, as_json: bool,
    opens: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    from comity.funding.ledger.client import post_journal

    done = post_journal(record, name, journal, author=by, keys=signing_keys(keys), at=time_of(at), opens=opens)
    _say_posted(journal, done.entry, before=done.before, as_json=as_json)


def _say_posted(journal: dict[str, Any], entry: str, *, before: bool, as_json: bool) -> None:
    key, count = journal["key"], len(journal["transactions"])
    if as_json:
        print_json({"journal": key, "transactions": count, "entry": entry, "before": before})
        return
    said = "was posted before" if before else "posted"
    typer.echo(f"journal {key}: {count} transaction{'' if count == 1 else 's'} {said}, entry {entry[:12]}")


# --- opening ------------------------------------------------------------------------------------------------------------------------


@ledger.command("open")
def open_(
    place: Place,
    name: Ledger,
    currency: Annotated[str, typer.Option(metavar="CODE", help="Its usual currency (ISO 4217).")],
    treasurer: Annotated[list[str], typer.Option(metavar="PARTNER", help="Who may post; repeatable.")],
    by: By,
    key: Keys,
    called: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What it is called.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Its first day. Default: 1 January of this year.")
    ] = None,
    year_start: Annotated[str | None, typer.Option(metavar="MM-DD", help="When its financial year starts.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open a ledger. All parties sign, each with a --key, or a body decides it."""
    body = {"ledger": name, "currency": currency, "treasurers": treasurer}
    body |= given(name=called, year_start=year_start, **{"from": start})
    told(written(place, "ledger.open", body, by=by, keys=key, at=at), as_json=as_json)


@ledger.command()
def treasurers(
    place: Place,
    name: Ledger,
    treasurer: Annotated[list[str], typer.Option(metavar="PARTNER", help="Who may post from now on; repeatable.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say who may post. All parties sign, each with a --key, or a body decides it."""
    body = {"ledger": name, "treasurers": treasurer}
    told(written(place, "ledger.treasurers", body, by=by, keys=key, at=at), as_json=as_json)


@ledger.command()
def account(
    place: Place,
    name: Ledger,
    by: By,
    key: Keys,
    accounts: Annotated[
        list[str], typer.Option("--open", metavar="ACCOUNT", help="An account to open; repeatable.")
    ] = [],  # noqa: B006 - typer's form
    close_: Annotated[
        list[str], typer.Option("--close", metavar="ACCOUNT", help="An empty account to close; repeatable.")
    ] = [],  # noqa: B006
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A YAML map of accounts to open and their attributes.")
    ] = None,
    currency: Annotated[
        list[str], typer.Option(metavar="CODE", help="A currency that they take; repeatable. Default: any.")
    ] = [],  # noqa: B006
    partner: Annotated[str | None, typer.Option(metavar="PARTNER", help="Whose they are.")] = None,
    mission: Annotated[str | None, typer.Option(metavar="ID", help="For which mission.")] = None,
    element: Annotated[str | None, typer.Option(metavar="ID", help="For which element.")] = None,
    overdraft: Annotated[
        bool | None,
        typer.Option(help="May they go negative? Default: not those of Assets:Bank and Assets:Escrow, nor budgets."),
    ] = None,
    needs_commitment: Annotated[bool, typer.Option(help="Expenses: paid out of a commitment alone.")] = False,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Their first day.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open accounts, or close empty ones."""
    attributes = given(currencies=currency, partner=partner, mission=mission, element=element, overdraft=overdraft)
    attributes |= given(opened=start) | ({"needs_commitment": True} if needs_commitment else {})
    opens: dict[str, Any] = dict.fromkeys(accounts, attributes)
    if chart is not None:
        from comity.cli.record import body_given

        opens |= {account: value or {} for account, value in body_given(None, chart).items()}
    body = {"ledger": name, **given(opens=opens or None, closes=close_)}
    told(written(place, "ledger.account", body, by=by, keys=key, at=at), as_json=as_json)


# --- posting ------------------------------------------------------------------------------------------------------------------------


@ledger.command()
def post(
    place: Place,
    name: Ledger,
    by: By,
    key: Keys,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Transactions, as YAML, JSON or CSV.", show_default=False)
    ] = None,
    debit: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Without FILE: what is debited.")] = None,
    credit: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Without FILE: what is credited.")] = None,
    amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Without FILE: such as 1250.00.")] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Without FILE. Default: the ledger's own.")
    ] = None,
    narration: Narration = "",
    day: Day = None,
    link: Links = [],  # noqa: B006
    journal: JournalKey = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Post the transactions of a file, all or none; or one of a debit and a credit.

    A journal that is posted already is not posted again.
    """
    if file is not None:
        if debit or credit or amount:
            fail("give either FILE, or --debit, --credit and --amount")
        _post_file(place, name, file, journal, by=by, keys=key, at=at, as_json=as_json)
        return
    if not (debit and credit and amount):
        fail("give FILE, or all of --debit, --credit and --amount")
    with opened(place) as record:
        legs = [(debit, amount, 1), (credit, amount, -1)]
        money = currency or _currency(record.state, name)
        one = _one(record, name, legs, money, narration=narration, day=day, links=link, key=journal)
        _post(record, name, one, by=by, keys=key, at=at, as_json=as_json)


def _post_file(
    place: str, name: str, file: Path, key: str | None, *, by: str, keys: list[Path], at: str | None, as_json: bool
) -> None:
    from comity.funding.errors import FundingError
    from comity.funding.ledger.client import post_journal
    from comity.funding.ledger.journal_file import read_journal
    from comity.record import Refused

    try:
        read = read_journal(file, key=key)
    except FundingError as error:
        fail(plain(str(error)))
    with opened(place) as record:
        try:
            done = post_journal(record, name, read.journal, author=by, keys=signing_keys(keys), at=time_of(at))
        except Refused as error:
            fail(plain(read.placed(str(error))))
    _say_posted(read.journal, done.entry, before=done.before, as_json=as_json)


def _currency(state: State, name: str) -> str:
    from comity.funding.ledger.accounts import ledger_on

    return str(ledger_on(state, name)["currency"])


def _one(
    record: Record, name: str, legs: list[tuple[str, str, int]], currency: str, *, narration: str, day: str | None,
    links: list[str], key: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A journal of one transaction, of legs of account, amount and side (1 debit, -1 credit)."""
    import json

    from comity.funding.amounts import amount_of
    from comity.funding.errors import FundingError
    from comity.funding.ledger import Journal, Posting, Transaction
    from comity.funding.ledger.journal_file import key_of

    try:
        postings = tuple(Posting(a, side * amount_of(amount, currency), currency) for a, amount, side in legs)
        if any(side * p.amount <= 0 for p, (_, _, side) in zip(postings, legs, strict=True)):
            fail(f"an amount is more than nothing, not {legs[0][1]}; to move it the other way, exchange the accounts")
        one = Transaction(day_of(day) or _today(), narration, postings, tuple(links))
        Journal.from_body(Journal("check", (one,)).to_body())
        return Journal(key or key_of("by-hand", json.dumps(one.to_body())), (one,)).to_body()
    except FundingError as error:
        fail(plain(str(error).removeprefix("transaction check/0: ")))


@ledger.command()
def reverse(
    place: Place,
    name: Ledger,
    transactions: Annotated[list[str], typer.Argument(metavar="TRANSACTION…", help="Names, as call-2026/0.")],
    by: By,
    key: Keys,
    narration: Narration = "",
    day: Day = None,
    journal: JournalKey = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Reverse transactions by their exact opposites, each at most once."""
    from comity.funding.ledger import Journal
    from comity.funding.ledger.book import Book
    from comity.funding.ledger.client import write_journal
    from comity.funding.ledger.journal_file import key_of

    on = day_of(day) or _today()
    with opened(place) as record, Book.open(record.log, record.state, name) as book:
        originals = [(one, _named(book, name, one)) for one in transactions]
        opposites = tuple(original.reversed(one, on=on, narration=narration) for one, original in originals)
        of = Journal(journal or key_of("reversal", " ".join(transactions)), opposites).to_body()
        reverses = [[one, original.date.isoformat()] for one, original in originals]
        body = {"ledger": name, "reverses": reverses, "journal": of}
        done = write_journal(record, "ledger.reverse", body, author=by, keys=signing_keys(key), at=time_of(at))
    _say_posted(of, done.entry, before=done.before, as_json=as_json)


def _named(book: Book, name: str, transaction: str) -> Transaction:
    found = book.named(transaction)
    if found is None:
        fail(f"the ledger {name!r} has no transaction {transaction!r}; `comity fund ledger journal` lists them")
    return found.transaction


@ledger.command()
def close(
    place: Place,
    name: Ledger,
    through: Annotated[str, typer.Option(metavar="DATE", help="The last day that is closed.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Close a period: nothing of that day or before it is posted any more."""
    body = {"ledger": name, "through": through}
    told(written(place, "ledger.close", body, by=by, keys=key, at=at), as_json=as_json)


@ledger.command()
def reopen(
    place: Place,
    name: Ledger,
    reason: Reason,
    by: By,
    key: Keys,
    through: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day that stays closed. Default: none does.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open a closed period again. All parties sign, each with a --key, or a body decides it."""
    body = {"ledger": name, "reason": reason, **given(through=through)}
    told(written(place, "ledger.reopen", body, by=by, keys=key, at=at), as_json=as_json)


@ledger.command()
def commit(
    place: Place,
    name: Ledger,
    mission: Annotated[str, typer.Option(metavar="ID", help="Out of whose budget.")],
    commitment: Annotated[str, typer.Option(metavar="ID", help="For what: a contract, an order.")],
    amount: Annotated[str, typer.Option(metavar="AMOUNT", help="Such as 1250.00.")],
    by: By,
    key: Keys,
    partner: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="PARTNER", help="Whose work it pays; if it is of the reserve, it comes out of that."
        ),
    ] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Default: the ledger's own.")] = None,
    narration: Narration = "",
    day: Day = None,
    journal: JournalKey = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Commit some of a mission's budget, before anything is paid of it; opens the commitment's account if need be."""
    from comity.funding.errors import FundingError
    from comity.funding.ledger import account_part
    from comity.funding.ledger.accounts import ACCOUNTS, AVAILABLE, COMMITTED

    try:
        part, of = account_part(mission), account_part(commitment)
    except FundingError as error:
        fail(str(error))
    committed = f"{COMMITTED}:{part}:{of}"
    with opened(place) as record:
        legs = [(f"{AVAILABLE}:{part}", amount, 1), (committed, amount, -1)]
        money = currency or _currency(record.state, name)
        text = narration or f"Commitment {commitment}"
        one = _one(record, name, legs, money, narration=text, day=day, links=[], key=journal)
        there = record.state.get(ACCOUNTS, f"{name}/{committed}")
        if there is not None and partner is not None and there["partner"] != partner:
            fail(
                f"the commitment {commitment!r} is for {there['partner'] or 'no partner'} already; choose another name"
            )
        opens = {committed: {"mission": mission, **given(partner=partner)}} if there is None else None
        _post(record, name, one, by=by, keys=key, at=at, as_json=as_json, opens=opens)
