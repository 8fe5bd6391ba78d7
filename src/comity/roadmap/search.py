"""The search for a joint roadmap: column generation for a proven bound, whole selections for plans.

1. *Generate*: solve the master as a linear programme; plan each mission at its prices; add the plans that pay; repeat.
   Every round gives an upper bound that no programme plan can exceed (the Lagrangian bound).
2. *Enrich*: plans of each mission for every year of delivery whose reduced profit is within reach of the best plan.
3. *Select*: the best whole selection among all plans known, by CP-SAT, started from the best so far.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from comity.roadmap.columns import Column, column, repaired
from comity.roadmap.construct import Builder, Ledger
from comity.roadmap.cpsat import Model, Selection, science_value
from comity.roadmap.master import Master
from comity.roadmap.pricing import MissionPlan, MissionPricer
from comity.roadmap.problem import Floats, Problem


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands: the best value so far (None: no plan yet), the bound, seconds since the start."""

    stage: str
    value: float | None
    bound: float
    seconds: float
    columns: int

    @property
    def gap(self) -> float | None:
        if self.value is None:
            return None
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


@dataclass(slots=True)
class Outcome:
    """What a search found."""

    selection: Selection | None
    bound: float
    interrupted: bool
    iterations: int
    columns: int
    prices: Floats
    seconds: float = 0.0
    infeasible: bool = False
    master: Master | None = field(default=None, repr=False)


