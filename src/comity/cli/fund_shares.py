"""`comity fund share`: fair shares by cooperative game theory, and the simple rules beside them."""

from __future__ import annotations

import os
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import fund, well_given, written_to
from comity.cli.fund_options import Html
from comity.cli.places import fail, print_json, read_or_end
from comity.cli.record import AsJson, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from comity.funding.shares.core import Standing
    from comity.funding.shares.game import Game
    from comity.funding.shares.rules import Shares
    from comity.funding.shares.shapley import Sampled

share = typer.Typer(name="share", help="Fair shares: Shapley, nucleolus, core, and simple rules.", no_args_is_help=True)

GameFile = Annotated[str, typer.Argument(metavar="FILE", help="A game in YAML, or a shipped one such as shared-relay.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(share)


@share.command("game")
def game_(
    file: GameFile,
    rules: Annotated[
        str | None, typer.Option(metavar="RULE,...", help="Only these, such as shapley,nucleolus. Default: all.")
    ] = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Divide the gain or cost of a game by each rule, and tell which groups would leave."""
    from comity.cli.plan import known, names
    from comity.funding.shares.core import least_core
    from comity.funding.shares.question import load
    from comity.funding.shares.shapley import shapley

    with well_given():
        written = load(file)
        game = written.game()
        least = least_core(game)
        found = {"shapley": shapley(game), "nucleolus": least.allocation, **written.simple()}
    if rules is not None:
        found = {rule: found[rule] for rule in known(names(rules), found, "rule")} or found
    _answer(written.name or file, written.unit, game, found, html=html, as_json=as_json, least=least.excess)


@share.command()
def claims(
    estate: Annotated[str, typer.Option(metavar="AMOUNT", help="What there is to divide.")],
    claim: Annotated[list[str], typer.Option(metavar="NAME=AMOUNT", help="Who claims how much; repeatable.")],
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Divide what does not suffice for all claims: Talmud, equal awards, equal losses, proportional."""
    from comity.funding.shares.question import Written

    with well_given():
        owed = dict(_named(one, "--claim") for one in claim)
        written = Written.model_validate({"claims": owed, "estate": _amount(estate, "--estate")})
        game, found = written.game(), written.simple()
    _answer(f"An estate of {estate}", "", game, found, html=html, as_json=as_json)


@share.command()
def core(
    file: GameFile,
    allocation: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=AMOUNT", help="What each is given, or pays; repeatable. Or a file: shares: {a: 40}."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Tell whether some group would gain by leaving, and which gains most."""
    from comity.funding.shares.core import standing
    from comity.funding.shares.question import load, load_allocation

    with well_given():
        game = load(file).game()
        if len(allocation) == 1 and "=" not in allocation[0]:
            given = load_allocation(Path(allocation[0]))
        else:
            given = {p: Fraction(v) for p, v in (_named(one, "--allocation") for one in allocation)}
        found = standing(game, given)
    if as_json:
        print_json({"in_core": found.in_core, "leaves": sorted(found.leaves), "gains": str(found.gains)})
        return
    say(_standing_told(found))


@share.command()
def roadmap(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="A folder, a bundled one, or a record.")],
    partner: Annotated[
        list[str], typer.Option(metavar="PARTNER", help="The players; repeatable. Default: all who can pay.")
    ] = [],  # noqa: B006
    time_s: Annotated[
        float, typer.Option("--time", metavar="SECONDS", min=0.1, help="At most so long for each coalition.")
    ] = 5.0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep each answer here; a repeated command goes on from there.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(metavar="N", min=4, help="Shapley from so many random orders instead of all.")
    ] = None,
    within: Annotated[
        float | None, typer.Option(metavar="POINTS", min=0, help="Fewer orders, once each interval is so narrow.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same answer.")] = 0,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
    ] = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Divide what a roadmap brings among the partners by what each coalition could do alone.

    For twelve partners at most all coalitions are planned; for more ask for --samples.
    """
    from comity.cluster import ClusterError
    from comity.funding.shares.core import least_core
    from comity.funding.shares.roadmap_game import Kept, partners_of, roadmap_game, sampled_roadmap, solvable
    from comity.funding.shares.rules import equal, proportional
    from comity.funding.shares.shapley import shapley
    from comity.workers import WorkerError

    if html is not None and samples is not None:
        fail("--html shows all rules, which need all coalitions; leave --samples out")
    if within is not None and samples is None:
        fail("--within says when sampling may stop; say with --samples after how many orders it must")
    meant = read_or_end(programme, as_json=as_json).programme
    assert meant is not None
    with well_given():
        players = partners_of(meant, partner)
        if samples is None:
            solvable(players)
        kept = Kept(out / "coalitions.jsonl", f"{meant.digest} {time_s} {seed}") if out is not None else Kept()
        terms: dict[str, Any] = {
            "time_s": time_s,
            "seed": seed,
            "kept": kept,
            "workers": os.cpu_count() or 1,
            "cluster": cluster,
            "on_progress": _progress("coalitions"),
        }
        try:
            if samples is not None:
                found_so = sampled_roadmap(meant, players, orders=samples, within=within, **terms)
                if as_json:
                    print_json(found_so.to_dict())
                else:
                    _show_sampled(meant.programme.name, found_so)
                return
            told = roadmap_game(meant, players, **terms)
        except (ClusterError, WorkerError) as error:
            fail(str(error))
        finally:
            kept.close()
        game = told.game
        least = least_core(game)
        found = {"shapley": shapley(game), "nucleolus": least.allocation, "equal": equal(game.whole, game.alone())}
        if any(game.alone().values()):
            found["proportional"] = proportional(game.whole, game.alone())
    note = ""
    if told.short_by:
        note = (
            f"A search fell short of what a part of its coalition can do by at most {told.short_by:.3g} points; the part's "
            "value is taken."
        )
    if told.barred_by:
        note += (
            f" By the rules of participation, which bind all together alone, all can do {told.barred_by:.3g} points less than a "
            "part of them; the part's value is taken."
        )
    money = {"as planned": told.paid}
    for rule in ("shapley", "nucleolus"):
        if game.whole and min(found[rule].values()) >= 0:
            money[f"by {rule}"] = told.paid_in_proportion(found[rule], meant.programme.currency)
    paid = {rule: {p: str(v) for p, v in by.items()} for rule, by in money.items()}
    of = f"{meant.programme.currency}@{meant.programme.economic_conditions}"
    _answer(
        meant.programme.name, "points", game, found, html=html, as_json=as_json, least=least.excess, note=note.strip(),
        more={"paid": paid, "currency": of},
    )  # fmt: skip
    if not as_json:
        _show_money(money, of)


def _show_sampled(name: str, found: Sampled) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.funding.shares.shapley import LEAST

    say(f"{name}: Shapley value from {found.orders} random orders, {found.coalitions} coalitions planned, in points.")
    table = Table("", "points", "±", box=None, pad_edge=False, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for p in sorted(found.estimates, key=lambda p: (-found.estimates[p], p)):
        table.add_row(escape(p), f"{found.estimates[p]:,.2f}", f"{found.within[p]:,.2f}")
    Console().print(table)
    say(
        f"Each lies within ± with {found.confidence:.0%} confidence: Student's t over pairs of opposite orders, one partner"
    )
    say("at a time; how far the searches are from the best plans is not in it.")
    if found.orders < 2 * LEAST:
        say(f"With fewer than {2 * LEAST} orders the intervals themselves are rough: take more.")


# --- shown -----------------------------------------------------------------------------------------------------------------


def _answer(
    title: str,
    unit: str,
    game: Game,
    found: Mapping[str, Shares],
    *,
    html: Path | None,
    as_json: bool,
    least: Fraction | None = None,
    note: str = "",
    more: Mapping[str, Any] | None = None,
) -> None:
    from comity.funding.shares.core import standing

    stands = {rule: standing(game, shares) for rule, shares in found.items()}
    if html is not None:
        from comity.report.shares import render_shares

        written_to(html, render_shares(title, unit, game, found, stands, least=least, note=note))
    if as_json:
        rules = {
            rule: {
                "shares": {p: str(s) for p, s in shares.items()},
                "in_core": stands[rule].in_core,
                "leaves": sorted(stands[rule].leaves),
                "gains": str(stands[rule].gains),
            }
            for rule, shares in found.items()
        }
        whole = {"title": title, "unit": unit, "kind": game.kind, "whole": str(game.whole), "rules": rules}
        print_json({**whole, "least_core_excess": None if least is None else str(least), "note": note, **(more or {})})
        return
    _show(title, unit, game, found, stands, least)
    if note:
        say(note)
    if html is not None:
        say(f"{html}")


def _show(
    title: str,
    unit: str,
    game: Game,
    found: Mapping[str, Shares],
    stands: Mapping[str, Standing],
    least: Fraction | None,
) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    doing = "to gain" if game.kind == "gain" else "to pay"
    say(f"{title}: {float(game.whole):,.2f} {unit} {doing} together.".replace("  ", " "))
    table = Table("", box=None, pad_edge=False, header_style="bold")
    table.add_column("alone", justify="right")
    for rule in found:
        table.add_column(rule, justify="right")
    alone = game.alone()
    for player in sorted(game.players, key=lambda p: (-next(iter(found.values()))[p], p)):
        table.add_row(
            escape(player), f"{float(alone[player]):,.2f}", *(f"{float(s[player]):,.2f}" for s in found.values())
        )
    table.add_row("[dim]no group leaves[/dim]", "", *("yes" if stands[r].in_core else "no" for r in found))
    Console().print(table)
    for rule, stand in stands.items():
        if not stand.in_core:
            say(f"{rule}: {_standing_told(stand)}")
    if least is not None and least > 0:
        say(f"Whatever is agreed, some group gains at least {float(least):,.2f} by leaving: the core is empty.")


def _show_money(money: Mapping[str, Mapping[str, Decimal]], currency: str) -> None:
    """Who pays what in the joint plan, and would if each paid in proportion to its share of the points."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    planned = money["as planned"]
    say(
        f"\nThe plan of all costs {sum(planned.values()) / 1_000_000:,.1f} million {currency}. Who pays, and who would in"
    )
    say("proportion to the points above [millions]:")
    table = Table("", box=None, pad_edge=False, header_style="bold")
    for rule in money:
        table.add_column(rule, justify="right")
    for player in sorted(planned, key=lambda p: (-planned[p], p)):
        table.add_row(escape(player), *(f"{by[player] / 1_000_000:,.1f}" for by in money.values()))
    Console().print(table)


def _standing_told(found: Standing) -> str:
    if found.in_core:
        return "no group gains by leaving."
    return f"{', '.join(sorted(found.leaves))} would gain {float(found.gains):,.2f} by leaving."


def _progress(what: str) -> Callable[[int, int], None]:
    """Tells on standard error how much is done and how long the rest will take, at most once a second."""
    import sys

    began, told = time.monotonic(), 0.0
    resumed: int | None = None  # what was there already took no time

    def tell(done: int, all_: int) -> None:
        nonlocal told, resumed
        resumed = done if resumed is None else resumed
        now = time.monotonic()
        if now - told < 1 and done < all_:
            return
        told = now
        left = f", {(now - began) / (done - resumed) * (all_ - done):.0f} s left" if done > resumed else ""
        end = "\n" if done == all_ or not sys.stderr.isatty() else ""
        lead = "\r" if sys.stderr.isatty() else ""
        print(f"{lead}{done} of {all_} {what}{left} ", end=end, file=sys.stderr, flush=True)

    return tell


def _named(given: str, option: str) -> tuple[str, str]:
    name, equals, amount = given.partition("=")
    if not equals or not name:
        fail(f"{option} {given!r} is not of the form NAME=AMOUNT")
    return name, _amount(amount, option)


def _amount(text: str, option: str) -> str:
    try:
        Fraction(text)
    except (ValueError, ZeroDivisionError):
        fail(f"{option}: {text!r} is no amount; write it as 1250 or 1250.50")
    return text
