"""`comity fund`: the pool. Each part of it is a module of its own that joins this group."""

from __future__ import annotations

import typer

fund = typer.Typer(
    name="fund",
    help="Who pays what into the pool, where it went, what came back, and whether that is fair.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds `comity fund`; its commands are of the modules `fund_*`."""
    app.add_typer(fund)
