"""`comity fund partnership`: commercial offers compared, contracts on a record, milestones paid out of escrow."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import fund, proposal, well_given
from comity.cli.fund_options import Closes, Day, Decision, DecisionKind, Milestone, Reason
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened, say, signing_keys, time_of, told, written

if TYPE_CHECKING:
    from comity.funding.partnerships import ContractStanding
    from comity.funding.partnerships.valuation import Valuation
    from comity.record import Entry
    from comity.records import Record

partnership = typer.Typer(name="partnership", help="Commercial offers, milestones, escrow.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="CONTRACT", help="What the contract is called on the record.")]
Terms = Annotated[Path, typer.Argument(metavar="FILE", help="The contract, in YAML.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(partnership)


# --- offers ----------------------------------------------------------------------------------------------------------------


@partnership.command()
def compare(
    offers: Annotated[str, typer.Argument(metavar="FILE", help="Offers in YAML, or a shipped case such as clps-2019.")],
    draws: Annotated[int, typer.Option(metavar="N", min=100, max=1_000_000, help="Draws of luck.")] = 10_000,
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same answer.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compare providers' offers by their net present value once the risks are counted."""
    from comity.funding.partnerships.offers import load
    from comity.funding.partnerships.valuation import valuations

    with well_given():
        given = load(offers)
    found = valuations(given, draws=draws, seed=seed)
    if as_json:
        print_json({"need": given.need.name, "draws": draws, "seed": seed, "offers": [v.to_dict() for v in found]})
        return
    money = f"M{given.need.currency}@{given.need.economic_conditions}"
    say(f"{given.need.name}: worth {given.need.worth} when it is there by {given.need.by}.")
    say(f"Millions of {money[1:]}, discounted to {given.need.start} at {given.need.discount_rate:.1%} a year.\n")
    _show_valuations(found)


