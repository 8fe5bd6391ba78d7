"""`comity verify`: is a plan right?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import comity
from comity.model.problems import ProgrammeError, nearest
from comity.model.programme import Programme
from comity.model.reading import load
from comity.roadmap.answer import Plan
from comity.roadmap.plan_file import PlanFileError, read_plan
from comity.roadmap.verification import RULES, Violation
from comity.roadmap.verification import verify as violations_of

VALID, VIOLATED, BAD_INPUT = 0, 1, 2
#: Rules that need the plan before a replanning to be judged in full.
_NEED_PREVIOUS = ("frozen", "sunk")


def verify(
    plan: Annotated[Path, typer.Argument(help="The plan: a plan.json, or a folder that holds one.")],
    programme: Annotated[
        str | None,
        typer.Option(
            "--programme", "-p", help="The programme's folder, or the name of a bundled one. Default: by the plan."
        ),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", help="The plan that a replanned one stands on, to judge what is frozen and sunk."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Check a plan against every rule of its programme, independently of the planner.

    The exit status is 0 when the plan is right, 1 when it breaks a rule, and 2 when there is nothing to check: no plan,
    a file that is not one, a programme that is missing or has errors.
    """
    try:
        checked = read_plan(_plan_file(plan))
        before = read_plan(_plan_file(previous)) if previous is not None else None
        made_for = load(programme_folder(programme or checked.programme))
    except (PlanFileError, ProgrammeError, LookupError) as error:
        _refuse(str(error.args[0] if isinstance(error, LookupError) else error), as_json)
    found = violations_of(made_for, checked, previous=before)
    if as_json:
        print(json.dumps(_told(checked, found, before is not None), ensure_ascii=False, indent=1))
    else:
        _show(Console(), made_for, checked, found, before is not None)
    raise typer.Exit(VIOLATED if found else VALID)


def programme_folder(name: str) -> Path:
    """The folder of a programme: a path as it stands, or the name of a bundled one. LookupError when it is neither."""
    if Path(name).is_dir():
        return Path(name)
    bundled = _bundled()
    if name in bundled:
        return bundled[name]
    hint = nearest(name, bundled) or f"bundled are: {', '.join(sorted(bundled)) or 'none'}"
    raise LookupError(
        f"there is no programme {name!r}, neither a folder nor bundled; {hint}; give one with --programme"
    )


def _bundled() -> dict[str, Path]:
    package = Path(comity.__file__).resolve().parent
    homes = (Path("programmes"), package / "programmes", package.parents[1] / "programmes")
    return {f.name: f for home in reversed(homes) if home.is_dir() for f in sorted(home.iterdir()) if f.is_dir()}


def _plan_file(path: Path) -> Path:
    return path / "plan.json" if path.is_dir() else path


def _refuse(message: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"valid": None, "error": message}, ensure_ascii=False, indent=1))
    else:
        Console(stderr=True, soft_wrap=True).print(f"[red]comity verify:[/red] {escape(message)}", highlight=False)
    raise typer.Exit(BAD_INPUT)


def _skipped(plan: Plan, has_previous: bool) -> tuple[str, ...]:
    return _NEED_PREVIOUS if plan.frozen_before is not None and not has_previous else ()


def _told(plan: Plan, found: tuple[Violation, ...], has_previous: bool) -> dict[str, object]:
    return {
        "valid": not found,
        "programme": plan.programme,
        "rules": [*RULES],
        "not_checked": [*_skipped(plan, has_previous)],
        "violations": [{"rule": v.rule, "where": v.where, "message": v.message} for v in found],
    }


def _show(console: Console, programme: Programme, plan: Plan, found: tuple[Violation, ...], has_previous: bool) -> None:
    counts, skipped = Counter(v.rule for v in found), _skipped(plan, has_previous)
    title = f"{programme.programme.name}: {len(plan.missions)} missions, {len(plan.elements)} elements"
    table = Table(title=escape(title), title_justify="left")
    for heading in ("Rule", "What it demands", "Found"):
        table.add_column(heading, justify="right" if heading == "Found" else "left")
    for rule, demand in RULES.items():
        state = "[yellow]needs --previous[/yellow]" if rule in skipped else "[green]ok[/green]"
        table.add_row(rule, demand, f"[red]{counts[rule]} wrong[/red]" if counts[rule] else state)
    console.print(table)
    for violation in found:
        console.print(
            f"[red]{violation.rule}[/red] {escape(violation.where)}: {escape(violation.message)}", soft_wrap=True
        )
    if found:
        console.print(f"[bold red]The plan breaks {len(counts)} of {len(RULES)} rules.[/bold red]")
    else:
        console.print(f"[bold green]The plan is right by all {len(RULES) - len(skipped)} rules checked.[/bold green]")