class Search:
    """One search; its life is one call of `run`."""

    def __init__(self, problem: Problem, on_progress: Callable[[Progress], None] | None = None) -> None:
        self.problem = problem
        self.question = problem.question
        self.on_progress = on_progress
        self.began = time.monotonic()
        self.master = Master(problem)
        self.pricers = [MissionPricer(problem, m) for m in problem.missions]
        self.bound = float(problem.values.sum())
        self.best_prices: Floats | None = None
        self.selection: Selection | None = None
        self.stopped = False
        self.iterations = 0

    # --- clock and progress --------------------------------------------------------------------------------------

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        return self.question.time_s - self.elapsed

    def tell(self, stage: str) -> None:
        if self.on_progress is not None:
            value = None if self.selection is None else self.selection.value
            self.on_progress(Progress(stage, value, self.bound, self.elapsed, len(self.master.columns)))

    @property
    def gap(self) -> float:
        if self.selection is None or self.bound <= 0:
            return float("inf") if self.bound > 0 else 0.0
        return (self.bound - self.selection.value) / self.bound

    # --- the whole -----------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        infeasible = False
        try:
            infeasible = self.generate(share=0.5)
            if not infeasible:
                self.choose()
        except KeyboardInterrupt:
            self.stopped = True
        return Outcome(
            self.selection,
            self.bound,
            self.stopped,
            self.iterations,
            len(self.master.columns),
            self.best_prices if self.best_prices is not None else np.zeros(len(self.master.right)),
            self.elapsed,
            infeasible,
            self.master,
        )

    def generate(self, share: float) -> bool:
        """Column generation; True when no plan can meet the commitments and rules."""
        center: Floats | None = None
        smoothing = 0.0
        lagrangian = float("inf")
        while True:
            value, weights, prices = self.master.solve()
            if self.master.add_facility_rows(weights):
                continue
            prices = self._clip(prices)
            if center is None or len(center) != len(prices):
                center = np.concatenate([center, np.zeros(len(prices) - len(center))]) if center is not None else prices
            asked = smoothing * center + (1 - smoothing) * prices
            added, bound = self._price(asked)
            self.iterations += 1
            if bound < lagrangian:
                lagrangian, center, self.best_prices = bound, asked, asked
                self.bound = min(self.bound, bound)
            self.tell("pricing")
            lp_gap = (self.bound - value) / max(1e-9, abs(self.bound))
            if added == 0:
                if smoothing > 0:
                    smoothing = 0.0
                    center = prices
                    continue
                break
            smoothing = 0.5 if self.iterations > 3 else 0.0
            if lp_gap < 1e-4 or self.elapsed > share * self.question.time_s:
                break
        return self.master.infeasibility() > 1e-6 and added == 0

    def _clip(self, prices: Floats) -> Floats:
        out = np.maximum(prices, 0.0)
        first = self.master.mission_row
        for m, mission in enumerate(self.problem.missions):
            if mission.committed:
                out[first + m] = prices[first + m]
        return out

    def _price(self, asked: Floats, only: Sequence[int] | None = None) -> tuple[int, float]:
        """Plans every mission at the asked prices; (columns added, bound)."""
        table = self.master.prepare_prices(asked)
        best = np.zeros(len(self.problem.missions))
        new: list[Column] = []
        row = self.master.mission_row
        for m in range(len(self.pricers)) if only is None else only:
            best[m], plans = self.pricers[m].best_plans(table.for_mission(m), above=asked[row + m] + 1e-7, most=3)
            for plan in plans:
                new += self._column(plan)
        return self.master.add(new), self.master.lagrangian(asked, best)

    def _column(self, plan: MissionPlan) -> list[Column]:
        if not self.pricers[plan.mission].is_tree:
            moved = repaired(self.problem, plan)
            return [] if moved is None else [column(self.problem, moved)]
        return [column(self.problem, plan)]

    # --- whole plans -----------------------------------------------------------------------------------------------

    def dive(self) -> list[Column]:
        """A whole selection by fixing, round after round, the plans that the linear programme likes best.

        Between fixings the missions still open are planned anew at the new prices, so that they fit what is left
        (Sadykov et al. 2019, "Primal heuristics for branch and price").
        """
        fixed: dict[int, int] = {}
        batch: list[tuple[int, int]] = []
        size = 1.0
        self.master.vertex(True)
        try:
            while self.left > 0:
                solved = self.master.solve_or_none()
                if solved is None:  # the last batch does not fit together: take back all but its first
                    for m, i in batch[1:] if len(batch) > 1 else batch:
                        del fixed[m]
                        self.master.fix(i, 0.0 if len(batch) == 1 else None)
                    batch, size = batch[:1], size / 2
                    continue
                _, weights, prices = solved
                if self.master.add_facility_rows(weights):
                    continue
                if self._price(self._clip(prices), [m for m in range(len(self.pricers)) if m not in fixed])[0]:
                    solved = self.master.solve_or_none()
                    weights = solved[1] if solved is not None else weights
                best: dict[int, tuple[float, int]] = {}
                for i in np.flatnonzero(weights > 1e-6):
                    m = self.master.columns[i].plan.mission
                    if m not in fixed:
                        best[m] = max(best.get(m, (0.0, -1)), (float(weights[i]), int(i)))
                if not best:
                    break
                ranked = sorted(((m, i, w) for m, (w, i) in best.items()), key=lambda row: -row[2])
                most = max(1, int(size * len(ranked) / 8))
                batch = [(m, i) for k, (m, i, w) in enumerate(ranked) if k < most or w > 0.98]
                for m, i in batch:
                    fixed[m] = i
                    self.master.fix(i, 1.0)
        finally:
            self.master.vertex(False)
            self.master.release(fixed.values())
        return [self.master.columns[i] for i in fixed.values()]

    def choose(self) -> None:
        """Whole selections by CP-SAT among the plans known, in rounds of ever more plans."""
        self.master.vertex(True)
        _, self.weights, prices = self.master.solve()
        self.master.vertex(False)
        self.final_prices = self._clip(prices)
        self.random = np.random.default_rng(self.question.seed)
        self.enrich(self.final_prices, most=8)
        for spread in (0.3, 0.6):
            self.enrich(self.perturbed(self.final_prices, spread), most=6)
        self.build()
        self.select(self.left)

    def perturbed(self, prices: Floats, spread: float) -> Floats:
        """Prices of money moved at random, so that plans turn up that fit other mixes of budgets."""
        out = prices.copy()
        n = self.master.pool_row
        typical = float(np.median(out[:n][out[:n] > 0])) if (out[:n] > 0).any() else 0.0
        out[:n] = (out[:n] + 0.1 * typical) * np.exp(self.random.normal(0.0, spread, n))
        return out

    def enrich(self, prices: Floats, most: int) -> None:
        """Adds each mission's best plans, one for a year of delivery, at the prices given."""
        table = self.master.prepare_prices(prices)
        new: list[Column] = []
        for m, pricer in enumerate(self.pricers):
            for plan in pricer.best_plans(table.for_mission(m), above=-0.03 * self.bound, most=most)[1]:
                new += self._column(plan)
        self.master.add(new)

    def select(self, time_s: float) -> None:
        reduced = self.reduced_profits(self.final_prices)
        room = self.bound - (self.selection.value if self.selection else 0.0)
        offered = self.offer(reduced, room, most=40)
        model = Model(self.master, offered)
        model.maximise_science()
        if self.selection is not None:
            model.hint(self.selection.columns)

        found = model.solve(time_s=time_s, work=1e9, gap=1e-4)
        if found is not None and (self.selection is None or found.value > self.selection.value):
            self.selection = found
        self.tell("selecting")

    def offer(self, reduced: Floats, room: float, most: int) -> list[int]:
        """The columns worth offering: within reach of a better plan, at most so many for each mission."""
        kept = {id(c) for c in self.selection.columns} if self.selection else set()
        by_mission: dict[int, list[int]] = {}
        for i in np.argsort(-reduced, kind="stable"):
            if reduced[i] >= -room or id(self.master.columns[i]) in kept:
                by_mission.setdefault(self.master.columns[i].plan.mission, []).append(int(i))
        out: list[int] = []
        for rows in by_mission.values():
            out += rows[:most] + [i for i in rows[most:] if id(self.master.columns[i]) in kept]
        return sorted(out)

    def build(self) -> None:
        """Whole plans by construction, improved until most of the time is gone."""
        builder = Builder(self.problem, self.master, self.pricers, self.final_prices)
        ledger = Ledger(self.problem, self.master)
        share = np.zeros(len(self.pricers))
        for i, w in enumerate(self.weights):
            share[self.master.columns[i].plan.mission] += w
        worth = np.maximum(0.0, self.final_prices[self.master.mission_row : self.master.mission_row + len(share)])
        attraction = worth + 0.1 * worth.mean() * (0.2 + share)
        builder.construct([int(m) for m in np.argsort(-attraction, kind="stable")], ledger)
        last = self.left * 0.6
        until = self.elapsed + last
        kept = builder.improve(
            ledger,
            attraction,
            rounds=4000,
            seed=self.question.seed,
            stop=lambda: self.elapsed > until,
            on_better=lambda _value: None,
        )
        chosen = tuple(kept.values())
        self.selection = Selection(chosen, {}, {}, {}, science_value(self.problem, chosen), False)
        self.master.add(builder.found)
        self.selection = Selection(
            tuple(self.master.columns[self.master.index(c)] for c in chosen), {}, {}, {}, self.selection.value, False
        )
        self.tell("built")

    def reduced_profits(self, prices: Floats) -> Floats:
        """What each column would bring at given prices beyond its mission's own (never much above 0 at the optimum)."""
        return np.array(
            [-sum(prices[row] * a for row, a in self.master.entries(c).items()) for c in self.master.columns]
        )
