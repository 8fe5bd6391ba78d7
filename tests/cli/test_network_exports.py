"""`comity network export`: the same schedule gives the same bytes, today and tomorrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.network.allocation.files import write_question, write_schedule
from tests.cli.test_network_schedules import ASKED, MADE, run
from tests.network.weeks import START


@pytest.mark.parametrize(
    ("name", "by_itself", "said"),
    [
        ("w.ics", "DTSTAMP:20260302T000000Z", "DTSTAMP:20260301T060000Z"),
        ("w.xml", 'generationTime="2026-061T00:00:00.000Z"', 'generationTime="2026-060T06:00:00.000Z"'),
    ],
)
def test_the_time_of_an_export_is_of_the_schedule_and_never_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, by_itself: str, said: str
) -> None:
    write_question(ASKED, tmp_path / "q.json")
    write_schedule(MADE, tmp_path / "s.json")
    words = ("network", "export", tmp_path / "s.json", "--question", tmp_path / "q.json")
    assert ASKED.start == START
    run(*words, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    assert by_itself in first.decode()
    monkeypatch.setattr("time.time", lambda: START + 1e9)
    run(*words, tmp_path / f"later-{name}")
    assert (tmp_path / f"later-{name}").read_bytes() == first
    run(*words, tmp_path / f"said-{name}", "--made", "2026-03-01T06:00Z")
    assert said in (tmp_path / f"said-{name}").read_text(encoding="utf-8")
