"""What science costs, and what fairness costs: Pareto fronts of real plans.

Each point is the best selection of mission plans that CP-SAT finds under one more limit (the epsilon-constraint method;
Haimes, Lasdon & Wismer 1971): a limit on cost, or a least gain of the worst-off partner over going alone. Along the cost
front each point has its own proven bound: `costlimit` plans missions anew for every limit, and its Lagrangian bound holds
for all plans that cost as little. A limit on fairness tightens no bound; there the gap is to the best plan of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from comity.model.programme import Aim
from comity.roadmap.aims import benefits_alone, plan_of_selection
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Comparison, Front, FrontPoint, Tradeoff
from comity.roadmap.choosing import Effort, Limit, best_selection
from comity.roadmap.costlimit import CostLimit
from comity.roadmap.cpsat import Selection
from comity.roadmap.criteria import JudgedModel, least_ratio, whole_cost
from comity.roadmap.planner import Solved

#: Cheap plans are sought at this part of the plan's cost; where none is found, the front is drawn down to it.
FRUGAL = 0.3
#: Two plans nearer to each other than this part of an axis are one point.
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Traded:
    """The fronts, and the plan of each of their points in the same order."""

    tradeoff: Tradeoff
    plans: tuple[tuple[Plan, ...], ...]


def tradeoff(
    solved: Solved,
    comparison: Comparison,
    *,
    points: int = 8,
    time_s: float = 60.0,
    work: float = 1.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Tradeoff:
    """Science against cost, and science against fairness (when some partner reaches something alone).

    As `tradeoff_plans`, without the plans.
    """
    return tradeoff_plans(solved, comparison, points=points, time_s=time_s, work=work, on_progress=on_progress).tradeoff


def tradeoff_plans(
    solved: Solved,
    comparison: Comparison,
    *,
    points: int = 8,
    time_s: float = 60.0,
    work: float = 1.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Traded:
    """The fronts with their plans.

    `points`: how many limits are tried on each axis (some may give the same plan, or a dominated one, and fall away);
    `work`: CP-SAT's deterministic time for each; `time_s`: a cap on the whole, after which what is found is drawn.
    No point is worse than another on both axes. The plan of `solved` is always among them: where its further aims took it
    below a front, that front's label says so. ValueError when `points` is less than 2.
    """
    if points < 2:
        raise ValueError(f"a front needs two points at least, not {points}")
    if solved.outcome.selection is None:
        return Traded(Tradeoff(fronts=()), ())
    drawing = _Drawing(solved, comparison, on_progress, steps=2 * points)
    drawing.along_cost(points, Effort(work, 0.65 * time_s, wide=False))
    drawing.along_fairness(points, Effort(work, 0.35 * time_s, wide=False))
    fronts = [drawing.front("cost"), *([drawing.front("fairness")] if drawing.alone else [])]
    return Traded(Tradeoff(fronts=tuple(f for f, _ in fronts)), tuple(p for _, p in fronts))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A selection with its place on every axis."""

    selection: Selection
    plan: Plan
    cost: float
    ratio: float | None
    chosen: bool = False


