"""Barter between two partners: what each gave the other, at agreed values, as one mutual account that is never paid in money.

As the partners of the space station offset launches, modules and use against each other without an exchange of funds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comity.funding.amounts import amount_of, minor_digits
from comity.funding.errors import FundingError
from comity.funding.ledger import from_minor
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
    only(entry, "barter", "with", "currency", "limit", "about")
    name, other, currency = field(entry, "barter", str), field(entry, "with", str), field(entry, "currency", str)
    if state.get(SECTION, name) is not None:
        raise Refused(f"there is a barter {name!r} already; choose another name")
    if state.get("parties", other) is None or other == entry.author:
        raise Refused(
            f"a barter is with another party of the record; {other!r} is none; {nearest(other, state.section('parties'))}"
        )
    value = {
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
    given = {
        "by": entry.author,
        "what": field(entry, "what", str),
        "quantity": field(entry, "quantity", str),
        "units": _units(field(entry, "value", str), held["currency"]),
        "date": field(entry, "date", str, default=entry.time[:10]),
        "confirmed": False,
    }
    state.put(SECTION, name, {**held, "gives": [*held["gives"], given]})


def confirm(state: State, entry: Entry) -> None:
    """`barter.confirm`: by the other side: that the account is open, or what was given, by its number from 1."""
    only(entry, "barter", "number")
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
    state.put(SECTION, name, after)


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
