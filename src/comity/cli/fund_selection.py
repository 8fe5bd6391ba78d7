"""`comity fund select`: members choose missions, each with a budget and a ballot."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from comity.cli.fund import fund, well_given
from comity.cli.places import fail, print_json, read_or_end
from comity.cli.programmes import JsonOption, ProgrammeArgument
from comity.cli.record import say

if TYPE_CHECKING:
    from comity.funding.selection.answer import Outcome
    from comity.funding.selection.election import Election

select = typer.Typer(
    name="select", help="Choose missions together, each member with a budget and a ballot.", no_args_is_help=True
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="An election in Pabulib's format (.pb).")]
RuleOption = Annotated[str, typer.Option("--rule", metavar="RULE", help="mes (equal shares), phragmen or greedy.")]
SatisfactionOption = Annotated[
    str | None,
    typer.Option(
        "--satisfaction", metavar="WHAT", help="cost, cardinality or points. Default: points when ballots have them."
    ),
]
CompletionOption = Annotated[
    str,
    typer.Option(
        "--completion", metavar="HOW", help="Of mes: none, greedy, add1, add1u (add1, then greedy), increase."
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the election to this .pb, too.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(select)


@select.command()
def run(
    file: FileArgument,
    rule: RuleOption = "mes",
    satisfaction: SatisfactionOption = None,
    completion: CompletionOption = "none",
    as_json: JsonOption = False,
) -> None:
    """Choose projects by one rule; exact, ties to the first name."""
    election = _read(file)
    outcome = _selected(election, rule, satisfaction, completion)
    _answer(election, outcome, as_json=as_json)


@select.command("from")
def from_(
    programme: ProgrammeArgument,
    ballots: Annotated[
        Path | None,
        typer.Option("--ballots", metavar="FILE", help="YAML: ballots: {voter: {mission: points}}, weights."),
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="AMOUNT", help="Default: all partners' budgets.")
    ] = None,
    equal: Annotated[bool, typer.Option("--equal", help="Each voter commands an equal part of the budget.")] = False,
    rule: RuleOption = "mes",
    satisfaction: SatisfactionOption = None,
    completion: CompletionOption = "none",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose among a programme's missions; says how `comity plan` takes what is chosen as required.

    A mission costs the sum of its elements' cheapest options. Without --ballots each partner with a budget gives a
    mission the science that it brings, weighted by the partner's priorities, and commands its own budget.
    """
    from comity.funding.selection.missions import mission_election
    from comity.funding.selection.pabulib import pabulib_text

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    with well_given():
        election = mission_election(
            reading.programme, ballots=ballots, budget=_amount(budget) if budget else None, equal=equal
        )
    outcome = _selected(election, rule, satisfaction, completion)
    if out:
        _write(out, pabulib_text(election))
    chosen = [election.projects[p].id for p in outcome.chosen]
    command = " ".join(["comity plan", programme, *(f"--require {m}" for m in chosen)])
    _answer(election, outcome, as_json=as_json, required=chosen, command=command)
    if not as_json:
        say(f"\nTo plan with them: {command}" if chosen else "\nNothing is chosen: nobody's money suffices.")


