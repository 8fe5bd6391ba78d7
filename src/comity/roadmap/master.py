"""The master problem: at most one plan for each mission, within all that missions share; as a linear programme (HiGHS).

Rows, all of the form `sum <= right-hand side`: budgets by contributor and year, the pool by year, coverage by objective,
one plan a mission, rules of participation, exclusions, precedence and interfaces between missions, and facilities by
month (added when a solution breaks them). Its duals are the prices at which missions are planned (`pricing`), and what
one more unit of each budget, facility or rule would be worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from comity.model.rules import Barter, EmergingPlace, InKind, MaximumShare, MinimumReturn
from comity.roadmap.columns import Column
from comity.roadmap.pricing import ABSENT, Prices
from comity.roadmap.problem import MILLION, Choice, CrossArc, Floats, Problem

INFINITE = 1e9
Integers = NDArray[np.int32]


@dataclass(slots=True)
class RuleRow:
    """A rule of participation as a row: coefficients on what columns carry; `<= right`."""

    rule: str
    who: str
    right: float
    contribution: Floats  # (n_contributors,)
    in_kind: dict[int, float] = field(default_factory=dict)
    work: dict[int, float] = field(default_factory=dict)
    barter: dict[int, float] = field(default_factory=dict)
    all_work: float = 0.0
    emerging_work: float = 0.0
    role: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Part of a logical row: `weights[start]` counts when the part takes the choice at that start."""

    row: int
    choice: int
    weights: Floats


def rule_rows(problem: Problem) -> list[RuleRow]:
    """The rules of participation that bind this question's partnership."""
    rows: list[RuleRow] = []
    programme, n = problem.programme, len(problem.contributors)
    index = {p: i for i, p in enumerate(problem.contributors)}
    for rule in programme.participation.values():
        if isinstance(rule, Barter):
            limit = float(programme.worth(rule.maximum_debt) / MILLION)
            rows += [
                RuleRow(rule.id, p, limit, np.zeros(n), barter={index[p]: 1.0})
                for p in (rule.partners or programme.contributors)
                if p in index
            ]
        if problem.alone:
            continue
        if isinstance(rule, EmergingPlace):
            if rule.minimum_share > 0:
                rows.append(
                    RuleRow(
                        rule.id,
                        "emerging partners",
                        0.0,
                        np.zeros(n),
                        all_work=float(rule.minimum_share),
                        emerging_work=-1.0,
                    )
                )
            if rule.minimum_roles:
                rows += [
                    RuleRow(rule.id, p, -float(rule.minimum_roles), np.zeros(n), role=i)
                    for i, p in enumerate(programme.emerging)
                ]
        elif isinstance(rule, (MinimumReturn, MaximumShare, InKind)):
            for p in rule.partners or programme.contributors:
                if p not in index:
                    continue
                unit = np.zeros(n)
                unit[index[p]] = 1.0
                if isinstance(rule, MinimumReturn):
                    rows.append(RuleRow(rule.id, p, 0.0, unit * float(rule.minimum), work={index[p]: -1.0}))
                elif isinstance(rule, MaximumShare):
                    rows.append(RuleRow(rule.id, p, 0.0, unit - float(rule.maximum)))
                else:
                    rows.append(RuleRow(rule.id, p, 0.0, unit * float(rule.minimum), in_kind={index[p]: -1.0}))
    for row in rows:  # what was paid into the pool before planning anew, less what was received, is contribution too
        row.right -= float(row.contribution @ problem.cash_before)
    return rows


