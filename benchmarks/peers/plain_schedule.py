"""The network of a plan scheduled one draw at a time, in plain Python: as one writes it first.

Written from `docs/explanation/confidence.md`, without a line of `comity.roadmap.delay`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from comity.model.calendar import Month, MonthSpan
from comity.model.missions import After
from comity.model.programme import Programme
from comity.model.windows import Synodic
from comity.roadmap.answer import Plan

Key = tuple[str, str]
PASSES = 12


@dataclass(frozen=True, slots=True)
class Task:
    """An element of the plan; `waits` for elements that are in the plan; windows as (first month, month after)."""

    key: Key
    start: int
    finish: int
    waits: tuple[tuple[Key, After], ...]
    windows: tuple[tuple[int, int], ...] | None


class Schedule:
    """A plan to be scheduled again and again; replanned plans, part of which is past, are not foreseen."""

    def __init__(self, programme: Programme, plan: Plan) -> None:
        self.tasks: dict[Key, Task] = {}
        present = {(p.mission, p.element): p for p in plan.elements}
        while len(self.tasks) < len(present):
            for key, planned in present.items():
                element = programme.missions[key[0]].elements[key[1]]
                waits = [(programme.element(key[0], a.element), a) for a in element.after]
                here = tuple((there, after) for there, after in waits if there in present)
                if key not in self.tasks and all(there in self.tasks for there, _ in here):
                    windows = _windows(programme, element.launch_windows)
                    self.tasks[key] = Task(key, planned.start.index, planned.finish.index, here, windows)
        self.limits = [(task.key, there, after) for task in self.tasks.values() for there, after in task.waits
                       if after.max_lag is not None]  # fmt: skip

    def times(self, durations: Mapping[Key, float]) -> tuple[dict[Key, float], dict[Key, float]]:
        """Start of each element [`Month.index`], and how long it waits for a window [months]."""
        given_up: set[int] = set()
        for _ in range(2):
            holds: dict[Key, float] = {}
            for _ in range(PASSES + 1):
                starts, waiting = self._pass(durations, holds)
                broken = [k for k in self._broken(starts, durations) if k not in given_up]
                if not broken:
                    return starts, waiting
                for k in broken:
                    later, earlier, after = self.limits[k]
                    back = 0.0 if after.anchor == "start" else durations[earlier]
                    wanted = starts[later] - (after.max_lag or 0) - back
                    holds[earlier] = max(holds.get(earlier, wanted), wanted)
            given_up = set(self._broken(starts, durations))
        return starts, waiting

    def _pass(
        self, durations: Mapping[Key, float], holds: Mapping[Key, float]
    ) -> tuple[dict[Key, float], dict[Key, float]]:
        starts: dict[Key, float] = {}
        waiting: dict[Key, float] = {}
        for key, task in self.tasks.items():
            ready = max(float(task.start), holds.get(key, 0.0))
            for there, after in task.waits:
                anchor = starts[there] if after.anchor == "start" else starts[there] + durations[there]
                ready = max(ready, anchor + after.lag)
            starts[key], waiting[key] = ready, 0.0
            if task.windows is not None:
                at = bisect_right([until for _, until in task.windows], ready)
                if at < len(task.windows):
                    starts[key] = max(ready, float(task.windows[at][0]))
                    waiting[key] = starts[key] - ready
        return starts, waiting

    def _broken(self, starts: Mapping[Key, float], durations: Mapping[Key, float]) -> list[int]:
        broken = []
        for k, (later, earlier, after) in enumerate(self.limits):
            anchor = starts[earlier]
            if after.anchor == "finish":
                anchor = max(anchor + durations[earlier], self.tasks[earlier].finish)
            if starts[later] > anchor + (after.max_lag or 0) + 1e-9:
                broken.append(k)
        return broken


def _windows(programme: Programme, rule: tuple[MonthSpan, ...] | Synodic | None) -> tuple[tuple[int, int], ...] | None:
    horizon = programme.programme.horizon
    if isinstance(rule, Synodic):
        rule = rule.spans(horizon.start, Month.of(horizon.end.year + 40))
    return None if rule is None else tuple(sorted((s.first.index, s.last.index + 1) for s in rule))
