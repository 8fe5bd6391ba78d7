"""Telemetry from files of any size: packets found, decoded piece by piece, and an account of all that was not decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from comity.messages.errors import MessageError
from comity.messages.telemetry import sequence
from comity.messages.telemetry.columns import Array, Column
from comity.messages.telemetry.definition import Definition
from comity.messages.telemetry.framing import IDLE, LONGEST, Frames, frames
from comity.messages.telemetry.layout import Batch, Decoder

if TYPE_CHECKING:
    import xarray

#: Octets that are read and decoded at once: what stays in a processor's cache while its packets are taken apart.
PIECE = 2 * 2**20
#: Faults that a report tells one by one; all are counted.
MOST_FAULTS = 1000

#: Where packets come from: a file, octets, an open file; or several, one after another.
Source = str | PathLike[str] | bytes | BinaryIO


@dataclass(frozen=True, slots=True)
class Fault:
    """Octets that were passed over, and why."""

    source: str
    #: Where they begin in their file, and how many they are.
    offset: int
    length: int
    #: Of the packet; None when they are none.
    apid: int | None
    why: str

    def __str__(self) -> str:
        of = f"packet of APID {self.apid}, {self.length} octets" if self.apid is not None else f"{self.length:,} octets"
        return f"{self.source}: at octet {self.offset:,}: {of}: {self.why}"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of all octets of some telemetry."""

    octets: int
    #: Packets that were found, whether or not they were decoded.
    packets: int
    #: Packets that were decoded, by type.
    decoded: Mapping[str, int]
    #: Packets that the definition does not have, by APID.
    unknown: Mapping[int, int]
    #: Packets that only fill.
    idle: int
    #: Packets that were not asked for.
    left_out: int
    #: How many packets were refused, and how many octets are no whole packet.
    refused: int
    torn_octets: int
    #: The first of both, each with its place.
    faults: tuple[Fault, ...]
    #: By APID, what its sequence counts tell.
    sequences: Mapping[int, sequence.Counts]

    @property
    def whole(self) -> bool:
        """Whether all was decoded and nothing is missing, repeated or late."""
        odd = any(c.gaps or c.repeated or c.late for c in self.sequences.values())
        return not (self.refused or self.torn_octets or self.unknown or odd)


class Decoded(dict[str, "xarray.Dataset"]):
    """Packets by their type, with an account of what was and was not decoded."""

    account: Account


@dataclass(frozen=True, slots=True)
class Part:
    """Packets of one type from one piece, in the order of the file."""

    type: str
    columns: Mapping[str, Column]
    apid: Array
    sequence_count: Array
    byte_offset: Array


def decode(
    packets: Source | Sequence[Source],
    definition: Definition,
    *,
    apid: int | Sequence[int] | None = None,
    raw: bool = False,
    strict: bool = False,
    surplus: bool = False,
    prefix: int = 0,
) -> Decoded:
    """Packets by their type, each an `xarray.Dataset` with one variable a parameter along `packet`.

    `packets` are files, octets or open files, one after another; `apid` asks for some alone. Values are calibrated, with their unit
    in `attrs`, enumerations as their labels; `raw` gives what stands in the packets. Coordinates are `time` (UTC, where the definition
    or its user states how packets tell it), `apid`, `sequence_count` and `byte_offset`. `account` of the result says what
    was passed over; with `strict` the first packet that is corrupt, cut off or not as its definition raises MessageError instead.
    `surplus` takes packets that are longer than their definition. `prefix` octets before each packet are skipped.

    Holds all in memory; `comity.messages.telemetry.to_parquet` does not. Source: CCSDS 133.0-B-2; OMG XTCE 1.2.
    """
    from comity.messages.telemetry.datasets import dataset

    telemetry = Telemetry(packets, definition, apid=apid, strict=strict, surplus=surplus, prefix=prefix)
    parts: dict[str, list[Part]] = {}
    for part in telemetry:
        parts.setdefault(part.type, []).append(part)
    order = [name for name in definition.packets if name in parts]
    found = Decoded({name: dataset(parts.pop(name), definition, raw=raw) for name in order})
    found.account = telemetry.account()
    return found


