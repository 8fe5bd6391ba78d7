"""Money received on the record, applied to the oldest dues first; advances; interest on what is late."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from comity.funding.amounts import minor_digits
from comity.funding.contributions import dues
from comity.funding.contributions.checks import (
    EXCHANGE,
    advance,
    amount_in,
    check_party,
    check_same,
    day_of,
    income,
    is_day,
    ledger_named,
    number,
    post_opening,
    receivable,
    to_minor,
)
from comity.funding.contributions.dues import CALLS, RULES
from comity.funding.ledger import from_minor
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, field, only

# --- payments --------------------------------------------------------------------------------------------------------------------


def payment_journal(
    state: State,
    ledger: str,
    partner: str,
    *,
    amount: str,
    currency: str,
    bank: str,
    key: str,
    day: str,
    into: str | None = None,
    rate: str | None = None,
) -> dict[str, Any]:
    """What a payment posts: to the oldest instalments first, the rest an advance.

    `into` and `rate`: the currency of the calls, and how much of it one unit of the money received is worth on that day.
    Refused when the amount is not more than nothing, or a rate is missing or of no use.
    """
    check_party(state, partner)
    received = amount_in(amount, currency)
    if received <= 0:
        raise Refused(f"a payment of {received} {currency} is none; it is more than nothing")
    if not bank.startswith("Assets:Bank:"):
        raise Refused(f"money is received on an account of Assets:Bank, such as Assets:Bank:Main, not {bank!r}")
    owed_in, worth = into or currency, received
    amount_in("0", owed_in)  # refuses what is no currency
    postings: list[list[str]] = [[bank, f"{received}", currency]]
    if owed_in != currency:
        if rate is None:
            raise Refused(
                f"money in {currency} for calls in {owed_in} needs a rate; name it, and in `quoted` where it was quoted and when"
            )
        worth = from_minor(round(Fraction(received) * number(rate) * 10 ** minor_digits(owed_in)), owed_in)
        if worth <= 0:
            raise Refused(f"{received} {currency} are worth nothing in {owed_in} at the rate {rate}")
        postings += [[EXCHANGE, f"{-received}", currency], [EXCHANGE, f"{worth}", owed_in]]
    elif rate is not None:
        raise Refused(f"money in {currency} for calls in {currency} needs no rate; name the calls' currency as `into`")
    parts, rest = dues.applied(state, ledger, partner, owed_in, to_minor(worth, owed_in))
    if parts:
        owed = from_minor(sum(units for _, units in parts), owed_in)
        postings.append([receivable(partner), f"{-owed}", owed_in])
    if rest:
        postings.append([advance(partner), f"{-from_minor(rest, owed_in)}", owed_in])
    narration = f"{partner} pays {received} {currency}" + (f" at {rate} {owed_in}" if owed_in != currency else "")
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings}]}


def receive(state: State, entry: Entry) -> None:
    """`fund.payment`: money that a partner paid; by a treasurer."""
    only(entry, "ledger", "partner", "amount", "currency", "bank", "into", "rate", "quoted", "journal")
    ledger, partner, currency = ledger_named(state, entry), field(entry, "partner", str), field(entry, "currency", str)
    journal = field(entry, "journal", dict)
    into, rate = field(entry, "into", str, default=None), field(entry, "rate", str, default=None)
    field(entry, "quoted", str, default="")
    wanted = payment_journal(
        state, ledger, partner, amount=field(entry, "amount", str), currency=currency, bank=field(entry, "bank", str),
        key=str(journal.get("key")), day=day_of(journal), into=into, rate=rate,
    )  # fmt: skip
    check_same(journal, wanted)
    post_opening(state, entry, ledger, journal, [partner])
    owed_in = into or currency
    postings = wanted["transactions"][0]["postings"]
    worth = -sum(to_minor(amount_in(a, c), c) for n, a, c in postings if n in (receivable(partner), advance(partner)))
    parts, _ = dues.applied(state, ledger, partner, owed_in, worth)
    dues.put_paid(state, ledger, parts, day=day_of(journal), journal=journal["key"])


def offset_journal(state: State, ledger: str, partner: str, currency: str, *, key: str, day: str) -> dict[str, Any]:
    """What applies a partner's advance to what it was called for since. Refused when there is no advance, or nothing is due."""
    check_party(state, partner)
    held = _in_advance(state, ledger, partner, currency)
    _, rest = dues.applied(state, ledger, partner, currency, max(0, held))
    used = from_minor(held - rest, currency)
    if held <= 0 or used <= 0:
        raise Refused(f"{partner} has no advance in {currency} that something is due for")
    postings = [[advance(partner), f"{used}", currency], [receivable(partner), f"{-used}", currency]]
    narration = f"{partner}: its advance is applied to what is due"
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings}]}


