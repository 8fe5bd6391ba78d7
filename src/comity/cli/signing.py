"""`comity agreement …` on a record: proposed, signed, ratified, amended, left, ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.agreement import document_of, group
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened, signing_keys, time_of, told, written

if TYPE_CHECKING:
    from comity.records import Record

RECORD_PANEL = "On a record"
Name = Annotated[str, typer.Argument(metavar="AGREEMENT", help="Its id on the record.")]


def register(app: typer.Typer) -> None:
    """Nothing of its own: its commands join `comity agreement`."""


@group.command(rich_help_panel=RECORD_PANEL)
def propose(
    place: Place,
    file: Annotated[str, typer.Argument(metavar="AGREEMENT", help="A file, or the name of a shipped agreement.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a draft onto a record, for its parties to sign."""
    document = document_of(file, as_json=as_json)
    body = {"document": document.to_record(), "digest": document.digest}
    told(written(place, "agreement.propose", body, by=by, keys=key, at=at), as_json=as_json)


@group.command(rich_help_panel=RECORD_PANEL)
def amend(
    place: Place,
    file: Annotated[str, typer.Argument(metavar="AGREEMENT", help="The new version, of the same id.")],
    by: By,
    key: Keys,
    decision: Annotated[str | None, typer.Option(metavar="NAME", help="The decision that it rests on.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a new version of an agreement in force onto a record."""
    document = document_of(file, as_json=as_json)
    body = {"agreement": document.id, "document": document.to_record(), "digest": document.digest}
    body |= {"decision": decision} if decision else {}
    told(written(place, "agreement.amend", body, by=by, keys=key, at=at), as_json=as_json)


@group.command(rich_help_panel=RECORD_PANEL)
def sign(
    place: Place,
    name: Name,
    by: By,
    key: Keys,
    digest: Annotated[
        str | None, typer.Option(metavar="SHA256", help="Of the text you read. Default: the draft's.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Sign the draft of an agreement, by the digest that its text bears."""
    _act(place, "agreement.sign", name, by=by, key=key, digest=digest, at=at, as_json=as_json)


@group.command(rich_help_panel=RECORD_PANEL)
def ratify(
    place: Place,
    name: Name,
    by: By,
    key: Keys,
    digest: Annotated[
        str | None, typer.Option(metavar="SHA256", help="Of the text signed. Default: the draft's.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Ratify what you signed."""
    _act(place, "agreement.ratify", name, by=by, key=key, digest=digest, at=at, as_json=as_json)


def _act(
    place: str, kind: str, name: str, *, by: str, key: list[Path], digest: str | None, at: str | None, as_json: bool
) -> None:
    with opened(place) as found:
        held = found.state.get("agreements", name) or {}
        meant = digest or held.get("draft") or held.get("current") or "none"
        entry = found.write(
            kind, {"agreement": name, "digest": meant}, author=by, keys=signing_keys(key), at=time_of(at)
        )
    told(entry, as_json=as_json)


@group.command(rich_help_panel=RECORD_PANEL)
def leave(place: Place, name: Name, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Give notice of withdrawal; prints when it takes effect."""
    with opened(place) as found:
        entry = found.write(
            "agreement.withdraw", {"agreement": name}, author=by, keys=signing_keys(key), at=time_of(at)
        )
        effective = found.state.get("agreements", name)["withdrawals"][by]["effective"]
    told(entry, as_json=as_json)
    if not as_json:
        typer.echo(f"{by} is bound by {name} until {effective}")


@group.command(rich_help_panel=RECORD_PANEL)
def terminate(
    place: Place,
    name: Name,
    by: By,
    key: Keys,
    notice: Annotated[bool, typer.Option("--notice", help="By notice, where it allows that; else by consent.")] = False,
    decision: Annotated[str | None, typer.Option(metavar="NAME", help="The decision that it rests on.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Agree to an agreement's end, or give notice of it."""
    body = {"agreement": name, "by": "notice" if notice else "consent", **({"decision": decision} if decision else {})}
    told(written(place, "agreement.terminate", body, by=by, keys=key, at=at), as_json=as_json)


@group.command(rich_help_panel=RECORD_PANEL)
def standing(
    place: Place,
    name: Annotated[str | None, typer.Argument(metavar="[AGREEMENT]", help="This one alone.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="At this time, UTC. Default: now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which agreements on a record bind whom at a time, and what is still to be signed."""
    from datetime import UTC, datetime

    from comity.model.problems import nearest

    moment = time_of(at) or datetime.now(UTC)
    with opened(place) as found:
        rows = _standing(found, moment)
    if name is not None:
        if name not in rows:
            fail(
                f"no agreement {name!r} is on {found.place}; {nearest(name, rows) or 'agreement propose puts one there'}"
            )
        rows = {name: rows[name]}
    if as_json:
        print_json(rows)
        return
    for known, row in rows.items():
        typer.echo(
            f"{known}: {row['status']}"
            + (f", version {row['version']} since {row['since'][:10]}" if row["since"] else "")
        )
        if row["parties"]:
            typer.echo(f"  binds {', '.join(row['parties'])}")
        if row["awaits"]:
            typer.echo(f"  the draft awaits {', '.join(row['awaits'])}")
        for party, effective in row["leaving"].items():
            typer.echo(f"  {party} leaves at {effective}")


def _standing(found: Record, moment: Any) -> dict[str, dict[str, Any]]:
    from comity.governance.agreements import standing as standing_of
    from comity.governance.agreements.standing import document

    state = found.now.state
    rows = {}
    for name, held in state.section("agreements").items():
        now = standing_of(state, name, moment)
        draft = held["versions"].get(held["draft"]) if held["draft"] else None
        rows[name] = {
            "status": "in force" if now else "not in force",
            "version": now.agreement.agreement.version if now else None,
            "digest": now.digest if now else None,
            "since": now.since.isoformat() if now else None,
            "parties": [*now.parties] if now else [],
            "draft": held["draft"],
            "awaits": [p for p in document(draft).parties if p not in draft["signatures"]] if draft else [],
            "leaving": {p: w["effective"] for p, w in held["withdrawals"].items()},
        }
    return rows
