"""A definition of packets in XTCE: read whole or refused with all that hinders it, and told as plain values."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from comity.messages.drafting import Enough, Report
from comity.messages.errors import MessageError, Problem
from comity.messages.telemetry import rules
from comity.messages.telemetry.clocks import Clock, Statement, clock_of, stated_clock
from comity.messages.xml_reading import Node, tree_of
from comity.model.problems import nearest

#: The largest file that is taken [octets]; that of a whole spacecraft has some two million.
LIMIT_BYTES = 64 * 2**20
#: Which bits of a packet hold its APID (CCSDS 133.0-B-2 §4.1.3).
APID_BIT, APID_BITS = 5, 11
#: What the schema says where a definition says nothing, and the library takes otherwise.
_DEFAULTS = {
    "SplineCalibrator": ("order", "1"),
    "IntegerDataEncoding": ("sizeInBits", "8"),
    "FloatDataEncoding": ("sizeInBits", "32"),
}
#: The library keeps the name space of the file that it reads in a class, which all threads share.
_READING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a definition says of one parameter."""

    name: str
    #: `integer`, `float`, `enumerated`, `boolean`, `string`, `binary`, `absolute time`, `relative time`.
    kind: str
    #: Of the calibrated value, as the definition writes it.
    unit: str | None
    #: Its size in a packet [bits]; None where the packet decides.
    bits: int | None
    #: How its bits are read, such as `unsigned` or `IEEE754`.
    encoding: str
    #: How its value is had from its raw value, in words; empty when it is the raw value.
    calibration: str
    #: Labels by raw value.
    labels: Mapping[Any, str]
    description: str


@dataclass(frozen=True, slots=True)
class PacketType:
    """A container that packets end in: what its packets hold, in their order."""

    name: str
    #: The APIDs that it asks for; empty when it asks for none.
    apids: tuple[int, ...]
    #: Names of its parameters in the order of the packet, those of the containers that it extends first.
    parameters: tuple[str, ...]
    #: Its whole size [bits]; None where the packet decides.
    bits: int | None
    description: str
    #: How its packets tell their time; None when the definition does not say.
    clock: Clock | None


