"""Packets taken apart by their containers, many at once.

The containers of a definition are walked as the library walks them for one packet, but for all packets that take the same way: each
parameter is then one operation on an array. A size that packets tell themselves splits them by that size. What cannot be told
so (expressions, lookups of sizes) and packets that are too few go through the library, one by one.

Source: XTCE 1.2, SequenceContainerType and BaseContainerType; its walk: `XtcePacketDefinition.parse_bytes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from comity.messages.telemetry.by_library import LibraryRows, Unknown, walked
from comity.messages.telemetry.columns import (
    REFUSALS,
    Array,
    Column,
    Refusing,
    all_hold,
    are_plain,
    column,
)
from comity.messages.telemetry.definition import Definition, unfolded

#: Fewer packets than this are decoded one by one: setting up the arrays takes longer.
FEW = 12
#: No packet is longer [bits]; sizes beyond are all alike.
_MOST_BITS = 8 * 65_542


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets of one type, decoded."""

    type: str
    #: Which of the packets that were given, shape (n,).
    rows: Array
    columns: Mapping[str, Column]


@dataclass(slots=True)
class Outcome:
    """What became of packets."""

    batches: list[Batch] = field(default_factory=list)
    #: Why packets are refused, by their row.
    refused: dict[int, str] = field(default_factory=dict)
    #: Rows of packets that the definition does not have.
    unknown: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Way:
    """Packets that took the same way so far."""

    container: str
    entry: int
    bit: int
    rows: Array
    packets: Array
    columns: dict[str, Column]

    def taken(self, chosen: Array) -> _Way:
        """Some of them, by their place."""
        if len(chosen) == len(self.rows):
            return self
        columns = {name: one.taken(chosen) for name, one in self.columns.items()}
        return _Way(self.container, self.entry, self.bit, self.rows[chosen], self.packets[chosen], columns)


class Decoder:
    """Decodes packets by one definition."""

    def __init__(self, definition: Definition, *, vectorised: bool = True, surplus: bool = False) -> None:
        self._surplus = surplus
        self._library = definition.library
        self._root = definition.root
        self._few = FEW if vectorised else 2**62
        self._entries = {name: unfolded(one) for name, one in self._library.containers.items()}

    def decode(self, octets: Array, offsets: Array, lengths: Array) -> Outcome:
        """Decodes packets that lie in `octets` (uint8), each from its offset with its length [octets], shape (n,) each."""
        outcome = Outcome()
        singly: list[Array] = []
        with np.errstate(all="ignore"):
            for rows in _alike(octets, offsets, lengths):
                if len(rows) < self._few:
                    singly.append(rows)
                    continue
                packets = _matrix(octets, offsets[rows], int(lengths[rows[0]]))
                singly += self._walk(_Way(self._root, 0, 0, rows, packets, {}), outcome)
        self._one_by_one(octets, offsets, lengths, singly, outcome)
        return outcome

    # --- many at once ----------------------------------------------------------------------------------------------

    def _walk(self, first: _Way, outcome: Outcome) -> list[Array]:
        """Takes packets to the ends of their ways; the rows that the library has to decode."""
        waiting, singly = [first], []
        while waiting:
            way = waiting.pop()
            if len(way.rows) < self._few:
                singly.append(way.rows)
                continue
            refusing = Refusing(len(way.rows))
            reached = self._through(way, refusing)
            if reached is None:
                singly.append(way.rows)
            elif isinstance(reached, list):
                waiting += reached
            else:
                _tell(way.rows, refusing, outcome)
                left = reached.taken(np.flatnonzero(~refusing.refused))
                if len(left.rows):
                    further = self._further(left, outcome)
                    if further is None:
                        singly.append(left.rows)
                    else:
                        waiting += further
        return singly

    def _through(self, way: _Way, refusing: Refusing) -> _Way | list[_Way] | None:
        """Through the entries of a container: at its end, split by a size, or None for the library."""
        entries, end = self._entries[way.container], 8 * way.packets.shape[1]
        bit, columns = way.bit, dict(way.columns)
        for at in range(way.entry, len(entries)):
            entry = entries[at]
            bits = _fixed(entry.parameter_type.encoding)
            if bits is None:
                sizes = _sizes(entry, columns, refusing)
                if sizes is None:
                    return None
                distinct = np.unique(sizes[~refusing.refused])
                if len(distinct) > 1:
                    whole = _Way(way.container, at, bit, way.rows, way.packets, columns)
                    return [whole.taken(np.flatnonzero(sizes == size)) for size in np.unique(sizes)]
                bits = int(distinct[0]) if len(distinct) else 0
            if bits < 0 or bit + bits > end:
                what = f"is {bits} bits long" if bits < 0 else "goes beyond the end of the packet"
                refusing.add(np.arange(len(way.rows)), f"{entry.name} {what}")
                return way
            columns[entry.name] = column(way.packets, bit, bits, entry, columns, refusing)
            bit += bits
        return _Way(way.container, len(entries), bit, way.rows, way.packets, columns)

    def _further(self, way: _Way, outcome: Outcome) -> list[_Way] | None:
        """Into the containers that build on this one, or to the end of the way; None for the library."""
        container = self._library.containers[way.container]
        inheritors = container.inheritors
        if not all(self._comparable(name) for name in inheritors):
            return None
        refusing = Refusing(len(way.rows))
        everywhere = np.ones(len(way.rows), dtype=np.bool_)
        holds = [
            all_hold(self._library.containers[name].restriction_criteria, everywhere, way.columns, None, refusing)
            for name in inheritors
        ]
        count = np.sum(holds, axis=0) if holds else np.zeros(len(way.rows), dtype=np.int64)
        several = np.flatnonzero(count > 1)
        if len(several):
            refusing.add(several, "is of several types at once by the definition")
        further = [
            _Way(name, 0, found.bit, found.rows, found.packets, found.columns)
            for name, held in zip(inheritors, holds, strict=True)
            for found in [way.taken(np.flatnonzero(held & (count == 1) & ~refusing.refused))]
            if len(found.rows)
        ]
        ended = np.flatnonzero((count == 0) & ~refusing.refused)
        if len(ended) and container.abstract:
            outcome.unknown += way.rows[ended].tolist()
        elif len(ended):
            over = 8 * way.packets.shape[1] - way.bit
            if over and not self._surplus:
                refusing.add(ended, f"has {over} bits more than {way.container} has by the definition")
            else:
                last = way.taken(ended)
                outcome.batches.append(Batch(way.container, last.rows, last.columns))
        _tell(way.rows, refusing, outcome)
        return further

    def _comparable(self, name: str) -> bool:
        criteria = self._library.containers[name].restriction_criteria
        if not are_plain(criteria):
            return False
        for one in criteria:
            parameter = self._library.parameters.get(one.referenced_parameter)
            encoding = parameter.parameter_type.encoding if parameter is not None else None
            # A value that a context calibrates in some packets only is a float in these and a whole number in others.
            if one.use_calibrated_value and getattr(encoding, "context_calibrators", None):
                return False
        return True

    # --- one by one ------------------------------------------------------------------------------------------------

    def _one_by_one(self, octets: Array, offsets: Array, lengths: Array, chosen: list[Array], outcome: Outcome) -> None:
        if not chosen:
            return
        found: dict[str, LibraryRows] = {}
        for row in np.sort(np.concatenate(chosen)).tolist():
            begin = int(offsets[row])
            content = octets[begin : begin + int(lengths[row])].tobytes()
            try:
                name, values = walked(self._library, self._root, self._entries, content, surplus=self._surplus)
            except Unknown:
                outcome.unknown.append(row)
            except REFUSALS as error:
                outcome.refused[row] = (str(error).splitlines() or [type(error).__name__])[0][:200]
            else:
                found.setdefault(name, LibraryRows()).add(row, values)
        for name, rows in found.items():
            outcome.batches.append(Batch(name, rows.rows(), rows.columns(self._library.parameters)))


