"""A schedule's page and picture: what they show, that nothing escapes, and that a browser draws them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from comity.network import facilities
from comity.network.allocation.disruption import disruption
from comity.network.allocation.question import Outage
from comity.report.lettering import text_width
from comity.report.schedules import SchedulePicture, antenna_rows, mission_rows, render_schedule
from comity.report.schedules_svg import schedule_svg
from tests.network.weeks import at, request, schedule, track, view, week

EVIL = "</script><script>alert(1)</script>"
ASKED = week(
    request("juice-1", view("C-70", 0, 10), agency="esa"),
    request("juice-2", view("A-34+B-34", 12, 20), agency="esa"),
    request("psyche-1", view("B-34", 0, 10), hours=6, minimum=3, agency="nasa"),
    outages=[Outage("A-34", at(30), at(36), f"bearing {EVIL}")],
    entitlement={"esa": 0.25, "nasa": 0.75},
)
MADE = schedule(track("juice-1", "C-70", 1, 5), track("psyche-1", "B-34", 1, 4))
BEFORE = schedule(track("juice-1", "C-70", 2, 6), track("psyche-1", "B-34", 1, 4))


def picture(**more):
    return SchedulePicture(ASKED, MADE, **more)


def test_each_antenna_and_each_mission_has_its_row():
    rows = antenna_rows(picture())["rows"]
    assert [(r["name"], len(r["bars"]), len(r["outs"])) for r in rows] == [
        ("A-34", 0, 1),
        ("B-34", 1, 0),
        ("C-70", 1, 0),
    ]
    assert rows[2]["bars"][0]["w"] == [at(1), at(5), at(0), at(5.25), 0]
    assert [(r["name"], r["note"]) for r in mission_rows(picture())["rows"]] == [("juice", "50%"), ("psyche", "50%")]


def test_tracks_at_once_are_drawn_beside_each_other():
    both = schedule(track("juice-1", "C-70", 1, 5), track("juice-2", "A-34+B-34", 4, 8))
    juice = mission_rows(SchedulePicture(ASKED, both))["rows"][0]
    assert juice["lanes"] == 2 and [b["w"][4] for b in juice["bars"]] == [0, 1]


def test_the_page_says_who_got_what_and_what_changed():
    text = render_schedule(
        picture(refusals=["juice, request juice-2: 4 h refused."], changes=disruption(ASKED, BEFORE, MADE))
    )
    assert "juice, request juice-2: 4 h refused." in text
    assert "7.0" in text and "50.0% of 14.0 h" in text
    assert "4.0 of 8.0 h claimed" in text
    assert re.search(r"<b>1</b>moved", text) and "C-70 2026-03-02 02:00 to 06:00" in text


def test_nothing_that_a_file_says_can_leave_its_place():
    text = render_schedule(SchedulePicture(ASKED, MADE, refusals=[EVIL]))
    assert EVIL not in text
    data = re.search(r'id="chart-data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data[1])["antennas"]["rows"][0]["outs"][0]["reason"] == f"bearing {EVIL}"
    assert EVIL not in schedule_svg(picture())


def test_the_picture_is_one_svg_that_stands_alone():
    root = ET.fromstring(schedule_svg(picture()))
    names = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"By antenna", "By mission", "A-34", "juice", "50%, 3.0 of 6.0 h"} <= set(names)
    assert "http" not in schedule_svg(picture()).replace("http://www.w3.org/2000/svg", "")


def test_an_empty_schedule_and_an_empty_question_are_drawn():
    for asked in (ASKED, week()):
        assert "By mission" in render_schedule(SchedulePicture(asked, schedule()))
        ET.fromstring(schedule_svg(SchedulePicture(asked, schedule())))


#: Ten months in a chamber, that end as a month does; long names, and thousands of hours.
LONG = facilities.read_bookings("webb-chamber-a")
BOOKED = SchedulePicture(LONG, facilities.book(LONG), word="facility")


def test_no_letters_of_the_picture_reach_into_what_stands_beside_them():
    texts = ET.fromstring(schedule_svg(BOOKED)).iter("{http://www.w3.org/2000/svg}text")
    size = {"title": 15, "soft": 11, "small": 9.5}
    rows: dict[str, list[tuple[float, float]]] = {}
    for text in texts:
        wide = text_width(text.text or "", size.get(text.get("class", ""), 12))
        left = float(text.get("x")) - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor", ""), 0.0)
        rows.setdefault(text.get("y"), []).append((left, left + wide))
    for row in rows.values():
        row.sort()
        assert row[-1][1] <= 1200 + 16
        assert all(one[1] <= other[0] for one, other in pairwise(row))


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_no_letters_of_the_page_are_cut_off(chromium, tmp_path, width):
    page = tmp_path / "chamber.html"
    page.write_text(render_schedule(BOOKED), encoding="utf-8")
    view_ = chromium.new_page(viewport={"width": width, "height": 900})
    view_.goto(page.as_uri())
    view_.wait_for_selector("html[data-ready=yes]")
    over = """() => [...document.querySelectorAll("[id^=chart-] svg text")].filter((t) =>
        t.getBoundingClientRect().right > t.closest("svg").getBoundingClientRect().right + 0.5).map((t) => t.textContent)"""
    assert view_.evaluate(over) == []
    assert view_.evaluate("document.documentElement.scrollWidth") <= width
    assert "Mar 2018" in view_.locator("#chart-antennas svg").text_content()
    assert view_.evaluate("[...document.querySelectorAll('.fair .n')].every((n) => n.scrollWidth <= n.clientWidth)")
    view_.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_draws_it_without_a_word(chromium, tmp_path, width, scheme):
    page = tmp_path / "week.html"
    page.write_text(render_schedule(picture(refusals=["psyche got less"])), encoding="utf-8")
    said = []
    view_ = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    view_.on("console", lambda m: said.append(m.text))
    view_.on("pageerror", lambda e: said.append(str(e)))
    view_.goto(page.as_uri())
    view_.wait_for_selector("html[data-ready=yes]")
    assert said == []
    assert view_.evaluate("document.documentElement.scrollWidth") <= width
    assert view_.locator("#chart-antennas svg").count() == 1
    view_.locator('.chips button[data-user="psyche"]').click()
    assert view_.locator('.chips button[aria-pressed="true"]').inner_text() == "psyche"
    assert said == []
    view_.close()
