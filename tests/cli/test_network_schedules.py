"""`comity network repair`, `why`, `export`, `chart`, `book` and `comity fund barter hours`, as a user meets them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from comity.cli.app import app
from comity.network.allocation import placement
from comity.network.allocation.files import read_question, read_schedule, write_question, write_schedule
from comity.network.allocation.verify import check
from tests.network.weeks import request, schedule, track, view, week

ASKED = week(
    request("orbiter-1", view("A-34", 2, 8), view("B-34", 8, 16), agency="esa"),
    request("lander-1", view("A-34", 8, 14), view("C-70", 8, 14), agency="nasa"),
    request("probe-1", view("A-34", 2, 8), agency="jaxa"),
)
MADE = schedule(track("orbiter-1", "A-34", 2, 6), track("lander-1", "A-34", 8, 12))


def run(*arguments, code=0):
    found = CliRunner().invoke(app, [*map(str, arguments)])
    assert found.exit_code == code, found.output
    return found.stdout if not code else found.output


@pytest.fixture
def files(tmp_path):
    write_question(ASKED, tmp_path / "q.json")
    write_schedule(MADE, tmp_path / "s.json")
    return tmp_path / "s.json", "--question", tmp_path / "q.json"


def test_an_antenna_fails_and_the_schedule_is_mended(files, tmp_path):
    out, asked = tmp_path / "new.json", tmp_path / "asked.json"
    text = run("network", "repair", *files, "--outage", "A-34,2026-03-02T01:00Z,2026-03-02T07:00Z,gearbox",
               "--out", out, "--out-question", asked, "--quiet")  # fmt: skip
    assert "moved: orbiter orbiter-1: A-34 2026-03-02T02:00:00Z, 4.00 h to B-34 2026-03-02T08:00:00Z, 4.00 h" in text
    assert "1 track kept, 1 moved; 8.0 h before, 8.0 h after." in text
    assert read_question(asked).outages[0].reason == "gearbox"
    assert check(read_question(asked), read_schedule(out)) == ()


def test_a_landing_takes_priority(files, tmp_path):
    found = json.loads(run("network", "repair", *files, "--urgent", "probe-1", "--json", "--quiet"))
    assert found["counts"] == {"kept": 1, "moved": 1, "shortened": 0, "lengthened": 0, "dropped": 0, "new": 1}
    assert found["hours_after"] == 12 and found["proved"]


def test_a_request_comes_late(files, tmp_path):
    late = week(request("relay-1", view("A-34", 8, 13)))
    write_question(late, tmp_path / "late.json")
    text = run("network", "repair", *files, "--late", tmp_path / "late.json", "--quiet")
    assert "new: relay relay-1" in text and "moved: lander lander-1" in text


def test_an_answer_that_is_not_proved_says_so(files, monkeypatch):
    monkeypatch.setattr(placement, "WORK", 0.0)  # the search has no time at all for its second step
    mend = ("network", "repair", *files, "--urgent", "probe-1", "--quiet")
    found = CliRunner().invoke(app, [*map(str, mend)])
    assert "not proved: the limit came before the proof" in found.stderr
    assert json.loads(CliRunner().invoke(app, [*map(str, mend), "--json"]).stdout)["proved"] is False


def test_an_urgent_request_that_stays_unserved_is_told_with_why(tmp_path):
    short = request("relay-1", view("A-34", 8, 9))
    write_question(replace(ASKED, requests=(*ASKED.requests, short)), tmp_path / "q.json")
    write_schedule(MADE, tmp_path / "s.json")
    mend = ("network", "repair", tmp_path / "s.json", "-q", tmp_path / "q.json", "--urgent", "relay-1", "--quiet")
    text = run(*mend, "--out", tmp_path / "new.json", code=1)
    assert "urgent, and not served: relay, request relay-1: 4 h refused. No view period of 4 h is there on A-34" in text
    assert "1 urgent request gets nothing" in text
    assert read_schedule(tmp_path / "new.json").tracks == MADE.tracks
    (one,) = json.loads(CliRunner().invoke(app, [*map(str, mend), "--json"]).stdout)["urgent_refused"]
    assert (one["request"], one["rule"], one["got_s"]) == ("relay-1", "no-view", 0)


def test_late_requests_of_another_week_are_told(files, tmp_path):
    late = week(request("relay-1", view("A-34", 200, 213)), hours=240)
    write_question(late, tmp_path / "late.json")
    text = run("network", "repair", *files, "--late", tmp_path / "late.json", "--quiet", code=1)
    assert "All its view periods lie outside 2026-03-02T00:00:00Z to 2026-03-04T00:00:00Z" in text
    write_question(replace(late, antennas=(replace(late.antennas[0], id="Z-99"),),
                           requests=(request("relay-1", view("Z-99", 2, 9)),)), tmp_path / "late.json")  # fmt: skip
    said = run("network", "repair", *files, "--late", tmp_path / "late.json", "--quiet", code=2)
    assert "request 'relay-1' names antenna 'Z-99', which there is not" in said


def test_why_is_answered_in_words_and_in_figures(files):
    text = run("network", "why", *files, "probe")
    assert "probe, request probe-1: 4 h refused. No view period of 4 h is left on A-34; two missions hold them" in text
    assert "orbiter A-34 2026-03-02 02:00 to 06:00 moved to B-34 2026-03-02 08:00 to 12:00" in text
    (one,) = json.loads(run("network", "why", *files, "--json"))["refusals"]
    assert (one["rule"], one["reliefs"][0]["way"], one["got_s"]) == ("held", "move", 0)
    assert "got all that was asked for" in run("network", "why", *files, "lander")


@pytest.mark.parametrize(
    ("name", "begins"), [("w.csv", "start_utc,"), ("w.ics", "BEGIN:VCALENDAR"), ("w.xml", "<?xml version")]
)
def test_each_export_is_written(files, tmp_path, name, begins):
    run("network", "export", *files, tmp_path / name, "--made", "2026-03-01T00:00Z", "--only", "orbiter")
    text = (tmp_path / name).read_text()
    assert text.startswith(begins) and "orbiter" in text and "lander" not in text
    again = tmp_path / f"again-{name}"
    run("network", "export", *files, again, "--made", "2026-03-01T00:00Z", "--only", "orbiter")
    assert again.read_text() == text


def test_charts_are_drawn(files, tmp_path):
    run("network", "chart", *files, tmp_path / "w.html", "--before", files[0])
    run("network", "chart", *files, tmp_path / "w.svg")
    assert "What changed" in (tmp_path / "w.html").read_text()
    assert (tmp_path / "w.svg").read_text().startswith("<svg")


def test_a_chamber_is_booked(tmp_path):
    text = run(
        "network", "book", "webb-chamber-a", "--out", tmp_path / "b.json", "--chart", tmp_path / "b.html", "--quiet"
    )
    assert "jwst" in text and "174 d" in text
    assert len(read_schedule(tmp_path / "b.json").tracks) == 3
    assert "By facility" in (tmp_path / "b.html").read_text()


def test_hours_are_counted_and_become_claims(files, tmp_path):
    text = run("fund", "barter", "hours", "count", *files)
    assert "nasa is owed 4.00 h" in text and "esa owes 4.00 h" in text
    found = json.loads(run("fund", "barter", "hours", "count", *files, "--weight", "A-34=2", "--json"))
    assert found["given"] == [{"giver": "nasa", "taker": "esa", "hours": 8.0, "tracks": 1}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("repair", "--outage", "A-35,2026-03-02,2026-03-03"), "did you mean 'A-34'"),
        (("repair", "--outage", "A-34"), "write ANTENNA,FROM,TO"),
        (("repair", "--outage", "A-34,2026-03-02,soon"), "'soon' is no date and time"),
        (("repair", "--urgent", "probe-2"), "did you mean 'probe-1'"),
        (("repair", "--priority", "probe-1"), "write REQUEST=N"),
        (("why", "prob"), "did you mean 'probe'"),
        (("export", "w.pdf"), "an export is .csv, .ics or .xml"),
        (("export", "w.csv", "--only", "orbitr"), "did you mean 'orbiter'"),
        (("export", "w.xml", "--band", "X"), "no band of CCSDS 902.1"),
        (("chart", "w.png"), "a chart is .html or .svg"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_nothing(files, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert said in run("network", arguments[0], *files, *arguments[1:], code=2)
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_that_is_no_schedule_is_named_with_its_place(files, tmp_path):
    (tmp_path / "s.json").write_text('{"question": "week", "tracks": [{"start": 1}]}')
    assert "s.json" in run("network", "why", *files, code=2)


def test_a_schedule_of_another_week_is_refused(files, tmp_path):
    write_schedule(replace(MADE, question="W11"), tmp_path / "s.json")
    for command in (("why",), ("repair",), ("export", tmp_path / "w.csv"), ("chart", tmp_path / "w.svg")):
        assert "was made for 'W11', not for 'week'" in run("network", command[0], *files, *command[1:], code=2)
    assert "question: the schedule was made for 'W11'" in run("network", "check", *files, code=1)


def test_hours_go_to_the_mutual_account_and_come_back_as_claims(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("nasa", "esa"):
        run("record", "key", "new", f"{name}.pem")
    run("record", "init", "r.record", "--programme", "nets", "--founder", "nasa=nasa.pem", "--founder", "esa=esa.pem")
    nasa, esa = ("--by", "nasa", "--key", "nasa.pem"), ("--by", "esa", "--key", "esa.pem")
    run("fund", "barter", "open", "r.record", "hours", "--with", "esa", "--currency", "USD", "--limit", "9000", *nasa)
    run("fund", "barter", "confirm", "r.record", "hours", *esa)
    give = ("fund", "barter", "hours", "give", "r.record", "hours", *files, "--rate", "1057")
    run(*give, *nasa)
    assert "gave the hours of week already: number 1" in run(*give, *nasa, code=2)
    assert "esa gave nasa no hours by week" in run(*give, *esa, code=2)
    run("fund", "barter", "confirm", "r.record", "hours", "--number", "1", *esa)
    shown = run("fund", "barter", "show", "r.record", "hours")
    assert "nasa gave 4.00 h hours on antennas, week: 4,228.00 USD" in shown
    claims = ("fund", "barter", "hours", "entitle", "r.record", "q.json")
    found = json.loads(run(*claims, "--out", "entitled.json", "--json"))
    assert found["owed_hours"] == {"esa": -4.0, "nasa": 4.0}
    assert read_question("entitled.json").entitlement == found["entitlement"] == {"esa": 44 / 144, "nasa": 100 / 144}
    assert "+4.0" in run(*claims)
