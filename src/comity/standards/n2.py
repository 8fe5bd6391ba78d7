"""The N² chart: elements on the diagonal; in row i and column j, what element i gives to element j, and whether it fits.

Outputs run along rows, inputs down columns (NASA Systems Engineering Handbook, SP-2016-6105 Rev 2, appendix F). What neither
side gives, such as docking gear or a common language, stands in both cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from comity.standards.answer import VERDICTS, InterfaceCheck, Meeting, Verdict
from comity.standards.joints import Joint, faults, joints
from comity.standards.question import Junction
from comity.standards.rules import giver
from comity.standards.subject import Subject

#: A chart of more elements is parted by mission.
LARGEST: Final = 24
#: What elements join to each other, without either giving.
_MUTUAL: Final = frozenset({"docking", "mechanical", "any"})


@dataclass(frozen=True, slots=True)
class N2Element:
    """An element on the diagonal, and who may provide it."""

    reference: str
    name: str
    mission: str
    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class N2Joint:
    """What one cell says of one kind: the worst verdict of all combinations of options, and whether others are better.

    `options` has, where options differ, `first option / second option: verdict` of each.
    """

    kind: str
    verdict: Verdict
    mutual: bool
    adapters: tuple[str, ...]
    options: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class N2Cell:
    """What the element of a row gives to that of a column, counted from 0."""

    row: int
    column: int
    joints: tuple[N2Joint, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst in it."""
        return max((j.verdict for j in self.joints), key=VERDICTS.index)


@dataclass(frozen=True, slots=True)
class N2Matrix:
    """Elements of missions that hang together by interfaces, and their cells, by row and column."""

    title: str
    elements: tuple[N2Element, ...]
    cells: tuple[N2Cell, ...]


@dataclass(frozen=True, slots=True)
class N2Chart:
    """A chart for each group of missions that hang together."""

    programme: str
    name: str
    matrices: tuple[N2Matrix, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def n2_chart(subject: Subject) -> N2Chart:
    """The N² charts of checked interfaces: elements in the order in which interfaces name them, one chart for each group of
    missions that hang together.

    A group of more than `LARGEST` elements is parted by the mission that has the interface.
    """
    matrices: list[N2Matrix] = []
    for group in _groups(subject.pairs):
        matrices += _parted(subject, group)
    return N2Chart(subject.id, subject.name, tuple(matrices))


Pair = tuple[Junction, InterfaceCheck]


def _parted(subject: Subject, group: list[Pair]) -> Iterator[N2Matrix]:
    if len({end.reference for _, check in group for end in check.ends}) <= LARGEST:
        yield _matrix(subject, group)
        return
    for mission in dict.fromkeys(check.mission for _, check in group):
        yield _matrix(subject, [pair for pair in group if pair[1].mission == mission])


def _groups(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Interfaces of missions that share elements, directly or through others, in the order of the first of each."""
    groups: list[tuple[set[str], list[Pair]]] = []
    for pair in pairs:
        ends = {pair[1].mission, *(end.mission or pair[1].mission for end in pair[1].ends)}
        touched = [g for g in groups if g[0] & ends]
        merged = (set.union(ends, *(g[0] for g in touched)), [p for g in touched for p in g[1]] + [pair])
        if touched:
            groups[groups.index(touched[0])] = merged
            groups = [g for g in groups if g not in touched[1:]]
        else:
            groups.append(merged)
    return [found for _, found in groups]


def _matrix(subject: Subject, group: list[Pair]) -> N2Matrix:
    elements: dict[str, N2Element] = {}
    for _, check in group:
        for end in check.ends:
            known = elements.get(end.reference)
            providers = tuple(dict.fromkeys((*(known.providers if known else ()), *end.providers)))
            elements[end.reference] = N2Element(end.reference, end.name, end.mission or check.mission, providers)
    place = {reference: n for n, reference in enumerate(elements)}
    found: dict[tuple[int, int], dict[str, list[tuple[InterfaceCheck, Joint]]]] = {}
    for junction, check in group:
        for joint in joints(check):
            for row, column in _ways(junction, joint):
                ends = check.ends
                at = (place[ends[row].reference], place[ends[column].reference])
                found.setdefault(at, {}).setdefault(joint.kind, []).append((check, joint))
    cells = tuple(
        N2Cell(row, column, tuple(_cell(kind, told, found.get((column, row), {})) for kind, told in kinds.items()))
        for (row, column), kinds in sorted(found.items())
    )
    missions = dict.fromkeys(check.mission for _, check in group)
    title = ", ".join(subject.mission_names.get(m, m) for m in missions)
    return N2Matrix(title, tuple(elements.values()), cells)


def _ways(junction: Junction, joint: Joint) -> tuple[tuple[int, int], ...]:
    """From which side to which: one way where a side gives, both where neither does."""
    if joint.kind in _MUTUAL:
        return ((0, 1), (1, 0))
    giving = {_giving(junction, meeting) for meeting in joint.direct}
    ways = tuple((side, 1 - side) for side in (0, 1) if side in giving)
    return ways if ways and None not in giving else ((0, 1), (1, 0))


def _giving(junction: Junction, meeting: Meeting) -> int | None:
    roles = [
        side.ports[name].role if name in side.ports else None
        for side, name in zip(junction.sides, meeting.ports, strict=True)
    ]
    return giver(roles[0], roles[1])


def _cell(
    kind: str, told: list[tuple[InterfaceCheck, Joint]], opposite: dict[str, list[tuple[InterfaceCheck, Joint]]]
) -> N2Joint:
    check, joint = max(told, key=lambda t: VERDICTS.index(t[1].verdict))
    differ = len({j.verdict for _, j in told}) > 1
    options = tuple(
        f"{' / '.join(', '.join(end.options) or end.name for end in c.ends)}: {j.verdict}" for c, j in told if differ
    )
    says = tuple(dict.fromkeys(f.says for _, f in faults(joint)))
    adapters = check.adaptation.names if joint.through and check.adaptation is not None else ()
    return N2Joint(kind, joint.verdict, kind in opposite, adapters, options, says)
