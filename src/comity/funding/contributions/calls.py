"""Keys adopted, budgets decided and calls made, on the record.

An entry moves money only by the journal in its body, and that journal is exactly what these functions compute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.amounts import minor_digits, split
from comity.funding.contributions.checks import (
    advance,
    amount_in,
    check_party,
    check_same,
    day_of,
    income,
    is_day,
    ledger_named,
    narration_of,
    number,
    post_opening,
    receivable,
    to_minor,
)
from comity.funding.contributions.dues import CALLS, called, calls_of, put_call
from comity.funding.ledger import from_minor
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, field, only

KEYS, BUDGETS = "fund_keys", "fund_budgets"


# --- keys and budgets ----------------------------------------------------------------------------------------------------------


def set_key(state: State, entry: Entry) -> None:
    """`fund.key`: each partner's share, exactly, with where it comes from; by a decision, or signed by all parties."""
    only(entry, "ledger", "key", "shares", "source")
    by_all_or_decided(state, entry)
    ledger, name = ledger_named(state, entry), field(entry, "key", str)
    shares = field(entry, "shares", dict)
    exact = {partner: number(share) for partner, share in shares.items()}
    for partner in exact:
        check_party(state, partner)
    if sum(exact.values(), Fraction(0)) != 1:
        raise Refused(f"the shares of {name!r} come to {sum(exact.values(), Fraction(0))}, and not to 1")
    value = {"shares": {p: str(s) for p, s in sorted(exact.items())}, "source": field(entry, "source", str, default="")}
    state.put(KEYS, f"{ledger}/{name}", value)


def set_budget(state: State, entry: Entry) -> None:
    """`fund.budget`: a year's total, at its prices; by a decision, or signed by all parties. Another one takes its place."""
    only(entry, "ledger", "year", "total", "currency", "economic_conditions")
    by_all_or_decided(state, entry)
    ledger, year, currency = ledger_named(state, entry), field(entry, "year", int), field(entry, "currency", str)
    total = amount_in(field(entry, "total", str), currency)
    if total < 0:
        raise Refused(f"the budget of {year} is {total} {currency}; it is not negative")
    prices = field(entry, "economic_conditions", int, default=year)
    state.put(BUDGETS, f"{ledger}/{year}", {"total": str(total), "currency": currency, "economic_conditions": prices})


# --- calls -------------------------------------------------------------------------------------------------------------------------


def call_amounts(
    state: State, ledger: str, year: int, key: str, *, carried: str = "0", months: int | None = None
) -> tuple[str, dict[str, Decimal]]:
    """The currency, and what each partner is called for: the budget less what is carried over, split by the key.

    What was called for the year before, provisionally or of a smaller budget, is taken off; a partner that was called for
    more than its share by this key is credited (negative). `months`: a provisional call, where no budget is decided yet: so
    many twelfths of the last year's, as in the European Patent Convention, Article 47 (and many an organisation's rules).
    Refused when there is no budget, no key, nothing left to call for, or less than nothing.
    """
    held = state.get(KEYS, f"{ledger}/{key}")
    if held is None:
        known = [k.partition("/")[2] for k in state.section(KEYS) if k.partition("/")[0] == ledger]
        raise Refused(f"there is no key {key!r}; {nearest(key, known) or ', '.join(known) or 'fund.key adopts one'}")
    shares = {p: Fraction(s) for p, s in held["shares"].items()}
    budget = state.get(BUDGETS, f"{ledger}/{year}")
    if months is not None:
        return _provisional(state, ledger, year, shares, budget, months)
    if budget is None:
        raise Refused(f"no budget of {year} is decided; fund.budget sets one, or call provisionally for some months")
    currency, before = budget["currency"], _of_year(state, ledger, year)
    if other := next((n for n, c in before.items() if c["currency"] != currency), None):
        raise Refused(f"{other!r} called in {before[other]['currency']}, and the budget of {year} is in {currency}")
    now = amount_in(carried, currency)
    off = now + from_minor(sum(call["carried"] for call in before.values()), currency)
    total = Decimal(budget["total"]) - off
    if now < 0 or total < 0:
        raise Refused(f"{off} {currency} carried over leave {total} {currency} to call for; a call is not negative")
    amounts = split(total, shares, currency=currency)
    for call in before.values():
        for partner, units in called(call).items():
            amounts[partner] = amounts.get(partner, Decimal(0)) - from_minor(units, currency)
    _check_more(year, currency, amounts, before)
    return currency, amounts


def _of_year(state: State, ledger: str, year: int) -> dict[str, Any]:
    return {n: c for n, c in calls_of(state, ledger).items() if c["year"] == year and c["through"] is None}


