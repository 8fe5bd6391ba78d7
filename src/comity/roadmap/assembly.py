"""A whole selection as a plan: exact payments, cash, science and accounts, in the programme's own money."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal

from comity.model.base import FrozenDict
from comity.model.calendar import Month
from comity.model.missions import Option
from comity.model.money import CENT
from comity.model.programme import POOL, Programme
from comity.model.spending import cash_prices, facility_price, occupied, payments, whole_cost
from comity.roadmap.answer import (
    CashFlow,
    ObjectiveScore,
    PartnerAccount,
    Plan,
    PlannedElement,
    PlannedMission,
    SolveRun,
    Status,
)
from comity.roadmap.columns import Column
from comity.roadmap.cpsat import Selection
from comity.roadmap.history import sunk_by
from comity.roadmap.pricing import ABSENT
from comity.roadmap.problem import Problem

THOUSAND = Decimal(1000)
Years = dict[int, Decimal]


def assemble(
    problem: Problem,
    selection: Selection,
    *,
    bound: float,
    status: Status,
    run: SolveRun | None,
) -> Plan:
    """The plan of a selection. `bound` is raised to the plan's value where rounding left it a hair below.

    Of a settled past it keeps how the pool moved, and counts as sunk what was paid on elements that are given up.
    """
    programme, question = problem.programme, problem.question
    chosen = sorted(selection.columns, key=lambda c: c.plan.mission)
    elements = [e for c in chosen for e in _elements(problem, c)]
    missions = tuple(_mission(problem, c) for c in chosen)
    gone = sunk_by(question.settled, elements) if question.settled is not None else {}
    cash = _cash(problem, selection, elements, gone)
    objectives = _objectives(programme, missions, elements)
    value = sum(o.value for o in objectives.values())
    bound = max(bound, value)
    part = [p for p in problem.contributors if question.coalition is None or p in question.coalition]
    return Plan(
        programme=programme.programme.id,
        programme_digest=programme.digest,
        frozen_before=question.settled.before if question.settled else None,
        sunk=gone,
        coalition=tuple(sorted(question.coalition)) if question.coalition is not None else None,
        status=status,
        value=value,
        bound=bound,
        gap=(bound - value) / bound if bound > 0 else 0.0,
        cost=sum((e.cost for e in elements), Decimal(0)),
        missions=missions,
        elements=tuple(elements),
        cash=cash,
        carried=_carried(problem, elements, cash, gone),
        objectives=objectives,
        accounts={p: _account(programme, p, missions, elements, cash) for p in part},
        run=run,
    )


def option_of(programme: Programme, element: PlannedElement) -> Option:
    """The option that a planned element takes."""
    options = programme.missions[element.mission].elements[element.element].options
    return next(o for o in options if o.label == element.option)


def _elements(problem: Problem, column: Column) -> list[PlannedElement]:
    programme = problem.programme
    mission = problem.missions[column.plan.mission]
    planned = []
    for part, c, start in zip(mission.parts, column.plan.choices, column.plan.starts, strict=True):
        if c == ABSENT:
            continue
        option = next(
            o for o in programme.missions[mission.id].elements[part.id].options if o.label == part.choices[c].label
        )
        at = Month(problem.origin + start)
        cost = programme.worth(option.cost)
        planned.append(
            PlannedElement(
                mission=mission.id,
                element=part.id,
                option=option.label,
                start=at,
                finish=at.plus(option.duration),
                cost=whole_cost(programme, option),
                work={w: (cost * share).quantize(CENT) for w, share in option.work_shares.items() if share},
                payments={p: FrozenDict(years) for p, years in payments(programme, option, at).items()},
            )
        )
    return planned


def _mission(problem: Problem, column: Column) -> PlannedMission:
    programme = problem.programme
    mission = problem.missions[column.plan.mission]
    partners: set[str] = set()
    for part, c in zip(mission.parts, column.plan.choices, strict=True):
        if c != ABSENT:
            option = next(
                o for o in programme.missions[mission.id].elements[part.id].options if o.label == part.choices[c].label
            )
            partners |= {p for shares in (option.work_shares, option.payer_shares) for p, s in shares.items() if s}
    return PlannedMission(
        mission=mission.id,
        delivery=Month(problem.origin + column.delivery),
        success=column.success,
        partners=tuple(p for p in programme.partners if p in partners),
    )


# --- cash --------------------------------------------------------------------------------------------------------------


def _cash(
    problem: Problem,
    selection: Selection,
    elements: list[PlannedElement],
    sunk: Mapping[str, Mapping[int, Decimal]],
) -> dict[int, CashFlow]:
    """Flows through the pool, year by year; what is not needed stays with those who would have paid it."""
    first = problem.programme.programme.horizon.start.year
    flows: dict[int, CashFlow] = {}
    held = Decimal(0)
    for y in range(problem.n_years):
        year = first + y
        paid = {problem.contributors[p]: v * THOUSAND for (p, at), v in selection.paid.items() if at == y and v}
        received = {problem.contributors[p]: v * THOUSAND for (p, at), v in selection.received.items() if at == y and v}
        settled = problem.question.settled
        if settled is not None and year < settled.before.year:
            gone_by = settled.cash.get(year, CashFlow())
            paid, received = dict(gone_by.paid), dict(gone_by.received)
        spent = sum((e.payments[POOL].get(year, Decimal(0)) for e in elements if POOL in e.payments), Decimal(0))
        spent += sunk.get(POOL, {}).get(year, Decimal(0))
        held = held + sum(paid.values(), Decimal(0)) - sum(received.values(), Decimal(0)) - spent
        if paid or received or spent or held:
            flows[year] = CashFlow(paid=paid, received=received, spent=spent, held=held)
    return flows


def _carried(
    problem: Problem,
    elements: list[PlannedElement],
    cash: Mapping[int, CashFlow],
    sunk: Mapping[str, Mapping[int, Decimal]],
) -> dict[str, FrozenDict[int, Decimal]]:
    """What each partner keeps into the next year: as much as it may, for it costs nothing."""
    programme = problem.programme
    years = programme.programme.horizon.years
    out: dict[str, FrozenDict[int, Decimal]] = {}
    for partner in problem.contributors:
        rate = programme.partners[partner].carry_over
        if not rate:
            continue
        kept: Years = {}
        before = Decimal(0)
        for year in years[:-1]:
            flow = cash.get(year, CashFlow())
            spent = sum(
                (e.payments[partner].get(year, Decimal(0)) for e in elements if partner in e.payments), Decimal(0)
            )
            spent += sunk.get(partner, {}).get(year, Decimal(0))
            budget = _means(problem, partner, year)
            rest = budget + before - spent - flow.paid.get(partner, Decimal(0)) + flow.received.get(partner, Decimal(0))
            before = max(Decimal(0), min(rest, rate * budget)).quantize(CENT, ROUND_FLOOR)
            if before:
                kept[year] = before
        if kept:
            out[partner] = FrozenDict(kept)
    return out


def _means(problem: Problem, partner: str, year: int) -> Decimal:
    coalition = problem.question.coalition
    return problem.programme.budget(partner, year) if coalition is None or partner in coalition else Decimal(0)


# --- science -------------------------------------------------------------------------------------------------------------


def contributions(programme: Programme, mission: PlannedMission, elements: list[PlannedElement]) -> dict[str, float]:
    """Expected discounted contributions of a planned mission by leaf objective; `elements` are the mission's own."""
    header = programme.programme
    spec = programme.missions[mission.mission]
    discount = (1 + float(header.discount_rate)) ** -(mission.delivery.year - header.horizon.start.year)
    brought: dict[str, float] = {}
    for planned in elements:
        element = spec.elements[planned.element]
        own = 1.0 if element.is_critical else float(option_of(programme, planned).success)
        for objective, amount in element.contributes.items():
            brought[objective] = brought.get(objective, 0.0) + amount * own * mission.success * discount
    return brought


