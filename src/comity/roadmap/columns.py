"""What a mission plan takes from and gives to everything that missions share: its column in the master problem."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from comity.roadmap.pricing import ABSENT, MissionPlan
from comity.roadmap.problem import Arc, Choice, Floats, Problem, Undertaking


@dataclass(frozen=True, slots=True)
class Column:
    """A mission plan with its effects; money in millions."""

    plan: MissionPlan
    payments: tuple[tuple[int, int, float], ...]  # (contributor, year, millions)
    pool: tuple[tuple[int, float], ...]  # (year, millions)
    science: tuple[tuple[int, float], ...]  # (objective, expected discounted contribution)
    occupations: tuple[tuple[int, int, int, float], ...]  # (facility, first month, last month excluded, level)
    contributed: tuple[tuple[int, float], ...]  # (contributor, millions paid in all, before planning anew too)
    in_kind: tuple[tuple[int, float], ...]  # (contributor, millions of its payments that are in kind)
    work: tuple[tuple[int, float], ...]  # (contributor, millions)
    barter: tuple[tuple[int, float], ...]  # (contributor, millions of debt)
    all_work: float
    emerging_work: float
    roles: tuple[int, ...]  # count of roles by emerging partner
    partners: frozenset[int]
    delivery: int  # month
    success: float

    @property
    def cost(self) -> float:
        """What it costs within the horizon."""
        return sum(m for _, _, m in self.payments) + sum(m for _, m in self.pool)


def thousands(millions: float) -> int:
    """Whole thousands, rounded up, as payments are in a whole selection, so that what fits there fits to the cent."""
    return math.ceil(millions * 1000 - 1e-6)


def rounded_up(millions: float) -> float:
    """Millions, rounded up to whole thousands."""
    return thousands(millions) / 1000


def yearly(problem: Problem, choice: Choice, start: int) -> Floats:
    """Millions paid in each year of the horizon by an option that starts in a month."""
    last = min(choice.duration, problem.n_months - start)
    months = problem.year_of[start : start + last]
    return np.bincount(months, weights=choice.monthly[:last], minlength=problem.n_years).astype(np.float64)


def column(problem: Problem, plan: MissionPlan) -> Column:
    """The effects of a mission plan."""
    mission = problem.missions[plan.mission]
    paid = np.zeros((len(problem.contributors), problem.n_years))
    pooled = np.zeros(problem.n_years)
    contributed: dict[int, float] = {}
    in_kind: dict[int, float] = {}
    work: dict[int, float] = {}
    barter: dict[int, float] = {}
    occupations: list[tuple[int, int, int, float]] = []
    all_work = emerging_work = 0.0
    roles = [0] * len(problem.programme.emerging)
    partners: set[int] = set()
    success = 1.0
    for part, c, start in zip(mission.parts, plan.choices, plan.starts, strict=True):
        if c == ABSENT:
            continue
        choice = part.choices[c]
        years = yearly(problem, choice, start)
        for payer, share in choice.payers.items():
            paid[payer] += share * years
            whole = share * (choice.paid_before + float(years.sum()))
            contributed[payer] = contributed.get(payer, 0.0) + whole
            in_kind[payer] = in_kind.get(payer, 0.0) + choice.in_kind.get(payer, 0.0) * whole
        pooled += choice.pool_share * years
        for who, amount in choice.work.items():
            work[who] = work.get(who, 0.0) + amount
        for who, price, first, last in choice.barter_months:
            months = min(start + last, problem.n_months) - min(start + first, problem.n_months)
            barter[who] = barter.get(who, 0.0) + price * months
        for use in choice.occupations:
            first, last = start + use.first, min(start + use.last, problem.n_months)
            if first < last:
                occupations.append((use.facility, first, last, use.level))
        all_work += choice.all_work
        emerging_work += choice.emerging_work
        for role in choice.roles:
            roles[role] += 1
        partners |= choice.partners
        if part.critical:
            success *= choice.success
    delivery = delivery_month(mission, plan)
    discount = problem.discount[problem.year_of[delivery]]
    science: dict[int, float] = {}
    for part, c in zip(mission.parts, plan.choices, strict=True):
        if c != ABSENT:
            own = 1.0 if part.critical else part.choices[c].success
            for g, amount in part.contributes.items():
                science[g] = science.get(g, 0.0) + amount * own * success * float(discount)
    return Column(
        plan=plan,
        payments=tuple((int(p), int(y), float(paid[p, y])) for p, y in zip(*np.nonzero(paid), strict=True)),
        pool=tuple((int(y), float(pooled[y])) for y in np.flatnonzero(pooled)),
        science=tuple(science.items()),
        occupations=tuple(occupations),
        contributed=tuple(contributed.items()),
        in_kind=tuple(in_kind.items()),
        work=tuple(work.items()),
        barter=tuple(barter.items()),
        all_work=all_work,
        emerging_work=emerging_work,
        roles=tuple(roles),
        partners=frozenset(partners),
        delivery=delivery,
        success=success,
    )


def delivery_month(mission: Undertaking, plan: MissionPlan) -> int:
    """The month in which a plan delivers its science."""
    start = plan.starts[mission.delivery]
    choice = mission.parts[mission.delivery].choices[plan.choices[mission.delivery]]
    return start if mission.delivers_at_start else start + choice.duration


def repaired(problem: Problem, plan: MissionPlan) -> MissionPlan | None:
    """The plan with its starts moved so that every arc holds; None when that cannot be done by moving one way."""
    mission = problem.missions[plan.mission]
    for later in (True, False):
        starts = _moved(mission, plan, later=later, n_months=problem.n_months)
        if starts is not None:
            moved = MissionPlan(plan.mission, plan.choices, starts, plan.profit)
            if delivery_month(mission, moved) < problem.n_months:
                return moved
    return None


def _moved(mission: Undertaking, plan: MissionPlan, *, later: bool, n_months: int) -> tuple[int, ...] | None:
    starts = list(plan.starts)
    spans: dict[int, tuple[int, int]] = {}
    for pair in mission.pairs:
        if (plan.choices[pair.first], plan.choices[pair.second]) == (pair.first_choice, pair.second_choice):
            if pair.span is None:
                return None
            for part in (pair.first, pair.second):
                first, last = spans.get(part, (0, n_months - 1))
                spans[part] = (max(first, pair.span[0]), min(last, pair.span[1]))
    if not all(need.met(plan.choices) for need in mission.needs):
        return None
    for _ in range(20 * len(starts) + 20):
        broken = next((a for a in mission.arcs if _broken(mission, plan, starts, a)), None)
        if broken is None:
            return tuple(starts)
        span = 0 if broken.from_start else mission.parts[broken.earlier].choices[plan.choices[broken.earlier]].duration
        too_early = starts[broken.later] < starts[broken.earlier] + span + broken.lag
        if later:
            part = broken.later if too_early else broken.earlier
            wanted = (
                starts[broken.earlier] + span + broken.lag
                if too_early
                else starts[broken.later] - span - (broken.max_lag or 0)
            )
        else:
            part = broken.earlier if too_early else broken.later
            wanted = (
                starts[broken.later] - span - broken.lag
                if too_early
                else starts[broken.earlier] + span + (broken.max_lag or 0)
            )
        allowed = np.flatnonzero(mission.parts[part].choices[plan.choices[part]].starts)
        first, last = spans.get(part, (0, n_months - 1))
        allowed = allowed[(allowed >= first) & (allowed <= last)]
        allowed = allowed[allowed >= wanted] if later else allowed[allowed <= wanted]
        if not allowed.size:
            return None
        starts[part] = int(allowed[0] if later else allowed[-1])
    return None


def _broken(mission: Undertaking, plan: MissionPlan, starts: list[int], arc: Arc) -> bool:
    if ABSENT in (plan.choices[arc.earlier], plan.choices[arc.later]):
        return False
    span = 0 if arc.from_start else mission.parts[arc.earlier].choices[plan.choices[arc.earlier]].duration
    wait = starts[arc.later] - starts[arc.earlier] - span
    return wait < arc.lag or (arc.max_lag is not None and wait > arc.max_lag)
