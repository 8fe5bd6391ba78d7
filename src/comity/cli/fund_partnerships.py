"""`comity fund partnership`: public-private partnerships."""

from __future__ import annotations

import typer

from comity.cli.fund import fund

partnership = typer.Typer(name="partnership", help="Commercial offers, milestones, escrow.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(partnership)
