"""`comity fund`: the pool. Each part of it is a module of its own that joins this group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from comity.cli.places import fail
from comity.cli.record import opened, signing_keys, time_of, told

if TYPE_CHECKING:
    from rich.console import Console

    from comity.record import State

fund = typer.Typer(
    name="fund",
    help="Who pays what into the pool, where it went, what came back, and whether that is fair.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds `comity fund`; its commands are of the modules `fund_*`."""
    app.add_typer(fund)


# --- what the modules of the group share -------------------------------------------------------------------------------------


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


def today(day: str | None) -> str:
    """The day that is meant, as text."""
    from datetime import UTC, datetime

    moment = time_of(day)
    return (moment or datetime.now(UTC)).date().isoformat()


def composed(
    place: str,
    kind: str,
    compose: Callable[[State], dict[str, Any]],
    *,
    by: str,
    keys: list[Path],
    at: str | None,
    as_json: bool,
    asked: tuple[str, dict[str, Any], str | None] | None = None,
) -> None:
    """Writes an entry whose body is computed from what the record says; ends the command with 2 when it cannot be.

    `asked` (the journal's key, the body but for the journal, the day if it was given): once that is done, it is told so.
    """
    from comity.funding.ledger.client import written_before
    from comity.record import Refused

    with opened(place) as found, well_given():
        try:
            before = written_before(found, kind, asked[0], asked[1], day=asked[2]) if asked is not None else None
            body = compose(found.state) if before is None else {}
        except Refused as error:
            fail(str(error))
        entry = before or found.write(kind, body, author=by, keys=signing_keys(keys), at=time_of(at))
    told(entry, as_json=as_json)
    if before is not None:
        typer.echo("It was done before, and is not done again.", err=True)


def written_to(path: Path, text: str) -> str:
    """Writes a file, whole or not at all; its name."""
    from comity.model.whole_files import write_whole

    try:
        write_whole(path, text)
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror or error}")
    return str(path)


def console_100() -> Console:
    """The terminal, as wide as it is, but no wider than 100 columns."""
    from rich.console import Console

    console = Console()
    console.width = min(console.width, 100)
    return console
