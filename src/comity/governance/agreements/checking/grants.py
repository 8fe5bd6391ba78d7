"""Do two agreements in force promise what cannot both be: exclusive roles, data policies?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.terms import DataPolicy, DataSharing, Responsibilities, Role
from comity.model.problems import Problem
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading


@dataclass(frozen=True, slots=True)
class _Grant:
    reading: Reading
    agreement: Agreement
    path: Path
    given: Role | DataPolicy

    @property
    def place(self) -> str:
        return str(self.reading.positions.of(self.path))


def contradictions(one: Reading, other: Reading, at: date | None) -> Iterator[Problem]:
    """What two agreements in force together promise that cannot both be kept; each is told where the other says it."""
    assert one.agreement is not None and other.agreement is not None
    if one.agreement.id == other.agreement.id or not (binds(one.agreement, at) and binds(other.agreement, at)):
        return
    for first in _grants(one):
        for second in _grants(other):
            yield from _against(first, second)


def within(reading: Reading) -> Iterator[Problem]:
    """The same within one agreement."""
    for first, second in combinations(_grants(reading), 2):
        yield from _against(first, second)


def binds(agreement: Agreement, at: date | None) -> bool:
    """Is the document itself said to be in force at a day? Where no day is asked, or it states none, it counts."""
    heading = agreement.agreement
    if at is None:
        return True
    return not (heading.in_force and at < heading.in_force) and not (heading.until and at > heading.until)


def _grants(reading: Reading) -> list[_Grant]:
    agreement = reading.agreement
    assert agreement is not None
    found = []
    for clause, terms in agreement.of(Responsibilities):
        for n, role in enumerate(terms.roles):
            found.append(_Grant(reading, agreement, ("clauses", clause.id, "terms", "roles", n), role))
    for clause, sharing in agreement.of(DataSharing):
        for n, policy in enumerate(sharing.policies):
            found.append(_Grant(reading, agreement, ("clauses", clause.id, "terms", "policies", n), policy))
    return found


def _against(first: _Grant, second: _Grant) -> Iterator[Problem]:
    said = ""
    if isinstance(first.given, Role) and isinstance(second.given, Role):
        said = _roles(first.given, second.given)
    elif isinstance(first.given, DataPolicy) and isinstance(second.given, DataPolicy):
        said = _policies(first.given, second.given)
    if said:
        where = second.agreement.id
        yield second.reading.problem(second.path, said, f"{first.agreement.id} says the other at {first.place}")
        if first.reading is not second.reading:
            yield first.reading.problem(first.path, said, f"{where} says the other at {second.place}")


def _roles(a: Role, b: Role) -> str:
    if a.element != b.element or a.role != b.role or a.party == b.party:
        return ""
    if not (a.exclusive or b.exclusive):
        return ""
    alone, too = (a, b) if a.exclusive else (b, a)
    return f"{alone.party} alone is to {a.role} {a.element!r}, and {too.party} is to do so too"


def _policies(a: DataPolicy, b: DataPolicy) -> str:
    if a.data != b.data or (a.element != b.element and a.element is not None and b.element is not None):
        return ""
    of = f"the data {a.data!r}" + (f" of {a.element or b.element!r}" if a.element or b.element else "")
    if a.access != b.access:
        return f"{of} are {a.access} by one and {b.access} by the other"
    if a.access == "proprietary" and set(a.holders) != set(b.holders) and a.holders and b.holders:
        return f"{of} are first for {', '.join(a.holders)} by one and for {', '.join(b.holders)} by the other"
    if a.proprietary_period != b.proprietary_period:
        return f"{of} become open after {a.proprietary_period or 'never'} by one and {b.proprietary_period or 'never'} by the other"
    return ""
