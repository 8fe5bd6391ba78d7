"""`comity ndm`: CCSDS navigation data messages are shown, checked and converted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from comity.messages import Block, Message, Problem, Segment

#: Assignments of one block, and messages of one file, that a terminal shows; the rest is in --json.
SHOWN, SHOWN_MESSAGES = 60, 10

ndm = typer.Typer(
    name="ndm",
    help="Read, check, convert and compare CCSDS navigation data messages: OEM, OPM, OMM, TDM, CDM, AEM, APM.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds `comity ndm`."""
    app.add_typer(ndm)
    ndm.command(name="show")(show)
    ndm.command(name="check")(check)
    ndm.command(name="convert")(convert)


def read_or_fail(path: Path) -> Message:
    """The message of a file; ends the command with 2, telling all problems, when it cannot be read."""
    from comity.messages import MessageError, read

    try:
        return read(path)
    except MessageError as error:
        fatal = [problem for problem in error.problems if problem.fatal]
        if not fatal:
            fail(str(error))
        for problem in fatal:
            typer.echo(f"{path}:{problem}", err=True)
        fail(f"{path}: is not read: {len(fatal)} problem{'' if len(fatal) == 1 else 's'}")


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A message, in KVN or XML.")],
    as_json: JsonOption = False,
) -> None:
    """Show what a message says: its header, its metadata, and its data in short."""
    message = read_or_fail(file)
    if as_json:
        print_json(_told(message))
        return
    from rich.console import Console

    console = Console()
    messages = list(message.each())
    for one in messages[:SHOWN_MESSAGES]:
        _show(one, console)
    if len(messages) > SHOWN_MESSAGES:
        console.print(f"and {len(messages) - SHOWN_MESSAGES:,} more messages; --json has all")


def _told(message: Message) -> dict[str, Any]:
    if message.kind == "ndm":
        return {"kind": "ndm", "messages": [_told(one) for one in message.messages]}
    from comity.messages import Block

    def block(part: Block) -> dict[str, Any]:
        values = {f.keyword: f.value if f.unit is None else {"value": f.value, "unit": f.unit} for f in part.fields}
        values.pop("COMMENT", None)
        return {"comments": list(part.comments), **values} if part.comments else values

    def segment(part: Segment) -> dict[str, Any]:
        told: dict[str, Any] = {"metadata": block(part.metadata), "blocks": []}
        for data in part.data:
            if isinstance(data, Block):
                told["blocks"].append({"name": data.name, **block(data)})
            else:
                told["columns"], told["rows"] = list(data.columns), [list(row) for row in data.rows]
        return told

    return {
        "kind": message.kind,
        "version": message.version,
        "form": message.form,
        "header": block(message.header),
        **({"relative": block(message.relative)} if message.relative else {}),
        "segments": [segment(part) for part in message.segments],
    }


def _show(message: Message, console: Console) -> None:
    from rich.markup import escape

    from comity.messages import Block
    from comity.messages.books import book_of

    book = book_of(message.kind, message.version)
    assert book is not None
    console.print(
        f"[bold]{book.title}[/bold] {message.version}, {message.form.upper()}, by "
        f"{escape(message.header.get('ORIGINATOR') or 'nobody named')}, {escape(message.header.get('CREATION_DATE') or '')}"
    )
    if message.relative is not None:
        _show_block("Both objects", message.relative, console)
    for number, segment in enumerate(message.segments, start=1):
        title = "Metadata" if len(message.segments) == 1 else f"Metadata of segment {number}"
        _show_block(title, segment.metadata, console)
        matrices = segment.blocks("covarianceMatrix")
        for part in segment.data:
            if isinstance(part, Block) and (part.name != "covarianceMatrix" or len(matrices) == 1):
                _show_block(part.name, part, console)
        rows = segment.rows
        if rows is not None and rows.rows:
            epochs = rows.texts("EPOCH")
            kinds = f" of {', '.join(dict.fromkeys(rows.texts('KEYWORD')))}" if "KEYWORD" in rows.columns else ""
            console.print(f"{len(epochs):,} lines{escape(kinds)} from {epochs[0]} to {epochs[-1]}")
        if len(matrices) > 1:
            console.print(
                f"{len(matrices):,} covariances from {matrices[0].get('EPOCH')} to {matrices[-1].get('EPOCH')}"
            )


