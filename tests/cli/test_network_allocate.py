"""`comity network allocate`, `check` and `dsn`, as a user meets them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from comity.cli.app import app
from comity.network.allocation.files import read_question, read_schedule, write_question, write_schedule
from comity.network.allocation.verify import check
from tests.network.allocation.test_files import satnet
from tests.network.weeks import request, schedule, track, view, week

ASKED = week(
    request("orbiter-1", view("A-34", 2, 8), view("B-34", 8, 16), agency="esa"),
    request("lander-1", view("A-34", 2, 8), hours=5, minimum=4, agency="nasa"),
    request("probe-1", view("A-34", 2, 7), agency="jaxa"),
)


def run(*arguments, code=0):
    found = CliRunner().invoke(app, [*map(str, arguments)])
    assert found.exit_code == code, found.output
    return found.stdout if not code else found.output


@pytest.fixture
def asked(tmp_path):
    write_question(ASKED, tmp_path / "q.json")
    return tmp_path / "q.json"


def test_hours_are_shared_and_the_schedule_passes_its_check(asked, tmp_path):
    out = tmp_path / "s.json"
    text = run("network", "allocate", asked, "--aim", "hours", "--seconds", 2, "-o", out, "--quiet")
    assert "9.0 of 13.0 h asked for, in 2 tracks; 2 of 3 requests" in text
    assert "no schedule tracks more than" in text and "the worst off: probe 100%" in text and "esa" in text
    assert check(ASKED, read_schedule(out)) == ()
    assert run("network", "check", out, "-q", asked).endswith("valid: every rule is kept\n")


def test_all_is_there_for_programs(asked):
    found = json.loads(run("network", "allocate", asked, "--seconds", 1, "--seed", 3, "--json", "--quiet"))
    assert found["satisfied"] == 2 and found["bound_hours"] >= found["hours"] == 9
    assert found["seed"] == 3 and len(found["tracks"]) == 2 and found["agencies"]["jaxa"]["hours"] == 0


def test_a_schedule_is_improved_with_few_changes(asked, tmp_path):
    write_schedule(schedule(track("orbiter-1", "A-34", 2, 6)), tmp_path / "s.json")
    begin = ("network", "allocate", asked, "--start", tmp_path / "s.json", "--seconds", 1, "--aim", "hours", "--quiet")
    assert "4.0 of 13.0 h" in run(*begin, "--change-cost", 20)
    assert "9.0 of 13.0 h" in run(*begin, "--change-cost", 1)


def test_a_bound_that_cannot_be_is_refused_and_a_stated_one_is_not_called_proved(asked, tmp_path):
    good = schedule(track("orbiter-1", "A-34", 2, 6))
    write_schedule(replace(good, bound_hours=3.0), tmp_path / "s.json")
    said = run("network", "check", tmp_path / "s.json", "-q", asked, code=1)
    assert said.startswith("bound: no schedule is said to track more than 3 h, and this one tracks 4.00 h")
    write_schedule(replace(good, bound_hours=9.5), tmp_path / "s.json")
    assert "stated, not proved again: none tracks more than 9.5 h" in run(
        "network", "check", tmp_path / "s.json", "-q", asked
    )
    assert (
        "not proved again" in json.loads(run("network", "check", tmp_path / "s.json", "-q", asked, "--json"))["bound"]
    )


def test_a_bound_that_is_reached_is_within_nothing_whatever_the_rounding(asked, tmp_path):
    write_schedule(replace(schedule(track("orbiter-1", "A-34", 2, 6)), bound_hours=4 - 1e-9), tmp_path / "s.json")
    assert "this one is within 0.0%" in run("network", "check", tmp_path / "s.json", "-q", asked)


def test_a_broken_schedule_is_no_beginning(asked, tmp_path):
    twice = track("orbiter-1", "A-34", 2, 6)
    write_schedule(schedule(twice, twice), tmp_path / "s.json")
    begin = ("network", "allocate", asked, "--start", tmp_path / "s.json", "--seconds", 1, "-o", tmp_path / "o.json")
    said = run(*begin, "--quiet", code=2)
    assert "split: orbiter-1: 2 tracks" in said and "antenna: A-34: orbiter-1 2026-03-02T02:00:00Z overlaps" in said
    assert not (tmp_path / "o.json").exists()


def test_a_broken_schedule_is_refused_with_its_rule(asked, tmp_path):
    write_schedule(schedule(track("orbiter-1", "A-34", 2, 6), track("lander-1", "A-34", 4, 8)), tmp_path / "s.json")
    text = run("network", "check", tmp_path / "s.json", "-q", asked, code=1)
    assert text.startswith("antenna: A-34: orbiter-1 2026-03-02T02:00:00Z overlaps lander-1")
    found = json.loads(run("network", "check", tmp_path / "s.json", "-q", asked, "--json", code=1))
    assert not found["valid"] and found["faults"][0]["rule"] == "antenna"


def test_a_real_weeks_form_is_imported_from_a_folder(tmp_path):
    satnet(tmp_path)
    assert run("network", "dsn", "--from", tmp_path) == "W10_2026\n"
    run("network", "dsn", "W10_2026", "--from", tmp_path, "-o", tmp_path / "q.json")
    assert read_question(tmp_path / "q.json").name == "W10_2026"
    assert json.loads(run("network", "dsn", "W10_2026", "--from", tmp_path))["name"] == "W10_2026"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["allocate", "{q}", "--aim", "best"], "there is no such aim; there are hours, balanced"),
        (["allocate", "none.json"], "none.json: No such file"),
        (["allocate", "{q}", "--start", "none.json"], "none.json: No such file"),
        (["check", "{q}", "-q", "{q}"], "q.json"),
        (["dsn", "--from", "nowhere"], "nowhere/problems.json: No such file"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_says_why(asked, arguments, said):
    assert said in run("network", *(a.format(q=asked) for a in arguments), code=2)
