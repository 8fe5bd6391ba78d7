"""What a party's withdrawal takes along: duties, subordinate agreements, elements without a provider; and what stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.obligations import Obligation, obligations
from comity.governance.agreements.terms import Handover, Responsibilities, Role

#: Roles without which an element is not there, or does nothing.
NEEDED_ROLES = ("provide", "launch", "integrate", "operate", "fund")


class WithdrawalError(ValueError):
    """A withdrawal that the agreement does not allow; the text says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Fall:
    """A subordinate agreement from which the party goes as well; it `ends` when too few parties are left."""

    agreement: str
    title: str
    ends: bool
    why: str


@dataclass(frozen=True, slots=True)
class Orphan:
    """An element that loses the only party with a role that it needs; `inherits` where a handover names who takes it."""

    agreement: str
    element: str
    role: str
    inherits: str | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """All that goes with a party, and what stays."""

    agreement: str
    party: str
    notice: date
    ends: date
    remaining: tuple[str, ...]
    agreement_ends: bool
    duties: tuple[Obligation, ...]
    subordinate: tuple[Fall, ...]
    elements: tuple[Orphan, ...]
    handovers: tuple[Handover, ...]
    survives: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "agreement": self.agreement,
            "party": self.party,
            "notice": self.notice.isoformat(),
            "ends": self.ends.isoformat(),
            "remaining": [*self.remaining],
            "agreement_ends": self.agreement_ends,
            "duties": [o.to_dict() for o in self.duties],
            "subordinate": [
                {"agreement": f.agreement, "title": f.title, "ends": f.ends, "why": f.why} for f in self.subordinate
            ],
            "elements": [
                {"agreement": o.agreement, "element": o.element, "role": o.role, "inherits": o.inherits}
                for o in self.elements
            ],
            "handovers": [h.model_dump(mode="json") for h in self.handovers],
            "survives": [{"agreement": a, "clause": c} for a, c in self.survives],
        }


def withdrawal(agreement: Agreement, party: str, notice: date, *, others: Mapping[str, Agreement]) -> Departure:
    """What happens when a party gives notice of withdrawal on a day.

    `others` are agreements by identifier, among which those that stand under this one are found. WithdrawalError when
    the party may not withdraw, or not yet.
    """
    ends = end_of_notice(agreement, party, notice)
    terms = agreement.withdrawal
    assert terms is not None
    left = [agreement, *(falling(agreement, party, others) if terms.takes_subordinate else ())]
    known = {**others, agreement.id: agreement}
    duties: list[Obligation] = []
    for one in left:
        duties += [o for o in obligations(one, parties=(party,)) if o.due is None or o.due > ends]
    duties = [o for o in duties if o.clause not in _surviving(known, o.agreement)]
    standing = [a for a in known.values() if a.id not in {x.id for x in left}]
    return Departure(
        agreement=agreement.id,
        party=party,
        notice=notice,
        ends=ends,
        remaining=tuple(p for p in agreement.parties if p != party),
        agreement_ends=len(agreement.parties) - 1 < agreement.termination.fewest_parties,
        duties=tuple(duties),
        subordinate=tuple(_fall(one, agreement.id, party) for one in left[1:]),
        elements=_orphans(left, standing, party),
        handovers=tuple(h for h in terms.handovers if h.party == party),
        survives=tuple((one.id, c) for one in left for c in _surviving({one.id: one}, one.id)),
    )


def end_of_notice(agreement: Agreement, party: str, notice: date, *, in_force: date | None = None) -> date:
    """The day on which a notice of withdrawal takes effect; WithdrawalError when it may not be given."""
    terms, heading = agreement.withdrawal, agreement.agreement
    if party not in agreement.parties:
        raise WithdrawalError(
            f"{party!r} is no party to {agreement.id!r}; its parties are {', '.join(agreement.parties)}"
        )
    if terms is None:
        raise WithdrawalError(f"{agreement.id!r} has no clause on withdrawal; it ends by {_how_it_ends(agreement)}")
    if not terms.allowed:
        raise WithdrawalError(f"{agreement.id!r} allows no withdrawal; it ends by {_how_it_ends(agreement)}")
    start = in_force or heading.in_force
    if start is not None and notice < start:
        raise WithdrawalError(f"{agreement.id!r} is in force from {start}; a notice on {notice} would be before that")
    if terms.not_before is not None:
        if start is None:
            raise WithdrawalError(
                f"{agreement.id!r} allows withdrawal {terms.not_before} after entry into force, whose day is not known; "
                "state it as in_force:"
            )
        if notice < terms.not_before.after(start):
            raise WithdrawalError(
                f"{agreement.id!r} allows withdrawal from {terms.not_before.after(start)} on, {terms.not_before} after "
                f"entry into force; {notice} is too early"
            )
    return terms.notice.after(notice)


def falling(agreement: Agreement, party: str, others: Mapping[str, Agreement]) -> list[Agreement]:
    """The agreements that stand under one, directly or not, and bind the party."""
    names, found = {agreement.id}, list[Agreement]()
    while True:
        more = [
            a
            for a in others.values()
            if a.id not in names and party in a.parties and any(u in names for u in a.agreement.under)
        ]
        if not more:
            return found
        found += more
        names |= {a.id for a in more}


def _how_it_ends(agreement: Agreement) -> str:
    terms = agreement.termination
    return f"a notice of {terms.notice}" if terms.notice else "what its clause on termination says"


def _fall(one: Agreement, upper: str, party: str) -> Fall:
    left = len(one.parties) - 1
    ends = left < one.termination.fewest_parties
    why = f"{left} of the {one.termination.fewest_parties} parties needed is left" if ends else f"{party} leaves it too"
    return Fall(one.id, one.agreement.title, ends, f"stands under {upper}; {why}")


def _surviving(known: Mapping[str, Agreement], name: str) -> tuple[str, ...]:
    terms = known[name].withdrawal if name in known else None
    return terms.survives if terms is not None else ()


def _roles(agreements: list[Agreement]) -> list[tuple[Agreement, Role]]:
    return [(a, role) for a in agreements for _, terms in a.of(Responsibilities) for role in terms.roles]


def _orphans(left: list[Agreement], standing: list[Agreement], party: str) -> tuple[Orphan, ...]:
    held = {(r.element, r.role) for _, r in _roles([*left, *standing]) if r.party != party}
    # What a standing agreement still binds the party to, it goes on doing.
    held |= {(r.element, r.role) for _, r in _roles(standing) if r.party == party}
    heirs = {h.element: h.to for a in left if a.withdrawal for h in a.withdrawal.handovers if h.party == party}
    found: dict[tuple[str, str], Orphan] = {}
    for agreement, role in _roles(left):
        key = (role.element, role.role)
        if role.party == party and role.role in NEEDED_ROLES and key not in held:
            found.setdefault(key, Orphan(agreement.id, role.element, role.role, heirs.get(role.element)))
    return tuple(found.values())
