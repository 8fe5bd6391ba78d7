"""What is past when a plan is made anew: what had begun, what was paid, and what is left of the year's means.

From `docs/reference/planning-rules.md`, "Replanning". Exact, in Decimal, in the programme's money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from comity.model.base import FrozenDict
from comity.model.calendar import Month
from comity.model.missions import Option
from comity.model.money import CENT
from comity.model.programme import POOL, Programme
from comity.model.spending import monthly_totals, payments
from comity.roadmap.answer import CashFlow, Plan, PlannedElement
from comity.roadmap.question import Bills, Key, Settled

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Overdrawn:
    """That more was spent before planning anew than there was: by a partner (or `pool`), in a year, by how much."""

    who: str
    year: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Opening:
    """What there is when planning begins anew.

    `left`: of each contributor's budget of the year, with what it carried into it, less what it has paid in it on all
    that had begun; `pool`: what the pool holds, less what it has paid in the year (below nil when partners have still to
    pay in); `cash`: what each contributor had paid into the pool less what it received in the years before.
    """

    left: Mapping[str, Decimal]
    pool: Decimal
    cash: Mapping[str, Decimal]
    overdrawn: tuple[Overdrawn, ...] = ()


def paid_before(programme: Programme, option: Option, start: Month, month: Month) -> dict[str, dict[int, Decimal]]:
    """What an option that began in `start` had cost when `month` begins, by payer and year, to the cent."""
    if start >= month:
        return {}
    running = monthly_totals(programme, option)
    done = min(option.duration, month.index - start.index)
    bills: dict[str, dict[int, Decimal]] = {}
    for payer, bill in payments(programme, option, start).items():
        paid = {year: amount for year, amount in bill.items() if year < month.year}
        this_year = (running[done - 1] * option.payer_shares[payer]).quantize(CENT) - sum(paid.values(), ZERO)
        if this_year:
            paid[month.year] = this_year
        bills[payer] = paid
    return bills


def settled_by(original: Programme, plan: Plan, since: Month) -> Settled:
    """What a plan settles when planning begins anew in `since`; `original` is the programme by which it was made."""
    begun = [e for e in plan.elements if e.start < since]
    return Settled(
        before=since,
        elements={(e.mission, e.element): (e.option, e.start) for e in begun},
        delivered=frozenset(m.mission for m in plan.missions if m.delivery < since),
        paid={(e.mission, e.element): paid_before(original, option_named(original, e), e.start, since) for e in begun},
        sunk=plan.sunk,
        cash={year: flow for year, flow in plan.cash.items() if year < since.year},
    )


def option_named(programme: Programme, planned: PlannedElement) -> Option:
    """The option that a planned element takes."""
    options = programme.missions[planned.mission].elements[planned.element].options
    return next(o for o in options if o.label == planned.option)


def sunk_by(settled: Settled, elements: Iterable[PlannedElement]) -> dict[str, FrozenDict[int, Decimal]]:
    """What stays sunk, and what was paid on begun elements that are not among `elements` as they were begun."""
    kept = {
        (e.mission, e.element) for e in elements if settled.elements.get((e.mission, e.element)) == (e.option, e.start)
    }
    total = _sum([settled.sunk, *(bills for key, bills in settled.paid.items() if key not in kept)])
    by_payer: dict[str, dict[int, Decimal]] = {}
    for (payer, year), amount in sorted(total.items()):
        if amount:
            by_payer.setdefault(payer, {})[year] = amount
    return {payer: FrozenDict(years) for payer, years in by_payer.items()}


def _sum(many: Iterable[Bills]) -> dict[tuple[str, int], Decimal]:
    total: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for bills in many:
        for payer, years in bills.items():
            for year, amount in years.items():
                total[payer, year] += amount
    return total


def opening(
    programme: Programme,
    settled: Settled,
    *,
    coalition: frozenset[str] | None = None,
    respread: Mapping[Key, Bills] | None = None,
) -> Opening:
    """What there is when planning begins anew, and in which years more was spent than there was.

    `respread`: what kept elements have cost by now when an amendment has stretched their payments. As a plan may keep them
    or not, each of the years gone by is taken to have cost the more of both.
    """
    month, years = settled.before, programme.programme.horizon.years
    spent = _sum([settled.sunk, *settled.paid.values()])
    for key, bills in (respread or {}).items():
        before = _sum([settled.paid[key]])
        for (payer, year), amount in _sum([bills]).items():
            if year < month.year:
                spent[payer, year] += max(ZERO, amount - before[payer, year])
    overdrawn: list[Overdrawn] = []
    left: dict[str, Decimal] = {}
    cash: dict[str, Decimal] = {}
    for partner in programme.contributors:
        carried, net = ZERO, ZERO
        takes_part = coalition is None or partner in coalition
        for year in range(years[0], month.year + 1):
            budget = programme.budget(partner, year) if takes_part else ZERO
            flow = settled.cash.get(year, CashFlow())
            moved = flow.paid.get(partner, ZERO) - flow.received.get(partner, ZERO)
            rest = budget + carried - spent[partner, year] - moved
            if year == month.year:
                left[partner] = rest
                break
            if rest < -CENT:
                overdrawn.append(Overdrawn(partner, year, -rest))
            net += moved
            most = programme.partners[partner].carry_over * budget
            carried = max(ZERO, min(rest, most)).quantize(CENT, ROUND_FLOOR)
        cash[partner] = net
    held = ZERO
    for year in range(years[0], month.year):
        flow = settled.cash.get(year, CashFlow())
        held += sum(flow.paid.values(), ZERO) - sum(flow.received.values(), ZERO) - spent[POOL, year]
        if held < 0:
            overdrawn.append(Overdrawn(POOL, year, -held))
    return Opening(left, held - spent[POOL, month.year], cash, tuple(overdrawn))
