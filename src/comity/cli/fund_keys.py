"""`comity fund key`: contribution keys, and what they come to."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

key = typer.Typer(name="key", help="Contribution keys, and what each partner owes by them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(key)
