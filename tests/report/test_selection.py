"""A selection's page: who named and paid what, why, and that a browser shows it on a phone."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from benchmarks.selection import drawn
from comity.funding.selection.election import Election
from comity.funding.selection.rules import select
from comity.report.selection import MOST_MISSIONS, MOST_ROWS, render_selection
from tests.funding.selection.elections import approval

SMALL = approval(60, {"a": 30, "b": 30, "c": 24}, ["a b"] * 6 + ["c"] * 4)


def page(election: Election = SMALL, **terms: Any) -> str:
    return render_selection(
        election, select(election, **terms), title="Small", completion=terms.get("completion", "none")
    )


def words(html: str) -> str:
    """What a reader sees, without the narrow spaces."""
    body = html[html.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u202f", "").replace("\xa0", " ").split())


def test_it_says_what_each_paid_what_is_left_and_why() -> None:
    said = words(page())
    assert "budget 60.0 10 members spent 54.0 90 % of the budget left 6.0 10 % of the budget" in said
    assert "1. a 30.0 Named by 6 of 10 members. Chosen as number 1 at 0.17 (price per unit of satisfaction)." in said
    assert "Paid by v0, v1, v2 and 3 others 30.0." in said
    assert (
        "b 30.0 Named by 6 of 10 members. Not chosen: its supporters lack 24.0 of its cost at the end; with all" in said
    )
    assert "v6, v7, v8 and 1 other 0 left Named 1 mission, of which 1 is chosen. Paid for c (24.0); 0 left." in said


def test_the_matrix_marks_who_named_and_who_paid() -> None:
    rows = re.findall(r"<tr><th scope=.row.*?</tr>", page())
    marks = [re.findall(r'mark (paid|named)"|<td class="cell"></td>', row) for row in rows]
    assert marks == [["paid", "", "named"], ["", "paid", ""]]  # the chosen first: a, c; then b


def test_by_greedy_welfare_nobody_is_told_to_have_paid() -> None:
    said = words(page(rule="greedy"))
    assert "Paid" not in said and "out of the common budget" in said
    assert "c 24.0 Named by 4 of 10 members. Not chosen: with all that was chosen it would exceed" in said


def test_a_large_election_is_told_by_its_largest_groups() -> None:
    ballots = [f"p{k % 70} p{k * 7 % 70}" for k in range(200)]
    html = page(approval(1000, {f"p{k}": 10 + k for k in range(70)}, ballots))
    assert html.count('<tr><th scope="row"') == MOST_ROWS
    assert html.count('class="mission') == MOST_MISSIONS
    assert "other members" in html and "10 missions more are not shown" in html


def test_names_stay_text() -> None:
    evil = "<script>alert(1)</script>"
    html = page(replace(SMALL, meta={"description": evil, "currency": "EUR"}))
    assert evil not in html and "30.0 EUR" in words(html)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_off_the_side(scheme: str, chromium: Any, tmp_path: Path) -> None:
    file = tmp_path / "selection.html"
    election = drawn(60, 30, scoring=False, seed=1)
    long = tuple(replace(p, about={"name": f"a mission with a rather long name, {p.id}"}) for p in election.projects)
    file.write_text(page(replace(election, projects=long)), encoding="utf-8")
    for width in (390, 1280):
        shown = chromium.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        said: list[str] = []
        shown.on("console", lambda message, said=said: said.append(message.text))
        shown.goto(file.as_uri())
        assert shown.evaluate("document.documentElement.scrollWidth") == width
        assert shown.locator(".mark.paid").count() > 30
        assert said == []
        shown.close()
