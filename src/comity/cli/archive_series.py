"""`comity archive series`: time series of a dataset made ready for HAPI."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.archive import ArchiveArgument, archive, opened
from comity.cli.places import print_json
from comity.cli.programmes import JsonOption


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="series")(series)


def series(
    folder: ArchiveArgument,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its id.")],
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read files.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the time series of a dataset ready for HAPI: only what is new. `ingest` does so at its end."""
    from comity.archive.series import build_series
    from comity.cli.progress import Display

    with opened(folder) as found, Display(quiet=quiet) as show_progress:
        show_progress.stage("Making series ready")
        built = build_series(found, dataset, workers=workers, on_progress=show_progress.counted)
    if as_json:
        print_json(built.to_dict())
    else:
        typer.echo(f"{built.made} made, {built.kept} there already, {built.removed} old taken away")
        if built.repeated:
            typer.echo(f"  {built.repeated:,} records had a time that came again in the same file: the last stands")
        for product, problem in built.failed:
            typer.echo(f"{product}: {problem}", err=True)
    if built.failed:
        raise typer.Exit(1 if built.made or built.kept else 2)
