"""What the commands of safety checklists are asked with: the list that is meant, and the phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.places import fail

if TYPE_CHECKING:
    from comity.model.programme import Programme
    from comity.safety.checklist import Checklist
    from comity.safety.phases import Phase

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
GateOption = Annotated[bool, typer.Option("--gate", help="End with 1 when something is owed up to --phase.")]
AsOf = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As of this time, UTC. Default: now.")]


def wanted_list(
    programme: Programme, mission: str, template: str, crewed: bool | None, with_: list[str] | None,
    without: list[str] | None, owner: list[str] | None, option: list[str] | None,
) -> Checklist:  # fmt: skip
    """The list of a mission as the options ask for it. SafetyError for what is not known."""
    from comity.safety.checklist import checklist as made
    from comity.safety.checklist import read_template

    return made(
        read_template(template), programme, mission, crewed=crewed, has=with_ or (), has_not=without or (),
        owners=dict(pairs(owner)), options=dict(pairs(option)),
    )  # fmt: skip


def pairs(given: list[str] | None) -> list[tuple[str, str]]:
    """Options of the form NAME=VALUE; ends the command with 2 where one is not."""
    found = []
    for text in given or []:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            fail(f"{text!r} is not of the form NAME=VALUE")
        found.append((name, value))
    return found


def phase_of(text: str | None) -> Phase:
    """The phase of an option, the last where none is given; ends the command with 2 where there is none of the name."""
    from comity.model.problems import nearest
    from comity.safety.phases import PHASES

    for phase in PHASES:
        if phase == (text or PHASES[-1]):
            return phase
    fail(f"there is no phase {text!r}; {nearest(str(text), PHASES) or ', '.join(PHASES)}")