@dataclass(frozen=True, slots=True)
class Definition:
    """Packets as XTCE defines them."""

    name: str
    source: str
    #: SHA-256 of the file.
    digest: str
    #: The container that each packet begins with.
    root: str
    packets: Mapping[str, PacketType]
    parameters: Mapping[str, Parameter]
    #: The library's own form of it, by which packets are decoded.
    library: Any = field(repr=False, compare=False)

    @property
    def lengths(self) -> Mapping[int, frozenset[int] | None] | None:
        """By APID the lengths [octets] that its packets have, None for any; None when packets are not told by APID."""
        found: dict[int, frozenset[int] | None] = {}
        for packet in self.packets.values():
            if not packet.apids:
                return None
            for apid in packet.apids:
                before = found.get(apid, frozenset())
                one = None if packet.bits is None or packet.bits % 8 else frozenset((packet.bits // 8,))
                found[apid] = None if before is None or one is None else before | one
        return found


def definition(path: str | PathLike[str], *, root: str | None = None, time: Statement | None = None) -> Definition:
    """The packets that an XTCE 1.2 file defines.

    `root` names the container that each packet begins with, where the file has several that none builds on. `time` states how
    packets tell their time, where the definition doesn't: parameters and the epoch that they count from.

    MessageError for what cannot be read or decoded here, with all problems, each with its line and element. Nothing is
    guessed: what the library would leave out in silence is refused. Source: OMG XTCE 1.2 (CCSDS 660.1).
    """
    place = str(path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise MessageError(f"{place}: cannot be read: {error.strerror or error}") from None
    return parsed(content, place, root=root, time=time)


def parsed(content: bytes, source: str, *, root: str | None = None, time: Statement | None = None) -> Definition:
    """The packets that a text in XTCE defines; `source` is how its problems name it. Else as `definition`."""
    if len(content) > LIMIT_BYTES:
        raise MessageError(f"{source}: has more than {LIMIT_BYTES:,} octets; no definition needs as many")
    found = problems_of(content, source)
    if found:
        told = "\n".join(f"{source}:{problem}" for problem in found)
        raise MessageError(told, found)
    library = _by_library(content, source)
    library.root_container_name = _root_of(library, source, root)
    return _told(library, source, hashlib.sha256(content).hexdigest(), time)


def problems_of(content: bytes, source: str) -> tuple[Problem, ...]:
    """All that hinders decoding by a definition. MessageError when it is no whole XML."""
    tree: Node = tree_of(content, source, "an XTCE definition")
    report = Report()
    with contextlib.suppress(Enough):
        rules.check(tree, report)
    return report.told()


def _by_library(content: bytes, source: str) -> Any:
    from lxml import etree
    from space_packet_parser.xtce.definitions import XtcePacketDefinition

    from comity.messages.telemetry.splines import mend

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        tree = etree.fromstring(content, parser)
        for element in tree.iter():
            attribute, value = _DEFAULTS.get(etree.QName(element).localname, ("", ""))
            if attribute and attribute not in element.attrib:
                element.set(attribute, value)
        with _READING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            library = XtcePacketDefinition.from_xtce(io.BytesIO(etree.tostring(tree)))
    except Exception as error:  # The library raises what its parts raise: nothing of it is a mistake of ours.
        what = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise MessageError(f"{source}: space-packet-parser does not take it: {what}") from error
    mend(library)
    return library


def _root_of(library: Any, source: str, asked: str | None) -> str:
    if asked is not None:
        if asked not in library.containers:
            right = nearest(asked, library.containers)
            raise MessageError(
                f"{source}: there is no container {asked!r}; {right or 'see `comity telemetry describe`'}"
            )
        return asked
    inner = {
        entry.name for one in library.containers.values() for entry in one.entry_list if hasattr(entry, "entry_list")
    }
    tops = [name for name, one in library.containers.items() if not one.base_container_name and name not in inner]
    if len(tops) == 1:
        return str(tops[0])
    raise MessageError(
        f"{source}: packets may begin with {', '.join(tops[:8]) or 'no container'}{', …' if len(tops) > 8 else ''}; "
        "say with which (root)"
    )


# --- as plain values -----------------------------------------------------------------------------------------------


def _told(library: Any, source: str, digest: str, time: Statement | None) -> Definition:
    parameters = {name: _parameter(one) for name, one in library.parameters.items()}
    packets: dict[str, PacketType] = {}
    clocks = 0
    for chain in _chains(library):
        last = chain[-1]
        if last.abstract:
            continue
        entries = [entry for container in chain for entry in unfolded(container)]
        names = tuple(dict.fromkeys(entry.name for entry in entries))
        sizes = [parameters[entry.name].bits for entry in entries]
        clock = stated_clock(time, names, parameters) if time is not None else clock_of(entries)
        clocks += clock is not None
        packets[last.name] = PacketType(
            name=last.name,
            apids=_apids(chain, library),
            parameters=names,
            bits=None if None in sizes else sum(size for size in sizes if size is not None),
            description=last.short_description or _line(last.long_description),
            clock=clock,
        )
    if not packets:
        raise MessageError(f"{source}: every container is abstract: no packet can be decoded by it")
    if time is not None and not clocks:
        raise MessageError(f"{source}: no packet has all of {', '.join(time.names)}, by which time is to be told")
    return Definition(
        library.space_system_name or "", source, digest, library.root_container_name, packets, parameters, library
    )


def _chains(library: Any) -> Iterator[list[Any]]:
    """Each container that a packet may reach, with those before it."""
    waiting = [[library.containers[library.root_container_name]]]
    while waiting:
        chain = waiting.pop(0)
        yield chain
        waiting.extend([*chain, library.containers[name]] for name in chain[-1].inheritors)


def unfolded(container: Any) -> list[Any]:
    """The library's parameters of a container in the order of the packet, those of containers within it in their place."""
    found: list[Any] = []
    for entry in container.entry_list:
        found.extend(unfolded(entry) if hasattr(entry, "entry_list") else [entry])
    return found


def _apids(chain: list[Any], library: Any) -> tuple[int, ...]:
    """The APID that a chain of containers asks for by a comparison with the header's own field."""
    bit, field_name = 0, None
    for entry in unfolded(chain[0]):
        bits = _bits(entry.parameter_type.encoding)
        if bit == APID_BIT and bits == APID_BITS:
            field_name = entry.name
        if bits is None:
            break
        bit += bits
    asked: set[int] = set()
    for container in chain:
        for one in container.restriction_criteria:
            same = (
                getattr(one, "operator", "") in ("==", "eq") and getattr(one, "referenced_parameter", "") == field_name
            )
            if same and str(one.required_value).strip().isdigit():
                asked.add(int(one.required_value))
    return tuple(sorted(asked)) if len(asked) == 1 else ()


_KINDS = {
    "StringParameterType": "string", "IntegerParameterType": "integer", "FloatParameterType": "float",
    "EnumeratedParameterType": "enumerated", "BinaryParameterType": "binary", "BooleanParameterType": "boolean",
    "AbsoluteTimeParameterType": "absolute time", "RelativeTimeParameterType": "relative time",
}  # fmt: skip


def _parameter(one: Any) -> Parameter:
    kind, encoding = one.parameter_type, one.parameter_type.encoding
    unit = kind.unit if not isinstance(kind.unit, tuple) else " ".join(kind.unit)
    if "Time" in type(kind).__name__:
        unit = unit or "seconds"
    return Parameter(
        name=one.name,
        kind=_KINDS[type(kind).__name__],
        unit=unit.strip() or None if unit else None,
        bits=_bits(encoding),
        encoding=getattr(encoding, "encoding", "octets"),
        calibration=_calibration(encoding),
        labels=dict(getattr(kind, "enumeration", {})),
        description=one.short_description or _line(one.long_description),
    )


def _bits(encoding: Any) -> int | None:
    for name in ("size_in_bits", "fixed_length", "fixed_size_in_bits"):
        if (bits := getattr(encoding, name, None)) is not None:
            return int(bits)
    return None


def _calibration(encoding: Any) -> str:
    default = getattr(encoding, "default_calibrator", None)
    contexts = getattr(encoding, "context_calibrators", None) or ()
    parts = [_curve(default)] if default is not None else []
    parts += [f"{_curve(c.calibrator)} if {' and '.join(map(str, c.match_criteria))}" for c in contexts]
    return "; ".join(parts)


def _curve(calibrator: Any) -> str:
    if hasattr(calibrator, "coefficients"):
        terms = sorted(calibrator.coefficients, key=lambda c: c.exponent)
        powers = {0: "", 1: " x"}
        return " + ".join(f"{c.coefficient:g}{powers.get(c.exponent, f' x^{c.exponent}')}" for c in terms)
    return f"{'linear' if calibrator.order else 'stepwise'} through {len(calibrator.points)} points"


def _line(text: str | None) -> str:
    return " ".join(text.split()) if text else ""
