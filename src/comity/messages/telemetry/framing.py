"""Where packets begin and end in a stream of octets, and where it is torn.

Packets follow one another without a mark between them: each says how long it is, so that one corrupt length loses the thread.
It is found again at the next place from which headers follow one another, the first of a packet that the definition has, of
its length. Whole runs of packets of one kind are found at once.

Source: CCSDS 133.0-B-2 §4.1.3 (primary header: 3 bits of version, 0; type; secondary header flag; 11 bits of APID; 2 of
sequence flags; 14 of sequence count; 16 of length less one).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from comity.messages.telemetry.columns import Array

HEADER = 6
#: The longest packet, with its header [octets].
LONGEST = HEADER + 65_536
#: APID of packets that only fill (CCSDS 133.0-B-2 §4.1.3.3.4.4).
IDLE = 0x7FF
#: Packets that must follow one another from a place for it to be in step, when nothing else is known of them.
_FOLLOWING = 3
#: So many packets of one length in a row, and the next are looked at all at once.
_ROW = 16

#: What would be the shortest packet of APID 0 is filling.
_EMPTY = bytes(HEADER)

#: Lengths by APID, as `Definition.lengths` has them.
Lengths = Mapping[int, frozenset[int] | None]


@dataclass(frozen=True, slots=True)
class Torn:
    """Octets that are no whole packet."""

    offset: int
    length: int
    why: str


@dataclass(slots=True)
class Frames:
    """Packets in a piece of a stream."""

    #: Where each begins, after its prefix, and how long it is [octets].
    offsets: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    torn: list[Torn] = field(default_factory=list)
    #: Up to where the piece is done with.
    end: int = 0
    #: Whether no packet was in sight there.
    lost: bool = False


def frames(octets: bytes, *, last: bool, lengths: Lengths | None = None, prefix: int = 0, lost: bool = False) -> Frames:
    """The packets of a piece of a stream, which begins with one unless it is `lost`.

    `last` says that the stream ends with it: otherwise what lies within two longest packets of its end is left for the next piece.
    `prefix` octets stand before each packet. `lengths` are those that the definition knows.
    """
    found = Frames(lost=lost)
    framer = _Framer(octets, lengths, prefix, found)
    framer.run(len(octets) if last else len(octets) - 2 * (LONGEST + prefix), last=last)
    return found


def _table(lengths: Lengths) -> Array:
    """Lengths by APID, shape (k, 2048): 0 for any, -1 for none."""
    most = max((len(known) for known in lengths.values() if known is not None), default=1)
    table = np.full((most, 2048), -1, dtype=np.int64)
    for apid, known in lengths.items():
        if apid < 2048:
            values = [0] if known is None else sorted(known)
            table[: len(values), apid] = values
    return table


class _Framer:
    def __init__(self, octets: bytes, lengths: Lengths | None, prefix: int, found: Frames) -> None:
        self._octets = octets
        self._lengths = lengths
        self._prefix = prefix
        self._found = found
        #: Up to here headers are known to follow one another.
        self._sure = 0
        #: From where a place to go on was looked for last, and what it was.
        self._looked: tuple[int, int | None] | None = None
        self._table = _table(lengths) if lengths is not None else None

    def run(self, stop: int, *, last: bool) -> None:
        octets, prefix, found = self._octets, self._prefix, self._found
        at, end = 0, len(octets)
        row, before = 0, 0
        while at < stop:
            head = at + prefix
            if head + HEADER > end:
                if last:
                    found.torn.append(Torn(at, end - at, "the file ends within a header"))
                    at = end
                break
            length = 7 + (octets[head + 4] << 8 | octets[head + 5])
            follows = head + length
            sound = not found.lost and self._kind(head) > 0
            if sound and (follows <= self._sure or self._in_step(head, follows, last=last)):
                if follows > end:
                    break
                found.offsets.append(head)
                found.lengths.append(length)
                at = follows
                row = row + 1 if length == before else 0
                before = length
                if row >= _ROW:
                    at, row = self._row(at, length, stop), 0
                continue
            resumed = self._resume(at if found.lost else at + 1, last=last)
            found.lost = resumed is None and not last
            # Without a place to go on in sight, all but the last octets are given up; the next piece goes on looking.
            onward = resumed if resumed is not None else stop if found.lost else end
            self._tear(at, onward, follows, last=last)
            at, row = onward, 0
        found.end = at

    # --- in step ---------------------------------------------------------------------------------------------------

    def _kind(self, head: int) -> int:
        """Of a header: 2 when the definition has packets of its APID and length, 1 when it could be one, 0 when not."""
        octets = self._octets
        if octets[head] >> 5 or octets[head : head + HEADER] == _EMPTY:
            return 0
        apid = (octets[head] & 7) << 8 | octets[head + 1]
        if self._lengths is None or apid == IDLE or apid not in self._lengths:
            return 1
        known = self._lengths[apid]
        return 2 if known is None or 7 + (octets[head + 4] << 8 | octets[head + 5]) in known else 1

    def _in_step(self, head: int, follows: int, *, last: bool) -> bool:
        """Whether a packet may be taken as one: headers follow it, or it is as the definition has it."""
        octets, end, prefix = self._octets, len(self._octets), self._prefix
        if follows >= end:
            return follows == end or not last
        kind = self._kind(head)
        at, count = follows, 0
        while count < _FOLLOWING:
            header = at + prefix
            if header + HEADER > end:
                # Too little is left to tell by: in step if it ends here.
                ok = at == end or not last
                break
            following = self._kind(header)
            if following == 0:
                ok = False
                break
            at = header + 7 + (octets[header + 4] << 8 | octets[header + 5])
            count += 1
            if following == 2 or at == end:
                ok = True
                break
            if at > end:
                ok = not last
                break
        else:
            ok = True
        if ok:
            self._sure = max(self._sure, min(at, end) if count else follows)
            return True
        # What follows is no packet: this one still is, when it is as long as the definition says, and is not when it isn't.
        known = self._lengths.get(self._apid(head)) if self._lengths is not None else None
        if known is not None:
            return kind == 2
        resumed = self._resume(head - prefix + 1, last=last)
        return resumed is None or resumed >= follows

    def _apid(self, head: int) -> int:
        return (self._octets[head] & 7) << 8 | self._octets[head + 1]

    def _row(self, at: int, length: int, stop: int) -> int:
        """Takes all packets that go on with the same header but for its count; where they end."""
        step = length + self._prefix
        room = (min(stop, len(self._octets) - step) - at) // step + 1
        if room < 1:
            return at
        head = at + self._prefix - step
        array = np.frombuffer(self._octets, dtype=np.uint8)
        alike = np.ones(room, dtype=np.bool_)
        for place in (0, 1, 4, 5):
            begin = head + step + place
            alike &= array[begin : begin + room * step : step][:room] == array[head + place]
        count = room if alike.all() else int(np.argmin(alike))
        self._found.offsets.extend(range(head + step, head + step * (count + 1), step))
        self._found.lengths.extend([length] * count)
        return at + count * step

    # --- out of step -----------------------------------------------------------------------------------------------

    def _resume(self, start: int, *, last: bool) -> int | None:
        """The next place from which packets follow one another, the first as the definition has it; None if there is none."""
        if self._looked is not None:
            since, found = self._looked
            if since <= start and (found is None or start <= found):
                return found
        found = self._look(start, last=last)
        self._looked = start, found
        return found

    def _look(self, start: int, *, last: bool) -> int | None:
        octets, end, prefix = self._octets, len(self._octets), self._prefix
        array = np.frombuffer(octets, dtype=np.uint8)
        room = end - prefix - HEADER - start + 1
        block = 1 << 16
        for begin in range(start, start + max(room, 0), block):
            heads = np.arange(begin, min(begin + block, start + room)) + prefix
            for head in heads[self._candidates(array, heads)].tolist():
                if self._follow(head, last=last):
                    return int(head) - prefix
        return None

    def _candidates(self, array: Array, heads: Array) -> Array:
        first = array[heads]
        could = first >> 5 == 0
        apids = (first.astype(np.int64) & 7) << 8 | array[heads + 1]
        lengths = 7 + (array[heads + 4].astype(np.int64) << 8 | array[heads + 5])
        if self._table is None:
            return np.asarray(could & (lengths > 7))
        wanted = self._table[:, apids]
        return np.asarray(could & ((wanted == 0) | (wanted == lengths)).any(axis=0))

    def _follow(self, head: int, *, last: bool) -> bool:
        octets, end, prefix = self._octets, len(self._octets), self._prefix
        for _ in range(_FOLLOWING):
            head += 7 + (octets[head + 4] << 8 | octets[head + 5]) + prefix
            at = head - prefix
            if at == end:
                return True
            if head + HEADER > end:
                return not last and at < end + LONGEST
            if self._kind(head) == 0 or (self._lengths is not None and self._kind(head) < 2 and not self._known(head)):
                return False
        return True

    def _known(self, head: int) -> bool:
        apid = self._apid(head)
        return self._lengths is None or apid in self._lengths or apid == IDLE

    def _tear(self, begin: int, resumed: int, follows: int, *, last: bool) -> None:
        head = begin + self._prefix
        before = self._found.torn[-1] if self._found.torn else None
        if before is not None and before.offset + before.length == begin:
            self._found.torn[-1] = Torn(before.offset, resumed - before.offset, before.why)
            return
        version = self._octets[head] >> 5
        end = len(self._octets)
        if version:
            why = f"is no packet: its version is {version}"
        elif follows > end and resumed == end and last:
            why = f"is cut off: it says {follows - head} octets, {end - head} are left"
        else:
            why = f"says {follows - head} octets, after which no packet follows"
        self._found.torn.append(Torn(begin, resumed - begin, why))