@select.command()
def compare(file: FileArgument, as_json: JsonOption = False) -> None:
    """Show all rules beside each other: what each chooses and costs, who is left with nothing."""
    from rich.table import Table

    from comity.funding.selection.explain import standing
    from comity.funding.selection.rules import select as choose

    election = _read(file)
    rows = []
    with well_given():
        for name, terms in _all_rules(election):
            rows.append((name, standing(election, choose(election, **terms))))
    if as_json:
        print_json([{"rule": name, **_plain(found)} for name, found in rows])
        return
    table = Table(box=None, pad_edge=False)
    for column, side in (
        ("rule", "left"), ("chosen", "right"), ("cost", "right"), ("of budget", "right"),
        ("with nothing", "right"), ("projects each", "right"), ("money each", "right"),
    ):  # fmt: skip
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    for name, s in rows:
        table.add_row(
            name, str(len(s.chosen)), _whole(s.cost), f"{float(s.cost / election.budget):.1%}",
            f"{float(s.nothing):.1%}", f"{float(s.projects_each):.2f}", f"{float(s.cost_each):,.0f}",
        )  # fmt: skip
    _print(table)
    wanted = [n for n, _ in rows]
    matrix = Table(box=None, pad_edge=False, title="\nChosen by", title_justify="left")
    matrix.add_column("project", max_width=30, no_wrap=True)
    for n in range(len(wanted)):
        matrix.add_column(str(n + 1), justify="center")
    for p in election.projects:
        marks = ["●" if p.id in s.chosen else "·" for _, s in rows]
        if "●" in marks:
            matrix.add_row(_safe(p.id), *marks)
    _print(matrix)
    say("; ".join(f"{n}: {name}" for n, name in enumerate(wanted, 1)))


@select.command()
def explain(
    file: FileArgument,
    mission: Annotated[list[str] | None, typer.Option("--mission", metavar="ID", help="Why it is in or out.")] = None,
    voter: Annotated[list[str] | None, typer.Option("--voter", metavar="ID", help="What this voter paid for.")] = None,
    rule: RuleOption = "mes",
    satisfaction: SatisfactionOption = None,
    completion: CompletionOption = "none",
    as_json: JsonOption = False,
) -> None:
    """Say why a mission was chosen or not, and what a member paid for."""
    from comity.funding.selection.explain import Explained

    if not mission and not voter:
        fail("say what to explain: --mission ID or --voter ID")
    election = _read(file)
    outcome = _selected(election, rule, satisfaction, completion)
    with well_given():
        explained = Explained(election, outcome)
        projects = [explained.project(m) for m in mission or ()]
        voters = [explained.voter(v) for v in voter or ()]
    if as_json:
        print_json({"projects": [_plain(p) for p in projects], "voters": [_plain(v) for v in voters]})
        return
    for reason in projects:
        _say_project(reason, rule)
    for person in voters:
        _say_voter(person)


@select.command()
def convert(file: FileArgument, out: Annotated[Path, typer.Argument(metavar="OUT", help="The .pb to write.")]) -> None:
    """Check a Pabulib file, and write it anew: counts made true, fields kept."""
    from comity.funding.selection.pabulib import pabulib_text

    _write(out, pabulib_text(_read(file)))


def _read(file: Path) -> Election:
    from comity.funding.selection.pabulib import read_pabulib

    with well_given():
        return read_pabulib(file)


def _selected(election: Election, rule: str, satisfaction: str | None, completion: str) -> Outcome:
    from comity.funding.selection.rules import select as choose

    with well_given():
        return choose(
            election,
            rule=rule,  # type: ignore[arg-type]
            satisfaction=satisfaction or _usual(election),  # type: ignore[arg-type]
            completion=completion,  # type: ignore[arg-type]
        )


def _usual(election: Election) -> str:
    return "points" if election.vote_type in ("scoring", "cumulative") else "cost"


def _all_rules(election: Election) -> list[tuple[str, dict[str, Any]]]:
    from comity.funding.selection.election import Satisfaction

    usable = [s for s in get_args(Satisfaction) if s != "points" or _usual(election) == "points"]
    out: list[tuple[str, dict[str, Any]]] = [(f"greedy {s}", {"rule": "greedy", "satisfaction": s}) for s in usable]
    for s in usable:
        out.append((f"mes {s}", {"satisfaction": s}))
        out.append((f"mes {s} add1u", {"satisfaction": s, "completion": "add1u"}))
    if election.vote_type in ("approval", "choose-1"):
        out.append(("phragmen", {"rule": "phragmen"}))
    return out


