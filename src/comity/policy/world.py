"""The rules and facts that a question meets: a programme's or the control lists', the shipped ones, and what a file describes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from comity.model.missions import Interface
from comity.model.problems import nearest
from comity.model.programme import Programme
from comity.policy.catalogue import listed_entities
from comity.policy.description import Description
from comity.policy.errors import PolicyError
from comity.policy.facts import Entity, Facts, Uid
from comity.policy.language import Policies, shipped
from comity.policy.licences import licence_rules
from comity.policy.programme_rules import programme_entities, programme_rules


class World(NamedTuple):
    """Rules and facts."""

    policies: Policies
    facts: Facts


def world(programme: Programme | None = None, described: Description | None = None) -> World:
    """What holds for a programme, or (without one) by the control lists and the agencies that come with comity.

    A programme states its own rules of transfer, and they alone decide transfers in it; agencies that are no partners of
    it are known with their states, so that one can ask about them. PolicyError when names clash or do not fit.
    """
    described = described or Description()
    licences = tuple(described.licences.values())
    texts = dict(shipped("data", "property", "record").texts)
    found: dict[Uid, Entity] = {}
    if programme is not None:
        texts[f"{programme.programme.id}.cedar"] = programme_rules(programme, licences=licences)
        own = list(programme_entities(programme, licences=licences))
        record = {
            "programme": Uid("Team", programme.programme.id),
            "host": Uid("Partner", next(iter(programme.partners))),
        }
        own.append(Entity(Uid("Record", programme.programme.id), record))
        agencies = [e for e in listed_entities() if e.uid.type == "Partner"]
    else:
        texts.update(shipped("transfer").texts)
        texts["licences.cedar"] = licence_rules(licences)
        own, agencies = [], list(listed_entities(licences=licences))
    for entity in (*own, *described.entities(), *agencies):
        found.setdefault(entity.uid, entity)
    for uid, entity in found.items():
        if uid.type == "Partner":
            found[uid] = replace(entity, parents=entity.parents | described.teams_of(uid.id))
    return World(Policies.parse(texts), Facts.of(found.values()))


@dataclass(frozen=True, slots=True)
class Crossing:
    """A class of technology that a question about a transfer means, and how it was found."""

    technology: str
    found: str = ""


def crossings(programme: Programme, what: str) -> tuple[Crossing, ...]:
    """The classes that WHAT means in a programme: a technology, an element `mission/element`, an interface `mission/one+other`.

    A word that stands in the name of one technology alone, such as `propulsion` in `electric-propulsion`, means that one.
    PolicyError, with the nearest name, when it means nothing.
    """
    known = programme.technologies
    if what in known:
        return (Crossing(what),)
    if "/" in what:
        return _at_interfaces(programme, what)
    words = [t for t in known if what in t.split("-")]
    if len(words) == 1:
        return (
            Crossing(words[0], f"{what} is taken as {words[0]}, the only technology of the programme with this word"),
        )
    hint = f"did you mean one of {', '.join(words)}?" if words else nearest(what, known)
    raise PolicyError(f"the programme has no technology {what!r}; {hint or 'it has ' + ', '.join(known)}")


def _at_interfaces(programme: Programme, what: str) -> tuple[Crossing, ...]:
    mission_id, _, ends = what.partition("/")
    if mission_id not in programme.missions:
        raise PolicyError(f"there is no mission {mission_id!r}; {nearest(mission_id, programme.missions)}".rstrip("; "))
    mission, named = programme.missions[mission_id], ends.split("+")
    for end in named:
        if end not in mission.elements:
            hint = nearest(end, mission.elements) or f"it has {', '.join(mission.elements)}"
            raise PolicyError(f"mission {mission_id!r} has no element {end!r}; {hint}")
    found = dict.fromkeys(i.technology for i in mission.interfaces if _joins(programme, mission_id, i, named))
    if not found:
        raise PolicyError(
            f"no interface in mission {mission_id!r} joins {' and '.join(named)}, so nothing crosses there"
        )
    return tuple(Crossing(t, f"{t} crosses at {what}") for t in found)


def _joins(programme: Programme, mission: str, interface: Interface, named: list[str]) -> bool:
    ends = {programme.element(mission, end) for end in interface.between}
    return all((mission, end) in ends for end in named)
