"""The plain formulation as a mixed-integer programme in HiGHS."""

from __future__ import annotations

import time

import highspy
import numpy as np

from benchmarks.peers.outcome import Outcome, relative_gap
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
    solver = _fed(indexed)
    for option, value in (
        ("output_flag", False), ("threads", threads), ("random_seed", seed), ("mip_rel_gap", gap),
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    built = time.perf_counter() - began
    solver.setOptionValue("time_limit", max(1.0, time_s - built))
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == 2
    value = -float(info.objective_function_value) if found else None
    bound = -float(info.mip_dual_bound)
    if not np.isfinite(bound):  # not even the linear relaxation was solved in time: all the science there is
        bound = float(indexed.problem.values.sum())
    science = indexed.science(np.array(solver.getSolution().col_value)) if found else None
    return Outcome(
        f"HiGHS, starts every {step} months", value, bound, relative_gap(value, bound), science, built,
        time.perf_counter() - began - built, indexed.model.n_variables, len(indexed.model.lower),
    )  # fmt: skip


def _fed(indexed: TimeIndexed) -> highspy.Highs:
    aim, least, most, _, whole = indexed.model.variables()
    matrix = indexed.model.matrix()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = indexed.model.n_variables, len(indexed.model.lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -aim, least, most
    lp.row_lower_ = np.array(indexed.model.lower)
    lp.row_upper_ = np.array(indexed.model.upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    lp.integrality_ = [highspy.HighsVarType.kInteger if w else highspy.HighsVarType.kContinuous for w in whole]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    return solver
