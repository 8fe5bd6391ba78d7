"""`comity fund select`: members choose missions, each with a budget and a ballot."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import console_100, fund, well_given, written_to
from comity.cli.fund_options import Html
from comity.cli.places import fail, print_json, read_or_end
from comity.cli.programmes import JsonOption, ProgrammeArgument
from comity.cli.record import say

if TYPE_CHECKING:
    from comity.funding.selection.answer import Outcome
    from comity.funding.selection.election import Election
    from comity.funding.selection.explain import ProjectReason, VoterReason

select = typer.Typer(
    name="select", help="Choose missions together, each member with a budget and a ballot.", no_args_is_help=True
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="An election in Pabulib's format (.pb).")]
RuleOption = Annotated[str, typer.Option("--rule", metavar="RULE", help="mes (equal shares), phragmen or greedy.")]
SatisfactionOption = Annotated[
    str | None,
    typer.Option(
        "--satisfaction",
        metavar="WHAT",
        help="cost, cardinality, points or borda (ordinal ballots). Default: points when ballots have them, else cost.",
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
    html: Html = None,
    as_json: JsonOption = False,
) -> None:
    """Choose projects by one rule; exact, ties to the first name."""
    election = _read(file)
    outcome = _selected(election, rule, satisfaction, completion)
    _draw(html, election, outcome, completion, title=file.stem)
    _answer(election, outcome, as_json=as_json)
    if html is not None and not as_json:
        say(f"{html}")


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
    html: Html = None,
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
    _draw(html, election, outcome, completion, title=reading.programme.programme.name)
    chosen = [election.projects[p].id for p in outcome.chosen]
    command = " ".join(["comity plan", programme, *(f"--require {m}" for m in chosen)])
    _answer(election, outcome, as_json=as_json, required=chosen, command=command)
    if html is not None and not as_json:
        say(f"{html}")
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
    scale, unit = (10**6, " [M]") if election.budget >= 10**7 else (1, "")
    table = Table(box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for column in ("chosen", f"cost{unit}", "of budget", "with nothing", "projects each", f"money each{unit}"):
        table.add_column(column, justify="right")
    for name, s in rows:
        table.add_row(
            name, str(len(s.chosen)), _whole(s.cost / scale), f"{float(s.cost / election.budget):.1%}",
            f"{float(s.nothing):.1%}", f"{float(s.projects_each):.2f}", _whole(s.cost_each / scale),
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
        _say_project(reason)
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


def _draw(html: Path | None, election: Election, outcome: Outcome, completion: str, *, title: str) -> None:
    """Writes the page, where one is asked for."""
    if html is not None:
        from comity.report.selection import render_selection

        _write(html, render_selection(election, outcome, title=title, completion=completion))


def _usual(election: Election) -> str:
    return "points" if "points" in election.usable() else "cost"


def _all_rules(election: Election) -> list[tuple[str, dict[str, Any]]]:
    usable = election.usable()
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
    room = console_100().width - 41  # what the other columns leave
    table.add_column("project", max_width=min(28, room // 2), no_wrap=True)
    table.add_column("name", max_width=min(30, room // 2), no_wrap=True)
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


def _say_project(reason: ProjectReason) -> None:
    from comity.report.selection_told import how_chosen, plainly, who_paid, why_left_out

    say(f"{reason.project}, cost {plainly(reason.cost)}, {reason.supporters} supporters: {how_chosen(reason)}")
    for line in who_paid(reason) if reason.chosen else why_left_out(reason):
        say(f"  {line}")


def _say_voter(person: VoterReason) -> None:
    from comity.report.selection_told import plainly, supports

    say(f"{person.voter}: {supports(person)}")
    if person.held is not None and person.left is not None:
        say(f"  you held {plainly(person.held)}" + (" and paid for these:" if person.paid else ", and paid for none"))
        for name, amount in person.paid:
            say(f"    {name}: {plainly(amount)}")
        say(f"  {plainly(person.left)} is left")


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
    written_to(file, text)


def _safe(text: str) -> str:
    from rich.markup import escape

    from comity.cli.record import plain

    return escape(plain(text))


def _print(table: Any) -> None:
    console_100().print(table, highlight=False)
