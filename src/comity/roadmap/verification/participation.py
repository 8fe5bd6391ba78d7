"""The rules of participation: returns, shares, contributions in kind, the emerging partners' place, barter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from comity.model.programme import POOL
from comity.model.rules import Barter, EmergingPlace, InKind, MaximumShare, MinimumReturn
from comity.model.spending import cash_prices, facility_price, occupied
from comity.roadmap.verification.examined import Examined
from comity.roadmap.verification.violation import Violation

#: Shares and returns are ratios of sums: they hold to a millionth, and the cents that rounding adds up to.
_MILLIONTH = Decimal("0.000001")


def work_by_worker(x: Examined) -> dict[str, Decimal]:
    """Value of option work by the partner that does it (not rounded)."""
    done: dict[str, Decimal] = defaultdict(Decimal)
    for b in x.built:
        cost = x.programme.worth(b.option.cost)
        for worker, share in b.workers.items():
            done[worker] += cost * share
    return done


def returned_work(x: Examined) -> dict[str, Decimal]:
    """Work that counts to each partner: its own, of those who return to it, and cash prices of facilities of either."""
    done: dict[str, Decimal] = defaultdict(Decimal)
    for worker, amount in work_by_worker(x).items():
        for partner in x.home[worker]:
            done[partner] += amount
    for b in x.built:
        for facility, price in cash_prices(x.programme, b.option).items():
            for partner in x.home[x.programme.facilities[facility].owner]:
                done[partner] += price
    return done


def roles(x: Examined) -> dict[str, int]:
    """In how many elements each partner has a share of the work."""
    count: dict[str, int] = defaultdict(int)
    for b in x.built:
        for worker in b.workers:
            count[worker] += 1
    return count


def barter_debt(x: Examined) -> dict[str, Decimal]:
    """Barter use of others' facilities less others' use of one's own, within the horizon."""
    debt: dict[str, Decimal] = defaultdict(Decimal)
    horizon = x.programme.programme.horizon
    for b in x.built:
        for facility in b.option.uses:
            terms = x.programme.facilities[facility]
            if terms.settlement != "barter" or terms.price is None:
                continue
            months = [b.start.plus(k) for k in occupied(b.option, facility)]
            inside = sum(1 for m in months if horizon.start <= m <= horizon.end)
            worth = facility_price(x.programme, b.option, facility) * inside
            for payer, share in b.payers.items():
                if payer not in (POOL, terms.owner):
                    debt[payer] += worth * share
                    debt[terms.owner] -= worth * share
    return debt


def participation(x: Examined) -> Iterator[Violation]:
    """Every rule of participation but `cash_pool`; in a coalition, `barter` alone."""
    work, done = returned_work(x), work_by_worker(x)
    for name, rule in x.programme.participation.items():
        if isinstance(rule, Barter):
            yield from _barter(x, name, rule)
        elif x.plan.coalition is not None:
            continue
        elif isinstance(rule, MinimumReturn):
            yield from _minimum_return(x, name, rule, work)
        elif isinstance(rule, MaximumShare):
            yield from _maximum_share(x, name, rule)
        elif isinstance(rule, InKind):
            yield from _in_kind(x, name, rule)
        elif isinstance(rule, EmergingPlace):
            yield from _emerging_place(x, name, rule, done)


def _short(x: Examined, there: Decimal, needed: Decimal) -> bool:
    return there < needed - abs(needed) * _MILLIONTH - x.slack


def _minimum_return(x: Examined, name: str, rule: MinimumReturn, work: dict[str, Decimal]) -> Iterator[Violation]:
    for partner in rule.partners or x.contributors:
        needed = rule.minimum * x.contribution.get(partner, Decimal(0))
        if _short(x, work.get(partner, Decimal(0)), needed):
            yield Violation(
                "minimum_return",
                f"{name} {partner}",
                f"work of {work.get(partner, Decimal(0)):.2f} returns; "
                f"{rule.minimum} of its contribution is {needed:.2f}",
            )


def _maximum_share(x: Examined, name: str, rule: MaximumShare) -> Iterator[Violation]:
    total = sum(x.contribution.values(), Decimal(0))
    for partner in rule.partners or x.contributors:
        given = x.contribution.get(partner, Decimal(0))
        if _short(x, rule.maximum * total, given):
            yield Violation(
                "maximum_share",
                f"{name} {partner}",
                f"it contributes {given:.2f}; {rule.maximum} of all contributions is {rule.maximum * total:.2f}",
            )


def _in_kind(x: Examined, name: str, rule: InKind) -> Iterator[Violation]:
    kind: dict[str, Decimal] = defaultdict(Decimal)
    for b in x.built:
        for payer, share in b.payers.items():
            own = sum((s for worker, s in b.workers.items() if payer in x.home[worker]), Decimal(0))
            if payer != POOL and own:
                kind[payer] += min(Decimal(1), own / share) * sum(x.bills[b.key][payer].values(), Decimal(0))
    for partner in rule.partners or x.contributors:
        needed = rule.minimum * x.contribution.get(partner, Decimal(0))
        if _short(x, kind[partner], needed):
            yield Violation(
                "in_kind",
                f"{name} {partner}",
                f"{kind[partner]:.2f} is in kind; {rule.minimum} of its contribution is {needed:.2f}",
            )


def _emerging_place(x: Examined, name: str, rule: EmergingPlace, done: dict[str, Decimal]) -> Iterator[Violation]:
    emerging = set(x.programme.emerging)
    theirs = sum((amount for worker, amount in done.items() if x.home[worker] & emerging), Decimal(0))
    needed = rule.minimum_share * sum(done.values(), Decimal(0))
    if _short(x, theirs, needed):
        yield Violation(
            "emerging_place",
            name,
            f"emerging partners do {theirs:.2f} of the work; {rule.minimum_share} of it is {needed:.2f}",
        )
    count = roles(x)
    for partner in sorted(emerging):
        if count.get(partner, 0) < rule.minimum_roles:
            yield Violation(
                "emerging_place",
                f"{name} {partner}",
                f"it works on {count.get(partner, 0)} elements; at least {rule.minimum_roles} are its due",
            )


def _barter(x: Examined, name: str, rule: Barter) -> Iterator[Violation]:
    ceiling, debt = x.programme.worth(rule.maximum_debt), barter_debt(x)
    for partner in rule.partners or x.programme.partners:
        if _short(x, ceiling, debt.get(partner, Decimal(0))):
            owed = f"it owes {debt[partner]:.2f} in barter; at most {ceiling:.2f} is allowed"
            yield Violation("barter", f"{name} {partner}", owed)
