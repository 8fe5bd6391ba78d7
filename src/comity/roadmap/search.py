"""The search for a joint roadmap: column generation for a proven bound, whole selections for plans.

1. *Generate*: solve the master as a linear programme; plan each mission at its prices; add the plans that pay; repeat.
   Every round gives an upper bound that no programme plan can exceed (the Lagrangian bound).
2. *Construct*: a whole selection, mission by mission, improved by taking some out and putting others in (`construct`).
3. *Improve*: neighbourhoods of the selection are planned anew and chosen by branch and bound (`improve`).
4. *Settle*: the cash that goes with the selection, to the thousand (`settlement`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from comity.roadmap.columns import Column, column, repaired
from comity.roadmap.construct import Builder, Ledger
from comity.roadmap.cpsat import Selection, science_value
from comity.roadmap.improve import FEW, SECONDS, Improver, Incumbent
from comity.roadmap.interruption import interrupts_held
from comity.roadmap.master import Master
from comity.roadmap.pricing import MissionPlan, MissionPricer
from comity.roadmap.problem import Floats, Problem
from comity.roadmap.settlement import settled

#: Seconds that planning one mission within what is left takes on a slow core: from counted work to time, on the safe side.
PLANNING = 0.0035
#: The part of the time that may be spent by the count: less than the clock allows, so that it is the count that ends a search.
COUNTED = 0.8
#: The part of the time on the clock that is kept for what comes before and after the search: compiling, settling the cash.
RESERVE = 0.08


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
        self.kept: dict[int, int] | None = None  # the best whole selection: mission -> column
        self.value: float | None = None
        self.counted = 0.0  # seconds of work before the neighbourhoods, counted and not measured
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
            self.on_progress(Progress(stage, self.value, self.bound, self.elapsed, len(self.master.columns)))

    @property
    def gap(self) -> float:
        if self.value is None or self.bound <= 0:
            return float("inf")
        return (self.bound - self.value) / self.bound

    # --- the whole -----------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        infeasible = False
        try:
            infeasible = self.generate(share=0.4)
            if not infeasible:
                self.choose()
        except KeyboardInterrupt:
            self.stopped = True
        with interrupts_held() as came:  # half a settlement would lose what was found
            selection = None if self.kept is None else settled(self.master, self.kept)
        self.stopped = self.stopped or bool(came)
        return Outcome(
            selection,
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
        until = share * self.question.time_s
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
            self.counted += SECONDS * (
                self.master.iterations * 1e-6 * len(self.master.right) + 0.02 * len(self.pricers)
            )
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
            whole = self.master.infeasibility() <= 1e-6
            if (whole and lp_gap < 1e-4) or self.counted > until or self.elapsed > 1.5 * until:
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

    def choose(self) -> None:
        """Whole selections: one by construction, improved first one mission at a time, then by neighbourhoods."""
        _, weights, prices = self.master.solve()
        prices = self._clip(prices)
        self.enrich(prices, most=8)
        share = np.zeros(len(self.pricers))
        for i, w in enumerate(weights):
            share[self.master.columns[i].plan.mission] += w
        worth = np.maximum(0.0, prices[self.master.mission_row : self.master.mission_row + len(share)])
        attraction = worth + 0.1 * worth.mean() * (0.2 + share) + 1e-6
        builder = Builder(self.problem, self.master, self.pricers, prices)
        improver = Improver(self.problem, self.master, self._price_fitting, 3 * builder.penalties, attraction)
        start = self.build(builder, attraction)
        self.incumbent = improver.fitted(start)
        self.keep(self.incumbent)
        improver.run(
            self.incumbent,
            enough=lambda found: self.enough(improver, found),
            on_better=self.keep,
            left=lambda: self.left,
        )

    def build(self, builder: Builder, attraction: Floats) -> dict[int, int]:
        """A whole selection by construction, then by ruin and recreate."""
        ledger = Ledger(self.problem, self.master)
        builder.construct([int(m) for m in np.argsort(-attraction, kind="stable")], ledger)
        most = int(0.2 * self.question.time_s / PLANNING)  # missions to be planned
        until = self.elapsed + 0.5 * self.left
        kept = builder.improve(
            ledger,
            attraction,
            rounds=30 if len(self.pricers) <= FEW else max(10, most // 18),
            seed=self.question.seed,
            stop=lambda: builder.planned > most or self.elapsed > until,
            on_better=_ignore,
        )
        self.counted += PLANNING * builder.planned
        self.master.add(builder.found)
        return {m: self.master.index(c) for m, c in kept.items()}

    def keep(self, found: Incumbent) -> None:
        """Remembers a selection when it is whole: every commitment kept, no rule broken."""
        value = science_value(self.problem, [self.master.columns[i] for i in found.chosen.values()])
        if found.score > value - 1e-4 and (self.value is None or value > self.value):
            self.kept, self.value = dict(found.chosen), value
        self.tell("selecting")

    def enough(self, improver: Improver, found: Incumbent) -> bool:
        """Is the plan good enough, or the work that was asked for done?"""
        done = self.value is not None and improver.work * SECONDS > COUNTED * self.question.time_s - self.counted
        return self.gap <= self.question.gap or done or self.left <= RESERVE * self.question.time_s

    def enrich(self, prices: Floats, most: int) -> None:
        """Adds each mission's best plans, one for a year of delivery, at the prices given."""
        table = self.master.prepare_prices(prices)
        new: list[Column] = []
        for m, pricer in enumerate(self.pricers):
            for plan in pricer.best_plans(table.for_mission(m), above=-0.03 * self.bound, most=most)[1]:
                new += self._column(plan)
        self.master.add(new)

    def _price_fitting(self, missions: Sequence[int], prices: Floats) -> int:
        return self._price(self._clip(prices), missions)[0]


def _ignore(_value: float) -> None:
    """Nobody asked."""
