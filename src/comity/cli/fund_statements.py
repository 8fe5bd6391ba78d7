"""`comity fund statement`: statements and exports of a ledger."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

statement = typer.Typer(name="statement", help="Trial balance, statements, exports of a ledger.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(statement)
