"""Commands on programmes: check, new, show, schema."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.places import fail, print_json, read_or_end, show_problems

GROUP = "Programmes"
ProgrammeArgument = Annotated[
    str, typer.Argument(metavar="PROGRAMME", help="A folder, a record, or the name of a bundled programme.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Described(StrEnum):
    """What has a published JSON Schema."""

    programme = "programme"
    plan = "plan"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=GROUP)(new)
    app.command(rich_help_panel=GROUP)(check)
    app.command(rich_help_panel=GROUP)(show)
    app.command(rich_help_panel=GROUP)(schema)


def check(programme: ProgrammeArgument, as_json: JsonOption = False) -> None:
    """Report all that is wrong with a programme, each with file, line, column and what would be right.

    Of a record's programme also where its agreements differ from what is in force on the record. Exit code 0 when it is
    clean, 2 when it has problems.
    """
    from comity.record.naming import is_record
    from comity.report.tables import counted, summary

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    if is_record(programme):
        from comity.records import agreement_differences

        differing = agreement_differences(programme)
        if differing:
            show_problems(replace(reading, problems=tuple(differing)), as_json=as_json)
            raise typer.Exit(2)
    holds = summary(reading.programme)
    if as_json:
        print_json({"programme": str(reading.folder), "ok": True, "problems": [], "holds": holds})
    else:
        typer.echo(f"{reading.folder}: no problems; {', '.join(counted(n, what) for what, n in holds.items())}")


def new(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    as_json: JsonOption = False,
) -> None:
    """Start a programme: a small, complete, commented example that checks clean, to be changed into yours."""
    from comity.model.writing import write_files

    example = Path(__file__).parent / "example_programme"
    files = {str(f.relative_to(example)): f.read_text(encoding="utf-8") for f in sorted(example.rglob("*.yaml"))}
    try:
        write_files(files, directory)
    except OSError as error:
        fail(str(error))
    if as_json:
        print_json({"programme": str(directory), "files": sorted(files)})
    else:
        typer.echo(f"{directory}: {len(files)} files; now run `comity check {directory}` and change it into yours")


def show(
    programme: ProgrammeArgument,
    sources: Annotated[
        bool, typer.Option("--sources", help="What is sourced, what estimated, and from which documents.")
    ] = False,
    mission: Annotated[str | None, typer.Option("--mission", metavar="ID", help="One mission, in full.")] = None,
    partner: Annotated[str | None, typer.Option("--partner", metavar="ID", help="One partner, in full.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a programme as tables and trees."""
    from rich.console import Console

    from comity.model.problems import nearest
    from comity.report import tables

    value = read_or_end(programme, as_json=as_json).programme
    if value is None:
        raise typer.Exit(2)
    for what, name, known in (("mission", mission, value.missions), ("partner", partner, value.partners)):
        if name is not None and name not in known:
            fail(f"no {what} is called {name!r}; {nearest(name, known) or f'there are {len(known)}'}")
    if as_json:
        print_json(tables.as_plain(value, sources=sources, mission=mission, partner=partner))
        return
    console = Console()
    for part in tables.shown(value, sources=sources, mission=mission, partner=partner):
        console.print(part)


def schema(
    what: Annotated[Described, typer.Argument(help="Of a programme's files, or of plan.json.")] = Described.programme,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema of a programme's files, or of a plan: editors complete and check by it."""
    if what is Described.programme:
        from comity.model.schema import programme_schema

        print_json(programme_schema())
    else:
        from comity.roadmap.answer import Plan

        print_json(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **Plan.model_json_schema(mode="serialization")}
        )
