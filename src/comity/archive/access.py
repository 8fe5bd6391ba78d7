"""Who may read: what the rules see of a product, and the condition that leaves out what a reader may not know of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from comity.policy import (
    Answer,
    Dialect,
    Entity,
    Facts,
    Policies,
    Question,
    SqlCondition,
    access_filter,
    dataset,
    decide,
)

#: Who reads without having said who they are: in no team, owner of nothing.
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Access:
    """The attributes of data that the rules of access speak of; `public_from` in milliseconds since 1970 UTC."""

    access: str
    owner: str
    team: str
    public_from: int | None = None
    restriction: str | None = None
    cleared: str | None = None

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """From a row of the six columns."""
        return cls(*row)

    def values(self) -> tuple[str | int | None, ...]:
        """The six columns."""
        return self.access, self.owner, self.team, self.public_from, self.restriction, self.cleared

    def entity(self, id: str) -> Entity:
        """As the rules know it."""
        opens = None if self.public_from is None else datetime.fromtimestamp(self.public_from / 1000, UTC)
        return dataset(
            id,
            access=self.access,
            owner=self.owner,
            team=self.team,
            public_from=opens,
            restriction=self.restriction,
            cleared=self.cleared,
        )


@dataclass(frozen=True, slots=True)
class Everything:
    """Whoever keeps the archive: sees all that is in it."""

    def condition(self, table: str, dialect: Dialect, at: datetime | None = None) -> SqlCondition:
        """Holds for every row."""
        del table, dialect, at
        return SqlCondition("1 = 1", ())


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads, by the rules and facts that hold: a partner, or the public.

    `facts` know the partner. The time that counts is the one of each question, so that what becomes public at a moment is
    seen from then on.
    """

    partner: str
    policies: Policies
    facts: Facts
    purpose: str = "science"

    def condition(self, table: str, dialect: Dialect, at: datetime | None = None) -> SqlCondition:
        """What stands after WHERE on a table with the six columns, now or at a time (UTC)."""
        when = at or datetime.now(UTC)
        return access_filter(
            self.policies, self.facts, self.partner, when, purpose=self.purpose, dialect=dialect, table=table
        )

    def answer(self, id: str, access: Access, at: datetime | None = None) -> Answer:
        """Whether something may be read, with the rules that decided: what a denial can be asked for."""
        entity = access.entity(id)
        facts = Facts.of({**self.facts.entities, entity.uid: entity}.values())
        return decide(self.policies, facts, Question(self.partner, "read", id, at or datetime.now(UTC), self.purpose))


def milliseconds(when: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return round(when.astimezone(UTC).timestamp() * 1000)
