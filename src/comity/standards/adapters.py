"""What could stand between two ends that do not fit: the shortest row of adapters of which both sides fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from comity.model.ports import PortKind
from comity.standards.answer import VERDICTS, Adaptation, Meeting
from comity.standards.fit import Judge, Placed, absent, may_join
from comity.standards.pairing import placed
from comity.standards.question import Junction, Side

#: Kinds that pass through what stands between; people, clocks and files pass it by.
_BODILY: Final = frozenset({"docking", "mechanical", "power", "data", "thermal", "fluid", "atmosphere"})
#: Rows longer than this are not offered: each adapter is mass, leaks and money.
LONGEST = 3


@dataclass(slots=True)
class Search:
    """Finds adapters among those known. It remembers which ports fit, as the same pairs come back in every row."""

    judge: Judge
    known: tuple[Side, ...]
    _met: dict[tuple[str, tuple[str, ...], str, str, tuple[str, ...], str], Meeting] = field(default_factory=dict)

    def offered(self, junction: Junction, kinds: tuple[PortKind, ...]) -> Adaptation | None:
        """The shortest row of known adapters by which all of some kinds fit, or else a row for each that has one; None without.

        Of equally short rows the one that says most of the other kinds, then the first in the order of the files. Where no
        row fits, one against which nothing speaks, though more must be said, such as an edition.
        """
        together = self._row(junction, kinds, surely=True)
        if together is not None:
            return together
        if len(kinds) == 1:
            return self._row(junction, kinds)
        apart = [
            found
            for kind in kinds
            if (found := self._row(junction, (kind,), surely=True) or self._row(junction, (kind,))) is not None
        ]
        if not apart:
            return None
        return Adaptation(
            tuple(dict.fromkeys(name for a in apart for name in a.adapters)),
            tuple(dict.fromkeys(name for a in apart for name in a.names)),
            tuple(m for a in apart for m in a.meetings),
            unstated=tuple(sorted(set.intersection(*(set(a.unstated) for a in apart)))),
        )

    def _row(self, junction: Junction, kinds: tuple[PortKind, ...], *, surely: bool = False) -> Adaptation | None:
        """The shortest row by which all of some kinds fit (surely), or may fit."""
        for length in range(1, LONGEST + 1):
            found = [adaptation for _, adaptation in self.rows(junction, kinds, length, surely=surely)]
            if found:
                return min(found, key=lambda a: len(a.unstated))
        return None

    def rows(
        self, junction: Junction, kinds: tuple[PortKind, ...], length: int, *, surely: bool = False
    ) -> Iterator[tuple[tuple[Side, ...], Adaptation]]:
        """Every row of so many known adapters by which all of some kinds fit (surely), or nothing speaks against it."""
        ends = {side.end.reference for side in junction.sides}
        usable = tuple(side for side in self.known if side.end.reference not in ends)
        for row in self._rows(junction, usable, kinds[0], length):
            adaptation = self._along(junction, row, kinds)
            if all(m.verdict == "fits" if surely else may_join(m) for m in adaptation.meetings):
                yield row, adaptation

    def named(self, junction: Junction, kinds: tuple[PortKind, ...]) -> Adaptation:
        """How the adapter that the interface names fits, whether it does or not; by the best way to provide it."""
        found = [self._along(junction, (side,), kinds, named=True) for side in junction.adapter]
        return min(found, key=lambda a: (_rank(a.meetings), sum(len(m.faults) for m in a.meetings)))

    def _rows(
        self, junction: Junction, usable: tuple[Side, ...], kind: PortKind, length: int
    ) -> Iterator[tuple[Side, ...]]:
        """Rows of a length that fit in one kind, grown from the first end: most are cut off after one adapter."""
        starts = placed(junction.sides[0], kind)
        goals = placed(junction.sides[1], kind)

        def grow(row: tuple[Side, ...], outs: tuple[Placed, ...]) -> Iterator[tuple[Side, ...]]:
            if len(row) == length:
                if any(self._fits(a, b) for a in outs for b in goals):
                    yield row
                return
            for side in usable:
                if side.end.element in {s.end.element for s in row}:
                    continue
                onward = self._passed(outs, side, kind)
                if onward:
                    yield from grow((*row, side), onward)

        yield from grow((), starts)

    def _passed(self, before: tuple[Placed, ...], side: Side, kind: PortKind) -> tuple[Placed, ...]:
        """The ports by which one can leave an adapter: those other than one that fits what came before."""
        own = placed(side, kind)
        entered = [port for port in own if any(self._fits(b, port) for b in before)]
        return tuple(port for port in own if any(e.name != port.name for e in entered))

    def _along(
        self, junction: Junction, row: tuple[Side, ...], kinds: tuple[PortKind, ...], *, named: bool = False
    ) -> Adaptation:
        """Every meeting along a row, kind by kind, by the path of ports that fits best."""
        met: list[Meeting] = []
        for kind in kinds:
            met += self._path(junction, row, kind)
        speaks = {kind for side in row for kind in {p.kind for p in side.ports.values()}}
        both = [k for k in {p.kind for p in junction.sides[0].ports.values()} if k not in speaks]
        theirs = {p.kind for p in junction.sides[1].ports.values()}
        names = tuple(side.end.name for side in row)
        unstated = tuple(sorted(k for k in both if k in theirs and k in _BODILY))
        return Adaptation(tuple(side.end.reference for side in row), names, tuple(met), named, unstated)

    def _path(self, junction: Junction, row: tuple[Side, ...], kind: PortKind) -> list[Meeting]:
        """The meetings from the first end through each adapter to the second, by the best ports."""
        first, second = (placed(side, kind) for side in junction.sides)
        # Each way so far: the meetings, and the port by which the last adapter is left.
        ways: list[tuple[list[Meeting], Placed | None]] = [([], port) for port in first] or [([], None)]
        for side in row:
            own: list[Placed | None] = [*placed(side, kind)]
            ways = [
                ([*met, self._meet(out, port, junction, side, kind)], leave)
                for met, out in ways
                for port in own or [None]
                for leave in ([o for o in own if o is not port] or [None])
            ]
        ends = [
            [*met, self._meet(out, goal, junction, row[-1], kind, last=True)]
            for met, out in ways
            for goal in second or (None,)
        ]
        return min(ends, key=lambda way: (_rank(way), sum(len(m.faults) for m in way)))

    def _meet(
        self,
        before: Placed | None,
        after: Placed | None,
        junction: Junction,
        side: Side,
        kind: PortKind,
        *,
        last: bool = False,
    ) -> Meeting:
        if before is not None and after is not None:
            return self._meeting(before, after)
        ends = (side.end, junction.sides[1].end) if last else (junction.sides[0].end, side.end)
        return absent(*ends, kind, (before.name if before else "", after.name if after else ""))

    def _fits(self, one: Placed, other: Placed) -> bool:
        return may_join(self._meeting(one, other))

    def _meeting(self, one: Placed, other: Placed) -> Meeting:
        key = (one.end.reference, one.end.options, one.name, other.end.reference, other.end.options, other.name)
        if key not in self._met:
            self._met[key] = self.judge.meeting(one, other)
        return self._met[key]


def _rank(way: Iterable[Meeting]) -> int:
    return max((VERDICTS.index(m.verdict) for m in way), default=0)
