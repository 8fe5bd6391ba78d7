"""`comity archive crossmatch`, `coverage`: what partners' data have in common on the sky."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, reader_of
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="crossmatch")(crossmatch)


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
