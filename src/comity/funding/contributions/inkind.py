"""Contributions in kind: offered, valued by decision, accepted milestone by milestone, revalued only by decision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.amounts import amount_of, split
from comity.funding.contributions import dues
from comity.funding.contributions.checks import check_same, day_of, income, number, post_opening, receivable, to_minor
from comity.funding.errors import FundingError
from comity.funding.ledger import account_part, from_minor
from comity.funding.ledger.posting import bind, reverse
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, deciding_body, field, only

SECTION = "inkind"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def offer(state: State, entry: Entry) -> None:
    """`inkind.offer`: what a partner will deliver for which mission and element, in milestones, and which body accepts them.

    `counts`: whether what is accepted pays what its partner was called for, as far as something is due.
    """
    only(entry, "offer", "ledger", "mission", "element", "deliverable", "milestones", "counts", "approves")
    name = field(entry, "offer", str)
    if not _NAME.fullmatch(name) or state.get(SECTION, name) is not None:
        raise Refused(f"{name!r} is taken, or no name of small letters, digits and '-'")
    for what, section in (("ledger", "ledgers"), ("approves", "bodies")):
        meant = field(entry, what, str)
        if state.get(section, meant) is None:
            raise Refused(f"there is no {what} {meant!r} on the record; {nearest(meant, state.section(section))}")
    value = {
        "partner": entry.author,
        "ledger": entry.body["ledger"],
        "mission": field(entry, "mission", str),
        "element": field(entry, "element", str),
        "deliverable": field(entry, "deliverable", str),
        "milestones": _milestones(field(entry, "milestones", list)),
        "counts": field(entry, "counts", bool, default=False),
        "approves": entry.body["approves"],
        "value": None,
        "accepted": {},
        "journals": {},
        "changes": [],
    }
    for part in (value["mission"], value["element"]):
        try:
            account_part(part)
        except FundingError as error:
            raise Refused(str(error)) from None
    state.put(SECTION, name, value)


def _milestones(given: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in given:
        if not isinstance(one, dict) or one.keys() != {"id", "name", "part", "criteria"}:
            raise Refused("a milestone is a map of id, name, part (of the value, such as 1/4) and criteria")
        if not isinstance(one["id"], str) or not isinstance(one["name"], str):
            raise Refused(f"the id and the name of a milestone are text, not {one['id']!r} and {one['name']!r}")
        part = number(one["part"])
        if part <= 0 or not isinstance(one["criteria"], list) or not one["criteria"]:
            raise Refused(f"the milestone {one['id']!r} has a part of more than nothing, and criteria")
        found.append({**one, "part": str(part)})
    names = [m["id"] for m in found]
    if not found or len(set(names)) < len(names) or sum(Fraction(m["part"]) for m in found) != 1:
        raise Refused("milestones have ids of their own, and parts that come to 1")
    return found


def value(state: State, entry: Entry) -> None:
    """`inkind.value`: what it is worth, agreed once; by a decision, or signed by all parties."""
    only(entry, "offer", "amount", "currency", "economic_conditions")
    by_all_or_decided(state, entry)
    name, held = _held(state, entry)
    if held["value"] is not None:
        raise Refused(f"{name!r} is valued already; inkind.revalue changes that, by a decision")
    state.put(SECTION, name, {**held, "value": _worth(entry)})


def revalue(state: State, entry: Entry) -> None:
    """`inkind.revalue`: another value; only as what a decision of its body does. What is accepted stays at its value."""
    only(entry, "offer", "amount", "currency", "economic_conditions", "reason")
    name, held = _held(state, entry)
    if deciding_body(entry) != held["approves"]:
        raise Refused(f"{name!r} is revalued only by a decision of {held['approves']}")
    if held["value"] is None:
        raise Refused(f"{name!r} is not valued yet; inkind.value does")
    new = _worth(entry)
    if new["currency"] != held["value"]["currency"]:
        raise Refused(f"{name!r} is valued in {held['value']['currency']}, and stays so")
    change = {
        "time": entry.time,
        "reason": field(entry, "reason", str),
        "from": held["value"]["amount"],
        "to": new["amount"],
    }
    after = {**held, "value": new, "changes": [*held["changes"], change]}
    if any(a < 0 for a in milestone_values(after).values()):
        raise Refused(f"{new['amount']} {new['currency']} is less than what is accepted already")
    state.put(SECTION, name, after)


def milestone_values(held: Mapping[str, Any]) -> dict[str, Decimal]:
    """What each milestone is worth: those that are accepted as they were, the rest by its parts of what is left."""
    currency = held["value"]["currency"]
    accepted = {m: from_minor(units, currency) for m, units in held["accepted"].items()}
    left = Decimal(held["value"]["amount"]) - sum(accepted.values(), Decimal(0))
    rest = {m["id"]: Fraction(m["part"]) for m in held["milestones"] if m["id"] not in accepted}
    return {**accepted, **(split(left, rest, currency=currency) if rest else {})}


def acceptance(state: State, name: str, milestone: str, *, key: str, day: str) -> dict[str, Any]:
    """The journal that accepting a milestone posts: an expense in kind; against what its partner owes, or as income.

    Refused when there is no such offer or milestone, or it has no value yet.
    """
    held = state.get(SECTION, name)
    if held is None:
        raise Refused(f"there is no offer in kind {name!r}; {nearest(name, state.section(SECTION))}")
    ids = [m["id"] for m in held["milestones"]]
    if milestone not in ids:
        raise Refused(f"{name!r} has no milestone {milestone!r}; {nearest(milestone, ids) or ', '.join(ids)}")
    if held["value"] is None:
        raise Refused(f"{name!r} is not valued yet; inkind.value does")
    currency, worth = held["value"]["currency"], milestone_values(held)[milestone]
    partner, owed = held["partner"], 0
    if held["counts"]:
        parts, _ = dues.applied(state, held["ledger"], partner, currency, to_minor(worth, currency))
        owed = sum(units for _, units in parts)
    paid = from_minor(owed, currency)
    expense = f"Expenses:InKind:{account_part(held['mission'])}:{account_part(held['element'])}"
    postings = [[expense, f"{worth}", currency]]
    if owed:
        postings.append([receivable(partner), f"{-paid}", currency])
    if worth - paid:
        postings.append([income("InKind", partner), f"{paid - worth}", currency])
    narration = f"{partner}, in kind: {held['deliverable']}, {milestone}"
    return {"key": key, "transactions": [{"date": day, "narration": narration, "postings": postings}]}


def accept(state: State, entry: Entry) -> None:
    """`inkind.accept`: a milestone is accepted, and its value booked; only as what a decision of its body does."""
    only(entry, "offer", "milestone", "ledger", "journal")
    name, held = _held(state, entry)
    milestone = field(entry, "milestone", str)
    if deciding_body(entry) != held["approves"]:
        raise Refused(f"milestones of {name!r} are accepted by decisions of {held['approves']}")
    if milestone in held["accepted"]:
        raise Refused(f"the milestone {milestone!r} of {name!r} is accepted already")
    journal = field(entry, "journal", dict)
    if field(entry, "ledger", str) != held["ledger"]:
        raise Refused(f"{name!r} is kept in the ledger {held['ledger']!r}, not {entry.body['ledger']!r}")
    day = day_of(journal)
    wanted = acceptance(state, name, milestone, key=str(journal.get("key")), day=day)
    check_same(journal, wanted)
    expense = wanted["transactions"][0]["postings"][0][0]
    place = {expense: {"mission": held["mission"], "element": held["element"]}}
    post_opening(state, entry, held["ledger"], journal, [held["partner"]], **place)
    currency = held["value"]["currency"]
    worth = to_minor(milestone_values(held)[milestone], currency)
    if held["counts"]:
        parts, _ = dues.applied(state, held["ledger"], held["partner"], currency, worth)
        dues.put_paid(state, held["ledger"], parts, day=day, journal=journal["key"])
    why = f"it accepted {milestone!r} of {name!r}; inkind.revoke, by a decision of {held['approves']}, takes back both"
    bind(state, held["ledger"], journal["key"], why)
    accepted, journals = {**held["accepted"], milestone: worth}, {**held["journals"], milestone: journal["key"]}
    state.put(SECTION, name, {**held, "accepted": accepted, "journals": journals})


def revoke(state: State, entry: Entry) -> None:
    """`inkind.revoke`: an acceptance is taken back, and what it booked; only as what a decision of its body does.

    What it had paid is due again, since its old day. The milestone may be accepted again.
    """
    only(entry, "offer", "milestone", "reason", "ledger", "date", "journal")
    name, held = _held(state, entry)
    milestone = field(entry, "milestone", str)
    if deciding_body(entry) != held["approves"]:
        raise Refused(f"the acceptance of {milestone!r} of {name!r} is revoked by a decision of {held['approves']}")
    if milestone not in held["accepted"]:
        raise Refused(f"the milestone {milestone!r} of {name!r} is not accepted")
    if field(entry, "ledger", str) != held["ledger"]:
        raise Refused(f"{name!r} is kept in the ledger {held['ledger']!r}, not {entry.body['ledger']!r}")
    field(entry, "reason", str)
    key = held["journals"][milestone]
    original = [(f"{key}/0", field(entry, "date", str))]
    reverse(state, entry, held["ledger"], original, field(entry, "journal", dict), undoes=key)
    accepted, journals = ({k: v for k, v in held[what].items() if k != milestone} for what in ("accepted", "journals"))
    state.put(SECTION, name, {**held, "accepted": accepted, "journals": journals})


def _worth(entry: Entry) -> dict[str, Any]:
    currency = field(entry, "currency", str)
    try:
        amount = amount_of(field(entry, "amount", str), currency)
    except FundingError as error:
        raise Refused(str(error)) from None
    if amount <= 0:
        raise Refused(f"a contribution in kind is worth more than {amount} {currency}")
    return {
        "amount": str(amount),
        "currency": currency,
        "economic_conditions": field(entry, "economic_conditions", int),
    }


def _held(state: State, entry: Entry) -> tuple[str, Any]:
    name = field(entry, "offer", str)
    held = state.get(SECTION, name)
    if held is None:
        raise Refused(
            f"there is no offer in kind {name!r}; {nearest(name, state.section(SECTION)) or 'inkind.offer makes one'}"
        )
    return name, held


KINDS = (
    Kind("inkind.offer", offer, "what a partner will deliver, in milestones"),
    Kind("inkind.value", value, "what a contribution in kind is worth", decidable=True, entrusted=True),
    Kind("inkind.accept", accept, "a milestone in kind is accepted, and its value booked", decidable=True),
    Kind("inkind.revoke", revoke, "the acceptance of a milestone in kind is taken back, and its value", decidable=True),
    Kind("inkind.revalue", revalue, "another value of a contribution in kind", decidable=True),
)
