"""The further aims: after science fairness, cost and early science, in order, each within a tolerance of the one before.

A lexicographic search over the mission plans that are known, by CP-SAT: each aim in turn is optimised under the limits
that the aims before it have set. What is given up is bounded: of every aim reached, at most `Question.tolerance`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from comity.model.programme import Aim
from comity.roadmap.answer import Plan, Status
from comity.roadmap.answer_parts import Comparison
from comity.roadmap.assembly import assemble
from comity.roadmap.choosing import WORK, Effort, Limit, best_selection, limit_of, reached
from comity.roadmap.costlimit import CostLimit
from comity.roadmap.cpsat import Selection
from comity.roadmap.criteria import whole_cost
from comity.roadmap.problem import Problem

if TYPE_CHECKING:
    from comity.roadmap.planner import Solved


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
            selection = _better(aim, known, limits, selection, alone, effort)
        limits.append(limit_of(problem, aim, selection, alone, question.tolerance))
        if on_progress is not None:
            on_progress(done + 1, len(aims))
    if selection is outcome.selection:
        return solved
    outcome.master.add(list(selection.columns))
    return replace(solved, plan=plan_of_selection(solved, selection), outcome=replace(outcome, selection=selection))


def _better(
    aim: Aim, known: CostLimit, limits: list[Limit], start: Selection, alone: Mapping[int, float], effort: Effort
) -> Selection:
    """The best selection found for an aim; `start` when none is found that is better."""
    if aim == "fairness" and not alone:
        return start
    found = best_selection(aim, known, limits, start=start, alone=alone, effort=effort)
    problem = known.problem
    if found is None or reached(problem, aim, found, alone) <= reached(problem, aim, start, alone) + 1e-9:
        return start
    return found


def benefits_alone(problem: Problem, comparison: Comparison | Mapping[str, float]) -> dict[int, float]:
    """By contributor, the benefit of its programme alone [points], where there is any."""
    benefits = (
        {p: a.benefit_alone for p, a in comparison.alone.items()}
        if isinstance(comparison, Comparison)
        else dict(comparison)
    )
    return {i: benefits[p] for i, p in enumerate(problem.contributors) if benefits.get(p, 0.0) > 1e-6}


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
