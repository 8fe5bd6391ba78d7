"""`comity safety` checklists and registration, asked of a programme."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json, read_or_end
from comity.cli.programmes import ProgrammeArgument
from comity.cli.record import AsJson, opened, plain, say, time_of
from comity.cli.safety import named, safety, well_given
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
    pairs,
    phase_of,
    wanted_list,
)

if TYPE_CHECKING:
    from comity.orbits import SpaceObject
    from comity.safety.checklist import Checklist
    from comity.safety.phases import Phase
    from comity.safety.registration import Registration
    from comity.safety.standing import ItemStanding

COLOURS = {"accepted": "green", "waived": "cyan", "signed": "yellow", "refused": "red", "owed": "dim"}


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
        typer.echo(f"{name}: {t.name}; {len(t.items)} items")
        for phase in PHASES:
            _wrapped(f"{phase}: {', '.join(i.id for i in t.items.values() if i.phase == phase)}")
        typer.echo("  traits:")
        for trait, meaning in t.traits.items():
            _wrapped(f"  {trait}: {meaning}")
        typer.echo("  rests on:")
        for source, document in t.sources.items():
            _wrapped(f"  {source}: {document.name} ({document.publisher}, {document.date})")


def _wrapped(text: str) -> None:
    typer.echo(fill(text, 80, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False))


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
    gate: GateOption = False,
    at: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show what a mission has to show for its safety, phase by phase: who owes it, with what evidence, and how it stands.

    The registration of each space object is asked with the state of its form (`comity safety registration`).
    """
    from comity.safety.registration import registrations
    from comity.safety.standing import differences, owed, planned, standing

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    upto, moment = phase_of(phase), time_of(at) or datetime.now(UTC)
    with well_given():
        wanted = wanted_list(reading.programme, mission, template, crewed, with_, without, owner, option)
        forms = registrations(reading.programme, wanted, options=dict(pairs(option)))
    items = planned(wanted)
    differs: Sequence[str] = ()
    if record is not None:
        with opened(record) as found, well_given():
            items = standing(found.now.state, name or mission, moment)
        differs = differences(wanted, items)
    if as_json:
        print_json(_plain(wanted, items, forms, upto, differs))
    else:
        _show(wanted, items, forms, upto, differs, on_record=record is not None)
    if gate and owed(items, by=upto):
        raise typer.Exit(1)


def _plain(
    wanted: Checklist,
    items: Sequence[ItemStanding],
    forms: dict[str, Registration],
    upto: Phase,
    differs: Sequence[str],
) -> dict[str, Any]:
    from dataclasses import asdict

    from comity.safety.standing import owed

    return {
        "template": wanted.template,
        "mission": wanted.mission,
        "crewed": wanted.crewed,
        "traits": list(wanted.traits),
        "items": [asdict(one) for one in items],
        "asked": [due.to_dict() for due in wanted.items],
        "registration": {name: form.to_dict() for name, form in forms.items()},
        "owed": {who: [one.item for one in what] for who, what in owed(items, by=upto).items()},
        "up_to": upto,
        "differs": [*differs],
    }


def _show(
    wanted: Checklist, items: Sequence[ItemStanding], forms: dict[str, Registration], upto: Phase, differs: Sequence[str],
    *, on_record: bool,
) -> None:  # fmt: skip
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.safety.phases import PHASES
    from comity.safety.standing import owed

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
    late = owed(items, by=upto)
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
    filled = len(form.asked) - len(form.missing)
    return f"registration form: {filled} fields filled, {len(form.missing)} missing ({missing})"


@safety.command()
def registration(
    programme: ProgrammeArgument,
    mission: MissionName,
    element: Annotated[
        str | None, typer.Option("--element", metavar="ELEMENT", help="This space object. Default: all.")
    ] = None,
    option: OptionOption = None,
    orbit: Annotated[
        Path | None, typer.Option("--orbit", metavar="FILE", help="Its orbital parameters, of elements: TLE or OMM.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", metavar="ID", help="Of FILE this one, by id or name.")] = None,
    fill_in: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Fills a field; repeatable.")
    ] = None,
    gate: Annotated[bool, typer.Option("--gate", help="End with 1 when something is missing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the Registration Convention asks of each space object of a mission, and what is not known yet.

    `comity treaty registration` prints the whole form of one as it is sent.
    """
    from comity.safety.registration import objects_to_register, orbit_fields
    from comity.safety.registration import registration as state_of_form

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    given, options = dict(pairs(fill_in)), dict(pairs(option))
    with well_given():
        wanted = objects_to_register(reading.programme, mission, element)
        if (orbit is not None or given) and len(wanted) > 1:
            fail(f"say with --element which of {', '.join(wanted)} is meant")
        if orbit is not None:
            given = orbit_fields(_the_one(orbit, only)) | given
        forms = [state_of_form(reading.programme, mission, e, option=options.get(e), given=given) for e in wanted]
    if as_json:
        print_json([form.to_dict() for form in forms])
    elif not forms:
        typer.echo(f"{mission} has no space object of its own")
    else:
        for form in forms:
            _show_form(form)
    if gate and any(form.missing for form in forms):
        raise typer.Exit(1)


def _the_one(file: Path, only: str | None) -> SpaceObject:
    """The object of a file that is meant. Ends the command with 2 where several may be."""
    from comity.orbits import read_objects

    found = named(list(read_objects(file)), [only] if only else [])
    if len(found) != 1:
        fail(f"{file}: holds {len(found)} objects; say with --only which is meant")
    return found[0]


def _show_form(form: Registration) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        box=None, pad_edge=False, show_header=False, title=form.element, title_justify="left", title_style="bold"
    )
    table.add_column(no_wrap=True)
    table.add_column(max_width=30, overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for one in form.asked:
        value = f"{escape(plain(one.value))} [dim]({escape(one.origin)})[/dim]" if one.value else "[red]missing[/red]"
        table.add_row(one.article.removeprefix("Art. "), escape(one.title), value)
    Console(highlight=False).print(table)
    for remark in form.remarks:
        typer.echo(fill(plain(remark), 80, initial_indent="- ", subsequent_indent="  "))
    typer.echo("")