def quiet_solver() -> highspy.Highs:
    """HiGHS, without a word on standard output."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    return solver


class RuleTable:
    """All rules of participation as matrices, so that a column's coefficients are a few products."""

    def __init__(self, problem: Problem, rules: list[RuleRow]) -> None:
        n, r = len(problem.contributors), len(rules)
        self.contribution = np.array([rule.contribution for rule in rules]).reshape(r, n)
        self.in_kind, self.work, self.barter = (np.zeros((r, n)) for _ in range(3))
        self.roles = np.zeros((r, len(problem.programme.emerging)))
        for i, rule in enumerate(rules):
            for matrix, entries in ((self.in_kind, rule.in_kind), (self.work, rule.work), (self.barter, rule.barter)):
                for p, coefficient in entries.items():
                    matrix[i, p] = coefficient
            if rule.role is not None:
                self.roles[i, rule.role] = -1.0
        self.all_work = np.array([rule.all_work for rule in rules])
        self.emerging_work = np.array([rule.emerging_work for rule in rules])

    def coefficients(self, column: Column) -> Floats:
        """(n_rules,): what a column weighs in each rule."""
        total = self.all_work * column.all_work + self.emerging_work * column.emerging_work
        for p, amount in column.contributed:
            total += self.contribution[:, p] * amount
        for matrix, amounts in ((self.in_kind, column.in_kind), (self.work, column.work), (self.barter, column.barter)):
            for p, amount in amounts:
                total += matrix[:, p] * amount
        if any(column.roles):
            total += self.roles @ np.array(column.roles)
        result: Floats = total
        return result


