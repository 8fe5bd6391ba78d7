"""Reports of real programmes, and a browser to look at them with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.model.reading import load
from comity.report.question import ReportInput
from comity.roadmap.verification import RULES
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build
from tests.report.plans import early_plan
from tests.report.told_about import everything

PROGRAMMES = Path(__file__).parents[2] / "programmes"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def ska() -> ReportInput:
    """The SKA Observatory's plan and nothing more."""
    programme = load(PROGRAMMES / "ska")
    return ReportInput(programme=programme, plan=early_plan(programme))


@pytest.fixture(scope="session")
def full() -> ReportInput:
    """The example's plan, which obeys every rule, and everything that can be told about a plan."""
    programme = example()
    return everything(ReportInput(programme=programme, plan=build(programme, PICKS, CASH), violations=(), rules=RULES))


@pytest.fixture(scope="session")
def large() -> ReportInput:
    """A hundred missions of thirty agencies, with everything that can be told."""
    programme = load(PROGRAMMES / "global-2040")
    return everything(ReportInput(programme=programme, plan=early_plan(programme), violations=(), rules=RULES))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium; without one on the machine, the tests that need it are skipped."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
