"""`comity fund call`: keys and budgets of a pool, calls for contributions, payments, what is late, and interest on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import composed, fund, today, well_given
from comity.cli.fund_options import Day, Ledger
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened, say, told, written

if TYPE_CHECKING:
    from comity.record import State

call = typer.Typer(name="call", help="Calls for contributions, payments, what is late, interest.", no_args_is_help=True)

Key = Annotated[str, typer.Option("--by-key", metavar="KEY", help="The key adopted on the record.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called; unique in the ledger.")]
Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(call)


def _asked(name: str, body: dict[str, Any], day: str | None) -> tuple[str, dict[str, Any], str | None]:
    return name, dict(body), None if day is None else today(day)


# --- keys, budgets, the rule of arrears --------------------------------------------------------------------------------------


@call.command()
def key(
    place: Place,
    ledger: Ledger,
    name: Name,
    by: By,
    key: Keys,
    share: Annotated[
        list[str], typer.Option(metavar="PARTNER=FRACTION", help="A share such as 1/3 or 0.25; repeatable.")
    ] = [],  # noqa: B006
    of: Annotated[
        str | None, typer.Option("--of", metavar="KEY", help="The shares of a file, or of a shipped key, instead.")
    ] = None,
    year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Of this year, where the key differs by year.")
    ] = None,
    source: Annotated[str, typer.Option(metavar="TEXT", help="Where the shares come from.")] = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Adopt a key: each partner's share; signed by all parties (a --key of each), or by a decision."""
    with well_given():
        if of is not None:
            from comity.funding.contributions.keys import load_key

            shares = {p: str(s) for p, s in load_key(of).shares(year).items()}
            source = source or of
        else:
            pairs = [one.partition("=") for one in share]
            if wrong := next((one for one, (p, e, s) in zip(share, pairs, strict=True) if not (p and e and s)), None):
                fail(f"--share {wrong!r} is not of the form PARTNER=FRACTION")
            shares = {p: s for p, _, s in pairs}
    body = {"ledger": ledger, "key": name, "shares": shares, "source": source}
    told(written(place, "fund.key", body, by=by, keys=key, at=at), as_json=as_json)


