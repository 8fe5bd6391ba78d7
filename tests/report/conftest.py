"""Reports of real programmes, and a browser to look at them with."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.model.reading import load
from comity.report.question import ReportInput
from comity.roadmap.verification import RULES
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build
from tests.report.plans import early_plan
from tests.report.told_about import everything

PROGRAMMES = Path(__file__).parents[2] / "programmes"


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
