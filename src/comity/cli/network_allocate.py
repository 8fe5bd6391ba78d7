"""`comity network allocate`, `check`, `dsn`: a schedule for requests, its independent check, and real weeks to try it on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from comity.cli.network import network
from comity.cli.network_schedules import QuestionFile, ScheduleFile, track_record, well_given
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.network.allocation.answer import Aim, Fault, Schedule, Score
    from comity.network.allocation.question import Question
    from comity.network.allocation.search import Standing

#: Missions and faults that a terminal shows.
SHOWN = 10


def register(app: typer.Typer) -> None:
    """Joins `comity network`."""
    network.command()(allocate)
    network.command()(check)
    network.command()(dsn)


def allocate(
    question: Annotated[Path, typer.Argument(metavar="QUESTION", help="Requests, view periods and outages, as JSON.")],
    aim: Annotated[
        str,
        typer.Option(
            metavar="AIM",
            help="balanced (hours and unsatisfied shares), hours, satisfied (fewest missions refused), fairest (between "
            "missions), or agencies (fairest between agencies by what each owns and is owed).",
        ),
    ] = "balanced",
    seconds: Annotated[float, typer.Option(min=1, help="Time for search and proof, on two cores.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another search.")] = 0,
    start: Annotated[
        Path | None, typer.Option(metavar="SCHEDULE", help="Begin with this schedule, and improve it.")
    ] = None,
    change_cost: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="What a change of a request in --start must win.")
    ] = 0.0,
    no_bound: Annotated[
        bool, typer.Option("--no-bound", help="Prove nothing, and search for all of the time.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the schedule here.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Share the hours of antennas among the requests of missions, and prove how many hours there could be at most."""
    from comity.cli.progress import Display
    from comity.network.allocation.answer import Aim
    from comity.network.allocation.files import read_question, read_schedule, write_schedule
    from comity.network.allocation.score import score
    from comity.network.allocation.search import allocate as search

    if aim not in get_args(Aim):
        fail(f"--aim {aim}: there is no such aim; there are {', '.join(get_args(Aim))}")
    with well_given():
        asked = read_question(question)
        first = read_schedule(start) if start is not None else None
        with Display(quiet=quiet) as show:
            show.stage("Allocating", seconds)

            def told(standing: Standing) -> None:
                most = f" of at most {standing.bound_hours:,.1f}" if standing.bound_hours is not None else ""
                show.note(f"{standing.hours:,.1f} h{most}")

            made = search(
                asked, aim=cast("Aim", aim), time_s=seconds, seed=seed, start=first, change_cost=change_cost,
                prove=not no_bound, on_progress=told,
            )  # fmt: skip
        if out is not None:
            write_schedule(made, out)
    found = score(asked, made)
    if as_json:
        print_json({**_score_record(asked, made, found), "tracks": [track_record(track) for track in made.tracks]})
        return
    _say_score(made, found)
    if made.by_clock:
        typer.echo("the clock ended the work, so that a run elsewhere may differ", err=True)
    if out is not None:
        typer.echo(f"wrote {out}", err=True)


def check(schedule: ScheduleFile, question: QuestionFile, as_json: JsonOption = False) -> None:
    """Check a schedule against every rule, by code that shares nothing with the search; 1 when a rule is broken.

    A bound that the schedule states is held against what is tracked and asked for, and is not proved again.
    """
    from comity.network.allocation.files import read_question, read_schedule
    from comity.network.allocation.score import score
    from comity.network.allocation.verify import check as verify

    with well_given():
        asked, made = read_question(question), read_schedule(schedule)
    faults = verify(asked, made)
    found = None if faults else score(asked, made)
    if as_json:
        told: dict[str, Any] = {"valid": not faults, "faults": [_fault_record(fault) for fault in faults]}
        stated = {} if made.bound_hours is None else {"bound": "stated, and not proved again"}
        print_json(told if found is None else {**told, **_score_record(asked, made, found), **stated})
    elif found is not None:
        _say_score(made, found, proved=False)
        typer.echo("valid: every rule is kept")
    else:
        for fault in faults[:SHOWN]:
            typer.echo(f"{fault.rule}: {fault.message}")
        if len(faults) > SHOWN:
            typer.echo(f"{len(faults) - SHOWN} more; --json has all")
    if faults:
        raise typer.Exit(1)


def dsn(
    week: Annotated[
        str | None, typer.Argument(metavar="[WEEK]", help="Such as W10_2018. Default: list the weeks.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FOLDER|ADDRESS",
            help="Where problems.json and maintenance.csv lie. Default: SatNet's site.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the question here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Get a real week of requests to NASA's Deep Space Network from the SatNet benchmark."""
    from comity.network.allocation.dsn import SATNET, import_week, weeks
    from comity.network.allocation.files import as_json as text_of
    from comity.network.allocation.files import write_question

    place = source or SATNET
    with well_given():
        if week is None:
            names = weeks(place)
            print_json({"weeks": list(names)}) if as_json else typer.echo("\n".join(names))
            return
        asked = import_week(week, place)
        if out is not None:
            write_question(asked, out)
    if out is None or as_json:
        typer.echo(text_of(asked), nl=False)
    else:
        missions = len({request.user for request in asked.requests})
        typer.echo(
            f"{len(asked.requests)} requests of {missions} missions, {len(asked.antennas)} antennas; wrote {out}",
            err=True,
        )


# --- what is shown -----------------------------------------------------------------------------------------------------------


def _say_score(made: Schedule, found: Score, *, proved: bool = True) -> None:
    typer.echo(
        f"{found.hours:,.1f} of {found.requested_hours:,.1f} h asked for, in {len(made.tracks)} tracks; "
        f"{found.satisfied} of {found.requests} requests"
    )
    if made.bound_hours is not None:
        gap = max(0.0, made.bound_hours - found.hours) / made.bound_hours if made.bound_hours > 0 else 0.0
        if proved:
            said = f"no schedule tracks more than {made.bound_hours:,.1f} h: within {gap:.1%} of the most there can be"
        else:
            said = f"stated, not proved again: none tracks more than {made.bound_hours:,.1f} h; this one is within {gap:.1%}"
        typer.echo(said)
    typer.echo(
        f"unsatisfied shares of missions: U_rms {found.u_rms:.3f}, the worst {found.u_max:.3f}; "
        f"{found.served_users} of {found.users} missions had no request refused"
    )
    worst = sorted(((share, user) for user, share in found.unsatisfied.items() if share > 0.0005), reverse=True)
    if worst:
        typer.echo("the worst off: " + ", ".join(f"{user} {share:.0%}" for share, user in worst[:SHOWN]))
    if found.agencies:
        _agency_table(found)


def _agency_table(found: Score) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("agency", no_wrap=True)
    for head in ("asked h", "claim h", "got h", "unsatisfied"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, one in found.agencies.items():
        row = (f"{one.requested_hours:,.1f}", f"{one.claim_hours:,.1f}", f"{one.hours:,.1f}", f"{one.unsatisfied:.1%}")
        table.add_row(name, *row)
    Console().print(table)


def _score_record(asked: Question, made: Schedule, found: Score) -> dict[str, Any]:
    from dataclasses import asdict

    about = {"question": asked.name, "aim": made.aim, "seed": made.seed, "work": made.work, "by_clock": made.by_clock}
    return {**about, "bound_hours": made.bound_hours, **asdict(found)}


def _fault_record(fault: Fault) -> dict[str, Any]:
    return {"rule": fault.rule, "message": fault.message, "tracks": [track_record(track) for track in fault.tracks]}
