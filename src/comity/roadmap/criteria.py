"""What selections of mission plans are judged by beside their science: cost, earliness, and each partner's benefit.

Each criterion is here twice, as a number for a given selection and as an expression of CP-SAT for one still sought.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from ortools.sat.python import cp_model

from comity.roadmap.columns import Column
from comity.roadmap.cpsat import THOUSAND, Model, Selection
from comity.roadmap.master import Master
from comity.roadmap.pricing import ABSENT
from comity.roadmap.problem import Problem

#: Points are counted in ten-thousandths where partners' benefits are compared.
POINT = 10_000


def whole_cost(problem: Problem, column: Column) -> float:
    """What a mission plan costs, the part that falls after the horizon included [millions]."""
    parts = problem.missions[column.plan.mission].parts
    taken = zip(parts, column.plan.choices, strict=True)
    return sum(float(part.choices[c].monthly.sum()) for part, c in taken if c != ABSENT)


def earliness(problem: Problem, column: Column) -> float:
    """A mission's science, as if it flew alone, times the years from its delivery to the horizon's end [points x years]."""
    curves = [problem.programme.objectives[o].curve for o in problem.objectives]
    alone = sum(float(problem.values[g]) * curves[g].at(amount) for g, amount in column.science)
    return alone * (problem.n_months - column.delivery) / 12


def weight(problem: Problem, partner: int, column: Column) -> float:
    """How much of a mission's science counts for a partner: all if it takes part, else what open data are worth."""
    return 1.0 if partner in column.partners else float(problem.programme.programme.open_data)


def benefit(problem: Problem, partner: int, columns: Sequence[Column]) -> float:
    """Value of a selection's science to a partner, by its priorities and its part in each mission [points]."""
    coverage = np.zeros(len(problem.objectives))
    for column in columns:
        for g, amount in column.science:
            coverage[g] += weight(problem, partner, column) * amount
    programme, name = problem.programme, problem.contributors[partner]
    return sum(
        programme.priority(name, o) * float(v) * programme.objectives[o].curve.at(float(c))
        for o, v, c in zip(problem.objectives, problem.values, coverage, strict=True)
    )


def contribution(problem: Problem, partner: int, columns: Sequence[Column]) -> float:
    """What a partner pays on the elements of a selection within the horizon, cash through the pool aside [millions]."""
    return sum(amount for column in columns for p, _, amount in column.payments if p == partner)


