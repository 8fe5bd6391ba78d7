"""Decoded packets as `xarray.Dataset`: what each variable is stands with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from comity.messages.telemetry.clocks import times
from comity.messages.telemetry.columns import Array, Column
from comity.messages.telemetry.decoding import Part, joined
from comity.messages.telemetry.definition import Definition, PacketType, Parameter

if TYPE_CHECKING:
    import xarray

#: What stands beside the parameters of each packet.
COORDINATES = {
    "time": "when the packet was made, UTC",
    "apid": "application process identifier of the packet's header",
    "sequence_count": "sequence count of the packet's header, modulo 16384",
    "byte_offset": "where the packet begins in its file [octets]",
}


def dataset(parts: Sequence[Part], definition: Definition, *, raw: bool) -> xarray.Dataset:
    """Packets of one type as one dataset along `packet`."""
    import xarray

    packet = definition.packets[parts[0].type]
    columns: dict[str, Column] = {name: joined([part.columns[name] for part in parts]) for name in packet.parameters}
    variables = {
        name_of(name): ("packet", one.raw if raw else one.meant(), attributes(definition.parameters[name], raw=raw))
        for name, one in columns.items()
    }
    coordinates: dict[str, Any] = {
        name: ("packet", np.concatenate([getattr(part, name) for part in parts]), {"long_name": COORDINATES[name]})
        for name in ("apid", "sequence_count", "byte_offset")
    }
    if packet.clock is not None:
        told = {"long_name": COORDINATES["time"], "from": str(packet.clock)}
        coordinates["time"] = ("packet", times(packet.clock, columns), told)
    return xarray.Dataset(variables, coordinates, description(packet, definition, raw=raw))


def times_of(part: Part, packet: PacketType) -> Array | None:
    """The instants of a part's packets, UTC; None when their definition tells none."""
    return None if packet.clock is None else times(packet.clock, part.columns)


def name_of(parameter: str) -> str:
    """How a parameter is called in a table: its own name, unless a coordinate has it."""
    return f"{parameter}_parameter" if parameter in COORDINATES or parameter == "packet" else parameter


def attributes(parameter: Parameter, *, raw: bool) -> dict[str, Any]:
    """What is said with a variable; unit and long name as in the CF conventions, as are the flags of enumerations."""
    said: dict[str, Any] = {"long_name": parameter.description, "kind": parameter.kind, "encoding": parameter.encoding}
    if parameter.unit and not (raw and parameter.calibration):
        said["units"] = parameter.unit
    if parameter.calibration:
        said["calibration"] = ("not applied: " if raw else "") + parameter.calibration
    if parameter.labels and raw:
        if all(isinstance(key, int) for key in parameter.labels):
            said["flag_values"] = list(parameter.labels)
        said["flag_meanings"] = " ".join("_".join(label.split()) for label in parameter.labels.values())
    return {key: value for key, value in said.items() if value != ""}


def description(packet: PacketType, definition: Definition, *, raw: bool) -> Mapping[str, str]:
    """What is said with a whole table."""
    return {
        "packet": packet.name,
        "description": packet.description,
        "space_system": definition.name,
        "definition": definition.source,
        "definition_sha256": definition.digest,
        "values": "raw" if raw else "calibrated",
    }