def _show_valuations(found: tuple[Valuation, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    low, high = min(0.0, *(v.net_p10 for v in found)), max(0.0, *(v.net_p90 for v in found))
    table = Table("offer", box=None, pad_edge=False, header_style="bold")
    for head in ("asked", "met", "paid", "lost", "months late", "net value"):
        table.add_column(head, justify="right")
    table.add_column("8 of 10 draws lie in", no_wrap=True)
    for v in found:
        table.add_row(
            escape(v.name), f"{float(v.asked.amount) / 1e6:,.1f}", f"{v.completes:.0%}", f"{v.paid:,.1f}", f"{v.lost:,.1f}",
            f"{v.months_late:.0f}", f"[bold]{v.net:,.1f}[/bold]", _range(v, low, high),
        )  # fmt: skip
    Console().print(table)


def _range(v: Valuation, low: float, high: float, width: int = 10) -> str:
    """The span from one tenth to nine tenths of the draws, the median marked."""

    def at(value: float) -> int:
        return round((value - low) / ((high - low) or 1.0) * (width - 1))

    cells = [" "] * width
    for n in range(at(v.net_p10), at(v.net_p90) + 1):
        cells[n] = "─"
    cells[at(v.net_p50)] = "●"
    return "".join(cells) + f" {v.net_p10:,.0f} to {v.net_p90:,.0f}"


# --- contracts on a record -----------------------------------------------------------------------------------------------


@partnership.command()
def sign(place: Place, name: Name, file: Terms, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Put a contract onto a record; signed by all parties (a --key of each), or by a decision."""
    with well_given():
        document = _document(file)
    told(
        written(place, "contract.sign", {"contract": name, "document": document}, by=by, keys=key, at=at),
        as_json=as_json,
    )


def _document(file: Path) -> dict[str, Any]:
    from comity.funding.partnerships.contract import load

    return load(file).model_dump(mode="json", exclude_defaults=True)


@partnership.command()
def claim(
    place: Place,
    name: Name,
    milestone: Milestone,
    evidence: Annotated[
        list[str],
        typer.Option(metavar="CRITERION=TEXT", help="What shows a criterion; CRITERION=@FILE gives a file's SHA-256."),
    ],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Claim that a milestone is met, with the evidence for each of its criteria."""
    body = {"contract": name, "milestone": milestone, "evidence": dict(map(_shown, evidence))}
    told(written(place, "contract.claim", body, by=by, keys=key, at=at), as_json=as_json)


def _shown(given: str) -> tuple[str, str]:
    criterion, equals, shown = given.partition("=")
    if not equals or not shown:
        fail(f"--evidence {given!r} is not of the form CRITERION=TEXT, or CRITERION=@FILE")
    if not shown.startswith("@"):
        return criterion, shown
    file = Path(shown[1:])
    try:
        with file.open("rb") as data:
            return criterion, f"{file.name}, SHA-256 {hashlib.file_digest(data, 'sha256').hexdigest()}"
    except OSError as error:
        fail(f"{file}: {error.strerror}")


@partnership.command()
def approve(
    place: Place,
    name: Name,
    milestone: Milestone,
    decision: Decision,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    date: Day = None,
    release: Annotated[
        list[str],
        typer.Option(metavar="ACCOUNT=AMOUNT", help="A further posting, as of the budget that it was committed in."),
    ] = [],  # noqa: B006
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a claimed milestone is accepted; when that passes, it is paid out of escrow."""
    from comity.funding.partnerships.kinds import payment
    from comity.record import Refused

    with opened(place) as found:
        terms = _terms(found, name)
        further = [[a, amount, terms.currency] for a, _, amount in (one.partition("=") for one in release)]
        try:
            journal = payment(terms, milestone, day=_day(date), key=f"{name}-{milestone}", commitment=further)
        except Refused as error:
            fail(str(error))
        body = {"contract": name, "milestone": milestone, "ledger": terms.ledger, "journal": journal}
        title = f"{name}: {milestone} is met"
        entry = _propose(found, "contract.approve", body, decision, kind, title, closes, by, key, at)
    told(entry, as_json=as_json)


@partnership.command()
def refuse(
    place: Place,
    name: Name,
    milestone: Milestone,
    reason: Reason,
    decision: Decision,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a claimed milestone is not met."""
    body = {"contract": name, "milestone": milestone, "reason": reason}
    with opened(place) as found:
        _terms(found, name)
        title = f"{name}: {milestone} is not met"
        entry = _propose(found, "contract.refuse", body, decision, kind, title, closes, by, key, at)
    told(entry, as_json=as_json)


@partnership.command()
def amend(
    place: Place,
    name: Name,
    file: Terms,
    reason: Reason,
    decision: Decision,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose other terms: dates, amounts, milestones. What is paid stays."""
    with well_given():
        body = {"contract": name, "document": _document(file), "reason": reason}
    with opened(place) as found:
        _terms(found, name)
        entry = _propose(found, "contract.amend", body, decision, kind, f"{name}: new terms", closes, by, key, at)
    told(entry, as_json=as_json)


@partnership.command()
def end(
    place: Place,
    name: Name,
    cause: Annotated[str, typer.Option(metavar="CAUSE", help="missed, or convenience.")],
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
    """Propose to end a contract before all is met; what is in escrow returns."""
    from comity.funding.partnerships.kinds import return_of

    with opened(place) as found:
        terms = _terms(found, name)
        journal = return_of(found.state, terms, day=_day(date), key=f"{name}-ended")
        body = {"contract": name, "cause": cause, "reason": reason, "ledger": terms.ledger}
        if journal is not None:
            body["journal"] = journal
        entry = _propose(found, "contract.end", body, decision, kind, f"{name} ends", closes, by, key, at)
    told(entry, as_json=as_json)


@partnership.command()
def show(place: Place, name: Name, at: At = None, as_json: AsJson = False) -> None:
    """Show where a contract stands: what is met, late, missed and paid, and how its cost has grown."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from comity.funding.partnerships import standing

    with opened(place) as found:
        try:
            now = standing(found.state, name, time_of(at) or datetime.now(UTC))
        except KeyError as error:
            fail(str(error.args[0]))
    print_json(asdict(now)) if as_json else _show(now)


@partnership.command("list")
def list_(place: Place, at: At = None, as_json: AsJson = False) -> None:
    """List the contracts of a record."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from comity.funding.partnerships import standing

    moment = time_of(at) or datetime.now(UTC)
    with opened(place) as found:
        rows = [standing(found.state, name, moment) for name in found.state.section("contracts")]
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    for row in rows:
        missed = f", {len(row.missed)} missed" if row.missed else ""
        said = f"{row.paid:,.2f} of {row.price:,.2f} {row.currency} paid, {row.growth:+.1%} since it was signed{missed}"
        say(f"{row.contract} ({row.provider}): {row.status}; {said}")


def _show(now: ContractStanding) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    say(f"{now.contract} with {now.provider}: {now.status}")
    say(
        f"{now.paid:,.2f} of {now.price:,.2f} {now.currency} paid, {now.escrow:,.2f} in escrow; signed at {now.signed:,.2f}, "
        f"{now.growth:+.1%} since"
    )
    table = Table("milestone", "what", "due", box=None, pad_edge=False, header_style="bold")
    table.add_column(now.currency, justify="right")
    table.add_column("stands")
    for m in now.milestones:
        since = m.paid or m.claimed
        table.add_row(
            escape(m.id),
            escape(m.name),
            f"{m.due}",
            f"{m.amount:,.2f}",
            m.status + (f", {since[:10]}" if since else ""),
        )
    Console().print(table)
    if now.may_end:
        say("It may be ended for cause (`comity fund partnership end … --cause missed`).")


def _terms(found: Record, name: str) -> Any:
    from comity.funding.partnerships import contract_on
    from comity.funding.partnerships.contract import Contract

    try:
        return Contract.model_validate(contract_on(found.state, name)["document"])
    except KeyError as error:
        fail(str(error.args[0]))


def _day(text: str | None) -> Any:
    from datetime import UTC, datetime

    moment = time_of(text)
    return (moment or datetime.now(UTC)).date()


def _propose(
    found: Record,
    about: str,
    body: dict[str, Any],
    decision: str,
    kind: str,
    title: str,
    closes: str,
    by: str,
    key: list[Path],
    at: str | None,
) -> Entry:
    """Puts a change of a contract before the body that the contract names."""
    approves = _terms(found, body["contract"]).approves
    proposed = proposal(approves, about, body, decision, kind, title, closes)
    return found.write("decision.propose", proposed, author=by, keys=signing_keys(key), at=time_of(at))
