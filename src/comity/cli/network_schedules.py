"""`comity network repair`, `why`: what is done with a schedule that exists, and why it gives no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.network import network
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.network.allocation.answer import Schedule, Track
    from comity.network.allocation.question import Question
    from comity.network.allocation.refusals import Refusal
    from comity.network.allocation.repair import Repair

#: Changes and refusals that a terminal shows.
SHOWN = 20

ScheduleFile = Annotated[
    Path, typer.Argument(metavar="SCHEDULE", help="A schedule, as `comity network allocate` writes it.")
]
QuestionFile = Annotated[Path, typer.Option("--question", "-q", metavar="FILE", help="The question that it answers.")]


def register(app: typer.Typer) -> None:
    """Joins `comity network`."""
    network.command()(repair)
    network.command()(why)


def repair(
    schedule: ScheduleFile,
    question: QuestionFile,
    outage: Annotated[
        list[str] | None,
        typer.Option("--outage", metavar="ANTENNA,FROM,TO[,REASON]", help="It is out, in UTC; repeatable."),
    ] = None,
    urgent: Annotated[
        list[str] | None,
        typer.Option("--urgent", metavar="REQUEST", help="To be served first of all, as for a landing; repeatable."),
    ] = None,
    priority: Annotated[
        list[str] | None,
        typer.Option("--priority", metavar="REQUEST=N", help="Its priority from now on; repeatable."),
    ] = None,
    late: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A question whose requests come late, to be served as urgent.")
    ] = None,
    change_cost: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="What the change of a track that could stay must win.")
    ] = 2.0,
    seconds: Annotated[float, typer.Option(min=1, help="Time for the search; reading and writing come on top.")] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another of equal answers.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the schedule here.")] = None,
    out_question: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the question with outages and late requests here.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Mend a schedule when an antenna fails, a landing takes priority or a request comes late, with few changes.

    What a changed QUESTION breaks is found as well. Tracks that could stay are changed only where that wins enough.
    1 when an urgent or late request gets nothing.
    """
    from comity.cli.progress import Display
    from comity.network.allocation.files import write_question, write_schedule
    from comity.network.allocation.repair import repair as mend

    with well_given():
        asked, made = read_pair(question, schedule, whole=False)
        asked, first = _changed(asked, outage or [], priority or [], late)
        first += [name for name in urgent or [] if name not in first]
        with Display(quiet=quiet) as show:
            show.stage("Repairing", seconds)
            found = mend(asked, made, urgent=first, change_cost=change_cost, time_s=seconds, seed=seed)
        if out_question is not None:
            write_question(asked, out_question)
        if out is not None:
            write_schedule(found.schedule, out)
    if as_json:
        print_json(_repair_record(found))
    else:
        _say_repair(found)
        for path in (out, out_question):
            if path is not None:
                typer.echo(f"wrote {path}", err=True)
    reweighed = {text.partition("=")[0] for text in priority or []} - set(urgent or [])
    nothing = sum(not one.got_s for one in found.refused if one.request not in reweighed)
    if nothing:
        typer.echo(f"{nothing} urgent {'request gets' if nothing == 1 else 'requests get'} nothing", err=True)
        raise typer.Exit(1)