class JudgedModel(Model):
    """The model of whole selections, with limits on the criteria and other aims than science.

    `alone`: by contributor, the benefit of its programme alone (> 0) [points], for fairness. Limits are kept on the safe
    side of the rounding, so that a selection found keeps them exactly.
    """

    # Coarser than where science is the only aim: CP-SAT proves these small models best up to a hundred times faster with
    # smaller numbers, and a limit has a tolerance far above a hundred-thousandth anyway.
    grain = 100_000

    def __init__(self, master: Master, offered: Sequence[int], alone: Mapping[int, float] | None = None) -> None:
        #: Pieces of a concave curve with their widths, and what fills them: (column, amount).
        self.curves: list[tuple[list[tuple[cp_model.IntVar, int]], list[tuple[int, int]]]] = []
        super().__init__(master, offered)
        self.alone = alone or {}

    # --- expressions ---------------------------------------------------------------------------------------------

    @cached_property
    def cost_terms(self) -> list[int]:
        """Of each column offered, in thousands, rounded up."""
        return [math.ceil(whole_cost(self.problem, c) * THOUSAND - 1e-6) for c in self.offered]

    @cached_property
    def earliness_terms(self) -> list[int]:
        """Of each column offered, in thousandths, rounded down."""
        return [math.floor(earliness(self.problem, c) * 1000) for c in self.offered]

    def _sum(self, terms: Sequence[int]) -> cp_model.LinearExprT:
        return cp_model.LinearExpr.weighted_sum(self.take, terms)

    def _science(self) -> None:
        super()._science()
        rest = iter(self.science)
        for g, segments in enumerate(self.problem.segments):
            widths = [math.floor(width * self.grain) for width, slope in segments if slope > 0]
            brought = [
                (i, math.floor(amount * self.grain))
                for i, column in enumerate(self.offered)
                for objective, amount in column.science
                if objective == g
            ]
            self.curves.append(([(next(rest)[0], width) for width in widths], brought))
        self.points = 1e4 / max(1.0, max((v for _, v in self.science), default=1.0))

    @property
    def _points(self) -> cp_model.LinearExprT:
        return cp_model.LinearExpr.weighted_sum(
            [piece for piece, _ in self.science], [max(1, math.floor(v * self.points)) for _, v in self.science]
        )

    def benefit(self, partner: int) -> cp_model.IntVar:
        """A partner's benefit, in units of 1 / POINT points, as a variable that cannot exceed it."""
        problem, programme = self.problem, self.problem.programme
        brought: dict[int, list[tuple[int, int]]] = {}
        for i, column in enumerate(self.offered):
            part = weight(problem, partner, column)
            for g, amount in column.science:
                brought.setdefault(g, []).append((i, math.floor(part * amount * self.grain)))
        pieces: list[tuple[cp_model.IntVar, int]] = []
        most = 0
        for g, terms in brought.items():
            worth = programme.priority(problem.contributors[partner], problem.objectives[g]) * float(problem.values[g])
            own = []
            for width, slope in problem.segments[g]:
                if worth * slope > 0:
                    piece = self.model.new_int_var(0, math.floor(width * self.grain), "")
                    own.append((piece, math.floor(width * self.grain)))
                    pieces.append((piece, math.floor(worth * slope * POINT)))
                    most += math.floor(width * worth * slope * POINT) + 1
            self.curves.append((own, terms))
            self.model.add(sum(piece for piece, _ in own) <= sum(a * self.take[i] for i, a in terms))
        total = self.model.new_int_var(0, most, "")
        self.model.add(
            self.grain * total <= cp_model.LinearExpr.weighted_sum([p for p, _ in pieces], [w for _, w in pieces])
        )
        return total

    def contribution(self, partner: int) -> cp_model.LinearExprT:
        """What a partner pays on elements and into the pool, less what it receives, in thousands."""
        terms = [math.ceil(contribution(self.problem, partner, (c,)) * THOUSAND - 1e-6) for c in self.offered]
        paid = [v for (p, _), v in self.paid.items() if p == partner]
        received = [v for (p, _), v in self.received.items() if p == partner]
        signs = [1] * len(paid) + [-1] * len(received)
        return cp_model.LinearExpr.weighted_sum([*self.take, *paid, *received], [*terms, *signs])

    # --- where to start ------------------------------------------------------------------------------------------

    def start_from(self, selection: Selection) -> None:
        """As `hint`, with all that follows from the selection; called last."""
        self.hint(selection.columns)
        flows = ((self.paid, selection.paid), (self.received, selection.received), (self.carried, selection.carried))
        for variables, amounts in flows:
            for key, variable in variables.items():
                self.model.add_hint(variable, amounts.get(key, 0))
        taken = {id(c) for c in selection.columns}
        chosen = [id(c) in taken for c in self.offered]
        for pieces, terms in self.curves:
            left = sum(amount for i, amount in terms if chosen[i])
            for piece, width in pieces:
                self.model.add_hint(piece, min(left, width))
                left -= min(left, width)

    # --- limits --------------------------------------------------------------------------------------------------

    def science_at_least(self, points: float) -> None:
        """Demands science [points]."""
        self.model.add(self._points >= math.ceil(points * self.points * self.grain))

    def cost_at_most(self, millions: float) -> None:
        """Limits the whole cost."""
        self.model.add(self._sum(self.cost_terms) <= math.floor(millions * THOUSAND + 1e-6))

    def earliness_at_least(self, point_years: float) -> None:
        """Demands early science [points x years]."""
        self.model.add(self._sum(self.earliness_terms) >= math.ceil(point_years * 1000))

    @cached_property
    def ratio(self) -> cp_model.IntVar:
        """The least ratio, over partners, of the benefit together to the benefit alone, in thousandths."""
        ratio = self.model.new_int_var(0, 1000 * THOUSAND, "ratio")
        for partner, reached in self.alone.items():
            self.model.add(THOUSAND * self.benefit(partner) >= math.ceil(reached * POINT) * ratio)
        return ratio

    def ratio_at_least(self, ratio: float) -> None:
        """Demands fairness: benefit together / benefit alone, of the worst-off partner."""
        self.model.add(self.ratio >= math.floor(ratio * THOUSAND + 1e-6))

    # --- aims ----------------------------------------------------------------------------------------------------

    def maximise_points(self) -> None:
        """As `maximise_science`, on the scale of the limits."""
        self.model.maximize(self._points)

    def minimise_cost(self) -> None:
        """Sets the aim: whole cost."""
        self.model.minimize(self._sum(self.cost_terms))

    def maximise_earliness(self) -> None:
        """Sets the aim: early science."""
        self.model.maximize(self._sum(self.earliness_terms))

    def maximise_ratio(self) -> None:
        """Sets the aim: the worst-off partner's gain."""
        self.model.maximize(self.ratio)


def least_ratio(problem: Problem, alone: Mapping[int, float], columns: Sequence[Column]) -> float | None:
    """Benefit together / benefit alone of the worst-off partner; None when nobody reaches anything alone."""
    return min((benefit(problem, p, columns) / reached for p, reached in alone.items()), default=None)
