"""`comity archive catalogue`, `cone`, `synthetic`: tables ordered by place, and what lies around a place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, reader_of
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    import pyarrow as pa

DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="Its id.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="All of it into this file: .parquet or .csv.")
]
#: Rows and columns that a terminal shows.
SHOWN_ROWS, SHOWN_COLUMNS = 20, 6


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="catalogue")(catalogue)
    # A declination below zero is no option.
    archive.command(name="cone", context_settings={"ignore_unknown_options": True})(cone)
    archive.command(name="synthetic")(synthetic)


def catalogue(
    folder: ArchiveArgument,
    dataset: DatasetArgument,
    ra: Annotated[str | None, typer.Option(metavar="COLUMN", help="Right ascension [deg], if no UCD tells.")] = None,
    dec: Annotated[str | None, typer.Option(metavar="COLUMN", help="Declination [deg], if no UCD tells.")] = None,
    rows_of: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Names a dataset for each row: its readers see the row.")
    ] = None,
    file_rows: Annotated[int, typer.Option(min=1, metavar="N", help="Rows of a file at most.")] = 1_000_000,
    margin: Annotated[
        float | None, typer.Option(metavar="ARCSEC", help="With a margin, for LSDB's matches across files.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the catalogue of a dataset's tables anew: ordered by HEALPix, in the HATS layout, as LSDB opens it."""
    from comity.archive.catalogues import build
    from comity.cli.progress import Display

    with opened(folder) as found, Display(quiet=quiet) as show_progress:
        show_progress.stage("Making the catalogue")
        about = build(
            found,
            dataset,
            ra=ra,
            dec=dec,
            rows_of=rows_of,
            file_rows=file_rows,
            margin_arcsec=margin,
            on_progress=show_progress.counted,
        )
        place = found.room("catalogues", dataset) / "current"
    if as_json:
        print_json({**about.to_dict(), "folder": str(place)})
        return
    typer.echo(
        f"{about.rows:,} rows by {about.ra}, {about.dec} in {about.files:,} files, {about.bytes / 1e6:,.1f} MB: {place}"
    )
    if about.unplaced:
        typer.echo(f"{about.unplaced:,} rows have no place on the sky, and are left out", err=True)


def cone(
    folder: ArchiveArgument,
    dataset: DatasetArgument,
    ra: Annotated[float, typer.Argument(metavar="RA", help="Right ascension [deg].")],
    dec: Annotated[float, typer.Argument(metavar="DEC", help="Declination [deg].")],
    radius: Annotated[float, typer.Argument(metavar="RADIUS", help="[deg]")],
    columns: Annotated[
        list[str] | None, typer.Option("--column", "-c", metavar="COLUMN", help="Only this; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=0, metavar="N", help="The nearest so many.")] = None,
    out: OutOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a catalogue has within a radius of a place, the nearest first."""
    from comity.archive.catalogues import is_stale, open_catalogue
    from comity.archive.cone import cone as within

    with opened(folder) as found:
        one = open_catalogue(found, dataset, reader_of(found, who))
        rows = within(one, ra, dec, radius, columns=columns, limit=limit)
        stale = is_stale(found, one)
    if stale:
        typer.echo(
            f"the tables of {dataset} changed since: `comity archive catalogue` makes the catalogue anew", err=True
        )
    shown(rows, out=out, as_json=as_json, said={"dataset": dataset, "made": one.about.made, "stale": stale})


def synthetic(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new .parquet file.")],
    rows: Annotated[int, typer.Option(min=1, metavar="N", help="How many sources.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed draws the same.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Draw a synthetic catalogue of the sky to try scale with: nothing in it was observed."""
    from comity.archive.synthetic import drawn, write

    if file.exists():
        fail(f"{file}: is there already")
    try:
        written = write(drawn(rows, seed=seed), file)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    print_json({"file": str(file), "rows": written}) if as_json else typer.echo(
        f"{file}: {written:,} synthetic sources"
    )


def shown(rows: pa.Table, *, out: Path | None, as_json: bool, said: dict[str, Any]) -> None:
    """A table of rows to a file, as JSON, or its beginning on the terminal."""
    from rich.table import Table as Lines

    if out is not None:
        written_table(rows, out)
    if as_json:
        told = {**said, "count": rows.num_rows}
        print_json({**told, "file": str(out)} if out is not None else {**told, "rows": rows.to_pylist()})
        return
    if out is not None:
        typer.echo(f"{out}: {rows.num_rows:,} rows")
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape

    names = rows.column_names
    if len(names) > SHOWN_COLUMNS:
        names = [*names[: SHOWN_COLUMNS - 1], names[-1]]
    lines = Lines(*map(escape, names), box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in rows.slice(0, SHOWN_ROWS).select(names).to_pylist():
        lines.add_row(*(escape(_plain(row[n])) for n in names))
    Console().print(lines)
    more = [f"{rows.num_rows:,} rows"] if rows.num_rows > SHOWN_ROWS else []
    more += [f"{len(rows.column_names)} columns"] if len(names) < len(rows.column_names) else []
    if more:
        typer.echo(f"{' and '.join(more)} in all; --out FILE.parquet takes them")


def written_table(rows: pa.Table, out: Path) -> None:
    """Writes a table as Parquet or CSV, whole or not at all."""
    from pyarrow import csv, parquet

    writers: dict[str, Any] = {".parquet": parquet.write_table, ".csv": csv.write_csv}
    if out.suffix not in writers:
        fail(f"--out {out}: ends with .parquet or .csv")
    beside = out.with_name(f".{out.name}.part")
    try:
        writers[out.suffix](rows, beside)
        beside.replace(out)
    except OSError as error:
        fail(f"--out {out}: {error.strerror or error}")
    finally:
        beside.unlink(missing_ok=True)


def _plain(value: Any) -> str:
    return f"{value:.8g}" if isinstance(value, float) else "" if value is None else str(value)
