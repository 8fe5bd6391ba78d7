"""How much science at most for a limited cost, and the mission plans that get there.

A limit on the whole cost is one more row of the master problem. Column generation under it finds mission plans that are
worth having when money is short, and each of its rounds proves a bound: the Lagrangian bound of the master at prices
`u` of its rows and `m` of the limit, `L(u, m)`, grows by `m` with each unit of cost, so that one round bounds *every*
limit: no plan that costs at most `c` has more science than `L(u, m) at limit 0 + m c`. The least of all rounds counts
(a concave envelope; Geoffrion 1974, "Lagrangean relaxation for integer programming").
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import highspy
import numpy as np

from comity.roadmap.columns import Column, column, repaired
from comity.roadmap.criteria import whole_cost
from comity.roadmap.master import Master
from comity.roadmap.pricing import MissionPlan, MissionPricer, Prices
from comity.roadmap.problem import Bools, Floats

if TYPE_CHECKING:
    from comity.roadmap.planner import Solved


#: Mission plans that a choice may be made among.
MOST = 1200


class CostLimit:
    """A master problem of its own with a limit on cost; grows by `explore`.

    Of the mission plans known to the search it takes over those selected and the best at the search's prices, MOST in all
    (more make the choice among them harder than they make it better). `extra`: further mission plans.
    """

    def __init__(self, solved: Solved, *, extra: Sequence[Column] = ()) -> None:
        self.problem = solved.problem
        self.master = Master(solved.problem)
        self.bounds: list[tuple[float, float]] = [(solved.plan.bound, 0.0)]  # (science at no cost, science per million)
        self.pricers = [MissionPricer(self.problem, m) for m in self.problem.missions]
        self.whole = [
            [[float(choice.monthly.sum()) for choice in part.choices] for part in m.parts]
            for m in self.problem.missions
        ]
        self.row: int | None = None
        most = min(40, max(4, MOST // max(1, len(self.problem.missions))))
        self._add([*best_columns(solved, most), *extra])

    def bound(self, cost: float) -> float:
        """No plan that costs at most this (millions, the part after the horizon included) has more science [points]."""
        return min(base + slope * cost for base, slope in self.bounds)

    def explore(self, cost: float, *, rounds: int = 5, gap: float = 0.002, time_s: float = 60.0) -> None:
        """Plans missions for a limit on cost [millions], until its bound is within `gap` of the linear optimum.

        At most `rounds` rounds; none begins after `time_s`.
        """
        self._limit(cost)
        until = time.monotonic() + time_s
        while rounds > 0 and time.monotonic() < until:
            value, weights, prices = self.master.solve()
            if self.master.add_facility_rows(weights):
                continue
            rounds -= 1
            added = self._price(np.where(self._equality(len(prices)), prices, np.maximum(prices, 0.0)), cost)
            if not added or self.bound(cost) - value <= gap * max(1e-9, abs(value)):
                return

    def _limit(self, cost: float) -> None:
        master = self.master
        if self.row is None:
            self.row = len(master.right)
            master.right = np.append(master.right, cost)
            costs = [(i, whole_cost(self.problem, c)) for i, c in enumerate(master.columns)]
            master.solver.addRow(
                -highspy.kHighsInf,
                cost,
                len(costs),
                np.array([master.first_column + i for i, _ in costs], dtype=np.int32),
                np.array([c for _, c in costs], dtype=np.float64),
            )
        master.right[self.row] = cost
        master.solver.changeRowBounds(self.row, -highspy.kHighsInf, cost)

    def _equality(self, rows: int) -> Bools:
        out = np.zeros(rows, dtype=bool)
        for m, mission in enumerate(self.problem.missions):
            out[self.master.mission_row + m] = mission.committed
        return out

    def _price(self, prices: Floats, cost: float) -> int:
        assert self.row is not None
        money = float(prices[self.row])
        table = self.master.prepare_prices(prices)
        best = np.zeros(len(self.pricers))
        new: list[MissionPlan] = []
        for m, pricer in enumerate(self.pricers):
            own = table.for_mission(m)
            dearer = [
                [array + money * whole for array, whole in zip(arrays, wholes, strict=True)]
                for arrays, wholes in zip(own.costs, self.whole[m], strict=True)
            ]
            above = float(prices[self.master.mission_row + m]) + 1e-7
            best[m], plans = pricer.best_plans(Prices(dearer, own.science), above=above, most=3)
            new += plans
        bound = self.master.lagrangian(prices, best)
        self.bounds.append((bound - money * cost, money))
        return self._add([c for plan in new for c in self._columns(plan)])

    def _columns(self, plan: MissionPlan) -> list[Column]:
        if self.pricers[plan.mission].is_tree:
            return [column(self.problem, plan)]
        moved = repaired(self.problem, plan)
        return [] if moved is None else [column(self.problem, moved)]

    def _add(self, columns: list[Column]) -> int:
        known = len(self.master.columns)
        added = self.master.add(columns)
        if self.row is not None:
            for i in range(known, len(self.master.columns)):
                cost = whole_cost(self.problem, self.master.columns[i])
                self.master.solver.changeCoeff(self.row, self.master.first_column + i, cost)
        return added


def best_columns(solved: Solved, most: int) -> list[Column]:
    """The mission plans that a search knows, at most so many for each mission, the best at its prices; all it selected."""
    outcome = solved.outcome
    master = outcome.master
    selected = outcome.selection.columns if outcome.selection is not None else ()
    kept = {id(c) for c in selected}
    out = list(selected)
    if master is None:
        return out
    prices = outcome.prices

    def loss(known: Column) -> float:
        return sum(float(prices[row]) * a for row, a in master.entries(known).items() if row < len(prices))

    by_mission: dict[int, list[tuple[float, int]]] = {}
    for i, known in enumerate(master.columns):
        if id(known) not in kept:
            by_mission.setdefault(known.plan.mission, []).append((loss(known), i))
    return out + [master.columns[i] for rows in by_mission.values() for _, i in sorted(rows)[:most]]
