"""The best whole selection among known mission plans: the restricted master in integers, by OR-Tools CP-SAT.

Money is in thousands: payments rounded up, budgets down, so that what fits here fits to the cent. Coverage is in
millionths, rounded down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from comity.roadmap.columns import Column, thousands
from comity.roadmap.interruption import solve_until_interrupted
from comity.roadmap.master import INFINITE, Master
from comity.roadmap.pricing import ABSENT
from comity.roadmap.problem import Floats, Problem

THOUSAND = 1000  # thousands in a million
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Whole mission plans that go together, and the cash that goes with them (thousands)."""

    columns: tuple[Column, ...]
    paid: Mapping[tuple[int, int], int]
    received: Mapping[tuple[int, int], int]
    carried: Mapping[tuple[int, int], int]
    value: float
    proven: bool  # no better selection exists among the columns offered


class Model:
    """A CP-SAT model over some of the master's columns."""

    #: Coverage is counted in this many parts of a unit.
    grain = MICRO

    def __init__(self, master: Master, offered: Sequence[int]) -> None:
        self.master, self.problem = master, master.problem
        self.offered = [master.columns[i] for i in offered]
        self.model = cp_model.CpModel()
        self.take = [self.model.new_bool_var(f"c{i}") for i in range(len(self.offered))]
        self._missions()
        self._science()
        self._cash()
        self._budgets()
        self._facilities()
        self._rules()
        self._logic()

    # --- constraints ---------------------------------------------------------------------------------------------

    def _missions(self) -> None:
        self.by_mission: dict[int, list[int]] = {}
        for i, column in enumerate(self.offered):
            self.by_mission.setdefault(column.plan.mission, []).append(i)
        for m, mission in enumerate(self.problem.missions):
            literals = [self.take[i] for i in self.by_mission.get(m, ())]
            if mission.committed:
                self.model.add_exactly_one(literals)
            elif literals:
                self.model.add_at_most_one(literals)
        for pair in self.problem.excludes:
            self.model.add_at_most_one([self.take[i] for m in set(pair) for i in self.by_mission.get(m, ())])

    def _science(self) -> None:
        brought: dict[int, list[tuple[int, int]]] = {}
        for i, column in enumerate(self.offered):
            for g, amount in column.science:
                brought.setdefault(g, []).append((i, math.floor(amount * self.grain)))
        self.science: list[tuple[cp_model.IntVar, float]] = []
        for g, segments in enumerate(self.problem.segments):
            pieces = []
            for k, (width, slope) in enumerate(segments):
                if slope > 0:
                    piece = self.model.new_int_var(0, math.floor(width * self.grain), f"s{g}.{k}")
                    pieces.append(piece)
                    self.science.append((piece, float(self.problem.values[g] * slope)))
            self.model.add(sum(pieces) <= sum(a * self.take[i] for i, a in brought.get(g, ())))

    def _cash(self) -> None:
        master, new = self.master, self.model.new_int_var
        upper = master.structural

        def flow(variable: int) -> cp_model.IntVar:
            return new(0, math.floor(min(upper[variable][1], INFINITE) * THOUSAND), "")

        self.paid = {key: flow(v) for key, v in master.paid.items()}
        self.received = {key: flow(v) for key, v in master.received.items()}
        self.carried = {key: flow(v) for key, v in master.carried.items()}
        self.held = {year: flow(v) for year, v in master.held.items()}

    def _budgets(self) -> None:
        problem, master = self.problem, self.master
        spent: dict[tuple[int, int], list[tuple[int, int]]] = {}
        pooled: dict[int, list[tuple[int, int]]] = {}
        for i, column in enumerate(self.offered):
            for p, year, amount in column.payments:
                spent.setdefault((p, year), []).append((i, thousands(amount)))
            for year, amount in column.pool:
                pooled.setdefault(year, []).append((i, thousands(amount)))
        for p in range(len(problem.contributors)):
            for year in range(master.past, problem.n_years):
                terms = [a * self.take[i] for i, a in spent.get((p, year), ())]
                flows = self.paid.get((p, year), 0) - self.received.get((p, year), 0)
                carried = self.carried.get((p, year), 0) - self.carried.get((p, year - 1), 0)
                if terms or (p, year) in self.paid or (p, year) in self.carried:
                    self.model.add(
                        sum(terms) + flows + carried <= math.floor(problem.budgets[p, year] * THOUSAND + 1e-6)
                    )
        for year in range(master.past, problem.n_years):
            inflow = sum(v for (_, y), v in self.paid.items() if y == year) + self.held.get(year - 1, 0)
            outflow = sum(v for (_, y), v in self.received.items() if y == year) + self.held.get(year, 0)
            held = math.floor(problem.pool_left[year] * THOUSAND)
            self.model.add(outflow + sum(a * self.take[i] for i, a in pooled.get(year, ())) <= inflow + held)

    def _facilities(self) -> None:
        problem = self.problem
        for f in range(len(problem.facilities)):
            users: dict[int, list[tuple[int, float]]] = {}
            for i, column in enumerate(self.offered):
                for g, first, last, level in column.occupations:
                    for month in range(first, last) if g == f else ():
                        users.setdefault(month, []).append((i, level))
            seen: set[tuple[float, tuple[tuple[int, float], ...]]] = set()
            for month, rows in users.items():
                key = (problem.capacities[f, month], tuple(rows))
                if key in seen or not self._can_overfill(rows, problem.capacities[f, month]):
                    continue
                seen.add(key)
                self.model.add(
                    sum(math.ceil(level * 1e4 - 1e-3) * self.take[i] for i, level in rows)
                    <= math.floor(problem.capacities[f, month] * 1e4 + 1e-3)
                )

    def _can_overfill(self, rows: list[tuple[int, float]], capacity: float) -> bool:
        most: dict[int, dict[int, float]] = {}
        for i, level in rows:
            per_column = most.setdefault(self.offered[i].plan.mission, {})
            per_column[i] = per_column.get(i, 0.0) + level
        return sum(max(levels.values()) for levels in most.values()) > capacity + 1e-9

    def _rules(self) -> None:
        """Rules of participation, in whole units of the currency, rounded to the safe side; roles are counted."""
        weights = [self.master.rule_table.coefficients(column) for column in self.offered]
        for r, rule in enumerate(self.master.rules):
            unit = 1 if rule.role is not None else MICRO
            terms = [
                math.ceil(float(weights[i][r]) * unit - 1e-3) * self.take[i]
                for i in range(len(self.offered))
                if weights[i][r]
            ]
            # Cash moves in thousands, and contributions count by thousandths, so that a fraction such as 0.6 stays exact.
            cash = [
                (round(float(rule.contribution[p]) * 1000), variable, sign)
                for variables, sign in ((self.paid, 1), (self.received, -1))
                for (p, _), variable in variables.items()
                if rule.contribution[p]
            ]
            self.model.add(
                sum(terms) + sum(c * sign * v for c, v, sign in cash) <= math.floor(rule.right * unit + 1e-3)
            )

    def _logic(self) -> None:
        problem = self.problem
        for arc in problem.cross_arcs:
            late, early = [], []
            for i, column in enumerate(self.offered):
                plan = column.plan
                if plan.mission == arc.later[0] and plan.choices[arc.later[1]] != ABSENT:
                    late.append((i, plan.starts[arc.later[1]]))
                if plan.mission == arc.earlier[0] and plan.choices[arc.earlier[1]] != ABSENT:
                    choice = problem.missions[plan.mission].parts[arc.earlier[1]].choices[plan.choices[arc.earlier[1]]]
                    early.append((i, plan.starts[arc.earlier[1]] + (0 if arc.from_start else choice.duration)))
            there = sum(self.take[i] for i, _ in late)
            self.model.add(there <= sum(self.take[i] for i, _ in early))
            big = 10 * problem.n_months
            wait = sum(t * self.take[i] for i, t in late) - sum(t * self.take[i] for i, t in early)
            self.model.add(wait >= arc.lag - big * (1 - there))
            if arc.max_lag is not None:
                self.model.add(wait <= arc.max_lag + big * (1 - there))
        for row, right in enumerate(self.master.logic_right[self._first_pair_row() :], self._first_pair_row()):
            index = self.master.logic_row + row
            terms = [(i, w) for i, column in enumerate(self.offered) if (w := self.master.logic_weight(column, index))]
            if sum(w for _, w in terms if w > 0) > right:
                self.model.add(sum(round(w) * self.take[i] for i, w in terms) <= round(right))

    def _first_pair_row(self) -> int:
        return len(self.problem.cross_arcs) * self.problem.n_years

    # --- solving -------------------------------------------------------------------------------------------------

    def maximise_science(self) -> None:
        """Sets the aim: value of the objectives covered."""
        self.scale = 1e6 / max(1.0, max((v for _, v in self.science), default=1.0))
        self.model.maximize(sum(max(1, round(v * self.scale)) * piece for piece, v in self.science))

    def hint(self, columns: Sequence[Column]) -> None:
        """Starts the search from a selection."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        wanted = {id(c) for c in columns}
        for literal, column in zip(self.take, self.offered, strict=True):
            self.model.add_hint(literal, id(column) in wanted)

    def solve(
        self,
        *,
        time_s: float,
        work: float,
        gap: float,
        on_solution: Callable[[float], None] | None = None,
        stop: Callable[[], bool] | None = None,
        ends_on_interrupt: bool = True,
        workers: int | None = None,
    ) -> Selection | None:
        """The best selection found; None when none exists or none was found in time.

        `work` bounds CP-SAT's deterministic time, so that the same input and seed give the same answer whatever the
        machine's load, as long as `time_s` is not reached first. On Ctrl-C the solver ends with what it has, unless
        `ends_on_interrupt` is False: then KeyboardInterrupt goes on. `workers`: threads (default: the question's); several
        take turns, which small models solve far slower than one.
        """
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.05, time_s)
        solver.parameters.max_deterministic_time = work
        threads = workers or self.problem.question.threads
        solver.parameters.num_workers = threads
        solver.parameters.interleave_search = threads > 1
        solver.parameters.random_seed = self.problem.question.seed
        solver.parameters.relative_gap_limit = gap
        watcher = _Watcher(on_solution, stop, self.grain * getattr(self, "scale", 1.0))
        status, interrupted = solve_until_interrupted(solver, self.model, watcher)
        if interrupted and not ends_on_interrupt:
            raise KeyboardInterrupt
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        chosen = tuple(c for c, literal in zip(self.offered, self.take, strict=True) if solver.boolean_value(literal))

        def flows(variables: Mapping[tuple[int, int], cp_model.IntVar]) -> dict[tuple[int, int], int]:
            return {key: int(solver.value(v)) for key, v in variables.items() if solver.value(v)}

        return Selection(
            chosen,
            flows(self.paid),
            flows(self.received),
            flows(self.carried),
            science_value(self.problem, chosen),
            status == cp_model.OPTIMAL,
        )


class _Watcher(cp_model.CpSolverSolutionCallback):
    def __init__(
        self, on_solution: Callable[[float], None] | None, stop: Callable[[], bool] | None, scale: float
    ) -> None:
        super().__init__()
        self.on_solution, self.stop, self.scale = on_solution, stop, scale

    def on_solution_callback(self) -> None:
        if self.on_solution is not None:
            self.on_solution(self.objective_value / self.scale)
        if self.stop is not None and self.stop():
            self.stop_search()


def science_value(problem: Problem, columns: Sequence[Column]) -> float:
    """The value of the objectives that a selection covers."""
    coverage = science_coverage(problem, columns)
    return sum(
        float(v) * problem.programme.objectives[o].curve.at(c)
        for v, o, c in zip(problem.values, problem.objectives, coverage, strict=True)
    )


def science_coverage(problem: Problem, columns: Sequence[Column]) -> Floats:
    """Expected discounted contributions by objective."""
    coverage = np.zeros(len(problem.objectives))
    for column in columns:
        for g, amount in column.science:
            coverage[g] += amount
    return coverage
