"""Do the ports that interfaces speak of exist, and are they of one kind?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from comity.model.checking.references import element_named
from comity.model.missions import Element, Interface
from comity.model.ports import PortKind
from comity.model.problems import Problem, nearest, problem
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft


def adapters(draft: Draft) -> Iterator[Problem]:
    """Adapters that are no element, one of the two that they should stand between, or an element that is none."""
    for mission, interface, path in _interfaces(draft):
        if interface.adapter is None:
            continue
        at, who = (*path, "adapter"), f"an interface of mission {mission!r}"
        yield from element_named(draft, who, mission, interface.adapter, at)
        if _full(mission, interface.adapter) in {_full(mission, end) for end in interface.between}:
            said = (
                f"the adapter {interface.adapter!r} is one of the two elements that it should stand between [adapter]"
            )
            yield problem(draft.positions.of(at), at, said)
        elif (element := _element(draft, mission, interface.adapter)) is not None and not element.adapter:
            said = f"the element {interface.adapter!r} is no adapter [adapter]"
            yield problem(draft.positions.of(at), at, said, "give it `adapter: true` if it may stand between others")


def paired(draft: Draft) -> Iterator[Problem]:
    """Ports that an interface names and the element has not, and pairs of two kinds."""
    for mission, interface, path in _interfaces(draft):
        for n, pair in enumerate(interface.ports):
            kinds: list[frozenset[PortKind]] = []
            for k, (end, name) in enumerate(zip(interface.between, pair, strict=True)):
                element, at = _element(draft, mission, end), (*path, "ports", n, k)
                if element is None:
                    continue
                known = _ports(element)
                kinds.append(known.get(name, frozenset()))
                if name not in known:
                    hint = nearest(name, known) or (f"it has {', '.join(known)}" if known else "it has no ports")
                    yield problem(draft.positions.of(at), at, f"{end!r} has no port {name!r} [pair]", hint)
            if len(kinds) == 2 and all(kinds) and not kinds[0] & kinds[1]:
                at = (*path, "ports", n)
                first, second = (" or ".join(sorted(k)) for k in kinds)
                said = f"the ports {pair[0]!r} ({first}) and {pair[1]!r} ({second}) are of two kinds [pair]"
                yield problem(draft.positions.of(at), at, said, "ports of one kind meet")


def joined(draft: Draft) -> Iterator[Problem]:
    """Pairs of ports whose kind is not among those that the interface says it joins."""
    for mission, interface, path in _interfaces(draft):
        first = _element(draft, mission, interface.between[0])
        for n, pair in enumerate(interface.ports if interface.joins and first is not None else ()):
            assert first is not None
            kinds = _ports(first).get(pair[0], frozenset())
            if kinds and not kinds & set(interface.joins):
                at = (*path, "ports", n)
                said = f"the port {pair[0]!r} is of kind {', '.join(sorted(kinds))}, which the interface does not join [joins]"
                yield problem(draft.positions.of(at), at, said, f"it joins {', '.join(interface.joins)}")


def _interfaces(draft: Draft) -> Iterator[tuple[str, Interface, Path]]:
    for name, mission in draft.sections["missions"].items():
        for n, interface in enumerate(mission.interfaces):
            yield name, interface, ("missions", name, "interfaces", n)


def _full(mission: str, reference: str) -> str:
    return reference if "/" in reference else f"{mission}/{reference}"


def _element(draft: Draft, mission: str, reference: str) -> Element | None:
    """The valid element that is meant; None when there is none (another check says so)."""
    name, _, element = _full(mission, reference).partition("/")
    found = draft.sections["missions"].get(name)
    return found.elements.get(element) if found is not None else None


def _ports(element: Element) -> dict[str, frozenset[PortKind]]:
    """The ports that the element has by any option, with the kinds that they are of."""
    kinds: dict[str, frozenset[PortKind]] = {}
    for option in element.options:
        for name, port in element.ports_of(option).items():
            kinds[name] = kinds.get(name, frozenset()) | {port.kind}
    return kinds