def _check_more(year: int, currency: str, amounts: Mapping[str, Decimal], before: Mapping[str, Any]) -> None:
    """Refused where all is called for already, or more than that."""
    left = sum(amounts.values(), Decimal(0))
    if left < 0:
        raise Refused(
            f"{-left} {currency} more than the budget of {year} leaves is called for already, by {', '.join(before)}; "
            "a call is not negative: carry that over into the next year's"
        )
    if before and not any(amounts.values()):
        raise Refused(f"the budget of {year} is called for already, by {', '.join(map(repr, before))}")


def _provisional(
    state: State, ledger: str, year: int, shares: Mapping[str, Fraction], budget: Any, months: int
) -> tuple[str, dict[str, Decimal]]:
    if budget is not None:
        raise Refused(f"the budget of {year} is decided; a call for it is not provisional")
    last = state.get(BUDGETS, f"{ledger}/{year - 1}")
    if last is None:
        raise Refused(f"no budget of {year - 1} is decided, of which twelfths could be called")
    if not 1 <= months <= 12:
        raise Refused(f"a provisional call is for 1 to 12 months, not {months}")
    before = sum(call["provisional"] for call in _of_year(state, ledger, year).values())
    if before + months > 12:
        raise Refused(f"{before} months of {year} are called for provisionally already; {12 - before} are left")
    currency = last["currency"]
    unit = Decimal(1).scaleb(-minor_digits(currency))
    total = (Decimal(last["total"]) * months / 12 / unit).to_integral_value() * unit
    return currency, split(total, shares, currency=currency)


def call_dues(amounts: Mapping[str, Decimal], currency: str, days: Sequence[str]) -> dict[str, list[list[Any]]]:
    """Each partner's instalments: day and minor units; equal, and none lost. Who is credited has none."""
    found: dict[str, list[list[Any]]] = {}
    for partner, amount in sorted(amounts.items()):
        if amount > 0:
            parts = split(amount, {f"{k:03}": 1 for k in range(len(days))}, currency=currency)
            found[partner] = [[day, to_minor(part, currency)] for day, part in zip(days, parts.values(), strict=True)]
    return found


def call_journal(
    amounts: Mapping[str, Decimal], currency: str, *, key: str, day: str, narration: str
) -> dict[str, Any]:
    """What a call posts: each partner owes its amount, and it is income; who is credited has that as an advance.

    Refused when it comes to nothing.
    """
    postings = []
    for partner, amount in sorted(amounts.items()):
        if amount:
            account = receivable(partner) if amount > 0 else advance(partner)
            postings.append([account, f"{amount}", currency])
            postings.append([income("Contributions", partner), f"{-amount}", currency])
    if not postings:
        raise Refused(f"{key!r} comes to nothing; there is nothing to call for")
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings, "links": [key]}]}


def make_call(state: State, entry: Entry) -> None:
    """`fund.call`: the yearly call-up of a budget by a key, or a provisional one; by a treasurer."""
    only(entry, "ledger", "call", "year", "key", "carried", "months", "due", "journal")
    ledger, name, year = ledger_named(state, entry), field(entry, "call", str), field(entry, "year", int)
    if state.get(CALLS, f"{ledger}/{name}") is not None:
        raise Refused(f"there is a call {name!r} already; choose another name")
    months, carried = field(entry, "months", int, default=None), field(entry, "carried", str, default="0")
    currency, amounts = call_amounts(state, ledger, year, field(entry, "key", str), carried=carried, months=months)
    due = field(entry, "due", list)
    if not due or not all(map(is_day, due)) or due != sorted(set(due)):
        raise Refused("due lists the days of the instalments in order, each once, such as 2027-01-31")
    journal = field(entry, "journal", dict)
    wanted = call_journal(amounts, currency, key=name, day=day_of(journal), narration=narration_of(journal))
    check_same(journal, wanted, keyed=True)
    post_opening(state, entry, ledger, journal, amounts)
    put_call(
        state,
        ledger,
        name,
        year=year,
        currency=currency,
        dues=call_dues(amounts, currency, due),
        credits={p: to_minor(-a, currency) for p, a in sorted(amounts.items()) if a < 0},
        journal=name,
        carried=0 if months else to_minor(amount_in(carried, currency), currency),
        provisional=months or 0,
    )


KINDS = (
    Kind("fund.key", set_key, "each partner's share of what is called for", decidable=True, entrusted=True),
    Kind("fund.budget", set_budget, "a year's total", decidable=True, entrusted=True),
    Kind("fund.call", make_call, "a year's contributions are called for, or twelfths of the last year's"),
)
