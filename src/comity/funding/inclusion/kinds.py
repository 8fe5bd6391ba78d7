"""A real place for small partners, on the record: the reserved part of the pool, what is offered and needed, what is agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from comity.funding.amounts import minor_digits
from comity.funding.inclusion.capacity import Exchange, Need, Offer, fit
from comity.funding.ledger import accounts_of, from_minor
from comity.funding.ledger.reserve import RESERVES, Room, rooms, set_reserve
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, field, only

OFFERS, NEEDS, AGREED = "capacity_offers", "capacity_needs", "capacity_agreed"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class ReserveStanding:
    """How a ledger keeps its reserve: what should be spent for its partners of all that was, what is, and room for others.

    The ledger refuses what would go beyond that room (`comity.funding.ledger.reserve`).
    """

    ledger: str
    fraction: str
    currency: str
    due: Decimal
    spent: Decimal
    by_partner: Mapping[str, Decimal]
    rooms: tuple[Room, ...]

    @property
    def kept(self) -> bool:
        """Is at least the reserved part spent for them?"""
        return self.spent >= self.due


def reserve(state: State, entry: Entry) -> None:
    """`inclusion.reserve`: the part of a ledger's spending that is for emerging partners; by a decision, or signed by all."""
    only(entry, "ledger", "fraction", "partners")
    by_all_or_decided(state, entry)
    ledger = field(entry, "ledger", str)
    if state.get("ledgers", ledger) is None:
        known = state.section("ledgers")
        raise Refused(f"there is no ledger {ledger!r}; {nearest(ledger, known) or 'ledger.open opens one'}")
    try:
        fraction = Fraction(field(entry, "fraction", str))
    except (ValueError, ZeroDivisionError):
        raise Refused(f"the fraction {entry.body['fraction']!r} is none; write it as 1/20 or 0.05") from None
    if not 0 <= fraction <= 1:
        raise Refused(f"the fraction {fraction} is not between 0 and 1")
    partners = field(entry, "partners", list)
    for one in partners:
        if not isinstance(one, str) or state.get("parties", one) is None:
            hint = nearest(str(one), state.section("parties")) or "name parties of this record"
            raise Refused(f"{one!r} is no party to this record; {hint}")
    if not partners or len(set(partners)) < len(partners):
        raise Refused("the reserve names for whom it is, each partner once")
    set_reserve(state, ledger, fraction, partners, since=entry.time)


def reserve_standing(state: State, ledger: str) -> ReserveStanding:
    """What a ledger spent for emerging partners against what it reserves: expenses on accounts of theirs over all expenses.

    In the ledger's currency alone. KeyError when it reserves nothing.
    """
    held = state.get(RESERVES, ledger)
    if held is None:
        raise KeyError(f"the ledger {ledger!r} reserves nothing; inclusion.reserve does")
    currency = state.get("ledgers", ledger)["currency"]
    whole, theirs = Decimal(0), {p: Decimal(0) for p in held["partners"]}
    for account in accounts_of(state, ledger):
        if not account.name.startswith("Expenses:"):
            continue
        balances = state.get("ledger_balances", f"{ledger}/{account.name}") or {}
        spent = from_minor(balances.get(currency, 0), currency)
        whole += spent
        if account.partner in theirs:
            theirs[account.partner] += spent
    part = Fraction(held["fraction"])
    due = round(whole * part.numerator / part.denominator, minor_digits(currency))
    return ReserveStanding(
        ledger, held["fraction"], currency, due, sum(theirs.values(), Decimal(0)), theirs, rooms(state, ledger)
    )


def offer(state: State, entry: Entry) -> None:
    """`capacity.offer`: what the author offers; the same name again replaces its own offer."""
    _given(state, entry, "offer", OFFERS, Offer, "giver")


def need(state: State, entry: Entry) -> None:
    """`capacity.need`: what the author needs; the same name again replaces its own need."""
    _given(state, entry, "need", NEEDS, Need, "taker")


