"""`comity safety` checklists: asked of a programme, agreed on a record, signed, accepted, waived."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import proposal
from comity.cli.places import fail, print_json, read_or_end
from comity.cli.programmes import ProgrammeArgument
from comity.cli.record import AsJson, At, By, Keys, Place, opened, plain, say, time_of, told, written
from comity.cli.safety import safety, well_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.model.programme import Programme
    from comity.safety.checklist import Checklist
    from comity.safety.registration import Registration
    from comity.safety.standing import ItemStanding

RECORD_PANEL = "On a record"
COLOURS = {"accepted": "green", "waived": "cyan", "signed": "yellow", "refused": "red", "owed": "dim"}

MissionName = Annotated[str, typer.Argument(metavar="MISSION", help="A mission of the programme.")]
TemplateOption = Annotated[
    str, typer.Option("--template", metavar="NAME", help="A shipped list, or a YAML file of your own.")
]
CrewedOption = Annotated[
    bool | None, typer.Option("--crewed/--uncrewed", help="Do people fly with it? Default: by its elements.")
]
WithOption = Annotated[list[str] | None, typer.Option("--with", metavar="TRAIT", help="It has this; repeatable.")]
WithoutOption = Annotated[list[str] | None, typer.Option("--without", metavar="TRAIT", help="It has not.")]
OwnerOption = Annotated[
    list[str] | None, typer.Option("--owner", metavar="ROLE=PARTNER", help="Who holds a role; repeatable.")
]
OptionOption = Annotated[
    list[str] | None, typer.Option("--option", metavar="ELEMENT=OPTION", help="How an element is provided.")
]
PhaseOption = Annotated[str | None, typer.Option("--phase", metavar="PHASE", help="Up to the end of this phase.")]
ListName = Annotated[str, typer.Argument(metavar="CHECKLIST", help="Its name on the record.")]
ItemName = Annotated[str, typer.Argument(metavar="ITEM", help="An item of it.")]
Body = Annotated[str, typer.Option("--body", metavar="BODY", help="The body that decides.")]
DecisionKind = Annotated[str, typer.Option("--kind", metavar="KIND", help="The kind of its decisions.")]
Closes = Annotated[str, typer.Option("--closes", metavar="TIME", help="Until when votes are taken, UTC.")]


@safety.command()
def templates(as_json: AsJson = False) -> None:
    """List the checklists that come with comity, their traits, and what they rest on."""
    from comity.safety.checklist import read_template, shipped_templates
    from comity.safety.phases import PHASES

    with well_given():
        found = {name: read_template(name) for name in shipped_templates()}
    if as_json:
        print_json({name: t.model_dump(mode="json") for name, t in found.items()})
        return
    for name, t in found.items():
        typer.echo(f"{name}: {t.name}; {len(t.items)} items, {len(t.sources)} documents")
        for phase in PHASES:
            typer.echo(f"  {phase}: {', '.join(i.id for i in t.items.values() if i.phase == phase)}")
        typer.echo("  traits:")
        for trait, meaning in t.traits.items():
            typer.echo(f"    {trait}: {meaning}")


@safety.command()
def checklist(
    programme: ProgrammeArgument,
    mission: MissionName,
    record: Annotated[
        str | None, typer.Option("--record", metavar="RECORD", help="How it stands there, under the mission's name.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Another name on the record.")] = None,
    template: TemplateOption = "common",
    crewed: CrewedOption = None,
    with_: WithOption = None,
    without: WithoutOption = None,
    owner: OwnerOption = None,
    option: OptionOption = None,
    phase: PhaseOption = None,
    gate: Annotated[bool, typer.Option("--gate", help="End with 1 when something is owed up to --phase.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As of this time, UTC. Default: now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a mission has to show for its safety, phase by phase: who owes it, with what evidence, and how it stands.

    The registration of each space object is asked with the state of its form (`comity treaty register`).
    """
    from comity.safety.standing import planned

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    with well_given():
        wanted = _wanted(reading.programme, mission, template, crewed, with_, without, owner, option)
        items = planned(wanted)
    differs: list[str] = []
    if record is not None:
        items, differs = _on_record(record, name or mission, items, at)
    forms = _registrations(reading.programme, wanted, dict(_pairs(option)))
    upto = _phase(phase)
    if as_json:
        print_json(_plain(wanted, items, forms, upto, differs))
    else:
        _show(wanted, items, forms, upto, differs, on_record=record is not None)
    if gate and _late(items, upto):
        raise typer.Exit(1)


def _wanted(
    programme: Programme, mission: str, template: str, crewed: bool | None, with_: list[str] | None,
    without: list[str] | None, owner: list[str] | None, option: list[str] | None,
) -> Checklist:  # fmt: skip
    from comity.safety.checklist import checklist as made
    from comity.safety.checklist import read_template

    return made(
        read_template(template), programme, mission, crewed=crewed, has=with_ or (), has_not=without or (),
        owners=dict(_pairs(owner)), options=dict(_pairs(option)),
    )  # fmt: skip


def _pairs(given: list[str] | None) -> list[tuple[str, str]]:
    found = []
    for text in given or []:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            fail(f"{text!r} is not of the form NAME=VALUE")
        found.append((name, value))
    return found


