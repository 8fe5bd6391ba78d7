"""Disputes: a ladder with clocks, evidence on the record, interim measures, and an outcome.

A dispute climbs from the working level to arbitration one step at a time. Each step has a period; when it has run out, any
side may take the dispute a step up. It ends by a settlement that all sides consent to, by a decision of the body whose
step it is, or by an award of the tribunal. The ladder is that of the agreement in dispute where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from comity.governance.agreements import standing
from comity.governance.agreements.terms import Disputes, DisputeStep
from comity.governance.mandates import concerns, subjects
from comity.record import Entry, Guard, Kind, Refused, State, by_all_or_decided, deciding_body, field, moment, only

SECTION, RULES = "disputes", "dispute_rules"
OPEN, SETTLED, DECIDED, AWARDED, WITHDRAWN = "open", "settled", "decided", "awarded", "withdrawn"

#: Where an agreement says nothing: consultations step by step, then arbitration, as space agreements have it (the
#: Intergovernmental Agreement on the Space Station of 1998, Article 23, has consultations, then "an agreed form of dispute
#: resolution such as conciliation, mediation, or arbitration"). The periods are Comity's proposal.
USUAL_LADDER = tuple(
    DisputeStep.model_validate(step)
    for step in (
        {"name": "working level", "within": "30 days"},
        {"name": "programme board", "within": "30 days"},
        {"name": "council", "within": "60 days"},
        {"name": "mediation", "within": "60 days"},
        {
            "name": "arbitration",
            "within": "18 months",
            "binding": True,
            "rules": "PCA Optional Rules for Arbitration of Disputes Relating to Outer Space Activities (2011)",
        },
    )
)


@dataclass(frozen=True, slots=True)
class Clock:
    """Whose turn it is in a dispute: the step, who must act, by when (None: no period), and whether that has passed."""

    dispute: str
    step: str
    who: tuple[str, ...]
    due: datetime | None
    overdue: bool


def clock(state: State, dispute: str, at: datetime) -> Clock | None:
    """Who must act by when; None when the dispute is over. KeyError when there is none of this name."""
    value = state.get(SECTION, dispute)
    if value is None:
        raise KeyError(dispute)
    if value["status"] != OPEN:
        return None
    step = _now(value)
    try:
        due = None if step.within is None else step.within.after(moment(value["since"]))
    except OverflowError:  # a period beyond the year 9999 is none
        due = None
    return Clock(dispute, step.name, step.acts or tuple(sides(value)), due, due is not None and at > due)


def _now(value: Mapping[str, Any]) -> DisputeStep:
    """The step at which a dispute is."""
    return DisputeStep.model_validate(value["ladder"][value["step"]])


def sides(value: Mapping[str, Any]) -> list[str]:
    """Those who dispute: the claimant and whom it is against."""
    return [value["by"], *value["against"]]


def frozen(state: State, kind: str, body: Mapping[str, Any]) -> str | None:
    """The open dispute that an entry of this kind and body must wait for; None when there is none."""
    for name, value in sorted(state.section(SECTION).items()):
        if value["status"] != OPEN:
            continue
        for freeze in frozen_by(value):
            if freeze["kind"] == kind and any(concerns(freeze["about"], s) for s in subjects(state, kind, body)):
                return name
    return None


def frozen_by(value: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """What stands still while this dispute is open: by its agreement, and by the measures that all sides consented to."""
    if value["status"] != OPEN:
        return []
    measures = [m for m in value["measures"] if not set(sides(value)) - set(m["consents"])]
    return [*value["freezes"], *(f for m in measures for f in m["freezes"])]


def bar(state: State, entry: Entry) -> None:
    """Refused when an open dispute freezes what the entry wants to change."""
    name = frozen(state, entry.kind, entry.body) if state.section(SECTION) else None
    if name is not None:
        raise Refused(f"the dispute {name!r} freezes this until it is over")


# --- entries ---------------------------------------------------------------------------------------------------------------------


def open_dispute(state: State, entry: Entry) -> None:
    """`dispute.open`: what is claimed of whom, under which agreement and clause."""
    only(entry, "dispute", "agreement", "clause", "against", "claim", "relief", "ladder")
    name = field(entry, "dispute", str)
    if state.get(SECTION, name) is not None:
        raise Refused(f"there is a dispute {name!r} already; choose another name")
    against = field(entry, "against", list)
    for partner in against:
        if not isinstance(partner, str) or state.get("parties", partner) is None or partner == entry.author:
            raise Refused(f"a dispute is against other parties of the record; {partner!r} is none")
    if not against or len(set(against)) < len(against):
        raise Refused("a dispute names whom it is against, each once")
    agreement = field(entry, "agreement", str, default=None)
    ladder = _ladder(state, entry, agreement)
    freezes = (state.get(RULES, agreement) or {"freezes": []})["freezes"] if agreement else []
    state.put(
        SECTION,
        name,
        {
            "by": entry.author,
            "against": against,
            "agreement": agreement,
            "clause": field(entry, "clause", str, default=None),
            "claim": field(entry, "claim", str),
            "relief": field(entry, "relief", str, default=""),
            "ladder": [step.model_dump(mode="json", exclude_defaults=True) for step in ladder],
            "freezes": freezes,
            "step": 0,
            "opened": entry.time,
            "since": entry.time,
            "status": OPEN,
            "said": [],
            "evidence": [],
            "measures": [],
            "settlements": [],
            "tribunals": {},
        },
    )


def _ladder(state: State, entry: Entry, agreement: str | None) -> Sequence[DisputeStep]:
    """The steps: of the agreement, or as the entry gives them where it has none, or the usual ones."""
    if agreement is not None:
        now = standing(state, agreement, entry.at)
        if now is None or not {entry.author, *entry.body["against"]} <= set(now.parties):
            raise Refused(f"the agreement {agreement!r} does not bind all sides at {entry.time}")
        clause = now.agreement.first(Disputes)
        if clause is not None:
            if "ladder" in entry.body:
                raise Refused(f"{agreement} has a ladder of its own; leave out the field ladder")
            return clause.steps
    given = field(entry, "ladder", list, default=None)
    if given is None:
        return USUAL_LADDER
    try:
        return Disputes.model_validate({"kind": "disputes", "steps": given}).steps
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refused(f"the ladder: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def set_rules(state: State, entry: Entry) -> None:
    """`dispute.rules`: what stands still while there is a dispute under an agreement; by a decision, or signed by all."""
    only(entry, "agreement", "freezes")
    by_all_or_decided(state, entry)
    freezes = _freezes(field(entry, "freezes", list))
    state.put(RULES, field(entry, "agreement", str), {"freezes": freezes})


def _freezes(value: Sequence[Any]) -> list[dict[str, str]]:
    for one in value:
        if (
            not isinstance(one, dict)
            or set(one) != {"kind", "about"}
            or not all(isinstance(v, str) for v in one.values())
        ):
            raise Refused(f"what is frozen is a map of kind and about, not {one!r}")
    return list(value)


def say(state: State, entry: Entry) -> None:
    """`dispute.reply`: a side answers, or says something more."""
    only(entry, "dispute", "text")
    name, value = _of_side(state, entry)
    said = {"by": entry.author, "time": entry.time, "text": field(entry, "text", str)}
    state.put(SECTION, name, {**value, "said": [*value["said"], said]})


def show_evidence(state: State, entry: Entry) -> None:
    """`dispute.evidence`: a document by its SHA-256, so that it can be shown later to be the one that was meant."""
    only(entry, "dispute", "title", "sha256", "entry")
    name, value = _of_side(state, entry)
    digest = field(entry, "sha256", str)
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Refused("sha256 is 64 hexadecimal digits in lower case")
    shown = {"by": entry.author, "time": entry.time, "title": field(entry, "title", str), "sha256": digest}
    state.put(SECTION, name, {**value, "evidence": [*value["evidence"], shown]})


def propose_measure(state: State, entry: Entry) -> None:
    """`dispute.interim`: a measure for the meantime, in force once all sides consent, or when a body decides it."""
    only(entry, "dispute", "measure", "freezes")
    name, value = _of_side(state, entry)
    measure = {
        "by": entry.author,
        "measure": field(entry, "measure", str),
        "freezes": _freezes(field(entry, "freezes", list, default=[])),
        "consents": [entry.author],
    }
    state.put(SECTION, name, {**value, "measures": [*value["measures"], measure]})


def propose_settlement(state: State, entry: Entry) -> None:
    """`dispute.settle`: terms that end the dispute once all sides consent."""
    only(entry, "dispute", "terms")
    name, value = _of_side(state, entry)
    settlement = {"by": entry.author, "terms": field(entry, "terms", str), "consents": [entry.author]}
    state.put(SECTION, name, {**value, "settlements": [*value["settlements"], settlement]})


def consent(state: State, entry: Entry) -> None:
    """`dispute.consent`: to the interim measure, or the settlement, of this number (from 1), or to a tribunal by its id."""
    only(entry, "dispute", "measure", "settlement", "tribunal")
    name, value = _of_side(state, entry)
    if sum(what in entry.body for what in ("measure", "settlement", "tribunal")) != 1:
        raise Refused("consent is to a measure, a settlement or a tribunal")
    if "tribunal" in entry.body:
        tribunal = field(entry, "tribunal", str)
        if state.get("parties", tribunal) is None or tribunal in sides(value):
            raise Refused(f"a tribunal is a party to this record and no side of the dispute; {tribunal!r} is not")
        consents = sorted({*value["tribunals"].get(tribunal, ()), entry.author})
        state.put(SECTION, name, {**value, "tribunals": {**value["tribunals"], tribunal: consents}})
        return
    which = "measure" if "measure" in entry.body else "settlement"
    number, listed = field(entry, which, int), list(value[f"{which}s"])
    if not 1 <= number <= len(listed):
        raise Refused(f"there is no {which} number {number}; there are {len(listed)}")
    one = listed[number - 1]
    if entry.author in one["consents"]:
        raise Refused(f"{entry.author} consented already")
    listed[number - 1] = {**one, "consents": sorted([*one["consents"], entry.author])}
    value = {**value, f"{which}s": listed}
    if which == "settlement" and not set(sides(value)) - set(listed[number - 1]["consents"]):
        value = {**value, "status": SETTLED, "outcome": one["terms"], "ended": entry.time}
    state.put(SECTION, name, value)


def escalate(state: State, entry: Entry) -> None:
    """`dispute.escalate`: to the next step, once the period of this one has run out."""
    only(entry, "dispute")
    name, value = _of_side(state, entry)
    now = clock(state, name, entry.at)
    assert now is not None
    if value["step"] + 1 == len(value["ladder"]):
        raise Refused(f"{now.step} is the last step of the ladder")
    if now.due is not None and not now.overdue:
        raise Refused(f"{now.step} has until {now.due:%Y-%m-%d}; the dispute can go a step up after that")
    state.put(SECTION, name, {**value, "step": value["step"] + 1, "since": entry.time})


def decide(state: State, entry: Entry) -> None:
    """`dispute.outcome`: what the body whose step it is decided; it counts only as what a decision does."""
    only(entry, "dispute", "outcome")
    name, value = _open(state, entry)
    body, step = deciding_body(entry), _now(value)
    if body is None:
        raise Refused("the outcome of a dispute comes by a body's decision; propose it with decision.propose")
    if body not in step.acts:
        of = f"of {', '.join(step.acts)}, not of {body}" if step.acts else "of no body"
        raise Refused(f"the dispute is at {step.name}, which is {of}")
    state.put(SECTION, name, {**value, "status": DECIDED, "outcome": field(entry, "outcome", str), "ended": entry.time})


def award(state: State, entry: Entry) -> None:
    """`dispute.award`: the award of the tribunal that the last step names, signed by it."""
    only(entry, "dispute", "award", "sha256")
    name, value = _open(state, entry)
    step = _now(value)
    agreed = [t for t, consents in value["tribunals"].items() if not set(sides(value)) - set(consents)]
    if not step.binding or entry.author in sides(value) or entry.author not in (step.acts or agreed):
        of = ", ".join(step.acts or agreed) or "a tribunal to which all sides consent (dispute.consent, tribunal)"
        raise Refused(f"the dispute is at {step.name}; an award comes at a binding step, of {of}")
    state.put(SECTION, name, {**value, "status": AWARDED, "outcome": field(entry, "award", str), "ended": entry.time})


def withdraw(state: State, entry: Entry) -> None:
    """`dispute.withdraw`: by the claimant."""
    only(entry, "dispute", "reason")
    name, value = _open(state, entry)
    if entry.author != value["by"]:
        raise Refused(f"{value['by']} opened it and may withdraw it")
    state.put(SECTION, name, {**value, "status": WITHDRAWN, "ended": entry.time})


def _open(state: State, entry: Entry) -> tuple[str, Any]:
    name = field(entry, "dispute", str)
    value = state.get(SECTION, name)
    if value is None or value["status"] != OPEN:
        raise Refused(f"{name!r} is {'no dispute' if value is None else value['status'] + ' already'}")
    return name, value


def _of_side(state: State, entry: Entry) -> tuple[str, Any]:
    name, value = _open(state, entry)
    if entry.author not in sides(value):
        raise Refused(f"{entry.author} is no side of {name!r}; its sides are {', '.join(sides(value))}")
    return name, value


KINDS = (
    Kind("dispute.open", open_dispute, "what is claimed of whom, under which agreement and clause"),
    Kind(
        "dispute.rules", set_rules, "what stands still in a dispute under an agreement", decidable=True, entrusted=True
    ),
    Kind("dispute.reply", say, "a side answers"),
    Kind("dispute.evidence", show_evidence, "a document, by its digest"),
    Kind("dispute.interim", propose_measure, "a measure for the meantime, in force once all sides consent"),
    Kind("dispute.settle", propose_settlement, "terms that end the dispute once all sides consent"),
    Kind("dispute.consent", consent, "a side consents to a measure, a settlement or a tribunal"),
    Kind("dispute.escalate", escalate, "a step up the ladder, once the period has run out"),
    Kind("dispute.outcome", decide, "what the body whose step it is decided", decidable=True),
    Kind("dispute.award", award, "the tribunal's award"),
    Kind("dispute.withdraw", withdraw, "the claimant takes the dispute back"),
)
GUARDS: tuple[Guard, ...] = (bar,)
