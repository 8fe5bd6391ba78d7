"""`comity archive crossmatch`, `coverage`: what partners' data have in common on the sky."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, reader_of
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.archive.co_coverage import Looked


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="crossmatch")(crossmatch)
    archive.command(name="coverage")(coverage)


def crossmatch(
    folder: ArchiveArgument,
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A dataset with a catalogue.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="Another.")],
    radius: Annotated[float, typer.Option(metavar="ARCSEC", help="No pair lies further apart.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The pairs, as .parquet.")],
    sigma: Annotated[float | None, typer.Option(metavar="K", help="Nor further than so many sigma.")] = None,
    keep_all: Annotated[bool, typer.Option("--all", help="All pairs; default: the nearest of each row.")] = False,
    errors: Annotated[
        list[str] | None,
        typer.Option("--errors", metavar="DATASET=RA,DEC", help="Columns of errors, or one number in arcsec."),
    ] = None,
    motions: Annotated[
        list[str] | None,
        typer.Option("--motions", metavar="DATASET=RA,DEC@YEAR", help="Columns of motions, and the places' epoch."),
    ] = None,
    epoch: Annotated[
        list[str] | None, typer.Option("--epoch", metavar="DATASET=YEAR", help="The epoch of places without motions.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--column", "-c", metavar="DATASET=COLUMN", help="Only this; may be repeated.")
    ] = None,
    who: WhoOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Pair the rows of two catalogues by their places, after motions and within errors, as a Parquet file."""
    from comity.archive.catalogues import open_catalogue
    from comity.archive.crossmatch import Match
    from comity.archive.crossmatch import crossmatch as pairs
    from comity.archive.crossmatch_files import measured_of, write_matches
    from comity.cli.progress import Display

    if out.suffix != ".parquet":
        fail(f"--out {out}: ends with .parquet")
    with opened(folder) as found, Display(quiet=quiet) as show_progress:
        reader = reader_of(found, who)
        one, two = (open_catalogue(found, name, reader) for name in (first, second))
        told = measured_of((first, second), errors=errors or (), motions=motions or (), epochs=epoch or ())
        show_progress.stage("Matching")
        asked = {
            name: [c for d, _, c in (t.partition("=") for t in columns or ()) if d == name] for name in (first, second)
        }
        keep: Literal["nearest", "all"] = "all" if keep_all else "nearest"
        matched = pairs(
            one, two, Match(radius, sigma, keep), measured=told,
            columns=(asked[first] or None, asked[second] or None),
            on_progress=show_progress.counted,
        )  # fmt: skip
        try:
            summary = write_matches(matched, out, keep)
        except OSError as error:
            fail(f"--out {out}: {error.strerror or error}")
    if as_json:
        print_json({"file": str(out), "first": first, "second": second, "rows": one.rows, **summary})
        return
    typer.echo(f"{out}: {summary['pairs']:,} pairs; {summary['matched']:,} of {one.rows:,} rows of {first} have one")
    if summary["doubtful"]:
        typer.echo(f"{summary['doubtful']:,} of them could be paired otherwise, too (_candidates above 1)")


def coverage(
    folder: ArchiveArgument,
    datasets: Annotated[list[str], typer.Argument(metavar="DATASETS...", help="Two or more, of several partners.")],
    order: Annotated[int, typer.Option(min=0, max=14, metavar="K", help="HEALPix order: 8 is 14 arcmin.")] = 8,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The sky as a picture: .svg.")] = None,
    nobody: Annotated[Path | None, typer.Option(metavar="FILE", help="Where nobody looks, as a MOC: .fits.")] = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what datasets cover of sky and time, alone and together, and where nobody looks."""
    from datetime import UTC, datetime

    from comity.archive.co_coverage import co_coverage
    from comity.archive.coverage import written
    from comity.model.whole_files import write_whole
    from comity.report.sky import sky_svg

    for file, suffix in ((out, ".svg"), (nobody, ".fits")):
        if file is not None and file.suffix != suffix:
            fail(f"{file}: ends with {suffix}")
    with opened(folder) as found:
        told = co_coverage(found, reader_of(found, who), datasets, datetime.now(UTC), order=order)
        title = found.settings.title
    try:
        if out is not None:
            write_whole(out, sky_svg(f"{title}: who looks where", [(c.dataset, c.space) for c in told.looked]))
        if nobody is not None:
            write_whole(nobody, written(told.nobody, "fits"))
    except OSError as error:
        fail(str(error))
    plain = told.to_dict()
    if as_json:
        print_json({**plain, "files": [str(f) for f in (out, nobody) if f is not None]})
        return
    _print_coverage([*told.looked, *told.pairs], plain)
    for file in (out, nobody):
        if file is not None:
            typer.echo(f"{file}: written")


def _print_coverage(rows: list[Looked], plain: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.archive.co_coverage import SKY_DEG2

    table = Table("who", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head in ("deg²", "% of sky", "days"):
        table.add_column(head, justify="right")
    for row in rows:
        days = "" if row.days is None else f"{row.days:,.3f}"
        table.add_row(escape(row.dataset), f"{row.sky_deg2:,.3f}", f"{100 * row.sky_deg2 / SKY_DEG2:.3f}", days)
    for name in ("everybody", "anybody", "nobody"):
        area = plain[f"{name}_deg2"]
        table.add_row(name, f"{area:,.3f}", f"{100 * area / SKY_DEG2:.3f}", "")
    Console().print(table)
