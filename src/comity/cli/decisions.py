"""`comity governance …` on a record: bodies established, the charter set, decisions taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.governance import governance
from comity.cli.places import fail, print_json
from comity.cli.record import (
    AsJson,
    AsOf,
    At,
    By,
    Keys,
    Place,
    body_given,
    opened,
    say,
    signing_keys,
    time_of,
    told,
    written,
)

if TYPE_CHECKING:
    from comity.record import State
    from comity.records import Record

RECORD_PANEL = "On a record"

Decision = Annotated[str, typer.Argument(metavar="DECISION", help="The name of the decision.")]
Closes = Annotated[str, typer.Option("--closes", metavar="TIME", help="Until when votes are taken, UTC.")]
Text = Annotated[str, typer.Option("--text", metavar="TEXT", help="The reasons, or what is said.")]


def register(app: typer.Typer) -> None:
    """Nothing of its own: its commands join `comity governance`."""


def _stamp(text: str | None) -> str | None:
    from comity.record import timestamp

    at = time_of(text)
    return None if at is None else timestamp(at)


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


# --- bodies and the charter ----------------------------------------------------------------------------------------------------


@governance.command(rich_help_panel=RECORD_PANEL)
def establish(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the body is called on the record.")],
    body: Annotated[str, typer.Argument(metavar="BODY", help="A shipped body, or a YAML file of one.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a body onto a record, signed by all parties."""
    from comity.cli.governance import body_of
    from comity.governance.seats import body_value

    document = body_value(body_of(body))
    told(
        written(place, "body.establish", {"body": name, "document": document}, by=by, keys=key, at=at), as_json=as_json
    )


@governance.command(rich_help_panel=RECORD_PANEL)
def charter(
    place: Place,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Mandates by name, in YAML. Default: list them.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="PARTNER", help="The partner that says it.")] = "",
    key: Annotated[list[Path], typer.Option("--key", metavar="FILE", help="A private key that signs.")] = [],  # noqa: B006
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say which changes need whose decision, or list it.

    FILE holds under `mandates:` maps of kind, about, body and decision, such as
    `budgets: {kind: programme.change, about: partners/*/budget, body: board, decision: budget}`.
    """
    if file is not None:
        told(written(place, "charter.set", body_given(None, file), by=by, keys=key, at=at), as_json=as_json)
        return
    with opened(place) as found:
        mandates = dict(found.state.section("mandates"))
    if as_json:
        print_json(mandates)
        return
    for name, m in mandates.items():
        say(f"{name}: {m['kind']} about {m['about']} needs a decision of {m['body']} (kind {m['decision']})")


# --- decisions -----------------------------------------------------------------------------------------------------------------


def _act(
    found: Record, change: Path | None, about: str | None, text: str | None, file: Path | None
) -> dict[str, Any] | None:
    """The entry that a decision is to be about: a change of the programme to a folder, or a kind and its body."""
    from comity.record.programme import CHANGE, change_to, checked_texts

    if change is not None:
        changed = change_to(found.state, checked_texts(change))
        if changed is None:
            fail(f"{change}: is what the record holds already; there is nothing to decide")
        return {"kind": CHANGE, "body": changed}
    return None if about is None else {"kind": about, "body": body_given(text, file)}


@governance.command(rich_help_panel=RECORD_PANEL)
def propose(
    place: Place,
    decision: Decision,
    body: Annotated[str, typer.Option(metavar="BODY", help="The body on the record that decides.")],
    kind: Annotated[str, typer.Option(metavar="KIND", help="The kind of decision, as the body knows it.")],
    title: Annotated[str, typer.Option(metavar="TEXT", help="What it is called.")],
    closes: Closes,
    by: By,
    key: Keys,
    change: Annotated[
        Path | None, typer.Option(metavar="DIR", help="About the programme becoming this folder.")
    ] = None,
    about: Annotated[str | None, typer.Option(metavar="KIND", help="About an entry of this kind …")] = None,
    set_: Annotated[str | None, typer.Option("--set", metavar="JSON", help="… with this body.")] = None,
    about_body: Annotated[Path | None, typer.Option("--body-file", metavar="FILE", help="… or that of a file.")] = None,
    participant: Annotated[
        list[str], typer.Option(metavar="PARTNER", help="Who takes part, where only they vote.")
    ] = [],  # noqa: B006
    effective: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it takes effect. Default: at once.")
    ] = None,
    text: Text = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a change, or a resolution, before a body."""
    with opened(place) as found:
        act = _act(found, change, about, set_, about_body)
        fields = given(
            title=title,
            text=text,
            closes=_stamp(closes),
            effective=_stamp(effective),
            participants=participant,
            about=act,
        )
        entry = found.write(
            "decision.propose",
            {"decision": decision, "body": body, "kind": kind, **fields},
            author=by,
            keys=signing_keys(key),
            at=time_of(at),
        )
    told(entry, as_json=as_json)


@governance.command(rich_help_panel=RECORD_PANEL)
def comment(
    place: Place, decision: Decision, text: Text, by: By, key: Keys, at: At = None, as_json: AsJson = False
) -> None:
    """Say something about a proposal, or about a decision after it (a minority's statement)."""
    told(
        written(place, "decision.comment", {"decision": decision, "text": text}, by=by, keys=key, at=at),
        as_json=as_json,
    )