def offset(state: State, entry: Entry) -> None:
    """`fund.offset`: a partner's advance is applied to what it was called for since; by a treasurer."""
    only(entry, "ledger", "partner", "currency", "journal")
    ledger, partner, currency = ledger_named(state, entry), field(entry, "partner", str), field(entry, "currency", str)
    journal = field(entry, "journal", dict)
    wanted = offset_journal(state, ledger, partner, currency, key=str(journal.get("key")), day=day_of(journal))
    check_same(journal, wanted)
    post_opening(state, entry, ledger, journal, [partner])
    used = to_minor(amount_in(wanted["transactions"][0]["postings"][0][1], currency), currency)
    parts, _ = dues.applied(state, ledger, partner, currency, used)
    dues.put_paid(state, ledger, parts, day=day_of(journal), journal=journal["key"])


def _in_advance(state: State, ledger: str, partner: str, currency: str) -> int:
    balances: dict[str, int] = state.get("ledger_balances", f"{ledger}/{advance(partner)}") or {}
    return -balances.get(currency, 0)


# --- interest --------------------------------------------------------------------------------------------------------------------


def set_rule(state: State, entry: Entry) -> None:
    """`fund.arrears_rule`: simple interest a year on what is late, from a day on; by a decision, or signed by all parties.

    The rule before it holds until that day.
    """
    only(entry, "ledger", "rate", "from")
    by_all_or_decided(state, entry)
    ledger = ledger_named(state, entry)
    rate, start = number(field(entry, "rate", str)), field(entry, "from", str)
    if rate > 1 or not is_day(start):
        raise Refused("the rate a year is from 0 to 1, and from is a day such as 2027-01-01")
    before = state.get(RULES, ledger) or []
    if before and before[-1]["from"] >= start:
        raise Refused(f"a rule from {before[-1]['from']} stands; another one begins later")
    state.put(RULES, ledger, [*before, {"rate": str(rate), "from": start}])


def interest_journal(state: State, ledger: str, partner: str, *, through: str, key: str) -> dict[str, Any]:
    """What charging a partner's interest through a day posts; where too much was charged, a credit. Refused when there is none."""
    check_party(state, partner)
    if not is_day(through):
        raise Refused(f"interest is charged through a day such as 2027-01-31, not {through!r}")
    day, last = date.fromisoformat(through), dues.charged_through(state, ledger, partner)
    if last is not None and day < last:
        raise Refused(f"the interest of {partner} is charged through {last} already")
    owed = dues.interest_due(state, ledger, partner, day)
    if not owed:
        raise Refused(f"{partner} owes no interest through {through} that was not charged")
    postings = []
    for currency, units in sorted(owed.items()):
        amount = from_minor(units, currency)
        account = receivable(partner) if units > 0 else advance(partner)
        postings += [[account, f"{amount}", currency], [income("Interest", partner), f"{-amount}", currency]]
    narration = f"Interest of {partner} through {through}"
    return {"key": key, "transactions": [{"date": through, "narration": narration, "postings": postings}]}


def charge(state: State, entry: Entry) -> None:
    """`fund.interest`: interest on what a partner paid late, or not, through a day; by a treasurer."""
    only(entry, "ledger", "partner", "through", "journal")
    ledger, partner, through = ledger_named(state, entry), field(entry, "partner", str), field(entry, "through", str)
    journal = field(entry, "journal", dict)
    wanted = interest_journal(state, ledger, partner, through=through, key=str(journal.get("key")))
    if through > entry.time[:10]:
        raise Refused(f"interest is charged through a day that has come, such as {entry.time[:10]}, not {through!r}")
    check_same(journal, wanted)
    owed = dues.interest_due(state, ledger, partner, date.fromisoformat(through))
    names = {currency: f"{journal['key']}.{currency}" for currency in owed}
    if taken := next((n for n in names.values() if state.get(CALLS, f"{ledger}/{n}") is not None), None):
        raise Refused(f"there is a call {taken!r} already; choose another key")
    post_opening(state, entry, ledger, journal, [partner])
    for currency, units in owed.items():
        dues.put_call(
            state,
            ledger,
            names[currency],
            year=int(through[:4]),
            currency=currency,
            dues={partner: [[through, units]]} if units > 0 else {},
            credits={partner: -units} if units < 0 else {},
            journal=journal["key"],
            through=through,
        )


KINDS = (
    Kind("fund.payment", receive, "money that a partner paid, to the oldest due first"),
    Kind("fund.offset", offset, "a partner's advance is applied to what is due"),
    Kind("fund.arrears_rule", set_rule, "interest on what is late", decidable=True, entrusted=True),
    Kind("fund.interest", charge, "interest on what a partner paid late, or not"),
)
