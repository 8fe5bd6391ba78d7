"""What goes in: two ends with their ports, what is to be joined there, and the adapters that could stand between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comity.model.ports import Port, PortKind
from comity.standards.answer import End


@dataclass(frozen=True, slots=True)
class Side:
    """An element as its options provide it, with the ports that it then has."""

    end: End
    ports: Mapping[str, Port]


@dataclass(frozen=True, slots=True)
class Junction:
    """An interface to check: its two sides, what is joined there, which ports meet, which adapter it names.

    `joins` empty: the kinds that both sides have. `pairs` empty: of each kind, the ports that fit best. `adapter` has one
    side for each way in which the named adapter may be provided, and is empty when none is named.
    """

    mission: str
    number: int
    technology: str
    sides: tuple[Side, Side]
    joins: tuple[PortKind, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    adapter: tuple[Side, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """All junctions to check, and the adapters that may be offered."""

    programme: str
    junctions: tuple[Junction, ...]
    adapters: tuple[Side, ...] = field(default=())
