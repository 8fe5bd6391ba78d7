"""Questions and schedules as files, and weeks in SatNet's form: what is written is read back, what is wrong is told with its place."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings

from comity.network.allocation.dsn import import_week, weeks
from comity.network.allocation.files import as_json, read_question, read_schedule, write_question, write_schedule
from comity.network.allocation.search import allocate
from comity.network.errors import NetworkError
from tests.network.weeks import at, first_come, questions, request, view, week


@given(questions())
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read_back(tmp_path_factory, question):
    folder = tmp_path_factory.mktemp("files")
    made = allocate(question, time_s=0.02)
    write_question(question, folder / "q.json")
    write_schedule(made, folder / "s.json")
    assert read_question(folder / "q.json") == question
    assert read_schedule(folder / "s.json") == made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ('"A-34"], "start"', '"A-43"], "start"'),
            "request 'a-1' names antenna 'A-43', which there is not; did you mean",
        ),
        (('"minimum_s": 7200', '"minimum_s": 72000'), "request 'a-1': minimum_s lies between 1 and duration_s (14400)"),
        (('"duration_s": 14400', '"duration_s": "long"'), "q.json:"),
        (("T02:00:00Z", "T02:00:00"), "says no time zone; UTC is written"),
        (('"requests"', '"asks"'), "requests"),
        (('"a-1"', '"a-1'), "q.json:"),
        (('"priority"', '"prioriti"'), "unknown field 'prioriti'; did you mean 'priority'?"),
        (('"resource"', '"resurce": [], "resource"'), "unknown field 'resurce'; did you mean 'resource'?"),
        (('"diameter_m"', '"diameter": 3, "diameter_m"'), "unknown field 'diameter'; did you mean 'diameter_m'?"),
        (('"entitlement": {}', '"entitlements": {}'), "unknown field 'entitlements'; did you mean 'entitlement'?"),
        (
            ('"entitlement": {}', '"entitlement": {"esa": 2.0}'),
            "entitlement of 'esa' is 2.0; it is a share of the hours",
        ),
        (
            ('"entitlement": {}', '"entitlement": {"esa": 0.75, "nasa": 0.5}'),
            "the shares of all agencies sum to 1.25, more than 1",
        ),
    ],
)
def test_what_is_wrong_with_a_question_is_told_with_its_place(tmp_path, change, said):
    text = as_json(week(request("a-1", view("A-34", 2, 8), minimum=2)))
    assert change[0] in text
    (tmp_path / "q.json").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(NetworkError) as told:
        read_question(tmp_path / "q.json")
    assert said in str(told.value)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_field_of_a_schedule_that_has_no_meaning_is_refused(tmp_path, form):
    text = as_json(first_come(week(request("a-1", view("A-34", 2, 8)))))
    text = text.replace('"resource"', '"resorce": 1, "resource"') + ("# YAML\n" if form == "yaml" else "")
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    with pytest.raises(NetworkError, match=r"s\.json:4:.*unknown field 'resorce'; did you mean 'resource'\?"):
        read_schedule(tmp_path / "s.json")


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ('"1"', "bound_hours: '1' is not a number"),
        ("true", "bound_hours: True is not a number"),
        ("-10", "bound_hours: -10 must be at least 0"),
        ("NaN", "bound_hours:"),
        ("1e999", "bound_hours:"),
    ],
)
def test_a_bound_of_hours_is_a_finite_number(tmp_path, bound, said):
    text = f'{{"question": "week", "tracks": [], "bound_hours": {bound}}}'
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    with pytest.raises(NetworkError) as told:
        read_schedule(tmp_path / "s.json")
    assert said in str(told.value)
    assert str(tmp_path / "s.json:1:") in str(told.value)


# --- weeks in SatNet's form, made up here after its published field names ---------------------------------------------------


def satnet(folder, **changes):
    views = {"DSS-14": [{"RISE": at(1), "SET": at(9), "TRX ON": at(1) + 0.5, "TRX OFF": at(8.75)}],
             "DSS-24_DSS-25": [{"RISE": at(2), "SET": at(6), "TRX ON": at(2), "TRX OFF": at(6)}]}  # fmt: skip
    row = {"subject": 7, "user": "7_a", "week": 10, "year": 2026, "duration": 8.0, "duration_min": 4.0, "setup_time": 60,
           "teardown_time": 15, "track_id": "abc", "time_window_start": at(0), "time_window_end": at(24),
           "resource_vp_dict": views}  # fmt: skip
    (folder / "problems.json").write_text(json.dumps({"W10_2026": [{**row, **changes}]}))
    (folder / "maintenance.csv").write_text(f"week,year,starttime,endtime,antenna\n10,2026,{at(3)},{at(4)},DSS-14\n")
    return folder


def test_a_week_in_satnets_form_becomes_a_question(tmp_path):
    assert weeks(satnet(tmp_path)) == ("W10_2026",)
    question = import_week("W10_2026", tmp_path)
    (one,) = question.requests
    assert (one.user, one.duration_s, one.minimum_s, one.setup_s, one.part_s) == ("7", 28800, 14400, 3600, 14400)
    assert [(v.resource, v.start, v.end) for v in one.views] == [
        (("DSS-14",), at(1) + 1, at(8.75)), (("DSS-24", "DSS-25"), at(2), at(6))]  # fmt: skip
    assert [(a.id, a.diameter_m) for a in question.antennas] == [("DSS-14", 70), ("DSS-24", 34), ("DSS-25", 34)]
    assert [(o.antenna, o.start, o.end) for o in question.outages] == [("DSS-14", at(3), at(4))]
    assert question.end - question.start == 7 * 86400


def test_what_is_not_in_satnets_form_is_told(tmp_path):
    with pytest.raises(NetworkError, match=r"problems\.json: No such file"):
        weeks(tmp_path)
    with pytest.raises(NetworkError, match=r"there is no week 'W11'; there are W10_2026"):
        import_week("W11", satnet(tmp_path))
    with pytest.raises(NetworkError, match="W10_2026 is not as SatNet writes it"):
        import_week("W10_2026", satnet(tmp_path, resource_vp_dict=None))
    (tmp_path / "problems.json").write_text('{"W10_2026": [')
    with pytest.raises(NetworkError, match=r"problems\.json:1:15"):
        weeks(tmp_path)


def test_what_has_no_end_is_not_read(tmp_path):
    for read in (read_question, read_schedule):
        with pytest.raises(NetworkError, match="/dev/zero: is no regular file"):
            read("/dev/zero")
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(NetworkError, match=r"pipe\.json: is no regular file"):
        read_schedule(tmp_path / "pipe.json")
    with (tmp_path / "long.json").open("wb") as file:
        file.truncate(257 * 2**20)
    with pytest.raises(NetworkError, match=r"long\.json: larger than 256 MiB"):
        read_schedule(tmp_path / "long.json")


def test_first_come_is_written_too(tmp_path):
    question = week(request("a-1", view("A-34", 2, 8)))
    write_schedule(first_come(question), tmp_path / "s.json")
    assert read_schedule(tmp_path / "s.json").tracks[0].start == at(2)
