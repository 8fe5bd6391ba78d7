"""The plain formulation in CP-SAT: the same rows, in integers."""

from __future__ import annotations

import time

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.peers.outcome import Outcome, relative_gap
from benchmarks.peers.sparse import Sparse
from benchmarks.peers.time_indexed import TimeIndexed
from comity.model.programme import Programme
from comity.roadmap.problem import compile_problem
from comity.roadmap.question import Question


def solve(
    programme: Programme, *, time_s: float, gap: float, seed: int = 0, threads: int = 2, step: int = 3
) -> Outcome:
    """Builds and solves within `time_s` seconds, building included; `step`: months from one start to the next."""
    began = time.perf_counter()
    indexed = TimeIndexed(compile_problem(programme, Question(seed=seed, threads=threads)), step=step)
    model, variables, scale = _fed(indexed.model)
    built = time.perf_counter() - began
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(1.0, time_s - built)
    solver.parameters.num_workers = threads
    solver.parameters.random_seed = seed
    solver.parameters.relative_gap_limit = gap
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    most = float(indexed.problem.values.sum())
    bound = min(most, solver.best_objective_bound / scale) if status != cp_model.UNKNOWN else most
    value = solver.objective_value / scale if found else None
    science = indexed.science(np.array([solver.value(v) for v in variables])) if found else None
    return Outcome(
        f"CP-SAT, starts every {step} months", value, bound, relative_gap(value, bound), science, built,
        time.perf_counter() - began - built, len(variables), len(indexed.model.lower),
    )  # fmt: skip


def _fed(sparse: Sparse) -> tuple[cp_model.CpModel, list[cp_model.IntVar], float]:
    """The model in integers, its variables, and by how much the aim was scaled.

    Each variable counts in its own steps and each row in its own units; what is needed is rounded up, what there is
    down, by less than a unit for each entry.
    """
    model = cp_model.CpModel()
    aim, least, most, step, _ = sparse.variables()
    ends = np.floor(most / step + 1e-9).astype(np.int64)
    variables = [model.new_int_var(int(a), int(b), "") for a, b in zip(np.ceil(least / step), ends, strict=True)]
    matrix = sparse.by_row()
    for row, (lower, upper, unit) in enumerate(zip(sparse.lower, sparse.upper, sparse.unit, strict=True)):
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns = matrix.indices[at]
        if not len(columns):
            continue
        exact = matrix.data[at] * step[columns] / unit
        weights = np.ceil(exact - 1e-6) if upper < np.inf else np.floor(exact + 1e-6)
        kept = np.flatnonzero(weights)
        expression = cp_model.LinearExpr.weighted_sum(
            [variables[c] for c in columns[kept]], [int(w) for w in weights[kept]]
        )
        model.add_linear_constraint(
            expression,
            int(np.ceil(lower / unit - 1e-6)) if lower > -np.inf else cp_model.INT_MIN,
            int(np.floor(upper / unit + 1e-6)) if upper < np.inf else cp_model.INT_MAX,
        )
    scale = 1e6 / max(1.0, float((aim * step).max()))
    chosen = np.flatnonzero(aim)
    weights = [max(1, round(float(w))) for w in aim[chosen] * step[chosen] * scale]
    model.maximize(cp_model.LinearExpr.weighted_sum([variables[c] for c in chosen], weights))
    return model, variables, scale
