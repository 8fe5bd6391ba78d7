"""A better whole selection near one that is known: some missions are planned anew together, the rest stay as they are.

The missions that are free share what the others leave of budgets, facilities and rules. Plans that fit just that are made
by column generation at the prices of this small problem; the best whole selection among them is found by branch and bound
(HiGHS). This is a large neighbourhood search over the master problem (Shaw 1998; Pisinger & Ropke 2010, "Large
neighborhood search", Handbook of Metaheuristics, ch. 13).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy.sparse import csc_matrix, hstack

from comity.roadmap.master import Master, quiet_solver
from comity.roadmap.problem import Floats

#: A selection: mission -> index of its column in the master.
Chosen = Mapping[int, int]
#: Plans missions at prices: the missions, the prices; adds columns to the master and says how many.
Pricing = Callable[[Sequence[int], Floats], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard to try: rounds of column generation, columns a mission in the choice, nodes of the tree, seconds at most."""

    rounds: int = 4
    columns: int = 60
    nodes: int = 100
    seconds: float = 10.0


class Frame:
    """What all neighbourhoods of a master share: its structural variables, and rules that may be broken at a price."""

    def __init__(self, master: Master, penalties: Floats) -> None:
        self.master = master
        rows, columns, values = [], [], []
        for j, (_value, _upper, entries) in enumerate(master.structural):
            rows += list(entries)
            columns += [j] * len(entries)
            values += list(entries.values())
        count = len(master.structural)
        for i in range(len(master.rules)):
            rows.append(master.rule_row + i)
            columns.append(count + i)
            values.append(-1.0)
        self.worth = np.array([value for value, _, _ in master.structural] + [-float(p) for p in penalties])
        self.upper = np.array([upper for _, upper, _ in master.structural] + [highspy.kHighsInf] * len(penalties))
        self.rows, self.columns, self.values = np.array(rows), np.array(columns), np.array(values)
        self.elastic = slice(count, count + len(penalties))

    def matrix(self) -> csc_matrix:
        """(n_rows, n_structural)."""
        shape = (len(self.master.right), len(self.worth))
        return csc_matrix((self.values, (self.rows, self.columns)), shape=shape)


