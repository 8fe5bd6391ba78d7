"""`comity network`: shared ground stations and other facilities. Each part is a module of its own that joins this group."""

from __future__ import annotations

import typer

network = typer.Typer(
    name="network",
    help="Who sees whom, who gets which hours, and why not more.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds `comity network`."""
    app.add_typer(network)
