"""What lifting a rule on single missions (a treaty, an export rule, a capability, windows, dates) could bring.

Each mission is planned anew at the search's prices, with and without the rule; the gain is by how much its best plan
brings more. By that much, summed over missions, the bound rises at most: so the gain is a ceiling, found in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from comity.model.base import FrozenDict
from comity.model.calendar import MonthSpan
from comity.model.missions import Element, Mission
from comity.model.programme import Programme
from comity.roadmap.joining import demands
from comity.roadmap.master import Master
from comity.roadmap.pricing import NEVER, MissionPricer
from comity.roadmap.problem import CrossArc, Floats, Problem, compile_problem
from comity.roadmap.shadow import Shadow


class Lifting:
    """Plans missions anew under programmes that differ in what may be done by whom and when, at one search's prices."""

    def __init__(self, shadow: Shadow) -> None:
        self.shadow = shadow
        self.programme = shadow.problem.programme
        self.base: dict[str, float] = {}

    def gains(self, programme: Programme, missions: Iterable[str]) -> dict[str, float]:
        """By mission, what its best plan brings more than under the programme as it is [points]; only gains."""
        wanted = list(missions)
        unknown = [m for m in wanted if m not in self.base]
        if unknown:
            self.base.update(self._profits(self.programme, unknown))
        after = self._profits(programme, wanted) if wanted else {}
        return {m: after[m] - self.base[m] for m in wanted if after[m] > self.base[m] + 1e-9}

    def _profits(self, programme: Programme, missions: list[str]) -> dict[str, float]:
        problem = compile_problem(_among(programme, missions), self.shadow.problem.question)
        problem.budgets = self.shadow.problem.budgets
        master = Master(problem)
        table = master.prepare_prices(self._prices(master))
        position = {m.id: m.index for m in problem.missions}
        out = {}
        for name in missions:
            m = position[name]
            pricer = MissionPricer(problem, problem.missions[m])
            out[name] = max(0.0, pricer.best_plans(table.for_mission(m), above=NEVER, most=0)[0])
        return out

    def _prices(self, master: Master) -> Floats:
        """The search's prices on the rows of a master of some of its missions.

        What may meet at an interface between missions differs between the two, and has no price here.
        """
        old, was, now = self.shadow.master, self.shadow.problem, master.problem
        prices = np.zeros(len(master.right) + len(old.facility_rows))
        prices[: master.mission_row] = self.shadow.prices[: old.mission_row]
        rules = len(master.rules)
        prices[master.rule_row : master.rule_row + rules] = self.shadow.prices[old.rule_row : old.rule_row + rules]
        excludes = {_pair(was, pair): old.exclude_row + i for i, pair in enumerate(was.excludes)}
        for i, pair in enumerate(now.excludes):
            prices[master.exclude_row + i] = self.shadow.prices[excludes[_pair(now, pair)]]
        arcs = {_ends(was, arc): old.logic_row + i * was.n_years for i, arc in enumerate(was.cross_arcs)}
        for i, arc in enumerate(now.cross_arcs):
            row, before = master.logic_row + i * now.n_years, arcs[_ends(now, arc)]
            prices[row : row + now.n_years] = self.shadow.prices[before : before + now.n_years]
        for i, (key, row) in enumerate(old.facility_rows.items()):
            master.facility_rows[key] = len(master.right) + i
            prices[len(master.right) + i] = self.shadow.prices[row]
        return prices


def _pair(problem: Problem, pair: tuple[int, int]) -> tuple[str, str]:
    return problem.missions[pair[0]].id, problem.missions[pair[1]].id


def _ends(problem: Problem, arc: CrossArc) -> tuple[object, ...]:
    (one, part), (other, last) = arc.earlier, arc.later
    return problem.missions[one].id, part, problem.missions[other].id, last, arc.lag, arc.max_lag, arc.from_start


def _among(programme: Programme, missions: Iterable[str]) -> Programme:
    """The programme with these missions alone, and those that they refer to."""
    kept, queue = set[str](), list(missions)
    while queue:
        mission = programme.missions[queue.pop()]
        if mission.id in kept:
            continue
        kept.add(mission.id)
        queue += [*mission.excludes, *(m.id for m in programme.missions.values() if mission.id in m.excludes)]
        references = [a.element for e in mission.elements.values() for a in e.after]
        references += [end for interface in mission.interfaces for end in interface.between]
        references += [interface.adapter for interface in mission.interfaces if interface.adapter is not None]
        queue += [m for demand in demands(programme) if demand.mission == mission.id for m, _, _ in demand.any_of]
        queue += [programme.element(mission.id, reference)[0] for reference in references]
    return _copy(programme, missions=FrozenDict({k: m for k, m in programme.missions.items() if k in kept}))


# --- programmes without a rule ---------------------------------------------------------------------------------------


def without_treaty(programme: Programme, treaty: str) -> Programme:
    """No mission requires it."""

    def change(mission: Mission) -> Mission:
        kept = tuple(t for t in mission.requires_treaties if t != treaty)
        return mission.model_copy(update={"requires_treaties": kept})

    return _each_mission(programme, change)


def without_export_rule(programme: Programme, rule: str) -> Programme:
    """It bars nothing."""
    kept = FrozenDict({name: r for name, r in programme.export_control.items() if name != rule})
    return _copy(programme, export_control=kept)


def without_requirement(programme: Programme, technology: str) -> Programme:
    """No element requires that it be mastered."""

    def change(element: Element) -> Element:
        needed = FrozenDict({t: level for t, level in element.requires.items() if t != technology})
        return element.model_copy(update={"requires": needed})

    return _each_element(programme, change)


def wider_windows(programme: Programme, months: int = 1) -> Programme:
    """Every launch window opens so many months earlier and closes as many later."""

    def change(element: Element) -> Element:
        spans = programme.windows(element)
        if spans is None:
            return element
        wide = tuple(MonthSpan(s.first.plus(-months), s.last.plus(months)) for s in spans)
        return element.model_copy(update={"launch_windows": wide})

    return _each_element(programme, change)


def looser_dates(programme: Programme, months: int = 12) -> Programme:
    """Every earliest start is so many months earlier; every latest start and finish as many later."""
    shifts = {"earliest": -months, "latest": months, "finish_by": months}

    def moved(value: Any) -> dict[str, Any]:
        dates = {name: getattr(value, name, None) for name in shifts}
        return {name: date.plus(shifts[name]) for name, date in dates.items() if date is not None}

    def change(element: Element) -> Element:
        options = tuple(o.model_copy(update=moved(o)) for o in element.options)
        return element.model_copy(update={**moved(element), "options": options})

    return _each_element(programme, change)


def _each_element(programme: Programme, change: Callable[[Element], Element]) -> Programme:
    return _each_mission(
        programme,
        lambda m: m.model_copy(update={"elements": FrozenDict({k: change(e) for k, e in m.elements.items()})}),
    )


def _each_mission(programme: Programme, change: Callable[[Mission], Mission]) -> Programme:
    return _copy(programme, missions=FrozenDict({k: change(m) for k, m in programme.missions.items()}))


def _copy(programme: Programme, **sections: Any) -> Programme:
    # A copy by model_copy would inherit the cached answers (contributors, digest) of the old programme.
    kept = {name: getattr(programme, name) for name in Programme.model_fields if name in programme.model_fields_set}
    return Programme(**{**kept, **sections})
