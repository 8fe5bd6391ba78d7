"""What happens to the science when a mission is forced into the plan, or out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from comity.roadmap.cpsat import Model
from comity.roadmap.planner import Solved
from comity.roadmap.shadow import Shadow

#: Of each mission, so many plans known are offered: the best at the prices, each delivery year's among them.
OFFERED = 12
#: CP-SAT's deterministic time for one mission, and seconds beyond which it is not waited for.
WORK, TIME_S = 2.0, 10.0


def forced(
    solved: Solved, missions: Sequence[int], on_progress: Callable[[int, int], None] | None = None
) -> dict[int, float | None]:
    """By mission (position), the change of science when it is forced out of the plan, or in [points].

    The best whole plan among the mission plans that the search knows: the true best may be better by what it does not
    know. None for a mission that no whole plan found can do without, or with.
    """
    if not missions:
        return {}
    shadow = Shadow(solved)
    selection = solved.outcome.selection
    assert selection is not None
    reduced = np.array(
        [-sum(shadow.prices[row] * a for row, a in shadow.master.entries(c).items()) for c in shadow.master.columns]
    )
    taken = {c.plan.mission: shadow.master.index(c) for c in selection.columns}
    offered = _offered(shadow, reduced, taken)
    changes: dict[int, float | None] = {}
    for done, m in enumerate(missions):
        out = m in taken
        among = [i for i in offered if not (out and shadow.master.columns[i].plan.mission == m)]
        model = Model(shadow.master, among)
        if not out:
            literals = [model.take[i] for i in model.by_mission.get(m, ())]
            model.model.add_bool_or(literals)
        model.maximise_science()
        model.hint([c for c in selection.columns if c.plan.mission != m])
        found = model.solve(time_s=TIME_S, work=WORK, gap=1e-4)
        changes[m] = None if found is None else found.value - selection.value
        if on_progress is not None:
            on_progress(done + 1, len(missions))
    return changes


def _offered(
    shadow: Shadow, reduced: np.ndarray[tuple[int, ...], np.dtype[np.float64]], taken: dict[int, int]
) -> list[int]:
    count: dict[int, int] = {}
    kept = set(taken.values())
    for i in np.argsort(-reduced, kind="stable"):
        m = shadow.master.columns[int(i)].plan.mission
        if count.get(m, 0) < OFFERED:
            count[m] = count.get(m, 0) + 1
            kept.add(int(i))
    return sorted(kept)
