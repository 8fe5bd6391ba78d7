"""`comity fund`: the pool. Each part of it is a module of its own that joins this group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from comity.cli.places import fail

fund = typer.Typer(
    name="fund",
    help="Who pays what into the pool, where it went, what came back, and whether that is fair.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds `comity fund`; its commands are of the modules `fund_*`."""
    app.add_typer(fund)


@contextmanager
def well_given() -> Iterator[None]:
    """Ends the command with 2 when what was given cannot be taken: a FundingError, which says what would be right."""
    from comity.funding import FundingError

    try:
        yield
    except FundingError as error:
        fail(str(error))


def proposal(
    body: str, about: str, change: dict[str, Any], decision: str, kind: str, title: str, closes: str
) -> dict[str, Any]:
    """What puts a change (a kind of entry, and its body) before a body of the record."""
    from comity.cli.record import time_of
    from comity.record import timestamp

    until = time_of(closes)
    assert until is not None
    return {
        "decision": decision,
        "body": body,
        "kind": kind,
        "title": title,
        "closes": timestamp(until),
        "about": {"kind": about, "body": change},
    }
