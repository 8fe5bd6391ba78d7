"""Says in sentences what the structured part of a clause holds, so that what is signed is what programs act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from comity.governance.agreements.document import Agreement, Clause, Duty
from comity.governance.agreements.terms import (
    ALL,
    Amendment,
    Consent,
    Contributions,
    CrossWaiver,
    DataSharing,
    Disputes,
    EntryIntoForce,
    Export,
    IntellectualProperty,
    Liability,
    Milestones,
    Responsibilities,
    Standards,
    Termination,
    Withdrawal,
    percent,
)

_CONSENT: dict[Consent, str] = {
    "all": "all parties",
    "two_thirds": "two thirds of the parties",
    "majority": "a majority of the parties",
    "decision": "a decision",
}
_DOES = {
    "provide": "provides", "launch": "launches", "integrate": "integrates", "operate": "operates",
    "manage": "manages", "use": "uses", "fund": "funds", "own": "owns", "support": "supports",
}  # fmt: skip
_ACCESS = {
    "open": "are open to everyone",
    "proprietary": "are first for those who hold them",
    "partners": "are for the parties alone",
    "restricted": "are restricted",
}
_OWNER = {
    "bringer": "whoever brings it", "maker": "whoever makes it", "joint": "those who make it, jointly",
    "organisation": "the organisation", "state_of_registry": "the state on whose registered element it is made",
}  # fmt: skip
_LICENCE = {
    "none": "",
    "project": "; the others may use it for the project",
    "members": "; the members may use it",
    "royalty_free": "; the others may use it free of royalties",
}


def sentences(agreement: Agreement, clause: Clause) -> tuple[str, ...]:
    """The structured part of a clause, and its duties, as sentences; none where it is of words alone."""
    say = _SAYS.get(type(clause.terms))
    said = [] if say is None else list(say(agreement, clause.terms))
    return (*said, *(_duty(agreement, duty) for duty in clause.duties))


def name(agreement: Agreement, party: str) -> str:
    """How the text names a party."""
    return agreement.parties[party].name if party in agreement.parties else party


def listed(words: Sequence[str], last: str = "and") -> str:
    """
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def _names(agreement: Agreement, parties: Sequence[str], otherwise: str) -> str:
    return listed([name(agreement, p) for p in parties]) if parties else otherwise


def _duty(agreement: Agreement, duty: Duty) -> str:
    who = "Each party" if duty.party == ALL else name(agreement, duty.party)
    when = f" by {duty.due}" if duty.due else f" within {duty.within} of entry into force" if duty.within else ""
    return f"{who}: {duty.what}{when}{f', every {duty.every}' if duty.every else ''}."


def _responsibilities(agreement: Agreement, terms: Responsibilities) -> Iterator[str]:
    for role in terms.roles:
        alone = " alone" if role.exclusive else ""
        share = f", {percent(role.share)} of it" if role.share is not None else ""
        note = f" ({role.note})" if role.note else ""
        yield f"{name(agreement, role.party)}{alone} {_DOES[role.role]} {role.element}{share}{note}."


def _contributions(agreement: Agreement, terms: Contributions) -> Iterator[str]:
    if not terms.exchange_of_funds:
        yield "Each party bears the cost of its own part; no funds are exchanged."
    for c in terms.contributions:
        worth = f", worth {c.value}" if c.value is not None else ""
        share = f", {percent(c.share)} of all contributions" if c.share is not None else ""
        due = f", by {c.due}" if c.due else ""
        how = "in money" if c.form == "money" else "in kind"
        yield f"{name(agreement, c.party)} gives {how}: {c.what}{worth}{share}{due}."


def _milestones(agreement: Agreement, terms: Milestones) -> Iterator[str]:
    for m in terms.milestones:
        yield f"{m.due}: {m.name} ({name(agreement, m.party)})."


def _data(agreement: Agreement, terms: DataSharing) -> Iterator[str]:
    for p in terms.policies:
        element = f" of {p.element}" if p.element else ""
        holders = f" ({_names(agreement, p.holders, '')})" if p.holders else ""
        after = f" for {p.proprietary_period}, and open after that" if p.proprietary_period else ""
        yield f"Data: {p.data}{element} {_ACCESS[p.access]}{holders}{after}."


def _property(agreement: Agreement, terms: IntellectualProperty) -> Iterator[str]:
    what = "What a party brings" if terms.kind == "background_ip" else "What is made under this agreement"
    yield f"{what} belongs to {_OWNER[terms.owner]}{_LICENCE[terms.licence]}.{f' {terms.note}' if terms.note else ''}"


