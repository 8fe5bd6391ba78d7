"""How a checklist stands: what is shown, accepted, waived, and who owes what by which phase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from comity.model.problems import nearest
from comity.record import State
from comity.safety.checklist import Checklist
from comity.safety.errors import SafetyError
from comity.safety.kinds import LISTS, SAID, waived_at
from comity.safety.phases import PHASES, Phase

Status = Literal["accepted", "waived", "signed", "refused", "owed"]
#: What is done with, as far as a phase's end is concerned.
DONE: frozenset[Status] = frozenset({"accepted", "waived"})


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """How one item stands; `owner` is empty where the programme leaves it open."""

    item: str
    name: str
    phase: Phase
    owner: str
    status: Status
    evidence: str
    #: Who signed, accepted, refused or waived it when, and what was given.
    said: str = ""

    @property
    def done(self) -> bool:
        return self.status in DONE


def agreed_items(wanted: Checklist) -> dict[str, dict[str, str]]:
    """A mission's list as `safety.agree` holds it. SafetyError where an owner is still open, or a trait unsaid."""
    unsaid = sorted({due.if_trait for due in wanted.items if due.if_trait is not None})
    if unsaid:
        raise SafetyError(
            f"does the mission have {', '.join(unsaid)}? Say it with --with or --without before it is agreed"
        )
    items = {}
    for due in wanted.items:
        if len(due.owners) != 1:
            several = f"one of {', '.join(due.owners)}" if due.owners else "nobody that the programme names"
            raise SafetyError(
                f"{due.id}: its owner is {several}; say it with --owner ROLE=PARTNER or --option ELEMENT=OPTION"
            )
        items[due.id] = {"name": due.name, "phase": due.phase, "owner": due.owners[0], "evidence": due.evidence}
    return items


def standing(state: State, name: str, at: datetime) -> tuple[ItemStanding, ...]:
    """How a checklist on a record stands at a moment, phase by phase. SafetyError when there is none of this name."""
    held = state.get(LISTS, name)
    if held is None:
        hint = nearest(name, state.section(LISTS)) or "`comity safety agree` puts one there"
        raise SafetyError(f"there is no checklist {name!r} on the record; {hint}")
    found = []
    for key, item in held["items"].items():
        said = state.get(SAID, f"{name}/{key}") or {}
        status, words = _status(said, at)
        found.append(ItemStanding(key, item["name"], item["phase"], item["owner"], status, item["evidence"], words))
    return tuple(sorted(found, key=lambda one: PHASES.index(one.phase)))


def _status(said: Mapping[str, Any], at: datetime) -> tuple[Status, str]:
    if waived_at(said, at):
        waived = said["waived"]
        until = f" until {waived['until'][:10]}" if waived["until"] else ""
        return "waived", f"by {_who(waived['by'])}{until}: {waived['reason']}"
    if said.get("refused"):
        return "refused", f"by {_who(said['refused']['by'])}: {said['refused']['reason']}"
    if said.get("accepted"):
        return "accepted", f"by {_who(said['accepted']['by'])} on {said['accepted']['time'][:10]}: {_given(said)}"
    if said.get("signed"):
        return "signed", f"by {said['signed']['by']} on {said['signed']['time'][:10]}: {_given(said)}"
    return "owed", ""


def _who(author: str) -> str:
    return author.removeprefix("body:")


def _given(said: Mapping[str, Any]) -> str:
    evidence = said["signed"]["evidence"]
    if "file" in evidence:
        return f"{evidence['file']} ({evidence['sha256'][:12]})"
    return evidence["link"] if "link" in evidence else f"decision {evidence['decision']}"


def planned(wanted: Checklist) -> tuple[ItemStanding, ...]:
    """The same of a list that is not on a record yet: all of it is owed."""
    return tuple(
        ItemStanding(due.id, due.name, due.phase, " or ".join(due.owners), "owed", due.evidence)
        for due in sorted(wanted.items, key=lambda due: PHASES.index(due.phase))
    )


def differences(wanted: Checklist, items: Iterable[ItemStanding]) -> tuple[str, ...]:
    """In what a list on a record differs from the programme's own: items of one alone, and other owners.

    An item of a trait that nobody said is left out, for whoever agreed the list said it.
    """
    unsaid = {due.id for due in wanted.items if due.if_trait is not None}
    here, there = {due.id: due for due in wanted.items}, {one.item: one for one in items}
    owners = Counter(
        (there[i].owner, " or ".join(here[i].owners) or "nobody")
        for i in here.keys() & there.keys()
        if there[i].owner not in here[i].owners
    )
    return (
        *(f"not on the record: {i}" for i in sorted(here.keys() - there.keys() - unsaid)),
        *(f"only on the record: {i}" for i in sorted(there.keys() - here.keys())),
        *(
            f"{count} {'item' if count == 1 else 'items'} owned by {held} on the record, by {asked} in the programme"
            for (held, asked), count in sorted(owners.items())
        ),
    )


def party(state: State, partner: str) -> str:
    """A party of a record by its name. SafetyError with the nearest."""
    if state.get("parties", partner) is None:
        known = state.section("parties")
        raise SafetyError(f"{partner!r} is no party to this record; {nearest(partner, known) or ', '.join(known)}")
    return partner


def owed(items: Iterable[ItemStanding], *, by: Phase) -> dict[str, tuple[ItemStanding, ...]]:
    """Who owes what before a phase may end: all items of it and earlier phases that are neither accepted nor waived.

    What is signed and waits to be accepted counts with its owner, too.
    """
    found: dict[str, list[ItemStanding]] = {}
    for one in items:
        if PHASES.index(one.phase) <= PHASES.index(by) and not one.done:
            found.setdefault(one.owner or "?", []).append(one)
    return {who: tuple(what) for who, what in sorted(found.items())}
