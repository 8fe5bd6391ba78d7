"""Sequential Phragmén with costs, exact and fast (Los, Christoff and Grossi, IJCAI 2022).

Money reaches every voter at the speed of its weight. As soon as the supporters of a project hold its cost together, it
is bought and their money is gone. It ends when a project that would be bought next does not fit into the budget.

A voter's load is the time of the last purchase that it shared, so loads are few distinct numbers: floats find the
candidates, and sums of counts × times in whole numbers and fractions decide among them.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from comity.funding.selection.answer import Outcome, Purchase
from comity.funding.selection.election import Election, Marks


def phragmen(election: Election, marks: Marks) -> Outcome:
    """The projects that sequential Phragmén buys; ties go to the first name. Whoever is on a ballot is approved.

    Projects that nobody approves come last, and are bought while all that are left of them fit, as in pabutools.
    """
    names, costs, unit = [p.id for p in election.projects], election.costs, election.unit
    budget = int(election.budget * unit)
    weights = election.weights
    groups = _approvals(election, marks)
    speed = [int(weights[g].sum()) for g in groups]
    left = [p for p in sorted(range(len(names)), key=names.__getitem__) if costs[p] <= budget]
    weight_of = weights[marks.voter].astype(np.float64)
    times, floats = [Fraction(0)], [0.0]
    last = np.zeros(len(election.voters), dtype=np.int64)  # the purchase, by number, that set each voter's load
    bought: list[Purchase] = []
    spent = 0
    speeds = np.array([max(s, 1) for s in speed], dtype=np.float64)
    cost_floats = np.array([float(c) for c in costs])

    def exact(p: int) -> Fraction:
        sums = np.zeros(len(times), dtype=np.int64)
        np.add.at(sums, last[groups[p]], weights[groups[p]])
        return (sum((int(s) * t for s, t in zip(sums, times, strict=True) if s), Fraction(0)) + costs[p]) / speed[p]

    while left:
        loads = np.array(floats)[last]
        held = np.bincount(marks.project, weights=weight_of * loads[marks.voter], minlength=len(names))
        estimate = (held + cost_floats) / speeds
        asked = [p for p in left if speed[p]]
        if asked:
            # All terms are positive: the relative error of a sum is at most its length in roundings.
            bound = min(estimate[p] for p in asked) * (1 + 2.0**-50 * (len(last) + 8))
            found = {p: exact(p) for p in asked if estimate[p] <= bound}
            time: Fraction | None = min(found.values())
            tied = [p for p in asked if found.get(p) == time]
        else:
            time, tied = None, left
        if any(spent + costs[p] > budget for p in tied):
            break
        project = tied[0]
        spent += costs[project]
        left.remove(project)
        if time is None:
            bought.append(Purchase(project, "unsupported"))
            continue
        bought.append(Purchase(project, "loads", price=time / unit, payers=groups[project]))
        last[groups[project]] = len(times)
        times.append(time)
        floats.append(float(time))
    return Outcome("phragmen", tuple(bought))


def _approvals(election: Election, marks: Marks) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    order = np.argsort(marks.project, kind="stable")
    ends = np.cumsum(np.bincount(marks.project, minlength=len(election.projects)))[:-1]
    return list(np.split(marks.voter[order], ends))