def _by_mission(elements: list[PlannedElement]) -> dict[str, list[PlannedElement]]:
    out: dict[str, list[PlannedElement]] = {}
    for element in elements:
        out.setdefault(element.mission, []).append(element)
    return out


def _objectives(
    programme: Programme, missions: tuple[PlannedMission, ...], elements: list[PlannedElement]
) -> dict[str, ObjectiveScore]:
    coverage = dict.fromkeys(programme.leaves, 0.0)
    own = _by_mission(elements)
    for mission in missions:
        for objective, amount in contributions(programme, mission, own[mission.mission]).items():
            coverage[objective] += amount
    scores = {}
    for leaf, amount in coverage.items():
        part = programme.objectives[leaf].curve.at(amount)
        scores[leaf] = ObjectiveScore(
            coverage=amount, part=part, value=part * float(programme.objectives[leaf].value or 0)
        )
    return scores


def benefit(
    programme: Programme, partner: str, missions: tuple[PlannedMission, ...], elements: list[PlannedElement]
) -> float:
    """What the science is worth to a partner, by its priorities and its part in each mission [points]."""
    family = {p for p, who in programme.partners.items() if p == partner or who.return_to == partner}
    own = _by_mission(elements)
    coverage = dict.fromkeys(programme.leaves, 0.0)
    for mission in missions:
        part = 1.0 if family & set(mission.partners) else float(programme.programme.open_data)
        for objective, amount in contributions(programme, mission, own[mission.mission]).items():
            coverage[objective] += part * amount
    return sum(
        programme.priority(partner, leaf)
        * float(programme.objectives[leaf].value or 0)
        * programme.objectives[leaf].curve.at(amount)
        for leaf, amount in coverage.items()
    )


