"""Has each party the means for what it promises: the right kind of partner, the skills, the money?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.terms import Contributions, Responsibilities, Role, percent
from comity.model.partners import Capability
from comity.model.problems import Problem, nearest
from comity.model.programme import Programme
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading

#: Roles in which a party makes something.
MAKING = frozenset({"provide", "integrate", "launch"})


def within_itself(reading: Reading) -> Iterator[Problem]:
    """Shares of contributions that sum to more than everything."""
    agreement = reading.agreement
    assert agreement is not None
    for clause, terms in agreement.of(Contributions):
        total = sum((c.share for c in terms.contributions if c.share is not None), Decimal(0))
        if total > 1:
            path: Path = ("clauses", clause.id, "terms", "contributions")
            yield reading.problem(path, f"the shares of {clause.id!r} sum to {percent(total)}, more than everything")


def against(reading: Reading, programme: Programme) -> Iterator[Problem]:
    """Duties of a party that the programme does not know, that lacks a capability, or whose budget is too small."""
    agreement = reading.agreement
    assert agreement is not None
    for name in agreement.parties:
        if name not in programme.partners:
            hint = nearest(name, programme.partners) or f"the programme {programme.programme.id!r} has no such partner"
            yield reading.problem(
                ("parties", name), f"{name!r} is no partner of {programme.programme.id!r}", hint, key=True
            )
    yield from _skills(reading, agreement, programme)
    yield from _money(reading, agreement, programme)


def _skills(reading: Reading, agreement: Agreement, programme: Programme) -> Iterator[Problem]:
    for clause, terms in agreement.of(Responsibilities):
        for n, role in enumerate(terms.roles):
            if role.party not in programme.partners or role.role not in MAKING:
                continue
            path: Path = ("clauses", clause.id, "terms", "roles", n)
            for technology, needed in _needed(role, programme).items():
                if not any(_reaches(programme, p, technology, needed) for p in hands_of(programme, role.party)):
                    level = f" at TRL {needed.trl}" if needed.trl else ""
                    said = f"{role.party} is to {role.role} {role.element!r}, but neither it nor its industry masters {technology!r}"
                    hint = "give it to another, or add the capability to the programme"
                    yield reading.problem(path, said + level, hint)


def _needed(role: Role, programme: Programme) -> dict[str, Capability]:
    """What the role needs: of its element in the programme, and what it says itself (there to any level)."""
    mission, _, element = role.element.partition("/")
    needed: dict[str, Capability] = {}
    if mission in programme.missions and element in programme.missions[mission].elements:
        needed |= programme.missions[mission].elements[element].requires
    return needed | {t: Capability(trl=1) for t in role.technologies if t not in needed}


def _reaches(programme: Programme, partner: str, technology: str, needed: Capability) -> bool:
    held = programme.partners[partner].capabilities.get(technology)
    return held is not None and held.reaches(needed)


def hands_of(programme: Programme, party: str) -> tuple[str, ...]:
    """A partner and those who work for it: whose returns are its own, and the members of its consortium."""
    partners = programme.partners
    return (party, *(n for n, p in partners.items() if p.return_to == party), *partners[party].members)


def _money(reading: Reading, agreement: Agreement, programme: Programme) -> Iterator[Problem]:
    promised: dict[str, Decimal] = defaultdict(Decimal)
    for clause, terms in agreement.of(Contributions):
        for n, given in enumerate(terms.contributions):
            path: Path = ("clauses", clause.id, "terms", "contributions", n)
            if given.form != "money" or given.party not in programme.partners:
                continue
            budget = programme.partners[given.party].budget
            if budget is None:
                said = f"{given.party} is to pay for {given.what!r}, but has no budget in {programme.programme.id!r}"
                yield reading.problem(path, said)
                continue
            if given.value is None:
                continue
            try:
                promised[given.party] += programme.worth(given.value)
            except ValueError as error:
                yield reading.problem((*path, "value"), f"{given.value}: {error}")
                continue
            total = sum((programme.worth(m) for m in budget.values()), Decimal(0))
            if promised[given.party] > total:
                unit = f"{programme.programme.currency}@{programme.programme.economic_conditions}"
                said = f"{given.party} promises {promised[given.party]:,.0f} {unit} in all, and its whole budget is {total:,.0f}"
                yield reading.problem((*path, "value"), said)