def _liability(agreement: Agreement, terms: Liability) -> Iterator[str]:
    if terms.regime == "each_own":
        yield "Each party answers for the damage that it causes."
    elif terms.regime == "shared":
        yield "The parties answer for damage to others together."
    if terms.treaties:
        yield f"Damage to others is answered for under: {listed(terms.treaties)}."


def _waiver(agreement: Agreement, terms: CrossWaiver) -> Iterator[str]:
    if terms.by_reference:
        yield f"The cross-waiver of {terms.by_reference} applies to this agreement."
    if terms.flow_down:
        whom = listed([w.replace("_", " ") for w in terms.flow_down])
        yield f"Each party makes its {whom} waive their claims too."
    if terms.exceptions:
        yield f"Not waived: {'; '.join(terms.exceptions)}."


def _export(agreement: Agreement, terms: Export) -> Iterator[str]:
    for g in terms.grants:
        giver, receiver = (_names(agreement, p, "any party") for p in (g.giver, g.receiver))
        yield f"May pass from {giver} to {receiver}: {listed(g.technologies)}{f', for {g.purpose}' if g.purpose else ''}."
    if terms.subject_to_national_law:
        yield "Each transfer stays subject to the giver's laws and regulations."


def _standards(agreement: Agreement, terms: Standards) -> Iterator[str]:
    yield f"Applicable: {listed(terms.standards)}."


def _disputes(agreement: Agreement, terms: Disputes) -> Iterator[str]:
    for n, step in enumerate(terms.steps, start=1):
        who = _names(agreement, step.acts, "the parties to the dispute")
        within = f", within {step.within}" if step.within else ""
        rules = f", under {step.rules}" if step.rules else ""
        yield f"Step {n}: {step.name}, by {who}{within}{rules}{'; the outcome binds' if step.binding else ''}."


def _entry(agreement: Agreement, terms: EntryIntoForce) -> Iterator[str]:
    count = len(agreement.parties) if terms.needed is None else terms.needed
    who = "all parties" if count == len(agreement.parties) else f"{count} of the {len(agreement.parties)} parties"
    among = f", among them {_names(agreement, terms.named, '')}" if terms.named else ""
    act = "have signed" if terms.act == "signature" else "have deposited their ratification"
    after = f"{terms.delay} after" if terms.delay.months or terms.delay.days else "when"
    yield f"This agreement enters into force {after} {who}{among} {act}."


def _amendment(agreement: Agreement, terms: Amendment) -> Iterator[str]:
    by = f" of {terms.decision_of}" if terms.decision_of else ""
    yield f"An amendment needs {_CONSENT[terms.consent]}{by}, by {terms.act}."


def _withdrawal(agreement: Agreement, terms: Withdrawal) -> Iterator[str]:
    if not terms.allowed:
        yield "No party may withdraw."
        return
    earliest = f", from {terms.not_before} after entry into force on" if terms.not_before else ""
    yield f"A party may withdraw with a notice of {terms.notice}{earliest}."
    if terms.takes_subordinate:
        yield "It then leaves what stands under this agreement, too."
    if terms.survives:
        yield f"It stays bound by: {listed([agreement.clauses[c].title for c in terms.survives])}."
    for h in terms.handovers:
        what = f": {h.terms}" if h.terms else ""
        yield f"When {name(agreement, h.party)} leaves, it hands over {h.element} to {name(agreement, h.to)}{what}."


def _termination(agreement: Agreement, terms: Termination) -> Iterator[str]:
    by = f" of {terms.decision_of}" if terms.decision_of else ""
    yield f"It may be ended by {_CONSENT[terms.consent]}{by}."
    if terms.notice:
        yield f"Any party may end it with a notice of {terms.notice}."
    if terms.lasts:
        yield f"It lasts {terms.lasts} from its entry into force."
    yield f"It ends when fewer than {terms.fewest_parties} parties are left."
    if terms.survives:
        yield f"After its end these stay: {listed([agreement.clauses[c].title for c in terms.survives])}."


_SAYS: dict[type, Callable[[Agreement, Any], Iterator[str]]] = {
    Responsibilities: _responsibilities,
    Contributions: _contributions,
    Milestones: _milestones,
    DataSharing: _data,
    IntellectualProperty: _property,
    Liability: _liability,
    CrossWaiver: _waiver,
    Export: _export,
    Standards: _standards,
    Disputes: _disputes,
    EntryIntoForce: _entry,
    Amendment: _amendment,
    Withdrawal: _withdrawal,
    Termination: _termination,
}
