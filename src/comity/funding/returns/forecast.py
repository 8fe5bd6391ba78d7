"""What a roadmap will bring back to each partner: a plan's work and payments as return statistics, year by year.

Who does an element's work, and who pays, is the planner's own: `docs/reference/planning-rules.md`. Work of a company is a
return to the partner that its `return_to` names; a facility's cash price is one to its owner. Both work and payments
count in the year in which they are spent, within the horizon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from comity.funding.errors import FundingError
from comity.funding.returns.question import Contract, Contribution, ReturnKind, Statistics
from comity.model.amendment import apply
from comity.model.base import FrozenDict
from comity.model.calendar import Month
from comity.model.missions import Element, Option
from comity.model.programme import POOL, Programme
from comity.model.spending import facility_price, monthly_totals, occupied
from comity.roadmap import Plan
from comity.roadmap.answer import PlannedElement

#: The programme to which cash for the common pool is contributed.
POOL_PROGRAMME = "common pool"
ONE = Fraction(1)


def statistics_of_plan(programme: Programme, plan: Plan, *, weights: Mapping[str, Decimal] | None = None) -> Statistics:
    """The return statistics of a plan: its missions are the programmes, its contributors the members.

    `programme` is the one before the plan's amendments. Industrial returns are the value of all work. Technology returns
    are that of elements that are of kind technology or require one that is mastered, weighted by the technologies'
    factors in `weights` (default 1; the mean of several). Training returns are the months of elements of kind training,
    by shares of the work. FundingError when the plan is of another programme, or its elements are not in it.
    """
    if plan.programme_digest != programme.digest:
        raise FundingError(
            f"the plan was made for programme {plan.programme!r} as it was then, not for this {programme.programme.id!r}; "
            "name the programme that it was made for, or plan anew"
        )
    amended = apply(programme, plan.amendments)
    given = weights or {}
    for technology in given:
        if technology not in amended.technologies:
            raise FundingError(f"there is no technology {technology!r} to weight in programme {amended.programme.id!r}")
    contracts = [c for planned in plan.elements for c in _contracts(amended, planned, given)]
    members = {p: amended.partners[p].name for p in amended.contributors if p in plan.accounts}
    horizon = amended.programme.horizon
    return Statistics(
        name=amended.programme.name,
        currency=amended.programme.currency,
        members=members,
        contributions=tuple(_contributions(plan, members)),
        contracts=tuple(contracts),
        since=date(horizon.start.year, 1, 1),
    )


def home(programme: Programme, worker: str) -> str:
    """Whose return a worker's work is: of the partner that it returns to, or else its own."""
    return programme.partners[worker].return_to or worker


# --- work ------------------------------------------------------------------------------------------------------------


def _contracts(programme: Programme, planned: PlannedElement, weights: Mapping[str, Decimal]) -> Iterator[Contract]:
    element, option = _resolved(programme, planned)
    years = _by_year(programme, planned.start, monthly_totals(programme, _without_facilities(option)))
    technologies = _technologies(element)
    factors = [Fraction(weights.get(t, 1)) for t in technologies]
    for year, value in years.items():
        yield _contract(programme, planned, option, year, value, "industrial", ONE)
        if element.kind == "technology" or technologies:
            factor = sum(factors, Fraction(0)) / len(factors) if factors else ONE
            yield _contract(programme, planned, option, year, value, "technology", factor)
    if element.kind == "training":
        months = [Decimal(m) for m in range(1, option.duration + 1)]
        for year, value in _by_year(programme, planned.start, tuple(months)).items():
            yield _contract(programme, planned, option, year, value, "training", ONE)
    yield from _facility_returns(programme, planned, option)


def _resolved(programme: Programme, planned: PlannedElement) -> tuple[Element, Option]:
    try:
        element = programme.missions[planned.mission].elements[planned.element]
        return element, next(o for o in element.options if o.label == planned.option)
    except (KeyError, StopIteration):
        where = f"{planned.mission}/{planned.element}"
        raise FundingError(
            f"the plan builds {where} by option {planned.option!r}, which the programme has not"
        ) from None


def _technologies(element: Element) -> tuple[str, ...]:
    return tuple(t for t, level in element.requires.items() if level.trl or level.heritage)


def _without_facilities(option: Option) -> Option:
    return option.model_copy(update={"uses": FrozenDict({})})


def _by_year(programme: Programme, start: Month, running: tuple[Decimal, ...]) -> dict[int, Decimal]:
    """What is added in each year of the horizon to a running total by month since `start`."""
    added: dict[int, Decimal] = defaultdict(Decimal)
    before = Decimal(0)
    for k, total in enumerate(running):
        added[start.plus(k).year] += total - before
        before = total
    last = programme.programme.horizon.end.year
    return {year: amount for year, amount in added.items() if year <= last and amount}


def _contract(
    programme: Programme,
    planned: PlannedElement,
    option: Option,
    year: int,
    value: Decimal,
    kind: ReturnKind,
    weight: Fraction,
) -> Contract:
    shares: dict[str, Fraction] = defaultdict(Fraction)
    for worker, share in option.work_shares.items():
        shares[home(programme, worker)] += Fraction(share)
    return Contract(
        id=f"{planned.mission}/{planned.element} {year}",
        programme=planned.mission,
        date=date(year, 12, 31),
        value=value,
        shares=dict(shares),
        kind=kind,
        weight=weight,
        supplier=", ".join(option.work_shares),
    )


def _facility_returns(programme: Programme, planned: PlannedElement, option: Option) -> Iterator[Contract]:
    for facility in option.uses:
        terms = programme.facilities[facility]
        if terms.settlement != "cash" or terms.price is None:
            continue
        price, months = facility_price(programme, option, facility), occupied(option, facility)
        running = tuple(price * sum(1 for m in months if m <= k) for k in range(option.duration))
        for year, value in _by_year(programme, planned.start, running).items():
            yield Contract(
                id=f"{planned.mission}/{planned.element} {facility} {year}",
                programme=planned.mission,
                date=date(year, 12, 31),
                value=value,
                shares={home(programme, terms.owner): ONE},
                supplier=terms.owner,
            )


# --- payments --------------------------------------------------------------------------------------------------------


def _contributions(plan: Plan, members: Mapping[str, str]) -> Iterator[Contribution]:
    for planned in plan.elements:
        for payer, bills in planned.payments.items():
            for year, amount in bills.items() if payer in members and payer != POOL else ():
                yield _contribution(payer, planned.mission, year, amount)
    for year, flow in sorted(plan.cash.items()):
        for partner in members:
            net = flow.paid.get(partner, Decimal(0)) - flow.received.get(partner, Decimal(0))
            if net:
                yield _contribution(partner, POOL_PROGRAMME, year, net)


def _contribution(partner: str, programme: str, year: int, amount: Decimal) -> Contribution:
    return Contribution(partner=partner, programme=programme, date=date(year, 12, 31), amount=amount)
