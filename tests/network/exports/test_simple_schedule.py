"""The CCSDS Simple Schedule: its structure, its times, and what is refused when it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.network.errors import NetworkError
from comity.network.exports.simple_schedule import (
    BANDS,
    SERVICES,
    STATUSES,
    read_simple_schedule,
    simple_schedule_xml,
    time_code_b,
)
from tests.network.weeks import START, first_come, questions, request, schedule, track, view, week

#: Not the book's own schema, which was not at hand: elements, attributes and enumerations as an independent implementation
#: of CCSDS 902.1-B-1 (Dr. Orbiteex) writes them.
PROFILE = xmlschema.XMLSchema(Path(__file__).with_name("simple_schedule_profile.xsd"))
ASKED = week(request("juice-1", view("C-70", 0, 10)), request("juice-2", view("A-34+B-34", 12, 20), hours=4), hours=24)
MADE = schedule(track("juice-1", "C-70", 1, 5), track("juice-2", "A-34+B-34", 13, 17))


def written(**more: str) -> str:
    return simple_schedule_xml(ASKED, MADE, originator="esa", made_s=START, **more)  # type: ignore[arg-type]


def test_it_has_the_structure_of_the_format():
    PROFILE.validate(written(status="OPERATIONAL", service="TELEMETRY", band="X-DS"))


def test_an_array_is_an_activity_for_each_antenna():
    found = read_simple_schedule(written())
    assert [(a.package, a.site, a.aperture) for a in found] == [
        ("juice-1", "Gamma", "C-70"), ("juice-2", "Alpha", "A-34"), ("juice-2", "Beta", "B-34"),
    ]  # fmt: skip
    one = found[0]
    assert (one.track_start - one.busy_start, one.busy_end - one.track_end) == (3600, 900)
    assert (one.user, one.status) == ("juice", "COMMITTED")


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        # 2018-03-05 is day 64, and 2020-12-31 day 366 of a leap year.
        (1520208000, "2018-064T00:00:00.000Z"),
        (1609459199, "2020-366T23:59:59.000Z"),
    ],
)
def test_times_are_in_time_code_b(time_s, text):
    assert time_code_b(time_s) == text


@settings(max_examples=30, deadline=None)
@given(questions())
def test_what_is_written_is_read_again(question):
    made = first_come(question)
    text = simple_schedule_xml(question, made, originator="esa", made_s=question.start)
    PROFILE.validate(text)
    found = read_simple_schedule(text)
    assert sorted((a.package, a.aperture, a.track_start, a.track_end) for a in found) == sorted(
        (t.request, name, t.start, t.end) for t in made.tracks for name in t.resource
    )


def test_names_are_escaped():
    asked = week(request('a<b&"c"-1', view("C-70", 0, 10), user="<&>"))
    text = simple_schedule_xml(asked, schedule(track('a<b&"c"-1', "C-70", 1, 5)), originator='"&<', made_s=START)
    assert read_simple_schedule(text)[0].user == "<&>"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t[:-30], "not XML"),
        (lambda t: t.replace("urn:ccsds:schema:cssm:1.0.0", "urn:other"), "not simpleSchedule"),
        (lambda t: t.replace("simpleScheduleHeader", "header"), "no simpleScheduleHeader"),
        (lambda t: t.replace('siteRef="Gamma"', ""), "activity 'juice-1/1/C-70' has no siteRef"),
        (lambda t: t.replace('endOfTrack="2026-061T05', 'endOfTrack="2026-061T00'), "not after beginningOfTrack"),
        (lambda t: t.replace('beginningOfTrack="2026-061T01', 'beginningOfTrack="2026-03-02T01'), "not in time code B"),
        (lambda t: '<!DOCTYPE x [<!ENTITY e "e">]>' + t, "no document type"),
    ],
)
def test_what_is_no_simple_schedule_is_refused(change, said):
    text = written()
    assert change(text) != text
    with pytest.raises(NetworkError, match=re.escape(said)):
        read_simple_schedule(change(text))


@pytest.mark.parametrize("what", [{"status": "FINAL"}, {"service": "PICTURES"}, {"band": "X"}])
def test_words_that_the_format_has_not_are_refused(what):
    with pytest.raises(NetworkError, match=r"no (status|service|band) of CCSDS 902\.1"):
        written(**what)


def test_every_word_of_the_format_can_be_written():
    for status in STATUSES:
        PROFILE.validate(written(status=status))
    for service in SERVICES:
        PROFILE.validate(written(service=service))
    for band in BANDS:
        PROFILE.validate(written(band=band))


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=200)
    | st.builds(lambda a, b: written()[:a] + written()[b:], st.integers(0, 1500), st.integers(0, 1500))
)
def test_no_text_does_more_than_be_refused(text):
    try:
        read_simple_schedule(text)
    except NetworkError:
        return
