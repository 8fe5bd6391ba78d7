"""`comity fund barter hours`: hours on antennas that partners give each other, from a schedule to their mutual account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import composed, well_given
from comity.cli.fund_barter import barter
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, At, By, Keys, Place, opened

if TYPE_CHECKING:
    from comity.network.allocation.answer import Schedule
    from comity.network.allocation.question import Question
    from comity.record import State

hours = typer.Typer(
    name="hours", help="Hours on antennas that partners give each other by a schedule.", no_args_is_help=True
)

Files = Annotated[Path, typer.Argument(metavar="SCHEDULE", help="A schedule, as `comity network allocate` writes it.")]
Asked = Annotated[Path, typer.Option("--question", "-q", metavar="FILE", help="The question that it answers.")]
Weights = Annotated[
    list[str] | None,
    typer.Option("--weight", metavar="ANTENNA=W", help="An hour of it counts so many; repeatable. Default: 1."),
]
Setup = Annotated[bool, typer.Option("--with-setup", help="Setup and teardown count, too.")]


def register(app: typer.Typer) -> None:
    """Joins `comity fund barter`."""
    barter.add_typer(hours)


@hours.command()
def count(
    schedule: Files, question: Asked, weight: Weights = None, with_setup: Setup = False, as_json: AsJson = False
) -> None:
    """Count the hours that each agency's antennas gave each other one by a schedule, and who is owed how many."""
    from comity.network.allocation.ownership import hours_given, owed_by
    from comity.network.errors import NetworkError

    asked, made = _read(question, schedule)
    try:
        given = hours_given(asked, made, weights=weights_of(weight), with_setup=with_setup)
    except NetworkError as error:
        fail(str(error))
    owed = owed_by(given)
    if as_json:
        from dataclasses import asdict

        print_json({"given": [asdict(one) for one in given], "owed": owed})
        return
    if not given:
        typer.echo("no agency served another; antennas say who owns them by `owner`, requests for whom by `agency`")
        return
    _table(["gave", "to", "hours", "tracks"], [[g.giver, g.taker, f"{g.hours:,.2f}", str(g.tracks)] for g in given])
    for name, length in sorted(owed.items(), key=lambda pair: (-pair[1], pair[0])):
        typer.echo(f"{name} {'is owed' if length >= 0 else 'owes'} {abs(length):,.2f} h")


@hours.command()
def give(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="BARTER", help="The mutual account.")],
    schedule: Files,
    question: Asked,
    rate: Annotated[
        str, typer.Option(metavar="AMOUNT", help="The agreed value of an hour, in the account's currency.")
    ],
    by: By,
    key: Keys,
    weight: Weights = None,
    with_setup: Setup = False,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Book the hours that you gave the other partner by a schedule; they count once it confirms them."""
    from comity.funding.amounts import amount_of
    from comity.funding.contributions.hours import gift, given_already
    from comity.network.allocation.ownership import hours_given
    from comity.network.errors import NetworkError

    asked, made = _read(question, schedule)

    def compose(state: State) -> dict[str, Any]:
        held = account(state, name)
        if by not in held["between"]:
            fail(f"{by} is no side of {name!r}; its sides are {' and '.join(held['between'])}")
        before = given_already(held, made.question, by)
        if before is not None:
            fail(f"{by} gave the hours of {made.question} already: number {before} of {name!r}")
        other = next(p for p in held["between"] if p != by)
        try:
            given = hours_given(asked, made, weights=weights_of(weight), with_setup=with_setup)
        except NetworkError as error:
            fail(str(error))
        currency = held["currency"]
        worth = amount_of(rate, currency)
        return gift(given, by, other, schedule=made.question, rate=worth, currency=currency, barter=name)

    with well_given():
        composed(place, "barter.give", compose, by=by, keys=key, at=at, as_json=as_json)


@hours.command()
def entitle(
    place: Place,
    question: Annotated[Path, typer.Argument(metavar="QUESTION", help="What is asked of the network.")],
    barters: Annotated[
        list[str] | None,
        typer.Option("--barter", metavar="BARTER", help="Only this account; repeatable. Default: all."),
    ] = None,
    weight: Weights = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the question with these claims.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show to which part of the hours each agency has a claim: what it owns, more what it is owed, less what it owes."""
    from comity.funding.contributions.hours import owed_hours
    from comity.network.allocation.files import read_question, write_question
    from comity.network.allocation.ownership import owned_hours, with_entitlement
    from comity.network.errors import NetworkError

    with opened(place) as found:
        section = found.state.section("barters")
    try:
        with well_given():
            owed = owed_hours(section, only=barters or ())
        asked = read_question(question)
        owned = owned_hours(asked, weights=weights_of(weight))
        entitled = with_entitlement(asked, owed, weights=weights_of(weight))
        if out is not None:
            write_question(entitled, out)
    except NetworkError as error:
        fail(str(error))
    if as_json:
        print_json({"owned_hours": owned, "owed_hours": owed, "entitlement": entitled.entitlement})
        return
    rows = [
        [name, f"{owned.get(name, 0):,.1f}", f"{owed.get(name, 0):+,.1f}", f"{part:.1%}"]
        for name, part in entitled.entitlement.items()
    ]
    _table(["agency", "owns h", "is owed h", "claim"], rows)
    if out is not None:
        typer.echo(f"wrote {out}", err=True)


def account(state: State, name: str) -> Any:
    """A mutual account of the record; ends the command with 2 when there is none of this name."""
    from comity.model.problems import nearest

    known = state.section("barters")
    if name not in known:
        fail(f"there is no barter {name!r}; {nearest(name, known) or ', '.join(known) or '`comity fund barter open`'}")
    return known[name]


def weights_of(given: list[str] | None) -> dict[str, float]:
    """Weights by antenna of `DSS-43=4`; ends the command with 2 on what is no such."""
    found = {}
    for text in given or []:
        name, equals, number = text.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name:
            fail(f"--weight {text!r}: write an antenna and a number, such as DSS-43=4")
    return found


def _read(question: Path, schedule: Path) -> tuple[Question, Schedule]:
    from comity.cli.network_schedules import read_pair
    from comity.cli.network_schedules import well_given as well_asked

    with well_asked():
        return read_pair(question, schedule)


def _table(heads: list[str], rows: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head, cells in zip(heads, zip(*rows, strict=True), strict=True):
        number = all(cell[:1] in "+-0123456789" for cell in cells)
        table.add_column(head, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
