"""Going alone: what each partner could do with only its own means, and what cooperation gains each and all of them.

Each contributor is planned for as a coalition of one (`docs/reference/planning-rules.md`, "Going alone"), in worker
processes side by side. Then the same science is sought for less: the cheapest joint plan that reaches what all the
programmes alone reach together, and one in which nobody has less than alone (nor, where that
can be had, pays more).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from comity.model.base import FrozenDict
from comity.model.programme import Programme
from comity.roadmap.admission import refusal
from comity.roadmap.aims import benefits_alone, plan_of_selection
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Alone, Comparison
from comity.roadmap.assembly import benefit, contributions
from comity.roadmap.choosing import WORK, Effort, Limit, best_selection
from comity.roadmap.columns import Column, column
from comity.roadmap.costlimit import CostLimit
from comity.roadmap.cpsat import THOUSAND, Selection
from comity.roadmap.criteria import POINT, JudgedModel
from comity.roadmap.pricing import ABSENT, MissionPlan
from comity.roadmap.problem import Problem, compile_problem
from comity.roadmap.question import Question
from comity.workers import side_by_side

if TYPE_CHECKING:
    from comity.roadmap.planner import Solved

GAP = 0.005
LEAST_S = 2.0


def going_alone(
    solved: Solved,
    *,
    time_s: float = 30.0,
    work: float = WORK,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Each contributor's best programme with only its own means, beside the joint plan.

    `time_s`: about how long it may take in all. Two thirds are for the searches, on `Question.threads` workers; each has its
    part by the number of elements open to it, and ends sooner once its programme is proven within 0.5 %. A partner to
    which no mission is open has a programme of nothing. The rest, and CP-SAT's deterministic `work` for each, is for the
    two plans that do the same for less. Replanning is compared with going alone over the whole horizon.
    `same_science_cost` counts, like the costs alone, what is paid within the horizon. WorkerError when a worker's process
    dies; on Ctrl-C the workers are ended and KeyboardInterrupt goes on.
    """
    problem, question = solved.problem, solved.problem.question
    programme = problem.programme
    partners = [p for p in problem.contributors if question.coalition is None or p in question.coalition]
    share = _shares(programme, partners)
    asked = replace(question, gap=GAP, threads=1, aims=("science",), settled=None, required=frozenset())
    hopeful = sorted((p for p in partners if share[p]), key=lambda p: -share[p])  # the longest first
    plans: dict[str, Plan | None] = dict.fromkeys(partners)
    found = side_by_side(
        plan_alone,
        [(p, max(LEAST_S, 2 / 3 * time_s * question.threads * share[p])) for p in hopeful],
        shared=(programme, asked),
        workers=max(1, question.threads),
        on_done=on_progress,
    )
    plans.update(zip(hopeful, found, strict=True))
    comparison = _compared(programme, solved.plan, plans)
    return _for_less(solved, comparison, [p for p in plans.values() if p is not None], Effort(work, time_s / 3))


def plan_alone(shared: tuple[Programme, Question], partner: str, time_s: float) -> Plan | None:
    """The best programme of one partner alone; None when no plan is found."""
    from comity.roadmap.planner import NoPlanError, plan

    programme, question = shared
    question = replace(question, coalition=frozenset({partner}), time_s=time_s)
    if not any(mission.possible for mission in compile_problem(programme, question).missions):
        return None  # its means reach nothing
    try:
        return plan(programme, question)
    except NoPlanError:
        return None


def _shares(programme: Programme, partners: Sequence[str]) -> dict[str, float]:
    """Of the time for all, what each partner needs: by the elements of the missions that it could fly alone."""
    open_elements = dict.fromkeys(partners, 0)
    for p in partners:
        for mission in programme.missions.values():
            free = [
                any(refusal(programme, element, option, frozenset({p})) is None for option in element.options)
                for element in mission.elements.values()
            ]
            if all(is_free or e.optional for is_free, e in zip(free, mission.elements.values(), strict=True)):
                open_elements[p] += sum(free)
    total = sum(open_elements.values())
    return {p: n / total if total else 0.0 for p, n in open_elements.items()}


# --- side by side --------------------------------------------------------------------------------------------------------


def _compared(programme: Programme, joint: Plan, plans: Mapping[str, Plan | None]) -> Comparison:
    alone = {p: _alone(programme, joint, p, plan) for p, plan in plans.items()}
    by_leaf = union_by_objective(programme, [plan for plan in plans.values() if plan is not None])
    return Comparison(
        alone=alone,
        value_together=joint.value,
        value_alone_union=sum(by_leaf.values()),
        objectives_alone=by_leaf,
        cost_alone_total=sum((a.cost_alone for a in alone.values()), Decimal(0)),
    )


def compared_with(comparison: Comparison, plan: Plan) -> Comparison:
    """The same programmes alone beside another joint plan, such as one refined by the further aims."""
    alone = {}
    for p, a in comparison.alone.items():
        together = plan.accounts[p]
        alone[p] = a.model_copy(
            update={
                "benefit_together": together.benefit,
                "together_cost": together.contribution,
                "gain": together.benefit / a.benefit_alone - 1 if a.gain is not None else None,
            }
        )
    return comparison.model_copy(update={"alone": FrozenDict(alone), "value_together": plan.value})


