"""`comity interface`: do components fit?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.bundled import bundled
from comity.cli.places import fail, print_json, read_or_end

if TYPE_CHECKING:
    from rich.console import Console

    from comity.standards import CheckedInterfaces, InterfaceCheck, Meeting, Subject

#: Exit codes: all fits (perhaps by an adapter); something does not fit, or has not been said.
FITS, MISFIT = 0, 1

interface = typer.Typer(
    name="interface",
    help="Do components from different partners fit, by what adapter, and what is missing?",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds `comity interface`."""
    app.add_typer(interface)


@interface.command()
def check(
    programme: Annotated[
        str,
        typer.Argument(
            metavar="PROGRAMME", help="A folder, a bundled programme, or an interface case: a file or its name."
        ),
    ],
    mission: Annotated[str | None, typer.Argument(metavar="[MISSION]", help="Only this mission's interfaces.")] = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help="A unit to tell values in, such as psi; may be repeated.")
    ] = None,
    with_catalogue: Annotated[
        bool,
        typer.Option("--catalogue/--no-catalogue", help="Offer adapters that comity knows besides the programme's."),
    ] = True,
    every: Annotated[bool, typer.Option("--all", help="Show what fits as well, rule by rule.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check every interface: fits, fits with an adapter, does not fit and by how much, or unspecified and who must say.

    Exit code 0 when everything fits, by an adapter at worst; 1 when something does not or has not been said; 2 when
    the input has problems.
    """
    from comity.standards import StandardsError

    try:
        found = subject_of(programme, mission, unit, with_catalogue=with_catalogue, as_json=as_json).answer
    except StandardsError as error:
        fail(str(error))
    if as_json:
        print_json(found.to_dict())
    else:
        _show(found, every=every)
    raise typer.Exit(MISFIT if found.count("misfit") or found.count("unspecified") else FITS)


def subject_of(
    argument: str, mission: str | None, units: list[str] | None, *, with_catalogue: bool, as_json: bool
) -> Subject:
    """The checked interfaces of a case, or of a programme; StandardsError when they cannot be taken as they are."""
    from comity import standards

    reader = standards.Reader(tuple(units or ()))
    if _is_case(argument):
        if mission is not None:
            fail(f"{argument}: an interface case has no missions; leave {mission!r} out")
        case = standards.read_case(standards.case_file(argument))
        return standards.of_case(case, reader=reader, with_catalogue=with_catalogue)
    reading = read_or_end(argument, as_json=as_json)
    assert reading.programme is not None
    standards.refuse_unknown(reading)
    missions = () if mission is None else (mission,)
    return standards.of_programme(reading.programme, missions=missions, reader=reader, with_catalogue=with_catalogue)


def _is_case(argument: str) -> bool:
    from comity.standards import shipped_cases

    return Path(argument).is_file() or (
        not Path(argument).is_dir() and argument not in bundled() and argument in shipped_cases()
    )


_COLOURS = {"fits": "green", "adapter": "cyan", "unspecified": "yellow", "misfit": "red"}
_WORDS = {"fits": "fits", "adapter": "fits with adapter", "unspecified": "unspecified", "misfit": "does not fit"}


def _show(found: CheckedInterfaces, *, every: bool) -> None:
    from rich.console import Console

    from comity.standards import VERDICTS

    console, ways = Console(), Counter(one.key for one in found.checks)
    for one in found.checks:
        _interface(console, one, by_option=ways[one.key] > 1, every=every)
    counts = ", ".join(f"{found.count(v)} {_WORDS[v]}" for v in VERDICTS)
    console.print(f"[bold]{len(found.checks)} checked:[/bold] {counts}", highlight=False)


def _interface(console: Console, found: InterfaceCheck, *, by_option: bool, every: bool) -> None:
    from rich.markup import escape

    colour = _COLOURS[found.verdict]
    first, second = (f"{e.name} ({', '.join(e.options)})" if by_option else e.name for e in found.ends)
    head = f"[{colour}]{_WORDS[found.verdict]}[/{colour}]  [bold]{escape(first)} / {escape(second)}[/bold]"
    console.print(f"{head} [dim]{escape(found.mission)}[/dim]", highlight=False)
    for meeting in found.meetings:
        _meeting(console, meeting, every=every)
    adaptation = found.adaptation
    if adaptation is not None:
        named = ", as the interface names it" if adaptation.named else ""
        console.print(f"  [cyan]adapter:[/cyan] {escape(' + '.join(adaptation.names))}{named}", highlight=False)
        for meeting in adaptation.meetings:
            if meeting.verdict != "fits" or every:
                _meeting(console, meeting, every=every, indent="    ")
        if adaptation.unstated:
            console.print(f"    it says nothing of {', '.join(adaptation.unstated)}", highlight=False)


def _meeting(console: Console, meeting: Meeting, *, every: bool, indent: str = "  ") -> None:
    from rich.markup import escape

    shown = meeting.findings if every else meeting.faults
    if not shown and not every:
        standards = " and ".join(dict.fromkeys(", ".join(s) for s in meeting.standards if s))
        console.print(
            f"{indent}[green]{meeting.kind}[/green] fits{f' by {standards}' if standards else ''}", highlight=False
        )
    for finding in shown:
        colour = _COLOURS[finding.verdict]
        who = f"; {', '.join(finding.who)} must say" if finding.who else ""
        said = f"{indent}[{colour}]{meeting.kind}[/{colour}] {escape(finding.says)}{escape(who)}"
        console.print(f"{said} [dim]\\[{finding.rule}][/dim]", highlight=False)
