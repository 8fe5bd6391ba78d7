"""The best selection for one aim under limits, among the mission plans known: how CP-SAT is asked, and how hard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from comity.model.programme import Aim
from comity.roadmap.costlimit import CostLimit
from comity.roadmap.cpsat import Selection, science_value
from comity.roadmap.criteria import JudgedModel, earliness, least_ratio, whole_cost
from comity.roadmap.problem import Problem

#: A limit that a selection must keep: what it adds to the model.
Limit = Callable[[JudgedModel], None]

#: Of CP-SAT's deterministic time: some seconds.
WORK = 4.0

#: Up to so many mission plans one worker of CP-SAT proves the best soonest; among more, two that take turns find better
#: ones (the second searches large neighbourhoods).
SMALL = 400

#: Mission plans beside the selected ones among which a limit is met in a second or two; with several times as many, CP-SAT
#: does worse in the same time.
CORE = 60


class Effort:
    """How hard to try: CP-SAT's deterministic work at each choice, and seconds for all as a safety cap.

    `wide`: after a choice among a core of mission plans, choose again among all (slow where there are many).
    """

    def __init__(self, work: float, time_s: float, *, wide: bool = True) -> None:
        self.work = work
        self.wide = wide
        self.until = time.monotonic() + time_s

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()

    def solve(self, model: JudgedModel, *, gap: float) -> Selection | None:
        """The best selection found; None when the time is up, too."""
        if self.left <= 0:
            return None
        workers = 1 if len(model.offered) <= SMALL else 2
        return model.solve(time_s=self.left, work=self.work, gap=gap, ends_on_interrupt=False, workers=workers)


def best_selection(
    aim: Aim,
    known: CostLimit,
    limits: Sequence[Limit],
    *,
    start: Selection,
    alone: Mapping[int, float],
    effort: Effort,
    gap: float = 1e-4,
) -> Selection | None:
    """The best selection found for an aim under the limits; None when none was found that keeps them.

    Where many mission plans are known, first among `start`'s own (which of its missions to leave out), then with a core of
    others: so there is soon something good that keeps the limits, from which to choose among all.
    """
    count = len(known.master.columns)
    stages: list[Sequence[int]] = [] if count > SMALL and not effort.wide else [range(count)]
    if count > SMALL:
        own = sorted(known.master.index(c) for c in start.columns)
        stages = [own, _core(known, own), *stages]
    best: Selection | None = None
    for offered in stages if effort.left > 0 else ():
        model = JudgedModel(known.master, offered, alone)
        for limit in limits:
            limit(model)
        aims: dict[Aim, Callable[[], None]] = {
            "science": model.maximise_points,
            "fairness": model.maximise_ratio,
            "cost": model.minimise_cost,
            "early_science": model.maximise_earliness,
        }
        aims[aim]()
        model.start_from(best or start)
        found = effort.solve(model, gap=gap)
        if found is not None and (
            best is None or reached(known.problem, aim, found, alone) > reached(known.problem, aim, best, alone)
        ):
            best = found
    return best


def _core(known: CostLimit, own: Sequence[int]) -> list[int]:
    """A selection's own mission plans, and CORE others: those made last, and the best of each mission in turn."""
    count = len(known.master.columns)
    by_mission: dict[int, list[int]] = {}
    for i, column in enumerate(known.master.columns):  # they stand best first
        by_mission.setdefault(column.plan.mission, []).append(i)
    best = [i for rank in zip_longest(*by_mission.values()) for i in rank if i is not None]
    others = dict.fromkeys(i for i in [*range(count - CORE // 3, count), *best] if i not in own)
    return sorted([*own, *list(others)[:CORE]])


def reached(problem: Problem, aim: Aim, selection: Selection, alone: Mapping[int, float]) -> float:
    """How far a selection serves an aim; more is better."""
    columns = selection.columns
    if aim == "science":
        return science_value(problem, columns)
    if aim == "fairness":
        return least_ratio(problem, alone, columns) or 0.0
    if aim == "cost":
        return -sum(whole_cost(problem, c) for c in columns)
    return sum(earliness(problem, c) for c in columns)


def limit_of(problem: Problem, aim: Aim, selection: Selection, alone: Mapping[int, float], tolerance: float) -> Limit:
    """That others give up no more of what a selection reaches than the tolerance."""
    there = reached(problem, aim, selection, alone)
    kept = there * (1 - tolerance) if there > 0 else there * (1 + tolerance)
    if aim == "science":
        return lambda model: model.science_at_least(kept)
    if aim == "fairness":
        return lambda model: model.ratio_at_least(kept) if alone else None
    if aim == "cost":
        return lambda model: model.cost_at_most(-kept)
    return lambda model: model.earliness_at_least(kept)
