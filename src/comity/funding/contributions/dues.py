"""What is due and what was paid: instalments of calls, the oldest first; simple interest on what is late.

All amounts are whole minor units of the call's currency; days are calendar days, UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.ledger import from_minor
from comity.record import State

CALLS, RULES, CHARGED = "fund_calls", "fund_arrears_rules", "fund_charged"
#: Days of a year in the reckoning of interest (actual/365, fixed).
YEAR = 365


@dataclass(frozen=True, slots=True)
class Instalment:
    """One partner's part of one call that is due on a day; `paid` are the days and amounts that were applied to it."""

    call: str
    number: int
    partner: str
    due: date
    currency: str
    units: int
    paid: tuple[tuple[date, int], ...]
    bears: bool

    @property
    def left(self) -> int:
        """What is not paid yet [minor units]."""
        return self.units - sum(units for _, units in self.paid)


@dataclass(frozen=True, slots=True)
class Arrear:
    """What a partner owes late of one instalment, since when, and the interest on it that was not charged yet."""

    partner: str
    call: str
    instalment: int
    due: date
    days: int
    amount: Decimal
    interest: Decimal
    currency: str


def is_reversed(state: State, ledger: str, key: str) -> bool:
    """Whether the one transaction of a journal was reversed: what it called for or paid does not count then."""
    journal = state.get("ledger_journals", f"{ledger}/{key}")
    return journal is not None and bool(journal["reversed"])


def instalments(state: State, ledger: str, partner: str | None = None) -> Iterator[Instalment]:
    """The instalments of a ledger's calls, by due day, then call and number."""
    found = []
    for name, call in state.section(CALLS).items():
        if name.partition("/")[0] != ledger or is_reversed(state, ledger, call["journal"]):
            continue
        for who, parts in call["dues"].items():
            if partner is not None and who != partner:
                continue
            for k, (day, units) in enumerate(parts):
                paid = tuple(
                    (date.fromisoformat(d), u)
                    for d, u, key in call["paid"].get(f"{who}/{k}", [])
                    if not is_reversed(state, ledger, key)
                )
                found.append(
                    Instalment(
                        call=name.partition("/")[2],
                        number=k,
                        partner=who,
                        due=date.fromisoformat(day),
                        currency=call["currency"],
                        units=units,
                        paid=paid,
                        bears=not call["interest"],
                    )
                )
    yield from sorted(found, key=lambda i: (i.due, i.call, i.number, i.partner))


def applied(
    state: State, ledger: str, partner: str, currency: str, units: int
) -> tuple[list[tuple[Instalment, int]], int]:
    """How a payment is applied: to the oldest instalments first; and what is left over, an advance."""
    found = []
    for one in instalments(state, ledger, partner):
        if not units:
            break
        if one.currency == currency and one.left > 0:
            part = min(units, one.left)
            found.append((one, part))
            units -= part
    return found, units


def put_paid(state: State, ledger: str, parts: list[tuple[Instalment, int]], day: date, key: str) -> None:
    """Notes that instalments were paid on a day, by the journal of a key."""
    for one, units in parts:
        name = f"{ledger}/{one.call}"
        call = state.get(CALLS, name)
        part = f"{one.partner}/{one.number}"
        paid = {**call["paid"], part: [*call["paid"].get(part, []), [day.isoformat(), units, key]]}
        state.put(CALLS, name, {**call, "paid": paid})


# --- late --------------------------------------------------------------------------------------------------------------------


def interest(one: Instalment, rule: Mapping[str, Any] | None, since: date | None, until: date) -> Fraction:
    """Simple interest on an instalment from after a day (its due day where later) through another [minor units].

    Each part of it bears interest until the day on which it was paid; actual days over 365. Of two spans that meet, the sum
    is that of the whole. Interest itself bears none.
    """
    if rule is None or not one.bears:
        return Fraction(0)
    rate, start = Fraction(rule["rate"]), date.fromisoformat(rule["from"])
    begin = max(one.due, start, since or one.due)
    whole = Fraction(0)
    for ends, units in (*one.paid, (until, one.left)):
        days = (min(ends, until) - begin).days
        if days > 0:
            whole += units * rate * days / YEAR
    return whole


def charged_through(state: State, ledger: str, partner: str) -> date | None:
    """The day through which a partner's interest was charged."""
    value = state.get(CHARGED, f"{ledger}/{partner}")
    return date.fromisoformat(value) if value is not None else None


def interest_due(state: State, ledger: str, partner: str, until: date) -> dict[str, int]:
    """A partner's interest that was not charged yet, through a day, by currency [minor units, rounded half even at the end]."""
    rule, since = state.get(RULES, ledger), charged_through(state, ledger, partner)
    sums: dict[str, Fraction] = {}
    for one in instalments(state, ledger, partner):
        sums[one.currency] = sums.get(one.currency, Fraction(0)) + interest(one, rule, since, until)
    return {currency: round(units) for currency, units in sums.items() if round(units)}


def arrears(state: State, ledger: str, on: date) -> tuple[Arrear, ...]:
    """What is late on a day, the oldest first."""
    rule = state.get(RULES, ledger)
    found = []
    for one in instalments(state, ledger):
        if one.due < on and one.left > 0:
            extra = interest(one, rule, charged_through(state, ledger, one.partner), on)
            found.append(
                Arrear(
                    partner=one.partner,
                    call=one.call,
                    instalment=one.number + 1,
                    due=one.due,
                    days=(on - one.due).days,
                    amount=from_minor(one.left, one.currency),
                    interest=from_minor(round(extra), one.currency),
                    currency=one.currency,
                )
            )
    return tuple(found)
