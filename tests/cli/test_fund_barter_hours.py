"""`comity fund barter hours`: from a schedule of antennas to two partners' account and their ledger, and back to claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comity.network.allocation.files import read_question, write_question, write_schedule
from tests.cli.test_record import comity
from tests.network.weeks import request, schedule, track, view, week

NASA, ESA = (("--by", p, "--key", f"{p}.pem") for p in ("nasa", "esa"))
BOTH = (*NASA, "--key", "esa.pem")
OF_WEEK = ("week.schedule.json", "--question", "week.json")


def hours(command: str, *arguments: str, ends: int = 0) -> str:
    return comity("fund", "barter", "hours", command, *arguments, ends=ends)


def give(*who: str, rate: str = "1000.00", ends: int = 0) -> str:
    return hours("give", "net.record", "antennas", *OF_WEEK, "--rate", rate, *who, ends=ends)


def confirm(number: int, *who: str) -> None:
    comity("fund", "barter", "confirm", "net.record", "antennas", "--number", str(number), *who)


def balances(under: str) -> dict[str, str]:
    found = json.loads(comity("fund", "ledger", "balance", "net.record", "pool", "--under", under, "--json"))
    return {row["account"]: row["balance"] for row in found["balances"]}


def claims(*more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hours("entitle", "net.record", "week.json", "--json", *more))
    return found


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record with a ledger and an account of hours; a week in which NASA gives ESA 4 h, and ESA gives NASA 6 h."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    asked = week(
        request("juice-1", view("C-70", 0, 10), agency="esa"),
        request("psyche-1", view("B-34", 0, 10), hours=6, agency="nasa"),
    )
    write_question(asked, "week.json")
    write_schedule(schedule(track("juice-1", "C-70", 1, 5), track("psyche-1", "B-34", 1, 7)), "week.schedule.json")
    for name in ("nasa", "esa"):
        comity("record", "key", "new", f"{name}.pem")
    comity("record", "init", "net.record", "--programme", "net", "--founder", "nasa=nasa.pem", "--founder", "esa=esa.pem",
           "--at", "2026-01-01")  # fmt: skip
    comity("fund", "ledger", "open", "net.record", "pool", "--currency", "EUR", "--treasurer", "esa",
           "--from", "2026-01-01", *BOTH)  # fmt: skip
    comity("fund", "barter", "open", "net.record", "antennas", "--with", "esa", "--currency", "EUR", "--limit", "5000.00",
           "--ledger", "pool", *NASA)  # fmt: skip
    comity("fund", "barter", "confirm", "net.record", "antennas", *ESA)
    return tmp_path


def test_what_a_schedule_gave_is_counted() -> None:
    assert json.loads(hours("count", *OF_WEEK, "--json"))["owed"] == {"esa": 2.0, "nasa": -2.0}
    assert json.loads(hours("count", *OF_WEEK, "--weight", "C-70=2", "--json"))["owed"] == {"esa": -2.0, "nasa": 2.0}
    assert "esa is owed 2.00 h" in hours("count", *OF_WEEK)


def test_hours_stand_in_the_ledger_once_the_other_side_confirms_them() -> None:
    give(*NASA)
    assert balances("Equity:Barter") == {}
    confirm(1, *ESA)
    assert "esa owes nasa 4,000.00 EUR" in comity("fund", "barter", "show", "net.record", "antennas")
    assert sorted(balances("Equity:Barter").values()) == ["-4000.00", "4000.00"]
    give(*ESA)
    confirm(2, *NASA)
    assert "nasa owes esa 2,000.00 EUR" in comity("fund", "barter", "show", "net.record", "antennas")
    assert sorted(balances("Equity:Barter").values()) == ["-2000.00", "2000.00"]
    posted = json.loads(comity("fund", "ledger", "journal", "net.record", "pool", "--json"))
    assert [one["narration"] for one in posted] == [
        "nasa gives esa: hours on antennas, week, 4.00 h",
        "esa gives nasa: hours on antennas, week, 6.00 h",
    ]


def test_hours_that_are_owed_are_a_claim_on_the_next_week(place: Path) -> None:
    before = claims()["entitlement"]
    give(*NASA)
    assert claims()["entitlement"] == before  # not confirmed yet
    confirm(1, *ESA)
    found = claims("--out", "claimed.json")
    assert found["owed_hours"] == {"esa": -4.0, "nasa": 4.0}
    assert found["owned_hours"] == {"esa": 48.0, "nasa": 96.0}
    assert found["entitlement"] == pytest.approx({"esa": 44 / 144, "nasa": 100 / 144})
    assert dict(read_question(place / "claimed.json").entitlement) == pytest.approx(found["entitlement"])


def test_what_is_wrong_is_said_and_changes_nothing() -> None:
    give(*NASA)
    before = comity("record", "log", "net.record", "--json")
    for said, done in (
        ("nasa gave the hours of week already: number 1 of 'antennas'", give(*NASA, ends=2)),
        ("is more than", give(*ESA, rate="0.00", ends=2)),
        ("decimal places", give(*ESA, rate="1.001", ends=2)),
        ("antennas", hours("give", "net.record", "antenas", *OF_WEEK, "--rate", "1", *ESA, ends=2)),
        ("DSS-43=4", hours("count", *OF_WEEK, "--weight", "C-70", ends=2)),
        ("there is no barter 'x'", hours("entitle", "net.record", "week.json", "--barter", "x", ends=2)),
        ("No such file", hours("count", "no.json", "--question", "week.json", ends=2)),
    ):
        assert said in " ".join(done.split())
    assert comity("record", "log", "net.record", "--json") == before


def test_more_than_either_may_owe_is_not_confirmed() -> None:
    give(*ESA)
    refused = comity("fund", "barter", "confirm", "net.record", "antennas", "--number", "1", *NASA, ends=2)
    assert "would owe 6000.00 EUR" in refused
    assert balances("Equity:Barter") == {}
