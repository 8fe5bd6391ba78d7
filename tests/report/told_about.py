"""Everything that can be told about a plan, made from the plan's own numbers, to see how a report shows it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from comity.model.calendar import Month
from comity.report.question import ReportInput
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import (
    Alone,
    Binding,
    Change,
    Comparison,
    Confidence,
    Exposure,
    Front,
    FrontierPoint,
    FrontPoint,
    MissionReason,
    MovedMission,
    Overlap,
    PartnerChange,
    Tradeoff,
)


def everything(given: ReportInput) -> ReportInput:
    plan, contributors = given.plan, given.programme.contributors
    in_plan = {m.mission for m in plan.missions}
    first, second = plan.elements[0], plan.elements[1]
    leaf = next(iter(plan.objectives))
    return replace(
        given,
        comparison=_comparison(plan, contributors),
        duplication=(
            Overlap(
                objective=leaf,
                first=(first.mission, first.element),
                second=(second.mission, second.element),
                lost_value=2.5,
                freed_cost=second.cost,
                value_if_dropped=1.25,
                advice="Give one of them another objective.",
            ),
        ),
        binding=(
            Binding(
                kind="budget",
                where=f"{contributors[0]} 2031",
                limit="all spent",
                marginal_value=0.5,
                unit="MEUR",
                file="partners.yaml",
                line=12,
            ),
            Binding(
                kind="rule", where="minimum_return", limit="0.85 needed", marginal_value=0.25, unit="0.01 of return"
            ),
        ),
        reasons=tuple(
            MissionReason(
                mission=m, in_plan=m in in_plan, reasons=("It serves what nothing else serves.",), value_if_forced=-1.5
            )
            for m in given.programme.missions
        ),
        tradeoff=Tradeoff(fronts=(_front(plan, "cost"), _front(plan, "fairness"))),
        confidence=_confidence(plan),
        exposure=(Exposure(partner=contributors[0], lost_value=plan.value * 0.4, lost_share=0.4),),
        change=_change(plan, contributors),
    )


def _comparison(plan: Plan, contributors: tuple[str, ...]) -> Comparison:
    alone = {}
    for place, partner in enumerate(contributors):
        account = plan.accounts[partner]
        share = (place % 5) / 5
        alone[partner] = Alone(
            partner=partner,
            value=account.benefit * share,
            benefit_alone=account.benefit * share,
            benefit_together=account.benefit,
            cost_alone=account.contribution,
            together_cost=account.contribution,
            gain=1 / share - 1 if share else None,
        )
    return Comparison(
        alone=alone,
        value_together=plan.value,
        value_alone_union=plan.value * 0.8,
        cost_alone_total=plan.cost,
        objectives_alone={o: s.value * 0.8 for o, s in plan.objectives.items()},
        same_science_cost=plan.cost / 2,
    )


def _front(plan: Plan, axis: str) -> Front:
    steps = (0.4, 0.7, 1.0)
    return Front.model_validate(
        {
            "x_axis": axis,
            "points": [
                FrontPoint(
                    cost=plan.cost * Decimal(str(step)),
                    value=plan.value * step**0.5,
                    fairness=1.2 - step,
                    gap=0.01,
                    label=f"{step:.0%} of the budgets",
                    is_chosen=step == 1.0,
                )
                for step in steps
            ],
        }
    )


def _confidence(plan: Plan) -> Confidence:
    finish = max(m.delivery for m in plan.missions)
    percentiles = range(5, 100, 5)
    draws = tuple(
        (float(plan.cost) * (0.9 + 0.003 * (i % 100)), float(finish.index + i * 7 % 23 - 3)) for i in range(500)
    )
    return Confidence(
        draws=10_000,
        seed=1,
        planned_cost=plan.cost,
        planned_finish=finish,
        cost_percentiles={p: plan.cost * (90 + Decimal(p) / 2) / 100 for p in percentiles},
        finish_percentiles={p: Month(finish.index + p // 5 - 3) for p in percentiles},
        joint_confidence=0.27,
        cost_confidence=0.4,
        schedule_confidence=0.35,
        sample=draws,
        on_time={m.mission: m.success for m in plan.missions},
        cost_for_50=plan.cost,
        cost_for_70=plan.cost * 2,
        frontiers={
            level: tuple(FrontierPoint(cost=plan.cost * (120 - i) / 100, finish=finish.plus(i)) for i in range(1, 5))
            for level in (50, 70)
        },
        no_window={plan.missions[0].mission: 0.0001},
        broken_limits={f"{plan.elements[0].mission}/{plan.elements[0].element}": 0.04},
        correlation=0.2,
    )


def _change(plan: Plan, contributors: tuple[str, ...]) -> Change:
    mission = plan.missions[0]
    return Change(
        event="A partner withdrew in January 2031.",
        value_before=plan.value * 1.1,
        value_after=plan.value,
        cost_before=plan.cost * 2,
        cost_after=plan.cost,
        partners=tuple(
            PartnerChange(
                partner=p,
                contribution_before=Decimal(2),
                contribution_after=Decimal(1),
                work_before=Decimal(2),
                work_after=Decimal(1),
                benefit_before=2.0,
                benefit_after=1.0,
            )
            for p in contributors
        ),
        moved=(MovedMission(mission=mission.mission, before=mission.delivery, after=mission.delivery.plus(5)),),
    )
