"""Does every party, clause and document that an agreement names exist in it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.terms import ALL, EntryIntoForce
from comity.model.base import cited_in
from comity.model.problems import Problem, nearest
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading

#: Fields that hold parties (one, or several).
_PARTIES = frozenset({"party", "holders", "giver", "receiver", "named"})
_ONE_PARTY = frozenset({("Handover", "to")})


def references(reading: Reading, agreement: Agreement) -> Iterator[Problem]:
    """Names of parties, clauses and sources that the agreement does not have; conditions that cannot be met."""
    yield from _cites(reading, agreement, "the heading", agreement.agreement.source, ("agreement", "source"))
    for name, clause in agreement.clauses.items():
        path: Path = ("clauses", name)
        for where, owner, value in texts(clause, path):
            field = next(step for step in reversed(where) if isinstance(step, str))
            if field in _PARTIES or (owner, field) in _ONE_PARTY:
                yield from _party(reading, agreement, where, value, many=owner == "Duty")
            elif field == "survives" and value not in agreement.clauses:
                hint = nearest(value, agreement.clauses) or "no clause is called so"
                yield reading.problem(where, f"clause {name!r} lets {value!r} survive", hint)
        yield from _cites(reading, agreement, f"clause {name!r}", clause.source, (*path, "source"))
        for cited in cited_in(clause.text):
            if cited not in agreement.sources and cited not in agreement.clauses:
                hint = nearest(cited, [*agreement.clauses, *agreement.sources]) or "name a clause or a source"
                yield reading.problem((*path, "text"), f"the text of {name!r} refers to [{cited}]", hint)
        if isinstance(clause.terms, EntryIntoForce) and (clause.terms.needed or 0) > len(agreement.parties):
            said = f"{clause.terms.needed} must act, but there are {len(agreement.parties)} parties"
            yield reading.problem((*path, "terms", "needed"), said)


def _party(reading: Reading, agreement: Agreement, where: Path, name: str, *, many: bool) -> Iterator[Problem]:
    if name in agreement.parties or (many and name == ALL):
        return
    hint = nearest(name, agreement.parties) or f"the parties are {', '.join(agreement.parties)}"
    yield reading.problem(where, f"{name!r} is no party to {agreement.id!r}", hint)


def _cites(reading: Reading, agreement: Agreement, who: str, text: str, path: Path) -> Iterator[Problem]:
    """A source that is cited and not listed."""
    name = source_of(text)
    if text and name not in agreement.sources:
        hint = nearest(name, agreement.sources) or "list it under sources:"
        yield reading.problem(path, f"{who} cites the source {name!r}", hint)


def texts(value: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Each text within a value: its path, the name of the type that holds it, and the text."""
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            held = getattr(value, field)
            if isinstance(held, str):
                yield (*path, field), type(value).__name__, held
            elif isinstance(held, tuple):
                for n, item in enumerate(held):
                    if isinstance(item, str):
                        yield (*path, field, n), type(value).__name__, item
                    else:
                        yield from texts(item, (*path, field, n))
            elif isinstance(held, BaseModel):
                yield from texts(held, (*path, field))


def source_of(text: str) -> str:
    """The identifier that a citation begins with."""
    return text.partition(",")[0].strip()
