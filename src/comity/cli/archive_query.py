"""`comity archive query`: ADQL on all that an archive holds, as anybody may see it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, reader_of
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="query")(query)


def query(
    folder: ArchiveArgument,
    adql: Annotated[str, typer.Argument(metavar="ADQL", help="The query; `-` reads it from standard input.")],
    who: WhoOption = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="csv, tsv, votable, votable/td, fits, parquet, json."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Into this file.")] = None,
    rows: Annotated[int, typer.Option("--maxrec", min=0, metavar="N", help="Rows at most.")] = 20_000,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, metavar="S", help="Seconds at most.")] = 600.0,
    as_json: JsonOption = False,
) -> None:
    """Ask in ADQL 2.1: `SELECT … FROM ivoa.obscore`, a catalogue, or tap_schema.tables, which lists what there is."""
    from comity.archive.query import QueryLimits, answered
    from comity.archive.tap.results import encoded, format_of
    from comity.model.whole_files import write_whole

    text = sys.stdin.read() if adql == "-" else adql
    short = "json" if as_json else None if kind is None else format_of_or_fail(kind, format_of)
    with opened(folder) as found:
        answer = answered(found, reader_of(found, who), text, limits=QueryLimits(rows=rows, time_s=seconds, threads=2))
    if short is None and out is not None:
        short = "csv"
    if short is None:
        _print(answer)
    else:
        body = encoded(answer, short)
        if out is not None:
            write_whole(out, body)
        elif as_json:
            import json

            print_json(json.loads(body))
        elif short in ("fits", "parquet") and sys.stdout.isatty():
            fail(f"{short} is no text; --out FILE takes it")
        else:
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
    if answer.is_cut:
        typer.echo(f"there are more than {rows:,} rows; --maxrec takes more", err=True)


def format_of_or_fail(kind: str, format_of: Any) -> str:
    """The short name of a format; a wrong one ends the command with 2."""
    from comity.archive import ArchiveError

    try:
        return str(format_of(kind))
    except ArchiveError as error:
        fail(str(error).replace("RESPONSEFORMAT=", "--format "))


def _print(answer: Any) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in answer.columns:
        head = escape(column.name) + (f" [dim]\\[{escape(column.unit)}][/dim]" if column.unit else "")
        table.add_column(head, overflow="fold")
    for row in zip(*(c.to_pylist() for c in answer.table.columns), strict=True):
        table.add_row(*(escape(_shown(v)) for v in row))
    Console().print(table)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    return " ".join(map(_shown, value)) if isinstance(value, list) else str(value)
