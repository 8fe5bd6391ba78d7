"""How sure a plan's cost and date are: a joint cost and schedule confidence level by Monte Carlo.

The practice is NASA's: NPR 7120.5F section 2.4; Cost Estimating Handbook 4.0 (2015), appendix J (J.2 integrated
schedule, J.3.1 cost loading, J.4.2 uncertainty, J.4.4 correlation, J.5.1 and J.5.2 S-curves and scatterplot); and
GAO-09-3SP (2009), chapter 14. The model in formulas, and its limits: `docs/explanation/confidence.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

import numpy as np
from numpy.typing import NDArray

from comity.model.calendar import Month
from comity.model.money import CENT
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Confidence, FrontierPoint
from comity.roadmap.delay import Activity, ConfidenceError, Network, Timetable, network, timetable
from comity.roadmap.spread import Scores, factors

__all__ = ["ConfidenceError", "confidence"]

Floats = NDArray[np.float64]
Months = NDArray[np.int64]

_PERCENTILES = range(5, 100, 5)
_FRONTIERS = (50, 70)
_SAMPLE = 2000
#: Numbers held at once for each array over elements and draws: 16 MB, whatever the programme's size.
_AT_ONCE = 2_000_000
_HAIR = 1e-6
_HALF_CENT = 0.005


def confidence(
    programme: Programme,
    plan: Plan,
    *,
    draws: int = 10_000,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Confidence:
    """How probable it is that a plan keeps its cost and its date, each and together.

    `programme` is the one that the plan answers, its amendments applied: its `risk` of each option gives the spreads,
    its `uncertainty` the correlations. `draws` are at least 1; the same `seed` (0 or more) gives the same answer, and
    more draws go on from fewer. `on_progress(done, draws)` is told after each batch. What a replanned plan has already
    done (`frozen_before`) is certain, and of what is under way only the rest is drawn.

    ConfidenceError for a plan without missions, or one of another programme; ValueError for `draws` and `seed`
    outside their ranges.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; at least 1 is needed")
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be 0 or more")
    if not plan.missions:
        raise ConfidenceError("the plan has no missions: there is no date to be sure of")
    parts = []
    done = 0
    for part in simulate(programme, plan, draws, seed):
        parts.append(part)
        done += len(part.costs)
        if on_progress is not None:
            on_progress(done, draws)
    return _told(programme, plan, seed, _joined(parts))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Some draws: cost of all `(n_draws,)` in the programme's currency, month of delivery `(n_missions, n_draws)`
    as `Month.index` by the plan's missions; and in how many draws a mission's windows had all passed, and an element
    broke a `latest`, a `finish_by` or a `max_lag`.
    """

    costs: Floats
    deliveries: Months
    no_window: dict[str, int]
    broken: dict[str, int]


def simulate(programme: Programme, plan: Plan, draws: int, seed: int, *, batch: int | None = None) -> Iterator[Drawn]:
    """Draws in batches, that memory is bounded; their size (default: by the plan's) does not change a draw."""
    drawing = _Drawing(programme, plan)
    spread = programme.programme.uncertainty
    scores = Scores(seed, float(spread.correlation), float(spread.cost_schedule_correlation))
    batch = batch or max(1, min(8192, _AT_ONCE // max(1, len(plan.elements))))
    for first in range(0, draws, batch):
        yield drawing.draw(scores, min(batch, draws - first))


class _Drawing:
    """A plan made ready to be drawn."""

    def __init__(self, programme: Programme, plan: Plan) -> None:
        self.programme = programme
        self.network: Network = network(programme, plan)
        self.deliveries = [_delivery(programme, self.network, m.mission) for m in plan.missions]
        self.missions = [m.mission for m in plan.missions]
        self.time_share = float(programme.programme.uncertainty.time_dependent)
        self.idle = _idle(self.network)

    def draw(self, scores: Scores, draws: int) -> Drawn:
        scores.begin(draws)
        activities = self.network.activities
        durations = np.empty((len(activities), draws))
        costs = np.zeros(draws)
        for i, activity in enumerate(activities):
            growth, stretch = self._factors(activity, scores, draws)
            durations[i] = activity.duration * (1 + activity.pending * (stretch - 1))
            costs += _cost(activity, growth * (1 + self.time_share * (stretch - 1)))
        drawn = timetable(self.network, durations)
        for i, waiting in drawn.window_wait.items():
            for earlier in self.idle.get(i, ()):
                costs += self.time_share * float(earlier.planned.cost) / earlier.duration * waiting
        return Drawn(costs, self._delivered(drawn), self._without_window(drawn), self._broken(drawn))

    def _factors(self, activity: Activity, scores: Scores, draws: int) -> tuple[Floats, Floats]:
        risk = self.programme.risk(activity.element, activity.option)
        sure = np.ones(draws)
        if not activity.pending or (risk.cost is None and risk.schedule is None):
            return sure, sure
        cost, duration = scores.of(activity.name)
        return (
            sure if risk.cost is None else factors(risk.cost, cost),
            sure if risk.schedule is None else factors(risk.schedule, duration),
        )

    def _delivered(self, drawn: Timetable) -> Months:
        # As in a plan: the month in which operations start, or the first month after the work.
        return np.array(
            [
                np.floor(drawn.starts[i] + _HAIR) if at_start else np.ceil(drawn.finishes[i] - _HAIR)
                for i, at_start in self.deliveries
            ],
            dtype=np.int64,
        ).reshape(len(self.deliveries), -1)

    def _without_window(self, drawn: Timetable) -> dict[str, int]:
        out: dict[str, int] = {}
        for mission in self.missions:
            its = [gone for i, gone in drawn.no_window.items() if self.network.activities[i].key[0] == mission]
            if its and (count := int(np.logical_or.reduce(its).sum())):
                out[mission] = count
        return out

    def _broken(self, drawn: Timetable) -> dict[str, int]:
        wrong = {}
        for i, activity in enumerate(self.network.activities):
            if activity.begun and not activity.pending:
                continue
            broken = np.zeros(drawn.starts.shape[1], dtype=bool)
            for latest in (activity.element.latest, activity.option.latest):
                if latest is not None and not activity.begun:
                    broken |= drawn.starts[i] >= latest.index + 1 - _HAIR
            if (due := activity.element.finish_by) is not None:
                broken |= drawn.finishes[i] > due.index + _HAIR
            for limit, kept_not in zip(self.network.limits, drawn.broken, strict=True):
                if limit.later == i:
                    broken |= kept_not
            if count := int(broken.sum()):
                wrong[activity.name] = count
        return wrong


def _cost(activity: Activity, factor: Floats) -> Floats:
    """What an element costs; of what is under way, only the spending still to come grows."""
    gone = activity.duration - round(activity.pending * activity.duration)
    coming = sum(activity.option.profile.fractions(activity.duration)[gone:]) if gone else 1.0
    return np.asarray(float(activity.planned.cost) * (1 + coming * (factor - 1)))


def _delivery(programme: Programme, plan: Network, mission: str) -> tuple[int, bool]:
    """The element that a mission delivers with, and whether it delivers at its start."""
    element = programme.missions[mission].delivery_element if mission in programme.missions else ""
    if (mission, element) not in plan.index:
        raise ConfidenceError(f"mission {mission!r} is in the plan without the element that it delivers with")
    return plan.index[mission, element], programme.missions[mission].elements[element].kind == "operations"


def _idle(plan: Network) -> dict[int, list[Activity]]:
    """Who stands by while a window is waited for: what the element with windows waits for, in its own mission."""
    idle: dict[int, list[Activity]] = {}
    told: set[int] = set()
    for i, activity in sorted(enumerate(plan.activities), key=lambda entry: entry[1].start):
        for wait in activity.waits if activity.first is not None else ():
            earlier = plan.activities[wait.earlier]
            if not wait.from_start and earlier.key[0] == activity.key[0] and wait.earlier not in told:
                told.add(wait.earlier)
                idle.setdefault(i, []).append(earlier)
    return idle


def _joined(parts: list[Drawn]) -> Drawn:
    def counted(each: list[dict[str, int]]) -> dict[str, int]:
        return {name: sum(d.get(name, 0) for d in each) for name in sorted({n for d in each for n in d})}

    return Drawn(
        np.concatenate([p.costs for p in parts]),
        np.concatenate([p.deliveries for p in parts], axis=1),
        counted([p.no_window for p in parts]),
        counted([p.broken for p in parts]),
    )


def _told(programme: Programme, plan: Plan, seed: int, drawn: Drawn) -> Confidence:
    draws = len(drawn.costs)
    last = drawn.deliveries.max(axis=0)
    planned_finish = max(m.delivery for m in plan.missions)
    cost_kept = drawn.costs <= float(plan.cost) + _HALF_CENT
    date_kept = last <= planned_finish.index
    by_cost, by_date = np.sort(drawn.costs), np.sort(last)
    costs = {p: _money(_quantile(by_cost, p)) for p in (*_PERCENTILES, *_FRONTIERS)}
    spread = programme.programme.uncertainty
    return Confidence(
        draws=draws,
        seed=seed,
        planned_cost=plan.cost,
        planned_finish=planned_finish,
        cost_percentiles={p: costs[p] for p in _PERCENTILES},
        finish_percentiles={p: Month(int(_quantile(by_date, p))) for p in _PERCENTILES},
        joint_confidence=float((cost_kept & date_kept).mean()),
        cost_confidence=float(cost_kept.mean()),
        schedule_confidence=float(date_kept.mean()),
        sample=tuple(
            (round(float(c), 2), float(m)) for c, m in zip(drawn.costs[:_SAMPLE], last[:_SAMPLE], strict=True)
        ),
        on_time={
            m.mission: float((deliveries <= m.delivery.index).mean())
            for m, deliveries in zip(plan.missions, drawn.deliveries, strict=True)
        },
        cost_for_50=costs[50],
        cost_for_70=costs[70],
        frontiers={p: _frontier(drawn.costs, last, p) for p in _FRONTIERS},
        no_window={name: count / draws for name, count in drawn.no_window.items()},
        broken_limits={name: count / draws for name, count in drawn.broken.items()},
        correlation=float(spread.correlation),
        cost_schedule_correlation=float(spread.cost_schedule_correlation),
        time_dependent=float(spread.time_dependent),
    )


def _quantile(ordered: NDArray[np.float64] | Months, percent: int) -> float:
    """The least value that so many per cent of the draws do not exceed."""
    return float(ordered[max(0, -(-percent * len(ordered) // 100) - 1)])


def _money(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(CENT)


def _frontier(costs: Floats, last: Months, percent: int) -> tuple[FrontierPoint, ...]:
    """For each month, the least cost with which cost and date are kept together in so many per cent of the draws."""
    needed = ceil(percent * len(costs) / 100)
    order = np.argsort(costs, kind="stable")
    points: list[FrontierPoint] = []
    for month in np.unique(last):
        within = costs[order[last[order] <= month]]
        if len(within) >= needed:
            cost = _money(float(within[needed - 1]))
            if not points or cost < points[-1].cost:
                points.append(FrontierPoint(cost=cost, finish=Month(int(month))))
    return tuple(points)
