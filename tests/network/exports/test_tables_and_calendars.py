"""CSV and iCalendar: what they say, and that others read it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from comity.network.allocation.question import Outage
from comity.network.errors import NetworkError
from comity.network.exports.calendar import schedule_calendar
from comity.network.exports.choice import of_interest
from comity.network.exports.table import COLUMNS, schedule_csv
from tests.network.weeks import START, at, request, schedule, track, view, week

ASKED = week(
    request("juice-1", view("C-70", 0, 10), agency="esa"),
    request("psyche-1", view("A-34+B-34", 12, 20), agency="nasa"),
    outages=[Outage("A-34", at(30), at(36), "bearing; new, oiled")],
)
MADE = schedule(track("juice-1", "C-70", 1, 5), track("psyche-1", "A-34+B-34", 13, 17))


def test_a_row_says_who_where_when_and_how_long_antennas_are_busy():
    rows = list(csv.DictReader(io.StringIO(schedule_csv(ASKED, MADE))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[1] == {
        "start_utc": "2026-03-02T13:00:00Z",
        "end_utc": "2026-03-02T17:00:00Z",
        "hours": "4.0000",
        "user": "psyche",
        "agency": "nasa",
        "request": "psyche-1",
        "antennas": "A-34+B-34",
        "stations": "Alpha+Beta",
        "owners": "nasa+esa",
        "busy_from_utc": "2026-03-02T12:00:00Z",
        "busy_until_utc": "2026-03-02T17:15:00Z",
    }


def test_no_name_becomes_a_formula():
    asked = week(request("=1+1-1", view("C-70", 0, 10), user="@sum"))
    (row,) = csv.DictReader(io.StringIO(schedule_csv(asked, schedule(track("=1+1-1", "C-70", 1, 5)))))
    assert (row["user"], row["request"]) == ("'@sum", "'=1+1-1")


def events(**more: bool) -> list[object]:
    return list(Calendar.from_ical(schedule_calendar(ASKED, MADE, made_s=START, **more)).walk("VEVENT"))


def test_a_calendar_has_an_event_for_each_track_and_outage():
    tracks = events()
    assert [str(e["SUMMARY"]) for e in tracks] == [
        "juice on C-70",
        "psyche on A-34+B-34",
        "A-34 out: bearing; new, oiled",
    ]
    first = tracks[0]
    assert first["DTSTART"].dt == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert first["DTEND"].dt == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert first["DTSTAMP"].dt == datetime(2026, 3, 2, tzinfo=UTC)
    assert str(first["LOCATION"]) == "Gamma"
    assert "Busy 2026-03-02 00:00:00 to 2026-03-02 05:15:00 UTC" in first["DESCRIPTION"]
    assert len(events(outages=False)) == 2


def test_an_event_keeps_its_name_while_its_place_is_kept():
    later = schedule(track("juice-1", "C-70", 1, 4.5), track("psyche-1", "A-34+B-34", 14, 18))
    changed = list(Calendar.from_ical(schedule_calendar(ASKED, later, made_s=START)).walk("VEVENT"))
    assert str(events()[0]["UID"]) == str(changed[0]["UID"])
    assert str(events()[1]["UID"]) != str(changed[1]["UID"])


@pytest.mark.parametrize(
    ("name", "requests"),
    [("juice", 1), ("nasa", 2), ("esa", 2), ("Beta", 1), ("B-34", 1), ("psyche-1", 1)],
)
def test_a_part_of_it_concerns_someone(name, requests):
    assert len(of_interest(ASKED, MADE, [name]).tracks) == requests
    assert of_interest(ASKED, MADE, []) == MADE


def test_who_is_nobody_is_named():
    with pytest.raises(NetworkError, match="did you mean 'psyche'"):
        of_interest(ASKED, MADE, ["psych"])
