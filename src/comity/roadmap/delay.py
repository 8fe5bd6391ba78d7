"""How delay runs through a plan: its network of elements, and when each starts if durations turn out otherwise.

Times are months counted as `Month.index`, with fractions; arrays are `(n_elements, n_draws)`, so that each step is one
array operation for all draws. Where it starts in a window, an element that is late waits for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from comity.model.calendar import Month
from comity.model.missions import After, Element, Option
from comity.model.programme import Programme
from comity.model.windows import Synodic
from comity.roadmap.answer import Plan, PlannedElement
from comity.roadmap.joining import held_for

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Key = tuple[str, str]

#: Windows that recur are known for so long after the horizon.
_BEYOND_YEARS = 40
#: Passes in which earlier elements are held for later ones; chains of such limits are short.
_PASSES = 12
_HAIR = 1e-9


class ConfidenceError(ValueError):
    """That nothing can be said of a plan's confidence: why."""


@dataclass(frozen=True, slots=True)
class Wait:
    """`start >= anchor of the earlier + lag`."""

    earlier: int
    lag: int
    from_start: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """`start of the later <= anchor of the earlier + max_lag`."""

    earlier: int
    later: int
    max_lag: int
    from_start: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """An element as planned. `begun`: its start is a fact; `pending`: the part of its time that is still to come."""

    key: Key
    element: Element
    option: Option
    planned: PlannedElement
    begun: bool
    pending: float
    waits: tuple[Wait, ...]
    first: Floats | None = field(repr=False)  # launch windows: the first month of each,
    until: Floats | None = field(repr=False)  # and the month after its last

    @property
    def name(self) -> str:
        return "/".join(self.key)

    @property
    def start(self) -> int:
        return self.planned.start.index

    @property
    def duration(self) -> int:
        return self.planned.finish.index - self.planned.start.index


@dataclass(frozen=True, slots=True)
class Network:
    """A plan's activities, each after all that it waits for."""

    activities: tuple[Activity, ...]
    limits: tuple[Limit, ...]
    index: dict[Key, int]


@dataclass(frozen=True, slots=True)
class Timetable:
    """Starts and finishes `(n_elements, n_draws)`; for elements with windows, how long they wait for one and whether
    none that is listed was left; which limits are broken `(n_limits, n_draws)`.
    """

    starts: Floats
    finishes: Floats
    window_wait: dict[int, Floats]
    no_window: dict[int, Bools]
    broken: Bools


def network(programme: Programme, plan: Plan) -> Network:
    """The network of a plan. `programme` is the one that it answers, its amendments applied.

    ConfidenceError when the plan builds what the programme does not have.
    """
    planned = {(p.mission, p.element): p for p in plan.elements}
    elements = {key: _known(programme, p) for key, p in planned.items()}
    arcs = {
        key: [(programme.element(key[0], a.element), a) for a in (*element.after, *_adapters(programme, key))]
        for key, (element, _) in elements.items()
    }
    graph = {key: [there for there, _ in waits if there in planned] for key, waits in arcs.items()}
    order = list(TopologicalSorter(graph).static_order())
    index = {key: i for i, key in enumerate(order)}
    activities = []
    limits = []
    for key in order:
        element, option = elements[key]
        present = [(index[there], after) for there, after in arcs[key] if there in planned]
        waits = tuple(Wait(i, after.lag, after.anchor == "start") for i, after in present)
        limits += [
            Limit(i, index[key], after.max_lag, after.anchor == "start")
            for i, after in present
            if after.max_lag is not None
        ]
        activities.append(_activity(programme, plan, planned[key], element, option, waits))
    return Network(tuple(activities), tuple(limits), index)


def _adapters(programme: Programme, key: Key) -> list[After]:
    """The adapters that must stand ready before a delivery element starts."""
    mission = programme.missions[key[0]]
    held = held_for(programme, mission) if key[1] == mission.delivery_element else ()
    return [After(element=adapter) for adapter in held]


def _known(programme: Programme, planned: PlannedElement) -> tuple[Element, Option]:
    mission = programme.missions.get(planned.mission)
    element = mission.elements.get(planned.element) if mission is not None else None
    options = element.options if element is not None else ()
    for option in options:
        if element is not None and option.label == planned.option:
            return element, option
    raise ConfidenceError(
        f"the plan builds {planned.mission}/{planned.element} by option {planned.option!r}, which programme "
        f"{programme.programme.id!r} does not have; give the programme that the plan was made for, its amendments applied"
    )


def _activity(
    programme: Programme,
    plan: Plan,
    planned: PlannedElement,
    element: Element,
    option: Option,
    waits: tuple[Wait, ...],
) -> Activity:
    now = plan.frozen_before
    length = planned.finish.index - planned.start.index
    pending = 1.0 if now is None else min(1.0, max(0.0, (planned.finish.index - now.index) / length))
    spans = _windows(programme, element)
    return Activity(
        key=(planned.mission, planned.element),
        element=element,
        option=option,
        planned=planned,
        begun=now is not None and planned.start < now,
        pending=pending,
        waits=waits,
        first=None if spans is None else np.array([float(first) for first, _ in spans]),
        until=None if spans is None else np.array([float(last + 1) for _, last in spans]),
    )