# --- accounts --------------------------------------------------------------------------------------------------------------


def _account(
    programme: Programme,
    partner: str,
    missions: tuple[PlannedMission, ...],
    elements: list[PlannedElement],
    cash: Mapping[int, CashFlow],
) -> PartnerAccount:
    spent = sum((sum(e.payments[partner].values(), Decimal(0)) for e in elements if partner in e.payments), Decimal(0))
    paid = sum((f.paid.get(partner, Decimal(0)) for f in cash.values()), Decimal(0))
    received = sum((f.received.get(partner, Decimal(0)) for f in cash.values()), Decimal(0))
    contribution = spent + paid - received
    family = {p for p, who in programme.partners.items() if p == partner or who.return_to == partner}
    work = sum((amount for e in elements for w, amount in e.work.items() if w in family), Decimal(0))
    debt = Decimal(0)
    for planned in elements:
        option = option_of(programme, planned)
        work += sum(
            (price for f, price in cash_prices(programme, option).items() if programme.facilities[f].owner in family),
            Decimal(0),
        ).quantize(CENT)
        debt += _barter(programme, partner, planned, option)
    return PartnerAccount(
        spent=spent,
        cash_paid=paid,
        cash_received=received,
        contribution=contribution,
        work=work,
        return_coefficient=float(work / contribution) if contribution > 0 else None,
        barter_debt=debt.quantize(CENT),
        benefit=benefit(programme, partner, missions, elements),
        roles=sum(1 for e in elements if e.work.get(partner)),
    )


def _barter(programme: Programme, partner: str, planned: PlannedElement, option: Option) -> Decimal:
    debt = Decimal(0)
    end = programme.programme.horizon.end
    for facility in option.uses:
        terms = programme.facilities[facility]
        if terms.settlement != "barter" or terms.price is None:
            continue
        months = sum(1 for m in occupied(option, facility) if planned.start.plus(m) <= end)
        worth = facility_price(programme, option, facility) * months
        for payer, share in option.payer_shares.items():
            if payer in (POOL, terms.owner):
                continue
            if payer == partner:
                debt += worth * share
            if terms.owner == partner:
                debt -= worth * share
    return debt
