"""A plan from picks, by the plainest arithmetic: month by month, without a line of the planner or the checker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from comity.model.calendar import Month
from comity.model.missions import Option
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from tests.example_programmes import Cash, Picks

ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def price(programme: Programme, option: Option, facility: str) -> Decimal:
    """Of a facility's occupation, per month."""
    terms = programme.facilities[facility]
    if terms.price is None:
        return ZERO
    return programme.worth(terms.price) * Decimal(str(option.uses[facility].level.to(terms.unit)))


def occupied_months(option: Option, facility: str) -> list[int]:
    use = option.uses[facility]
    end = option.duration if use.months is None else use.offset + use.months
    return [k for k in range(option.duration) if use.offset <= k < end]


def bill(programme: Programme, option: Option, start: Month) -> dict[str, dict[int, Decimal]]:
    """Payments by payer and year, from the running total at the end of each year."""
    end = programme.programme.horizon.end.year
    fractions = option.profile.fractions(option.duration)
    total, by_year = ZERO, {}
    for k in range(option.duration):
        part = Decimal(1) if k == option.duration - 1 else Decimal(str(round(sum(fractions[: k + 1]), 12)))
        total = programme.worth(option.cost) * part
        for facility in option.uses:
            if programme.facilities[facility].settlement == "cash":
                total += price(programme, option, facility) * sum(
                    1 for m in occupied_months(option, facility) if m <= k
                )
        by_year[start.plus(k).year] = total
    bills: dict[str, dict[int, Decimal]] = {}
    for payer, share in option.payer_shares.items():
        paid = ZERO
        bills[payer] = {}
        for year, running in by_year.items():
            if year <= end and cents(running * share) != paid:
                bills[payer][year] = cents(running * share) - paid
                paid = cents(running * share)
    return bills


def whole(programme: Programme, option: Option) -> Decimal:
    extra = [
        price(programme, option, f) * len(occupied_months(option, f))
        for f in option.uses
        if programme.facilities[f].settlement == "cash"
    ]
    return cents(programme.worth(option.cost) + sum(extra, ZERO))


def build(
    programme: Programme,
    picks: Picks,
    cash: Cash | None = None,
    *,
    made_for: Programme | None = None,
    coalition: tuple[str, ...] | None = None,
    **others: Any,
) -> Plan:
    """The plan of the picks, every number of it computed; `made_for` is the programme before amendments."""
    options = {
        key: next(o for o in programme.missions[key[0]].elements[key[1]].options if o.label == label)
        for key, (label, _) in picks.items()
    }
    starts = {key: Month.parse(month) for key, (_, month) in picks.items()}
    bills = {key: bill(programme, options[key], starts[key]) for key in picks}
    spent: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for by_payer in bills.values():
        for payer, years in by_payer.items():
            for year, amount in years.items():
                spent[payer][year] += amount
    sunk = others.get("sunk", {})
    charged = {
        y: spent["pool"].get(y, ZERO) + sunk.get("pool", {}).get(y, ZERO) for y in programme.programme.horizon.years
    }
    flows = _flows(programme, charged, cash or {})
    missions, coverage, benefit = _science(programme, picks, options, starts)
    objectives = {}
    for leaf, covered in coverage.items():
        goal = programme.objectives[leaf]
        part = goal.curve.at(covered)
        objectives[leaf] = {"coverage": covered, "part": part, "value": part * float(goal.value or 0)}
    value = sum(o["value"] for o in objectives.values())
    home = made_for or programme
    members = [p for p in programme.contributors if coalition is None or p in coalition]
    fields = {
        "programme": home.programme.id,
        "programme_digest": home.digest,
        "coalition": coalition,
        "status": "within_gap",
        "value": value,
        "bound": value * 1.01,
        "gap": 0.01 / 1.01,
        "cost": sum((whole(programme, o) for o in options.values()), ZERO),
        "missions": missions,
        "elements": [
            {
                "mission": m,
                "element": e,
                "option": label,
                "start": month,
                "finish": starts[m, e].plus(options[m, e].duration),
                "cost": whole(programme, options[m, e]),
                "work": {
                    p: cents(programme.worth(options[m, e].cost) * s) for p, s in options[m, e].work_shares.items()
                },
                "payments": bills[m, e],
            }
            for (m, e), (label, month) in picks.items()
        ],
        "cash": flows,
        "carried": {p: _carried(programme, p, spent[p], flows, sunk.get(p, {})) for p in members},
        "objectives": objectives,
        "accounts": {p: _account(programme, p, options, starts, spent[p], flows, benefit[p]) for p in members},
    }
    return Plan.model_validate({**fields, **others})


