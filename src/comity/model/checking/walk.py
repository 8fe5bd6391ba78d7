"""Ways through a draft that several checks share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import pycountry

from comity.model.missions import Element, Option
from comity.model.ports import Port
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft


def elements(draft: Draft) -> Iterator[tuple[str, Element, Path]]:
    """Each valid element: its mission, itself, its path."""
    for name, mission in draft.sections["missions"].items():
        for key, element in mission.elements.items():
            yield name, element, ("missions", name, "elements", key)


def options(draft: Draft) -> Iterator[tuple[str, Element, Option, Path]]:
    """Each option of each valid element: mission, element, option, path."""
    for mission, element, path in elements(draft):
        for n, option in enumerate(element.options):
            yield mission, element, option, (*path, "options", n)


def ports(draft: Draft) -> Iterator[tuple[Port, Path]]:
    """Each port of each valid element and of its options: itself, its path."""
    for _, element, path in elements(draft):
        yield from ((port, (*path, "ports", name)) for name, port in element.ports.items())
    for _, _, option, path in options(draft):
        yield from ((port, (*path, "ports", name)) for name, port in option.ports.items())


def titled(mission: str, element: Element, option: Option | None = None) -> str:
    """How a message names an element (and one of its options)."""
    label = f", option {option.label!r}" if option is not None and len(element.options) > 1 else ""
    return f"element '{mission}/{element.id}'{label}"


@cache
def countries() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes."""
    return frozenset(c.alpha_2 for c in pycountry.countries)


def country_hint(text: str) -> str:
    """The code that a country's name, or a usual wrong code, stands for."""
    usual = {"UK": "GB", "EL": "GR", "UAE": "AE", "USA": "US"}
    if text.upper() in usual:
        return f"did you mean '{usual[text.upper()]}'?"
    try:
        found = pycountry.countries.lookup(text)
    except LookupError:
        return "write the two letters of ISO 3166-1, such as FR"
    return f"did you mean '{found.alpha_2}'?"
