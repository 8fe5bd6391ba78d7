"""`comity fund inkind`: contributions in kind, offered, valued, accepted milestone by milestone."""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import composed, fund, proposal, today
from comity.cli.fund_options import Closes, Day, Decision, DecisionKind, Milestone, Reason
from comity.cli.places import fail, print_json
from comity.cli.record import (
    AsJson,
    At,
    By,
    Keys,
    Place,
    body_given,
    opened,
    say,
    signing_keys,
    time_of,
    told,
    written,
)

if TYPE_CHECKING:
    from comity.record import State

inkind = typer.Typer(name="inkind", help="Contributions in kind: valued, accepted by milestone.", no_args_is_help=True)

Offer = Annotated[str, typer.Argument(metavar="OFFER", help="What the offer is called.")]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="Its value, such as 1250000.00.")]
Currency = Annotated[str, typer.Argument(metavar="CURRENCY", help="Such as EUR.")]
Prices = Annotated[int, typer.Option(metavar="YEAR", help="At whose prices.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(inkind)


@inkind.command()
def offer(
    place: Place,
    name: Offer,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="YAML: ledger, mission, element, deliverable, milestones, approves, counts."
        ),
    ],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Offer something in kind; each milestone has id, name, part (of the value, such as 1/4) and criteria."""
    told(
        written(place, "inkind.offer", {"offer": name, **body_given(None, file)}, by=by, keys=key, at=at),
        as_json=as_json,
    )


@inkind.command()
def value(
    place: Place, name: Offer, amount: Amount, currency: Currency, prices: Prices, by: By, key: Keys, at: At = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Agree what it is worth; signed by all parties (a --key of each), or by a decision."""
    body = {"offer": name, "amount": amount, "currency": currency, "economic_conditions": prices}
    told(written(place, "inkind.value", body, by=by, keys=key, at=at), as_json=as_json)


@inkind.command()
def accept(
    place: Place,
    name: Offer,
    milestone: Milestone,
    decision: Decision,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    date: Day = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a milestone is accepted; when that passes, its value is booked."""
    from comity.funding.contributions.inkind import acceptance

    def compose(state: State) -> dict[str, Any]:
        held = _held(state, name)
        names = chain(
            [f"{name}-{milestone}"], (f"{name}-{milestone}-{k}" for k in count(2))
        )  # it may have been revoked
        key = next(n for n in names if state.get("ledger_journals", f"{held['ledger']}/{n}") is None)
        journal = acceptance(state, name, milestone, key=key, day=today(date))
        body = {"offer": name, "milestone": milestone, "ledger": held["ledger"], "journal": journal}
        return proposal(
            held["approves"], "inkind.accept", body, decision, kind, f"{name}: {milestone} is accepted", closes
        )

    composed(place, "decision.propose", compose, by=by, keys=key, at=at, as_json=as_json)


@inkind.command()
def revoke(
    place: Place,
    name: Offer,
    milestone: Milestone,
    reason: Reason,
    decision: Decision,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    date: Day = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose that an acceptance is taken back; when that passes, what it booked is reversed."""
    from datetime import datetime

    from comity.funding.ledger import Journal
    from comity.funding.ledger.book import Book

    with opened(place) as found:
        held = _held(found.state, name)
        accepted = held["journals"].get(milestone)
        if accepted is None:
            fail(f"the milestone {milestone!r} of {name!r} is not accepted")
        with Book.open(found.log, found.state, held["ledger"]) as book:
            original = book.named(f"{accepted}/0")
        assert original is not None
        opposite = original.transaction.reversed(
            f"{accepted}/0", on=datetime.fromisoformat(today(date)).date(), narration=reason
        )
        body = {
            "offer": name, "milestone": milestone, "reason": reason, "ledger": held["ledger"],
            "date": original.transaction.date.isoformat(), "journal": Journal(f"{accepted}-revoked", (opposite,)).to_body(),
        }  # fmt: skip
        title = f"{name}: the acceptance of {milestone} is revoked"
        proposed = proposal(held["approves"], "inkind.revoke", body, decision, kind, title, closes)
        entry = found.write("decision.propose", proposed, author=by, keys=signing_keys(key), at=time_of(at))
    told(entry, as_json=as_json)


@inkind.command()
def revalue(
    place: Place,
    name: Offer,
    amount: Amount,
    currency: Currency,
    prices: Prices,
    reason: Reason,
    decision: Decision,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose another value; what is accepted stays at its value."""

    def compose(state: State) -> dict[str, Any]:
        held = _held(state, name)
        body = {"offer": name, "amount": amount, "currency": currency, "economic_conditions": prices, "reason": reason}
        return proposal(
            held["approves"], "inkind.revalue", body, decision, kind, f"{name}: {amount} {currency}", closes
        )

    composed(place, "decision.propose", compose, by=by, keys=key, at=at, as_json=as_json)


@inkind.command("list")
def list_(place: Place, as_json: AsJson = False) -> None:
    """List what is offered in kind, what it is worth, and what of it is accepted."""
    from comity.funding.ledger import from_minor

    with opened(place) as found:
        offers = dict(found.state.section("inkind"))
    if as_json:
        print_json(offers)
        return
    for name, held in offers.items():
        worth = held["value"]
        currency = worth["currency"] if worth else ""
        done = from_minor(sum(held["accepted"].values()), currency) if worth else 0
        said = f"{done:,} of {worth['amount']} {currency}@{worth['economic_conditions']}" if worth else "not valued yet"
        say(f"{name} of {held['partner']} for {held['mission']}/{held['element']}: {held['deliverable']}; {said}")
        for m in held["milestones"]:
            say(f"  {m['id']} ({m['part']}): {'accepted' if m['id'] in held['accepted'] else 'open'}; {m['name']}")


def _held(state: State, name: str) -> Any:
    from comity.model.problems import nearest

    held = state.get("inkind", name)
    if held is None:
        fail(f"there is no offer in kind {name!r}; {nearest(name, state.section('inkind'))}")
    return held
