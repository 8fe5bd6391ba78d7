"""Capacities, payments, budgets, carrying over, and the common pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from comity.model.calendar import Month
from comity.model.programme import POOL
from comity.model.rules import CashPool
from comity.model.spending import occupied
from comity.roadmap.answer import CashFlow
from comity.roadmap.verification.examined import CENT, Examined
from comity.roadmap.verification.violation import Violation

_ROUNDING = 1e-9


def capacity(x: Examined) -> Iterator[Violation]:
    """`capacity`: in no month of the horizon do those who occupy a facility exceed it."""
    horizon = x.programme.programme.horizon
    levels: dict[tuple[str, int], float] = defaultdict(float)
    users: dict[tuple[str, int], list[str]] = defaultdict(list)
    for b in x.built:
        for facility, use in b.option.uses.items():
            level = use.level.to(x.programme.facilities[facility].unit)
            for k in occupied(b.option, facility):
                month = b.start.index + k
                if horizon.start.index <= month <= horizon.end.index:
                    levels[facility, month] += level
                    users[facility, month].append(b.where)
    over: dict[str, list[int]] = defaultdict(list)
    for (facility, month), level in sorted(levels.items()):
        room = x.programme.facilities[facility].capacity_at(Month(month))
        if level > room * (1 + _ROUNDING) + _ROUNDING:
            over[facility].append(month)
    for facility, months in over.items():
        worst = max(months, key=lambda m: levels[facility, m])
        terms = x.programme.facilities[facility]
        yield Violation(
            "capacity",
            f"{facility} {Month(worst)}",
            f"{levels[facility, worst]:g} {terms.unit} of {terms.capacity_at(Month(worst)):g} are occupied, by "
            f"{', '.join(users[facility, worst])}; {len(months)} months are overfilled",
        )


def payments(x: Examined) -> Iterator[Violation]:
    """`payments`: the stated ones are those that follow from option and start, to the cent."""
    for b in x.built:
        stated, right = _table(b.planned.payments), _table(x.bills[b.key])
        for payer, year in sorted({*stated, *right}):
            said, due = stated.get((payer, year), Decimal(0)), right.get((payer, year), Decimal(0))
            if said != due:
                yield Violation("payments", f"{b.where} {payer} {year}", f"{said} is stated; {due} is due")


def _table(bills: Mapping[str, Mapping[int, Decimal]]) -> dict[tuple[str, int], Decimal]:
    return {(payer, year): amount for payer, bill in bills.items() for year, amount in bill.items() if amount != 0}


def budget(x: Examined) -> Iterator[Violation]:
    """`budget`: spending, cash and what is kept stay within the year's budget and what was kept before."""
    for b in x.built:
        for payer in b.payers:
            if payer != POOL and payer not in x.contributors:
                yield Violation("budget", b.where, f"{payer} pays, but has no budget")
    for partner in x.contributors:
        kept = x.plan.carried.get(partner, {})
        sunk = x.plan.sunk.get(partner, {})
        for year in x.years:
            used = x.spent[partner].get(year, Decimal(0)) + sunk.get(year, Decimal(0))
            used += x.paid(partner, year) - x.received(partner, year) + kept.get(year, Decimal(0))
            means = x.budget(partner, year) + (kept.get(year - 1, Decimal(0)) if year - 1 in x.years else 0)
            if used > means + CENT:
                yield Violation(
                    "budget", f"{partner} {year}", f"{used:.2f} is spent, paid and kept; {means:.2f} is available"
                )


def carry_over(x: Examined) -> Iterator[Violation]:
    """`carry_over`: between nothing and the allowed part of the year's budget is kept for the next."""
    for partner, kept in x.plan.carried.items():
        if partner not in x.contributors:
            yield Violation("carry_over", partner, "only a partner with a budget may keep some of it")
            continue
        for year, amount in kept.items():
            allowed = x.programme.partners[partner].carry_over * x.budget(partner, year)
            if amount < 0 or amount > allowed + CENT or year not in x.years:
                yield Violation("carry_over", f"{partner} {year}", f"{amount} is kept; from 0 to {allowed:.2f} may be")


def cash_pool(x: Examined) -> Iterator[Violation]:
    """`cash_pool`: it balances each year, pays what elements charge to it, and moves what its rule allows."""
    rules = [rule for rule in x.programme.participation.values() if isinstance(rule, CashPool)]
    if not rules:
        yield from _no_pool(x)
        return
    held = Decimal(0)
    for year in sorted({*x.years, *x.plan.cash}):
        flow = x.plan.cash.get(year, CashFlow())
        if year not in x.years:
            yield Violation("cash_pool", str(year), "the year is outside of the horizon")
            continue
        charged = x.spent[POOL].get(year, Decimal(0)) + x.plan.sunk.get(POOL, {}).get(year, Decimal(0))
        if flow.spent != charged:
            yield Violation("cash_pool", str(year), f"the pool spends {flow.spent}; elements charge {charged} to it")
        coming = sum(flow.paid.values(), Decimal(0)) + held
        going = sum(flow.received.values(), Decimal(0)) + flow.spent + flow.held
        if coming != going:
            yield Violation("cash_pool", str(year), f"{coming} comes in or was held; {going} goes out or is held")
        if flow.held < 0:
            yield Violation("cash_pool", str(year), f"the pool holds {flow.held}, less than nothing")
        for rule in rules:
            yield from _movements(x, rule, year, flow)
        held = flow.held


def _no_pool(x: Examined) -> Iterator[Violation]:
    for b in x.built:
        if POOL in b.payers:
            yield Violation("cash_pool", b.where, "the pool pays for it, and the programme has no pool")
    for year, flow in sorted(x.plan.cash.items()):
        if any((*flow.paid.values(), *flow.received.values(), flow.spent, flow.held)):
            yield Violation("cash_pool", str(year), "cash moves, and the programme has no pool")


def _movements(x: Examined, rule: CashPool, year: int, flow: CashFlow) -> Iterator[Violation]:
    payers = set(rule.payers or x.contributors) & set(x.contributors)
    receivers = set(rule.receivers) | (set(x.programme.emerging) if "emerging" in rule.receivers else set())
    receivers &= set(x.contributors)
    ceiling = None if rule.maximum_received is None else x.programme.worth(rule.maximum_received)
    for partner, amount in flow.paid.items():
        allowed = rule.maximum_paid * x.budget(partner, year) if partner in payers else Decimal(0)
        if amount < 0 or amount > (allowed + CENT if partner in payers else 0):
            yield Violation("cash_pool", f"{partner} {year}", f"it pays {amount} in; from 0 to {allowed:.2f} it may")
    for partner, amount in flow.received.items():
        if amount < 0 or (amount > 0 and partner not in receivers):
            yield Violation("cash_pool", f"{partner} {year}", f"it receives {amount}, and is not among the receivers")
        elif ceiling is not None and amount > ceiling + CENT:
            yield Violation("cash_pool", f"{partner} {year}", f"it receives {amount}; at most {ceiling:.2f} is allowed")
