"""`comity archive demo`: an archive of real samples, made and served by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.archive import archive
from comity.cli.archive_serve import serve
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="demo")(demo)


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A new folder; one that holds a demo is served.")
    ] = Path("demo.archive"),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Make it and end.")] = False,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="On which port; 0 takes a free one.")] = 8080,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an archive of real samples, a product of each format at least, and serve it until interrupted."""
    from comity.archive import ArchiveError
    from comity.archive.demo import demo as made
    from comity.cli.progress import Display

    if not (folder / "archive.yaml").is_file():
        try:
            with Display(quiet=quiet) as show:
                opened, taken = made(folder, on_sample=lambda title: show.stage(title))
            opened.close()
        except ArchiveError as error:
            fail(str(error))
        rows = [{"dataset": t.dataset.id, "files": t.result.new, "missing": dict(t.result.missing)} for t in taken]
        if as_json:
            print_json({"archive": str(folder), "datasets": rows})
        else:
            for t in taken:
                typer.echo(f"{t.dataset.id}: {t.result.new} files, {t.dataset.title}")
    if not no_serve:
        serve(folder, host=host, port=port)
