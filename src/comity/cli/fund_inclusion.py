"""`comity fund inclusion`: a real place for small partners."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

inclusion = typer.Typer(
    name="inclusion", help="Reserved money, offers matched to needs, indicators.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(inclusion)