def _windows(programme: Programme, element: Element) -> list[tuple[int, int]] | None:
    """In order, those that overlap joined; a synodic rule goes on beyond the horizon."""
    rule, horizon = element.launch_windows, programme.programme.horizon
    if rule is None:
        return None
    spans = rule.spans(horizon.start, Month.of(horizon.end.year + _BEYOND_YEARS)) if isinstance(rule, Synodic) else rule
    joined: list[tuple[int, int]] = []
    for first, last in sorted((s.first.index, s.last.index) for s in spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def timetable(plan: Network, durations: Floats) -> Timetable:
    """When everything starts and finishes, given durations `(n_elements, n_draws)` [months].

    Nothing starts before its planned start. What may stand only so long before a later element (`max_lag`) is held
    until that one can follow; where holding only drives the later one on, the limit is broken and nothing is held.
    """
    drawn = _forward(plan, durations, None)
    late = np.asarray(drawn.broken.any(axis=0))
    if late.any():
        _put(drawn, late, _held(plan, durations[:, late]))
    return drawn


def _held(plan: Network, durations: Floats) -> Timetable:
    none_held = np.full((len(plan.limits), durations.shape[1]), -np.inf)
    given_up = np.zeros(none_held.shape, dtype=bool)
    drawn = _hold(plan, durations, none_held, given_up)
    hopeless = np.asarray((drawn.broken & ~given_up).any(axis=0))
    if hopeless.any():
        again = _hold(plan, durations[:, hopeless], none_held[:, hopeless], drawn.broken[:, hopeless])
        _put(drawn, hopeless, again)
    return drawn


def _hold(plan: Network, durations: Floats, holds: Floats, given_up: Bools) -> Timetable:
    """Holds earlier elements back, pass by pass, until every limit that is not given up is kept (or for `_PASSES`)."""
    drawn = _forward(plan, durations, holds)
    for _ in range(_PASSES):
        broken = drawn.broken & ~given_up
        if not broken.any():
            break
        holds = holds.copy()
        for k, limit in enumerate(plan.limits):
            wanted = drawn.starts[limit.later] - limit.max_lag
            if not limit.from_start:
                wanted = wanted - durations[limit.earlier]
            holds[k] = np.where(broken[k], np.maximum(holds[k], wanted), holds[k])
        drawn = _forward(plan, durations, holds)
    return drawn


def _forward(plan: Network, durations: Floats, holds: Floats | None) -> Timetable:
    """One pass through the network, in order. `holds`: by limit, the earliest start of its earlier element."""
    starts = np.empty(durations.shape)
    finishes = np.empty(durations.shape)
    window_wait: dict[int, Floats] = {}
    no_window: dict[int, Bools] = {}
    held: dict[int, list[int]] = {}
    for k, limit in enumerate(plan.limits if holds is not None else ()):
        held.setdefault(limit.earlier, []).append(k)
    for i, activity in enumerate(plan.activities):
        start = starts[i]
        start.fill(activity.start)
        if not activity.begun:
            for wait in activity.waits:
                anchor = starts[wait.earlier] if wait.from_start else finishes[wait.earlier]
                np.maximum(start, anchor + wait.lag, out=start)
            for k in held.get(i, ()):
                assert holds is not None
                np.maximum(start, holds[k], out=start)
            if activity.first is not None and activity.until is not None:
                ready = start.copy()
                no_window[i] = _next_window(activity.first, activity.until, start)
                window_wait[i] = start - ready
        np.add(start, durations[i], out=finishes[i])
    return Timetable(starts, finishes, window_wait, no_window, _broken(plan, starts, finishes))


def _next_window(first: Floats, until: Floats, start: Floats) -> Bools:
    """Moves starts into the next window, in place; those after the last window stay, and are told."""
    which = np.searchsorted(until, start + _HAIR, side="right")
    missed = which == len(until)
    opening = first[np.minimum(which, len(until) - 1)]
    np.copyto(start, np.maximum(start, opening), where=~missed)
    return np.asarray(missed)


def _broken(plan: Network, starts: Floats, finishes: Floats) -> Bools:
    broken = np.zeros((len(plan.limits), starts.shape[1]), dtype=bool)
    for k, limit in enumerate(plan.limits):
        # Work that is done early is handed over when it was planned: the wait for it is no longer than planned.
        earlier = plan.activities[limit.earlier]
        anchor = (
            starts[limit.earlier]
            if limit.from_start
            else np.maximum(finishes[limit.earlier], earlier.planned.finish.index)
        )
        broken[k] = starts[limit.later] > anchor + limit.max_lag + _HAIR
    return broken


def _put(drawn: Timetable, where: Bools, part: Timetable) -> None:
    """Puts a part of the draws in the place of what stood there."""
    drawn.starts[:, where] = part.starts
    drawn.finishes[:, where] = part.finishes
    drawn.broken[:, where] = part.broken
    for i in drawn.window_wait:
        drawn.window_wait[i][where] = part.window_wait[i]
        drawn.no_window[i][where] = part.no_window[i]