def _answer(election: Election, outcome: Outcome, *, as_json: bool, **more: Any) -> None:
    from rich.table import Table

    from comity.funding.selection.explain import standing
    from comity.funding.selection.pabulib import number_text

    found = standing(election, outcome)
    if as_json:
        bought = [
            {"project": election.projects[b.project].id, "cost": number_text(election.projects[b.project].cost),
             "by": b.by, "price": float(b.price) if b.price is not None else None}
            for b in outcome.purchases
        ]  # fmt: skip
        print_json(
            {"rule": outcome.rule, "budget": number_text(election.budget), **_plain(found), "bought": bought, **more}
        )
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("project", max_width=28, no_wrap=True)
    table.add_column("name", max_width=30, no_wrap=True)
    table.add_column("cost", justify="right", min_width=14)
    table.add_column("by", min_width=6)
    table.add_column("price", justify="right", min_width=9)
    for n, bought_ in enumerate(outcome.purchases, 1):
        p = election.projects[bought_.project]
        price = f"{float(bought_.price):.4g}" if bought_.price is not None else "–"
        table.add_row(str(n), _safe(p.id), _safe(p.about.get("name", "")), _whole(p.cost), bought_.by, price)
    _print(table)
    say(
        f"{len(found.chosen)} of {len(election.projects)} projects cost {_whole(found.cost)} of"
        f" {_whole(election.budget)} ({float(found.cost / election.budget):.1%});"
        f" {float(found.nothing):.1%} of {len(election.voters)} voters are left with nothing"
    )


def _say_project(reason: Any, rule: str) -> None:

    head = f"{reason.project}, cost {_money(reason.cost)}, {reason.supporters} supporters"
    if not reason.chosen:
        say(f"{head}: not chosen")
        if reason.missing is not None:
            short = f"lack {_money(reason.missing)} of its cost" if reason.missing else "have its cost, but too late"
            say(f"  its supporters {short} at the end")
        if reason.over_budget:
            say(f"  with all that was chosen it would exceed the budget by {_money(reason.over_budget)}")
        return
    kinds = {"shares": "price per unit of satisfaction", "loads": "money per unit of weight when bought"}
    price = f" at {float(reason.price):.6g} ({kinds[reason.by]})" if reason.price is not None else ""
    ways = {
        "free": "it costs nothing",
        "greedy": "by satisfaction per cost",
        "unsupported": "it fits, though nobody named it",
    }
    say(f"{head}: chosen as number {reason.place}{price}{', ' + ways[reason.by] if reason.by in ways else ''}")
    most = sorted(reason.paid, key=lambda pair: -pair[1])
    for name, amount in most[:10]:
        say(f"  {name} paid {_money(amount)}")
    if len(most) > 10:
        say(f"  and {len(most) - 10} more, {_money(sum((x for _, x in most[10:]), Fraction(0)))} together")


def _say_voter(person: Any) -> None:
    say(f"{person.voter}: {len(person.supported_chosen)} of {person.supported} supported projects are chosen")
    if person.held is not None:
        say(f"  you held {_money(person.held)}" + (" and paid for these:" if person.paid else ", and paid for none"))
        for name, amount in person.paid:
            say(f"    {name}: {_money(amount)}")
        say(f"  {_money(person.left)} is left")


def _money(amount: Fraction) -> str:
    return f"{float(amount):,.2f}"


def _whole(amount: Fraction) -> str:
    return f"{float(amount):,.0f}"


def _plain(value: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {key: _number(part) for key, part in asdict(value).items()}


def _number(part: Any) -> Any:
    if isinstance(part, Fraction):
        return float(part)
    if isinstance(part, (list, tuple)):
        return [_number(x) for x in part]
    return part


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.replace("_", ""))
        if amount.is_finite() and amount > 0:
            return amount
    except InvalidOperation:
        pass
    fail(f"--budget {text!r} is not an amount above zero, such as 1500000000")


def _write(file: Path, text: str) -> None:
    from comity.cli.fund_returns_asked import written_to

    written_to(file, text)


def _safe(text: str) -> str:
    from rich.markup import escape

    from comity.cli.record import plain

    return escape(plain(text))


def _print(table: Any) -> None:
    from rich.console import Console

    Console(width=100, highlight=False).print(table)
