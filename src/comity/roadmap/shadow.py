"""What a search's prices say: the worth of one more unit of each limit that missions share.

They are the prices of the linear programme over mission plans, from which the bound comes. That programme takes parts of
plans; a plan is whole. So a price says how fast the bound rises with a limit, and is a guide, no promise, for the plan.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from comity.roadmap.master import Master, PriceTable, RuleRow
from comity.roadmap.planner import Solved
from comity.roadmap.pricing import MissionPlan, MissionPricer
from comity.roadmap.problem import Floats, Problem


class Shadow:
    """The prices of one search, by what they are prices of; points per million unless said otherwise."""

    def __init__(self, solved: Solved) -> None:
        master = solved.outcome.master
        if master is None:
            raise ValueError("the search left no prices behind")
        self.master: Master = master
        self.problem: Problem = solved.problem
        # Rows that were added after the last bound have no price yet.
        missing = max(0, len(master.right) - len(solved.outcome.prices))
        self.prices: Floats = np.concatenate([solved.outcome.prices, np.zeros(missing)])
        n, y = len(self.problem.contributors), self.problem.n_years
        #: (n_contributors, n_years), points per million of budget
        self.budgets: Floats = self.prices[: n * y].reshape(n, y)
        #: (n_years,), points per million in the pool
        self.pool: Floats = self.prices[master.pool_row : master.pool_row + y]
        #: (n_objectives,), points per unit of coverage
        self.science: Floats = np.maximum(0.0, self.prices[master.science_row : master.mission_row])

    def rules(self) -> list[tuple[RuleRow, float]]:
        """Rules of participation with their prices, per million (or per role)."""
        first = self.master.rule_row
        return [(rule, float(self.prices[first + i])) for i, rule in enumerate(self.master.rules)]

    def facilities(self) -> dict[tuple[int, int], float]:
        """Points per unit of capacity, by (facility, month)."""
        return {key: float(self.prices[row]) for key, row in self.master.facility_rows.items()}

    def ceiling(self, variable: int) -> float:
        """What one more million of a flow's upper limit (a column of `master.structural`) would bring."""
        value, _, entries = self.master.structural[variable]
        return max(0.0, float(value - sum(self.prices[row] * a for row, a in entries.items())))

    @cached_property
    def _table(self) -> PriceTable:
        return self.master.prepare_prices(self.prices)

    def best(self, mission: int) -> tuple[float, MissionPlan | None]:
        """What a mission's best plan brings beyond its costs at the prices (of the bound), and that plan."""
        pricer = MissionPricer(self.problem, self.problem.missions[mission])
        profit, plans = pricer.best_plans(self._table.for_mission(mission), above=-1e12, most=1)
        return profit, plans[0] if plans else None
