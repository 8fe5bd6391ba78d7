"""Checklists of the common safety procedure: what has to be shown in which phase, and how a list becomes a mission's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from comity.model.base import FrozenMap, Named
from comity.model.missions import Element, ElementKind, Mission, Option, with_ids
from comity.model.problems import nearest
from comity.model.programme import Programme
from comity.safety.debris_rules import Document
from comity.safety.errors import SafetyError
from comity.safety.files import DATA, read_value, shipped_or_file
from comity.safety.phases import Phase

#: Who owes an item: `builder` is each element's provider; `registry` has a space object registered, and is who pays for it, for
#: a state of registry is one that launches it or has it launched (Registration Convention, Art. I and II).
Role = Literal["lead", "integrator", "builder", "launcher", "operator", "registry"]
ROLES: tuple[Role, ...] = ("lead", "integrator", "builder", "launcher", "operator", "registry")
FOLDER = DATA / "checklists"
#: Kinds of element that carry or hold people.
CREWED: frozenset[ElementKind] = frozenset({"crew_vehicle", "suit", "habitat"})
#: Kinds of element that are no hardware with hazards of its own.
_NO_HARDWARE = frozenset(
    {"launch", "integration", "operations", "ground_segment", "data_centre", "training", "technology"}
)
#: Kinds that become space objects of their own.
_SPACE_OBJECTS = frozenset(
    {"bus", "module", "lander", "rover", "orbiter", "probe", "sample_return", "crew_vehicle", "cargo_vehicle", "telescope",
     "habitat", "relay"}
)  # fmt: skip


#: Kinds of which those that one integration joins fly as one space object: landers, probes and modules part again.
_JOINED = frozenset({"bus", "telescope"})


class Item(Named):
    """One thing that has to be shown."""

    phase: Phase
    owner: Role
    evidence: str = Field(description="What is taken as evidence.")
    sources: tuple[str, ...] = Field(min_length=1, description="Documents that ask for it: `SOURCE-ID, place`.")
    each: Literal["mission", "element", "object"] = "mission"
    kinds: tuple[ElementKind, ...] = Field(default=(), description="Of elements, only of these kinds.")
    crew: Literal["crewed", "uncrewed"] | None = None
    when: str | None = Field(default=None, description="A trait that the mission must have.")
    form: Literal["registration", "disposal", "screening"] | None = None


class Template(Named):
    """A list that missions are given, with the documents that it rests on."""

    sources: FrozenMap[str, Document]
    traits: FrozenMap[str, str] = Field(default_factory=dict, validate_default=True)
    items: FrozenMap[str, Item] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: Any) -> Any:
        return with_ids(raw, "items")

    @model_validator(mode="after")
    def _whole(self) -> Template:
        for name, item in self.items.items():
            for source in item.sources:
                if source.partition(",")[0] not in self.sources:
                    raise ValueError(f"the item {name} cites {source.partition(',')[0]!r}, which is not under sources")
            if item.when is not None and item.when not in self.traits:
                raise ValueError(f"the item {name} asks for the trait {item.when!r}, which is not under traits")
        return self


@dataclass(frozen=True, slots=True)
class Due:
    """An item of a mission's own list. `owners` are several where options of the programme leave it open, none where unknown."""

    id: str
    name: str
    phase: Phase
    owners: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]
    element: str | None = None
    form: str | None = None
    #: A trait of which nobody said whether the mission has it.
    if_trait: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without what is empty."""
        whole = {name: getattr(self, name) for name in self.__slots__}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in whole.items() if v not in (None, ())}


@dataclass(frozen=True, slots=True)
class Checklist:
    """A mission's own list."""

    template: str
    mission: str
    crewed: bool
    traits: tuple[str, ...]
    items: tuple[Due, ...]


