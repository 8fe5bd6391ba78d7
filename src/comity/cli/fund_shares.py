"""`comity fund share`: fair shares by cooperative game theory."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

share = typer.Typer(name="share", help="Fair shares: Shapley, nucleolus, core, and simple rules.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(share)