def _phase(text: str | None) -> Any:
    from comity.model.problems import nearest
    from comity.safety.phases import PHASES

    if text is not None and text not in PHASES:
        fail(f"there is no phase {text!r}; {nearest(text, PHASES) or ', '.join(PHASES)}")
    return text or PHASES[-1]


def _on_record(
    place: str, name: str, wanted: Sequence[ItemStanding], at: str | None
) -> tuple[tuple[ItemStanding, ...], list[str]]:
    """The standing on a record, and in what the programme's own list differs from it."""
    from datetime import UTC, datetime

    from comity.safety.standing import standing

    with opened(place) as found, well_given():
        items = standing(found.now.state, name, time_of(at) or datetime.now(UTC))
    here, there = {one.item for one in items}, {one.item for one in wanted}
    differs = [f"not on the record: {i}" for i in sorted(there - here)]
    return items, differs + [f"only on the record: {i}" for i in sorted(here - there)]


def _registrations(programme: Programme, wanted: Checklist, options: dict[str, str]) -> dict[str, Registration]:
    from comity.safety.registration import registration

    return {
        due.id: registration(programme, wanted.mission, due.element, option=options.get(due.element))
        for due in wanted.items
        if due.form == "registration" and due.element is not None
    }


def _late(items: Sequence[ItemStanding], upto: Any) -> dict[str, tuple[ItemStanding, ...]]:
    from comity.safety.standing import owed

    return owed(items, by=upto)


def _plain(
    wanted: Checklist, items: Sequence[ItemStanding], forms: dict[str, Registration], upto: Any, differs: list[str]
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "template": wanted.template,
        "mission": wanted.mission,
        "crewed": wanted.crewed,
        "traits": list(wanted.traits),
        "items": [asdict(one) for one in items],
        "asked": [due.to_dict() for due in wanted.items],
        "registration": {name: asdict(form) for name, form in forms.items()},
        "owed": {who: [one.item for one in what] for who, what in _late(items, upto).items()},
        "up_to": upto,
        "differs": differs,
    }


def _show(
    wanted: Checklist, items: Sequence[ItemStanding], forms: dict[str, Registration], upto: Any, differs: list[str],
    *, on_record: bool,
) -> None:  # fmt: skip
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.safety.phases import PHASES

    console = Console(highlight=False)
    asked = {due.id: due.if_trait for due in wanted.items}
    crew = "crewed" if wanted.crewed else "uncrewed"
    console.print(f"[bold]{escape(wanted.mission)}[/bold], {crew}: {len(items)} items by {escape(wanted.template)}")
    for phase in PHASES[: PHASES.index(upto) + 1]:
        table = Table(
            box=None, pad_edge=False, show_header=False, title=f"\n{phase}", title_justify="left", title_style="bold"
        )
        for width in (34, 18, 9):
            table.add_column(max_width=width, overflow="fold")
        table.add_column(overflow="fold", ratio=1)
        for one in items:
            if one.phase != phase:
                continue
            note = plain(one.said) or one.evidence
            if asked.get(one.item):
                note = f"if {asked[one.item]}; say --with or --without. {note}"
            if one.item in forms:
                note = f"{note}; {_form_words(forms[one.item])}"
            colour = COLOURS[one.status]
            table.add_row(
                escape(one.item), escape(one.owner or "nobody yet"), f"[{colour}]{one.status}[/{colour}]", escape(note)
            )
        if table.row_count:
            console.print(table)
    late = _late(items, upto)
    typer.echo("")
    for who, what in late.items():
        say(f"{who} owes {len(what)}" + ("" if on_record else f" by the end of {upto}"))
    if not late:
        typer.echo(f"nothing is owed up to the end of {upto}")
    for line in differs:
        say(f"differs from the programme's list: {line}")


def _form_words(form: Registration) -> str:
    if form.complete:
        return "registration form: complete"
    missing = ", ".join(m.lower() for m in form.missing[:3]) + (", …" if len(form.missing) > 3 else "")
    return f"registration form: {form.filled} fields filled, {len(form.missing)} missing ({missing})"


# --- on a record -------------------------------------------------------------------------------------------------------------


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
        wanted = _wanted(reading.programme, mission, template, crewed, with_, without, owner, option)
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
    given = {"file": file, "link": link, "decision": decision}
    said = {k: v for k, v in given.items() if v is not None}
    if len(said) != 1:
        fail("give the evidence as one of --file, --link and --decision")
    if file is None:
        return {k: str(v) for k, v in said.items()}
    try:
        with file.open("rb") as opened_file:
            return {"file": file.name, "sha256": hashlib.file_digest(opened_file, "sha256").hexdigest()}
    except OSError as error:
        fail(f"{file}: {error.strerror}")


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
    gate: Annotated[bool, typer.Option("--gate", help="End with 1 when something is owed up to --phase.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As of this time, UTC. Default: now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how the checklists on a record stand, and who owes what by a phase."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from comity.safety.kinds import LISTS
    from comity.safety.standing import standing

    upto = _phase(phase)
    moment = time_of(at) or datetime.now(UTC)
    with opened(place) as found, well_given():
        names = [name] if name is not None else list(found.now.state.section(LISTS))
        stands = {n: standing(found.now.state, n, moment) for n in names}
    late = {n: _late(items, upto) for n, items in stands.items()}
    if partner is not None:
        late = {n: {who: what for who, what in owed.items() if who == partner} for n, owed in late.items()}
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