def _show_block(title: str, block: Block, console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for field in block.fields[:SHOWN]:
        unit = f" {field.unit}" if field.unit else ""
        table.add_row(field.keyword, escape(f"{field.value}{unit}"))
    console.print(table)


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Messages, in KVN or XML.")],
    as_json: JsonOption = False,
) -> None:
    """Check messages against their books, and tell all problems with their lines.

    Exit code 0 when there are none, 1 when a message breaks its book, 2 when a file is no message at all. What can hardly be
    meant (a position within the body, metres for kilometres) is told as a doubt and does not change it.
    """
    from comity.messages import MessageError, doubts, examined

    told: dict[Path, tuple[Problem, ...]] = {}
    doubted: dict[Path, tuple[Problem, ...]] = {}
    refused: dict[Path, str] = {}
    for file in files:
        try:
            told[file], message = examined(file)
            doubted[file] = doubts(message) if message else ()
        except MessageError as error:
            refused[file] = str(error)
    if as_json:
        print_json(
            [
                {
                    "file": str(file),
                    "ok": file in told and not told[file],
                    "readable": file in told and not any(p.fatal for p in told[file]),
                    "error": refused.get(file),
                    "problems": [asdict(p) for p in told.get(file, ())],
                    "doubts": [asdict(p) for p in doubted.get(file, ())],
                }
                for file in files
            ]
        )
    else:
        _print_problems(files, told, doubted, refused)
    raise typer.Exit(2 if refused else int(any(told.values())))


def _print_problems(
    files: list[Path],
    told: dict[Path, tuple[Problem, ...]],
    doubted: dict[Path, tuple[Problem, ...]],
    refused: dict[Path, str],
) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    for file in files:
        if file in refused:
            console.print(f"[red]{escape(refused[file])}[/red]", soft_wrap=True, highlight=False)
            continue
        found, doubts = told[file], doubted[file]
        if found:
            fatal = sum(p.fatal for p in found)
            state = f"{fatal} hinder reading" if fatal else "it can be read"
            console.print(
                _problem_table(f"{file}: {len(found)} problem{'' if len(found) == 1 else 's'}, {state}", found)
            )
        else:
            console.print(f"[green]{escape(str(file))}: keeps its book[/green]", soft_wrap=True, highlight=False)
        if doubts:
            many = f"{len(doubts)} doubt{'' if len(doubts) == 1 else 's'}"
            console.print(_problem_table(f"{file}: {many}, it may not be meant so", doubts))


def _problem_table(title: str, found: tuple[Problem, ...]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    table.add_column("Line", justify="right")
    table.add_column("Field", overflow="fold", max_width=24)
    table.add_column("What is wrong", overflow="fold")
    table.add_column("What would be right", overflow="fold")
    for problem in found:
        colour = "red" if problem.fatal else "yellow"
        table.add_row(
            str(problem.line),
            escape(problem.field),
            f"[{colour}]{escape(problem.what)}[/{colour}]",
            escape(problem.right),
        )
    return table


def convert(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A message, in KVN or XML.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The file to write.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="FORM", help="kvn or xml. Default: the other one, or TARGET's .xml.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a message in the other form, each value to the digit; written whole or not at all."""
    from comity.messages import MessageError, write

    message = read_or_fail(source)
    other = (
        "xml"
        if target.suffix.lower() == ".xml" or (message.form == "kvn" and target.suffix.lower() != ".kvn")
        else "kvn"
    )
    form = (to or other).lower()
    try:
        if form == "kvn":
            write(message, target, "kvn")
        elif form == "xml":
            write(message, target, "xml")
        else:
            fail(f"--to {to}: is neither kvn nor xml")
    except MessageError as error:
        fail(str(error))
    if as_json:
        print_json({"source": str(source), "target": str(target), "kind": message.kind, "form": form})
    else:
        typer.echo(f"{target}: {message.kind.upper()} in {form.upper()}")
