"""Bodies on the record, and who of their members has a vote: seats given, arrears, suspensions."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from comity.governance.bodies import Body
from comity.governance.bodies import wrong as wrong_with
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, deciding_body, field, moment, only
from comity.record.canonical import canonical

SECTION, ARREARS, SUSPENSIONS = "bodies", "arrears", "suspensions"


def body_on(state: State, name: str) -> Body:
    """A body on the record. Refused, with the nearest name, when there is none."""
    value = state.get(SECTION, name)
    if value is None:
        hint = nearest(name, state.section(SECTION)) or "body.establish puts one there"
        raise Refused(f"there is no body {name!r} on the record; {hint}")
    return _body(canonical(value), name)


def body_value(body: Body) -> dict[str, Any]:
    """A body as an entry holds it."""
    plain: dict[str, Any] = body.model_dump(mode="json", exclude_defaults=True, exclude={"id"})
    return plain


@lru_cache(maxsize=256)
def _body(text: bytes, name: str) -> Body:
    return Body.model_validate(json.loads(text)).model_copy(update={"id": name})


def suspended(state: State, at: datetime) -> frozenset[str]:
    """The partners that are suspended at a moment."""
    return frozenset(
        partner
        for partner, value in state.section(SUSPENSIONS).items()
        if moment(value["since"]) <= at and (value["until"] is None or at < moment(value["until"]))
    )


# --- entries ---------------------------------------------------------------------------------------------------------------------


def establish(state: State, entry: Entry) -> None:
    """`body.establish`: a body, or what it is from now on; by a decision, or signed by all parties."""
    only(entry, "body", "document")
    by_all_or_decided(state, entry)
    name, document = field(entry, "body", str), field(entry, "document", dict)
    try:
        body = Body.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refused(f"the body {name!r}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for path, message, hint in wrong_with(body):
        raise Refused(f"the body {name!r}: {'.'.join(map(str, path))} {message}; {hint}")
    state.put(SECTION, name, body_value(body))


def owe(state: State, entry: Entry) -> None:
    """`body.arrears`: the members whose arrears exceed what the rules allow; by a decision, or signed by all parties."""
    only(entry, "body", "members")
    by_all_or_decided(state, entry)
    body, members = body_on(state, field(entry, "body", str)), field(entry, "members", list)
    for member in members:
        if not isinstance(member, str) or member not in body.names:
            raise Refused(f"{member!r} is no member of {body.id}; its members are {', '.join(body.names)}")
    state.put(ARREARS, body.id, sorted(set(members)))


def suspend(state: State, entry: Entry) -> None:
    """`partner.suspend`: a partner takes no part until reinstated, or until a time; it counts only as a decision."""
    only(entry, "partner", "reason", "agreement", "clause", "until")
    if deciding_body(entry) is None:
        raise Refused("a partner is suspended by a body's decision; propose it with decision.propose")
    partner, until = field(entry, "partner", str), field(entry, "until", str, default=None)
    if state.get("parties", partner) is None:
        raise Refused(f"{partner!r} is no party to this record")
    try:
        ends = None if until is None else moment(until)
    except ValueError as error:
        raise Refused(f"the field until of {entry.kind}: {error}") from None
    if ends is not None and ends <= entry.at:
        raise Refused(f"the suspension would end at {until}, which is past")
    clause = {k: field(entry, k, str, default=None) for k in ("agreement", "clause")}
    value = {"since": entry.time, "until": until, "reason": field(entry, "reason", str), **clause}
    state.put(SUSPENSIONS, partner, value)


def reinstate(state: State, entry: Entry) -> None:
    """`partner.reinstate`: ends a suspension; it counts only as a decision."""
    only(entry, "partner", "reason")
    partner = field(entry, "partner", str)
    if deciding_body(entry) is None:
        raise Refused("a partner is reinstated by a body's decision; propose it with decision.propose")
    if state.get(SUSPENSIONS, partner) is None:
        raise Refused(f"{partner!r} is not suspended")
    state.remove(SUSPENSIONS, partner)


#: What a suspended partner may still do: leave, look after its keys, speak, and stand up for itself in disputes.
STILL = ("party.leave", "key.", "decision.comment", "dispute.")


def bar(state: State, entry: Entry) -> None:
    """Refused when its author is suspended and this is not among what it may still do."""
    if entry.author in suspended(state, entry.at) and not entry.kind.startswith(STILL):
        value = state.get(SUSPENSIONS, entry.author)
        raise Refused(f"{entry.author} is suspended since {value['since']} ({value['reason']})")


KINDS = (
    Kind(
        "body.establish",
        establish,
        "a body: its members, and what it decides by which rule",
        decidable=True,
        entrusted=True,
    ),
    Kind("body.arrears", owe, "the members whose arrears suspend their vote", decidable=True, entrusted=True),
    Kind("partner.suspend", suspend, "a partner takes no part until it is reinstated", decidable=True, entrusted=True),
    Kind("partner.reinstate", reinstate, "a suspension ends", decidable=True, entrusted=True),
)
GUARDS = (bar,)
