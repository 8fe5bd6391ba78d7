"""The example programme and the plan for it made by hand."""

from __future__ import annotations

import pytest

from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build


@pytest.fixture(scope="session")
def programme() -> Programme:
    return example()


@pytest.fixture(scope="session")
def plan(programme: Programme) -> Plan:
    return build(programme, PICKS, CASH)