@dataclass
class Neighbourhood:
    """One small problem; its life is `generate`, then `choose`, then `chosen`."""

    frame: Frame
    incumbent: Chosen
    free: Collection[int]
    value: float  # of the incumbent, less what it pays for broken rules
    effort: Effort
    linear: float = field(default=np.inf, init=False)  # value of the linear programme
    proven: bool = field(default=False, init=False)  # is the choice the best among its columns?
    work: float = field(default=0.0, init=False)  # simplex iterations times rows, in millions

    def __post_init__(self) -> None:
        self.master = self.frame.master
        self.kept = [i for m, i in self.incumbent.items() if m not in self.free]
        self.prices: Floats = np.zeros(0)
        self.found: dict[int, int] | None = None
        self.solver = _solver(self.master.problem.question.seed)

    def evaluate(self) -> float:
        """The incumbent's own value with the best cash, less penalties for broken rules; -inf when no cash makes it fit."""
        self._pass([], integer=False)
        self._run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -np.inf
        return -float(self.solver.getInfo().objective_function_value)

    # --- columns that fit ----------------------------------------------------------------------------------------

    def generate(self, price: Pricing) -> bool:
        """Makes plans of the free missions that fit what is left; False when nothing better than the incumbent exists."""
        free = sorted(self.free)
        for turn in range(self.effort.rounds):
            columns = self._columns()
            self._pass(columns, integer=False)
            self._run()
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return False
            solution = self.solver.getSolution()
            self.prices = -np.array(solution.row_dual)
            self.linear = -self.solver.getInfo().objective_function_value
            weights = np.zeros(len(self.master.columns))
            weights[columns] = np.array(solution.col_value)[len(self.frame.worth) :]
            weights[self.kept] = 1.0
            if self.master.add_facility_rows(weights):
                continue
            if turn == self.effort.rounds - 1 or not price(free, self.prices):
                break
        return self.linear > self.value + 1e-6

    def _columns(self) -> list[int]:
        return [i for m in sorted(self.free) for i in self.master.of_mission.get(m, ())]

    # --- the choice ----------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Offers the most promising columns to branch and bound."""
        reduced = self.master.reduced_profits(self.prices)
        room = self.linear - self.value + 1e-6
        offered: list[int] = []
        for m in sorted(self.free):
            rows = sorted(self.master.of_mission.get(m, ()), key=lambda i: (-reduced[i], i))
            near = [i for i in rows[: self.effort.columns] if reduced[i] >= -room]
            own = self.incumbent.get(m)
            offered += near if own is None or own in near else [*near, own]
        self.offered = offered
        self._pass(offered, integer=True)
        self._start()

    def choose(self) -> None:
        """Branch and bound; may run beside another neighbourhood's, for it touches nothing but its own solver."""
        self._run()

    def finish(self) -> bool:
        """Reads what was found; False when it broke a row that only now is known, so that it must be chosen again."""
        info = self.solver.getInfo()
        self.proven = self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return True
        values = np.array(self.solver.getSolution().col_value)[len(self.frame.worth) :]
        taken = [i for i, v in zip(self.offered, values, strict=True) if v > 0.5]
        whole = [*self.kept, *taken]
        weights = np.zeros(len(self.master.columns))
        weights[whole] = 1.0
        if self.master.add_facility_rows(weights) + self.master.add_logic_rows(whole):
            return False
        self.found = {self.master.columns[i].plan.mission: i for i in whole}
        self.found_value = -info.objective_function_value
        return True

    # --- the model -----------------------------------------------------------------------------------------------

    def _right(self) -> tuple[Floats, Floats]:
        """(lower, upper) of the rows after what the kept missions take."""
        master = self.master
        taken = np.asarray(self._matrix(self.kept).sum(axis=1)).ravel()
        upper = master.right - taken
        lower = np.full(len(upper), -highspy.kHighsInf)
        for mission in master.problem.missions:
            if mission.committed:
                lower[master.mission_row + mission.index] = upper[master.mission_row + mission.index]
        return lower, upper

    def _matrix(self, columns: Sequence[int]) -> csc_matrix:
        """The columns' coefficients, with room for the rounding of each payment when the selection is settled."""
        master, matrix = self.master, self.master.matrix(columns)
        rounded = np.zeros(matrix.shape[0], dtype=bool)
        rounded[: master.science_row] = True
        rounded[master.rule_row : master.rule_row + len(master.rules)] = master.counts_money
        up = np.ceil(matrix.data * 1000 - 1e-6) / 1000
        matrix.data = np.where(rounded[matrix.indices], up, matrix.data)
        return matrix

    def _pass(self, columns: Sequence[int], *, integer: bool) -> None:
        frame = self.frame
        matrix = hstack([frame.matrix(), self._matrix(columns)], format="csc")
        lower, upper = self._right()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
        model.col_cost_ = np.concatenate([-frame.worth, np.zeros(len(columns))])
        model.col_lower_ = np.zeros(matrix.shape[1])
        model.col_upper_ = np.concatenate(
            [frame.upper, np.ones(len(columns)) if integer else np.full(len(columns), 1e9)]
        )
        model.row_lower_, model.row_upper_ = lower, np.where(upper > 1e8, highspy.kHighsInf, upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        if integer:
            kinds = [highspy.HighsVarType.kContinuous] * len(frame.worth)
            model.integrality_ = kinds + [highspy.HighsVarType.kInteger] * len(columns)
        self.solver.clearSolver()
        self.solver.passModel(model)
        self.solver.setOptionValue("time_limit", highspy.kHighsInf)
        self.solver.setOptionValue("solver", "choose" if integer else "simplex")

    def _start(self) -> None:
        """Starts branch and bound from the incumbent."""
        own = {self.incumbent[m] for m in self.free if m in self.incumbent}
        first = len(self.frame.worth)
        indices = np.arange(first, first + len(self.offered), dtype=np.int32)
        values = np.array([1.0 if i in own else 0.0 for i in self.offered])
        self.solver.setSolution(len(indices), indices, values)
        self.solver.setOptionValue("mip_max_nodes", self.effort.nodes)
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + self.effort.seconds)

    def _run(self) -> None:
        self.solver.run()
        info = self.solver.getInfo()
        self.work += max(0, info.simplex_iteration_count) * self.solver.getNumRow() * 1e-6


def _solver(seed: int) -> highspy.Highs:
    solver = quiet_solver()
    options: dict[str, bool | int | float | str] = {
        "threads": 1,
        "parallel": "off",
        "random_seed": seed,
        "run_crossover": "off",
        "mip_rel_gap": 1e-4,
        "mip_heuristic_effort": 0.15,
    }
    for option, value in options.items():
        solver.setOptionValue(option, value)
    return solver
