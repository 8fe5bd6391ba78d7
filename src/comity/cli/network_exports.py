"""`comity network export`, `chart`, `book`: schedules for others to read, as pictures, and of other facilities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.network import network
from comity.cli.network_schedules import (
    QuestionFile,
    ScheduleFile,
    moment_s,
    read_pair,
    schedule_for,
    track_record,
    well_given,
)
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.network.allocation.answer import Schedule
    from comity.network.allocation.question import Question

FORMS = {".csv": "csv", ".ics": "ics", ".xml": "ccsds"}


def register(app: typer.Typer) -> None:
    """Joins `comity network`."""
    network.command()(export)
    network.command()(chart)
    network.command()(book)


def export(
    schedule: ScheduleFile,
    question: QuestionFile,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where to: .csv, .ics (iCalendar), .xml (CCSDS 902.1 Simple Schedule)."),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="A mission, agency, antenna or station; repeatable."),
    ] = None,
    originator: Annotated[str, typer.Option(metavar="NAME", help="Who issues it (CCSDS).")] = "comity",
    status: Annotated[
        str, typer.Option(metavar="STATUS", help="TEST, PROVISIONAL, OPERATIONAL or OTHER (CCSDS).")
    ] = "PROVISIONAL",
    service: Annotated[str, typer.Option(metavar="TYPE", help="What tracks are for, as TELEMETRY (CCSDS).")] = "TBD",
    band: Annotated[str, typer.Option(metavar="BAND", help="As X-DS, for deep space in X band (CCSDS).")] = "N/A",
    made: Annotated[
        str | None, typer.Option(metavar="UTC", help="When it was made. Default: when the schedule begins.")
    ] = None,
) -> None:
    """Write a schedule as CSV, as a calendar, or as a CCSDS Simple Schedule."""
    from comity.model.whole_files import write_whole
    from comity.network.exports.choice import of_interest

    if file.suffix not in FORMS:
        fail(f"{file}: an export is .csv, .ics or .xml")
    with well_given():
        asked, found = read_pair(question, schedule)
        found = of_interest(asked, found, only or [])
        text = _exported(asked, found, FORMS[file.suffix], made, only or [], (originator, status, service, band))
    try:
        write_whole(file, text)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    typer.echo(f"wrote {len(found.tracks)} tracks to {file}", err=True)


def _exported(
    question: Question,
    schedule: Schedule,
    form: str,
    made: str | None,
    only: list[str],
    ccsds: tuple[str, str, str, str],
) -> str:
    # Never the clock's time: the same schedule gives the same bytes.
    made_s = moment_s(made) if made is not None else question.start
    if form == "csv":
        from comity.network.exports.table import schedule_csv

        return schedule_csv(question, schedule)
    if form == "ics":
        from comity.network.exports.calendar import schedule_calendar

        return schedule_calendar(question, schedule, made_s=made_s, outages=not only)
    from comity.network.exports.simple_schedule import simple_schedule_xml

    originator, status, service, band = ccsds
    return simple_schedule_xml(
        question,
        schedule,
        originator=originator,
        made_s=made_s,
        status=status,  # type: ignore[arg-type]
        service=service,
        band=band,
    )


def chart(
    schedule: ScheduleFile,
    question: QuestionFile,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: .html or .svg.")],
    before: Annotated[
        Path | None, typer.Option(metavar="SCHEDULE", help="An earlier schedule: what changed is shown, too.")
    ] = None,
    reasons: Annotated[bool, typer.Option(help="Why requests were refused.")] = True,
) -> None:
    """Draw a schedule by antenna and by mission, and who got how much of what."""
    from comity.model.whole_files import write_whole
    from comity.network.allocation.disruption import disruption
    from comity.network.allocation.refusals import refusals
    from comity.network.allocation.verify import check
    from comity.report.schedules import SchedulePicture, render_schedule
    from comity.report.schedules_svg import schedule_svg

    if file.suffix not in (".html", ".svg"):
        fail(f"{file}: a chart is .html or .svg")
    with well_given():
        asked, found = read_pair(question, schedule)
        changes = None if before is None else disruption(asked, schedule_for(asked, before), found)
        page = file.suffix == ".html"
        picture = SchedulePicture(
            asked,
            found,
            [one.text for one in refusals(asked, found)] if reasons and page else (),
            changes,
            check(asked, found),
        )
    try:
        write_whole(file, render_schedule(picture) if page else schedule_svg(picture))
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    typer.echo(f"wrote {file}", err=True)


def book(
    bookings: Annotated[
        str, typer.Argument(metavar="BOOKINGS", help="A YAML file of facilities and bookings, or a shipped one.")
    ],
    seconds: Annotated[float, typer.Option(min=1, help="Time for the search; reading and writing come on top.")] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another of equal answers.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the schedule here.")] = None,
    out_question: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the question here, for other commands.")
    ] = None,
    draw: Annotated[Path | None, typer.Option("--chart", metavar="FILE", help="Draw it: .html or .svg.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Book launch pads, chambers, telescopes: the most time for all, weighed by priority, and why not more."""
    from comity.cli.progress import Display
    from comity.network.allocation.files import write_question, write_schedule
    from comity.network.allocation.refusals import refusals
    from comity.network.facilities import book as booked
    from comity.network.facilities import read_bookings

    if draw is not None and draw.suffix not in (".html", ".svg"):
        fail(f"{draw}: a chart is .html or .svg")
    with well_given():
        asked = read_bookings(bookings)
        with Display(quiet=quiet) as show:
            show.stage(f"Booking {len(asked.requests)} requests", seconds)
            found = booked(asked, time_s=seconds, seed=seed)
        if out_question is not None:
            write_question(asked, out_question)
        if out is not None:
            write_schedule(found, out)
    reasons = refusals(asked, found)
    if draw is not None:
        _draw(asked, found, [one.text for one in reasons], draw)
    if as_json:
        print_json({"tracks": [track_record(t) for t in found.tracks], "refusals": [one.text for one in reasons]})
        return
    _say_bookings(asked, found)
    for one in reasons:
        typer.echo(one.text)
    for path in (out, out_question, draw):
        if path is not None:
            typer.echo(f"wrote {path}", err=True)


def _draw(question: Question, schedule: Schedule, reasons: list[str], file: Path) -> None:
    from comity.model.whole_files import write_whole
    from comity.report.schedules import SchedulePicture, render_schedule
    from comity.report.schedules_svg import schedule_svg

    picture = SchedulePicture(question, schedule, reasons, word="facility")
    try:
        write_whole(file, render_schedule(picture) if file.suffix == ".html" else schedule_svg(picture))
    except OSError as error:
        fail(f"{file}: {error.strerror}")


def _say_bookings(question: Question, schedule: Schedule) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    requests: dict[str, Any] = {request.id: request for request in question.requests}
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head in ("facility", "mission", "booking", "from", "to"):
        table.add_column(head, no_wrap=head in ("from", "to"))
    table.add_column("held", justify="right", no_wrap=True)
    for track in schedule.tracks:
        request = requests[track.request]
        held = track.end - track.start + request.setup_s + request.teardown_s
        table.add_row(
            "+".join(track.resource),
            request.user,
            track.request,
            _when(track.start),
            _when(track.end),
            f"{held / 86_400:,.0f} d" if held >= 3 * 86_400 else f"{held / 3600:,.1f} h",
        )
    Console().print(table)
    typer.echo("held: with setup and cleaning, which lie before `from` and after `to`")


def _when(time_s: int) -> str:
    from comity.network.allocation.question import iso

    text = iso(time_s)
    return text[:10] if text.endswith("T00:00:00Z") else text[:16].replace("T", " ")
