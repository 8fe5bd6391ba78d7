"""The planner's front door: a programme in, a plan with its proven gap out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from comity.model.programme import Programme
from comity.roadmap.answer import Plan, SolveRun, Status
from comity.roadmap.assembly import assemble
from comity.roadmap.interruption import interrupts_held
from comity.roadmap.problem import Problem, compile_problem
from comity.roadmap.question import Question
from comity.roadmap.search import Outcome, Progress, Search


class NoPlanError(Exception):
    """That no plan was found. `proven`: none exists; else the time was too short to find one."""

    def __init__(self, *, proven: bool) -> None:
        self.proven = proven
        super().__init__(
            "no plan can meet every commitment and rule" if proven else "no plan was found in the time given"
        )


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan, and what the search for it left behind: prices of budgets and rules, and all mission plans known."""

    plan: Plan
    problem: Problem = field(repr=False)
    outcome: Outcome = field(repr=False)


def plan(
    programme: Programme,
    question: Question | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    **terms: Any,
) -> Plan:
    """The joint roadmap: which missions, which options, when, and who pays what; with the proven gap.

    `terms` are fields of `Question`, such as `time_s=30.0`. NoPlanError when no plan meets the commitments and rules.
    """
    return solve(programme, question, on_progress=on_progress, **terms).plan


def solve(
    programme: Programme,
    question: Question | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    **terms: Any,
) -> Solved:
    """As `plan`, with what the search learned on the way."""
    question = replace(question or Question(), **terms)
    problem = compile_problem(programme, question)
    outcome = Search(problem, on_progress).run()
    with interrupts_held() as came:
        drawn = plan_of(problem, outcome)
    if came and drawn.status != "optimal":
        drawn = drawn.model_copy(update={"status": "interrupted"})
    return Solved(drawn, problem, outcome)


def plan_of(problem: Problem, outcome: Outcome) -> Plan:
    """The plan that a search found; NoPlanError when it found none."""
    if outcome.selection is None:
        raise NoPlanError(proven=outcome.infeasible)
    run = SolveRun(
        seconds=round(outcome.seconds, 3),
        threads=problem.question.threads,
        seed=problem.question.seed,
        iterations=outcome.iterations,
        columns=outcome.columns,
        engine="column generation (HiGHS), ruin and recreate, CP-SAT",
    )
    drawn = assemble(problem, outcome.selection, bound=outcome.bound, status=_status(problem, outcome), run=run)
    return drawn.model_copy(update={"status": "optimal"}) if drawn.gap < 1e-6 else drawn


def _status(problem: Problem, outcome: Outcome) -> Status:
    if outcome.interrupted:
        return "interrupted"
    assert outcome.selection is not None
    gap = (outcome.bound - outcome.selection.value) / outcome.bound if outcome.bound > 0 else 0.0
    return "within_gap" if gap <= problem.question.gap else "feasible"