def _alone(programme: Programme, joint: Plan, partner: str, plan: Plan | None) -> Alone:
    together = joint.accounts[partner]
    reached = benefit(programme, partner, plan.missions, list(plan.elements)) if plan is not None else 0.0
    return Alone(
        partner=partner,
        value=plan.value if plan is not None else 0.0,
        benefit_alone=reached,
        benefit_together=together.benefit,
        cost_alone=plan.accounts[partner].contribution if plan is not None else Decimal(0),
        together_cost=together.contribution,
        missions=tuple(m.mission for m in plan.missions) if plan is not None else (),
        gain=together.benefit / reached - 1 if reached > 1e-6 else None,
    )


def union_by_objective(programme: Programme, plans: Sequence[Plan]) -> dict[str, float]:
    """The science of several plans taken together, by leaf objective [points].

    A mission that several of them fly is counted once: for each objective, with the most that any of them brings by it.
    """
    brought: dict[tuple[str, str], float] = {}
    for plan in plans:
        for mission in plan.missions:
            own = [e for e in plan.elements if e.mission == mission.mission]
            for leaf, amount in contributions(programme, mission, own).items():
                key = (mission.mission, leaf)
                brought[key] = max(brought.get(key, 0.0), amount)
    coverage = dict.fromkeys(programme.leaves, 0.0)
    for (_, leaf), amount in brought.items():
        coverage[leaf] += amount
    return {
        leaf: programme.objectives[leaf].curve.at(amount) * float(programme.objectives[leaf].value or 0)
        for leaf, amount in coverage.items()
    }


# --- the same science for less -------------------------------------------------------------------------------------------


def _for_less(solved: Solved, comparison: Comparison, plans: Sequence[Plan], effort: Effort) -> Comparison:
    """Adds what the science of going alone costs when it is had together, where such plans are found."""
    wanted = comparison.value_alone_union
    if wanted <= 0 or solved.outcome.selection is None:
        return comparison
    known = CostLimit(solved, extra=[c for plan in plans for c in _columns(solved.problem, plan)])
    dearest = float(solved.plan.cost) / 1e6
    for part in (0.8, 0.5, 0.3):
        known.explore(part * dearest, rounds=3, time_s=effort.left / 6)
    cheapest = _cheapest(solved, known, comparison, effort, start=solved.outcome.selection)
    if cheapest is None:
        return comparison
    fair = _cheapest(solved, known, comparison, effort, benefits=True, costs=True, start=cheapest)
    if fair is None:  # rules or commitments ask more of somebody than it would spend alone
        fair = _cheapest(solved, known, comparison, effort, benefits=True, start=cheapest)
    costs: dict[str, Decimal] = {}
    if fair is not None:
        accounts = plan_of_selection(solved, fair).accounts
        costs = {p: accounts[p].contribution for p, a in comparison.alone.items() if a.benefit_alone > 1e-6}
    total = sum((a.contribution for a in plan_of_selection(solved, cheapest).accounts.values()), Decimal(0))
    return comparison.model_copy(
        update={
            "same_science_cost": total,
            "alone": FrozenDict(
                {p: a.model_copy(update={"cost_for_same": costs.get(p)}) for p, a in comparison.alone.items()}
            ),
        }
    )


def _cheapest(
    solved: Solved,
    known: CostLimit,
    comparison: Comparison,
    effort: Effort,
    *,
    start: Selection,
    benefits: bool = False,
    costs: bool = False,
) -> Selection | None:
    """The cheapest joint plan found with the science of going alone.

    `benefits`: each partner has at least the benefit that it has alone; `costs`: for no more than it pays alone.
    """
    problem = solved.problem
    benefit_of = benefits_alone(problem, comparison)

    def nobody_less(model: JudgedModel) -> None:
        for p, reached in benefit_of.items():
            model.model.add(model.benefit(p) >= int(reached * POINT))

    def nobody_dearer(model: JudgedModel) -> None:
        for p in benefit_of:
            paid = comparison.alone[problem.contributors[p]].cost_alone
            model.model.add(model.contribution(p) <= int(paid / THOUSAND) + 1)

    limits: list[Limit] = [lambda model: model.science_at_least(comparison.value_alone_union)]
    limits += [nobody_less] if benefits else []
    limits += [nobody_dearer] if costs else []
    return best_selection("cost", known, limits, start=start, alone=benefit_of, effort=effort, gap=1e-3)


def _columns(problem: Problem, plan: Plan) -> list[Column]:
    """The missions of a plan alone as mission plans of the joint problem."""
    taken = {(e.mission, e.element): e for e in plan.elements}
    out = []
    for planned in plan.missions:
        mission = next(m for m in problem.missions if m.id == planned.mission)
        choices, starts = [], []
        for part in mission.parts:
            element = taken.get((mission.id, part.id))
            at = element.start.index - problem.origin if element is not None else 0
            labels = [c.label for c in part.choices if element is not None and c.starts[at]]
            present = element is not None and element.option in labels
            if element is not None and not present:
                break  # not open to the joint plan: settled otherwise
            choices.append([c.label for c in part.choices].index(element.option) if element is not None else ABSENT)
            starts.append(at)
        else:
            out.append(column(problem, MissionPlan(mission.index, tuple(choices), tuple(starts))))
    return out
