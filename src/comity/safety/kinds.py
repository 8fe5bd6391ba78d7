"""Safety on the record: checklists that partners agreed, the evidence that owners sign, what others accept, what a body waives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, deciding_body, field, moment, only
from comity.safety.phases import PHASES

#: Sections of the state: checklists by name; what was said on each item by `CHECKLIST/ITEM`.
LISTS, SAID = "safety_checklists", "safety_evidence"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ITEM = re.compile(r"[a-z0-9][a-z0-9_./-]{0,127}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_ITEMS = 500


def agree(state: State, entry: Entry) -> None:
    """`safety.agree`: a mission's checklist, with the owner of each item and who accepts evidence; by a decision, or signed
    by all parties. Agreed anew, what was said of items that stay as they were stays."""
    only(entry, "checklist", "mission", "items", "accepts")
    by_all_or_decided(state, entry)
    name, mission = field(entry, "checklist", str), field(entry, "mission", str)
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name of a checklist; write small letters, digits and '-', such as lander-1")
    items, accepts = field(entry, "items", dict), field(entry, "accepts", list, default=[])
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Refused(f"a checklist has from 1 to {MOST_ITEMS} items, not {len(items)}")
    for key, item in sorted(items.items()):
        _check_item(state, key, item)
    for who in accepts:
        _party(state, who, "accepts evidence")
    held = state.get(LISTS, name)
    for key in held["items"] if held else ():
        if items.get(key) != held["items"][key] and state.get(SAID, f"{name}/{key}") is not None:
            state.remove(SAID, f"{name}/{key}")
    value = {"mission": mission, "items": items, "accepts": sorted(set(accepts)), "since": entry.time}
    state.put(LISTS, name, value)


def _check_item(state: State, key: str, item: Any) -> None:
    if not _ITEM.fullmatch(key):
        raise Refused(f"{key!r} is no name of an item")
    if not isinstance(item, dict) or set(item) != {"name", "phase", "owner", "evidence"}:
        raise Refused(f"the item {key!r} is a map of name, phase, owner and evidence")
    if not all(isinstance(v, str) and v for v in item.values()):
        raise Refused(f"the fields of the item {key!r} are text, none of them empty")
    if item["phase"] not in PHASES:
        raise Refused(
            f"the phase {item['phase']!r} of {key!r} is none; {nearest(item['phase'], PHASES) or ', '.join(PHASES)}"
        )
    _party(state, item["owner"], f"owns {key}")


def _party(state: State, who: Any, what: str) -> None:
    if not isinstance(who, str) or state.get("parties", who) is None:
        hint = nearest(str(who), state.section("parties")) or "name parties of this record"
        raise Refused(f"{who!r} {what} and is no party to this record; {hint}")


def sign(state: State, entry: Entry) -> None:
    """`safety.sign`: evidence for an item, by its owner: a file by its SHA-256, a link, or a decision on this record."""
    only(entry, "checklist", "item", "evidence", "note")
    _, item, key = _item(state, entry)
    if entry.author != item["owner"]:
        raise Refused(f"{key} is {item['owner']}'s to show, not {entry.author}'s")
    evidence = field(entry, "evidence", dict)
    _check_evidence(state, evidence)
    before = state.get(SAID, key)
    if before is not None and before.get("accepted"):
        raise Refused(f"the evidence for {key} is accepted by {before['accepted']['by']} already")
    said = {"by": entry.author, "time": entry.time, "entry": entry.id, "evidence": evidence}
    note = field(entry, "note", str, default="")
    kept = {"waived": before["waived"]} if before is not None and before.get("waived") else {}
    state.put(SAID, key, {**kept, "signed": {**said, **({"note": note} if note else {})}})


def _check_evidence(state: State, evidence: Mapping[str, Any]) -> None:
    form = set(evidence)
    if not all(isinstance(v, str) and v for v in evidence.values()) or form not in (
        {"file", "sha256"},
        {"link"},
        {"decision"},
    ):
        raise Refused("evidence is a file with its sha256, a link, or a decision")
    if "sha256" in form and not _DIGEST.fullmatch(evidence["sha256"]):
        raise Refused("the sha256 of a file has 64 hexadecimal digits, small")
    if "link" in form and not evidence["link"].startswith(("https://", "http://", "doi:")):
        raise Refused("a link begins with https://, http:// or doi:")
    if "decision" in form:
        decision = state.get("decisions", evidence["decision"])
        if decision is None or decision["status"] not in ("passed", "enacted"):
            known = [n for n, d in state.section("decisions").items() if d["status"] in ("passed", "enacted")]
            hint = nearest(evidence["decision"], known) or "decision.propose makes one"
            status = "not on the record" if decision is None else str(decision["status"])
            raise Refused(f"the decision {evidence['decision']!r} is {status}; {hint}")


def accept(state: State, entry: Entry) -> None:
    """`safety.accept`: that the evidence suffices; by a party that accepts and did not give it, or by a decision."""
    only(entry, "checklist", "item", "signed")
    key, said = _judged(state, entry)
    state.put(SAID, key, {**said, "accepted": {"by": entry.author, "time": entry.time}})


def refuse(state: State, entry: Entry) -> None:
    """`safety.refuse`: that it does not, and why; by the same."""
    only(entry, "checklist", "item", "signed", "reason")
    reason = field(entry, "reason", str)
    key, said = _judged(state, entry)
    state.put(SAID, key, {**said, "refused": {"by": entry.author, "time": entry.time, "reason": reason}})


def _judged(state: State, entry: Entry) -> tuple[str, Mapping[str, Any]]:
    """The evidence that is judged, which the entry names by the entry that signed it."""
    held, item, key = _item(state, entry)
    said = state.get(SAID, key)
    if said is None or "signed" not in said:
        raise Refused(f"nothing is signed for {key} yet; {item['owner']} owes it")
    if field(entry, "signed", str) != said["signed"]["entry"]:
        raise Refused(f"the evidence for {key} has changed: it is of entry {said['signed']['entry'][:12]}")
    for word in ("accepted", "refused"):
        if said.get(word):
            raise Refused(f"the evidence for {key} is {word} by {said[word]['by']} already")
    if deciding_body(entry) is None:
        if entry.author == said["signed"]["by"]:
            raise Refused(f"{entry.author} gave the evidence for {key}; another party judges it")
        if held["accepts"] and entry.author not in held["accepts"]:
            raise Refused(f"{', '.join(held['accepts'])} accept evidence of this checklist, not {entry.author}")
    return key, said


def waive(state: State, entry: Entry) -> None:
    """`safety.waive`: that an item need not be shown, for a reason and perhaps until a time; it counts only as a decision."""
    only(entry, "checklist", "item", "reason", "until")
    if deciding_body(entry) is None:
        raise Refused("a waiver is a body's decision; propose it with decision.propose")
    _, _, key = _item(state, entry)
    until = field(entry, "until", str, default=None)
    try:
        ends = None if until is None else moment(until)
    except ValueError as error:
        raise Refused(f"the field until of {entry.kind}: {error}") from None
    if ends is not None and ends <= entry.at:
        raise Refused(f"the waiver would end at {until}, which is past")
    waived = {"by": entry.author, "time": entry.time, "reason": field(entry, "reason", str), "until": until}
    state.put(SAID, key, {**(state.get(SAID, key) or {}), "waived": waived})


def _item(state: State, entry: Entry) -> tuple[Mapping[str, Any], Mapping[str, Any], str]:
    """The checklist and item that an entry names, and the key of what is said of it."""
    name, item = field(entry, "checklist", str), field(entry, "item", str)
    held = state.get(LISTS, name)
    if held is None:
        raise Refused(
            f"there is no checklist {name!r}; {nearest(name, state.section(LISTS)) or 'safety.agree puts one there'}"
        )
    if item not in held["items"]:
        raise Refused(
            f"the checklist {name!r} has no item {item!r}; {nearest(item, held['items']) or 'comity safety status lists them'}"
        )
    return held, held["items"][item], f"{name}/{item}"


def waived_at(said: Mapping[str, Any], at: datetime) -> bool:
    """Is an item waived at a moment?"""
    waived = said.get("waived")
    return waived is not None and (waived["until"] is None or at < moment(waived["until"]))


KINDS = (
    Kind(
        "safety.agree",
        agree,
        "a mission's safety checklist: items, owners, who accepts",
        decidable=True,
        entrusted=True,
    ),
    Kind("safety.sign", sign, "evidence for an item of a checklist, by its owner"),
    Kind("safety.accept", accept, "that evidence suffices, by another party or a body", decidable=True),
    Kind("safety.refuse", refuse, "that evidence does not suffice, and why", decidable=True),
    Kind(
        "safety.waive",
        waive,
        "that an item need not be shown; only as a body's decision",
        decidable=True,
        entrusted=True,
    ),
)
