"""Who owes what, by when: the obligations that an agreement's clauses hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from comity.governance.agreements.document import Agreement, Clause, Duty
from comity.governance.agreements.terms import Contributions, Milestones, Responsibilities
from comity.model.yaml_tree import Path

#: How far ahead a duty that comes back is listed.
MOST_RECURRENCES = 100


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one party owes under one clause. Without `due` it holds as long as the agreement does."""

    agreement: str
    clause: str
    article: str
    party: str
    kind: str
    what: str
    due: date | None = None
    element: str | None = None
    done: date | None = None
    path: Path = ()

    def overdue(self, at: date) -> bool:
        """Is its day past, and it is not done?"""
        return self.due is not None and self.due < at and (self.done is None or self.done > at)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "agreement": self.agreement,
            "clause": self.clause,
            "article": self.article,
            "party": self.party,
            "kind": self.kind,
            "what": self.what,
            "element": self.element,
            "due": self.due.isoformat() if self.due else None,
            "done": self.done.isoformat() if self.done else None,
        }


def obligations(
    agreement: Agreement,
    *,
    in_force: date | None = None,
    until: date | None = None,
    parties: Iterable[str] | None = None,
) -> tuple[Obligation, ...]:
    """All obligations of an agreement: those with a day first, by day, then the standing ones in the text's order.

    `in_force` is when it entered into force (default: what the document says), from which periods count; a duty that
    comes back is listed up to `until` (default: only its next day after entry into force). `parties` narrows them.
    """
    start = in_force or agreement.agreement.in_force
    found = [o for clause in agreement.clauses.values() for o in _of(agreement, clause, start, until)]
    if parties is not None:
        wanted = set(parties)
        found = [o for o in found if o.party in wanted]
    dated = sorted((o for o in found if o.due is not None), key=lambda o: (o.due or date.max, o.party, o.what))
    return (*dated, *(o for o in found if o.due is None))


def _of(agreement: Agreement, clause: Clause, start: date | None, until: date | None) -> Iterator[Obligation]:
    path: Path = ("clauses", clause.id)
    blank = Obligation(agreement.id, clause.id, clause.article, "", "", "")
    terms = clause.terms
    if isinstance(terms, Responsibilities):
        for n, role in enumerate(terms.roles):
            if role.role != "use":  # a right, not a duty
                what = f"{role.role} {role.element}" + (f": {role.note}" if role.note else "")
                at = (*path, "terms", "roles", n)
                yield replace(blank, party=role.party, kind="role", what=what, element=role.element, path=at)
    if isinstance(terms, Contributions):
        for n, c in enumerate(terms.contributions):
            what = f"{c.what} ({c.value})" if c.value is not None else c.what
            at = (*path, "terms", "contributions", n)
            yield replace(
                blank, party=c.party, kind="contribution", what=what, due=c.due, element=c.element, done=c.done, path=at
            )
    if isinstance(terms, Milestones):
        for n, m in enumerate(terms.milestones):
            at = (*path, "terms", "milestones", n)
            yield replace(
                blank, party=m.party, kind="milestone", what=m.name, due=m.due, element=m.element, done=m.done, path=at
            )
    for n, duty in enumerate(clause.duties):
        for party in agreement.meant(duty.party):
            for due in _days(duty, start, until):
                at = (*path, "duties", n)
                yield replace(blank, party=party, kind="duty", what=duty.what, due=due, done=duty.done, path=at)


def _days(duty: Duty, start: date | None, until: date | None) -> Iterator[date | None]:
    """The days on which a duty falls: stated, a period after entry into force, or again and again."""
    first = duty.due
    if first is None and duty.within is not None and start is not None:
        first = duty.within.after(start)
    if duty.every is None:
        yield first
        return
    if first is None and start is not None:
        first = duty.every.after(start)
    yield first
    begin, count = first, 1
    while begin is not None and until is not None and count < MOST_RECURRENCES:
        # Counted from the first day, so that the 31st does not become the 28th for ever after a February.
        months, days = duty.every.months * count, duty.every.days * count
        day = type(duty.every)(months, days).after(begin)
        if day > until:
            return
        yield day
        count += 1