def why(
    schedule: ScheduleFile,
    question: QuestionFile,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Missions or requests. Default: the first few.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every request that is not fully served.")] = False,
    ways: Annotated[int, typer.Option(min=0, help="So many single changes that would let it in.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Explain what was not given: which rule keeps a request out, who holds what, and which change would let it in."""
    from comity.model.problems import nearest
    from comity.network.allocation.refusals import refusals

    with well_given():
        asked, made = read_pair(question, schedule)
    known = {name for request in asked.requests for name in (request.id, request.user)}
    for name in names or []:
        if name not in known:
            fail(f"no mission or request is called '{name}'; {nearest(name, known) or f'{asked.name} has others'}")
    found = refusals(asked, made, only=set(names) if names else None, most_reliefs=ways)
    if as_json:
        print_json({"refusals": [_refusal_record(one) for one in found]})
        return
    shown = found if all_ or names else found[:SHOWN]
    for one in shown:
        typer.echo(f"{one.text}\n")
    if not found:
        typer.echo(f"{' and '.join(names) if names else 'every request'} got all that was asked for")
    elif len(shown) < len(found):
        typer.echo(f"{len(found) - len(shown)} more; --all shows them")


# --- what the commands share -----------------------------------------------------------------------------------------------


@contextmanager
def well_given() -> Iterator[None]:
    """Ends the command with 2 on what its user can mend."""
    from comity.network.errors import NetworkError

    try:
        yield
    except NetworkError as error:
        fail(str(error))


def read_pair(question: Path, schedule: Path, *, whole: bool = True) -> tuple[Question, Schedule]:
    """A question and its schedule, which must be of this question; says on standard error when it (`whole`) breaks rules."""
    from comity.network.allocation.files import read_question
    from comity.network.allocation.verify import check

    asked = read_question(question)
    made = schedule_for(asked, schedule)
    faults = check(asked, made) if whole else ()
    if faults:
        count = f"{len(faults)} rules" if len(faults) > 1 else "a rule"
        typer.echo(f"{schedule} breaks {count}: {faults[0].message}; `comity network check` lists all", err=True)
    return asked, made


def schedule_for(question: Question, schedule: Path) -> Schedule:
    """A schedule of this question; NetworkError when it names another."""
    from comity.network.allocation.files import read_schedule
    from comity.network.errors import NetworkError

    made = read_schedule(schedule)
    if made.question != question.name:
        raise NetworkError(
            f"{schedule}: was made for '{made.question}', not for '{question.name}'; give the question that it answers"
        )
    return made


def moment_s(text: str) -> int:
    """Whole POSIX seconds of a time that an option gives; UTC where it says no zone. NetworkError when it is none."""
    from comity.network.errors import NetworkError
    from comity.orbits import OrbitError
    from comity.orbits.times import from_iso

    try:
        return round(from_iso(text))
    except OrbitError as error:
        raise NetworkError(str(error)) from None


def track_record(track: Track | None) -> dict[str, Any] | None:
    """A track as JSON."""
    from comity.network.allocation.question import iso

    if track is None:
        return None
    return {
        "request": track.request,
        "resource": list(track.resource),
        "start": iso(track.start),
        "end": iso(track.end),
    }


# --- repair ------------------------------------------------------------------------------------------------------------------


def _changed(
    question: Question, outages: list[str], priorities: list[str], late: Path | None
) -> tuple[Question, list[str]]:
    """The question with what has happened, and the requests that are urgent because of it."""
    from comity.network.allocation.files import read_question
    from comity.network.allocation.repair import with_outage, with_priority, with_requests
    from comity.network.errors import NetworkError

    first = []
    for text in outages:
        parts = text.split(",", 3)
        if len(parts) < 3:
            raise NetworkError(
                f"--outage '{text}': write ANTENNA,FROM,TO such as DSS-43,2018-03-07T00:00Z,2018-03-08T00:00Z"
            )
        antenna, start, end = parts[0], moment_s(parts[1]), moment_s(parts[2])
        question = with_outage(question, antenna, start, end, reason=parts[3] if len(parts) > 3 else "failure")
    for text in priorities:
        name, _, number = text.partition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = 0.0
        if not 0 < weight <= 1e6:
            raise NetworkError(
                f"--priority '{text}': write REQUEST=N, with N more than nothing and no more than a million"
            )
        question = with_priority(question, name, weight)
        first.append(name)
    if late is not None:
        more = read_question(late).requests
        question = with_requests(question, more)
        first += [request.id for request in more]
    return question, first


def _say_repair(found: Repair) -> None:
    from comity.network.allocation.disruption import change_told, told

    changes = [change for change in found.disruption.changes if change.kind != "kept"]
    for change in changes[:SHOWN]:
        typer.echo(change_told(change))
    if len(changes) > SHOWN:
        typer.echo(f"{len(changes) - SHOWN} more changes; --json has all")
    typer.echo(told(found.disruption))
    if found.broken:
        count = "one track" if len(found.broken) == 1 else f"{len(found.broken)} tracks"
        typer.echo(f"{count} could not stay")
    for one in found.refused[:SHOWN]:
        typer.echo(f"urgent, and not {'wholly ' if one.got_s else ''}served: {one.text}")
    if len(found.refused) > SHOWN:
        typer.echo(f"{len(found.refused) - SHOWN} more urgent requests are not served; --json has all")
    if not found.proved:
        typer.echo("not proved: the limit came before the proof that there is nothing better; see --seconds", err=True)


def _repair_record(found: Repair) -> dict[str, Any]:
    from comity.network.allocation.disruption import KINDS

    change = found.disruption
    return {
        "question": found.question.name,
        "counts": {kind: change.count(kind) for kind in KINDS},
        "hours_before": change.hours_before,
        "hours_after": change.hours_after,
        "satisfied_before": change.satisfied_before,
        "satisfied_after": change.satisfied_after,
        "moved_hours": change.moved_hours,
        "lost_hours_by_user": change.lost_users,
        "proved": found.proved,
        "urgent_refused": [_refusal_record(one) for one in found.refused],
        "broken": [track_record(track) for track in found.broken],
        "changes": [
            {"kind": c.kind, "user": c.user, "before": track_record(c.before), "after": track_record(c.after)}
            for c in change.changes
            if c.kind != "kept"
        ],
        "tracks": [track_record(track) for track in found.schedule.tracks],
    }


def _refusal_record(one: Refusal) -> dict[str, Any]:
    from comity.network.allocation.question import iso

    def relief(r: Any) -> dict[str, Any]:
        out = r.outage
        return {
            "way": r.way,
            "text": r.text,
            "gain_s": r.gain_s,
            "loss_s": r.loss_s,
            "track": track_record(r.track),
            "outage": None if out is None else {"antenna": out.antenna, "start": iso(out.start), "end": iso(out.end)},
            "to": track_record(r.to),
            "fits": [track_record(track) for track in r.fits],
        }

    return {
        "request": one.request,
        "user": one.user,
        "asked_s": one.asked_s,
        "got_s": one.got_s,
        "needed_s": one.needed_s,
        "rule": one.rule,
        "longest_view_s": one.longest_view_s,
        "longest_free_s": one.longest_free_s,
        "holders": [
            {"name": h.name, "kind": h.kind, "hours": round(h.hours, 4), "requests": list(h.requests)}
            for h in one.holders
        ],
        "reliefs": [relief(r) for r in one.reliefs],
        "text": one.text,
    }
