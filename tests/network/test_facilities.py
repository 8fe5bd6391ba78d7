"""Bookings of other facilities: read with their places, asked as antennas are, and booked by the same engine."""

from __future__ import annotations

import re

import pytest

from comity.network.allocation.refusals import refusals
from comity.network.allocation.score import score
from comity.network.allocation.verify import check
from comity.network.errors import NetworkError
from comity.network.facilities import book, read_bookings, shipped

DAY = 86_400
FILE = """\
name: pads
from: 2026-01-01
to: 2026-03-01
facilities:
  pad-39a: {name: Pad 39A, site: Cape, owner: nasa}
  pad-41: {name: Pad 41, site: Cape, owner: ula}
closures:
  - {facility: pad-41, from: 2026-01-10, to: 2026-01-20, reason: flame trench}
bookings:
  lander-launch:
    mission: lander
    agency: nasa
    of: [pad-39a, pad-41]
    duration: 10 days
    setup: 2 days
    cleaning: 36 h
    windows: [{from: 2026-01-05, to: 2026-01-20}]
  orbiter-launch:
    mission: orbiter
    of: [[pad-41, pad-39a]]
    duration: 2 weeks
    minimum: 10 days
"""


def read(tmp_path, text=FILE):
    file = tmp_path / "pads.yaml"
    file.write_text(text)
    return read_bookings(file)


def test_bookings_become_requests(tmp_path):
    asked = read(tmp_path)
    lander, orbiter = asked.requests
    assert (lander.duration_s, lander.minimum_s, lander.setup_s, lander.teardown_s) == (
        10 * DAY, 10 * DAY, 2 * DAY, 36 * 3600,
    )  # fmt: skip
    assert [(v.resource, (v.end - v.start) / DAY) for v in lander.views] == [(("pad-39a",), 15), (("pad-41",), 15)]
    # Two pads together are one resource, in order of their names; without windows it is the whole time.
    assert [(v.resource, (v.end - v.start) / DAY) for v in orbiter.views] == [(("pad-39a", "pad-41"), 59)]
    assert (orbiter.duration_s, orbiter.minimum_s) == (14 * DAY, 10 * DAY)


def test_they_are_booked_around_what_is_closed(tmp_path):
    asked = read(tmp_path)
    made = book(asked)
    assert check(asked, made) == ()
    assert score(asked, made).satisfied == 2
    assert next(t for t in made.tracks if t.request == "lander-launch").resource == ("pad-39a",)


def test_a_booking_with_priority_is_not_pushed_out(tmp_path):
    text = FILE.replace("of: [pad-39a, pad-41]", "of: [pad-39a]").replace(
        "    duration: 2 weeks\n", "    duration: 52 days\n"
    )
    text = text.replace("    minimum: 10 days\n", "").replace(
        "    agency: nasa\n", "    agency: nasa\n    priority: 9\n"
    )
    asked = read(tmp_path, text)
    made = book(asked)
    assert [t.request for t in made.tracks] == ["lander-launch"]
    (refused,) = refusals(asked, made)
    assert refused.rule in ("outages", "no-view")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "of: [pad-39a, pad-41]",
            "of: [pad-39]",
            "pads.yaml:13:9: there is no facility 'pad-39'; did you mean 'pad-39a'?",
        ),
        ("facility: pad-41,", "facility: pad-14,", "pads.yaml:8:16: there is no facility 'pad-14'"),
        ("duration: 10 days", "duration: ten days", "'ten days' is no length of time; write '4 h'"),
        ("to: 2026-01-20}]", "to: 2026-01-05}]", "pads.yaml:17:15: ends before it starts"),
        ("from: 2026-01-05", "from: 5 January", "'5 January' is no day or moment; write 2017-07-10"),
        ("from: 2026-01-05", "from: 2026-01-05T12:00", "says no time zone"),
        ("    mission: lander\n", "    misson: lander\n", "did you mean 'mission'"),
        ("duration: 10 days", "duration: 400 days", "pads.yaml:14"),
        ("minimum: 10 days", "minimum: 3 weeks", "minimum_s lies between 1 and duration_s"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, old, new, said):
    assert old in FILE
    with pytest.raises(NetworkError, match=re.escape(said)):
        read(tmp_path, FILE.replace(old, new, 1))


def test_the_year_of_webb_in_chamber_a():
    asked = read_bookings("webb-chamber-a")
    webb = next(r for r in asked.requests if r.user == "jwst")
    # Sealed on 10 July, opened on 18 November, out on 1 December 2017.
    assert (webb.duration_s, webb.teardown_s) == (131 * DAY, 13 * DAY)
    made = book(asked)
    assert check(asked, made) == () and score(asked, made).satisfied == 3


def test_a_file_that_there_is_not_is_named():
    assert "webb-chamber-a" in shipped()
    with pytest.raises(NetworkError, match="did you mean 'webb-chamber-a'"):
        read_bookings("web-chamber-a")
