"""A schedule as iCalendar (RFC 5545), for the calendars that people have: an event for each track and each outage."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.question import Outage, Question, Request


def schedule_calendar(question: Question, schedule: Schedule, *, made_s: int, outages: bool = True) -> str:
    """The schedule as iCalendar text; `made_s` says when it was made (POSIX seconds UTC).

    An event spans the transmission; its description says from when to when the antennas are busy. An event's UID stays the
    same while request, antennas and start do, so that a calendar that reads a later schedule changes what has changed.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Comity//network//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", schedule.question)
    requests = {request.id: request for request in question.requests}
    stations = {antenna.id: antenna.station for antenna in question.antennas}
    for track in sorted(schedule.tracks):
        calendar.add_component(_track_event(track, requests.get(track.request), stations, schedule.question, made_s))
    for outage in sorted(question.outages, key=lambda o: (o.start, o.antenna)) if outages else ():
        calendar.add_component(_outage_event(outage, stations, schedule.question, made_s))
    return str(calendar.to_ical().decode())


def _track_event(track: Track, request: Request | None, stations: dict[str, str], question: str, made_s: int) -> Event:
    antennas = "+".join(track.resource)
    event = _event(f"{track.request}-{antennas}-{track.start}@{question}", track.start, track.end, made_s)
    event.add("summary", f"{request.user if request else track.request} on {antennas}")
    event.add("location", ", ".join(dict.fromkeys(stations[a] for a in track.resource if stations.get(a))) or antennas)
    lines = [f"Request {track.request}"]
    if request is not None:
        if request.agency:
            lines.append(f"Agency {request.agency}")
        busy = track.start - request.setup_s, track.end + request.teardown_s
        lines.append(f"Busy {_clock(busy[0])} to {_clock(busy[1])} UTC, with setup and teardown")
    event.add("description", "\n".join(lines))
    return event


def _outage_event(outage: Outage, stations: dict[str, str], question: str, made_s: int) -> Event:
    event = _event(f"out-{outage.antenna}-{outage.start}@{question}", outage.start, outage.end, made_s)
    event.add("summary", f"{outage.antenna} out: {outage.reason}")
    event.add("location", stations.get(outage.antenna) or outage.antenna)
    event.add("transp", "TRANSPARENT")
    return event


def _event(uid: str, start: int, end: int, made_s: int) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", datetime.fromtimestamp(made_s, UTC))
    event.add("dtstart", datetime.fromtimestamp(start, UTC))
    event.add("dtend", datetime.fromtimestamp(end, UTC))
    return event


def _clock(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
