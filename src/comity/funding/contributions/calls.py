"""Contributions on the record: keys adopted, budgets decided, calls made, money received, interest charged.

An entry moves money only by the journal in its body, and that journal is exactly what these functions compute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding import ledger as books
from comity.funding.amounts import amount_of, minor_digits, split
from comity.funding.contributions import dues
from comity.funding.contributions.dues import CALLS, CHARGED, RULES
from comity.funding.errors import FundingError
from comity.funding.ledger import account_part, from_minor
from comity.funding.ledger.accounts import open_account
from comity.funding.ledger.posting import may_post
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, field, only

KEYS, BUDGETS = "fund_keys", "fund_budgets"
EXCHANGE = "Equity:Exchange"
_NUMBER = re.compile(r"[0-9]{1,30}([.][0-9]{1,30}|/[0-9]{1,30})?")


def receivable(partner: str) -> str:
    """The account of what a partner was called for and has not paid."""
    return f"Assets:Receivable:{account_part(partner)}"


def advance(partner: str) -> str:
    """The account of what a partner paid before it was called for."""
    return f"Liabilities:Advance:{account_part(partner)}"


# --- keys and budgets ----------------------------------------------------------------------------------------------------------


def set_key(state: State, entry: Entry) -> None:
    """`fund.key`: each partner's share, exactly, with where it comes from; by a decision, or signed by all parties."""
    only(entry, "ledger", "key", "shares", "source")
    by_all_or_decided(state, entry)
    ledger, name = _ledger(state, entry), field(entry, "key", str)
    shares = field(entry, "shares", dict)
    exact = {partner: number(share) for partner, share in shares.items()}
    for partner in exact:
        _party(state, partner)
    if sum(exact.values(), Fraction(0)) != 1:
        raise Refused(f"the shares of {name!r} come to {sum(exact.values(), Fraction(0))}, and not to 1")
    value = {"shares": {p: str(s) for p, s in sorted(exact.items())}, "source": field(entry, "source", str, default="")}
    state.put(KEYS, f"{ledger}/{name}", value)


def set_budget(state: State, entry: Entry) -> None:
    """`fund.budget`: a year's total, at its prices; by a decision, or signed by all parties."""
    only(entry, "ledger", "year", "total", "currency", "economic_conditions")
    by_all_or_decided(state, entry)
    ledger, year, currency = _ledger(state, entry), field(entry, "year", int), field(entry, "currency", str)
    total = _amount(field(entry, "total", str), currency)
    if total < 0:
        raise Refused(f"the budget of {year} is {total} {currency}; it is not negative")
    prices = field(entry, "economic_conditions", int, default=year)
    state.put(BUDGETS, f"{ledger}/{year}", {"total": str(total), "currency": currency, "economic_conditions": prices})


# --- calls -------------------------------------------------------------------------------------------------------------------------


def call_amounts(
    state: State, ledger: str, year: int, key: str, *, carried: str = "0", months: int | None = None
) -> tuple[str, dict[str, Decimal]]:
    """The currency, and what each partner is called for: the budget less what is carried over, split by the key.

    `months`: a provisional call, where no budget is decided yet: so many twelfths of the last year's (as financial regulations of
    international organisations have it). What was called provisionally for the year is taken off the call by budget.
    Refused when there is no budget, no key, or somebody would be called for less than nothing.
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
    currency = budget["currency"]
    _check_uncalled(state, ledger, year, currency)
    off = _amount(carried, currency)
    total = Decimal(budget["total"]) - off
    if off < 0 or total < 0:
        raise Refused(f"{off} {currency} carried over leave {total} {currency} to call for; a call is not negative")
    amounts = split(total, shares, currency=currency)
    for call in _of_year(state, ledger, year).values():
        for partner, parts in call["dues"].items():
            before = from_minor(sum(units for _, units in parts), currency)
            amounts[partner] = amounts.get(partner, Decimal(0)) - before
    less = next((p for p, a in amounts.items() if a < 0), None)
    if less is not None:
        raise Refused(
            f"{less} was called provisionally for {-amounts[less]} {currency} more than its share; credit it with a payment first"
        )
    return currency, amounts


def _of_year(state: State, ledger: str, year: int) -> dict[str, Any]:
    return {
        name.partition("/")[2]: call
        for name, call in state.section(CALLS).items()
        if name.partition("/")[0] == ledger
        and call["year"] == year
        and not call["interest"]
        and not dues.is_reversed(state, ledger, call["journal"])
    }


def _check_uncalled(state: State, ledger: str, year: int, currency: str) -> None:
    """Refused when a year's budget was called for already, or provisionally in another currency."""
    for name, call in _of_year(state, ledger, year).items():
        if not call["provisional"]:
            raise Refused(f"the budget of {year} is called for already, by {name!r}; a year is called for once")
        if call["currency"] != currency:
            raise Refused(f"{name!r} called in {call['currency']}, and the budget of {year} is in {currency}")


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
    """Each partner's instalments: day and minor units; equal, and none lost."""
    found: dict[str, list[list[Any]]] = {}
    scale = minor_digits(currency)
    for partner, amount in sorted(amounts.items()):
        if amount:
            parts = split(amount, {f"{k:03}": 1 for k in range(len(days))}, currency=currency)
            found[partner] = [[day, int(part.scaleb(scale))] for day, part in zip(days, parts.values(), strict=True)]
    return found


