"""Entries of the record that propose, sign, ratify, amend and end agreements.

An agreement on the record is `{"versions": {digest: version}, "draft": digest | None, "current": digest | None,
"withdrawals": {party: {"notice", "effective"}}, "ending": {party: time}, "ends": time | None}`. A version is
`{"document", "version", "time", "by", "amends", "bound", "decision", "signatures", "ratifications"}`. `draft` is what may
still be signed, `current` the last version that has all it needs; since when it binds is a question of time (`standing`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from comity.governance.agreements.checking.references import references
from comity.governance.agreements.document import Agreement
from comity.governance.agreements.leaving import WithdrawalError, end_of_notice
from comity.governance.agreements.reading import Reading
from comity.governance.agreements.standing import SECTION, Standing, concluded, document, standing
from comity.governance.agreements.terms import consents_needed
from comity.model.problems import nearest
from comity.model.reading import Positions
from comity.model.yaml_tree import Node, Position
from comity.record import Entry, Kind, Refused, State, field, moment, only, timestamp

Record = dict[str, Any]
_NOWHERE = Positions(Node(Position("", 0, 0), "mapping"))


def propose(state: State, entry: Entry) -> None:
    """`agreement.propose` {document, digest}: a draft to sign. A new version takes the place of a draft not yet concluded."""
    only(entry, "document", "digest")
    value = _given(entry)
    record: Record = state.get(SECTION, value.id) or _blank()
    _alive(record, value.id)
    if entry.author not in value.parties:
        raise Refused(f"{entry.author} is no party to {value.id}; only a party may propose it")
    if record["current"] is not None:
        raise Refused(f"{value.id} is concluded; agreement.amend changes it")
    _newer(record, value)
    if record["draft"] is not None:
        draft = document(record["versions"][record["draft"]])
        if entry.author not in draft.parties:
            raise Refused(f"{entry.author} is no party to the draft of {value.id} that this would replace")
    _add(state, value, record, _version(entry, value))


def amend(state: State, entry: Entry) -> None:
    """`agreement.amend` {agreement, document, digest, decision?}: a new version of one in force, to be agreed to as its
    clause on amendment asks."""
    only(entry, "agreement", "document", "digest", "decision")
    name, value = field(entry, "agreement", str), _given(entry)
    record, now = _bound(state, entry, name)
    if value.id != name:
        raise Refused(f"the document calls itself {value.id!r}, not {name!r}")
    _newer(record, value)
    gone = [p for p in now.parties if p not in value.parties]
    if gone:
        raise Refused(f"the new version leaves out {', '.join(gone)}; a party leaves by agreement.withdraw")
    terms = now.agreement.amendment
    decision = field(entry, "decision", str, default=None)
    if terms.consent == "decision":
        _of_its_body(state, name, decision, terms.decision_of, "amended")
    version = _version(entry, value)
    version |= {"amends": record["current"], "bound": list(now.parties), "decision": decision}
    _add(state, value, record, version)


def sign(state: State, entry: Entry) -> None:
    """`agreement.sign` {agreement, digest}: its author signs that very text."""
    _act(state, entry, "signatures")


def ratify(state: State, entry: Entry) -> None:
    """`agreement.ratify` {agreement, digest}: its author, who signed it, ratifies that very text."""
    _act(state, entry, "ratifications")


def withdraw(state: State, entry: Entry) -> None:
    """`agreement.withdraw` {agreement}: notice of withdrawal; the party stays bound until the notice has run."""
    only(entry, "agreement")
    name = field(entry, "agreement", str)
    record, now = _bound(state, entry, name)
    if entry.author in record["withdrawals"]:
        effective = record["withdrawals"][entry.author]["effective"]
        raise Refused(f"{entry.author} gave notice already; it takes effect at {effective}")
    try:
        end_of_notice(now.agreement, entry.author, entry.at.date(), in_force=now.since.date())
    except WithdrawalError as error:
        raise Refused(str(error)) from None
    terms = now.agreement.withdrawal
    assert terms is not None
    notice = {"notice": entry.time, "effective": timestamp(terms.notice.after(entry.at))}
    state.put(SECTION, name, {**record, "withdrawals": {**record["withdrawals"], entry.author: notice}})


def terminate(state: State, entry: Entry) -> None:
    """`agreement.terminate` {agreement, way?, decision?}: agrees to its end (`way: consent`), or gives notice."""
    only(entry, "agreement", "way", "decision")
    name, way = field(entry, "agreement", str), field(entry, "way", str, default="consent")
    record, now = _bound(state, entry, name)
    terms = now.agreement.termination
    if way == "notice":
        if terms.notice is None:
            raise Refused(f"{name} cannot be ended by notice; its clause on termination gives none")
        ends, ending = timestamp(terms.notice.after(entry.at)), record["ending"]
        if record["ends"] is not None and moment(record["ends"]) <= moment(ends):
            raise Refused(f"{name} ends at {record['ends']} already")
    elif way == "consent":
        if entry.author in record["ending"]:
            raise Refused(f"{entry.author} has agreed to end {name} already")
        if terms.consent == "decision":
            _of_its_body(state, name, field(entry, "decision", str, default=None), terms.decision_of, "ended")
        ending = {**record["ending"], entry.author: entry.time}
        agreed = sum(1 for p in now.parties if p in ending)
        ends = entry.time if agreed >= consents_needed(terms.consent, len(now.parties)) else record["ends"]
    else:
        raise Refused(f"the way is {way!r}; {nearest(way, ('consent', 'notice')) or 'it is consent or notice'}")
    state.put(SECTION, name, {**record, "ending": ending, "ends": ends})


# --- parts -----------------------------------------------------------------------------------------------------------------


def _blank() -> Record:
    return {"versions": {}, "draft": None, "current": None, "withdrawals": {}, "ending": {}, "ends": None}


def _given(entry: Entry) -> Agreement:
    """The document in an entry, checked by itself, with the digest that the entry says."""
    try:
        value = Agreement.from_record(field(entry, "document", dict))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Refused(f"the document is no agreement: {place}: {first['msg']}") from None
    except ValueError as error:
        raise Refused(f"the document is no agreement: {error}") from None
    for wrong in references(Reading(Path(value.id), value, (), _NOWHERE), value):
        raise Refused(f"the document is no agreement: {wrong.message}")
    said = field(entry, "digest", str)
    if said != value.digest:
        raise Refused(f"the digest of the document is {value.digest}, not {said}")
    return value


def _newer(record: Record, value: Agreement) -> None:
    if value.digest in record["versions"]:
        raise Refused(f"this very text of {value.id} is on the record already")
    last = max((v["version"] for v in record["versions"].values()), default=0)
    if value.agreement.version <= last:
        raise Refused(f"version {value.agreement.version} of {value.id} is not new; the next is {last + 1}")


def _version(entry: Entry, value: Agreement) -> Record:
    return {
        "document": value.to_record(),
        "version": value.agreement.version,
        "time": entry.time,
        "by": entry.author,
        "amends": None,
        "bound": None,
        "decision": None,
        "signatures": {},
        "ratifications": {},
    }


def _add(state: State, value: Agreement, record: Record, version: Record) -> None:
    changed = {**record, "versions": {**record["versions"], value.digest: version}, "draft": value.digest}
    state.put(SECTION, value.id, _settled(changed, value.digest))


def _of_its_body(state: State, name: str, decision: str | None, body: str, done: str) -> None:
    """Refused unless the decision is of the body that the clause names. Whether it passed is the guard's to ask."""
    if decision is None or not body:
        whose = body or "a body that its clause should name as decision_of"
        raise Refused(f"{name} is {done} by a decision of {whose}; name it as decision")
    held = state.get("decisions", decision)
    if held is None or held["body"] != body:
        of = "is not on the record" if held is None else f"is of {held['body']}"
        raise Refused(f"{name} is {done} by a decision of {body}; the decision {decision!r} {of}")


