"""An interface case: a few elements with their ports and how they meet, in one file, without the rest of a programme."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from comity.model.base import FrozenMap, Named, Value
from comity.model.missions import with_ids
from comity.model.ports import Port, PortKind
from comity.model.problems import Problem, nearest, problem
from comity.model.programme import Source
from comity.model.reading import Positions
from comity.model.value_file import listed
from comity.model.yaml_tree import Path as Place
from comity.standards.answer import End
from comity.standards.errors import StandardsError
from comity.standards.files import read_value
from comity.standards.interfaces import catalogue
from comity.standards.question import Junction, Question, Side
from comity.standards.register import Register, shipped


class CaseElement(Named):
    """An element of a case: who provides it, and its ports."""

    provider: str
    ports: FrozenMap[str, Port] = Field(default_factory=dict, validate_default=True)
    adapter: bool = Field(default=False, description="May it stand between two others that do not fit?")


class CaseInterface(Value):
    """Two elements that meet, as an interface of a mission, without the technology."""

    between: tuple[str, str]
    joins: tuple[PortKind, ...] = ()
    ports: tuple[tuple[str, str], ...] = ()
    adapter: str | None = None
    note: str = ""


class InterfaceCase(Value):
    """Elements, interfaces between them, and the documents that their values come from."""

    id: str
    name: str
    summary: str = ""
    sources: FrozenMap[str, Source] = Field(default_factory=dict, validate_default=True)
    elements: FrozenMap[str, CaseElement] = Field(min_length=2)
    interfaces: tuple[CaseInterface, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: object) -> object:
        return with_ids(raw, "sources", "elements")


def read_case(file: Path, *, register: Register | None = None) -> InterfaceCase:
    """The case that a file holds. StandardsError lists all its problems as `file:line:column: what; what would be right`."""
    case, positions = read_value(file, InterfaceCase)
    problems = [*_ports(case, positions, register or shipped()), *_interfaces(case, positions)]
    if problems:
        raise StandardsError(listed(problems))
    return case


def case_question(case: InterfaceCase, *, with_catalogue: bool = True) -> Question:
    """The junctions of a case, and the adapters that may be offered."""
    all_sides = {
        name: Side(End("", name, element.name, (), (element.provider,)), element.ports)
        for name, element in case.elements.items()
    }
    junctions = tuple(
        Junction(
            case.id,
            number,
            "",
            (all_sides[interface.between[0]], all_sides[interface.between[1]]),
            interface.joins,
            interface.ports,
            (all_sides[interface.adapter],) if interface.adapter is not None else (),
            interface.note,
        )
        for number, interface in enumerate(case.interfaces)
    )
    own = tuple(all_sides[name] for name, element in case.elements.items() if element.adapter)
    return Question(case.id, junctions, (*own, *(catalogue() if with_catalogue else ())))


def _ports(case: InterfaceCase, positions: Positions, register: Register) -> list[Problem]:
    """Values without an origin, sources that are not listed, standards that are not in the register."""
    found: list[Problem] = []
    for name, element in case.elements.items():
        for port_name, port in element.ports.items():
            path = ("elements", name, "ports", port_name)
            for figure in port.figure_fields():
                origin = port.provenance_of(figure)
                at: Place = (*path, "parameters", figure) if figure in port.parameters else (*path, figure)
                if origin is None:
                    hint = "add `source: source-id, page` or `estimate: how it was made`"
                    said = f"the figure {figure!r} has neither source nor estimate [origin]"
                    found.append(problem(positions.of(at, key=True), at, said, hint))
                elif origin[0] == "source" and (cited := origin[1].partition(",")[0].strip()) not in case.sources:
                    hint = nearest(cited, case.sources) or "list the document under sources:, or call it an estimate"
                    found.append(problem(positions.of(at), at, f"there is no source {cited!r} [origin]", hint))
            for n, claim in enumerate(port.standards):
                try:
                    register.claimed(claim, port.kind)
                except StandardsError as error:
                    at = (*path, "standards", n)
                    said, _, hint = str(error).partition("; ")
                    found.append(problem(positions.of(at), at, f"{said} [claim]", hint))
    return found


def _interfaces(case: InterfaceCase, positions: Positions) -> list[Problem]:
    """Elements and ports that interfaces name and that there are not, and pairs of two kinds."""
    found: list[Problem] = []
    for number, interface in enumerate(case.interfaces):
        path: Place
        at: Place
        path = ("interfaces", number)
        named: list[tuple[Place, str]] = [((*path, "between", k), end) for k, end in enumerate(interface.between)]
        if interface.adapter is not None:
            named.append(((*path, "adapter"), interface.adapter))
        for at, end in named:
            if end not in case.elements:
                said = f"an interface names element {end!r} [between]"
                hint = nearest(end, case.elements) or "no element is called so"
                found.append(problem(positions.of(at), at, said, hint))
        if interface.between[0] == interface.between[1]:
            at = (*path, "between")
            found.append(
                problem(positions.of(at), at, f"an interface joins {interface.between[0]!r} to itself [between]")
            )
        if interface.adapter in case.elements:
            assert interface.adapter is not None
            at = (*path, "adapter")
            if interface.adapter in interface.between:
                said = f"the adapter {interface.adapter!r} is one of the two elements that it should stand between [adapter]"
                found.append(problem(positions.of(at), at, said, "name a third element"))
            elif not case.elements[interface.adapter].adapter:
                said = f"the element {interface.adapter!r} is no adapter [adapter]"
                hint = "give it `adapter: true` if it may stand between others"
                found.append(problem(positions.of(at), at, said, hint))
        if any(end not in case.elements for end in interface.between):
            continue
        for n, pair in enumerate(interface.ports):
            ports = [case.elements[end].ports for end in interface.between]
            for k, port in enumerate(pair):
                if port not in ports[k]:
                    at = (*path, "ports", n, k)
                    hint = nearest(port, ports[k]) or f"it has {', '.join(ports[k]) or 'no ports'}"
                    found.append(
                        problem(positions.of(at), at, f"{interface.between[k]!r} has no port {port!r} [pair]", hint)
                    )
            if pair[0] in ports[0] and pair[1] in ports[1] and ports[0][pair[0]].kind != ports[1][pair[1]].kind:
                at = (*path, "ports", n)
                first, second = ports[0][pair[0]].kind, ports[1][pair[1]].kind
                said = f"the ports {pair[0]!r} ({first}) and {pair[1]!r} ({second}) are of two kinds [pair]"
                found.append(problem(positions.of(at), at, said, "ports of one kind meet"))
    return found