def _tell(rows: Array, refusing: Refusing, outcome: Outcome) -> None:
    for place, why in refusing.why.items():
        outcome.refused.setdefault(int(rows[place]), why)


def _alike(octets: Array, offsets: Array, lengths: Array) -> list[Array]:
    """Rows of packets of one APID and one length."""
    if not len(offsets):
        return []
    apid = (octets[offsets].astype(np.int64) & 7) << 8 | octets[offsets + 1]
    key = (apid << 17) | lengths
    if (key == key[0]).all():
        return [np.arange(len(key))]
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _matrix(octets: Array, offsets: Array, length: int) -> Array:
    """The octets of packets of one length, shape (n, length); without a copy when they lie at even distances."""
    steps = np.diff(offsets)
    if len(steps) and (steps == steps[0]).all():
        return np.lib.stride_tricks.as_strided(
            octets[offsets[0] :], (len(offsets), length), (int(steps[0]), 1), writeable=False
        )
    return np.asarray(np.lib.stride_tricks.sliding_window_view(octets, length)[offsets])


def _fixed(encoding: Any) -> int | None:
    for name in ("size_in_bits", "fixed_length", "fixed_size_in_bits"):
        if (bits := getattr(encoding, name, None)) is not None:
            return int(bits)
    return None


def _sizes(entry: Any, columns: Mapping[str, Column], refusing: Refusing) -> Array | None:
    """The size of an entry in each packet [bits], as another parameter tells it; None for the library."""
    encoding = entry.parameter_type.encoding
    name = getattr(encoding, "size_reference_parameter", None) or getattr(encoding, "dynamic_length_reference", None)
    if name is None:
        return None
    one = columns.get(name)
    everywhere = np.arange(len(refusing.refused))
    if one is None:
        refusing.add(everywhere, f"{entry.name} is as long as {name} says, which does not come before")
        return np.zeros(len(everywhere), dtype=np.int64)
    values = one.value if encoding.use_calibrated_value else one.raw
    if values.dtype.kind not in "uifb" or (one.labels and encoding.use_calibrated_value):
        return None
    adjust = getattr(encoding, "linear_adjuster", None) or getattr(encoding, "length_linear_adjuster", None)
    sizes = values.astype(np.float64)
    if adjust is not None:
        sizes = adjust(sizes)
    odd = np.flatnonzero(~np.isfinite(sizes))
    if len(odd):
        refusing.add(odd, f"{entry.name} has no finite length")
        sizes[odd] = 0
    return np.trunc(np.clip(sizes, -1, _MOST_BITS + 1)).astype(np.int64)
