"""Joint confidence against theory: sums of independent and of perfectly correlated costs, and plans worked by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Confidence
from comity.roadmap.confidence import ConfidenceError, confidence, simulate
from tests.roadmap.small_networks import element, plan, programme

COST = {"cost": {"low": 0.8, "likely": 1, "high": 1.8}}
SCHEDULE = {"schedule": {"low": 1, "likely": 1, "high": 2}}


def parallel(n: int, uncertainty: dict[str, Any], **fields: Any) -> tuple[Programme, Plan]:
    """`n` elements of 100 MEUR and ten months, side by side."""
    missions = {f"m{i}": {"bus": element("bus", 10, **fields)} for i in range(n)}
    of = programme(missions, uncertainty)
    return of, plan(of, {f"m{i}/bus": "2030-01" for i in range(n)})


def costs(of: Programme, made: Plan, draws: int = 20_000, **fields: Any) -> np.ndarray:
    return np.concatenate([part.costs for part in simulate(of, made, draws, fields.pop("seed", 0), **fields)]) / 1e6


def test_without_spreads_a_plan_is_certain(programme: Programme, plan: Plan) -> None:
    sure = confidence(programme, plan, draws=50)
    assert (sure.joint_confidence, sure.cost_confidence, sure.schedule_confidence) == (1, 1, 1)
    assert set(sure.on_time.values()) == {1}
    assert set(sure.cost_percentiles.values()) == {plan.cost}
    assert set(sure.finish_percentiles.values()) == {sure.planned_finish}
    assert not sure.no_window and not sure.broken_limits


def test_the_sum_of_independent_triangulars_has_the_moments_of_theory() -> None:
    of, made = parallel(30, {"default": COST, "correlation": 0})
    one = stats.triang(0.2, loc=80, scale=100)
    drawn = costs(of, made)
    assert drawn.mean() == pytest.approx(30 * one.mean(), rel=2e-3)
    assert drawn.std() == pytest.approx(np.sqrt(30) * one.std(), rel=0.02)
    # Thirty of them are all but normal: the tails as well.
    normal = stats.norm(30 * one.mean(), np.sqrt(30) * one.std())
    assert np.quantile(drawn, [0.1, 0.9]) == pytest.approx(normal.ppf([0.1, 0.9]), rel=3e-3)


def test_perfectly_correlated_costs_are_one_cost_times_their_number() -> None:
    of, made = parallel(30, {"default": COST, "correlation": 1})
    one = stats.triang(0.2, loc=30 * 80, scale=30 * 100)
    assert stats.kstest(costs(of, made), one.cdf).pvalue > 1e-3


def test_correlation_widens_the_total_as_the_formula_says() -> None:
    # Of lognormals the correlation is known exactly: (e^(r s^2) - 1) / (e^(s^2) - 1) for scores correlated by r.
    spread = {"distribution": "lognormal", "likely": 1, "p80": 1.3}
    of, made = parallel(20, {"default": {"cost": spread}, "correlation": 0.2})
    s2 = (np.log(1.3) / stats.norm.ppf(0.8)) ** 2
    variance = np.exp(s2) * (np.exp(s2) - 1)
    between = np.exp(s2) * (np.exp(0.2 * s2) - 1)
    assert costs(of, made, 60_000).var() / 1e4 == pytest.approx(20 * variance + 20 * 19 * between, rel=0.05)


def test_the_planned_cost_of_one_element_has_the_confidence_of_its_distribution() -> None:
    of, made = parallel(1, {"default": COST})
    sure = confidence(of, made, draws=40_000)
    assert sure.cost_confidence == pytest.approx(0.2, abs=0.01)  # its mode, a fifth of the way from low to high
    assert float(sure.cost_percentiles[90]) / 1e8 == pytest.approx(stats.triang(0.2, loc=0.8).ppf(0.9), rel=3e-3)
    assert sure.cost_for_70 is not None
    assert float(sure.cost_for_70) / 1e8 == pytest.approx(stats.triang(0.2, loc=0.8).ppf(0.7), rel=3e-3)


def test_a_mission_of_two_elements_by_hand() -> None:
    # Ten months of bus stretched by a triangle from 1 to 2, four months of margin, then operations.
    missions = {"m": {"bus": element("bus", 10, risk=SCHEDULE), "ops": element("operations", 12, after=["bus"])}}
    of = programme(missions)
    made = plan(of, {"m/bus": "2030-01", "m/ops": "2031-03"})
    sure = confidence(of, made, draws=40_000)
    # In time when the bus is ready in the month planned: by 15 of its 10 to 20 months.
    assert sure.on_time["m"] == pytest.approx(1 - 0.5**2, abs=0.01)
    assert sure.schedule_confidence == sure.on_time["m"]
    # The 90th percentile of the bus is 20 - 10 sqrt(0.1) = 16.8 months: operations start in the month after 16.
    assert sure.finish_percentiles[90] == Month.parse("2031-05")


def test_longer_work_costs_more_by_the_part_that_depends_on_time() -> None:
    uncertainty = {"default": SCHEDULE, "time_dependent": 0.25}
    of, made = parallel(1, uncertainty)
    assert stats.kstest(costs(of, made), stats.triang(0, loc=100, scale=25).cdf).pvalue > 1e-3


def test_who_waits_for_a_window_stands_by_at_the_cost_that_depends_on_time() -> None:
    launch = element("launch", 1, cost="50 MEUR@2025", after=["bus"], launch_windows=["2031-01", "2033-01"])
    late = {"schedule": {"low": 1.3, "likely": 1.3, "high": 1.31}}
    of = programme({"m": {"bus": element("bus", 12, risk=late), "launch": launch}}, {"time_dependent": 0.3})
    made = plan(of, {"m/bus": "2030-01", "m/launch": "2031-01"})
    drawn = costs(of, made, 500)
    # 150 planned; stretched by f, and idle for 36 - 12 f months: 150 + 30 (f - 1) + 2.5 (36 - 12 f) = 210 always.
    assert drawn == pytest.approx(np.full(500, 210.0))


def test_cost_and_duration_move_together() -> None:
    risk = {**COST, **SCHEDULE}
    missions = {"m": {"bus": element("bus", 40, risk=risk)}}
    for tie in (0.0, 0.9):
        of = programme(missions, {"cost_schedule_correlation": tie, "time_dependent": 0})
        part = next(simulate(of, plan(of, {"m/bus": "2030-01"}), 8000, 0))
        found = stats.spearmanr(part.costs, part.deliveries[0]).statistic
        assert found == pytest.approx(6 / np.pi * np.arcsin(tie / 2), abs=0.04)  # Spearman's of a Gaussian copula


def test_what_is_spent_and_done_is_certain_after_replanning() -> None:
    of = programme(
        {"m": {"bus": element("bus", 10)}, "n": {"bus": element("bus", 10)}}, {"default": {**COST, **SCHEDULE}}
    )
    starts = {"m/bus": "2030-01", "n/bus": "2030-06"}
    made = plan(of, starts, frozen_before="2030-11")
    assert costs(of, made, 4000).min() >= 100 + 50 + 50 * 0.8 - 1e-9
    latest = next(simulate(of, made, 4000, 0)).deliveries.max(axis=1)  # the five months left may become ten
    assert list(latest) == [Month.parse("2030-11").index, Month.parse("2031-09").index]
    done = confidence(of, plan(of, starts, frozen_before="2031-06"), draws=100)
    assert done.joint_confidence == 1


def test_missions_whose_windows_have_passed_and_limits_that_break_are_told() -> None:
    late = {"schedule": {"low": 1.5, "likely": 1.5, "high": 1.6}}
    launch = element("launch", 1, after=["bus"], launch_windows=["2031-01"], finish_by="2031-03")
    of = programme({"m": {"bus": element("bus", 12, risk=late), "launch": launch}})
    sure = confidence(of, plan(of, {"m/bus": "2030-01", "m/launch": "2031-01"}), draws=200)
    assert sure.no_window == {"m": 1.0}
    assert sure.broken_limits == {"m/launch": 1.0}
    assert sure.on_time == {"m": 0.0}


def uncertain(of: Programme) -> Programme:
    raw = of.model_dump(mode="json", exclude_defaults=True)
    raw["programme"]["uncertainty"] = {"default": {**COST, **SCHEDULE}, "estimate": "invented"}
    return Programme.model_validate(raw)


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(programme: Programme, plan: Plan) -> None:
    of = uncertain(programme)
    first = confidence(of, plan, draws=500, seed=7)
    assert confidence(of, plan, draws=500, seed=7) == first
    assert confidence(of, plan, draws=500, seed=8) != first
    assert Confidence.model_validate_json(first.model_dump_json()) == first


def test_draws_do_not_depend_on_the_batch_and_more_go_on_from_fewer(programme: Programme, plan: Plan) -> None:
    of = uncertain(programme)
    whole = costs(of, plan, 1000)
    assert (costs(of, plan, 1000, batch=64) == whole).all()
    assert (costs(of, plan, 300) == whole[:300]).all()
    dates = np.concatenate([p.deliveries for p in simulate(of, plan, 1000, 0, batch=64)], axis=1)
    assert (dates == next(simulate(of, plan, 1000, 0)).deliveries).all()


@given(seed=st.integers(0, 2**64), draws=st.integers(1, 300))
@settings(max_examples=15, deadline=None)
def test_probabilities_and_percentiles_are_consistent(seed: int, draws: int) -> None:
    of, made = parallel(3, {"default": {**COST, **SCHEDULE}})
    sure = confidence(of, made, draws=draws, seed=seed)
    both, cost, date = sure.joint_confidence, sure.cost_confidence, sure.schedule_confidence
    assert max(0.0, cost + date - 1) - 1e-9 <= both <= min(cost, date)
    assert list(sure.cost_percentiles.values()) == sorted(sure.cost_percentiles.values())
    assert list(sure.finish_percentiles.values()) == sorted(sure.finish_percentiles.values())
    for percent, points in sure.frontiers.items():
        assert points[-1].cost == (sure.cost_for_50 if percent == 50 else sure.cost_for_70)
        for point in points:
            kept = [c <= float(point.cost) + 0.01 and m <= point.finish.index for c, m in sure.sample]
            assert sum(kept) * 100 >= percent * draws


def test_progress_is_told_and_what_cannot_be_answered_is_refused(programme: Programme, plan: Plan) -> None:
    seen: list[tuple[int, int]] = []
    confidence(programme, plan, draws=9000, on_progress=lambda done, of: seen.append((done, of)))
    assert seen == [(8192, 9000), (9000, 9000)]
    with pytest.raises(ValueError, match="draws is 0; at least 1"):
        confidence(programme, plan, draws=0)
    with pytest.raises(ValueError, match="seed is -1"):
        confidence(programme, plan, seed=-1)
    empty = plan.model_copy(update={"missions": (), "elements": (), "cost": Decimal(0)})
    with pytest.raises(ConfidenceError, match="no missions"):
        confidence(programme, empty)
