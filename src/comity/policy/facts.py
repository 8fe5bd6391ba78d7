"""Who and what there is: the entities that rules speak of, with their attributes and what each is in.

A fact says how things are (that Japan is party to an agreement); what follows from it the rules say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import cedarpy

from comity.model.problems import nearest
from comity.policy.errors import PolicyError
from comity.policy.language import schema

#: The type that each action is on; what a question names is of this type.
RESOURCES = {
    "transfer": "Class",
    "read": "Dataset",
    "use": "Work",
    "view": "Record",
    "append": "Record",
    "administer": "Record",
    "record": "EntryKind",
}
_WORDS = {"EntryKind": "kind of entry"}


class Uid(NamedTuple):
    """The name of an entity: its type and its id."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


#: An attribute's value: text, a number, a truth value, an aware time, an entity, or a set of these.
Attribute = str | int | bool | datetime | Uid | frozenset[Any]


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: its attributes, and the entities that it is in directly."""

    uid: Uid
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    parents: frozenset[Uid] = frozenset()


def partner(id: str, *, states: Iterable[str] = (), teams: Iterable[str] = (), parents: Iterable[Uid] = ()) -> Entity:
    """A partner, under the law of its states, in its teams (and in other parents)."""
    under = frozenset(Uid("State", s) for s in states)
    return Entity(Uid("Partner", id), {"states": under}, under | {Uid("Team", t) for t in teams} | frozenset(parents))


def dataset(
    id: str,
    *,
    access: str,
    owner: str,
    team: str,
    public_from: datetime | None = None,
    restriction: str | None = None,
    cleared: str | None = None,
) -> Entity:
    """A set of data. PolicyError when `access` or `restriction` is none that the rules know."""
    for what, value, known in (("access", access, ACCESS), ("restriction", restriction, RESTRICTIONS)):
        if value is not None and value not in known:
            hint = nearest(value, known) or f"known are {', '.join(known)}"
            raise PolicyError(f"dataset {id}: {what} {value!r} is not known; {hint}")
    given = {
        "access": access,
        "owner": Uid("Partner", owner),
        "team": Uid("Team", team),
        "public_from": public_from,
        "restriction": restriction,
        "cleared": None if cleared is None else Uid("Team", cleared),
    }
    return Entity(Uid("Dataset", id), {k: v for k, v in given.items() if v is not None})


ACCESS = ("open", "proprietary", "partners", "embargo")
RESTRICTIONS = ("safety", "security")


@dataclass(frozen=True, eq=False)
class Facts:
    """All entities by name. Those that a question can be about may be many; a decision reads one of them."""

    entities: Mapping[Uid, Entity]

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> Facts:
        """Facts from entities; an entity that is only named (as a parent or in an attribute) exists with nothing.

        PolicyError when an entity does not fit the schema, or stands twice.
        """
        found: dict[Uid, Entity] = {}
        for entity in entities:
            if entity.uid in found:
                raise PolicyError(f"{entity.uid} stands twice among the facts")
            found[entity.uid] = entity
        for uid in [uid for entity in found.values() for uid in _named(entity)]:
            if uid not in found:
                states = {"states": frozenset[Any]()} if uid.type == "Partner" else {}
                found[uid] = Entity(uid, states)
        facts = cls(found)
        facts.handle  # noqa: B018 - parsed here, so that what does not fit is told here
        return facts

    def of_type(self, kind: str) -> tuple[str, ...]:
        """The ids of all entities of a type, in order."""
        return tuple(sorted(uid.id for uid in self.entities if uid.type == kind))

    def members(self, kind: str, id: str) -> tuple[str, ...]:
        """The partners that are in an entity, such as a team, in order."""
        whole = Uid(kind, id)
        return tuple(p for p in self.of_type("Partner") if whole in self.ancestors[Uid("Partner", p)])

    def known(self, kind: str, id: str) -> Entity:
        """The entity of this name. PolicyError, with the nearest name, when there is none."""
        entity = self.entities.get(Uid(kind, id))
        if entity is None:
            names = self.of_type(kind)
            hint = nearest(id, names) or (f"known are {', '.join(names[:12])}" if names else "the facts name none")
            raise PolicyError(f"there is no {_WORDS.get(kind, kind.lower())} {id!r}; {hint}")
        return entity

    def about(self, action: str, what: str) -> Entity:
        """The entity that an action is on. PolicyError when there is no such action or entity."""
        if action not in RESOURCES:
            hint = nearest(action, RESOURCES) or f"known are {', '.join(RESOURCES)}"
            raise PolicyError(f"there is no action {action!r}; {hint}")
        return self.known(RESOURCES[action], what)

    @cached_property
    def ancestors(self) -> dict[Uid, frozenset[Uid]]:
        """By entity, itself and all that it is in, directly or not."""
        found: dict[Uid, frozenset[Uid]] = {}
        for uid in self.entities:
            above, queue = {uid}, [uid]
            while queue:
                entity = self.entities.get(queue.pop())
                new = (entity.parents if entity else frozenset()) - above
                above |= new
                queue.extend(new)
            found[uid] = frozenset(above)
        return found

    @cached_property
    def handle(self) -> cedarpy.Entities:
        """All but datasets and works, as cedarpy takes them."""
        few = [e for e in self.entities.values() if e.uid.type not in ("Dataset", "Work")]
        return _parsed(few)

    def handle_with(self, resources: Iterable[Entity]) -> cedarpy.Entities:
        """The same with some datasets or works in it. PolicyError when one does not fit the schema."""
        many = [_plain(e) for e in resources if e.uid.type in ("Dataset", "Work")]
        if not many:
            return self.handle
        try:
            return self.handle.with_added_json_str(json.dumps(many), schema())
        except ValueError as error:
            raise PolicyError(f"a fact does not fit the schema: {error}") from None


def _parsed(entities: Iterable[Entity]) -> cedarpy.Entities:
    try:
        return cedarpy.Entities.from_json_str(json.dumps([_plain(e) for e in entities]), schema())
    except ValueError as error:
        raise PolicyError(f"a fact does not fit the schema: {error}") from None


def _named(entity: Entity) -> Iterator[Uid]:
    yield from entity.parents
    for value in entity.attributes.values():
        for one in value if isinstance(value, frozenset) else (value,):
            if isinstance(one, Uid):
                yield one


def _plain(entity: Entity) -> dict[str, Any]:
    return {
        "uid": entity.uid._asdict(),
        "attrs": {name: json_value(value) for name, value in entity.attributes.items()},
        "parents": [uid._asdict() for uid in sorted(entity.parents)],
    }


def json_value(value: Attribute) -> Any:
    """A value as Cedar's JSON writes it."""
    if isinstance(value, Uid):
        return {"__entity": value._asdict()}
    if isinstance(value, datetime):
        return {"__extn": {"fn": "datetime", "arg": cedar_time(value)}}
    if isinstance(value, frozenset):
        return [json_value(one) for one in sorted(value, key=repr)]
    return value


def cedar_time(at: datetime) -> str:
    """A time as Cedar writes it: UTC, to the millisecond. ValueError when it has no time zone.

    >>> cedar_time(datetime(2026, 11, 24, tzinfo=UTC))
    '2026-11-24T00:00:00.000Z'
    """
    if at.tzinfo is None:
        raise ValueError("a time has a time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970 UTC, which is how fine Cedar's times are. ValueError when it has no time zone."""
    if at.tzinfo is None:
        raise ValueError("a time has a time zone")
    return (at - _EPOCH) // _MS


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC) - _EPOCH
