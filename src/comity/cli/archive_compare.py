"""`comity archive compare`: two instruments over their common time, as a report that a board can sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, reader_of
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption
from comity.cli.record import told, written

SideArgument = Annotated[str, typer.Argument(metavar="DATASET:PARAMETER", help="An element of an array as [0].")]


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="compare")(compare)


def compare(
    folder: ArchiveArgument,
    first: SideArgument,
    second: SideArgument,
    start: Annotated[str | None, typer.Option(metavar="UTC", help="From when.")] = None,
    stop: Annotated[str | None, typer.Option(metavar="UTC", help="Until when.")] = None,
    gap: Annotated[float | None, typer.Option(metavar="S", min=0, help="Between records of the second.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Of the report.")] = None,
    remark: Annotated[str, typer.Option(metavar="TEXT", help="What those say who made it.")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="The report: .html or .json.")] = None,
    record: Annotated[str | None, typer.Option("--record", metavar="RECORD", help="Sign it there.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PARTNER", help="Who signs.")] = None,
    key: Annotated[list[Path] | None, typer.Option("--key", metavar="FILE", help="A private key that signs.")] = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two instruments: residuals, bias, drift; as a report with pictures that a board can sign on the record."""
    import json
    from datetime import UTC, datetime

    from comity.archive.crossvalidation import compare as compared
    from comity.model.whole_files import write_whole
    from comity.report.crossvalidation import CrossValidation, figures, name_of, render_crossvalidation, verdict

    if out is not None and out.suffix not in (".html", ".json"):
        fail(f"{out}: a report is .html or .json")
    if record is not None and (by is None or not key):
        fail("--record needs --by PARTNER and --key FILE")
    with opened(folder) as found:
        result = compared(
            found, first, second, reader_of(found, who), at=datetime.now(UTC), start=start, stop=stop, gap_s=gap
        )  # fmt: skip
    plain = {**result.to_dict(), "digest": result.digest(), "says": verdict(result)}
    if out is not None:
        named = title or f"{result.first.dataset} and {result.second.dataset}"
        text = (
            json.dumps(plain, indent=1, ensure_ascii=False)
            if out.suffix == ".json"
            else render_crossvalidation(CrossValidation(named, result, remark))
        )
        try:
            write_whole(out, text)
        except OSError as error:
            fail(f"{out}: {error.strerror}")
    if record is not None and by is not None and key:
        body = {
            "report": result.digest(), "first": name_of(result.first), "second": name_of(result.second),
            "says": verdict(result),
        }  # fmt: skip
        told(written(record, "archive.validate", body, by=by, keys=key, at=None), as_json=False)
    if as_json:
        print_json(plain)
        return
    typer.echo(verdict(result))
    for name, value, how in figures(result):
        typer.echo(f"  {name}: {value} ({how})")
    typer.echo(f"digest {result.digest()}")
