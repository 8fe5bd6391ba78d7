"""`comity fund call`: calls, payments, arrears, payments in kind and barter."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

call = typer.Typer(
    name="call", help="Calls for contributions, payments, arrears, in kind, barter.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(call)