class Master:
    """The restricted master problem; grows by columns and by facility rows."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.columns: list[Column] = []
        self.loads: list[tuple[Integers, Floats]] = []  # of each column: rows, coefficients
        self.of_mission: dict[int, list[int]] = {}
        self.known: dict[tuple[int, tuple[int, ...], tuple[int, ...]], int] = {}
        self.rules = rule_rows(problem)
        self.rule_table = RuleTable(problem, self.rules)
        #: (n_rules,): does a rule sum payments, whose rounding needs room?
        self.counts_money = np.array([bool(r.contribution.any() or r.in_kind) for r in self.rules], dtype=bool)
        self.facility_rows: dict[tuple[int, int], int] = {}
        self.conflicts: set[tuple[tuple[int, int], tuple[int, int], int, bool]] = set()
        n, y = len(problem.contributors), problem.n_years
        self.pool_row = n * y
        self.science_row = self.pool_row + y
        self.mission_row = self.science_row + len(problem.objectives)
        self.rule_row = self.mission_row + len(problem.missions)
        self.exclude_row = self.rule_row + len(self.rules)
        self.logic_row = self.exclude_row + len(problem.excludes)
        self.terms: dict[tuple[int, int], list[Term]] = {}
        self.logic_right: list[float] = []
        self._logic()
        self.right = self._right_hand_side()
        self.excluding: dict[int, list[int]] = {}
        for i, pair in enumerate(problem.excludes):
            for mission in pair:
                self.excluding.setdefault(mission, []).append(self.exclude_row + i)
        self.first_column = 0
        self.iterations = 0
        self.artificial: list[int] = []
        self.solver = quiet_solver()
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("random_seed", problem.question.seed)
        self.solver.setOptionValue("solver", "simplex")
        self._build()

    # --- rows ----------------------------------------------------------------------------------------------------

    def _right_hand_side(self) -> Floats:
        problem = self.problem
        settled = problem.question.settled
        budgets = problem.budgets.copy()
        if settled is not None:  # years gone by are history: nothing in them binds any more
            gone = settled.before.year - problem.programme.programme.horizon.start.year
            budgets[:, : max(0, gone)] = INFINITE
        return np.concatenate(
            [
                budgets.ravel(),
                problem.pool_left,
                np.zeros(len(problem.objectives)),
                np.ones(len(problem.missions)),
                np.array([r.right for r in self.rules]),
                np.ones(len(problem.excludes)),
                np.array(self.logic_right),
            ]
        )

    def _logic(self) -> None:
        """Rows for precedence and interfaces between missions."""
        problem = self.problem
        months = np.arange(problem.n_months)
        for arc in problem.cross_arcs:
            early, late = (problem.missions[m].parts[p] for m, p in (arc.earlier, arc.later))
            for last in [*(np.flatnonzero(np.diff(problem.year_of))), problem.n_months + 10_000]:
                row = self.logic_row + len(self.logic_right)
                self.logic_right.append(0.0)
                for c in range(len(late.choices)):
                    self._term(arc.later, row, c, (months <= last) * 1.0)
                for c, choice in enumerate(early.choices):
                    span = 0 if arc.from_start else choice.duration
                    self._term(arc.earlier, row, c, (months + span + arc.lag <= last) * -1.0)
        for pair in problem.cross_pairs:
            everywhere = np.ones(problem.n_months)
            outside = everywhere if pair.span is None else ((months < pair.span[0]) | (months > pair.span[1])) * 1.0
            for one, other in ((everywhere, outside), (outside, everywhere)):
                row = self.logic_row + len(self.logic_right)
                self.logic_right.append(1.0)
                self._term(pair.first[:2], row, pair.first[2], one)
                self._term(pair.second[:2], row, pair.second[2], other)
                if pair.span is None:
                    break
        for need in problem.cross_needs:
            row = self.logic_row + len(self.logic_right)
            self.logic_right.append(1.0)
            for place, sign in ((need.first, 1.0), (need.second, 1.0), *((joint, -1.0) for joint in need.any_of)):
                self._term(place[:2], row, place[2], np.full(problem.n_months, sign))

    def _term(self, where: tuple[int, int], row: int, choice: int, weights: NDArray[np.floating[Any]]) -> None:
        self.terms.setdefault(where, []).append(Term(row, choice, weights.astype(np.float64)))

    def entries(self, column: Column) -> dict[int, float]:
        """A column's coefficients by row."""
        y = self.problem.n_years
        out: dict[int, float] = {p * y + year: amount for p, year, amount in column.payments}
        for year, amount in column.pool:
            out[self.pool_row + year] = amount
        for g, amount in column.science:
            out[self.science_row + g] = -amount
        mission = column.plan.mission
        out[self.mission_row + mission] = 1.0
        if self.rules:
            weights = self.rule_table.coefficients(column)
            out.update({self.rule_row + int(i): float(weights[i]) for i in np.flatnonzero(weights)})
        for row in self.excluding.get(mission, ()):
            out[row] = 1.0
        for part, (c, start) in enumerate(zip(column.plan.choices, column.plan.starts, strict=True)):
            for term in self.terms.get((mission, part), ()) if c != ABSENT else ():
                if term.choice == c and term.weights[start]:
                    out[term.row] = out.get(term.row, 0.0) + float(term.weights[start])
        for facility, first, last, level in column.occupations:
            for (f, month), row in self.facility_rows.items() if self.facility_rows else ():
                if f == facility and first <= month < last:
                    out[row] = out.get(row, 0.0) + level
        return out

    # --- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        problem = self.problem
        empty_i, empty_f = np.array([], dtype=np.int32), np.array([], dtype=np.float64)
        committed = [m.committed for m in problem.missions]
        for row, right in enumerate(self.right):
            mission = row - self.mission_row
            equal = 0 <= mission < len(committed) and committed[mission]
            self.solver.addRow(right if equal else -highspy.kHighsInf, right, 0, empty_i, empty_f)
        self.structural: list[tuple[float, float, dict[int, float]]] = []  # (value, upper, entries): for the bound
        self._science_variables()
        self._cash_variables()
        self._artificial_variables()
        self.first_column = self.solver.getNumCol()

    def _variable(self, value: float, upper: float, entries: dict[int, float], lower: float = 0.0) -> int:
        rows = np.array(list(entries), dtype=np.int32)
        values = np.array(list(entries.values()), dtype=np.float64)
        self.solver.addCol(-value, lower, upper, len(rows), rows, values)
        self.structural.append((value, upper, entries))
        return len(self.structural) - 1

    def _science_variables(self) -> None:
        for g, segments in enumerate(self.problem.segments):
            for width, slope in segments:
                if slope > 0:
                    self._variable(self.problem.values[g] * slope, width, {self.science_row + g: 1.0})

    def _cash_variables(self) -> None:
        """Payments into and from the pool, what it holds, and what partners carry over."""
        problem, pool, y = self.problem, self.problem.pool, self.problem.n_years
        programme = problem.programme
        self.paid: dict[tuple[int, int], int] = {}
        self.received: dict[tuple[int, int], int] = {}
        self.carried: dict[tuple[int, int], int] = {}
        self.held: dict[int, int] = {}
        self.past = 0
        if problem.question.settled is not None:
            self.past = max(0, problem.question.settled.before.year - programme.programme.horizon.start.year)
        for p in range(len(problem.contributors)):
            for year in range(self.past, y - 1):
                most = problem.carry[p] * max(0.0, problem.means[p, year])
                if most > 0:
                    self.carried[p, year] = self._variable(0.0, most, {p * y + year: 1.0, p * y + year + 1: -1.0})
        if pool is None:
            return
        payers = set(pool.payers or programme.contributors)
        receivers = set(pool.receivers)
        if "emerging" in receivers:
            receivers |= set(programme.emerging)
        most_received = float(programme.worth(pool.maximum_received) / MILLION) if pool.maximum_received else None
        for year in range(self.past, y):
            for p, name in enumerate(problem.contributors):
                most = float(pool.maximum_paid) * max(0.0, problem.means[p, year])
                if name in payers and most > 0:
                    self.paid[p, year] = self._variable(
                        0.0, most, {p * y + year: 1.0, self.pool_row + year: -1.0, **self._rule_entries(p, 1.0)}
                    )
            for p, name in enumerate(problem.contributors):
                most = INFINITE if most_received is None else most_received
                takes_part = problem.question.coalition is None or name in problem.question.coalition
                if name in receivers and takes_part:
                    most = min(most, float(problem.budgets.sum()))
                    self.received[p, year] = self._variable(
                        0.0, most, {p * y + year: -1.0, self.pool_row + year: 1.0, **self._rule_entries(p, -1.0)}
                    )
            if year < y - 1:
                self.held[year] = self._variable(
                    0.0, float(problem.budgets.sum()), {self.pool_row + year: 1.0, self.pool_row + year + 1: -1.0}
                )

    def _rule_entries(self, contributor: int, sign: float) -> dict[int, float]:
        return {
            self.rule_row + i: sign * float(rule.contribution[contributor])
            for i, rule in enumerate(self.rules)
            if rule.contribution[contributor]
        }

    def _artificial_variables(self) -> None:
        """Slack at a price for rows that an empty plan breaks: commitments, and rules with a negative right-hand side."""
        self.penalty = 10.0 * float(self.problem.values.sum() + 1)
        for m, mission in enumerate(self.problem.missions):
            if mission.committed:
                self.artificial.append(self._variable(-self.penalty, 1.0, {self.mission_row + m: 1.0}))
        for i, rule in enumerate(self.rules):
            if rule.right < 0:
                self.artificial.append(self._variable(-self.penalty, -rule.right, {self.rule_row + i: -1.0}))
        for row, right in enumerate(self.right[: self.science_row]):
            if right < 0:  # sunk spending beyond a budget that was cut
                self.artificial.append(self._variable(-self.penalty, -right, {row: -1.0}))

    # --- growing -------------------------------------------------------------------------------------------------

    def add(self, columns: list[Column]) -> int:
        """Adds the columns not yet known; how many were new."""
        fresh: list[tuple[Integers, Floats]] = []
        for column in columns:
            key = (column.plan.mission, column.plan.choices, column.plan.starts)
            if key in self.known:
                continue
            self.known[key] = len(self.columns)
            self.of_mission.setdefault(column.plan.mission, []).append(len(self.columns))
            self.columns.append(column)
            entries = self.entries(column)
            fresh.append((np.array(list(entries), dtype=np.int32), np.array(list(entries.values()))))
        if fresh:
            self.loads += fresh
            sizes = [len(rows) for rows, _ in fresh]
            self.solver.addCols(
                len(fresh),
                np.zeros(len(fresh)),
                np.zeros(len(fresh)),
                np.full(len(fresh), highspy.kHighsInf),
                sum(sizes),
                np.cumsum([0, *sizes[:-1]]).astype(np.int32),
                np.concatenate([rows for rows, _ in fresh]),
                np.concatenate([values for _, values in fresh]),
            )
        return len(fresh)

    def index(self, column: Column) -> int:
        """The position of a known column with the same plan."""
        return self.known[column.plan.mission, column.plan.choices, column.plan.starts]

    def add_facility_rows(self, weights: Floats) -> int:
        """Adds a row for each facility and month that a solution overfills; how many were new."""
        used = self.occupancy(weights)
        broken = np.argwhere(used > self.problem.capacities + 1e-7)
        new = [(int(f), int(t)) for f, t in broken if (int(f), int(t)) not in self.facility_rows]
        for f, t in new:
            self.facility_rows[f, t] = len(self.right)
            weights_of = {
                i: sum(level for g, first, last, level in column.occupations if g == f and first <= t < last)
                for i, column in enumerate(self.columns)
            }
            self._new_row(float(self.problem.capacities[f, t]), weights_of)
        return len(new)

    def _new_row(self, right: float, weights: Mapping[int, float]) -> None:
        """A row that turned out to be needed; `weights` by column."""
        row = len(self.right)
        entries = {i: w for i, w in weights.items() if w}
        self.solver.addRow(
            -highspy.kHighsInf,
            right,
            len(entries),
            np.array([self.first_column + i for i in entries], dtype=np.int32),
            np.array(list(entries.values()), dtype=np.float64),
        )
        self.right = np.append(self.right, right)
        for i, w in entries.items():
            rows, values = self.loads[i]
            self.loads[i] = (np.append(rows, np.int32(row)), np.append(values, w))

    def is_broken(self, chosen: Sequence[int]) -> bool:
        """Does a whole selection overfill a facility, break a precedence, or hold what excludes or may not meet?"""
        weights = np.zeros(len(self.columns))
        weights[list(chosen)] = 1.0
        if (self.occupancy(weights) > self.problem.capacities + 1e-7).any() or self.add_logic_rows(chosen):
            return True
        used = np.asarray(self.matrix(chosen).sum(axis=1)).ravel()[self.exclude_row :]
        return bool((used > self.right[self.exclude_row :] + 1e-7).any())

    def add_logic_rows(self, chosen: Iterable[int]) -> int:
        """Adds a row for each precedence between missions that a whole selection breaks; how many were new.

        The rows built at first hold at the ends of years only. For a month t: `[later starts by t] + [earlier is ready
        after t] <= 1`, and with a longest wait `[later starts after t] + [earlier has been ready that long by t] <= 1`.
        """
        taken = {self.columns[i].plan.mission: self.columns[i].plan for i in chosen}
        count = 0
        for arc in self.problem.cross_arcs:
            early, late = taken.get(arc.earlier[0]), taken.get(arc.later[0])
            if early is None or late is None or ABSENT in (early.choices[arc.earlier[1]], late.choices[arc.later[1]]):
                continue
            choices = self.problem.missions[arc.earlier[0]].parts[arc.earlier[1]].choices
            span = 0 if arc.from_start else choices[early.choices[arc.earlier[1]]].duration
            ready, start = early.starts[arc.earlier[1]] + span, late.starts[arc.later[1]]
            if start < ready + arc.lag:
                count += self._conflict(arc, start, too_late=False)
            elif arc.max_lag is not None and start > ready + arc.max_lag:
                count += self._conflict(arc, ready + arc.max_lag, too_late=True)
        return count

    def _conflict(self, arc: CrossArc, month: int, *, too_late: bool) -> int:
        key = (arc.earlier, arc.later, month, too_late)
        if key in self.conflicts:
            return 0
        self.conflicts.add(key)
        row, months = len(self.right), np.arange(self.problem.n_months)
        early, late = (self.problem.missions[m].parts[p] for m, p in (arc.earlier, arc.later))
        for c in range(len(late.choices)):
            self._term(arc.later, row, c, ((months > month) if too_late else (months <= month)) * 1.0)
        for c, choice in enumerate(early.choices):
            ready = months + (0 if arc.from_start else choice.duration)
            bad = ready + (arc.max_lag or 0) <= month if too_late else ready + arc.lag > month
            self._term(arc.earlier, row, c, bad * 1.0)
        self._new_row(1.0, {i: w for i, column in enumerate(self.columns) if (w := self.logic_weight(column, row))})
        return 1

    def logic_weight(self, column: Column, row: int) -> float:
        """What a column weighs in a logical row."""
        return sum(
            float(term.weights[start])
            for part, (c, start) in enumerate(zip(column.plan.choices, column.plan.starts, strict=True))
            if c != ABSENT
            for term in self.terms.get((column.plan.mission, part), ())
            if term.row == row and term.choice == c
        )

    def matrix(self, indices: Sequence[int]) -> csc_matrix:
        """(n_rows, len(indices)): the coefficients of some columns."""
        loads = [self.loads[i] for i in indices]
        pointers = np.concatenate([[0], np.cumsum([len(rows) for rows, _ in loads])])
        rows = np.concatenate([rows for rows, _ in loads]) if loads else np.zeros(0, dtype=np.int32)
        values = np.concatenate([values for _, values in loads]) if loads else np.zeros(0)
        return csc_matrix((values, rows, pointers), shape=(len(self.right), len(loads)))

    def reduced_profits(self, prices: Floats) -> Floats:
        """(n_columns,): what each brings at given prices beyond its mission's own (never much above 0 at the optimum)."""
        short = len(self.right) - len(prices)
        result: Floats = -(self.matrix(range(len(self.columns))).T @ np.concatenate([prices, np.zeros(short)]))
        return result

    def occupancy(self, weights: Floats) -> Floats:
        """(n_facilities, n_months): levels in use."""
        used = np.zeros_like(self.problem.capacities)
        for i in np.flatnonzero(weights > 1e-9):
            for f, first, last, level in self.columns[i].occupations:
                used[f, first:last] += level * weights[i]
        return used

    # --- solving -------------------------------------------------------------------------------------------------

    def solve(self) -> tuple[float, Floats, Floats]:
        """(value, weights of the columns, prices of the rows); the value is less penalties."""
        self.solver.run()
        status = self.solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            self.solver.clearSolver()
            self.solver.run()
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise RuntimeError(f"the master problem could not be solved: {self.solver.getModelStatus()}")
        self.iterations = max(0, self.solver.getInfo().simplex_iteration_count)  # of this run
        solution = self.solver.getSolution()
        weights = np.array(solution.col_value)[self.first_column :]
        self.structural_values = np.array(solution.col_value)[: self.first_column]
        prices = -np.array(solution.row_dual)
        return -self.solver.getInfo().objective_function_value, weights, prices

    def infeasibility(self) -> float:
        """How much artificial slack the last solution uses."""
        return float(sum(self.structural_values[i] for i in self.artificial))

    def lagrangian(self, prices: Floats, best: Floats) -> float:
        """An upper bound on the value of every plan, for any prices (>= 0 on inequalities) and best profits by mission."""
        n_missions = len(self.problem.missions)
        others = np.ones(len(self.right), dtype=bool)
        others[self.mission_row : self.mission_row + n_missions] = False
        finite = others & (self.right < INFINITE)
        bound = float(prices[finite] @ self.right[finite])
        for value, upper, entries in self.structural:
            reduced = value - sum(prices[row] * a for row, a in entries.items() if others[row])
            if value >= 0:  # artificial variables are nil in every real plan
                bound += upper * max(0.0, reduced)
        for m, mission in enumerate(self.problem.missions):
            bound += best[m] if mission.committed else max(0.0, best[m])
        return bound

    # --- prices for missions ---------------------------------------------------------------------------------------

    def prepare_prices(self, prices: Floats) -> PriceTable:
        """The prices in the form in which choices are costed."""
        return PriceTable(self, np.where(np.abs(prices) < 1e-12, 0.0, prices))


