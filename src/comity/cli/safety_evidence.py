"""`comity safety` on a record: a checklist agreed, evidence signed, accepted and refused, items waived, how it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.fund import proposal
from comity.cli.places import fail, print_json, read_or_end
from comity.cli.programmes import ProgrammeArgument
from comity.cli.record import AsJson, At, By, Keys, Place, opened, say, time_of, told, written
from comity.cli.safety import safety, well_given
from comity.cli.safety_options import (
    AsOf,
    CrewedOption,
    GateOption,
    MissionName,
    OptionOption,
    OwnerOption,
    PhaseOption,
    TemplateOption,
    WithOption,
    WithoutOption,
    phase_of,
    wanted_list,
)

RECORD_PANEL = "On a record"

ListName = Annotated[str, typer.Argument(metavar="CHECKLIST", help="Its name on the record.")]
ItemName = Annotated[str, typer.Argument(metavar="ITEM", help="An item of it.")]
Body = Annotated[str, typer.Option("--body", metavar="BODY", help="The body that decides.")]
DecisionKind = Annotated[str, typer.Option("--kind", metavar="KIND", help="The kind of its decisions.")]
Closes = Annotated[str, typer.Option("--closes", metavar="TIME", help="Until when votes are taken, UTC.")]


@safety.command(rich_help_panel=RECORD_PANEL)
def agree(
    place: Place,
    programme: ProgrammeArgument,
    mission: MissionName,
    by: By,
    key: Keys,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Default: the mission's.")] = None,
    template: TemplateOption = "common",
    crewed: CrewedOption = None,
    with_: WithOption = None,
    without: WithoutOption = None,
    owner: OwnerOption = None,
    option: OptionOption = None,
    accepts: Annotated[
        list[str] | None,
        typer.Option("--accepts", metavar="PARTNER", help="Who accepts evidence. Default: all others."),
    ] = None,
    body: Annotated[str | None, typer.Option("--body", metavar="BODY", help="Propose it to this body instead.")] = None,
    decision: Annotated[str | None, typer.Option("--decision", metavar="NAME", help="The decision's name.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="The kind of the body's decisions.")
    ] = None,
    closes: Annotated[str | None, typer.Option("--closes", metavar="TIME", help="Until when votes are taken.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a mission's checklist onto a record: signed by all parties, or proposed to a body.

    Every item needs one owner, and every trait an answer.
    """
    from comity.safety.standing import agreed_items

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    with well_given():
        wanted = wanted_list(reading.programme, mission, template, crewed, with_, without, owner, option)
        items = agreed_items(wanted)
    change = {"checklist": name or mission, "mission": mission, "items": items, "accepts": sorted(set(accepts or []))}
    if body is None:
        told(written(place, "safety.agree", change, by=by, keys=key, at=at), as_json=as_json)
        return
    if decision is None or kind is None or closes is None:
        fail("a proposal needs --decision, --kind and --closes besides --body")
    title = f"Safety checklist of {mission}"
    told(
        written(
            place, "decision.propose", proposal(body, "safety.agree", change, decision, kind, title, closes),
            by=by, keys=key, at=at,
        ),
        as_json=as_json,
    )  # fmt: skip


@safety.command(rich_help_panel=RECORD_PANEL)
def sign(
    place: Place,
    name: ListName,
    item: ItemName,
    by: By,
    key: Keys,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="A file, by its SHA-256.")] = None,
    link: Annotated[str | None, typer.Option("--link", metavar="URL", help="A link: https:// or doi:.")] = None,
    decision: Annotated[
        str | None, typer.Option("--decision", metavar="NAME", help="A decision on the record.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What it shows.")] = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Sign evidence for an item that one owns: a file, a link, or a decision."""
    body = {
        "checklist": name,
        "item": item,
        "evidence": _evidence(file, link, decision),
        **({"note": note} if note else {}),
    }
    told(written(place, "safety.sign", body, by=by, keys=key, at=at), as_json=as_json)


def _evidence(file: Path | None, link: str | None, decision: str | None) -> dict[str, str]:
    from comity.safety.files import file_evidence

    said = {k: v for k, v in (("link", link), ("decision", decision)) if v is not None}
    if len(said) + (file is not None) != 1:
        fail("give the evidence as one of --file, --link and --decision")
    with well_given():
        return said if file is None else file_evidence(file)


@safety.command(rich_help_panel=RECORD_PANEL)
def accept(
    place: Place, name: ListName, item: ItemName, by: By, key: Keys, at: At = None, as_json: AsJson = False
) -> None:
    """Accept the evidence for an item that another party signed."""
    _judge(place, "safety.accept", name, item, {}, by=by, key=key, at=at, as_json=as_json)


@safety.command(rich_help_panel=RECORD_PANEL)
def refuse(
    place: Place,
    name: ListName,
    item: ItemName,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What is missing.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Refuse the evidence for an item, with the reason; its owner may sign other evidence."""
    _judge(place, "safety.refuse", name, item, {"reason": reason}, by=by, key=key, at=at, as_json=as_json)


