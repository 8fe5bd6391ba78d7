"""The rules and facts that a question meets: a programme's or the control lists', the shipped ones, and what a file describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from comity.model.missions import Interface
from comity.model.problems import nearest
from comity.model.programme import Programme
from comity.policy.catalogue import listed_entities
from comity.policy.description import DescribedProduct, Description
from comity.policy.errors import PolicyError
from comity.policy.facts import Entity, Facts, Uid
from comity.policy.inquiry import Standing, cannot, who_can
from comity.policy.language import Policies, shipped
from comity.policy.licences import Licence, licence_rules
from comity.policy.programme_rules import GrantsOnRecord, programme_entities, programme_rules
from comity.policy.recording import ADOPTED, is_exempt, parties_rule


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What a record adds to a programme's rules and facts, as it stands at one moment.

    `standing` has what agreements on the record let pass; `rules` further rules as Cedar text, by file; `within` are
    its parties and partners with what the record says that they are in; `facts` classes of data, and the kinds of entries;
    `opens` says, of those classes whose data become open, on which day data of a day do.
    """

    adopted: Policies
    licences: tuple[Licence, ...] = ()
    standing: GrantsOnRecord = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, Entity] = field(default_factory=dict)
    facts: tuple[Entity, ...] = ()
    opens: Mapping[str, Callable[[date], date]] = field(default_factory=dict)

    def product(self, id: str, described: DescribedProduct) -> Entity:
        """A set of data as the agreement on its class has it. PolicyError when none in force speaks of the class."""
        classes = {e.uid.id: e for e in self.facts if e.uid.type == "Dataset"}
        meant = [name for name in classes if described.of in (name, name.partition(": ")[2])]
        if len(meant) != 1:
            hint = nearest(described.of, classes) or (
                f"they speak of {', '.join(classes)}" if classes else "there are none"
            )
            said = (
                "several agreements in force on the record speak"
                if meant
                else "no agreement in force on a record speaks"
            )
            raise PolicyError(f"product {id!r}: {said} of data {described.of!r}; {hint}")
        known = classes[meant[0]]
        if meant[0] not in self.opens:
            return Entity(Uid("Dataset", id), known.attributes)
        day = datetime.combine(self.opens[meant[0]](described.made), time(), UTC)
        return Entity(Uid("Dataset", id), {**known.attributes, "public_from": day})


class World(NamedTuple):
    """Rules and facts."""

    policies: Policies
    facts: Facts

    def rules_for(self, action: str, what: str) -> Policies:
        """The rules that a question meets: no adopted ones where it is about an entry that is exempt from them."""
        return _not_adopted(self.policies) if action == "record" and is_exempt(what) else self.policies

    def cannot(self, partner: str, action: str, at: datetime, *, purpose: str = "programme") -> tuple[Standing, ...]:
        """What a partner cannot do, and by which rule; see `inquiry.cannot`."""
        if action != "record":
            return cannot(self.policies, self.facts, partner, action, at, purpose=purpose)
        return tuple(
            standing
            for kind in self.facts.of_type("EntryKind")
            for standing in who_can(
                self.rules_for(action, kind), self.facts, action, kind, at, purpose=purpose, among=[partner]
            )
            if not standing.answer.allowed
        )


def world(
    programme: Programme | None = None, described: Description | None = None, on_record: OnRecord | None = None
) -> World:
    """What holds for a programme, or (without one) by the control lists and the agencies that come with comity.

    A programme states its own rules of transfer, and they alone decide transfers in it; agencies that are no partners of
    it are known with their states, so that one can ask about them. On a record, the rules adopted there hold besides: each
    takes the place of a shipped rule of the same @id. PolicyError when names clash or do not fit.
    """
    described, added = described or Description(), on_record or OnRecord(Policies((), {}))
    licences = _licences(described, added)
    if programme is not None:
        name, text = (
            f"{programme.programme.id}.cedar",
            programme_rules(programme, licences=licences, standing=added.standing),
        )
        entities = _of_programme(programme, licences)
    else:
        name, text = "licences.cedar", licence_rules(licences)
        entities = list(listed_entities(licences=licences))
    shipped_sets = ("data", "property", "record", *(("transfer",) if programme is None else ()))
    base = shipped(*shipped_sets, *(("standing",) if on_record else ())).under(added.adopted)
    found: dict[Uid, Entity] = {}
    products = (added.product(id, product) for id, product in described.products.items())
    for entity in (*added.facts, *entities, *described.entities(), *products, *added.within.values()):
        found.setdefault(entity.uid, entity)
    for uid, entity in found.items():
        if uid.type == "Partner":
            besides = added.within[uid.id].parents if uid.id in added.within else frozenset()
            found[uid] = replace(entity, parents=entity.parents | besides | described.teams_of(uid.id))
    facts = Facts.of(found.values())
    if on_record is None:
        return World(Policies.parse({**base.texts, name: text}), facts)
    own = Policies.parse({name: text, **added.rules, "record.cedar": parties_rule(added.adopted)})
    return World(base.beside(own), facts)


@lru_cache(maxsize=16)
def _not_adopted(policies: Policies) -> Policies:
    return Policies(tuple(r for r in policies.rules if not r.cited.file.startswith(ADOPTED)), policies.texts)


def _licences(described: Description, added: OnRecord) -> tuple[Licence, ...]:
    twice = sorted({licence.id for licence in added.licences} & set(described.licences))
    if twice:
        raise PolicyError(f"licence {twice[0]!r} stands on the record already; the file of facts may not change it")
    return (*added.licences, *described.licences.values())


def _of_programme(programme: Programme, licences: tuple[Licence, ...]) -> list[Entity]:
    """Its partners and classes, its record, and the agencies that it does not have."""
    record = {
        "programme": Uid("Team", programme.programme.id),
        "host": Uid("Partner", next(iter(programme.partners))),
    }
    return [
        *programme_entities(programme, licences=licences),
        Entity(Uid("Record", programme.programme.id), record),
        *(e for e in listed_entities() if e.uid.type == "Partner"),
    ]


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
