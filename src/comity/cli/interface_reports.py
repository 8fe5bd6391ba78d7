"""`comity interface icd`, `n2`, `gaps`, `adopt`: what follows from the check."""

from __future__ import annotations

import typer

from comity.cli.interface import interface


def register(app: typer.Typer) -> None:
    """Joins `comity interface`."""
