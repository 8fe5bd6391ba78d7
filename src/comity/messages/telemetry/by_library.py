"""Packets taken apart one by one, by space-packet-parser: those whose layout the packet itself decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from comity.messages.telemetry.columns import Array, Column, kind_of


class Unknown(Exception):
    """A packet that no container of the definition is for."""


def walked(
    library: Any, root: str, entries: Mapping[str, Sequence[Any]], octets: bytes, *, surplus: bool = False
) -> tuple[str, dict[str, Any]]:
    """The type of a packet, and its values, each with its `raw_value`.

    As the library's `parse_bytes` does it, which neither tells the container that it ended in nor refuses a packet that is longer, and
    which goes backwards where a length is negative. Unknown for a packet that is not defined; what the library raises for a corrupt one.
    """
    from space_packet_parser import SpacePacket

    packet, end = SpacePacket(binary_data=octets), 8 * len(octets)
    container = library.containers[root]
    while True:
        for entry in entries[container.name]:
            before = packet._parsing_pos
            try:
                entry.parse(packet)
            except (ValueError, ArithmeticError) as error:
                if packet._parsing_pos > end or "beyond the end" in str(error):
                    raise ValueError(f"{entry.name} goes beyond the end of the packet") from None
                raise ValueError(f"{entry.name}: {error}") from None
            except LookupError as error:
                raise ValueError(f"{entry.name} needs {error}, which does not come before") from None
            if packet._parsing_pos < before:
                raise ValueError(f"{entry.name} is {packet._parsing_pos - before} bits long")
        fits = [
            name
            for name in container.inheritors
            if all(criterion.evaluate(packet) for criterion in library.containers[name].restriction_criteria)
        ]
        if len(fits) > 1:
            raise ValueError("is of several types at once by the definition")
        if not fits:
            break
        container = library.containers[fits[0]]
    if container.abstract:
        raise Unknown
    if packet._parsing_pos != end and not surplus:
        over = end - packet._parsing_pos
        raise ValueError(f"has {over} bits more than {container.name} has by the definition")
    return container.name, packet


class LibraryRows:
    """Packets of one type as the library decoded them, one after another."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._packets: list[dict[str, Any]] = []

    def add(self, row: int, values: dict[str, Any]) -> None:
        """Takes one packet."""
        self._rows.append(row)
        self._packets.append(values)

    def rows(self) -> Array:
        """Which of the packets that were given."""
        return np.array(self._rows, dtype=np.int64)

    def columns(self, parameters: Mapping[str, Any]) -> dict[str, Column]:
        """Their values by parameter."""
        return {name: self._column(name, parameters[name].parameter_type) for name in self._packets[0]}

    def _column(self, name: str, parameter_type: Any) -> Column:
        kind = kind_of(parameter_type)
        values = [packet[name] for packet in self._packets]
        if kind.labels:
            place = {label: at for at, label in enumerate(kind.labels)}
            raw = _array([v.raw_value for v in values], kind.raw)
            return Column(raw, np.array([place[v] for v in values], dtype=kind.value), kind.labels)
        raw = _array([_plain(v.raw_value) for v in values], kind.raw)
        if kind.plain:
            return Column(raw, raw)
        return Column(raw, _array([_plain(v) for v in values], kind.value))


def _plain(value: Any) -> Any:
    """Without the library's own class around text and octets."""
    if isinstance(value, bytes):
        return bytes(value)
    return str(value) if isinstance(value, str) else value


def _array(values: list[Any], dtype: np.dtype[Any]) -> Array:
    if dtype != np.dtype(object):
        return np.array(values, dtype=dtype)
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
