"""`comity fund inclusion`: reserved money, offers matched to needs, floors and indicators: a real place for small partners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import fund, well_given, written_to
from comity.cli.fund_options import Html
from comity.cli.places import fail, plan_in, print_json, programme_of, read_or_end
from comity.cli.record import AsJson, At, By, Keys, Place, opened, say, told, written

if TYPE_CHECKING:
    from comity.funding.inclusion.capacity import Exchange
    from comity.funding.inclusion.indicators import Indicators
    from comity.funding.inclusion.matching import Bar, Matching
    from comity.model import Reading
    from comity.roadmap import Plan

inclusion = typer.Typer(
    name="inclusion", help="Reserved money, offers matched to needs, indicators.", no_args_is_help=True
)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json, or a folder that holds one.")]
ProgrammeOption = Annotated[
    str | None,
    typer.Option("--programme", "-p", metavar="PROGRAMME", help="What PLAN is of. Default: the bundled one it names."),
]
OfferName = Annotated[str, typer.Argument(metavar="OFFER", help="The offer's name.")]
NeedName = Annotated[str, typer.Argument(metavar="NEED", help="The need's name.")]
Document = Annotated[Path, typer.Argument(metavar="FILE", help="Its fields in YAML, but for who gives or needs it.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(inclusion)


# --- indicators and floors -----------------------------------------------------------------------------------------------


@inclusion.command()
def indicators(
    plan: PlanFile,
    programme: ProgrammeOption = None,
    window: Annotated[int, typer.Option(metavar="YEARS", min=1, help="Years taken together.")] = 5,
    body: Annotated[
        str | None, typer.Option(metavar="BODY", help="Shares of votes in this body, shipped or a file, too.")
    ] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Of this kind of its decisions.")] = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Show who takes part over the years, how equally, and who drifts to the margin."""
    from comity.funding.inclusion.indicators import indicators as found_in

    reading, given = _planned(plan, programme, as_json=as_json)
    assert reading.programme is not None
    found = found_in(reading.programme, given, window=window)
    votes = _votes(body, kind) if body is not None else {}
    if html is not None:
        from comity.report.inclusion import render_inclusion

        written_to(html, render_inclusion(reading.programme, found, votes))
    if as_json:
        print_json({**found.to_dict(), "votes": votes})
        return
    _show_indicators(reading, found, votes)
    if html is not None:
        say(f"{html}")


def _votes(body: str, kind: str | None) -> dict[str, float]:
    """Each member's Shapley–Shubik power in a body."""
    from comity.cli.governance import body_of
    from comity.funding.inclusion.votes import power_shares

    with well_given():
        return power_shares(body_of(body), kind)


def _planned(plan: Path, programme: str | None, *, as_json: bool) -> tuple[Reading, Plan]:
    given = plan_in(plan)
    return programme_of(programme, given, as_json=as_json), given


