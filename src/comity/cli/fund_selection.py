"""`comity fund select`: members choose missions, each with a budget and a ballot."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

select = typer.Typer(
    name="select", help="Choose missions together, each member with a budget and a ballot.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(select)
