"""The science of a plan, recomputed: success, delivery, coverage of objectives, value, benefit to a partner."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from comity.model.calendar import Month
from comity.model.programme import POOL
from comity.roadmap.verification.examined import Built, Examined


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a mission brings: when (None when its delivery element is missing), how surely, to which leaf objectives."""

    delivery: Month | None
    success: float
    contributions: Mapping[str, float]


def delivered(x: Examined) -> dict[str, Delivered]:
    """Each mission of the plan with what it brings, by its identifier."""
    return {mission: _delivered(x, mission, x.by_mission[mission]) for mission in x.missions}


def _delivered(x: Examined, mission: str, built: list[Built]) -> Delivered:
    success = math.prod(float(b.option.success) for b in built if b.element.is_critical)
    last = x.by_key.get((mission, x.programme.missions[mission].delivery_element))
    if last is None:
        return Delivered(None, success, {})
    delivery = last.start if last.element.kind == "operations" else last.finish
    header = x.programme.programme
    discount = (1 + float(header.discount_rate)) ** -(delivery.year - header.horizon.start.year)
    contributions: dict[str, float] = defaultdict(float)
    for b in built:
        own = 1.0 if b.element.is_critical else float(b.option.success)
        for objective, amount in b.element.contributes.items():
            contributions[objective] += amount * own * success * discount
    return Delivered(delivery, success, contributions)


def coverage(
    x: Examined, missions: Mapping[str, Delivered], weight: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Sum of contributions to each leaf objective, each mission's times its weight (1 when none is given)."""
    total = dict.fromkeys(x.programme.leaves, 0.0)
    for name, mission in missions.items():
        for objective, amount in mission.contributions.items():
            if objective in total:
                total[objective] += amount * (1.0 if weight is None else weight[name])
    return total


def worth(x: Examined, leaf: str, covered: float) -> tuple[float, float]:
    """`(part, value)` that a coverage wins of a leaf objective."""
    objective = x.programme.objectives[leaf]
    part = objective.curve.at(covered)
    return part, part * float(objective.value or 0)


def takers(x: Examined, mission: str) -> set[str]:
    """Partners that do or pay for a part of a mission."""
    return {p for b in x.by_mission[mission] for p in (*b.workers, *b.payers)} - {POOL}


def benefits(x: Examined, missions: Mapping[str, Delivered]) -> dict[str, float]:
    """The science as each partner values it: by its priorities, and by whether it has a part in a mission."""
    open_data = float(x.programme.programme.open_data)
    parts = {m: {home for p in takers(x, m) if p in x.home for home in x.home[p]} for m in missions}
    found: dict[str, float] = {}
    for partner in x.programme.partners:
        weight = {m: 1.0 if partner in parts[m] else open_data for m in missions}
        covered = coverage(x, missions, weight)
        found[partner] = sum(x.programme.priority(partner, leaf) * worth(x, leaf, c)[1] for leaf, c in covered.items())
    return found
