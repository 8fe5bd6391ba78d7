"""A report as people see it, in headless Chromium: on a desktop, on a phone, in the dark, and on paper."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from comity.report.page import write_report
from comity.report.question import ReportInput

pytestmark = pytest.mark.browser


def opened(chromium: Any, study: ReportInput, folder: Path, **how: Any) -> tuple[Any, list[str]]:
    """A page with a report in it, and whatever its console said."""
    path = write_report(study, folder / "report.html")
    page = chromium.new_page(**how)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(path.as_uri())
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    return page, said


@pytest.mark.parametrize("study", ["ska", "full", "large"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_without_a_word_on_the_console(
    study: str, scheme: str, chromium: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page, said = opened(chromium, request.getfixturevalue(study), tmp_path, color_scheme=scheme)
    empty = page.evaluate(
        "[...document.querySelectorAll('.chart')].filter(c => c.querySelectorAll('svg path, svg rect, svg text').length < 4)"
        ".map(c => c.id)"
    )
    assert page.locator(".chart").count() > 5
    assert empty == []
    assert said == []
    page.close()


@pytest.mark.parametrize("study", ["ska", "full", "large"])
def test_nothing_runs_off_the_side_of_a_phone(
    study: str, chromium: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page, said = opened(chromium, request.getfixturevalue(study), tmp_path, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = page.evaluate(
        "[...document.querySelectorAll('.chart svg')].filter(s => s.getBoundingClientRect().right > 390).length"
    )
    assert wide == 0
    assert said == []
    page.close()


@pytest.mark.parametrize("study", ["ska", "full", "large"])
def test_the_minister_s_page_fills_exactly_one_printed_page(
    study: str, chromium: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page, _ = opened(chromium, request.getfixturevalue(study), tmp_path, color_scheme="dark")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})  # the width of A4 between the margins
    section = "document.querySelector('.minister')"
    assert page.evaluate(f"{section}.scrollHeight <= {section}.clientHeight")
    shrunk = "t => t.getBoundingClientRect().height / t.viewBox.baseVal.height"
    assert page.eval_on_selector(".minister .timeline.broad", shrunk) > 0.7
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    first, second = (" ".join(reader.pages[n].extract_text().split()) for n in (0, 1))  # wherever lines break
    assert "What to know" in first and "independent checker" in first
    assert "All money is in" not in first and second.lstrip().startswith("All money is in")
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    page.close()


@pytest.mark.parametrize("lettering", ["letter-spacing: .035em", "font-family: monospace", "letter-spacing: -.04em"])
@pytest.mark.parametrize("study", ["ska", "large"])
def test_whatever_the_font_the_first_page_is_whole(
    study: str, lettering: str, chromium: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page, _ = opened(chromium, request.getfixturevalue(study), tmp_path, viewport={"width": 703, "height": 1000})
    page.emulate_media(media="print")
    page.add_style_tag(content=f"body, h1, h2, dd {{ {lettering} !important }}")
    section = "document.querySelector('.minister')"
    assert page.evaluate(f"{section}.scrollHeight <= {section}.clientHeight")
    assert page.evaluate(f"{section}.scrollWidth <= {section}.clientWidth")
    page.close()


@pytest.mark.parametrize("study", ["ska", "full", "large"])
@pytest.mark.parametrize(("width", "kind"), [(1280, "broad"), (390, "narrow")])
def test_no_label_of_the_timeline_lies_over_another_or_outside(
    study: str, width: int, kind: str, chromium: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page, _ = opened(chromium, request.getfixturevalue(study), tmp_path, viewport={"width": width, "height": 900})
    page.add_style_tag(content=".timeline { font-family: 'DejaVu Sans', sans-serif !important }")
    drawing = f"document.querySelector('.timeline.{kind}')"
    boxes = page.evaluate(
        f"[...{drawing}.querySelectorAll('text.name')].map(t => t.getBBox()).map(b => [b.x, b.x + b.width, b.y])"
    )
    rows: dict[float, list[tuple[float, float]]] = {}
    for left, right, y in boxes:
        rows.setdefault(round(y), []).append((left, right))
    assert len(boxes) > 2
    assert max(right for _, right, _ in boxes) <= page.evaluate(f"{drawing}.viewBox.baseVal.width")
    for row in rows.values():
        row.sort()
        assert all(one[1] <= after[0] for one, after in pairwise(row))
    page.close()


def test_charts_fit_the_paper(full: ReportInput, chromium: Any, tmp_path: Path) -> None:
    page, _ = opened(chromium, full, tmp_path, viewport={"width": 1280, "height": 900})
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    widths = page.evaluate("[...document.querySelectorAll('figure.wide .chart svg')].map(s => s.viewBox.baseVal.width)")
    assert set(widths) <= {700.0, 335.0}
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelector('figure.wide .chart svg').viewBox.baseVal.width") > 1000
    page.close()


def test_the_charts_figures_can_be_read_without_the_charts(full: ReportInput, chromium: Any, tmp_path: Path) -> None:
    page, _ = opened(chromium, full, tmp_path)
    bare = page.evaluate(
        "[...document.querySelectorAll('figure.wide .chart')].filter(c => !c.parentElement.querySelector('details table')"
        " && !c.id.startsWith('chart-gantt-partner')).map(c => c.id)"
    )
    assert bare == []
    assert page.locator(".chart:not([aria-label])").count() == 0
    page.close()
