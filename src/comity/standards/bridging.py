"""What stands in the way of joining two elements, and which adapters of the programme would: what a planner must know."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from comity.model.base import FrozenMap
from comity.model.missions import Mission
from comity.model.ports import PortKind
from comity.model.programme import Programme
from comity.standards.adapters import LONGEST, Search
from comity.standards.answer import End, InterfaceCheck
from comity.standards.checker import check_junction
from comity.standards.fit import Judge
from comity.standards.interfaces import programme_question
from comity.standards.measures import Reader
from comity.standards.question import Junction, Side
from comity.standards.register import shipped

#: Adapters one after the other, each an element with those of its options that have the ports for it.
Row = tuple[End, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """Two ends that do not fit by themselves.

    `check` is what is wrong with nothing between them. `ways` has for each kind that does not fit the rows of adapters by
    which it would: one whole row of each must be there. An empty one: nothing in the programme joins that kind. Where the
    interface names its adapter, nothing else will do, and there is one entry for all kinds.
    """

    check: InterfaceCheck
    ways: tuple[tuple[Row, ...], ...]

    @property
    def is_final(self) -> bool:
        """Is there a kind that no adapter of the programme joins?"""
        return not all(self.ways)


#: Misfits by the missions that they were found in, the last asked last: a planner asks for the same ones again and again.
_known: OrderedDict[int, tuple[FrozenMap[str, Mission], tuple[Misfit, ...]]] = OrderedDict()
_KEPT = 8


def misfits(programme: Programme) -> tuple[Misfit, ...]:
    """Every pair of options of two elements that meet and do not fit by themselves, in the order of the files.

    What fits, and what nobody has specified, is not among them. Adapters of the catalogue are not looked at: nobody has
    said what they would cost. StandardsError when a port claims a standard that is not in the register.
    """
    # Known by identity, which is right for values that never change; the value that is kept keeps the identity taken.
    missions = programme.missions
    if id(missions) not in _known:
        _known[id(missions)] = missions, tuple(_misfits(programme))
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    _known.move_to_end(id(missions))
    return _known[id(missions)][1]


def _misfits(programme: Programme) -> Iterator[Misfit]:
    if not any(_has_ports(mission) for mission in programme.missions.values()):
        return
    question = programme_question(programme, with_catalogue=False)
    judge = Judge(shipped(), Reader())
    search = Search(judge, question.adapters)
    bare = Search(judge, ())
    for junction in question.junctions:
        if not all(side.ports for side in junction.sides):
            continue  # nothing is stated, so nothing is wrong
        direct = check_junction(judge, bare, replace(junction, adapter=()))
        if direct.verdict != "misfit":
            continue
        if junction.adapter:
            yield Misfit(direct, (tuple(_by_the_named(judge, bare, junction)),))
            continue
        kinds = dict.fromkeys(m.kind for m in direct.meetings if m.verdict == "misfit" and m.kind != "any")
        yield Misfit(direct, tuple(tuple(_rows(search, junction, kind)) for kind in kinds))


def _has_ports(mission: Mission) -> bool:
    return any(e.ports or any(o.ports for o in e.options) for e in mission.elements.values())


def _by_the_named(judge: Judge, bare: Search, junction: Junction) -> Iterator[Row]:
    """The ways to provide the named adapter by which nothing is left that does not fit."""
    for side in junction.adapter:
        if check_junction(judge, bare, replace(junction, adapter=(side,))).verdict != "misfit":
            yield (side.end,)


def _rows(search: Search, junction: Junction, kind: PortKind) -> Iterator[Row]:
    """All rows by which a kind fits, but for those that hold a shorter one."""
    found: list[frozenset[End]] = []
    for length in range(1, LONGEST + 1):
        for row in _of_length(search, junction, kind, length):
            ends = frozenset(side.end for side in row)
            if not any(shorter <= ends for shorter in found):
                found.append(ends)
                yield tuple(side.end for side in row)


def _of_length(search: Search, junction: Junction, kind: PortKind, length: int) -> Iterable[tuple[Side, ...]]:
    return (row for row, _ in search.rows(junction, (kind,), length))