@call.command()
def budget(
    place: Place,
    ledger: Ledger,
    year: Annotated[int, typer.Argument(metavar="YEAR", help="The year.")],
    total: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 1250000.00.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Such as EUR.")],
    by: By,
    key: Keys,
    prices: Annotated[int | None, typer.Option(metavar="YEAR", help="At whose prices. Default: its own.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Decide a year's budget; signed by all parties (a --key of each), or by a decision."""
    body = {"ledger": ledger, "year": year, "total": total, "currency": currency, "economic_conditions": prices or year}
    told(written(place, "fund.budget", body, by=by, keys=key, at=at), as_json=as_json)


@call.command()
def rule(
    place: Place,
    ledger: Ledger,
    rate: Annotated[str, typer.Argument(metavar="RATE", help="Simple interest a year, such as 0.05.")],
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="From this day on.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Set the interest on what is late; signed by all parties (a --key of each), or by a decision."""
    body = {"ledger": ledger, "rate": rate, "from": since}
    told(written(place, "fund.arrears_rule", body, by=by, keys=key, at=at), as_json=as_json)


# --- calls and payments --------------------------------------------------------------------------------------------------------


@call.command()
def make(
    place: Place,
    ledger: Ledger,
    name: Name,
    year: Annotated[int, typer.Option(metavar="YEAR", help="For which year.")],
    by_key: Key,
    due: Annotated[list[str], typer.Option(metavar="DATE", help="When an instalment is due; repeatable.")],
    by: By,
    key: Keys,
    carried: Annotated[str, typer.Option(metavar="AMOUNT", help="Carried over from before, and not called for.")] = "0",
    months: Annotated[
        int | None, typer.Option(metavar="N", help="Provisionally: so many twelfths of the last year's budget.")
    ] = None,
    date: Day = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Call for a year's contributions: the budget less what is carried over, by a key, to the cent."""
    from comity.funding.contributions.calls import call_amounts, call_journal

    body: dict[str, Any] = {"ledger": ledger, "call": name, "year": year, "key": by_key, "carried": carried}
    body |= {"due": sorted(due), **({"months": months} if months else {})}

    def compose(state: State) -> dict[str, Any]:
        currency, amounts = call_amounts(state, ledger, year, by_key, carried=carried, months=months)
        journal = call_journal(amounts, currency, key=name, day=today(date), narration=f"Call {name} for {year}")
        return {**body, "journal": journal}

    composed(place, "fund.call", compose, by=by, keys=key, at=at, as_json=as_json, asked=_asked(name, body, date))


@call.command()
def pay(
    place: Place,
    ledger: Ledger,
    partner: Partner,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="What came in.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="In which currency.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The bank's reference; unique in the ledger.")],
    bank: Annotated[str, typer.Option(metavar="ACCOUNT", help="Where it came in, such as Assets:Bank.")],
    by: By,
    key: Keys,
    into: Annotated[
        str | None, typer.Option(metavar="CURRENCY", help="The currency of the calls, where it is another.")
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="What one unit is worth in it that day (`comity fund key convert`)."),
    ] = None,
    quoted: Annotated[str | None, typer.Option(metavar="TEXT", help="Where the rate was quoted, and when.")] = None,
    date: Day = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Book a payment: to the oldest instalments first, the rest an advance."""
    from comity.funding.contributions.payments import payment_journal

    foreign = {k: v for k, v in (("into", into), ("rate", rate)) if v is not None}
    body = {"ledger": ledger, "partner": partner, "amount": amount, "currency": currency, "bank": bank}
    body |= {**foreign, **({"quoted": quoted} if quoted else {})}

    def compose(state: State) -> dict[str, Any]:
        journal = payment_journal(
            state, ledger, partner, amount=amount, currency=currency, bank=bank, key=name, day=today(date), **foreign
        )
        return {**body, "journal": journal}

    composed(place, "fund.payment", compose, by=by, keys=key, at=at, as_json=as_json, asked=_asked(name, body, date))


@call.command()
def offset(
    place: Place,
    ledger: Ledger,
    partner: Partner,
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Of the advance.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Unique in the ledger.")],
    by: By,
    key: Keys,
    date: Day = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Apply a partner's advance to what it was called for since."""
    from comity.funding.contributions.payments import offset_journal

    body = {"ledger": ledger, "partner": partner, "currency": currency}

    def compose(state: State) -> dict[str, Any]:
        return {**body, "journal": offset_journal(state, ledger, partner, currency, key=name, day=today(date))}

    composed(place, "fund.offset", compose, by=by, keys=key, at=at, as_json=as_json, asked=_asked(name, body, date))


@call.command()
def interest(
    place: Place,
    ledger: Ledger,
    partner: Partner,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Unique in the ledger.")],
    by: By,
    key: Keys,
    through: Annotated[str | None, typer.Option(metavar="DATE", help="Through this day. Default: today.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Charge the interest on what a partner paid late, or not."""
    from comity.funding.contributions.payments import interest_journal

    body = {"ledger": ledger, "partner": partner, "through": today(through)}

    def compose(state: State) -> dict[str, Any]:
        return {**body, "journal": interest_journal(state, ledger, partner, through=body["through"], key=name)}

    composed(place, "fund.interest", compose, by=by, keys=key, at=at, as_json=as_json, asked=_asked(name, body, None))


# --- shown ---------------------------------------------------------------------------------------------------------------------


@call.command("list")
def list_(place: Place, ledger: Ledger, as_json: AsJson = False) -> None:
    """List what was called for, by instalment, and what of it is paid."""
    _list(place, ledger, None, as_json=as_json)


@call.command()
def show(place: Place, ledger: Ledger, name: Name, as_json: AsJson = False) -> None:
    """Show one call: each partner's instalments, and what of them is left to pay."""
    _list(place, ledger, name, as_json=as_json)


def _list(place: str, ledger: str, name: str | None, *, as_json: bool) -> None:
    from comity.funding.contributions import instalments
    from comity.funding.ledger import from_minor
    from comity.model.problems import nearest

    with opened(place) as found:
        _check(found.state, ledger)
        known = sorted({i.call for i in instalments(found.state, ledger)})
        if name is not None and name not in known:
            fail(f"there is no call {name!r}; {nearest(name, known) or ', '.join(known) or 'nothing was called for'}")
        rows = [
            {
                "call": i.call, "partner": i.partner, "instalment": i.number + 1, "due": i.due.isoformat(),
                "amount": str(from_minor(i.units, i.currency)), "left": str(from_minor(i.left, i.currency)),
                "currency": i.currency,
            }
            for i in instalments(found.state, ledger)
            if name in (None, i.call)
        ]  # fmt: skip
    _table(rows, ("amount", "left"), as_json=as_json, nothing="Nothing was called for.")


@call.command()
def arrears(
    place: Place,
    ledger: Ledger,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="On this day. Default: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is late, and the interest on it that was not charged yet."""
    from datetime import date

    from comity.funding.contributions import arrears as late

    with opened(place) as found:
        _check(found.state, ledger)
        rows = [
            {
                "partner": a.partner, "call": a.call, "instalment": a.instalment, "due": a.due.isoformat(), "days": a.days,
                "amount": str(a.amount), "interest": str(a.interest), "currency": a.currency,
            }
            for a in late(found.state, ledger, date.fromisoformat(today(on)))
        ]  # fmt: skip
    _table(rows, ("days", "amount", "interest"), as_json=as_json, nothing="Nobody is late.")
    if rows and not as_json:
        say("Where a body's rules suspend votes for arrears: `comity record append RECORD body.arrears`.")


def _check(state: State, ledger: str) -> None:
    from comity.model.problems import nearest

    known = state.section("ledgers")
    if ledger not in known:
        fail(
            f"there is no ledger {ledger!r}; {nearest(ledger, known) or ', '.join(known) or '`comity fund ledger open`'}"
        )


def _table(rows: list[dict[str, Any]], numeric: tuple[str, ...], *, as_json: bool, nothing: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if as_json:
        print_json(rows)
        return
    if not rows:
        say(nothing)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name, justify="right" if name in numeric else "left")
    for row in rows:
        table.add_row(*(escape(str(v)) for v in row.values()))
    Console(emoji=False).print(table)