class _Drawing:
    """The points found so far; its life is one call of `tradeoff_plans`."""

    def __init__(
        self,
        solved: Solved,
        comparison: Comparison,
        on_progress: Callable[[int, int], None] | None,
        steps: int,
    ) -> None:
        self.solved = solved
        self.problem = solved.problem
        self.alone = benefits_alone(solved.problem, comparison)
        self.known = CostLimit(solved)
        self.on_progress = on_progress
        self.done, self.steps = 0, steps
        assert solved.outcome.selection is not None
        self.chosen = self._candidate(solved.outcome.selection, solved.plan, chosen=True)
        self.found = [self.chosen]

    def _candidate(self, selection: Selection, plan: Plan, *, chosen: bool = False) -> _Candidate:
        cost = sum(whole_cost(self.problem, c) for c in selection.columns)
        return _Candidate(selection, plan, cost, least_ratio(self.problem, self.alone, selection.columns), chosen)

    # --- finding points ------------------------------------------------------------------------------------------

    def along_cost(self, points: int, effort: Effort) -> None:
        """The most science for each of several limits on cost, from the chosen plan's down to the cheapest plan's."""
        self.known.explore(FRUGAL * self.chosen.cost, rounds=3, time_s=effort.left / 10)
        cheapest = self._solve("cost", [], self.chosen, Effort(effort.work / 4, effort.left / 6, wide=False))
        low = FRUGAL * self.chosen.cost if cheapest is None else cheapest.cost
        before = self.chosen
        for limit in (float(c) for c in np.linspace(self.chosen.cost, low, points)[:-1]):
            self.known.explore(limit, rounds=3, time_s=effort.left / (4 * points))
            before = (
                self._solve("science", [partial(JudgedModel.cost_at_most, millions=limit)], before, effort) or before
            )
            self._step()
        self._step()  # the cheapest is there already

    def along_fairness(self, points: int, effort: Effort) -> None:
        """The most science for each of several least gains, from the chosen plan's to the fairest plan's."""
        if self.chosen.ratio is None:
            return
        before = self._solve("fairness", [], self.chosen, effort) or self.chosen
        ratios = [c.ratio for c in self.found if c.ratio is not None and c.plan.value >= self.chosen.plan.value]
        low, high = min(ratios), max([*ratios, before.ratio or 0.0])
        steps = points if high > low * (1 + 1e-3) else 1  # ratios count in thousandths
        for limit in np.linspace(low, high, steps)[::-1]:
            limits: list[Limit] = [partial(JudgedModel.ratio_at_least, ratio=float(limit))]
            before = self._solve("science", limits, before, effort) or before
            self._step()

    def _step(self) -> None:
        self.done += 1
        if self.on_progress is not None:
            self.on_progress(self.done, self.steps)

    def _solve(self, aim: Aim, limits: Sequence[Limit], start: _Candidate, effort: Effort) -> _Candidate | None:
        selection = best_selection(
            aim, self.known, limits, start=start.selection, alone=self.alone, effort=effort, gap=1e-3
        )
        if selection is None:
            return None
        candidate = self._candidate(selection, plan_of_selection(self.solved, selection))
        self.found.append(candidate)
        return candidate

    # --- drawing them --------------------------------------------------------------------------------------------

    def front(self, axis: str) -> tuple[Front, tuple[Plan, ...]]:
        """The candidates that none dominates, in the order of the axis, and the chosen plan."""
        kept = _undominated(self.found, axis)
        below = self.chosen not in kept
        if below:
            kept.append(self.chosen)
        kept.sort(key=lambda c: (_x(c, axis) if axis == "fairness" else -_x(c, axis), c.plan.value))
        plans = tuple(self._with_bound(c) for c in kept)
        drawn = [
            FrontPoint(
                cost=plan.cost,
                value=plan.value,
                fairness=None if c.ratio is None else c.ratio - 1,
                gap=plan.gap,
                label=_label(c, axis, kept, below),
                is_chosen=c.chosen,
            )
            for c, plan in zip(kept, plans, strict=True)
        ]
        return Front(x_axis="cost" if axis == "cost" else "fairness", points=tuple(drawn)), plans

    def _with_bound(self, candidate: _Candidate) -> Plan:
        """The plan, with the bound on the science of all plans that cost as little."""
        if candidate.chosen:
            return candidate.plan
        return plan_of_selection(self.solved, candidate.selection, bound=self.known.bound(candidate.cost))


def _x(candidate: _Candidate, axis: str) -> float:
    """The place on an axis; more is better."""
    return -candidate.cost if axis == "cost" else candidate.ratio or 0.0


def _undominated(found: Sequence[_Candidate], axis: str) -> list[_Candidate]:
    """Those that no other beats on one axis without losing on the other; of equals the first (the chosen comes first)."""
    kept: list[_Candidate] = []
    width = max(abs(_x(c, axis)) for c in found) or 1.0
    height = max(c.plan.value for c in found) or 1.0
    for c in sorted(found, key=lambda c: (-c.plan.value, -_x(c, axis), not c.chosen)):
        if not kept or _x(c, axis) > _x(kept[-1], axis) + NEAR * width:
            if kept and kept[-1].plan.value - c.plan.value <= NEAR * height and not kept[-1].chosen:
                kept.pop()
            kept.append(c)
        elif c.chosen and _x(c, axis) >= _x(kept[-1], axis) and kept[-1].plan.value - c.plan.value <= NEAR * height:
            kept[-1] = c
    return kept


def _label(candidate: _Candidate, axis: str, kept: Sequence[_Candidate], below: bool) -> str:
    if candidate.chosen:
        return "the plan, held to its other aims" if below else "the plan"
    if candidate.plan.value == max(c.plan.value for c in kept):
        return "most science"
    if _x(candidate, axis) == max(_x(c, axis) for c in kept):
        return "cheapest" if axis == "cost" else "fairest"
    if axis == "cost":
        return f"{len(candidate.plan.missions)} missions"
    return f"at least {100 * ((candidate.ratio or 0.0) - 1):+.0f} %"
