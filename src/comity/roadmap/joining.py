"""Which options cannot be joined at an interface, and which adapter elements a plan then needs: once, before the search.

Whether ports fit is decided by `comity.standards`; here it becomes demands that a search can keep. A demand is a clause:
when both of two options are taken, one at least of some options of adapter elements is taken too (none: never both).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from comity.model.missions import Mission
from comity.model.programme import Programme
from comity.standards import End, InterfaceCheck, Misfit, misfits

#: (mission, element, option)
Taken = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Demand:
    """That two options are taken together only with one of `any_of`; `check` says what does not fit without."""

    first: Taken
    second: Taken
    any_of: tuple[Taken, ...]
    check: InterfaceCheck

    @property
    def mission(self) -> str:
        """The mission that has the interface."""
        return self.check.mission

    @property
    def ends(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The two elements."""
        return self.first[:2], self.second[:2]

    @property
    def crosses(self) -> bool:
        """Does it speak of more than one mission?"""
        return len({self.mission, *(taken[0] for taken in (self.first, self.second, *self.any_of))}) > 1


def demands(programme: Programme) -> tuple[Demand, ...]:
    """Every demand that the interfaces of a programme make on a plan."""
    return tuple(demand for misfit in misfits(programme) for demand in _demands(misfit))


def _demands(misfit: Misfit) -> Iterator[Demand]:
    one, other = misfit.check.ends
    wanted = [clause for rows in misfit.ways for clause in _clauses(rows)]
    if misfit.is_final:
        wanted = [frozenset()]
    for a, b in product(one.options, other.options):
        for clause in wanted:
            yield Demand(
                (one.mission, one.element, a), (other.mission, other.element, b), tuple(sorted(clause)), misfit.check
            )


def _clauses(rows: Iterable[tuple[End, ...]]) -> list[frozenset[Taken]]:
    """`One whole row of these` as clauses that must all hold: one element of each row, in every combination."""
    clauses: list[frozenset[Taken]] = [frozenset()]
    for row in rows:
        grown = [
            clause | {(end.mission, end.element, option) for option in end.options} for clause in clauses for end in row
        ]
        clauses = [c for i, c in enumerate(grown) if not any(d < c or (d == c and j < i) for j, d in enumerate(grown))]
    return clauses


def stand_ready(programme: Programme, mission: Mission) -> tuple[str, ...]:
    """The mission's elements that could join the ends of an interface of its own: ready when its delivery element starts."""
    found = (
        element
        for demand in demands(programme)
        if demand.mission == mission.id
        for there, element, _ in demand.any_of
        if there == mission.id and element != mission.delivery_element
    )
    return tuple(dict.fromkeys(found))


def held_for(programme: Programme, mission: Mission) -> tuple[str, ...]:
    """The adapters for which the delivery element is held, and would not wait otherwise."""
    return tuple(adapter for adapter in stand_ready(programme, mission) if not _waits_already(mission, adapter))


def _waits_already(mission: Mission, element: str) -> bool:
    """Does the delivery element start after an element has finished by what the mission says of its order anyhow?"""
    # (element, least months from the finish of the first to the start of this)
    reached: dict[str, int] = {}
    queue: list[str] = [element]
    while queue:
        here = queue.pop()
        for later in mission.elements.values():
            if later.optional:
                continue
            for after in later.after:
                if after.element != here:
                    continue
                durations = [o.duration for o in mission.elements[here].options]
                if here == element:
                    wait = after.lag - (max(durations) if after.anchor == "start" else 0)
                else:
                    wait = reached[here] + after.lag + (min(durations) if after.anchor == "finish" else 0)
                if wait > reached.get(later.id, -(10**6)):
                    reached[later.id] = wait
                    queue.append(later.id)
    return reached.get(mission.delivery_element, -1) >= 0