def _settled(record: Record, digest: str) -> Record:
    """The record with a version as current as soon as it has all that it needs."""
    if record["draft"] == digest and concluded(record, digest) is not None:
        return {**record, "draft": None, "current": digest}
    return record


def _alive(record: Record, name: str) -> None:
    if record["ends"] is not None:
        raise Refused(f"{name} was ended at {record['ends']}; give a new agreement another id")


def _on_record(state: State, name: str) -> Record:
    record: Record | None = state.get(SECTION, name)
    if record is None:
        known = state.section(SECTION)
        raise Refused(
            f"no agreement {name!r} is on the record; {nearest(name, known) or 'agreement.propose puts one there'}"
        )
    return record


def _bound(state: State, entry: Entry, name: str) -> tuple[Record, Standing]:
    """The agreement's record and what is in force of it; Refused unless it binds the entry's author at its time."""
    record = _on_record(state, name)
    now = standing(state, name, entry.at)
    if now is None:
        raise Refused(f"{name} is not in force at {entry.time}")
    if entry.author not in now.parties:
        raise Refused(
            f"{entry.author} is not bound by {name} at {entry.time}; those bound are {', '.join(now.parties)}"
        )
    return record, now


def _act(state: State, entry: Entry, acts: str) -> None:
    only(entry, "agreement", "digest")
    name, digest = field(entry, "agreement", str), field(entry, "digest", str)
    record = _on_record(state, name)
    _alive(record, name)
    version = record["versions"].get(digest)
    if version is None:
        raise Refused(f"no version of {name} has the digest {digest[:12]}; it must be that of the text proposed")
    if digest not in (record["draft"], record["current"]):
        raise Refused(f"version {version['version']} of {name} was replaced by a later one; sign that")
    value, done = document(version), "sign" if acts == "signatures" else "ratify"
    if entry.author not in value.parties:
        raise Refused(
            f"{entry.author} is no party to {name}, and cannot {done} it; its parties are {', '.join(value.parties)}"
        )
    if entry.author in record["withdrawals"]:
        raise Refused(f"{entry.author} gave notice of withdrawal from {name}")
    if entry.author in version[acts]:
        raise Refused(f"{entry.author} did {done} this text of {name} at {version[acts][entry.author]}")
    if acts == "ratifications":
        needs = value.entry_into_force.act
        if version["amends"] is not None:
            needs = document(record["versions"][version["amends"]]).amendment.act
        if needs != "ratification":
            raise Refused(f"{name} is concluded by signature and needs no ratification")
        if entry.author not in version["signatures"]:
            raise Refused(f"{entry.author} has not signed {name}, and ratifies what it signed")
    versions = {**record["versions"], digest: {**version, acts: {**version[acts], entry.author: entry.time}}}
    state.put(SECTION, name, _settled({**record, "versions": versions}, digest))


KINDS: tuple[Kind, ...] = (
    Kind("agreement.propose", propose, "puts a draft of an agreement forward"),
    Kind("agreement.sign", sign, "signs the text with a digest"),
    Kind("agreement.ratify", ratify, "ratifies a signed text"),
    Kind("agreement.amend", amend, "puts forward a new version of an agreement in force"),
    Kind("agreement.withdraw", withdraw, "gives notice of withdrawal"),
    Kind("agreement.terminate", terminate, "agrees to an agreement's end, or gives notice of it"),
)
