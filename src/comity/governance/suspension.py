"""When a partner is suspended or leaves: what stops by which clause, who inherits each duty, and what to plan anew with.

A suspension ends nothing: duties rest, and come back with the partner. It is told clause by clause what rests, so that
nobody has to find out by stopping something that goes on. What the partner had to provide goes to the heir that a clause
names; where none does, those are named who have an option of it in the programme, or else who master its technologies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from comity.governance.agreements import Agreement, Departure, WithdrawalError, withdrawal
from comity.governance.agreements.document import Clause
from comity.governance.agreements.obligations import obligations
from comity.governance.agreements.terms import DataSharing, Export, IntellectualProperty, Responsibilities
from comity.governance.bodies import Body
from comity.model.amendment import Withdraw
from comity.model.calendar import Month
from comity.model.missions import Element
from comity.model.programme import Programme


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that rests (or goes on: `survives`), and the clause that says so."""

    agreement: str
    clause: str
    article: str
    what: str
    survives: bool = False


@dataclass(frozen=True, slots=True)
class Inheritance:
    """An element that loses its provider: who takes it, by which clause, or who could."""

    element: str
    role: str
    heir: str | None
    agreement: str | None
    able: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suspension:
    """All that a partner's absence means from a day on."""

    partner: str
    since: date
    stops: tuple[Stop, ...]
    inherits: tuple[Inheritance, ...]
    facilities: tuple[str, ...]
    seats: tuple[str, ...]
    departures: tuple[Departure, ...]
    locked_in: tuple[tuple[str, str], ...]
    amendments: tuple[Withdraw, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "partner": self.partner,
            "since": self.since.isoformat(),
            "stops": [asdict(s) for s in self.stops],
            "inherits": [asdict(i) for i in self.inherits],
            "facilities": [*self.facilities],
            "seats": [*self.seats],
            "departures": [d.to_dict() for d in self.departures],
            "locked_in": [{"agreement": a, "why": why} for a, why in self.locked_in],
            "amendments": [a.to_dict() for a in self.amendments],
        }


def suspension(
    partner: str,
    since: date,
    *,
    programme: Programme,
    agreements: Mapping[str, Agreement],
    bodies: Iterable[Body] = (),
) -> Suspension:
    """What the absence of a partner means from a day on, under these agreements and for this programme.

    `departures` are what would follow if it gave notice of withdrawal that day; `locked_in` are the agreements that do not
    let it go, and why. `amendments` are what to plan anew with (`comity.roadmap.replanning`). KeyError when the programme
    does not know the partner.
    """
    if partner not in programme.partners:
        raise KeyError(partner)
    bound = [a for a in agreements.values() if partner in a.parties]
    departures, locked = [], []
    for one in bound:
        try:
            departures.append(
                withdrawal(one, partner, since, others={k: v for k, v in agreements.items() if k != one.id})
            )
        except WithdrawalError as error:
            locked.append((one.id, str(error)))
    return Suspension(
        partner=partner,
        since=since,
        stops=tuple(stop for one in bound for stop in _stops(one, partner, since)),
        inherits=tuple(_inherits(partner, bound, programme)),
        facilities=tuple(name for name, f in programme.facilities.items() if f.owner == partner),
        seats=tuple(body.id for body in bodies if partner in body.names),
        departures=tuple(departures),
        locked_in=tuple(locked),
        amendments=(Withdraw(partner=partner, month=Month.of(since.year, since.month)),),
    )


#: How what is owed is called, where it is no duty to do something.
_OWED = {"contribution": "contribution of", "milestone": "milestone:"}


def _stops(agreement: Agreement, partner: str, since: date) -> Iterator[Stop]:
    """What rests under an agreement, clause by clause; what its withdrawal clause says survives goes on."""
    survives = agreement.withdrawal.survives if agreement.withdrawal is not None else ()

    def stop(clause: Clause, what: str) -> Stop:
        return Stop(agreement.id, clause.id, clause.article, what, clause.id in survives)

    for owed in obligations(agreement, parties=(partner,)):
        if owed.due is None or owed.due >= since:
            yield stop(agreement.clauses[owed.clause], f"{partner}'s {_OWED.get(owed.kind, 'duty to')} {owed.what}")
    for clause, terms in agreement.of(Export):
        for grant in terms.grants:
            if (not grant.giver or partner in grant.giver) or (not grant.receiver or partner in grant.receiver):
                yield stop(clause, f"transfers of {', '.join(grant.technologies)} to and from {partner}")
    for clause, sharing in agreement.of(DataSharing):
        for policy in sharing.policies:
            if policy.access in ("partners", "restricted", "proprietary"):
                yield stop(clause, f"{partner}'s access to {policy.data} ({policy.access})")
    for clause, rights in agreement.of(IntellectualProperty):
        if rights.licence != "none":
            yield stop(
                clause, f"{partner}'s {rights.licence.replace('_', ' ')} licence to {rights.kind.split('_')[0]} results"
            )


def _masters(element: Element, partner: str, programme: Programme) -> list[str]:
    """Other partners that master all technologies that the element requires; nobody when it requires none."""
    return [
        name
        for name, who in programme.partners.items()
        if name != partner
        and element.requires
        and all(t in who.capabilities and who.capabilities[t].reaches(level) for t, level in element.requires.items())
    ]


def _inherits(partner: str, bound: list[Agreement], programme: Programme) -> Iterator[Inheritance]:
    """The elements whose work the partner shares, by the programme's options and the agreements' roles."""
    named = {
        h.element: (h.to, a.id) for a in bound if a.withdrawal for h in a.withdrawal.handovers if h.party == partner
    }
    roles = {
        r.element: r.role
        for a in bound
        for _, terms in a.of(Responsibilities)
        for r in terms.roles
        if r.party == partner and r.role in ("provide", "launch", "integrate", "operate", "manage")
    }
    seen = set()
    for mission in programme.missions.values():
        for element in mission.elements.values():
            workers = [set(option.work_shares) for option in element.options]
            if not any(partner in who for who in workers):
                continue
            name = f"{mission.id}/{element.id}"
            seen |= {name, element.id}
            able = sorted({w for who in workers if partner not in who for w in who})
            able = able or _masters(element, partner, programme)
            heir, by = named.get(name) or named.get(element.id) or (None, None)
            yield Inheritance(name, roles.get(name) or roles.get(element.id) or "provide", heir, by, tuple(able))
    for element_name, role in roles.items():
        if element_name not in seen and element_name.rpartition("/")[2] not in seen:
            heir, by = named.get(element_name, (None, None))
            yield Inheritance(element_name, role, heir, by, ())
