"""Forecasts from a plan: the planner's own accounts, spread over the years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from comity.funding import FundingError
from comity.funding.returns import cumulated, returns
from comity.funding.returns.forecast import POOL_PROGRAMME, home, statistics_of_plan
from comity.model.programme import Programme
from comity.model.reading import load
from comity.roadmap.answer import Plan
from comity.roadmap.verification.examined import Examined
from comity.roadmap.verification.participation import returned_work
from comity.roadmap.verification.presence import resolve
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build
from tests.report.plans import early_plan

PROGRAMMES = Path(__file__).parents[3] / "programmes"
#: To the cent for each element and year.
CENTS = Decimal("0.5")


@pytest.fixture(scope="module")
def planned() -> tuple[Programme, Plan]:
    return example(), build(example(), PICKS, CASH)


def test_contributions_are_the_planner_s(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    rows = returns(statistics_of_plan(programme, plan)).rows
    assert {r.partner: r.contribution for r in rows} == {p: a.contribution for p, a in plan.accounts.items()}


def test_work_is_the_planner_s_where_it_ends_within_the_horizon(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    rows = returns(statistics_of_plan(programme, plan)).rows
    work = {r.partner: r.weighted for r in rows}
    for partner in ("esa", "uae"):  # what jaxa does goes on after the horizon: the relay's operations
        assert abs(work[partner] - Fraction(plan.accounts[partner].work)) < CENTS
    assert work["jaxa"] < plan.accounts["jaxa"].work


@pytest.mark.parametrize("name", ["jwst", "iss", "ska", "artemis", "ilrs"])
def test_on_real_programmes_work_agrees_with_the_independent_checker_s(name: str) -> None:
    programme = load(PROGRAMMES / name)
    plan = early_plan(programme)
    found = returns(statistics_of_plan(programme, plan))
    examined: Examined = resolve(programme, plan)[0]
    checked = returned_work(examined)
    late = {
        home(programme, worker)
        for b in examined.built
        if b.finish.index > programme.programme.horizon.end.index + 1
        for worker in b.workers
    }
    for_nothing = sum((r.weighted for r in found.rows if r.coefficient is None), Fraction(0)) / found.contracted
    assert found.mean is not None
    assert found.mean + for_nothing == 1
    for row in found.rows:
        limit = Fraction(checked.get(row.partner, Decimal(0)))
        assert row.weighted <= limit + Fraction(CENTS)
        assert row.partner in late or abs(row.weighted - limit) < CENTS


def test_a_company_s_work_is_a_return_to_its_agency(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    assert home(programme, "helios") == "esa"
    bus = [
        c
        for c in statistics_of_plan(programme, plan).contracts
        if c.kind == "industrial" and c.id.startswith("moon/bus")
    ]
    assert {tuple(c.shares) for c in bus} == {("esa",)}
    assert sum(c.value for c in bus) == 200_000_000
    # By its milestones: 25 % at six months, 35 % at eighteen, 40 % at thirty-six, begun in March 2030.
    assert {c.date.year: c.value for c in bus} == {2030: 50_000_000, 2031: 70_000_000, 2033: 80_000_000}


def test_a_facility_s_price_is_a_return_to_its_owner(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    ports = [c for c in statistics_of_plan(programme, plan).contracts if "spaceport" in c.id]
    assert {(c.programme, c.value, tuple(c.shares)) for c in ports} == {
        ("moon", Decimal(20_000_000), ("esa",)),
        ("relay", Decimal(20_000_000), ("esa",)),
    }


def test_cash_for_the_pool_is_contributed_to_it(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    pool = [c for c in statistics_of_plan(programme, plan).contributions if c.programme == POOL_PROGRAMME]
    paid = sum(
        (f.paid.get("jaxa", Decimal(0)) - f.received.get("jaxa", Decimal(0)) for f in plan.cash.values()), Decimal(0)
    )
    assert sum((c.amount for c in pool if c.partner == "jaxa"), Decimal(0)) == paid


def test_technology_returns_are_of_work_that_needs_a_mastered_technology(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    found = returns(statistics_of_plan(programme, plan), kind="technology")
    # By hand: bus (orbiter, esa's) 200, camera (imaging, uae's) 24, relay bus (jaxa's) 180, module (guidance, jaxa's) 160.
    assert {r.partner: round(r.weighted) for r in found.rows} == {
        "esa": 200_000_000,
        "uae": 24_000_000,
        "jaxa": 340_000_000,
    }
    weighted = returns(statistics_of_plan(programme, plan, weights={"guidance": Decimal(3)}), kind="technology")
    assert round(weighted.of("jaxa").weighted) == 180_000_000 + 3 * 160_000_000


def test_training_returns_are_months_of_training_elements() -> None:
    programme = example()
    camera = programme.missions["moon"].elements["camera"]
    taught = camera.model_copy(update={"kind": "training"})
    moon = programme.missions["moon"]
    moon = moon.model_copy(update={"elements": {**moon.elements, "camera": taught}})
    changed = Programme.model_validate({**dict(programme), "missions": {**programme.missions, "moon": moon}})
    found = returns(statistics_of_plan(changed, build(changed, PICKS, CASH)), kind="training")
    assert {r.partner: r.weighted for r in found.rows} == {"esa": 0, "jaxa": 0, "uae": 24}


def test_coefficients_are_cumulated_year_by_year(planned: tuple[Programme, Plan]) -> None:
    programme, plan = planned
    series = cumulated(statistics_of_plan(programme, plan))
    assert series[0].since == date(2030, 1, 1)
    assert [r.until.year for r in series] == [*range(2030, 2042)]
    assert all(a.contracted <= b.contracted for a, b in pairwise(series))


def test_a_plan_of_another_programme_is_refused(planned: tuple[Programme, Plan]) -> None:
    _, plan = planned
    with pytest.raises(FundingError, match="'example' as it was then, not for this 'jwst'"):
        statistics_of_plan(load(PROGRAMMES / "jwst"), plan)


def test_an_unknown_technology_is_refused(planned: tuple[Programme, Plan]) -> None:
    with pytest.raises(FundingError, match="no technology 'optics' to weight"):
        statistics_of_plan(*planned, weights={"optics": Decimal(2)})
