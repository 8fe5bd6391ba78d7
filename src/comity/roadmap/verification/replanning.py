"""What a new plan owes to the one before it: elements that had begun, and money spent on those given up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from comity.model.calendar import Month
from comity.model.missions import Option
from comity.model.money import CENT
from comity.model.programme import Programme
from comity.model.spending import monthly_totals, payments
from comity.roadmap.answer import Plan
from comity.roadmap.verification.examined import Built, Examined
from comity.roadmap.verification.violation import Violation


def frozen(x: Examined, previous: Plan | None) -> Iterator[Violation]:
    """`frozen`: what started before the month of replanning stood in the plan before, by the same option and start."""
    month = x.plan.frozen_before
    if month is None or previous is None:
        return
    had = {(e.mission, e.element): e for e in previous.elements}
    for b in x.built:
        if b.start >= month:
            continue
        old = had.get(b.key)
        if old is None:
            yield Violation("frozen", b.where, f"it starts in {b.start}, before {month}; the plan before had it not")
        elif not _kept(b, old.option, old.start):
            yield Violation(
                "frozen",
                b.where,
                f"it is {b.option.label} from {b.start}; what began before {month} was {old.option} from {old.start}",
            )


def _kept(b: Built, option: str, start: Month) -> bool:
    return b.option.label == option and b.start == start


def sunk(x: Examined, original: Programme, previous: Plan | None) -> Iterator[Violation]:
    """`sunk`: what was paid before the month of replanning on elements of the plan before that are given up.

    `original` is the programme by which the plan before was made, its amendments included.
    """
    month = x.plan.frozen_before
    stated = {(p, y): a for p, bill in x.plan.sunk.items() for y, a in bill.items() if a != 0}
    if month is None:
        if stated:
            yield Violation("sunk", "plan", "money is sunk, and nothing is frozen")
        return
    for (payer, year), amount in sorted(stated.items()):
        if amount < 0 or year > month.year:
            yield Violation("sunk", f"{payer} {year}", f"{amount} cannot have been paid before {month}")
    if previous is None:
        return
    right = _sunk(x, original, previous, month)
    for payer, year in sorted({*stated, *right}):
        said, due = stated.get((payer, year), Decimal(0)), right.get((payer, year), Decimal(0))
        if said != due:
            yield Violation("sunk", f"{payer} {year}", f"{said} is stated; {due} was paid on elements given up")


def _sunk(x: Examined, original: Programme, previous: Plan, month: Month) -> dict[tuple[str, int], Decimal]:
    total: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for payer, bill in previous.sunk.items():
        for year, amount in bill.items():
            total[payer, year] += amount
    for old in previous.elements:
        now = x.by_key.get((old.mission, old.element))
        if old.start >= month or (now is not None and _kept(now, old.option, old.start)):
            continue
        mission = original.missions.get(old.mission)
        element = mission.elements.get(old.element) if mission is not None else None
        option = next((o for o in element.options if o.label == old.option), None) if element is not None else None
        if option is not None:
            for key, amount in paid_before(original, option, old.start, month).items():
                total[key] += amount
    return {key: amount for key, amount in total.items() if amount != 0}


def paid_before(programme: Programme, option: Option, start: Month, month: Month) -> dict[tuple[str, int], Decimal]:
    """`(payer, year)` to what an option that began in `start` had cost its payer when `month` began."""
    running, found = monthly_totals(programme, option), {}
    for payer, bill in payments(programme, option, start).items():
        for year, amount in bill.items():
            if year < month.year:
                found[payer, year] = amount
        if month.year in programme.programme.horizon.years and month > start:
            months = min(option.duration, month.index - start.index)
            total = (running[months - 1] * option.payer_shares[payer]).quantize(CENT)
            found[payer, month.year] = total - sum(a for y, a in bill.items() if y < month.year)
    return found
