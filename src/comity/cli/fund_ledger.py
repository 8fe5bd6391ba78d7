"""`comity fund ledger`: accounts, postings, commitments and balances."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

ledger = typer.Typer(name="ledger", help="The pool's double-entry ledger on a record.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(ledger)