def check(
    packets: Source | Sequence[Source], definition: Definition, *, surplus: bool = False, prefix: int = 0
) -> Account:
    """Decodes all and keeps nothing but the account. MessageError when a file cannot be read."""
    telemetry = Telemetry(packets, definition, surplus=surplus, prefix=prefix)
    for _ in telemetry:
        pass
    return telemetry.account()


@dataclass(slots=True)
class _Tally:
    octets: int = 0
    packets: int = 0
    idle: int = 0
    left_out: int = 0
    refused: int = 0
    torn_octets: int = 0
    decoded: Counter[str] = field(default_factory=Counter)
    unknown: Counter[int] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    sequences: dict[int, sequence.Sequence] = field(default_factory=dict)


class Telemetry:
    """Packets of files, decoded as they are iterated over: parts of one type each, pieces of a few megabytes at a time."""

    def __init__(
        self,
        packets: Source | Sequence[Source],
        definition: Definition,
        *,
        apid: int | Sequence[int] | None = None,
        strict: bool = False,
        surplus: bool = False,
        prefix: int = 0,
        vectorised: bool = True,
        on_progress: Callable[[int, int | None], None] | None = None,
    ) -> None:
        many = isinstance(packets, Sequence) and not isinstance(packets, str | bytes)
        self._sources: list[Source] = list(packets) if many else [packets]  # type: ignore[arg-type, list-item]
        self._definition = definition
        self._lengths = definition.lengths if not surplus else None
        self._decoder = Decoder(definition, vectorised=vectorised, surplus=surplus)
        self._wanted = None if apid is None else np.atleast_1d(np.asarray(apid, dtype=np.int64))
        if self._wanted is not None and ((self._wanted < 0) | (self._wanted > IDLE)).any():
            raise MessageError(f"APID {int(self._wanted.max())} cannot be: they go from 0 to {IDLE}")
        if not 0 <= prefix <= 65_536:
            raise MessageError(f"{prefix} octets before each packet cannot be: 0 to 65,536")
        self._strict = strict
        self._prefix = prefix
        self._on_progress = on_progress
        self._tally = _Tally()

    def account(self) -> Account:
        """What became of the octets so far."""
        t = self._tally
        sequences = {apid: one.counts() for apid, one in sorted(t.sequences.items())}
        return Account(
            t.octets, t.packets, dict(t.decoded), dict(sorted(t.unknown.items())), t.idle, t.left_out, t.refused,
            t.torn_octets, tuple(t.faults), sequences,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Part]:
        sizes = [_size(source) for source in self._sources]
        total = None if None in sizes else sum(size for size in sizes if size is not None)
        for source in self._sources:
            for octets, begin, found in self._pieces(source):
                yield from self._parts(_name(source), octets, begin, found)
                if self._on_progress is not None:
                    self._on_progress(self._tally.octets, total)

    # --- pieces ----------------------------------------------------------------------------------------------------

    def _pieces(self, source: Source) -> Iterator[tuple[bytes, int, Frames]]:
        """Octets, where they begin in their file, and the packets in them."""
        rest, begin, lost = b"", 0, False
        for content, last in _read(source):
            octets = rest + content
            found = frames(octets, last=last, lengths=self._lengths, prefix=self._prefix, lost=lost)
            self._tally.octets += found.end
            yield octets, begin, found
            rest, lost = octets[found.end :], found.lost
            begin += found.end

    def _parts(self, name: str, octets: bytes, begin: int, found: Frames) -> Iterator[Part]:
        faults = [Fault(name, begin + torn.offset, torn.length, None, torn.why) for torn in found.torn]
        self._tally.torn_octets += sum(fault.length for fault in faults)
        if found.offsets:
            array = np.frombuffer(octets, dtype=np.uint8)
            offsets = np.array(found.offsets, dtype=np.int64)
            lengths = np.array(found.lengths, dtype=np.int64)
            apids = (array[offsets].astype(np.int64) & 7) << 8 | array[offsets + 1]
            counts = (array[offsets + 2].astype(np.int64) & 0x3F) << 8 | array[offsets + 3]
            chosen = self._chosen(apids, counts)
            outcome = self._decoder.decode(array, offsets[chosen], lengths[chosen])
            rows = chosen.tolist()
            faults += [
                Fault(name, begin + found.offsets[rows[row]], found.lengths[rows[row]], int(apids[rows[row]]), why)
                for row, why in outcome.refused.items()
            ]
            self._tally.refused += len(outcome.refused)
            self._tally.unknown.update(apids[chosen[outcome.unknown]].tolist() if outcome.unknown else ())
            self._blame(faults)
            for batch in _in_order(outcome.batches):
                at = chosen[batch.rows]
                self._tally.decoded[batch.type] += len(at)
                yield Part(
                    batch.type,
                    batch.columns,
                    apids[at].astype(np.uint16),
                    counts[at].astype(np.uint16),
                    begin + offsets[at],
                )
        else:
            self._blame(faults)

    def _chosen(self, apids: Array, counts: Array) -> Array:
        """Rows of packets that are to be decoded; counts all."""
        tally = self._tally
        tally.packets += len(apids)
        idle = apids == IDLE
        tally.idle += int(idle.sum())
        chosen = ~idle
        if self._wanted is not None:
            chosen &= np.isin(apids, self._wanted)
            tally.left_out += int((~idle & ~chosen).sum())
        first = int(apids[0])
        here = [first] if (apids == first).all() else np.unique(apids[chosen]).tolist()
        for apid in here:
            if chosen.any() and apid != IDLE:
                mine = chosen & (apids == apid)
                tally.sequences.setdefault(apid, sequence.Sequence()).add(counts[mine])
        return np.flatnonzero(chosen)

    def _blame(self, faults: list[Fault]) -> None:
        faults.sort(key=lambda fault: fault.offset)
        told = self._tally.faults
        for fault in faults:
            if told and fault.apid is None and _goes_on(told[-1], fault):
                told[-1] = Fault(told[-1].source, told[-1].offset, told[-1].length + fault.length, None, told[-1].why)
            elif len(told) < MOST_FAULTS:
                told.append(fault)
        if faults and self._strict:
            raise MessageError(str(told[0]))


