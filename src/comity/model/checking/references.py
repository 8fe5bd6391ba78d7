"""Does every name that is used exist?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, get_args

from comity.model.checking.walk import countries, country_hint, options, titled
from comity.model.checking.walk import elements as all_elements
from comity.model.missions import Element, ElementKind
from comity.model.problems import Problem, nearest, problem
from comity.model.programme import POOL
from comity.model.rules import Barter, CashPool, InKind, MaximumShare, MinimumReturn
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft

_RESERVED = {POOL: "the common pool", "emerging": "all emerging partners", "*": "everyone"}


def identifiers(draft: Draft) -> Iterator[Problem]:
    """A programme without an identifier, and identifiers that would be read as something else."""
    if draft.header is not None and not draft.header.id:
        place = draft.positions.of(("programme",), key=True)
        yield problem(
            place, ("programme", "id"), "the field 'id' is missing", "id: the word that plans name this programme by"
        )
    for name in draft.names("partners"):
        place = draft.positions.of(("partners", name), key=True)
        if name in _RESERVED:
            yield problem(
                place, ("partners", name), f"no partner can be called {name!r}: that word means {_RESERVED[name]}"
            )
        elif name in countries():
            yield problem(
                place, ("partners", name), f"the partner {name!r} would be read as a country", f"write {name.lower()!r}"
            )
    slashed: list[Path] = [("missions", m) for m in draft.names("missions")]
    slashed += [(*path, "elements", e) for path in list(slashed) for e in draft.positions.names(*path, "elements")]
    for path in slashed:
        if "/" in str(path[-1]):
            yield problem(
                draft.positions.of(path, key=True), path, f"the name {path[-1]!r} has a slash", "use a hyphen"
            )
    for name in draft.names("sources"):
        if "," in name:
            path = ("sources", name)
            yield problem(draft.positions.of(path, key=True), path, f"the name {name!r} has a comma", "use a hyphen")


def _unknown(
    draft: Draft, who: str, role: str, name: str, path: Path, *, among: Iterable[str], key: bool = False
) -> Iterator[Problem]:
    known = list(among)
    if name not in known and draft.whole:
        place = draft.positions.of(path, key=key)
        yield problem(place, path, f"{who} names {role} {name!r}", nearest(name, known) or f"no {role} is called so")


def _each(
    draft: Draft, who: str, role: str, names: Iterable[str], path: Path, *, among: Iterable[str], keys: bool = False
) -> Iterator[Problem]:
    known = list(among)
    for n, name in enumerate(names):
        yield from _unknown(draft, who, role, name, (*path, name if keys else n), among=known, key=keys)


def partners(draft: Draft) -> Iterator[Problem]:
    """What partners refer to, and the codes of their states."""
    everyone = draft.names("partners")
    for name, partner in draft.sections["partners"].items():
        who, path = f"partner {name!r}", ("partners", name)
        yield from _each(
            draft,
            who,
            "technology",
            partner.capabilities,
            (*path, "capabilities"),
            among=draft.names("technologies"),
            keys=True,
        )
        yield from _each(
            draft,
            who,
            "objective",
            partner.priorities,
            (*path, "priorities"),
            among=draft.names("objectives"),
            keys=True,
        )
        yield from _each(draft, who, "member", partner.members, (*path, "members"), among=everyone)
        if partner.return_to is not None:
            yield from _unknown(draft, who, "partner", partner.return_to, (*path, "return_to"), among=everyone)
        if partner.country is not None and partner.member_states:
            place = draft.positions.of((*path, "country"), key=True)
            yield problem(place, (*path, "country"), f"{who} has both country and member_states", "keep one of them")
        states = [((*path, "member_states", n), s) for n, s in enumerate(partner.member_states)]
        for at, state in [((*path, "country"), partner.country), *states]:
            if state is not None and state not in countries():
                said = f"{who}: {state!r} is not an ISO 3166-1 alpha-2 country code"
                yield problem(draft.positions.of(at), at, said, country_hint(state))


def objectives(draft: Draft) -> Iterator[Problem]:
    """Parents of objectives."""
    for name, objective in draft.sections["objectives"].items():
        if objective.parent is not None:
            yield from _unknown(
                draft,
                f"objective {name!r}",
                "parent",
                objective.parent,
                ("objectives", name, "parent"),
                among=draft.names("objectives"),
            )


def rules(draft: Draft) -> Iterator[Problem]:
    """What facilities, treaties, agreements, export rules and rules of participation refer to."""
    everyone = draft.names("partners")
    states = [*everyone, *sorted(countries())]
    for name, facility in draft.sections["facilities"].items():
        yield from _unknown(
            draft, f"facility {name!r}", "owner", facility.owner, ("facilities", name, "owner"), among=everyone
        )
    for name, treaty in draft.sections["treaties"].items():
        yield from _each(
            draft, f"treaty {name!r}", "party", treaty.parties, ("treaties", name, "parties"), among=states, keys=True
        )
    technologies = draft.names("technologies")
    for name, agreement in draft.sections["agreements"].items():
        who, path = f"agreement {name!r}", ("agreements", name)
        yield from _each(draft, who, "party", agreement.parties, (*path, "parties"), among=states)
        yield from _each(draft, who, "technology", agreement.permits, (*path, "permits"), among=technologies)
    for name, rule in draft.sections["export_control"].items():
        who, path = f"export rule {name!r}", ("export_control", name)
        yield from _each(
            draft, who, "technology", rule.technologies, (*path, "technologies"), among=[*technologies, "*"]
        )
        yield from _each(draft, who, "agreement", rule.unless, (*path, "unless"), among=draft.names("agreements"))
        for role, given in (
            ("giver", rule.giver),
            ("receiver", rule.receiver),
            ("except_receiver", rule.except_receiver),
        ):
            yield from _each(draft, who, role, given, (*path, role), among=[*states, "*"])
    yield from _participation(draft)
    if draft.header is not None:
        kinds: Path = ("programme", "uncertainty", "by_kind")
        yield from _each(
            draft,
            "uncertainty",
            "kind of element",
            draft.header.uncertainty.by_kind,
            kinds,
            among=get_args(ElementKind),
            keys=True,
        )


def _participation(draft: Draft) -> Iterator[Problem]:
    everyone = draft.names("partners")
    for name, rule in draft.sections["participation"].items():
        who, path = f"rule {name!r}", ("participation", name)
        if isinstance(rule, CashPool):
            yield from _each(draft, who, "payer", rule.payers, (*path, "payers"), among=everyone)
            yield from _each(
                draft, who, "receiver", rule.receivers, (*path, "receivers"), among=[*everyone, "emerging"]
            )
        elif isinstance(rule, (MinimumReturn, MaximumShare, InKind, Barter)):
            yield from _each(draft, who, "partner", rule.partners, (*path, "partners"), among=everyone)


def missions(draft: Draft) -> Iterator[Problem]:
    """What missions themselves refer to."""
    for name, mission in draft.sections["missions"].items():
        who, path = f"mission {name!r}", ("missions", name)
        yield from _each(
            draft, who, "treaty", mission.requires_treaties, (*path, "requires_treaties"), among=draft.names("treaties")
        )
        yield from _each(draft, who, "mission", mission.excludes, (*path, "excludes"), among=draft.names("missions"))
        if mission.delivery is not None:
            yield from _unknown(
                draft,
                who,
                "delivery element",
                mission.delivery,
                (*path, "delivery"),
                among=draft.positions.names(*path, "elements"),
            )
        for n, interface in enumerate(mission.interfaces):
            at: Path = (*path, "interfaces", n)
            yield from _unknown(
                draft,
                f"an interface of {who}",
                "technology",
                interface.technology,
                (*at, "technology"),
                among=draft.names("technologies"),
            )
            for k, end in enumerate(interface.between):
                yield from element_named(draft, f"an interface of {who}", name, end, (*at, "between", k))


def _elements_of(draft: Draft, mission: str) -> tuple[str, ...]:
    """The names of a mission's elements, of broken ones too."""
    return draft.positions.names("missions", mission, "elements")


