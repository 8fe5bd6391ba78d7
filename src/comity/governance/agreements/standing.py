"""Which agreements bind whom at a moment: pure functions of the record's state and the time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from comity.governance.agreements import obligations as owed
from comity.governance.agreements.document import Agreement
from comity.governance.agreements.model_terms import end_of
from comity.governance.agreements.obligations import Obligation
from comity.governance.agreements.terms import consents_needed
from comity.record import State, moment
from comity.record.canonical import canonical

#: The section of the state: agreements by identifier.
SECTION = "agreements"


@dataclass(frozen=True, slots=True)
class Standing:
    """The version of an agreement that is in force at a moment, since when it and the agreement bind, and whom."""

    agreement: Agreement
    digest: str
    since: datetime
    version_since: datetime
    parties: tuple[str, ...]


def standing(state: State, agreement: str, at: datetime) -> Standing | None:
    """What is in force of an agreement at a moment (aware, UTC); None when nothing is, or it is not on the record."""
    return _standing(state, agreement, at, frozenset())


def in_force(state: State, agreement: str, at: datetime) -> bool:
    """Does an agreement bind anybody at a moment?"""
    return standing(state, agreement, at) is not None


def parties_at(state: State, agreement: str, at: datetime) -> tuple[str, ...]:
    """Who is bound by an agreement at a moment, in the document's order; nobody when it is not in force."""
    now = standing(state, agreement, at)
    return now.parties if now is not None else ()


def obligations(state: State, at: datetime) -> tuple[Obligation, ...]:
    """What is owed at a moment under all agreements in force, by those whom they bind; those with a day come first."""
    found: list[Obligation] = []
    for name in sorted(state.section(SECTION)):
        now = standing(state, name, at)
        if now is not None:
            found += owed.obligations(now.agreement, in_force=now.since.date(), until=at.date(), parties=now.parties)
    dated = sorted((o for o in found if o.due is not None), key=lambda o: (str(o.due), o.agreement, o.party, o.what))
    return (*dated, *(o for o in found if o.due is None))


def document(version: Mapping[str, Any]) -> Agreement:
    """The document of a version on the record."""
    return _document(canonical(version["document"]))


@lru_cache(maxsize=256)
def _document(text: bytes) -> Agreement:
    return Agreement.from_record(json.loads(text))


def concluded(record: Mapping[str, Any], digest: str) -> datetime | None:
    """When all that a version needs to bind was done (without its delay); None when something still lacks."""
    version = record["versions"][digest]
    value = document(version)
    if version["amends"] is not None:
        return _amendment_agreed(record, digest, value)
    terms = value.entry_into_force
    acts = {p: moment(t) for p, t in _acts(version, terms.act).items() if p in value.parties}
    needed = len(value.parties) if terms.needed is None else terms.needed
    if len(acts) < needed or any(p not in acts for p in terms.named):
        return None
    # The moment at which enough had acted, and every named one was among them.
    return max([sorted(acts.values())[needed - 1], *(acts[p] for p in terms.named)])


def _acts(version: Mapping[str, Any], act: str) -> Mapping[str, str]:
    found: Mapping[str, str] = version["signatures" if act == "signature" else "ratifications"]
    return found


def _amendment_agreed(record: Mapping[str, Any], digest: str, value: Agreement) -> datetime | None:
    """When an amendment had the consent that the amended version asks of those whom it bound, and of who is new."""
    version = record["versions"][digest]
    terms = document(record["versions"][version["amends"]]).amendment
    acts = {p: moment(t) for p, t in _acts(version, terms.act).items()}
    bound = version["bound"]
    needed = consents_needed(terms.consent, len(bound))
    consents = sorted(acts[p] for p in bound if p in acts)
    new = [p for p in value.parties if p not in bound]
    if len(consents) < needed or any(p not in acts for p in new):
        return None
    last = [consents[needed - 1]] if needed else []
    return max([moment(version["time"]), *last, *(acts[p] for p in new)])


def _standing(state: State, name: str, at: datetime, seen: frozenset[str]) -> Standing | None:
    record = state.get(SECTION, name)
    if record is None or name in seen:
        return None
    since: datetime | None = None
    version_since: datetime | None = None
    current: str | None = None
    bound: dict[str, datetime] = {}
    for digest, version in sorted(record["versions"].items(), key=lambda item: item[1]["version"]):
        done = concluded(record, digest)
        if done is None or (version["amends"] is not None and version["amends"] != current):
            continue
        value = document(version)
        starts = value.entry_into_force.delay.after(done) if version["amends"] is None else done
        if starts > at:
            continue
        current, version_since = digest, starts
        since = since or starts
        bound = _bound(value, version, bound, starts)
    if current is None or since is None or version_since is None or _ended(record, at):
        return None
    value = document(record["versions"][current])
    last = end_of(value, since.date())
    if last is not None and at.date() > last:
        return None
    uppers = [u for u in value.agreement.under if state.get(SECTION, u) is not None]
    if any(_takes_it_along(state, upper, at) for upper in uppers):
        return None
    parties = tuple(
        p
        for p in value.parties
        if p in bound
        and bound[p] <= at
        and not _has_left(record, p, at)
        and not _left_above(state, uppers, p, at, seen | {name})
    )
    if len(parties) < value.termination.fewest_parties:
        return None
    return Standing(value, current, since, version_since, parties)


def _bound(
    value: Agreement, version: Mapping[str, Any], before: Mapping[str, datetime], starts: datetime
) -> dict[str, datetime]:
    """Since when each party is bound: by its own act, though not before entry into force; by an amendment, at once."""
    if version["amends"] is not None:
        return {p: before.get(p, starts) for p in value.parties}
    terms = value.entry_into_force
    acts = _acts(version, terms.act)
    return {p: max(starts, terms.delay.after(moment(t))) for p, t in acts.items() if p in value.parties}


def _ended(record: Mapping[str, Any], at: datetime) -> bool:
    ends = record["ends"]
    return ends is not None and moment(ends) <= at


def _has_left(record: Mapping[str, Any], party: str, at: datetime) -> bool:
    left = record["withdrawals"].get(party)
    return left is not None and moment(left["effective"]) <= at


def _takes_it_along(state: State, upper: str, at: datetime) -> bool:
    """Has an agreement above ended, and does what stands under it end with it?"""
    record = state.get(SECTION, upper)
    if not _ended(record, at):
        return False
    return document(record["versions"][record["current"]]).termination.takes_subordinate


def _left_above(state: State, uppers: list[str], party: str, at: datetime, seen: frozenset[str]) -> bool:
    """Has the party left an agreement above whose clause on withdrawal makes it leave this one too?"""
    for upper in uppers:
        if upper in seen:
            continue
        record = state.get(SECTION, upper)
        if record["current"] is None:
            continue
        value = document(record["versions"][record["current"]])
        terms = value.withdrawal
        if terms is not None and terms.takes_subordinate and _has_left(record, party, at):
            return True
        above = [u for u in value.agreement.under if state.get(SECTION, u) is not None]
        if _left_above(state, above, party, at, seen | {upper}):
            return True
    return False
