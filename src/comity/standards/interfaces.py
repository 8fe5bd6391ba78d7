"""The question that a programme's interfaces ask: each with the ends that its elements' options give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

from comity.model.base import FrozenMap, Value
from comity.model.checking.walk import titled
from comity.model.missions import Element, Option
from comity.model.ports import Port
from comity.model.problems import Problem, nearest, problem
from comity.model.programme import Programme, Source
from comity.model.reading import Reading
from comity.model.value_file import listed
from comity.standards.answer import CheckedInterfaces, End
from comity.standards.checker import check
from comity.standards.errors import StandardsError
from comity.standards.files import DATA, read_value
from comity.standards.measures import Reader
from comity.standards.question import Junction, Question, Side
from comity.standards.register import Register, shipped

#: What stands before the name of an adapter of the catalogue in a reference.
CATALOGUE = "catalogue:"


class CatalogueAdapter(Value):
    """An adapter that has been built, with its ports."""

    name: str
    provider: str
    ports: FrozenMap[str, Port]


class Catalogue(Value):
    """Adapters that have been built, whoever may have one made again."""

    sources: FrozenMap[str, Source]
    adapters: FrozenMap[str, CatalogueAdapter]


@cache
def _catalogue() -> Catalogue:
    return read_value(DATA / "adapters.yaml", Catalogue)[0]


@cache
def catalogue() -> tuple[Side, ...]:
    """The adapters that comity knows, as sides that may stand between two others."""
    return tuple(
        Side(End("", f"{CATALOGUE}{name}", adapter.name, (), (adapter.provider,)), adapter.ports)
        for name, adapter in _catalogue().adapters.items()
    )


def catalogue_sources() -> FrozenMap[str, Source]:
    """The documents that the adapters of the catalogue cite."""
    return _catalogue().sources


def check_programme(
    programme: Programme,
    *,
    missions: Iterable[str] = (),
    register: Register | None = None,
    reader: Reader | None = None,
    with_catalogue: bool = True,
) -> CheckedInterfaces:
    """Whether the interfaces of a programme fit, for every combination of options that have different ports.

    Parameters: the programme; the missions to look at (default: all); the register; the reader; whether adapters of the
    catalogue may be offered besides those of the programme. StandardsError for a mission or a standard that is not known.
    """
    question = programme_question(programme, missions=missions, with_catalogue=with_catalogue)
    return check(question, register=register, reader=reader)


def programme_question(programme: Programme, *, missions: Iterable[str] = (), with_catalogue: bool = True) -> Question:
    """The junctions of a programme's missions (default: all), and the adapters that may be offered."""
    chosen = tuple(missions) or tuple(programme.missions)
    for mission in chosen:
        if mission not in programme.missions:
            hint = nearest(mission, programme.missions) or f"the missions are {', '.join(programme.missions)}"
            raise StandardsError(f"there is no mission {mission!r} in {programme.programme.id}; {hint}")
    adapters = [
        side
        for mission, found in programme.missions.items()
        for element in found.elements.values()
        if element.adapter
        for side in sides(mission, element)
    ]
    junctions = tuple(j for mission in chosen for j in _junctions(programme, mission))
    return Question(programme.programme.id, junctions, (*adapters, *(catalogue() if with_catalogue else ())))


def sides(mission: str, element: Element, options: Iterable[Option] | None = None) -> tuple[Side, ...]:
    """An element as its options provide it: one side for each set of ports, with the options that have it."""
    groups: dict[tuple[tuple[str, Port], ...], list[Option]] = {}
    for option in element.options if options is None else options:
        groups.setdefault(tuple(sorted(element.ports_of(option).items())), []).append(option)
    return tuple(
        Side(
            End(
                mission,
                element.id,
                element.name,
                tuple(o.label for o in same),
                tuple(dict.fromkeys(p for o in same for p in o.work_shares)),
            ),
            element.ports_of(same[0]),
        )
        for same in groups.values()
    )


def _junctions(programme: Programme, mission: str) -> Iterator[Junction]:
    for number, interface in enumerate(programme.missions[mission].interfaces):
        found = [_sides(programme, mission, end) for end in interface.between]
        adapter = _sides(programme, mission, interface.adapter) if interface.adapter is not None else ()
        for first, second in product(*found):
            yield Junction(
                mission,
                number,
                interface.technology,
                (first, second),
                interface.joins,
                interface.ports,
                adapter,
                interface.note,
            )


def _sides(programme: Programme, mission: str, reference: str) -> tuple[Side, ...]:
    of, name = programme.element(mission, reference)
    return sides(of, programme.missions[of].elements[name])


def unknown_standards(reading: Reading, register: Register | None = None) -> tuple[Problem, ...]:
    """Claims of a programme's ports to standards, or editions, that are not in the register: each with its place."""
    found: list[Problem] = []
    assert reading.programme is not None
    known = register or shipped()
    for name, mission in reading.programme.missions.items():
        for element in mission.elements.values():
            at = ("missions", name, "elements", element.id)
            owners: list[tuple[tuple[str | int, ...], FrozenMap[str, Port]]] = [(at, element.ports)]
            owners += [((*at, "options", n), option.ports) for n, option in enumerate(element.options)]
            for path, ports in owners:
                for port_name, port in ports.items():
                    place = (*path, "ports", port_name, "standards")
                    found += _unknown(port, titled(name, element), place, reading, known)
    return tuple(found)


def _unknown(
    port: Port, who: str, place: tuple[str | int, ...], reading: Reading, register: Register
) -> Iterator[Problem]:
    for n, claim in enumerate(port.standards):
        try:
            register.claimed(claim, port.kind)
        except StandardsError as error:
            said, _, hint = str(error).partition("; ")
            yield problem(reading.positions.of((*place, n)), (*place, n), f"{who}: {said} [claim]", hint)


def refuse_unknown(reading: Reading, register: Register | None = None) -> None:
    """StandardsError that lists the claims of a programme to standards that are not in the register."""
    problems = unknown_standards(reading, register)
    if problems:
        raise StandardsError(listed(problems))
