"""The control lists, lists of states and agencies that come with comity, each entry with its source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from comity.policy.facts import Entity, Uid, partner
from comity.policy.licences import Licence


@dataclass(frozen=True, slots=True)
class ListedClass:
    """An entry of a control list: what it is within, its name, where that is from, and what of it was read."""

    id: str
    within: str | None
    name: str
    source: str
    url: str
    read: str


@cache
def listed_classes() -> dict[str, ListedClass]:
    """The entries of control lists whose text was found, by id."""
    return {id: ListedClass(id=id, **entry) for id, entry in _read("control_lists")["classes"].items()}


def left_out() -> tuple[str, ...]:
    """The entries that programmes cite and whose text was not found."""
    return tuple(_read("control_lists")["left_out"])


def agencies() -> dict[str, tuple[str, ...]]:
    """The states under whose law each agency works."""
    return {id: tuple(entry["states"]) for id, entry in _read("countries")["agencies"].items()}


def country_lists() -> dict[str, tuple[str, ...]]:
    """The states that each list names."""
    return {id: tuple(entry["states"]) for id, entry in _read("countries")["lists"].items()}


def classes_in(regime: str) -> tuple[str, ...]:
    """The listed classes that the text of a technology's `regime` cites, the most particular first.

    >>> classes_in("USML XV(a); MTCR I.1.A; EAR 9A515.a")
    ('EAR 9A515.a', 'MTCR I systems', 'USML XV')
    """
    found = set[str]()
    if regime.strip() == "not listed":
        return ("not listed",)
    for cited in re.split(r"[;,]\s*", regime):
        text = re.sub(r"^MTCR I\.1\.A.*", "MTCR I systems", cited.strip())
        text = re.sub(r"^MTCR I\.2.*", "MTCR I subsystems", text)
        text = re.sub(r"^MTCR (I+)\..*", r"MTCR \1", text)
        known = [id for id in listed_classes() if re.match(rf"{re.escape(id)}(?![\w/])", text)]
        if known:
            found.add(max(known, key=len))
    return tuple(sorted(found))


def listed_entities(*, licences: Iterable[Licence] = ()) -> Iterator[Entity]:
    """Lists as facts: classes within their lists (and in the licences that cover them), states in theirs, the agencies."""
    granted = tuple(licences)
    for id in country_lists():
        yield Entity(Uid("CountryList", id))
    for state in sorted({s for states in country_lists().values() for s in states}):
        inside = frozenset(Uid("CountryList", id) for id, states in country_lists().items() if state in states)
        yield Entity(Uid("State", state), {}, inside)
    for id, entry in listed_classes().items():
        above = frozenset({Uid("Class", entry.within)} if entry.within else ())
        covering = frozenset(Uid("Licence", licence.id) for licence in granted if id in licence.classes)
        yield Entity(Uid("Class", id), {}, above | covering)
    for id, states in agencies().items():
        yield partner(id, states=states)


@cache
def _read(name: str) -> dict[str, Any]:
    text = (files("comity.policy") / "lists" / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found
