"""From one whole selection to better ones: neighbourhoods are chosen, solved side by side, and the best is kept.

What is chosen and when the search ends depends on the seed and on work that is counted (simplex iterations, missions
priced), so that the same input and seed give the same answer; the clock only cuts it short on a slow machine.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from comity.roadmap.cpsat import science_value
from comity.roadmap.master import Master
from comity.roadmap.neighbourhood import Effort, Frame, Neighbourhood, Pricing
from comity.roadmap.problem import Floats, Problem

#: With so many missions or fewer, all of them are planned together.
FEW = 24
#: Rounds of planning all missions together after which, without a better plan, the search ends.
PATIENCE = 4
#: Seconds of a million (simplex iterations x rows) on a slow core: from counted work to time, on the safe side.
SECONDS = 0.14


@dataclass(slots=True)
class Incumbent:
    """The best selection so far: mission -> column; `score` is its science less a penalty for what it breaks."""

    chosen: dict[int, int]
    score: float


class Improver:
    """A large neighbourhood search; its life is one call of `run`."""

    def __init__(self, problem: Problem, master: Master, price: Pricing, penalties: Floats, attraction: Floats) -> None:
        self.problem, self.master, self.price = problem, master, price
        self.frame = Frame(master, penalties)
        self.attraction = attraction
        self.rng = np.random.default_rng(problem.question.seed)
        self.size = 18.0
        self.work = 0.0
        self.possible = [m.index for m in problem.missions if m.possible]
        self.kin = [
            [frozenset(p for part in m.parts for c in part.choices for p in c.payers) for m in problem.missions],
            [frozenset(g for part in m.parts for g in part.contributes) for m in problem.missions],
        ]

    # --- the whole -----------------------------------------------------------------------------------------------

    def score(self, chosen: dict[int, int]) -> float:
        """Science of a selection with the best cash, less penalties; -inf when no cash makes it fit."""
        return Neighbourhood(self.frame, chosen, (), -np.inf, Effort()).evaluate()

    def is_broken(self, incumbent: Incumbent) -> bool:
        """Does the selection break a rule or lack a committed mission?"""
        science = science_value(self.problem, [self.master.columns[i] for i in incumbent.chosen.values()])
        return incumbent.score < science - 1e-4

    def fitted(self, chosen: dict[int, int]) -> Incumbent:
        """The selection less what had to be dropped, least valuable first, to make the budgets hold."""
        kept = dict(chosen)
        while True:
            score = self.score(kept)
            if np.isfinite(score) or not kept:
                return Incumbent(kept, score)
            science = {m: science_value(self.problem, [self.master.columns[i]]) for m, i in kept.items()}
            optional = [m for m in kept if not self.problem.missions[m].committed] or list(kept)
            del kept[min(optional, key=lambda m: (science[m], m))]

    def run(
        self,
        incumbent: Incumbent,
        *,
        enough: Callable[[Incumbent], bool],
        on_better: Callable[[Incumbent], None],
        left: Callable[[], float],
    ) -> None:
        """Improves the incumbent in place until `enough` says so, or nothing more is found; `left`: seconds on the clock."""
        few = len(self.possible) <= FEW
        idle = 0
        with ThreadPoolExecutor(self.problem.question.threads) as pool:
            while not enough(incumbent) and not (few and idle >= PATIENCE):
                if self.is_broken(incumbent):  # what breaks a rule must become dearer than what it brings
                    self.frame.worth[self.frame.elastic] *= 3.0
                    incumbent.score = self.score(incumbent.chosen)
                if self._round(incumbent, pool, few, left):
                    idle = 0
                    on_better(incumbent)
                else:
                    idle += 1

    def _round(self, incumbent: Incumbent, pool: ThreadPoolExecutor, few: bool, left: Callable[[], float]) -> bool:
        """One round of neighbourhoods side by side; was anything better found?"""
        count = 1 if few else self.problem.question.threads
        effort = Effort(columns=120, nodes=400, seconds=60.0) if few else Effort(columns=40, nodes=12, seconds=30.0)
        live = []
        for _ in range(count):
            free = self.possible if few else self._related(incumbent)
            hood = Neighbourhood(self.frame, incumbent.chosen, free, incumbent.score, effort)
            self.work += 0.02 * len(free)
            if hood.generate(self.price):
                live.append(hood)
        for hood in live:
            hood.effort = replace(effort, seconds=min(effort.seconds, max(0.5, left())))
            hood.prepare()
        list(pool.map(Neighbourhood.choose, live))
        for hood in live:
            for _ in range(8):
                if hood.finish():
                    break
                hood.prepare()
                hood.choose()
        self.work += max((hood.work for hood in live), default=0.2)
        if live:
            self.size = float(np.clip(self.size + (0.5 if all(h.proven for h in live) else -0.5), 8, 30))
        better = sorted(
            (h for h in live if h.found and h.found_value > incumbent.score + 1e-7), key=lambda h: -h.found_value
        )
        if not better:
            return False
        best = better[0]
        assert best.found is not None
        incumbent.chosen, incumbent.score = dict(best.found), best.found_value
        for other in better[1:]:
            self._join(incumbent, best, other)
        return True

    def _join(self, incumbent: Incumbent, best: Neighbourhood, other: Neighbourhood) -> None:
        """Takes over what another neighbourhood changed beside the best one's changes, where both go together."""
        assert other.found is not None
        joined = dict(incumbent.chosen)
        for m in other.free:
            if m not in best.free:
                joined.pop(m, None)
                if m in other.found:
                    joined[m] = other.found[m]
        columns = list(joined.values())
        if self.master.is_broken(columns):
            return
        score = self.score(joined)
        if score > incumbent.score + 1e-7:
            incumbent.chosen, incumbent.score = joined, score

    # --- what is free ----------------------------------------------------------------------------------------------

    def _related(self, incumbent: Incumbent) -> list[int]:
        """Missions that share purses (or goals) with one drawn at random, some of them in the selection, some not."""
        weights = self.attraction[self.possible] + 1e-3
        seed = int(self.rng.choice(self.possible, p=weights / weights.sum()))
        kin = self.kin[0] if self.rng.random() < 0.7 else self.kin[1]
        nearness = np.array([len(kin[m] & kin[seed]) / max(1, len(kin[m] | kin[seed])) for m in self.possible])
        nearness += 0.8 * self.rng.random(len(self.possible))
        free, inside, outside = {seed}, 0, 0
        for k in np.argsort(-nearness, kind="stable"):
            m = self.possible[k]
            if m in incumbent.chosen and inside < self.size:
                inside += 1
                free.add(m)
            elif m not in incumbent.chosen and (outside < 0.7 * self.size or self.problem.missions[m].committed):
                outside += 1
                free.add(m)
        for arc in self.problem.cross_arcs:
            ends = {arc.earlier[0], arc.later[0]}
            if ends & free:
                free |= ends & set(self.possible)
        return sorted(free)