def call_journal(
    amounts: Mapping[str, Decimal], currency: str, *, key: str, day: str, narration: str
) -> dict[str, Any]:
    """What a call posts: each partner owes its amount, and it is income."""
    postings = []
    for partner, amount in sorted(amounts.items()):
        if amount:
            postings.append([receivable(partner), f"{amount}", currency])
            postings.append([f"Income:Contributions:{account_part(partner)}", f"{-amount}", currency])
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings, "links": [key]}]}


def make_call(state: State, entry: Entry) -> None:
    """`fund.call`: the yearly call-up of a budget by a key, or a provisional one; by a treasurer."""
    only(entry, "ledger", "call", "year", "key", "carried", "months", "due", "journal")
    ledger, name, year = _ledger(state, entry), field(entry, "call", str), field(entry, "year", int)
    if state.get(CALLS, f"{ledger}/{name}") is not None:
        raise Refused(f"there is a call {name!r} already; choose another name")
    months = field(entry, "months", int, default=None)
    currency, amounts = call_amounts(
        state, ledger, year, field(entry, "key", str), carried=field(entry, "carried", str, default="0"), months=months
    )
    due = field(entry, "due", list)
    if not due or not all(_is_day(d) for d in due) or due != sorted(due):
        raise Refused("due lists the days of the instalments in order, such as 2027-01-31")
    journal = field(entry, "journal", dict)
    _same(journal, call_journal(amounts, currency, key=name, day=_day_of(journal), narration=_narration(journal)))
    post_opening(state, entry, ledger, journal, amounts)
    _put_call(
        state, ledger, name, year, currency, call_dues(amounts, currency, due), journal=name, provisional=months or 0
    )


def _put_call(
    state: State,
    ledger: str,
    name: str,
    year: int,
    currency: str,
    parts: Any,
    *,
    journal: str,
    provisional: int = 0,
    interest: bool = False,
) -> None:
    value = {
        "year": year,
        "currency": currency,
        "journal": journal,
        "provisional": provisional,
        "interest": interest,
        "dues": parts,
        "paid": {},
    }
    state.put(CALLS, f"{ledger}/{name}", value)


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
    received = _amount(amount, currency)
    if received <= 0:
        raise Refused(f"a payment of {received} {currency} is none; it is more than nothing")
    if not bank.startswith("Assets:Bank:"):
        raise Refused(f"money is received on an account of Assets:Bank, such as Assets:Bank:Main, not {bank!r}")
    called = into or currency
    _amount("0", called)
    postings: list[list[str]] = [[bank, f"{received}", currency]]
    worth = received
    if called != currency:
        if rate is None:
            raise Refused(
                f"money in {currency} for calls in {called} needs a rate; name it, and in `quoted` where it was quoted and when"
            )
        factor = number(rate)
        if factor <= 0:
            raise Refused(f"the rate {rate} is not more than nothing")
        digits = minor_digits(called)
        worth = from_minor(round(Fraction(received) * factor * 10**digits), called)
        if worth <= 0:
            raise Refused(f"{received} {currency} are worth nothing in {called} at the rate {rate}")
        postings += [[EXCHANGE, f"{-received}", currency], [EXCHANGE, f"{worth}", called]]
    parts, rest = dues.applied(state, ledger, partner, called, int(worth.scaleb(minor_digits(called))))
    owed = sum(units for _, units in parts)
    if owed:
        postings.append([receivable(partner), f"{-from_minor(owed, called)}", called])
    if rest:
        postings.append([advance(partner), f"{-from_minor(rest, called)}", called])
    narration = f"{partner} pays {received} {currency}" + (f" at {rate} {called}" if called != currency else "")
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings}]}