def _given(state: State, entry: Entry, what: str, section: str, kind: type[Offer] | type[Need], author: str) -> None:
    only(entry, what, "document", "withdrawn")
    name = field(entry, what, str)
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name of {what}; write small letters, digits and '-', such as kibo-2027")
    before = state.get(section, name)
    if before is not None and before["document"][author] != entry.author:
        raise Refused(f"the {what} {name!r} is of {before['document'][author]}; choose another name")
    pending = [key for key, _ in _agreements(state, what, name)]
    if settled := next((key for key, by in _agreements(state, what, name) if len(by) == 2), None):
        raise Refused(f"the {what} {name!r} is agreed ({settled.replace('/', ' to ')}), and does not change any more")
    for key in pending:  # what one side had accepted was of what stood there before
        state.remove(AGREED, key)
    if field(entry, "withdrawn", bool, default=False):
        if before is None:
            raise Refused(f"there is no {what} {name!r} to withdraw")
        state.remove(section, name)
        return
    document = {**field(entry, "document", dict), author: entry.author}
    try:
        value = kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refused(f"the {what}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    plain = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    state.put(section, name, {"document": plain, "time": entry.time})


def _agreements(state: State, what: str, name: str) -> Iterator[tuple[str, list[str]]]:
    """What was accepted of an offer or a need: `OFFER/NEED` and by whom."""
    place = 0 if what == "offer" else 1
    for key, value in state.section(AGREED).items():
        if key.split("/")[place] == name:
            yield key, value["by"]


def accept(state: State, entry: Entry) -> None:
    """`capacity.accept`: that an offer goes to a need; said by both its giver and its taker, it is agreed."""
    only(entry, "offer", "need")
    o, n = field(entry, "offer", str), field(entry, "need", str)
    given, wanted = state.get(OFFERS, o), state.get(NEEDS, n)
    for name, value, section, what in ((o, given, OFFERS, "offer"), (n, wanted, NEEDS, "need")):
        if value is None:
            raise Refused(
                f"there is no {what} {name!r}; {nearest(name, state.section(section)) or f'capacity.{what} makes one'}"
            )
    sides = (given["document"]["giver"], wanted["document"]["taker"])
    if entry.author not in sides:
        raise Refused(f"{entry.author} is neither who offers {o!r} ({sides[0]}) nor who needs {n!r} ({sides[1]})")
    fits = fit(Need.model_validate(wanted["document"]), Offer.model_validate(given["document"]))
    if not fits.score:
        raise Refused(f"{o!r} does not serve {n!r}: {fits.why}")
    key = f"{o}/{n}"
    said = {*(state.get(AGREED, key) or {"by": []})["by"]}
    if entry.author in said:
        raise Refused(f"{entry.author} has accepted that already")
    other = next((k for k, by in _agreements(state, "need", n) if k != key and len(by) == 2), None)
    if other is not None:
        raise Refused(f"the need {n!r} has {other.split('/')[0]!r} already")
    if said:
        held = sum(len(by) == 2 for _, by in _agreements(state, "offer", o))
        places = given["document"].get("places", 1)
        if held >= places:
            raise Refused(f"all {places} places of {o!r} are agreed already")
    state.put(AGREED, key, {"by": sorted({*said, entry.author}), "time": entry.time})


def exchange_on(state: State) -> Exchange:
    """What is offered and needed on a record."""

    def documents(section: str) -> dict[str, Any]:
        return {name: value["document"] for name, value in state.section(section).items()}

    return Exchange.model_validate({"offers": documents(OFFERS), "needs": documents(NEEDS)})


KINDS = (
    Kind(
        "inclusion.reserve", reserve, "the part of a ledger's spending that is for emerging partners", decidable=True,
        entrusted=True,
    ),
    Kind("capacity.offer", offer, "training, expertise, data, instrument time or a ride that a partner offers"),
    Kind("capacity.need", need, "what a partner needs"),
    Kind("capacity.accept", accept, "that an offer goes to a need, once both have said so"),
)  # fmt: skip
