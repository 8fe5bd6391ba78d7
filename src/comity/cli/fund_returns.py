"""`comity fund return`: what comes back to each partner."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

returns = typer.Typer(name="return", help="Geographical, technology and training returns.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(returns)
