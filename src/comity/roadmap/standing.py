"""Can a mission that has begun go on as it began? Dates, precedence and interfaces of one mission, decided exactly (CP-SAT).

Money is not looked at: whether there is enough for it is the planner's question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from comity.roadmap.interruption import solve_or_stop

if TYPE_CHECKING:
    from comity.roadmap.problem import Undertaking


def can_stand(mission: Undertaking, n_months: int) -> bool:
    """Do start months and options exist by which all its parts that are not optional fit together?"""
    if not all(part.optional or part.choices for part in mission.parts):
        return False
    model = cp_model.CpModel()
    taken, starts, finishes = [], [], []
    for part in mission.parts:
        literals = [model.new_bool_var("") for _ in part.choices]
        start = model.new_int_var(0, n_months - 1, "")
        for literal, choice in zip(literals, part.choices, strict=True):
            months = cp_model.Domain.from_values([int(t) for t in np.flatnonzero(choice.starts)])
            model.add_linear_expression_in_domain(start, months).only_enforce_if(literal)
        if part.optional and part.index != mission.delivery:
            model.add_at_most_one(literals)
        else:
            model.add_exactly_one(literals)
        taken.append(literals)
        starts.append(start)
        finishes.append(start + sum(c.duration * x for x, c in zip(literals, part.choices, strict=True)))
    for arc in mission.arcs:
        both = _both(model, taken[arc.earlier], taken[arc.later])
        wait = starts[arc.later] - (starts if arc.from_start else finishes)[arc.earlier]
        model.add(wait >= arc.lag).only_enforce_if(both)
        if arc.max_lag is not None:
            model.add(wait <= arc.max_lag).only_enforce_if(both)
    for pair in mission.pairs:
        one, other = taken[pair.first][pair.first_choice], taken[pair.second][pair.second_choice]
        if pair.span is None:
            model.add_bool_or(~one, ~other)
            continue
        for end in (pair.first, pair.second):
            model.add_linear_constraint(starts[end], *pair.span).only_enforce_if(one, other)
    for need in mission.needs:
        one, other = taken[need.first][need.first_choice], taken[need.second][need.second_choice]
        model.add_bool_or(~one, ~other, *(taken[part][choice] for part, choice in need.any_of))
    delivery = (starts if mission.delivers_at_start else finishes)[mission.delivery]
    model.add(delivery < n_months)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solve_or_stop(solver, model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def _both(model: cp_model.CpModel, one: list[cp_model.IntVar], other: list[cp_model.IntVar]) -> cp_model.IntVar:
    """A literal that is true when both parts are built (it may be true when they are not)."""
    both = model.new_bool_var("")
    model.add(both >= sum(one) + sum(other) - 1)
    return both
