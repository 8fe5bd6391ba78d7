"""`comity governance dispute …`: disputes on a record."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.decisions import RECORD_PANEL, Text, given
from comity.cli.governance import governance
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened, say, time_of, told, written

dispute = typer.Typer(no_args_is_help=True, help="Disputes: opened, answered, settled, taken a step up, decided.")
governance.add_typer(dispute, name="dispute", rich_help_panel=RECORD_PANEL)

Dispute = Annotated[str, typer.Argument(metavar="DISPUTE", help="The name of the dispute.")]


def register(app: typer.Typer) -> None:
    """Nothing of its own: its commands join `comity governance`."""


@dispute.command("open")
def open_(
    place: Place,
    name: Dispute,
    against: Annotated[list[str], typer.Option(metavar="PARTNER", help="Whom it is against; repeatable.")],
    claim: Annotated[str, typer.Option(metavar="TEXT", help="What is claimed.")],
    by: By,
    key: Keys,
    agreement: Annotated[
        str | None, typer.Option(metavar="ID", help="The agreement on the record that it is under.")
    ] = None,
    clause: Annotated[str | None, typer.Option(metavar="ID", help="The clause.")] = None,
    relief: Annotated[str, typer.Option(metavar="TEXT", help="What is asked for.")] = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open a dispute. Its ladder is that of the agreement, or the usual one."""
    body = {"dispute": name, "against": against, "claim": claim}
    body |= given(agreement=agreement, clause=clause, relief=relief)
    told(written(place, "dispute.open", body, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def reply(place: Place, name: Dispute, text: Text, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Answer, or say something more."""
    told(written(place, "dispute.reply", {"dispute": name, "text": text}, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def evidence(
    place: Place,
    name: Dispute,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document; its SHA-256 goes onto the record.")],
    by: By,
    key: Keys,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is. Default: the file's name.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a document's digest onto the record as evidence."""
    try:
        with file.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    body = {"dispute": name, "title": title or file.name, "sha256": digest}
    told(written(place, "dispute.evidence", body, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def interim(
    place: Place,
    name: Dispute,
    measure: Annotated[str, typer.Option(metavar="TEXT", help="What holds meanwhile.")],
    by: By,
    key: Keys,
    freeze: Annotated[
        list[str], typer.Option(metavar="KIND:ABOUT", help="What stands still, as programme.change:missions/hera.")
    ] = [],  # noqa: B006
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose a measure for the meantime; it holds once all sides consent."""
    freezes = []
    for frozen in freeze:
        kind, colon, about = frozen.partition(":")
        if not colon:
            fail(f"--freeze {frozen!r} is not of the form KIND:ABOUT, such as programme.change:missions/hera")
        freezes.append({"kind": kind, "about": about})
    body = {"dispute": name, "measure": measure, "freezes": freezes}
    told(written(place, "dispute.interim", body, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def settle(
    place: Place,
    name: Dispute,
    terms: Annotated[str, typer.Option(metavar="TEXT", help="The terms.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose terms that end the dispute once all sides consent."""
    told(written(place, "dispute.settle", {"dispute": name, "terms": terms}, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def consent(
    place: Place,
    name: Dispute,
    by: By,
    key: Keys,
    measure: Annotated[int | None, typer.Option(metavar="N", help="To the interim measure of this number.")] = None,
    settlement: Annotated[int | None, typer.Option(metavar="N", help="To the settlement of this number.")] = None,
    tribunal: Annotated[str | None, typer.Option(metavar="PARTNER", help="That this tribunal decides.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Consent to an interim measure, a settlement or a tribunal."""
    body = {"dispute": name, **given(measure=measure, settlement=settlement, tribunal=tribunal)}
    told(written(place, "dispute.consent", body, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def escalate(place: Place, name: Dispute, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Take the dispute a step up the ladder, once its period has run out."""
    told(written(place, "dispute.escalate", {"dispute": name}, by=by, keys=key, at=at), as_json=as_json)


@dispute.command()
def award(
    place: Place,
    name: Dispute,
    text: Annotated[str, typer.Option("--award", metavar="TEXT", help="The award.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Give the tribunal's award; signed by the tribunal."""
    told(written(place, "dispute.award", {"dispute": name, "award": text}, by=by, keys=key, at=at), as_json=as_json)


@dispute.command("withdraw")
def take_back(place: Place, name: Dispute, by: By, key: Keys, at: At = None, as_json: AsJson = False) -> None:
    """Take a dispute of yours back."""
    told(written(place, "dispute.withdraw", {"dispute": name}, by=by, keys=key, at=at), as_json=as_json)


@dispute.command("list")
def list_(
    place: Place,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="The clocks at this time. Default: now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the disputes: at which step, who must act by when, what is frozen."""
    from datetime import UTC, datetime

    from comity.governance.disputes import clock, frozen_by

    with opened(place) as found:
        state = found.state
    moment = time_of(at) or datetime.now(UTC)
    rows = []
    for name, value in state.section("disputes").items():
        now = clock(state, name, moment)
        rows.append(
            {
                "dispute": name,
                "status": value["status"],
                "sides": [value["by"], *value["against"]],
                "agreement": value["agreement"],
                "claim": value["claim"],
                "step": now.step if now else None,
                "who": [*now.who] if now else [],
                "due": now.due.isoformat() if now and now.due else None,
                "overdue": bool(now and now.overdue),
                "frozen": [f"{f['kind']}:{f['about']}" for f in frozen_by(value)],
                "outcome": value.get("outcome"),
            }
        )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        say(f"{row['dispute']}: {row['status']}; {' against '.join([row['sides'][0], ', '.join(row['sides'][1:])])}")
        say(f"  {row['claim']}")
        if row["step"]:
            due = f" by {row['due'][:10]}{' (overdue)' if row['overdue'] else ''}" if row["due"] else ""
            say(f"  {row['step']}: {', '.join(row['who'])} must act{due}")
        if row["frozen"]:
            say(f"  frozen: {', '.join(row['frozen'])}")
        if row["outcome"]:
            say(f"  outcome: {row['outcome']}")
