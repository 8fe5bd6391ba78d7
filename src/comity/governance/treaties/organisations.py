"""Organisations of space: agencies, intergovernmental bodies, committees; their members since when, and of whom each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import pycountry

from comity.governance.treaties.table import TreatyError, shipped
from comity.governance.treaties.when import When
from comity.model.problems import nearest

Kind = Literal["agency", "intergovernmental", "united_nations", "coordination", "society"]
Relation = Literal["member", "associate", "cooperating", "signatory"]


@dataclass(frozen=True, slots=True)
class Member:
    """A member: a state (ISO code) or an agency (id), as what, since when; None where no date was found."""

    who: str
    relation: Relation
    since: When | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation; `state` is whose agency it is, `published` how many members a source counts (and which source)."""

    id: str
    name: str
    kind: Kind
    role: str
    state: str | None
    founded: When | None
    members: tuple[Member, ...]
    published: int | None
    sources: tuple[str, ...]
    note: str = ""

    def states(self, at: date) -> tuple[str, ...]:
        """The states whose it is on a day: an agency's own, an intergovernmental organisation's full members.

        A member without a date counts as one; one of whom only a bound is known counts before it, too.
        """
        if self.state is not None:
            return (self.state,)
        full = (m for m in self.members if m.relation == "member" and len(m.who) == 2)
        return tuple(m.who for m in full if m.since is None or m.since.passed(at) is not False)


@dataclass(frozen=True, slots=True)
class Membership:
    """That a state takes part in an organisation, itself or through its agency."""

    organisation: Organisation
    member: Member


def _members(raw: Mapping[str, Any]) -> tuple[Member, ...]:
    found = []
    for relation, rows in raw.get("members", {}).items():
        for who, row in sorted(rows.items()):
            since = None if row["since"] == "unknown" else When.parse(row["since"])
            if "by" in row:
                since = When.by(row["by"])
            found.append(Member(who, relation, since, tuple(row["sources"])))
    return tuple(found)


@cache
def organisations() -> Mapping[str, Organisation]:
    """Every shipped organisation, by id."""
    return MappingProxyType(
        {
            key: Organisation(
                id=key,
                name=raw["name"],
                kind=raw["kind"],
                role=raw.get("role", ""),
                state=raw.get("state"),
                founded=When.parse(raw["founded"]) if "founded" in raw else None,
                members=_members(raw),
                published=int(raw["published"]) if "published" in raw else None,
                sources=tuple(raw["sources"]),
                note=raw.get("note", ""),
            )
            for key, raw in shipped("organisations").items()
        }
    )


def organisation(name: str) -> Organisation:
    """An organisation by id, in any case. Raises TreatyError with the nearest name."""
    found = organisations().get(name.casefold())
    if found is None:
        hint = nearest(name.casefold(), organisations()) or "`comity treaty organisations` lists them"
        raise TreatyError(f"there is no organisation {name!r}; {hint}")
    return found


def organisations_of(state: str) -> tuple[Membership, ...]:
    """Where a state takes part: as a member, an associate or a signatory, or through its own agency."""
    own = {o.id for o in organisations().values() if o.state == state}
    return tuple(
        Membership(body, member)
        for body in organisations().values()
        for member in body.members
        if member.who == state or member.who in own
    )


def state_code(name: str) -> str:
    """The ISO 3166-1 alpha-2 code of a state given by code or name. Raises TreatyError with the nearest name.

    >>> state_code("kenya"), state_code("ken"), state_code("KE")
    ('KE', 'KE', 'KE')
    """
    try:
        return str(pycountry.countries.lookup(name.strip()).alpha_2)
    except LookupError:
        pass
    names = {c.name: c.alpha_2 for c in pycountry.countries}
    names.update({c.common_name: c.alpha_2 for c in pycountry.countries if hasattr(c, "common_name")})
    folded = {known.casefold(): code for known, code in names.items()}
    if name.strip().casefold() in folded:
        return str(folded[name.strip().casefold()])
    hint = nearest(name.strip(), names) or "give an ISO 3166-1 code, such as KE, or a name, such as Kenya"
    raise TreatyError(f"there is no state {name!r}; {hint}")


def name_of(who: str) -> str:
    """What people read for a state's code or an organisation's id."""
    if who in organisations():
        return organisations()[who].name
    found = pycountry.countries.get(alpha_2=who)
    return who if found is None else str(getattr(found, "common_name", found.name))


def partner(name: str) -> str:
    """Whom a word means: the id of an organisation, or the ISO code of a state. Raises TreatyError with the nearest name."""
    word = name.strip()
    if word.casefold() in organisations():
        return word.casefold()
    try:
        return state_code(word)
    except TreatyError:
        known = [*(o.upper() for o in organisations()), *(c.name for c in pycountry.countries)]
        hint = nearest(word, known) or "give an agency, such as NASA, or a state, such as KE or Kenya"
        raise TreatyError(f"there is neither an organisation nor a state {name!r}; {hint}") from None