@governance.command(rich_help_panel=RECORD_PANEL)
def amend(
    place: Place,
    decision: Decision,
    by: By,
    key: Keys,
    change: Annotated[
        Path | None, typer.Option(metavar="DIR", help="About the programme becoming this folder.")
    ] = None,
    about: Annotated[str | None, typer.Option(metavar="KIND", help="About an entry of this kind …")] = None,
    set_: Annotated[str | None, typer.Option("--set", metavar="JSON", help="… with this body.")] = None,
    closes: Annotated[str | None, typer.Option(metavar="TIME", help="Another end of the vote.")] = None,
    text: Text = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Change a proposal of yours; the votes so far are void."""
    with opened(place) as found:
        act = _act(found, change, about, set_, None)
        fields = given(about=act, closes=_stamp(closes), text=text)
        entry = found.write(
            "decision.amend", {"decision": decision, **fields}, author=by, keys=signing_keys(key), at=time_of(at)
        )
    told(entry, as_json=as_json)


@governance.command(rich_help_panel=RECORD_PANEL)
def vote(
    place: Place,
    decision: Decision,
    cast: Annotated[str, typer.Argument(metavar="yes|no|abstain")],
    by: By,
    key: Keys,
    statement: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    version: Annotated[
        int | None, typer.Option(metavar="N", help="The version you read. Default: the one there.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Vote on a proposal; the last vote before it closes counts."""
    with opened(place) as found:
        held = found.state.get("decisions", decision)
        read = version or (held["version"] if held else 1)
        body = {"decision": decision, "version": read, "vote": cast, **given(statement=statement)}
        entry = found.write("decision.vote", body, author=by, keys=signing_keys(key), at=time_of(at))
    told(entry, as_json=as_json)


@governance.command(rich_help_panel=RECORD_PANEL)
def withdraw(place: Place, decision: Decision, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Take a proposal of yours back."""
    told(written(place, "decision.withdraw", {"decision": decision}, by=by, keys=key, at=at), as_json=as_json)


@governance.command(rich_help_panel=RECORD_PANEL)
def close(place: Place, decision: Decision, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Count the votes; what passed and is in effect is applied. Prints the result and why."""
    _outcome(place, "decision.close", decision, by=by, key=key, at=at, as_json=as_json)


@governance.command(rich_help_panel=RECORD_PANEL)
def enact(place: Place, decision: Decision, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Apply a decision that passed earlier and is in effect now."""
    _outcome(place, "decision.enact", decision, by=by, key=key, at=at, as_json=as_json)


def _outcome(place: str, kind: str, decision: str, *, by: str, key: list[Path], at: str | None, as_json: bool) -> None:
    with opened(place) as found:
        found.write(kind, {"decision": decision}, author=by, keys=signing_keys(key), at=time_of(at))
        value = found.state.get("decisions", decision)
    if as_json:
        print_json({"decision": decision, **value})
        return
    say(f"{decision}: {value['status']}\n{value['explanation']}")
    if "obstacle" in value:
        say(f"not applied yet: {value['obstacle']}")


@governance.command(rich_help_panel=RECORD_PANEL)
def decisions(
    place: Place,
    decision: Annotated[
        str | None, typer.Argument(metavar="[DECISION]", help="This one alone, with all its votes.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List the decisions on a record, or show one: its votes, statements and result."""
    from comity.model.problems import nearest

    with opened(place) as found:
        at = time_of(as_of)
        state: State = found.state if at is None else found.as_of(at).state
        held = dict(state.section("decisions"))
    if decision is not None and decision not in held:
        fail(f"there is no decision {decision!r} on {found.place}; {nearest(decision, held) or 'there is none yet'}")
    if as_json:
        print_json(held if decision is None else held[decision])
    elif decision is None:
        for name, value in held.items():
            votes = [b["vote"] for b in value["ballots"].values()]
            tally = ", ".join(f"{votes.count(v)} {v}" for v in ("yes", "no", "abstain") if v in votes)
            say(f"{name:<24} {value['status']:<9} {value['body']:<12} {tally}")
    else:
        _show_decision(decision, held[decision])


def _show_decision(name: str, value: dict[str, Any]) -> None:
    say(f"{value['title']} ({name}, version {value['version']})")
    say(f"{value['status']}; {value['body']}, kind {value['kind']}; proposed by {value['by']} at {value['opened']}")
    if value.get("explanation"):
        say(value["explanation"])
    if value.get("obstacle"):
        say(f"not applied yet: {value['obstacle']}")
    if value["text"]:
        say(f"\n{value['text']}")
    if value["about"]:
        say(f"\nabout {value['about']['kind']}: {json.dumps(value['about']['body'], ensure_ascii=False)[:400]}")
    for member, ballot in sorted(value["ballots"].items()):
        said = f": {ballot['statement']}" if ballot["statement"] else ""
        say(f"  {member:<16} {ballot['vote']}{said}")
    for said_ in value["comments"]:
        say(f"  {said_['by']} at {said_['time']}: {said_['text']}")