class PriceTable:
    """The cost of every choice at every start, at given prices of the master's rows."""

    def __init__(self, master: Master, prices: Floats) -> None:
        problem = master.problem
        self.master, self.problem = master, problem
        n, y = len(problem.contributors), problem.n_years
        self.prices = prices
        rules = prices[master.rule_row : master.rule_row + len(master.rules)]
        self.rules = [(r, w) for r, w in zip(master.rules, rules, strict=True) if w]
        contribution = sum((w * r.contribution for r, w in self.rules), start=np.zeros(n))
        by_year = prices[: n * y].reshape(n, y) + contribution[:, None]
        self.contribution = contribution
        self.money = by_year[:, problem.year_of]  # (n_contributors, n_months)
        self.pool = prices[master.pool_row : master.pool_row + y][problem.year_of]
        self.science = np.maximum(0.0, prices[master.science_row : master.mission_row])
        occupancy = np.zeros((len(problem.facilities), problem.n_months + 1))
        for (f, t), row in master.facility_rows.items():
            occupancy[f, t + 1] = prices[row]
        self.occupancy = occupancy.cumsum(axis=1)
        self.months = np.arange(problem.n_months)

    def for_mission(self, mission: int) -> Prices:
        """The prices that plan one mission; the price of its own row is left out."""
        spec = self.problem.missions[mission]
        excluded = sum(self.prices[row] for row in self.master.excluding.get(mission, ()))
        costs = []
        for part in spec.parts:
            terms = self.master.terms.get((mission, part.index), ())
            rows = []
            for c, choice in enumerate(part.choices):
                cost = self._choice(choice)
                for term in terms:
                    if term.choice == c and self.prices[term.row]:
                        cost = cost + self.prices[term.row] * term.weights
                if part.index == spec.delivery:
                    cost = cost + excluded
                rows.append(cost)
            costs.append(rows)
        return Prices(costs, self.science)

    def _choice(self, choice: Choice) -> Floats:
        n_months = self.problem.n_months
        price = np.zeros(n_months + choice.duration - 1)
        for p, share in choice.payers.items():
            in_kind = sum(w * r.in_kind.get(p, 0.0) for r, w in self.rules) * choice.in_kind.get(p, 0.0)
            price[:n_months] += share * (self.money[p] + in_kind)
        if choice.pool_share:
            price[:n_months] += choice.pool_share * self.pool
        cost: Floats = np.correlate(price, choice.monthly, mode="valid")
        constant = 0.0
        if choice.paid_before:
            for p, share in choice.payers.items():
                in_kind = sum(w * r.in_kind.get(p, 0.0) for r, w in self.rules) * choice.in_kind.get(p, 0.0)
                constant += share * choice.paid_before * (float(self.contribution[p]) + in_kind)
        for rule, w in self.rules:
            constant += w * (rule.all_work * choice.all_work + rule.emerging_work * choice.emerging_work)
            constant += w * sum(rule.work.get(p, 0.0) * amount for p, amount in choice.work.items())
            if rule.role is not None and rule.role in choice.roles:
                constant -= w
            if rule.barter:
                for who, per_month, first, last in choice.barter_months:
                    if who in rule.barter:
                        used = np.minimum(self.months + last, n_months) - np.minimum(self.months + first, n_months)
                        cost = cost + w * rule.barter[who] * per_month * used
        for use in choice.occupations:
            table = self.occupancy[use.facility]
            cost = cost + use.level * (
                table[np.minimum(self.months + use.last, n_months)]
                - table[np.minimum(self.months + use.first, n_months)]
            )
        return cost + constant
