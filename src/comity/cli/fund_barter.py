"""`comity fund barter`: mutual accounts of two partners, kept without an exchange of money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import composed, fund
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened, say, told, written

if TYPE_CHECKING:
    from comity.record import State

barter = typer.Typer(name="barter", help="Mutual accounts of two partners, without money.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="BARTER", help="What the account is called.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(barter)


@barter.command("open")
def open_(
    place: Place,
    name: Name,
    other: Annotated[str, typer.Option("--with", metavar="PARTNER", help="The other partner.")],
    currency: Annotated[str, typer.Option(metavar="CURRENCY", help="In which values are agreed.")],
    limit: Annotated[str, typer.Option(metavar="AMOUNT", help="The most that either may owe.")],
    by: By,
    key: Keys,
    about: Annotated[str, typer.Option(metavar="TEXT", help="What is bartered, under which agreement.")] = "",
    ledger: Annotated[str | None, typer.Option(metavar="LEDGER", help="The ledger where it stands, too.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open a mutual account; it is open once the other partner confirms it."""
    body = {"barter": name, "with": other, "currency": currency, "limit": limit, "about": about}
    body |= {"ledger": ledger} if ledger else {}
    told(written(place, "barter.open", body, by=by, keys=key, at=at), as_json=as_json)


@barter.command()
def give(
    place: Place,
    name: Name,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What was given, such as 'launch of a module'.")],
    quantity: Annotated[str, typer.Option(metavar="TEXT", help="How much of it, with its unit.")],
    value: Annotated[str, typer.Option(metavar="AMOUNT", help="Its agreed value.")],
    by: By,
    key: Keys,
    date: Annotated[str | None, typer.Option("--date", metavar="DATE", help="When. Default: the entry's day.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say what you gave; it counts once the other partner confirms it."""
    body = {"barter": name, "what": what, "quantity": quantity, "value": value, **({"date": date} if date else {})}
    told(written(place, "barter.give", body, by=by, keys=key, at=at), as_json=as_json)


@barter.command()
def confirm(
    place: Place,
    name: Name,
    by: By,
    key: Keys,
    number: Annotated[
        int | None, typer.Option(metavar="N", help="What the other gave, by its number. Default: the account itself.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Confirm the account, or what the other partner gave."""
    from comity.funding.contributions.barter import confirmation

    def compose(state: State) -> dict[str, Any]:
        if number is None:
            return {"barter": name}
        held = _held(state, name)
        if not 1 <= number <= len(held["gives"]):
            fail(f"{name!r} has {len(held['gives'])} gifts; there is no number {number}")
        journal = confirmation(held, name, number)
        body = {"barter": name, "number": number}
        return body if journal is None else {**body, "ledger": held["ledger"], "journal": journal}

    composed(place, "barter.confirm", compose, by=by, keys=key, at=at, as_json=as_json)


@barter.command()
def show(place: Place, name: Name, as_json: AsJson = False) -> None:
    """Show a mutual account: what each gave the other, and who owes whom."""
    from dataclasses import asdict

    from comity.funding.contributions.barter import statement
    from comity.funding.ledger import from_minor

    with opened(place) as found:
        held = _held(found.state, name)
    now = statement(held, name, held["between"][0])
    if as_json:
        print_json({**asdict(now), "status": held["status"], "gives": held["gives"]})
        return
    say(f"{name}: {' and '.join(held['between'])}, {held['status']}; {held['about']}".rstrip("; "))
    for n, one in enumerate(held["gives"], 1):
        worth = from_minor(one["units"], held["currency"])
        stands = "" if one["confirmed"] else " (not confirmed yet)"
        say(
            f"  {n}. {one['date']} {one['by']} gave {one['quantity']} {one['what']}: {worth:,} {held['currency']}{stands}"
        )
    who, whom = (now.other, now.partner) if now.owed_to_it >= 0 else (now.partner, now.other)
    say(f"{who} owes {whom} {abs(now.owed_to_it):,} {now.currency} (limit {now.limit:,})")


def _held(state: State, name: str) -> Any:
    from comity.model.problems import nearest

    known = state.section("barters")
    if name not in known:
        fail(f"there is no barter {name!r}; {nearest(name, known) or ', '.join(known) or '`comity fund barter open`'}")
    return known[name]
