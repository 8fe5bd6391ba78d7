"""`comity verify`: is a plan right?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.places import fail, print_json, programme_of

if TYPE_CHECKING:
    from comity.model.programme import Programme
    from comity.roadmap.answer import Plan
    from comity.roadmap.verification import Violation

VALID, VIOLATED = 0, 1
GROUP = "Plans"
#: Rules that need the plan before a replanning to be judged in full.
_NEED_PREVIOUS = ("frozen", "sunk")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel=GROUP)(verify)


def verify(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json, or a folder that holds one.")],
    programme: Annotated[
        str | None,
        typer.Option(
            "--programme",
            "-p",
            metavar="PROGRAMME",
            help="What it is a plan for: a folder, or a bundled programme. Default: the bundled one that PLAN names.",
        ),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(metavar="PLAN", help="The plan before a replanning, to judge what is frozen and sunk."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a plan against every rule of its programme, independently of the planner.

    Exit code 0 when the plan is right, 1 when it breaks a rule, 2 when there is no such plan or programme, or it has
    problems.
    """
    from comity.roadmap.verification import verify as violations_of

    checked, before = _read(plan), None if previous is None else _read(previous)
    made_for = programme_of(programme, checked, as_json=as_json).programme
    assert made_for is not None
    found = violations_of(made_for, checked, previous=before)
    skipped = _NEED_PREVIOUS if checked.frozen_before is not None and before is None else ()
    if as_json:
        print_json(_told(checked, found, skipped))
    else:
        _show(made_for, checked, found, skipped)
    raise typer.Exit(VIOLATED if found else VALID)


def _read(path: Path) -> Plan:
    from comity.roadmap.plan_file import PlanFileError, read_plan

    try:
        return read_plan(path / "plan.json" if path.is_dir() else path)
    except PlanFileError as error:
        fail(str(error))


def _told(plan: Plan, found: tuple[Violation, ...], skipped: tuple[str, ...]) -> dict[str, object]:
    from comity.roadmap.verification import RULES

    return {
        "programme": plan.programme,
        "valid": not found,
        "rules": [*RULES],
        "not_checked": [*skipped],
        "violations": [{"rule": v.rule, "where": v.where, "message": v.message} for v in found],
    }


def _show(programme: Programme, plan: Plan, found: tuple[Violation, ...], skipped: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.roadmap.verification import RULES

    console, counts = Console(), Counter(v.rule for v in found)
    title = f"{programme.programme.name}: {len(plan.missions)} missions, {len(plan.elements)} elements"
    table = Table(title=escape(title), title_justify="left")
    table.add_column("Rule", no_wrap=True)
    table.add_column("What it demands")
    table.add_column("Found", justify="right")
    for rule, demand in RULES.items():
        state = "[yellow]needs --previous[/yellow]" if rule in skipped else "[green]ok[/green]"
        table.add_row(rule, demand, f"[red]{counts[rule]} wrong[/red]" if counts[rule] else state)
    console.print(table)
    for violation in found:
        message = f"[red]{violation.rule}[/red] {escape(violation.where)}: {escape(violation.message)}"
        console.print(message, soft_wrap=True, highlight=False)
    if found:
        console.print(f"[bold red]The plan breaks {len(counts)} of {len(RULES)} rules.[/bold red]")
    else:
        console.print(f"[bold green]The plan is right by all {len(RULES) - len(skipped)} rules checked.[/bold green]")
