"""Barter between two partners: what each gave the other, at agreed values, as one mutual account that is never paid in money.

As the partners of the space station offset launches, modules and use against each other without an exchange of funds. A
barter that names a ledger stands there, too: what A received from B is a debit of Equity:Barter:A:B, which A owes, and
a credit of Equity:Barter:B:A. Both sides having agreed to it, no treasurer has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comity.funding.amounts import amount_of, minor_digits
from comity.funding.errors import FundingError
from comity.funding.ledger import account_part, from_minor
from comity.funding.ledger.accounts import ledger_on, open_account
from comity.funding.ledger.journal import check_date, check_journal
from comity.funding.ledger.posting import bind, post_checked
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, field, only

SECTION = "barters"
OPEN, PROPOSED = "open", "proposed"


@dataclass(frozen=True, slots=True)
class BarterStatement:
    """A mutual account on one side: what a partner gave, what it received, and what the other owes it (or it, below nothing)."""

    barter: str
    partner: str
    other: str
    currency: str
    gave: Decimal
    received: Decimal
    owed_to_it: Decimal
    limit: Decimal
    waiting: int


def statement(held: Mapping[str, Any], barter: str, partner: str) -> BarterStatement:
    """The account as one of its two partners sees it. KeyError when it is neither."""
    sides = held["between"]
    if partner not in sides:
        raise KeyError(f"{partner!r} is no side of {barter!r}; its sides are {' and '.join(sides)}")
    other = sides[1] if partner == sides[0] else sides[0]
    currency = held["currency"]
    sums = {p: sum(g["units"] for g in held["gives"] if g["by"] == p and g["confirmed"]) for p in sides}
    return BarterStatement(
        barter=barter,
        partner=partner,
        other=other,
        currency=currency,
        gave=from_minor(sums[partner], currency),
        received=from_minor(sums[other], currency),
        owed_to_it=from_minor(sums[partner] - sums[other], currency),
        limit=from_minor(held["limit"], currency),
        waiting=sum(not g["confirmed"] for g in held["gives"]),
    )


def open_barter(state: State, entry: Entry) -> None:
    """`barter.open`: a mutual account with another partner, open once that one confirms it; `limit`: the most that one may owe."""
    only(entry, "barter", "with", "currency", "limit", "about", "ledger")
    name, other, currency = field(entry, "barter", str), field(entry, "with", str), field(entry, "currency", str)
    if state.get(SECTION, name) is not None:
        raise Refused(f"there is a barter {name!r} already; choose another name")
    if state.get("parties", other) is None or other == entry.author:
        raise Refused(
            f"a barter is with another party of the record; {other!r} is none; {nearest(other, state.section('parties'))}"
        )
    ledger = field(entry, "ledger", str, default=None)
    if ledger is not None:
        ledger_on(state, ledger)
    value = {
        "ledger": ledger,
        "between": [entry.author, other],
        "currency": currency,
        "limit": _units(field(entry, "limit", str), currency),
        "about": field(entry, "about", str, default=""),
        "status": PROPOSED,
        "gives": [],
    }
    state.put(SECTION, name, value)


def give(state: State, entry: Entry) -> None:
    """`barter.give`: what a partner gave the other, how much of it, and at which value; it counts once the other confirms it."""
    only(entry, "barter", "what", "quantity", "value", "date")
    name, held = _side(state, entry)
    if held["status"] != OPEN:
        raise Refused(f"{name!r} is not open: {held['between'][1]} has not confirmed it")
    day = field(entry, "date", str, default=entry.time[:10])
    try:
        check_date(day)
    except FundingError as error:
        raise Refused(str(error)) from None
    given = {
        "by": entry.author,
        "what": field(entry, "what", str),
        "quantity": field(entry, "quantity", str),
        "units": _units(field(entry, "value", str), held["currency"]),
        "date": day,
        "confirmed": False,
    }
    state.put(SECTION, name, {**held, "gives": [*held["gives"], given]})


def confirm(state: State, entry: Entry) -> None:
    """`barter.confirm`: by the other side: that the account is open, or what was given, by its number from 1."""
    only(entry, "barter", "number", "ledger", "journal")
    name, held = _side(state, entry)
    number = field(entry, "number", int, default=None)
    if number is None:
        if held["status"] == OPEN or entry.author != held["between"][1]:
            raise Refused(f"{name!r} is {held['status']}; {held['between'][1]} confirms that it is open, once")
        state.put(SECTION, name, {**held, "status": OPEN})
        return
    if not 1 <= number <= len(held["gives"]):
        raise Refused(f"{name!r} has {len(held['gives'])} gifts; there is no number {number}")
    one = held["gives"][number - 1]
    if one["confirmed"] or one["by"] == entry.author:
        raise Refused(
            f"number {number} of {name!r} is {'confirmed already' if one['confirmed'] else 'confirmed by the other side'}"
        )
    gives = [*held["gives"]]
    gives[number - 1] = {**one, "confirmed": True}
    after = {**held, "gives": gives}
    owed = statement(after, name, one["by"])
    if abs(owed.owed_to_it) > owed.limit:
        raise Refused(
            f"{entry.author} would owe {owed.owed_to_it} {owed.currency}, and the limit of {name!r} is {owed.limit}"
        )
    _post(state, entry, held, name, number)
    state.put(SECTION, name, after)


def mutual(one: str, other: str) -> str:
    """The account of what one partner owes another by barter."""
    return f"Equity:Barter:{account_part(one)}:{account_part(other)}"


def confirmation(held: Mapping[str, Any], barter: str, number: int) -> dict[str, Any] | None:
    """The journal that confirming what was given posts; None where the barter is in no ledger. Numbers count from 1."""
    if held["ledger"] is None:
        return None
    gift = held["gives"][number - 1]
    taker = next(p for p in held["between"] if p != gift["by"])
    worth, currency = from_minor(gift["units"], held["currency"]), held["currency"]
    postings = [[mutual(taker, gift["by"]), f"{worth}", currency], [mutual(gift["by"], taker), f"{-worth}", currency]]
    narration = f"{gift['by']} gives {taker}: {gift['what']}, {gift['quantity']}"
    transaction = {"date": gift["date"], "narration": narration, "postings": postings}
    return {"key": f"barter-{barter}-{number}", "transactions": [transaction]}


def _post(state: State, entry: Entry, held: Mapping[str, Any], name: str, number: int) -> None:
    wanted = confirmation(held, name, number)
    if wanted is None:
        if "journal" in entry.body or "ledger" in entry.body:
            raise Refused(f"{name!r} is in no ledger, and moves nothing there")
        return
    ledger = held["ledger"]
    if field(entry, "ledger", str) != ledger or field(entry, "journal", dict) != wanted:
        raise Refused(f"number {number} of {name!r} is posted in the ledger {ledger!r} by the journal {wanted}")
    for one, other in (held["between"], held["between"][::-1]):
        if state.get("ledger_accounts", f"{ledger}/{mutual(one, other)}") is None:
            open_account(state, ledger, mutual(one, other), {"partner": one})
    try:
        checked = check_journal(wanted)
    except FundingError as error:
        raise Refused(str(error)) from None
    post_checked(state, entry, ledger, wanted, checked)
    bind(
        state,
        ledger,
        wanted["key"],
        f"both sides of {name!r} agreed to it; what is given back is another gift (barter.give)",
    )


def _side(state: State, entry: Entry) -> tuple[str, Any]:
    name = field(entry, "barter", str)
    held = state.get(SECTION, name)
    if held is None:
        raise Refused(
            f"there is no barter {name!r}; {nearest(name, state.section(SECTION)) or 'barter.open makes one'}"
        )
    if entry.author not in held["between"]:
        raise Refused(f"{entry.author} is no side of {name!r}; its sides are {' and '.join(held['between'])}")
    return name, held


def _units(text: str, currency: str) -> int:
    try:
        amount = amount_of(text, currency)
    except FundingError as error:
        raise Refused(str(error)) from None
    if amount <= 0:
        raise Refused(f"{amount} {currency} is nothing; a value is more")
    return int(amount.scaleb(minor_digits(currency)))


KINDS = (
    Kind("barter.open", open_barter, "a mutual account with another partner"),
    Kind("barter.give", give, "what a partner gave the other, at which value"),
    Kind("barter.confirm", confirm, "the other side confirms the account, or what was given"),
)
