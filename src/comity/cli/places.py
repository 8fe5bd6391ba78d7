"""Finds the programme that an argument means, and ends a command when it has problems."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from comity.bundled import bundled

if TYPE_CHECKING:
    from comity.model import Reading
    from comity.model.problems import Problem
    from comity.roadmap import Plan


def programme_folder(argument: str) -> Path:
    """The folder that is meant: one that exists, or else a bundled programme's. Ends the command with 2 otherwise."""
    from comity.model.problems import nearest

    folder = Path(argument)
    if folder.is_dir():
        return folder
    known = bundled()
    if argument in known:
        return known[argument]
    if folder.exists():
        fail(f"{argument}: is not a folder; a programme is a folder of YAML files")
    hint = nearest(argument, known) or (f"bundled are {', '.join(known)}" if known else "`comity new` starts one")
    fail(f"{argument}: there is no such folder, nor a bundled programme of this name; {hint}")


def read_or_end(argument: str, *, as_json: bool = False) -> Reading:
    """The programme as read; prints its problems and ends the command with 2 when it has any."""
    from comity.model import read
    from comity.record.naming import is_record

    reading = _on_record(argument) if is_record(argument) else read(programme_folder(argument))
    if reading.programme is not None:
        reading = replace(reading, problems=(*reading.problems, *_unknown_standards(reading)))
    if reading.programme is None or reading.problems:
        show_problems(reading, as_json=as_json)
        raise typer.Exit(2)
    return reading


def _unknown_standards(reading: Reading) -> tuple[Problem, ...]:
    """Claims of its ports to standards that nobody knows; the register is opened only where there are claims."""
    assert reading.programme is not None
    elements = (e for mission in reading.programme.missions.values() for e in mission.elements.values())
    ports = (port for e in elements for own in (e.ports, *(o.ports for o in e.options)) for port in own.values())
    if not any(port.standards for port in ports):
        return ()
    from comity.standards import unknown_standards

    return unknown_standards(reading)


def plan_in(path: Path) -> Plan:
    """The plan of a file, or of its folder; ends the command with 2 when there is none."""
    from comity.roadmap.plan_file import PlanFileError, read_plan

    try:
        return read_plan(path / "plan.json" if path.is_dir() else path)
    except PlanFileError as error:
        fail(str(error))


def programme_of(programme: str | None, plan: Plan, *, as_json: bool = False) -> Reading:
    """The programme that a plan was made for: the one that is named, or the bundled one that the plan names."""
    if programme is None and plan.programme not in bundled() and not Path(plan.programme).is_dir():
        from comity.model.problems import nearest

        hint = nearest(plan.programme, bundled())
        said = f"{plan.programme}: there is no such folder, nor a bundled programme of this name"
        fail(f"{said}; {f'{hint} Or s' if hint else 's'}ay where the programme is with --programme")
    return read_or_end(programme or plan.programme, as_json=as_json)


def _on_record(argument: str) -> Reading:
    from comity.record import RecordError
    from comity.records import reading_at

    try:
        return reading_at(argument)
    except RecordError as error:
        fail(str(error))


def show_problems(reading: Reading, *, as_json: bool) -> None:
    """All problems of a programme: one a line on standard error, or as JSON on standard output."""
    problems = reading.problems
    if as_json:
        print_json({"programme": str(reading.folder), "ok": False, "problems": [p.to_dict() for p in problems]})
        return
    for problem in problems:
        typer.echo(str(problem), err=True)
    typer.echo(f"{len(problems)} problem{'' if len(problems) == 1 else 's'} in {reading.folder}", err=True)


def print_json(value: Any) -> None:
    """Prints a value as JSON; decimals and months as text."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def fail(message: str) -> NoReturn:
    """Ends the command: the input is wrong, and this is why."""
    typer.echo(message, err=True)
    raise typer.Exit(2)
