from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from comity.orbits import Comparison, SpaceObject
from comity.report.ephemerides import ComparisonPicture, comparison_page, comparison_svg


def picture(count: int = 5000, scale_km: float = 1.0) -> ComparisonPicture:
    times = 1.77e9 + 10.0 * np.arange(count)
    phase = np.arange(count) / 40.0
    position = scale_km * np.stack([np.sin(phase), 2 + np.cos(phase), 0.1 * np.sin(3 * phase)], axis=1)
    thing = SpaceObject("a<b", "A < B & C", None, ())
    return ComparisonPicture(
        "one <less> another", "A < B & C", Comparison(thing, thing, times, position, position / 1e3, 12.0)
    )


def test_a_picture_has_three_lines_a_panel_each_reaching_its_extremes() -> None:
    root = ElementTree.fromstring(comparison_svg(picture()))
    lines = root.findall("{*}polyline")
    assert len(lines) == 6
    heights = [float(pair.split(",")[1]) for pair in lines[0].attrib["points"].split()]
    # Of 5,000 points those that reach highest and lowest are drawn: a sine from -1 to 1 in a panel from -1 to 3.
    assert max(heights) - min(heights) == pytest.approx(260 / 2, abs=1)


def test_names_are_escaped_and_small_differences_are_in_small_units() -> None:
    page = comparison_page(picture(200, 1e-7))
    assert "A &lt; B &amp; C" in page and "<less>" not in page
    assert "Position [mm]" in page and "12000 m" in page


def test_nothing_is_drawn_of_one_instant_but_its_figures() -> None:
    ElementTree.fromstring(comparison_svg(picture(1)))


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window_and_no_label_lies_on_another(width: int, chromium: Any, tmp_path: Path) -> None:
    (tmp_path / "c.html").write_text(comparison_page(picture()), encoding="utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto((tmp_path / "c.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overlaps = page.evaluate(
        """() => { const boxes = [...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect());
        let found = 0; boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
          if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found++; }));
        return found; }"""
    )
    assert overlaps == 0
    page.close()