def _show_indicators(reading: Reading, found: Indicators, votes: dict[str, float]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    assert reading.programme is not None
    console = Console()
    whole = found.whole.shares
    table = Table("partner", box=None, pad_edge=False, header_style="bold")
    measures = [*whole, *(["votes"] if votes else [])]
    for measure in measures:
        table.add_column(measure, justify="right")
    shown = [p for p in found.partners if any(by[p] for by in whole.values()) or p in found.emerging]
    for p in sorted(shown, key=lambda p: (-whole["work"][p], p)):
        cells = [f"{float(by[p]):.1%}" for by in whole.values()]
        mark = " (emerging)" if p in found.emerging else ""
        table.add_row(escape(p) + mark, *cells, *([f"{votes.get(p, 0):.1%}"] if votes else []))
    ginis = [f"{float(g):.2f}" if g is not None else "-" for g in found.whole.gini.values()]
    table.add_row("[dim]Gini coefficient[/dim]", *ginis, *([""] if votes else []))
    console.print(table)
    over = Table("years", title="\nGini coefficient over the years", title_justify="left", box=None, pad_edge=False)
    for measure in whole:
        over.add_column(measure, justify="right")
    for w in found.windows:
        over.add_row(w.name, *(f"{float(g):.2f}" if g is not None else "-" for g in w.gini.values()))
    console.print(over)
    if not found.drifts:
        say("\nNobody drifts to the margin by the evidence of the years.")
        return
    drifting = Table("who drifts", "share of", "from", "to", box=None, pad_edge=False, title="\nTowards the margin")
    drifting.title_justify = "left"
    drifting.add_column("points a year", justify="right")
    drifting.add_column("p, adjusted", justify="right")
    for d in sorted(found.drifts, key=lambda d: (d.partner, d.measure)):
        shares = (d.partner, d.measure, f"{d.began:.1%}", f"{d.ended:.1%}", f"{d.slope * 100:+.2f}", f"{d.p:.3f}")
        drifting.add_row(*map(escape, shares))
    console.print(drifting)


@inclusion.command()
def floors(
    plan: PlanFile,
    programme: ProgrammeOption = None,
    raise_: Annotated[
        list[str], typer.Option("--raise", metavar="SHARE", help="What such a share would cost in science; repeatable.")
    ] = [],  # noqa: B006
    time_s: Annotated[float, typer.Option("--time", metavar="SECONDS", min=0.1, help="For each search.")] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Show the floors of emerging partners, whether a plan keeps them, and what higher ones would cost."""
    from decimal import Decimal, InvalidOperation

    from comity.funding.inclusion.floors import floors as found_in
    from comity.funding.inclusion.floors import raised
    from comity.roadmap import Question

    reading, given = _planned(plan, programme, as_json=as_json)
    assert reading.programme is not None
    found = found_in(reading.programme, given)
    if not found and raise_:
        fail(
            f"{reading.programme.programme.id} has no floor for emerging partners; a rule of kind emerging_place makes one"
        )
    try:
        wanted = [Decimal(share.removesuffix("%")) / (100 if share.endswith("%") else 1) for share in raise_]
    except InvalidOperation:
        fail(f"--raise takes shares such as 0.05 or 5%, not {', '.join(raise_)}")
    with well_given():
        costs = [
            raised(reading.programme, given, floor.rule, share, question=Question(time_s=time_s))
            for floor in found
            for share in wanted
        ]
    if as_json:
        print_json(
            {
                "floors": [
                    {
                        "rule": f.rule, "name": f.name, "minimum_share": str(f.minimum_share), "share": float(f.share),
                        "minimum_roles": f.minimum_roles, "roles": f.roles, "kept": f.kept,
                    }
                    for f in found
                ],
                "raised": [{"rule": c.rule, "share": str(c.minimum_share), "science": c.science, "lost": c.lost} for c in costs],
            }
        )  # fmt: skip
        return
    if not found:
        say("No rule gives emerging partners a floor.")
    for f in found:
        least = min(f.roles.items(), key=lambda r: (r[1], r[0]), default=("nobody", 0))
        say(
            f"{f.name or f.rule}: {float(f.share):.2%} of the work, {float(f.minimum_share):.2%} is due; at least "
            f"{least[1]} elements each ({least[0]}), {f.minimum_roles} are due: {'kept' if f.kept else 'NOT kept'}"
        )
    for c in costs:
        if c.lost is None:
            say(f"A floor of {float(c.minimum_share):.2%}: no plan was found in {time_s:g} s")
        else:
            say(
                f"A floor of {float(c.minimum_share):.2%}: {c.science:,.1f} points of science instead of {c.before:,.1f} "
                f"({-c.lost:+,.1f}), as found in {time_s:g} s"
            )


# --- offers and needs ------------------------------------------------------------------------------------------------------


@inclusion.command()
def match(
    given: Annotated[
        str, typer.Argument(metavar="FILE|RECORD", help="Offers and needs: a YAML file, a shipped one, or a record.")
    ],
    method: Annotated[str, typer.Option(metavar="METHOD", help="stable, or heaviest.")] = "stable",
    programme: Annotated[
        str | None,
        typer.Option("--programme", "-p", metavar="PROGRAMME", help="Ask its rules whether each technology may pass."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Match offers of training, expertise, data, instrument time and rides to needs, and say why."""
    from comity.funding.inclusion.matching import match as matched
    from comity.funding.inclusion.verify import violations

    if method not in ("stable", "heaviest"):
        fail(f"--method is stable or heaviest, not {method!r}")
    exchange = _exchange(given)
    bar = _barred_by(programme, as_json=as_json) if programme is not None else None
    found = matched(exchange, method=method, bar=bar)  # type: ignore[arg-type]
    broken = violations(exchange, found, bar=bar)
    if broken:  # a bug, and not to be passed over
        raise AssertionError("; ".join(broken))
    if as_json:
        print_json(found.to_dict())
        return
    _show_matching(exchange, found)


def _exchange(given: str) -> Exchange:
    from comity.record.naming import is_record

    if is_record(given):
        from comity.funding.inclusion import exchange_on

        with opened(given) as found:
            return exchange_on(found.state)
    from comity.funding.inclusion.capacity import load

    with well_given():
        return load(given)


def _barred_by(name: str, *, as_json: bool) -> Bar:
    from comity.funding.inclusion.export import barring_rule

    programme = read_or_end(name, as_json=as_json).programme
    assert programme is not None
    return barring_rule(programme)


def _show_matching(exchange: Exchange, found: Matching) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("need", "of", "gets", "from", "choice", "why", box=None, pad_edge=False, header_style="bold")
    for m in found.matches:
        giver = exchange.offers[m.offer].giver if m.offer else ""
        choice = str(m.choice) if m.choice else ""
        cells = (m.need, exchange.needs[m.need].taker, m.offer or "nothing", giver, choice, m.why)
        table.add_row(*map(escape, cells))
    Console().print(table)
    left = {o: n for o, n in found.left.items() if n}
    if left:
        say("Places left: " + ", ".join(f"{o} {n}" for o, n in left.items()))
    for o, n, rule in found.barred:
        say(f"{o} may not go to {n}: barred by {rule}")


@inclusion.command()
def offer(
    place: Place, name: OfferName, file: Document, by: By, key: Keys, at: At = None, as_json: AsJson = False
) -> None:
    """Offer something to emerging partners, on a record."""
    _put(place, "capacity.offer", "offer", name, file, by, key, at, as_json=as_json)


@inclusion.command()
def need(
    place: Place, name: NeedName, file: Document, by: By, key: Keys, at: At = None, as_json: AsJson = False
) -> None:
    """Say what you need, on a record."""
    _put(place, "capacity.need", "need", name, file, by, key, at, as_json=as_json)


def _put(
    place: str, kind: str, what: str, name: str, file: Path, by: str, key: list[Path], at: str | None, *, as_json: bool
) -> None:
    from comity.cli.record import body_given

    body = {what: name, "document": body_given(None, file)}
    told(written(place, kind, body, by=by, keys=key, at=at), as_json=as_json)


@inclusion.command()
def withdraw(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The offer's or need's name.")],
    by: By,
    key: Keys,
    need: Annotated[bool, typer.Option("--need", help="A need, not an offer.")] = False,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Take an offer, or a need, back."""
    what = "need" if need else "offer"
    body = {what: name, "withdrawn": True}
    told(written(place, f"capacity.{what}", body, by=by, keys=key, at=at), as_json=as_json)


@inclusion.command()
def accept(
    place: Place, offer: OfferName, need: NeedName, by: By, key: Keys, at: At = None, as_json: AsJson = False
) -> None:
    """Accept that an offer goes to a need; agreed once its giver and its taker have said so."""
    body = {"offer": offer, "need": need}
    told(written(place, "capacity.accept", body, by=by, keys=key, at=at), as_json=as_json)


@inclusion.command("list")
def list_(place: Place, as_json: AsJson = False) -> None:
    """List what is offered, needed and agreed on a record."""
    with opened(place) as found:
        sections = {what: dict(found.state.section(f"capacity_{what}")) for what in ("offers", "needs", "agreed")}
    if as_json:
        print_json(sections)
        return
    for what, who in (("offers", "giver"), ("needs", "taker")):
        for name, value in sections[what].items():
            d = value["document"]
            say(f"{what[:-1]} {name} of {d[who]}: {d['kind']}, {', '.join(d['topics'])}, {d['from']} to {d['until']}")
    for key, value in sections["agreed"].items():
        offered, needed = key.split("/")
        say(f"{offered} to {needed}: {'agreed' if len(value['by']) == 2 else 'accepted by ' + value['by'][0]}")


@inclusion.command()
def reserve(
    place: Place,
    ledger: Annotated[str, typer.Argument(metavar="LEDGER", help="The ledger.")],
    fraction: Annotated[
        str | None,
        typer.Option(metavar="FRACTION", help="Of the pool, such as 1/20. Default: show how it is kept."),
    ] = None,
    partner: Annotated[list[str], typer.Option(metavar="PARTNER", help="For whom it is; repeatable.")] = [],  # noqa: B006
    by: Annotated[str, typer.Option("--by", metavar="PARTNER", help="The partner that says it.")] = "",
    key: Annotated[list[Path], typer.Option("--key", metavar="FILE", help="A private key that signs.")] = [],  # noqa: B006
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Reserve a part of a ledger's pool for emerging partners, or show how it is kept.

    What would be committed or spent for others beyond the rest is refused.
    """
    if fraction is not None:
        body: dict[str, Any] = {"ledger": ledger, "fraction": fraction, "partners": partner}
        told(written(place, "inclusion.reserve", body, by=by, keys=key, at=at), as_json=as_json)
        return
    from dataclasses import asdict

    from comity.funding.inclusion import reserve_standing

    with opened(place) as found:
        try:
            now = reserve_standing(found.state, ledger)
        except KeyError as error:
            fail(str(error.args[0]))
    if as_json:
        print_json({**asdict(now), "kept": now.kept})
        return
    said = "kept" if now.kept else "NOT kept"
    say(f"{now.ledger}: {now.spent:,.2f} {now.currency} spent for emerging partners, {now.due:,.2f} reserved: {said}")
    for p, amount in now.by_partner.items():
        say(f"  {p}: {amount:,.2f}")
    for room in now.rooms:
        say(f"{room.what} for others: {room.used:,f} of {room.limit:,f} {room.currency} at most, {room.left:,f} left")