def receive(state: State, entry: Entry) -> None:
    """`fund.payment`: money that a partner paid; by a treasurer."""
    only(entry, "ledger", "partner", "amount", "currency", "bank", "into", "rate", "quoted", "journal")
    ledger, partner, currency = _ledger(state, entry), field(entry, "partner", str), field(entry, "currency", str)
    _party(state, partner)
    journal = field(entry, "journal", dict)
    into, rate = field(entry, "into", str, default=None), field(entry, "rate", str, default=None)
    field(entry, "quoted", str, default="")
    wanted = payment_journal(
        state, ledger, partner, amount=field(entry, "amount", str), currency=currency, bank=field(entry, "bank", str),
        key=str(journal.get("key")), day=_day_of(journal), into=into, rate=rate,
    )  # fmt: skip
    _same(journal, wanted, narration=False)
    post_opening(state, entry, ledger, journal, [partner])
    called = into or currency
    worth = sum(
        -_units(amount, c)
        for a, amount, c in wanted["transactions"][0]["postings"]
        if a in (receivable(partner), advance(partner))
    )
    parts, _ = dues.applied(state, ledger, partner, called, worth)
    dues.put_paid(state, ledger, parts, date.fromisoformat(_day_of(journal)), journal["key"])


def offset_journal(state: State, ledger: str, partner: str, currency: str, *, key: str, day: str) -> dict[str, Any]:
    """What applies a partner's advance to what it was called for since. Refused when there is no advance, or nothing is due."""
    held = -((state.get("ledger_balances", f"{ledger}/{advance(partner)}") or {}).get(currency, 0))
    _, rest = dues.applied(state, ledger, partner, currency, max(0, held))
    used = held - rest
    if held <= 0 or used <= 0:
        raise Refused(f"{partner} has no advance in {currency} that something is due for")
    text = from_minor(used, currency)
    postings = [[advance(partner), f"{text}", currency], [receivable(partner), f"{-text}", currency]]
    narration = f"{partner}: its advance is applied to what is due"
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings}]}


def offset(state: State, entry: Entry) -> None:
    """`fund.offset`: a partner's advance is applied to what it was called for since; by a treasurer."""
    only(entry, "ledger", "partner", "currency", "journal")
    ledger, partner, currency = _ledger(state, entry), field(entry, "partner", str), field(entry, "currency", str)
    journal = field(entry, "journal", dict)
    wanted = offset_journal(state, ledger, partner, currency, key=str(journal.get("key")), day=_day_of(journal))
    _same(journal, wanted, narration=False)
    post_opening(state, entry, ledger, journal, [partner])
    parts, _ = dues.applied(
        state, ledger, partner, currency, _units(wanted["transactions"][0]["postings"][0][1], currency)
    )
    dues.put_paid(state, ledger, parts, date.fromisoformat(_day_of(journal)), journal["key"])


# --- interest --------------------------------------------------------------------------------------------------------------------


def set_rule(state: State, entry: Entry) -> None:
    """`fund.arrears_rule`: simple interest a year on what is late, from a day on; by a decision, or signed by all parties."""
    only(entry, "ledger", "rate", "from")
    by_all_or_decided(state, entry)
    ledger = _ledger(state, entry)
    rate = number(field(entry, "rate", str))
    if not 0 <= rate <= 1 or not _is_day(field(entry, "from", str)):
        raise Refused("the rate a year is from 0 to 1, and from is a day such as 2027-01-01")
    before = state.get(RULES, ledger)
    if before is not None and before["from"] > entry.body["from"]:
        raise Refused(f"a rule from {before['from']} stands; another one begins no earlier")
    state.put(RULES, ledger, {"rate": str(rate), "from": entry.body["from"]})


def interest_journal(state: State, ledger: str, partner: str, *, through: str, key: str) -> dict[str, Any]:
    """What charging a partner's interest through a day posts. Refused when there is none."""
    owed = dues.interest_due(state, ledger, partner, date.fromisoformat(through))
    if not owed:
        raise Refused(f"{partner} owes no interest through {through} that was not charged")
    postings = []
    for currency, units in sorted(owed.items()):
        text = from_minor(units, currency)
        postings += [
            [receivable(partner), f"{text}", currency],
            [f"Income:Interest:{account_part(partner)}", f"{-text}", currency],
        ]
    narration = f"Interest of {partner} through {through}"
    return {"key": key, "transactions": [{"date": through, "narration": narration, "postings": postings}]}


