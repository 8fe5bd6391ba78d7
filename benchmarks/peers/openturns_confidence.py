"""The same question put to OpenTURNS: marginals joined by a normal copula, and a network scheduled draw by draw.

OpenTURNS (Airbus, EDF, IMACS, ONERA, Phimeca) is the strongest open library for drawing from many correlated
distributions; it has no scheduling, which `plain_schedule` adds.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.plain_schedule import Schedule
from comity.model.missions import Spread
from comity.model.programme import Programme
from comity.roadmap.answer import Plan

Floats = NDArray[np.float64]
_PHI_80 = 0.8416212335729143  # the standard normal's 80th percentile


def sample(programme: Programme, plan: Plan, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Factors of cost and of duration, each `(n_draws, n_elements)` in the order of the plan's elements."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(seed)
    spread = programme.programme.uncertainty
    n, r, k = len(plan.elements), float(spread.correlation), float(spread.cost_schedule_correlation)
    between = (1 - r) * np.eye(n) + r * np.ones((n, n))
    matrix = ot.CorrelationMatrix(2 * n, np.kron([[1, k], [k, 1]], between).ravel().tolist())
    risks = []
    for planned in plan.elements:
        element = programme.missions[planned.mission].elements[planned.element]
        risks.append(programme.risk(element, next(o for o in element.options if o.label == planned.option)))
    marginals = [_marginal(ot, r.cost) for r in risks] + [_marginal(ot, r.schedule) for r in risks]
    drawn = np.asarray(ot.JointDistribution(marginals, ot.NormalCopula(matrix)).getSample(draws))
    return drawn[:, :n], drawn[:, n:]


def _marginal(ot: Any, spread: Spread | None) -> Any:
    if spread is None:
        return ot.Dirac(1.0)
    likely = float(spread.likely)
    if spread.distribution == "lognormal":
        return ot.LogNormal(log(likely), log(float(spread.p80 or 0) / likely) / _PHI_80, 0.0)
    low, high = float(spread.low or 0), float(spread.high or 0)
    if spread.distribution == "triangular":
        return ot.Triangular(low, likely, high)
    width = high - low
    a, b = 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width
    return ot.Beta(a, b, low, high)


def costs_and_finishes(programme: Programme, plan: Plan, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Cost of all, in the programme's currency, and month of the last delivery, of each draw."""
    growth, stretch = sample(programme, plan, draws, seed)
    schedule = Schedule(programme, plan)
    share = float(programme.programme.uncertainty.time_dependent)
    keys = [(p.mission, p.element) for p in plan.elements]
    length = np.array([float(p.finish.index - p.start.index) for p in plan.elements])
    price = np.array([float(p.cost) for p in plan.elements])
    costs = (price * growth * (1 + share * (stretch - 1))).sum(axis=1)
    per_month = {key: share * c / m for key, c, m in zip(keys, price, length, strict=True)}
    idle: dict[tuple[str, str], list[tuple[str, str]]] = {}
    told: set[tuple[str, str]] = set()
    for key, task in sorted(schedule.tasks.items(), key=lambda entry: entry[1].start):
        for there, after in task.waits if task.windows is not None else ():
            if after.anchor == "finish" and there[0] == key[0] and there not in told:
                told.add(there)
                idle.setdefault(key, []).append(there)
    ends = []
    for m in plan.missions:
        mission = programme.missions[m.mission]
        last = (m.mission, mission.delivery_element)
        ends.append((last, mission.elements[last[1]].kind == "operations"))
    finishes = np.empty(draws)
    for d in range(draws):
        durations = dict(zip(keys, (length * stretch[d]).tolist(), strict=True))
        starts, waiting = schedule.times(durations)
        costs[d] += sum(per_month[e] * waiting[key] for key, idlers in idle.items() for e in idlers)
        finishes[d] = max(int(starts[e]) if at_start else -int(-(starts[e] + durations[e])) for e, at_start in ends)
    return costs, finishes
