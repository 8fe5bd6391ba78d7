"""Are coefficients and a placement of contracts right? Written from the definitions, apart from what computes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from comity.funding.returns.answer import Returns
from comity.funding.returns.question import Contract, ReturnKind, Statistics


def coefficient_of(
    partner: str,
    statistics: Statistics,
    contracts: Iterable[Contract],
    *,
    kind: ReturnKind,
    since: date,
    until: date,
    programme: str | None = None,
) -> Fraction | None:
    """One partner's coefficient, straight from Annex V, Article IV.1 and IV.2: a percentage over a percentage."""

    def of_this(name: str, at: date) -> bool:
        if at < since or at > until:
            return False
        return name == programme if programme is not None else name not in statistics.outside_overall

    total = received = Fraction(0)
    for contract in contracts:
        if contract.kind != kind or not of_this(contract.programme, contract.date):
            continue
        for who, share in contract.shares.items():
            if who in statistics.members:
                part = Fraction(contract.value) * share * contract.weight
                total += part
                received += part if who == partner else 0
    paid = [(c.partner, Fraction(c.amount)) for c in statistics.contributions if of_this(c.programme, c.date)]
    everything = sum((amount for _, amount in paid), Fraction(0))
    own = sum((amount for who, amount in paid if who == partner), Fraction(0))
    if total == 0 or everything <= 0 or own <= 0:
        return None
    return (received * 100 / total) / (own * 100 / everything)


def verify_returns(statistics: Statistics, found: Returns) -> tuple[str, ...]:
    """What is wrong with returns, each in a sentence; none when they are right."""
    wrong = []
    for row in found.rows:
        right = coefficient_of(
            row.partner,
            statistics,
            statistics.contracts,
            kind=found.kind,
            since=found.since,
            until=found.until,
            programme=found.programme,
        )
        if right != row.coefficient:
            wrong.append(f"the coefficient of {row.partner} is {row.coefficient}; {right} is right")
    if {r.partner for r in found.rows} != set(statistics.members):
        wrong.append("the partners are not the members")
    return tuple(wrong)


def verify_placement(
    statistics: Statistics,
    chosen: Mapping[str, int],
    *,
    kind: ReturnKind,
    threshold: Fraction,
    protected: Iterable[str],
    since: date,
    until: date,
) -> tuple[str, ...]:
    """Whom a placement (open contract -> number of its offer) leaves below the threshold, each in a sentence.

    Told too: an open contract that is not placed, or placed with an offer that it has not.
    """
    wrong, placed = [], list(statistics.contracts)
    for contract in statistics.open:
        if contract.kind != kind or contract.programme in statistics.outside_overall:
            continue
        at = chosen.get(contract.id, -1)
        if not 0 <= at < len(contract.offers):
            wrong.append(f"open contract {contract.id} is not placed")
            continue
        placed.append(contract.placed(contract.offers[at]))
    for partner in protected:
        got = coefficient_of(partner, statistics, placed, kind=kind, since=since, until=until)
        if got is not None and got < threshold:
            wrong.append(f"{partner} is at {float(got):.4f}, below {float(threshold):.4f}")
    return tuple(wrong)