def _judge(
    place: str, kind: str, name: str, item: str, more: dict[str, str], *, by: str, key: list[Path], at: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    from comity.cli.record import signing_keys
    from comity.safety.kinds import SAID

    with opened(place) as found:
        said = found.now.state.get(SAID, f"{name}/{item}") or {}
        signed = said["signed"]["entry"] if "signed" in said else "nothing"
        body = {"checklist": name, "item": item, "signed": signed, **more}
        entry = found.write(kind, body, author=by, keys=signing_keys(key), at=time_of(at))
    told(entry, as_json=as_json)


@safety.command(rich_help_panel=RECORD_PANEL)
def waive(
    place: Place,
    name: ListName,
    item: ItemName,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it need not be shown.")],
    body: Body,
    kind: DecisionKind,
    closes: Closes,
    by: By,
    key: Keys,
    decision: Annotated[str | None, typer.Option("--decision", metavar="NAME", help="The decision's name.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="It ends then, UTC.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Propose to a body that an item need not be shown: only its decision waives it.

    The charter must entrust the body with safety.waive.
    """
    from comity.record import timestamp

    change: dict[str, Any] = {"checklist": name, "item": item, "reason": reason}
    ends = time_of(until)
    if ends is not None:
        change["until"] = timestamp(ends)
    called = decision or f"waive-{name}-{item}".replace("/", "-")
    proposed = proposal(body, "safety.waive", change, called, kind, f"Waiver of {item} of {name}", closes)
    told(written(place, "decision.propose", proposed, by=by, keys=key, at=at), as_json=as_json)


@safety.command(rich_help_panel=RECORD_PANEL)
def status(
    place: Place,
    name: Annotated[str | None, typer.Argument(metavar="[CHECKLIST]", help="This one. Default: all.")] = None,
    phase: PhaseOption = None,
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="PARTNER", help="Only what this one owes.")
    ] = None,
    gate: GateOption = False,
    at: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show how the checklists on a record stand, and who owes what by a phase."""
    from dataclasses import asdict

    from comity.safety.kinds import LISTS
    from comity.safety.standing import owed, party, standing

    upto, moment = phase_of(phase), time_of(at) or datetime.now(UTC)
    with opened(place) as found, well_given():
        if partner is not None:
            party(found.now.state, partner)
        names = [name] if name is not None else list(found.now.state.section(LISTS))
        stands = {n: standing(found.now.state, n, moment) for n in names}
    late = {n: owed(items, by=upto) for n, items in stands.items()}
    if partner is not None:
        late = {n: {who: what for who, what in owing.items() if who == partner} for n, owing in late.items()}
    if as_json:
        print_json(
            {
                n: {
                    "items": [asdict(one) for one in items],
                    "owed": {who: [one.item for one in what] for who, what in late[n].items()},
                }
                for n, items in stands.items()
            }
        )
    else:
        for n, items in stands.items():
            done = sum(one.done for one in items)
            say(f"{n}: {done} of {len(items)} items accepted or waived; owed up to the end of {upto}:")
            for who, what in late[n].items():
                say(f"  {who}: " + ", ".join(f"{o.item}{'' if o.status == 'owed' else f' ({o.status})'}" for o in what))
            if not late[n]:
                typer.echo("  nothing")
        if not stands:
            typer.echo("no checklist is on this record; `comity safety agree` puts one there")
    if gate and any(late.values()):
        raise typer.Exit(1)
