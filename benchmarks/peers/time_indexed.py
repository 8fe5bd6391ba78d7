"""The plain formulation: a 0/1 variable for each element, option and start month; each rule is a row.

It states what `docs/reference/planning-rules.md` states, with these differences, all in the peer's favour:

- Starts lie on a grid of `step` months (the first admitted month of each step). A coarser grid is a smaller model.
- The probability that a mission's critical elements all work is a product of choices; it is taken at each element's
  mean over its options, so that it is a constant. The success of elements that are not critical is exact.
- Options that can never be taken (treaty, capability, a price beyond all means) are left out beforehand, as for our own
  planner.
- Money is in continuous amounts (for CP-SAT, thousands), not rounded to the cent for each payer and year.

Precedence is stated once by start months (which is enough) and once a year by presence (which tightens the relaxation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.peers.sparse import Floats, Integers, Sparse
from comity.roadmap.columns import column
from comity.roadmap.cpsat import science_value
from comity.roadmap.master import RuleRow, rule_rows
from comity.roadmap.pricing import ABSENT, MissionPlan
from comity.roadmap.problem import MILLION, Arc, Choice, CrossArc, Part, Problem, Undertaking

MONEY = 1e-3  # millions
SHARE = 1e-3
RULE = 1e-6


@dataclass(frozen=True, slots=True)
class Taken:
    """The variables of one option: one for each start month."""

    choice: Choice
    starts: Integers
    variables: Integers


class TimeIndexed:
    """The model of a whole programme; `model` is what solvers are fed."""

    def __init__(self, problem: Problem, *, step: int) -> None:
        self.problem, self.step, self.model = problem, step, Sparse()
        self.present: list[Integers] = []
        self.taken: list[list[list[Taken]]] = []  # [mission][part][choice]
        for mission in problem.missions:
            self._mission(mission)
        self._science()
        for mission in problem.missions:
            if mission.possible:
                self._within(mission)
        self._between()
        self._facilities()
        self.rules = rule_rows(problem)
        self.rule_index = [self.model.row(upper=r.right, unit=RULE) for r in self.rules]
        self._money()

    # --- elements -------------------------------------------------------------------------------------------------

    def _mission(self, mission: Undertaking) -> None:
        model = self.model
        present = model.literals(1, least=float(mission.committed))
        self.present.append(present)
        self.taken.append([])
        if not mission.possible:
            model.put(model.row(upper=0.0), present, 1.0)
            self.taken[-1] = [[] for _ in mission.parts]
            return
        for part in mission.parts:
            options = [self._option(mission, part, choice) for choice in part.choices]
            self.taken[-1].append(options)
            row = model.row(lower=-np.inf if part.optional else 0.0, upper=0.0)
            model.put(row, present, -1.0)
            for option in options:
                model.put(row, option.variables, 1.0)

    def _option(self, mission: Undertaking, part: Part, choice: Choice) -> Taken:
        starts = np.flatnonzero(choice.starts)
        if part.index == mission.delivery and not mission.delivers_at_start:
            starts = starts[starts + choice.duration < self.problem.n_months]
        starts = starts[np.unique(starts // self.step, return_index=True)[1]]
        return Taken(choice, starts, self.model.literals(len(starts)))

    def _within(self, mission: Undertaking) -> None:
        taken = self.taken[mission.index]
        for arc in mission.arcs:
            self._precedence(taken[arc.earlier], taken[arc.later], arc,
                             both=not mission.parts[arc.earlier].optional and not mission.parts[arc.later].optional)  # fmt: skip
        for pair in mission.pairs:
            self._meeting(taken[pair.first][pair.first_choice], taken[pair.second][pair.second_choice], pair.span)

    def _precedence(self, earlier: list[Taken], later: list[Taken], arc: Arc | CrossArc, *, both: bool) -> None:
        """`both`: neither can be present without the other; else a row is slack when what it speaks of is absent."""
        model, large = self.model, 2.0 * self.problem.n_months
        slack = 0.0 if both else large
        least = model.row(lower=-slack)
        most = None if arc.max_lag is None else model.row(upper=slack)
        for t in later:
            model.put(least, t.variables, t.starts - slack)
            if most is not None:
                model.put(most, t.variables, t.starts * 1.0)
        for t in earlier:
            ready = t.starts + (0 if arc.from_start else t.choice.duration)
            model.put(least, t.variables, -1.0 * (ready + arc.lag))
            if most is not None:
                model.put(most, t.variables, slack - (ready + (arc.max_lag or 0)))
        if both:
            self._yearly(earlier, later, arc)

    def _yearly(self, earlier: list[Taken], later: list[Taken], arc: Arc | CrossArc) -> None:
        """What has started by a year's end had its predecessor ready by then."""
        model = self.model
        for last in np.flatnonzero(np.diff(self.problem.year_of)):
            row = model.row(upper=0.0)
            for t in later:
                model.put(row, t.variables[t.starts <= last], 1.0)
            for t in earlier:
                ready = t.starts + (0 if arc.from_start else t.choice.duration) + arc.lag
                model.put(row, t.variables[ready <= last], -1.0)

    def _meeting(self, one: Taken, other: Taken, span: tuple[int, int] | None) -> None:
        for a, b in ((one, other), (other, one)):
            row = self.model.row(upper=1.0)
            outside = np.ones(len(b.starts), bool) if span is None else (b.starts < span[0]) | (b.starts > span[1])
            self.model.put(row, a.variables, 1.0)
            self.model.put(row, b.variables[outside], 1.0)
            if span is None:
                return

    # --- between missions -----------------------------------------------------------------------------------------

    def _between(self) -> None:
        model = self.model
        for one, other in self.problem.excludes:
            if one != other:
                row = model.row(upper=1.0)
                model.put(row, self.present[one], 1.0)
                model.put(row, self.present[other], 1.0)
        for arc in self.problem.cross_arcs:
            earlier, later = (self.taken[m][p] for m, p in (arc.earlier, arc.later))
            demanded = model.row(upper=0.0)
            for t in later:
                model.put(demanded, t.variables, 1.0)
            for t in earlier:
                model.put(demanded, t.variables, -1.0)
            self._precedence(earlier, later, arc, both=False)
        for pair in self.problem.cross_pairs:
            sides = [self.taken[m][p] for m, p, _ in (pair.first, pair.second)]
            if all(sides):
                self._meeting(sides[0][pair.first[2]], sides[1][pair.second[2]], pair.span)

    def _facilities(self) -> None:
        problem, model = self.problem, self.model
        rows = np.array([[model.row(upper=float(c), unit=1e-4) for c in months] for months in problem.capacities])
        for t in self._all():
            for use in t.choice.occupations:
                months = t.starts[:, None] + np.arange(use.first, use.last)[None, :]
                inside = months < problem.n_months
                columns = np.broadcast_to(t.variables[:, None], months.shape)[inside]
                model.put(rows[use.facility][months[inside]], columns, use.level)

    def _all(self) -> list[Taken]:
        return [t for mission in self.taken for part in mission for t in part]

    # --- science --------------------------------------------------------------------------------------------------

    def _science(self) -> None:
        problem, model = self.problem, self.model
        rows = [model.row(upper=0.0, unit=1e-6) for _ in problem.objectives]
        for g, segments in enumerate(problem.segments):
            for width, slope in segments:
                if slope > 0:
                    piece = model.amounts(1, most=width, step=1e-5, aim=float(problem.values[g] * slope))
                    model.put(rows[g], piece, 1.0)
        for mission in problem.missions:
            if not mission.possible:
                continue
            success = float(np.prod([
                np.mean([c.success for c in part.choices]) for part in mission.parts if part.critical and not part.optional
            ]))  # fmt: skip
            for part in mission.parts:
                if part.contributes and part.critical:
                    self._with_delivery(mission, part, success, rows)
                elif part.contributes:
                    self._by_year(mission, part, success, rows)

    def _deliveries(self, mission: Undertaking) -> list[tuple[Integers, Integers]]:
        """(year, variable) of every option and start of the delivery element."""
        months = [
            (t.starts + (0 if mission.delivers_at_start else t.choice.duration), t.variables)
            for t in self.taken[mission.index][mission.delivery]
        ]
        return [(self.problem.year_of[m], v) for m, v in months]

    def _with_delivery(self, mission: Undertaking, part: Part, success: float, rows: list[int]) -> None:
        for years, variables in self._deliveries(mission):
            for g, amount in part.contributes.items():
                self.model.put(rows[g], variables, -amount * success * self.problem.discount[years])

    def _by_year(self, mission: Undertaking, part: Part, success: float, rows: list[int]) -> None:
        """`working[y]`: the probability that the element works and delivers in year y; exact for whole choices."""
        model, n_years = self.model, self.problem.n_years
        working = model.amounts(n_years, most=1.0, step=SHARE)
        whole = model.row(upper=0.0, unit=SHARE)
        model.put(whole, working, 1.0)
        for t in self.taken[mission.index][part.index]:
            model.put(whole, t.variables, -t.choice.success)
        by_year = np.array([model.row(upper=0.0, unit=SHARE) for _ in range(n_years)])
        model.put(by_year, working, 1.0)
        for years, variables in self._deliveries(mission):
            model.put(by_year[years], variables, -1.0)
        for g, amount in part.contributes.items():
            model.put(rows[g], working, -amount * success * self.problem.discount)

    # --- money ----------------------------------------------------------------------------------------------------

    def _money(self) -> None:
        problem, model = self.problem, self.model
        budgets = np.array([[model.row(upper=float(b), unit=MONEY) for b in row] for row in problem.budgets])
        pool = np.array([model.row(upper=0.0, unit=MONEY) for _ in range(problem.n_years)])
        for t in self._all():
            years = self._yearly_payments(t)
            starts, at = np.nonzero(years)
            amounts = years[starts, at]
            for payer, share in t.choice.payers.items():
                model.put(budgets[payer][at], t.variables[starts], share * amounts)
            if t.choice.pool_share:
                model.put(pool[at], t.variables[starts], t.choice.pool_share * amounts)
            self._weigh(t, years.sum(axis=1))
        self._carry(budgets)
        if problem.pool is not None:
            self._cash(budgets, pool)

    def _yearly_payments(self, t: Taken) -> Floats:
        """Millions by start and year of the horizon."""
        problem, n = self.problem, t.choice.duration
        running = np.concatenate([[0.0], t.choice.monthly.cumsum()])
        ends = np.searchsorted(problem.year_of, np.arange(problem.n_years), side="right")
        spent = running[np.clip(ends[None, :] - t.starts[:, None], 0, n)]
        return np.diff(spent, axis=1, prepend=0.0)

    def _carry(self, budgets: Integers) -> None:
        problem, model = self.problem, self.model
        for p, part in enumerate(problem.carry):
            for year in range(problem.n_years - 1):
                if part > 0 and problem.budgets[p, year] > 0:
                    kept = model.amounts(1, most=float(part * problem.budgets[p, year]), step=MONEY)
                    model.put(int(budgets[p, year]), kept, 1.0)
                    model.put(int(budgets[p, year + 1]), kept, -1.0)

    def _cash(self, budgets: Integers, pool: Integers) -> None:
        problem, model, rule = self.problem, self.model, self.problem.pool
        assert rule is not None
        payers, receivers = set(rule.payers or problem.contributors), set(rule.receivers)
        if "emerging" in receivers:
            receivers |= set(problem.programme.emerging)
        most = float(problem.programme.worth(rule.maximum_received) / MILLION) if rule.maximum_received else 1e5
        for year in range(problem.n_years):
            for p, name in enumerate(problem.contributors):
                limits = ((name in payers, float(rule.maximum_paid) * max(0.0, float(problem.budgets[p, year])), 1.0),
                          (name in receivers, most, -1.0))  # fmt: skip
                for takes_part, limit, sign in limits:
                    if takes_part and limit > 0:
                        cash = model.amounts(1, most=limit, step=MONEY)
                        model.put(int(budgets[p, year]), cash, sign)
                        model.put(int(pool[year]), cash, -sign)
                        for row, r in zip(self.rule_index, self.rules, strict=True):
                            if r.contribution[p]:
                                model.put(row, cash, sign * float(r.contribution[p]))
            if year < problem.n_years - 1:
                held = model.amounts(1, most=float(problem.budgets.sum()), step=MONEY)
                model.put(int(pool[year]), held, 1.0)
                model.put(int(pool[year + 1]), held, -1.0)

    # --- participation --------------------------------------------------------------------------------------------

    def _weigh(self, t: Taken, paid: Floats) -> None:
        """The option's weight in each rule of participation; `paid` is what is paid within the horizon, by start."""
        for row, rule in zip(self.rule_index, self.rules, strict=True):
            weight = self._rule_weight(rule, t, paid)
            if np.any(weight):
                self.model.put(row, t.variables, weight)

    def _rule_weight(self, rule: RuleRow, t: Taken, paid: Floats) -> Floats:
        choice, n_months = t.choice, self.problem.n_months
        constant = rule.all_work * choice.all_work + rule.emerging_work * choice.emerging_work
        constant += sum(c * choice.work.get(p, 0.0) for p, c in rule.work.items())
        if rule.role is not None and rule.role in choice.roles:
            constant -= 1.0
        share = sum(float(rule.contribution[p]) * s for p, s in choice.payers.items())
        share += sum(c * choice.payers.get(p, 0.0) * choice.in_kind.get(p, 0.0) for p, c in rule.in_kind.items())
        weight = constant + share * paid
        for who, price, first, last in choice.barter_months if rule.barter else ():
            months = np.minimum(t.starts + last, n_months) - np.minimum(t.starts + first, n_months)
            weight = weight + rule.barter.get(who, 0.0) * price * months
        return weight

    # --- answers --------------------------------------------------------------------------------------------------

    def science(self, values: Floats) -> float:
        """What a solution's missions bring when probabilities of success are multiplied exactly."""
        columns = []
        for mission, parts in zip(self.problem.missions, self.taken, strict=True):
            if values[self.present[mission.index][0]] < 0.5:
                continue
            choices, starts = [], []
            for options in parts:
                at = [(c, int(t.starts[k])) for c, t in enumerate(options)
                      for k in np.flatnonzero(values[t.variables] > 0.5)]  # fmt: skip
                choices.append(at[0][0] if at else ABSENT)
                starts.append(at[0][1] if at else 0)
            columns.append(column(self.problem, MissionPlan(mission.index, tuple(choices), tuple(starts))))
        return science_value(self.problem, columns)