def charge(state: State, entry: Entry) -> None:
    """`fund.interest`: interest on what a partner paid late, or not, through a day; by a treasurer."""
    only(entry, "ledger", "partner", "through", "journal")
    ledger, partner, through = _ledger(state, entry), field(entry, "partner", str), field(entry, "through", str)
    _party(state, partner)
    if not _is_day(through) or through > entry.time[:10]:
        raise Refused(f"interest is charged through a day that has come, such as {entry.time[:10]}, not {through!r}")
    journal = field(entry, "journal", dict)
    wanted = interest_journal(state, ledger, partner, through=through, key=str(journal.get("key")))
    _same(journal, wanted, narration=False)
    post_opening(state, entry, ledger, journal, [partner])
    for currency, units in dues.interest_due(state, ledger, partner, date.fromisoformat(through)).items():
        name = f"{journal['key']}.{currency}"
        parts = {partner: [[through, units]]}
        _put_call(state, ledger, name, int(through[:4]), currency, parts, journal=journal["key"], interest=True)
    state.put(CHARGED, f"{ledger}/{partner}", through)


# --- what they share -----------------------------------------------------------------------------------------------------------


def post_opening(
    state: State, entry: Entry, ledger: str, journal: Mapping[str, Any], partners: Iterable[str], **others: Any
) -> None:
    """Posts a journal, and opens first those accounts of these partners that it uses and the ledger has not; and `others`."""
    may_post(state, entry, ledger)
    owned: dict[str, dict[str, Any]] = {EXCHANGE: {}, **others}
    for partner in partners:
        names = (f"Income:{what}:{account_part(partner)}" for what in ("Contributions", "Interest", "InKind"))
        owned |= {name: {"partner": partner} for name in (receivable(partner), advance(partner), *names)}
    for name in dict.fromkeys(posting[0] for posting in _first(journal)["postings"]):
        if name in owned and state.get("ledger_accounts", f"{ledger}/{name}") is None:
            open_account(state, ledger, name, owned[name])
    books.post(state, entry, ledger, journal)


def _ledger(state: State, entry: Entry) -> str:
    ledger: str = field(entry, "ledger", str)
    if state.get("ledgers", ledger) is None:
        raise Refused(
            f"there is no ledger {ledger!r}; {nearest(ledger, state.section('ledgers')) or 'ledger.open opens one'}"
        )
    return ledger


def _party(state: State, partner: str) -> None:
    if state.get("parties", partner) is None:
        raise Refused(f"{partner!r} is no party to this record; {nearest(partner, state.section('parties'))}")


def _amount(text: str, currency: str) -> Decimal:
    try:
        return amount_of(text, currency)
    except FundingError as error:
        raise Refused(str(error)) from None


def _units(text: str, currency: str) -> int:
    return int(Decimal(text).scaleb(minor_digits(currency)))


def number(text: object) -> Fraction:
    """A number that is not negative, exactly. Refused unless it is text such as 1/3 or 0.25."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not int(text.partition("/")[2] or 1):
        raise Refused(f"{text!r:.100} is no number; write it as text, as 1/3 or 0.25, and not negative")
    return Fraction(text)


def _is_day(text: object) -> bool:
    try:
        return isinstance(text, str) and len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _first(journal: Mapping[str, Any]) -> Mapping[str, Any]:
    transactions = journal.get("transactions")
    if not isinstance(transactions, list) or len(transactions) != 1 or not isinstance(transactions[0], dict):
        raise Refused("the journal has one transaction")
    return transactions[0]


def _day_of(journal: Mapping[str, Any]) -> str:
    day = _first(journal).get("date")
    if not _is_day(day):
        raise Refused(f"the journal's date {day!r} is none; write it as 2027-01-31")
    return str(day)


def _narration(journal: Mapping[str, Any]) -> str:
    return str(_first(journal).get("narration", ""))


def _same(journal: Mapping[str, Any], wanted: Mapping[str, Any], *, narration: bool = True) -> None:
    """Refused unless a journal moves what it must, and nothing else."""
    given, right = _first(journal), wanted["transactions"][0]
    if [list(p) for p in given.get("postings", ())] != right["postings"]:
        raise Refused(f"the journal must post {right['postings']}")
    if given.get("date") != right["date"]:
        raise Refused(f"the journal is of {right['date']}, not {given.get('date')}")
    if narration and journal.get("key") != wanted["key"]:
        raise Refused(f"the journal's key is {wanted['key']!r}, the name of what it is for")


KINDS = (
    Kind("fund.key", set_key, "each partner's share of what is called for", decidable=True, entrusted=True),
    Kind("fund.budget", set_budget, "a year's total", decidable=True, entrusted=True),
    Kind("fund.call", make_call, "a year's contributions are called for, or twelfths of the last year's"),
    Kind("fund.payment", receive, "money that a partner paid, to the oldest due first"),
    Kind("fund.offset", offset, "a partner's advance is applied to what is due"),
    Kind("fund.arrears_rule", set_rule, "interest on what is late", decidable=True, entrusted=True),
    Kind("fund.interest", charge, "interest on what a partner paid late, or not"),
)