def element_named(draft: Draft, who: str, mission: str, reference: str, path: Path) -> Iterator[Problem]:
    """The problem of a reference to an element that there is not: `element`, or `mission/element`."""
    first, slash, second = reference.partition("/")
    other = first if slash else mission
    if slash and other not in draft.names("missions"):
        yield from _unknown(draft, who, "mission", other, path, among=draft.names("missions"))
    elif (second if slash else first) not in _elements_of(draft, other):
        known = [
            *_elements_of(draft, mission),
            *(f"{m}/{e}" for m in draft.names("missions") for e in _elements_of(draft, m)),
        ]
        if not draft.whole and other not in draft.names("missions"):
            return
        near = nearest(reference, [f"{other}/{e}" for e in _elements_of(draft, other)]) if slash else ""
        hint = near or nearest(reference, known) or f"mission {other!r} has no such element"
        yield problem(draft.positions.of(path), path, f"{who} names element {reference!r}", hint)


def _names(draft: Draft, mission: str, element: Element, path: Path) -> Iterator[Problem]:
    """What one element refers to, its options aside."""
    who = titled(mission, element)
    for n, after in enumerate(element.after):
        yield from element_named(draft, who, mission, after.element, (*path, "after", n, "element"))
    yield from _each(
        draft, who, "technology", element.requires, (*path, "requires"), among=draft.names("technologies"), keys=True
    )
    parents = {o.parent for o in draft.sections["objectives"].values()}
    leaves = [o for o in draft.names("objectives") if o not in parents]
    for name in element.contributes:
        at = (*path, "contributes", name)
        if name in parents and name in draft.names("objectives"):
            below = ", ".join(o for o, own in draft.sections["objectives"].items() if own.parent == name)
            said = f"{who} contributes to {name!r}, which groups others"
            yield problem(draft.positions.of(at, key=True), at, said, f"name a leaf: {below}")
        else:
            yield from _unknown(draft, who, "objective", name, at, among=leaves, key=True)


def elements(draft: Draft) -> Iterator[Problem]:
    """What elements and their options refer to."""
    for mission, element, path in all_elements(draft):
        yield from _names(draft, mission, element, path)
    everyone = draft.names("partners")
    for mission, element, option, path in options(draft):
        who = titled(mission, element)
        if option.provider is not None:
            yield from _unknown(draft, who, "provider", option.provider, (*path, "provider"), among=everyone)
        yield from _each(draft, who, "partner", option.shares or (), (*path, "shares"), among=everyone, keys=True)
        yield from _each(
            draft, who, "payer", option.paid_by or (), (*path, "paid_by"), among=[*everyone, POOL], keys=True
        )
        yield from _each(
            draft, who, "facility", option.uses, (*path, "uses"), among=draft.names("facilities"), keys=True
        )