def _flows(programme: Programme, charged: Mapping[int, Decimal], cash: Cash) -> dict[int, dict[str, Any]]:
    flows, held = {}, ZERO
    for year in programme.programme.horizon.years:
        paid, received = cash.get(year, ({}, {}))
        paid, received = {p: Decimal(a) for p, a in paid.items()}, {p: Decimal(a) for p, a in received.items()}
        spent = charged.get(year, ZERO)
        held += sum(paid.values(), ZERO) - sum(received.values(), ZERO) - spent
        if paid or received or spent or held:
            flows[year] = {"paid": paid, "received": received, "spent": spent, "held": held}
    return flows


def _net_cash(flows: Mapping[int, Mapping[str, Any]], partner: str, year: int) -> Decimal:
    flow = flows.get(year, {"paid": {}, "received": {}})
    return flow["paid"].get(partner, ZERO) - flow["received"].get(partner, ZERO)


def _carried(
    programme: Programme, partner: str, spent: Mapping[int, Decimal], flows: Any, sunk: Mapping[int, Decimal]
) -> dict[int, Decimal]:
    kept, before = {}, ZERO
    for year in programme.programme.horizon.years:
        budget = programme.budget(partner, year)
        left = budget + before - spent.get(year, ZERO) - sunk.get(year, ZERO) - _net_cash(flows, partner, year)
        most = budget * programme.partners[partner].carry_over
        before = max(ZERO, min(left, most)).quantize(Decimal("0.01"), "ROUND_DOWN")
        if before:
            kept[year] = before
    return kept


def _works_for(programme: Programme, worker: str, partner: str) -> bool:
    return worker == partner or programme.partners[worker].return_to == partner


def _science(programme: Programme, picks: Picks, options: Any, starts: Any) -> tuple[list[Any], Any, Any]:
    missions, brought = [], []
    for name in dict.fromkeys(m for m, _ in picks):
        mission = programme.missions[name]
        here = {e: options[m, e] for m, e in picks if m == name}
        rho = 1.0
        for e, option in here.items():
            if mission.elements[e].is_critical:
                rho *= float(option.success)
        last = mission.elements[mission.delivery_element]
        delivery = starts[name, last.id]
        if last.kind != "operations":
            delivery = delivery.plus(options[name, last.id].duration)
        partners = sorted({p for o in here.values() for p in {**o.work_shares, **o.payer_shares} if p != "pool"})
        missions.append({"mission": name, "delivery": delivery, "success": rho, "partners": partners})
        years = delivery.year - programme.programme.horizon.start.year
        for e, option in here.items():
            own = 1.0 if mission.elements[e].is_critical else float(option.success)
            for leaf, amount in mission.elements[e].contributes.items():
                science = amount * own * rho / (1 + float(programme.programme.discount_rate)) ** years
                brought.append((name, partners, leaf, science))
    coverage = {leaf: sum(s for _, _, at, s in brought if at == leaf) for leaf in programme.leaves}
    benefit = {}
    for p in programme.partners:
        benefit[p] = 0.0
        for leaf in programme.leaves:
            goal, mine = programme.objectives[leaf], 0.0
            for _, partners, at, science in brought:
                if at == leaf:
                    has_part = any(_works_for(programme, who, p) for who in partners)
                    mine += science * (1.0 if has_part else float(programme.programme.open_data))
            benefit[p] += programme.priority(p, leaf) * float(goal.value or 0) * goal.curve.at(mine)
    return missions, coverage, benefit


def _account(
    programme: Programme,
    partner: str,
    options: Any,
    starts: Any,
    spent: Mapping[int, Decimal],
    flows: Any,
    benefit: float,
) -> dict[str, Any]:
    end = programme.programme.horizon.end
    work, debt, roles = ZERO, ZERO, 0
    for key, option in options.items():
        roles += partner in option.work_shares
        for worker, share in option.work_shares.items():
            if _works_for(programme, worker, partner):
                work += programme.worth(option.cost) * share
        for facility in option.uses:
            terms, months = programme.facilities[facility], occupied_months(option, facility)
            if terms.settlement == "cash":
                if _works_for(programme, terms.owner, partner):
                    work += price(programme, option, facility) * len(months)
                continue
            inside = [m for m in months if starts[key].plus(m) <= end]
            for payer, share in option.payer_shares.items():
                if payer not in ("pool", terms.owner):
                    due = price(programme, option, facility) * len(inside) * share
                    debt += due * ((payer == partner) - (terms.owner == partner))
    paid = sum((f["paid"].get(partner, ZERO) for f in flows.values()), ZERO)
    received = sum((f["received"].get(partner, ZERO) for f in flows.values()), ZERO)
    total = sum(spent.values(), ZERO)
    contribution = total + paid - received
    return {
        "spent": total,
        "cash_paid": paid,
        "cash_received": received,
        "contribution": contribution,
        "work": cents(work),
        "barter_debt": cents(debt),
        "benefit": benefit,
        "roles": roles,
        "return_coefficient": float(work / contribution) if contribution > 0 else None,
    }