def _goes_on(before: Fault, fault: Fault) -> bool:
    return before.apid is None and before.source == fault.source and before.offset + before.length == fault.offset


def _in_order(batches: Sequence[Batch]) -> Iterator[Batch]:
    """One batch a type, its packets in the order of the file."""
    by_type: dict[str, list[Batch]] = {}
    for batch in batches:
        by_type.setdefault(batch.type, []).append(batch)
    for name, some in by_type.items():
        if len(some) == 1 and (np.diff(some[0].rows) > 0).all():
            yield some[0]
            continue
        rows = np.concatenate([batch.rows for batch in some])
        order = np.argsort(rows)
        columns = {key: joined([batch.columns[key] for batch in some]).taken(order) for key in some[0].columns}
        yield Batch(name, rows[order], columns)


def joined(columns: Sequence[Column]) -> Column:
    """Columns of one parameter one after another."""
    raw = np.concatenate([one.raw for one in columns])
    same = all(one.value is one.raw for one in columns)
    return Column(raw, raw if same else np.concatenate([one.value for one in columns]), columns[0].labels)


# --- sources -------------------------------------------------------------------------------------------------------


def _name(source: Source) -> str:
    if isinstance(source, bytes):
        return "octets"
    if isinstance(source, str | PathLike):
        return str(source)
    return str(getattr(source, "name", "stream"))


def _size(source: Source) -> int | None:
    if isinstance(source, bytes):
        return len(source)
    if isinstance(source, str | PathLike):
        try:
            return Path(source).stat().st_size
        except OSError:
            return None
    return None


def _read(source: Source) -> Iterator[tuple[bytes, bool]]:
    """Pieces of a source, and whether each is its last. MessageError when it cannot be read."""
    if isinstance(source, bytes):
        step = PIECE + 2 * LONGEST
        for begin in range(0, max(len(source), 1), step):
            yield source[begin : begin + step], begin + step >= len(source)
        return
    try:
        if isinstance(source, str | PathLike):
            with Path(source).open("rb") as file:
                yield from _read_file(file)
        else:
            yield from _read_file(source)
    except OSError as error:
        raise MessageError(f"{_name(source)}: cannot be read: {error.strerror or error}") from None


def _read_file(file: Any) -> Iterator[tuple[bytes, bool]]:
    content = file.read(PIECE)
    while content:
        # A pipe gives less than is asked for, and then more.
        following = file.read(PIECE)
        yield content, not following
        content = following
