"""The cash that goes with a whole selection: who pays into the pool, who receives, what is carried over; in thousands."""

from __future__ import annotations

from collections.abc import Sequence

from comity.roadmap.cpsat import Model, Selection
from comity.roadmap.master import Master


def settle(master: Master, chosen: Sequence[int], *, time_s: float = 10.0) -> Selection | None:
    """The selection with the least cash that makes every budget and rule hold; None when no cash does."""
    model = Model(master, chosen)
    for literal in model.take:
        model.model.add(literal == 1)
    model.model.minimize(sum(model.paid.values()) + sum(model.received.values()))
    return model.solve(time_s=time_s, work=10.0, gap=0.01)


def settled(master: Master, chosen: dict[int, int]) -> Selection | None:
    """As `settle`; where rounding to thousands leaves too little, the least valuable missions are given up for it."""
    kept = dict(chosen)
    while True:
        found = settle(master, list(kept.values()))
        optional = [m for m in kept if not master.problem.missions[m].committed]
        if found is not None or not optional:
            return found
        worth = {m: sum(a for _, a in master.columns[kept[m]].science) for m in optional}
        del kept[min(optional, key=lambda m: (worth[m], m))]
