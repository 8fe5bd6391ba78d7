"""What a report holds, and what it must never do: load anything, or run what a programme's text says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from comity.report.page import render, write_report
from comity.report.question import ReportInput
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build
from tests.report.told_about import everything

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028"


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append((given, ""))

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


@pytest.mark.parametrize("study", ["ska", "full"])
def test_nothing_is_loaded_and_links_to_sources_are_plain(study: str, request: pytest.FixtureRequest) -> None:
    page = Page(render(request.getfixturevalue(study)))
    for tag, given in page.elements:
        assert "src" not in given, tag
        assert not any(name.startswith("on") for name in given), tag
        if "href" in given and not given["href"].startswith("#"):
            assert tag == "a" and given["href"].startswith(("https://", "http://")) and "noopener" in given["rel"]
        assert tag not in ("link", "iframe", "object", "embed", "base", "img")


def test_the_policy_allows_the_page_s_own_scripts_and_no_other(full: ReportInput) -> None:
    page = Page(render(full))
    policy = next(
        given["content"] for tag, given in page.elements if given.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    run = [text for given, text in page.scripts if given.get("type") != "application/json"]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in run}
    assert len(run) == 2
    assert hashes == set(re.search(r"script-src ([^;]+)", policy)[1].split())  # type: ignore[index]


def test_every_partner_and_mission_of_a_real_plan_is_named(ska: ReportInput) -> None:
    text = unescape(render(ska))
    for partner in ska.programme.contributors:
        assert ska.programme.partners[partner].name in text
    for planned in ska.plan.missions:
        assert ska.programme.missions[planned.mission].name in text


def test_a_hostile_name_stays_text() -> None:
    programme = example(
        partners__esa__name=HOSTILE,
        missions__moon__name=HOSTILE,
        programme__name=HOSTILE,
        programme__summary=HOSTILE,
        missions__moon__elements__bus__name=HOSTILE,
    )
    objectives = {o: v.model_copy(update={"name": HOSTILE}) for o, v in programme.objectives.items()}
    programme = programme.model_copy(update={"objectives": objectives})
    given = everything(ReportInput(programme=programme, plan=build(programme, PICKS, CASH), violations=(HOSTILE,)))
    page = Page(render(given))
    assert len(page.scripts) == 3
    assert not any(tag == "img" for tag, _ in page.elements)
    data = json.loads(next(text for attributes, text in page.scripts if attributes.get("type") == "application/json"))
    assert HOSTILE in json.dumps(data, ensure_ascii=False).replace('\\"', '"')


def test_a_source_whose_address_is_a_script_is_no_link() -> None:
    programme = example()
    sources = {s: v.model_copy(update={"url": "javascript:alert(1)"}) for s, v in programme.sources.items()}
    programme = programme.model_copy(update={"sources": sources})
    given = ReportInput(programme=programme, plan=build(programme, PICKS, CASH))
    assert "javascript:" not in render(given).split("<script", 1)[0]


def test_without_extras_each_section_says_that_nothing_was_asked(ska: ReportInput) -> None:
    text = render(ska)
    for section in (
        "Overlaps were not sought",
        "was not computed",
        "No other plans were computed",
        "were not drawn",
        "has not been put before the independent checker",
    ):
        assert section in text
    assert "What changes" not in text


def test_what_the_checker_finds_stands_on_the_first_page(full: ReportInput) -> None:
    text = render(replace(full, violations=("budget: esa 2031: 3 MEUR too much",)))
    first = text[: text.index("<nav")]
    assert "finds 1 fault" in first
    assert "3 MEUR too much" in text


def test_figures_of_the_extras_are_shown(full: ReportInput) -> None:
    text = unescape(render(full))
    assert "+25\u00a0% on going alone" in text
    assert "27\u00a0%" in text and "10\u202f000 draws" in text
    assert "Give one of them another objective." in text
    assert "partners.yaml:12" in text
    assert "A partner withdrew in January 2031." in text


def test_probabilities_that_were_drawn_are_never_rounded_to_certainty(full: ReportInput) -> None:
    assert full.confidence is not None
    sure = full.confidence.model_copy(update={"joint_confidence": 0.0, "cost_confidence": 0.9999})
    text = unescape(render(replace(full, confidence=sure)))
    assert "Cost and date hold together with < 0.1\u00a0%, the cost with > 99.9\u00a0%" in text
    data = json.loads(text.split('id="chart-data">')[1].split("</script>")[0])
    joint = data["joint"]
    assert joint["corners"][0] == ["both kept", "< 0.1\u00a0%"]
    assert [line["name"] for line in joint["lines"]] == ["50\u00a0%", "70\u00a0%"]


def test_missed_windows_and_broken_limits_are_told(full: ReportInput) -> None:
    text = unescape(render(full))
    assert "Last window missed" in text and "Limits that delay may break" in text
    assert full.confidence is not None
    bare = full.confidence.model_copy(update={"no_window": {}, "broken_limits": {}})
    text = unescape(render(replace(full, confidence=bare)))
    assert "Last window missed" not in text and "Limits that delay may break" not in text


def test_a_report_of_a_hundred_missions_is_small_enough_to_mail(large: ReportInput, tmp_path: Path) -> None:
    path = write_report(large, tmp_path / "report.html")
    assert len(large.plan.missions) >= 80
    assert path.stat().st_size < 2_500_000


def test_a_report_that_cannot_be_written_leaves_nothing_behind(full: ReportInput, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OSError, match=r"report\.html"):
        write_report(full, tmp_path / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_the_same_input_gives_the_same_page(full: ReportInput) -> None:
    assert render(full) == render(full)
