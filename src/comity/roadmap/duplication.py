"""What is done twice: elements that serve the same objective, what is lost by it, and what one of them would free.

What can be dropped is an optional element, or else its whole mission. The science of every change is recomputed with the
objectives' own curves, so that a third mission on the same goal is counted too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import prod

from comity.model.missions import Mission
from comity.model.programme import Programme
from comity.model.spending import whole_cost
from comity.roadmap.answer import Plan, PlannedElement, PlannedMission
from comity.roadmap.answer_parts import Overlap
from comity.roadmap.assembly import contributions, option_of

#: Overlaps that lose less than this part of the objective's value are not worth a line.
LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class _Unit:
    """What can be dropped on its own: an optional element, or a mission (then `element` names its main one for a goal)."""

    mission: str
    element: str | None
    freed: Decimal
    lost: float
    bound_by: str  # why it cannot be dropped; empty when it can


def duplication(programme: Programme, plan: Plan | None = None) -> tuple[Overlap, ...]:
    """Pairs of elements that serve the same objective with diminishing return, the most worth dropping first.

    Of a plan; or, without one, of all candidate missions, each as it would stand if it were built by its cheapest options
    and delivered at the start of the horizon. `lost_value` is what the two bring less together than each on its own
    [points]; `freed_cost` is the whole cost of the second (of its mission, where the element is not optional), and
    `value_if_dropped` the science that its loss costs all objectives, given everything else. Of each pair the second is
    the one whose dropping saves more than its science is worth at the average price of a point; pairs are ranked by that
    saving, those that nothing can be done about last. Missions that exclude each other are no pair.
    """
    missions, elements = (plan.missions, list(plan.elements)) if plan is not None else _candidates(programme)
    state = _State(programme, missions, elements)
    ranked = sorted(_pairs(state), key=lambda row: (row[0], -row[1], -row[2].lost_value, row[2].first, row[2].second))
    return tuple(overlap for _, _, overlap in ranked)


class _State:
    """What stands, and what it is worth."""

    def __init__(
        self, programme: Programme, missions: Sequence[PlannedMission], elements: Sequence[PlannedElement]
    ) -> None:
        self.programme = programme
        self.missions = {m.mission: m for m in missions}
        self.own: dict[str, list[PlannedElement]] = defaultdict(list)
        for element in elements:
            self.own[element.mission].append(element)
        self.brought = {m: contributions(programme, planned, self.own[m]) for m, planned in self.missions.items()}
        self.coverage: dict[str, float] = dict.fromkeys(programme.leaves, 0.0)
        for mission in self.brought.values():
            for leaf, amount in mission.items():
                self.coverage[leaf] += amount
        self.value = sum(self.worth(leaf, amount) for leaf, amount in self.coverage.items())
        self.cost = sum((e.cost for e in elements), Decimal(0))
        self.units: dict[tuple[str, str | None], _Unit] = {}

    def worth(self, leaf: str, coverage: float) -> float:
        """Points won by a coverage."""
        objective = self.programme.objectives[leaf]
        return float(objective.value or 0) * objective.curve.at(coverage)

    def unit(self, mission: str, element: str) -> _Unit:
        """What would have to be dropped to be rid of an element."""
        spec = self.programme.missions[mission]
        optional = spec.elements[element].optional and spec.delivery_element != element
        key = (mission, element if optional else None)
        if key not in self.units:
            gone = [e for e in self.own[mission] if not optional or e.element == element]
            self.units[key] = _Unit(
                mission=mission,
                element=key[1],
                freed=sum((e.cost for e in gone), Decimal(0)),
                lost=self.value_without(mission, key[1]),
                bound_by=self._bound(spec, key[1]),
            )
        return self.units[key]

    def value_without(self, mission: str, element: str | None) -> float:
        """Science lost by dropping an element, or a whole mission [points, 0 or more]."""
        after: Mapping[str, float] = {}
        if element is not None:
            rest = [e for e in self.own[mission] if e.element != element]
            after = contributions(self.programme, _without(self.programme, self.missions[mission], rest), rest)
        lost = sum(
            self.worth(leaf, self.coverage[leaf])
            - self.worth(leaf, self.coverage[leaf] - amount + after.get(leaf, 0.0))
            for leaf, amount in self.brought[mission].items()
        )
        return max(0.0, lost)

    def _bound(self, spec: Mission, element: str | None) -> str:
        if element is None and spec.committed:
            return f"{spec.name} is committed"
        for other in self.missions:
            for waiting in self.own[other] if other != spec.id else ():
                for after in self.programme.missions[other].elements[waiting.element].after:
                    there, what = self.programme.element(other, after.element)
                    if there == spec.id and element in (None, what):
                        return f"{self.programme.missions[other].name} needs {spec.name}"
        return ""


def _pairs(state: _State) -> list[tuple[bool, float, Overlap]]:
    """(cannot be helped, saving, overlap) for each objective and pair."""
    price = float(state.cost) / state.value if state.value > 0 else 0.0
    rows = []
    for leaf in state.programme.leaves:
        servers = _servers(state, leaf)
        least = LEAST * float(state.programme.objectives[leaf].value or 0)
        for one, other in combinations(servers, 2):
            lost = state.worth(leaf, one[1]) + state.worth(leaf, other[1]) - state.worth(leaf, one[1] + other[1])
            if lost <= least or _exclude(state.programme, one[0][0], other[0][0]):
                continue

            def saving(place: tuple[str, str]) -> tuple[bool, float]:
                unit = state.unit(*place)
                return not unit.bound_by, float(unit.freed) - price * unit.lost

            # Of one mission, the part that can go is the second: without the mission there is no pair.
            pair = [one[0], other[0]]
            if pair[0][0] == pair[1][0]:
                pair.sort(key=lambda place: state.unit(*place).element is not None)
            elif saving(pair[0]) > saving(pair[1]):
                pair.reverse()
            first, second = pair
            unit = state.unit(*second)
            overlap = Overlap(
                objective=leaf,
                first=first,
                second=second,
                lost_value=lost,
                freed_cost=unit.freed,
                value_if_dropped=unit.lost,
                advice=_advice(state, first, second, saving(second)[1]),
            )
            rows.append((bool(unit.bound_by), saving(second)[1], overlap))
    return rows


def _servers(state: _State, leaf: str) -> list[tuple[tuple[str, str], float]]:
    """Who brings how much to an objective: optional elements singly, the rest of a mission under its main one."""
    out: list[tuple[tuple[str, str], float]] = []
    for mission, planned in state.missions.items():
        spec = state.programme.missions[mission]
        core: list[tuple[float, str]] = []
        for element in state.own[mission]:
            amount = contributions(state.programme, planned, [element]).get(leaf, 0.0)
            if amount > 0:
                optional = spec.elements[element.element].optional and spec.delivery_element != element.element
                if optional:
                    out.append(((mission, element.element), amount))
                else:
                    core.append((amount, element.element))
        if core:
            main = max(core, key=lambda row: row[0])[1]
            out.append(((mission, main), sum(amount for amount, _ in core)))
    return out


def _advice(state: _State, first: tuple[str, str], second: tuple[str, str], saving: float) -> str:
    programme, unit = state.programme, state.unit(*second)
    mission, other = programme.missions[second[0]], programme.missions[first[0]]
    element = mission.elements[second[1]].name
    what = f"{element} of {mission.name}" if unit.element is not None else mission.name
    money = f"{float(unit.freed) / 1e6:,.1f} M{programme.programme.currency}"
    if unit.bound_by:
        whose = f"{element} could serve both" if other is not mission else "they could share an instrument"
        return (
            f"{unit.bound_by}, so it stays; agree on one plan of observation with {other.name}, or see whether {whose}."
        )
    effect = f"frees {money} and loses {unit.lost:,.1f} of {state.value:,.1f} points"
    if saving <= 0:
        return f"Keep both: dropping {what} {effect}; its points are cheaper than the average."
    merging = "" if other is mission else f", or merging it into {other.name}"
    if unit.lost < LEAST * state.value:
        return f"Drop {what}: it {effect}."
    return f"Consider dropping {what}{merging}: it {effect}; its points are dearer than the average."


def _exclude(programme: Programme, one: str, other: str) -> bool:
    return other in programme.missions[one].excludes or one in programme.missions[other].excludes


def _without(programme: Programme, planned: PlannedMission, rest: Sequence[PlannedElement]) -> PlannedMission:
    spec = programme.missions[planned.mission]
    critical = (float(option_of(programme, e).success) for e in rest if spec.elements[e.element].is_critical)
    return planned.model_copy(update={"success": prod(critical)})


def _candidates(programme: Programme) -> tuple[tuple[PlannedMission, ...], list[PlannedElement]]:
    """All missions as if each were built whole by its cheapest options and delivered as the horizon starts."""
    start = programme.programme.horizon.start
    missions, elements = [], []
    for spec in programme.missions.values():
        own = []
        for element in spec.elements.values():
            option = min(element.options, key=lambda o: whole_cost(programme, o))
            own.append(
                PlannedElement(
                    mission=spec.id,
                    element=element.id,
                    option=option.label,
                    start=start,
                    finish=start.plus(option.duration),
                    cost=whole_cost(programme, option),
                    work={},
                    payments={},
                )
            )
        whole = PlannedMission(mission=spec.id, delivery=start, success=1.0, partners=())
        missions.append(_without(programme, whole, own))
        elements += own
    return tuple(missions), elements
