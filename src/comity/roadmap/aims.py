"""The further aims: after science fairness, cost and early science, in order, each within a tolerance of the one before.

A lexicographic search over the mission plans that are known, by CP-SAT: each aim in turn is optimised under the limits
that the aims before it have set. What is given up is bounded: of every aim reached, at most `Question.tolerance`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from comity.model.programme import Aim
from comity.roadmap.answer import Plan, Status
from comity.roadmap.answer_parts import Comparison
from comity.roadmap.assembly import assemble
from comity.roadmap.costlimit import CostLimit
from comity.roadmap.cpsat import Selection, science_value
from comity.roadmap.criteria import JudgedModel, earliness, least_ratio, whole_cost
from comity.roadmap.problem import Problem

if TYPE_CHECKING:
    from comity.roadmap.planner import Solved

#: A limit that an aim reached sets to the aims after it.
Limit = Callable[[JudgedModel], None]

#: Of CP-SAT's deterministic time: some seconds.
WORK = 4.0

#: Up to so many mission plans one worker of CP-SAT proves the best soonest; among more, two that take turns find better
#: ones (the second searches large neighbourhoods).
SMALL = 400


class Effort:
    """How hard to try: CP-SAT's deterministic work at each single aim or point, and seconds for all as a safety cap."""

    def __init__(self, work: float, time_s: float) -> None:
        self.work = work
        self.until = time.monotonic() + time_s

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()

    def solve(self, model: JudgedModel, *, gap: float = 1e-4) -> Selection | None:
        """The best selection found; None when the time is up, too."""
        if self.left <= 0:
            return None
        workers = 1 if len(model.offered) <= SMALL else 2
        return model.solve(time_s=self.left, work=self.work, gap=gap, ends_on_interrupt=False, workers=workers)


def refine(
    solved: Solved,
    comparison: Comparison | Mapping[str, float],
    *,
    time_s: float = 30.0,
    work: float = WORK,
    on_progress: Callable[[int, int], None] | None = None,
) -> Solved:
    """The plan that serves the question's further aims best, among plans that serve the aims before them as well.

    `comparison`: going alone, or the benefit alone by partner [points]; partners that reach nothing alone cannot be worse
    off and do not count for fairness. The aims are the question's, or else the programme's own. The bound on science
    stays as it was proven; value, gap and status are those of the new plan. Without a better one `solved` comes back
    as it is. `work` bounds CP-SAT's deterministic time at each aim, `time_s` the whole; `on_progress(done, all)` counts
    the aims.
    """
    problem, outcome = solved.problem, solved.outcome
    question = problem.question
    aims = question.aims if question.aims is not None else problem.programme.programme.aims
    if outcome.selection is None or outcome.master is None or aims == ("science",):
        return solved
    effort = Effort(work, time_s)
    alone = benefits_alone(problem, comparison)
    known = CostLimit(solved)
    if "cost" in aims:  # mission plans that do the same for less
        known.explore(0.97 * sum(whole_cost(problem, c) for c in outcome.selection.columns), time_s=time_s / 5)
    selection, limits = outcome.selection, list[Limit]()
    for done, aim in enumerate(aims):
        if (aim, done) != ("science", 0):  # the search has done that already
            selection = _best_for(aim, known, selection, limits, alone, effort)
        limits.append(_limit(problem, aim, selection, alone, question.tolerance))
        if on_progress is not None:
            on_progress(done + 1, len(aims))
    if selection is outcome.selection:
        return solved
    outcome.master.add(list(selection.columns))
    return replace(solved, plan=plan_of_selection(solved, selection), outcome=replace(outcome, selection=selection))


def benefits_alone(problem: Problem, comparison: Comparison | Mapping[str, float]) -> dict[int, float]:
    """By contributor, the benefit of its programme alone [points], where there is any."""
    reached = (
        {p: a.benefit_alone for p, a in comparison.alone.items()}
        if isinstance(comparison, Comparison)
        else dict(comparison)
    )
    return {i: reached[p] for i, p in enumerate(problem.contributors) if reached.get(p, 0.0) > 1e-6}


def plan_of_selection(solved: Solved, selection: Selection, *, bound: float | None = None) -> Plan:
    """Another selection of a solved question as a plan, with its gap to the bound that was proven (or a tighter one)."""
    before = solved.plan
    bound = before.bound if bound is None else min(bound, before.bound)
    drawn = assemble(
        solved.problem, selection, bound=bound, status=before.status, run=before.run
    )  # `assemble` raises the bound to the value where rounding left it a hair below
    status: Status = "optimal" if drawn.gap < 1e-6 else "feasible"
    if before.status == "interrupted":
        status = "interrupted"
    elif status == "feasible" and drawn.gap <= solved.problem.question.gap:
        status = "within_gap"
    return drawn.model_copy(update={"status": status, "amendments": before.amendments})


def _best_for(
    aim: Aim, known: CostLimit, start: Selection, limits: list[Limit], alone: Mapping[int, float], effort: Effort
) -> Selection:
    """The best selection for an aim under the limits; `start` when none is found that is better."""
    if aim == "fairness" and not alone:
        return start
    model = JudgedModel(known.master, range(len(known.master.columns)), alone)
    for limit in limits:
        limit(model)
    aims: dict[Aim, Callable[[], None]] = {
        "science": model.maximise_points,
        "fairness": model.maximise_ratio,
        "cost": model.minimise_cost,
        "early_science": model.maximise_earliness,
    }
    aims[aim]()
    model.start_from(start)
    found = effort.solve(model)
    if found is None or _reached(known.problem, aim, found, alone) <= _reached(known.problem, aim, start, alone) + 1e-9:
        return start
    return found


def _reached(problem: Problem, aim: Aim, selection: Selection, alone: Mapping[int, float]) -> float:
    """How far a selection serves an aim; more is better."""
    columns = selection.columns
    if aim == "science":
        return science_value(problem, columns)
    if aim == "fairness":
        return least_ratio(problem, alone, columns) or 0.0
    if aim == "cost":
        return -sum(whole_cost(problem, c) for c in columns)
    return sum(earliness(problem, c) for c in columns)


def _limit(problem: Problem, aim: Aim, selection: Selection, alone: Mapping[int, float], tolerance: float) -> Limit:
    """That the aims to come give up no more of this one than the tolerance."""
    reached = _reached(problem, aim, selection, alone)
    kept = reached * (1 - tolerance) if reached > 0 else reached * (1 + tolerance)
    if aim == "science":
        return lambda model: model.science_at_least(kept)
    if aim == "fairness":
        return lambda model: model.ratio_at_least(kept) if alone else None
    if aim == "cost":
        return lambda model: model.cost_at_most(-kept)
    return lambda model: model.earliness_at_least(kept)
