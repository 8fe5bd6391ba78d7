"""`comity can adopt`: rules put on a record, by all parties or for a body to decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.can import group
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, Place, opened, told, written

RECORD_PANEL = "On a record"


def register(app: typer.Typer) -> None:
    """Nothing of its own: its command joins `comity can`."""


@group.command(rich_help_panel=RECORD_PANEL)
def adopt(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the rules are called on the record.")],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Their text, in Cedar.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the rules of this name.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="PARTNER", help="The partner that says it.")] = None,
    key: Annotated[
        list[Path], typer.Option("--key", metavar="FILE", help="A private key of each party; all of them sign.")
    ] = [],  # noqa: B006
    body: Annotated[
        Path | None,
        typer.Option(
            "--body",
            metavar="FILE",
            help="Write what would be adopted to FILE, for `comity governance propose RECORD … --about policy.adopt "
            "--body-file FILE`.",
        ),
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Adopt rules on a record, signed by all parties; or write them down for a body to decide."""
    if (file is None) != end:
        fail("give the file of the rules, or --end to end them")
    if (by is None or not key) == (body is None):
        fail("say who signs with --by and --key, or write the body for a decision with --body FILE")
    given = _body(place, name, file)
    if body is not None:
        try:
            with body.open("x", encoding="utf-8") as out:
                json.dump(given, out, ensure_ascii=False, indent=1)
        except OSError as error:
            fail(f"{body}: cannot be written: {error.strerror}")
        print_json(given) if as_json else typer.echo(f"{body}: the rules {name!r}, to be decided")
    elif by is not None:
        told(written(place, "policy.adopt", given, by=by, keys=key, at=at), as_json=as_json)


def _body(place: str, name: str, file: Path | None) -> dict[str, Any]:
    """The body of the entry: the text, checked, and the digest of the version that it replaces."""
    from comity.policy import Policies, PolicyError

    try:
        text = "" if file is None else file.read_text(encoding="utf-8")
        Policies.parse({str(file): text})
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}")
    except PolicyError as error:
        fail(str(error))
    with opened(place) as found:
        before = found.state.get("policies", name)
    return {"name": name, "text": text, **({"replaces": before["digest"]} if before else {})}