def shipped_templates() -> dict[str, Path]:
    """The lists that come with comity, by name."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.yaml"))}


def read_template(name: str) -> Template:
    """A shipped list, or one in a YAML file. SafetyError with all its problems."""
    return read_value(shipped_or_file(name, FOLDER), Template)


def checklist(
    template: Template,
    programme: Programme,
    mission: str,
    *,
    crewed: bool | None = None,
    has: Collection[str] = (),
    has_not: Collection[str] = (),
    owners: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> Checklist:
    """The list that a mission of a programme is given.

    Parameters: `crewed`, whether people fly with it, else read from the kinds of its elements; `has` and `has_not`, its
    traits (an item with a trait that is in neither stays, marked `if_trait`); `owners` by role, in place of those read from
    the programme; `options`, which option of an element is taken, by element (else all count). SafetyError for unknown names.
    """
    if mission not in programme.missions:
        hint = nearest(mission, programme.missions) or f"there are {', '.join(programme.missions)}"
        raise SafetyError(f"the programme has no mission {mission!r}; {hint}")
    for trait in (*has, *has_not):
        if trait not in template.traits:
            raise SafetyError(
                f"there is no trait {trait!r}; {nearest(trait, template.traits) or ', '.join(template.traits)}"
            )
    if both := sorted(set(has) & set(has_not)):
        raise SafetyError(f"the mission cannot both have {both[0]!r} and not")
    for role, partner in (owners or {}).items():
        if role not in ROLES:
            raise SafetyError(f"there is no role {role!r}; {nearest(role, ROLES) or ', '.join(ROLES)}")
        if partner not in programme.partners:
            hint = nearest(partner, programme.partners) or ", ".join(programme.partners)
            raise SafetyError(f"the programme has no partner {partner!r}; {hint}")
    of = programme.missions[mission]
    manned = any(e.kind in CREWED for e in of.elements.values()) if crewed is None else crewed
    roles = _Roles(of, dict(owners or {}), dict(options or {}))
    items: list[Due] = []
    for item in template.items.values():
        if item.crew is not None and (item.crew == "crewed") != manned:
            continue
        if item.when is not None and item.when in has_not:
            continue
        open_trait = item.when if item.when is not None and item.when not in has else None
        items.extend(_dues(item, of, roles, open_trait))
    return Checklist(template.id or template.name, mission, manned, tuple(sorted(has)), tuple(items))


def _dues(item: Item, mission: Mission, roles: _Roles, if_trait: str | None) -> Iterator[Due]:
    for element in _elements(item, mission):
        yield Due(
            id=item.id if element is None else f"{item.id}/{element.id}",
            name=item.name if element is None else f"{item.name}: {element.name}",
            phase=item.phase,
            owners=roles.of(item.owner, element),
            evidence=item.evidence,
            sources=item.sources,
            element=None if element is None else element.id,
            form=item.form,
            if_trait=if_trait,
        )


def _elements(item: Item, mission: Mission) -> Iterator[Element | None]:
    if item.each == "mission":
        yield None
        return
    objects = space_objects(mission) if item.each == "object" else ()
    for element in mission.elements.values():
        if item.each == "object" and element.id not in objects:
            continue
        if item.each == "element" and element.kind in _NO_HARDWARE:
            continue
        if not item.kinds or element.kind in item.kinds:
            yield element


def space_objects(mission: Mission) -> tuple[str, ...]:
    """The elements of a mission that become space objects of their own.

    Buses and telescopes that one integration joins are one object: the bus that the mission names last stands for it.
    """
    single = {e.id: e.id for e in mission.elements.values() if e.kind in _SPACE_OBJECTS}
    for last in mission.elements.values():
        if last.kind == "integration":
            parts = [e for e in _joined(mission, last) if mission.elements[e].kind in _JOINED]
            buses = [e for e in mission.elements if e in parts and mission.elements[e].kind == "bus"]
            if buses:
                single |= dict.fromkeys(parts, buses[-1])
    return tuple(dict.fromkeys(e for e in mission.elements if e in single.values()))


def _joined(mission: Mission, integration: Element) -> set[str]:
    """What an integration waits for, and what integrations before it wait for."""
    found: set[str] = set()
    waiting = [integration]
    while waiting:
        for after in waiting.pop().after:
            if after.element in mission.elements and after.element not in found:
                found.add(after.element)
                if mission.elements[after.element].kind == "integration":
                    waiting.append(mission.elements[after.element])
    return found


class _Roles:
    """Who stands behind a role in a mission."""

    def __init__(self, mission: Mission, given: Mapping[str, str], options: Mapping[str, str]) -> None:
        self._mission, self._given, self._options = mission, given, options
        for element, option in options.items():
            if element not in mission.elements:
                hint = nearest(element, mission.elements) or ", ".join(mission.elements)
                raise SafetyError(f"mission {mission.id!r} has no element {element!r}; {hint}")
            labels = [o.label for o in mission.elements[element].options]
            if option not in labels:
                raise SafetyError(
                    f"element {element!r} has no option {option!r}; {nearest(option, labels) or ', '.join(labels)}"
                )

    def of(self, role: Role, element: Element | None) -> tuple[str, ...]:
        """The partners that may hold a role, those of the first option first."""
        if role in self._given:
            return (self._given[role],)
        if role in ("builder", "registry"):
            if element is None:
                return self.of("integrator", None)
            return self._providers(element) if role == "builder" else self._payers(element)
        kinds = {
            "launcher": ("launch", "launcher"),
            "operator": ("operations",),
            "integrator": ("integration",),
            "lead": ("integration",),
        }
        for one in self._mission.elements.values():
            if one.kind in kinds[role]:
                return self._providers(one)
        return self._providers(self._mission.elements[self._mission.delivery_element]) if role != "launcher" else ()

    def _providers(self, element: Element) -> tuple[str, ...]:
        """Who does the work, of the option taken or of all; of a consortium whose part is the largest."""
        return tuple(dict.fromkeys(_largest(option.work_shares) for option in self._taken(element)))

    def _payers(self, element: Element) -> tuple[str, ...]:
        """The same of who pays: who works, where the common pool alone pays."""
        shares = [
            {who: part for who, part in option.payer_shares.items() if who != "pool"} or option.work_shares
            for option in self._taken(element)
        ]
        return tuple(dict.fromkeys(map(_largest, shares)))

    def _taken(self, element: Element) -> list[Option]:
        taken = self._options.get(element.id)
        return [option for option in element.options if taken is None or option.label == taken]


def _largest(shares: Mapping[str, Decimal]) -> str:
    return max(shares, key=lambda who: (shares[who], who))
