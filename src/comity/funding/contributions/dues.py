"""What is due and what was paid: instalments of calls, the oldest first; simple interest on what is late.

All amounts are whole minor units of the call's currency; days are calendar days, UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.ledger import from_minor
from comity.record import State

CALLS, RULES = "fund_calls", "fund_arrears_rules"
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


def calls_of(state: State, ledger: str) -> dict[str, Any]:
    """The calls of a ledger by name, and the interest charged there, which is called for like them; none that is reversed."""
    prefix = f"{ledger}/"
    found = {k.removeprefix(prefix): v for k, v in state.section(CALLS).items() if k.startswith(prefix)}
    return {name: call for name, call in found.items() if not is_reversed(state, ledger, call["journal"])}


def put_call(
    state: State,
    ledger: str,
    name: str,
    *,
    year: int,
    currency: str,
    dues: Mapping[str, list[list[Any]]],
    credits: Mapping[str, int],
    journal: str,
    carried: int = 0,
    provisional: int = 0,
    through: str | None = None,
) -> None:
    """Notes a call: what is due of whom when; what is credited; `provisional` for how many months, `through`: of interest."""
    value = {
        "year": year,
        "currency": currency,
        "dues": dict(dues),
        "credits": dict(credits),
        "carried": carried,
        "provisional": provisional,
        "through": through,
        "journal": journal,
        "paid": {},
    }
    state.put(CALLS, f"{ledger}/{name}", value)


def called(call: Mapping[str, Any]) -> dict[str, int]:
    """What a call comes to by partner; negative where it credits one."""
    sums = {partner: sum(units for _, units in parts) for partner, parts in call["dues"].items()}
    for partner, units in call["credits"].items():
        sums[partner] = sums.get(partner, 0) - units
    return sums


def instalments(state: State, ledger: str, partner: str | None = None) -> Iterator[Instalment]:
    """The instalments of a ledger's calls, by due day, then call and number."""
    found = []
    for name, call in calls_of(state, ledger).items():
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
                        call=name,
                        number=k,
                        partner=who,
                        due=date.fromisoformat(day),
                        currency=call["currency"],
                        units=units,
                        paid=paid,
                        bears=call["through"] is None,
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


def put_paid(state: State, ledger: str, parts: list[tuple[Instalment, int]], *, day: str, journal: str) -> None:
    """Notes that instalments were paid on a day, by the journal of a key."""
    for one, units in parts:
        name = f"{ledger}/{one.call}"
        call = state.get(CALLS, name)
        part = f"{one.partner}/{one.number}"
        paid = {**call["paid"], part: [*call["paid"].get(part, []), [day, units, journal]]}
        state.put(CALLS, name, {**call, "paid": paid})


# --- late --------------------------------------------------------------------------------------------------------------------


def interest(one: Instalment, rules: Sequence[Mapping[str, str]], since: date | None, until: date) -> Fraction:
    """Simple interest on an instalment from after a day (its due day where later) through another [minor units].

    Each part of it bears interest until the day on which it was paid; actual days over 365. A rule holds until the next
    one begins. Of two spans that meet, the sum is that of the whole. Interest itself bears none.
    """
    whole = Fraction(0)
    if not one.bears:
        return whole
    for n, rule in enumerate(rules):
        begin = max(one.due, date.fromisoformat(rule["from"]), since or one.due)
        end = until if n + 1 == len(rules) else min(until, date.fromisoformat(rules[n + 1]["from"]))
        for paid, units in (*one.paid, (until, one.left)):
            whole += units * Fraction(rule["rate"]) * max(0, (min(paid, end) - begin).days) / YEAR
    return whole


def charged_through(state: State, ledger: str, partner: str) -> date | None:
    """The day through which a partner's interest was charged."""
    days = [c["through"] for c in calls_of(state, ledger).values() if c["through"] and partner in called(c)]
    return date.fromisoformat(max(days)) if days else None


def interest_due(state: State, ledger: str, partner: str, until: date) -> dict[str, int]:
    """A partner's interest through a day less what was charged, by currency [minor units, rounded half even at the end].

    Negative where too much was charged, since a payment was booked after that with an earlier day.
    """
    rules: Sequence[Mapping[str, str]] = state.get(RULES, ledger) or []
    sums: dict[str, Fraction] = {}
    for one in instalments(state, ledger, partner):
        sums[one.currency] = sums.get(one.currency, Fraction(0)) + interest(one, rules, None, until)
    owed = {currency: round(units) for currency, units in sums.items()}
    for call in calls_of(state, ledger).values():
        if call["through"]:
            owed[call["currency"]] = owed.get(call["currency"], 0) - called(call).get(partner, 0)
    return {currency: units for currency, units in owed.items() if units}


def arrears(state: State, ledger: str, on: date) -> tuple[Arrear, ...]:
    """What is late on a day, the oldest first."""
    rules: Sequence[Mapping[str, str]] = state.get(RULES, ledger) or []
    found = []
    for one in instalments(state, ledger):
        if one.due < on and one.left > 0:
            extra = interest(one, rules, charged_through(state, ledger, one.partner), on)
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
