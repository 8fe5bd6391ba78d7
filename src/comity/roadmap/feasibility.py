"""Does any whole plan exist under some of a programme's rules? Decided by CP-SAT over months, without an aim.

Each option of each element has a variable for every month in which it may start, so that payments, occupations and
dates are exact. Amounts are whole numbers of a unit of about a milliardth of all budgets (a cent at least): payments are
rounded down and budgets up, so that what is called impossible is impossible to the cent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ortools.sat.python import cp_model

from comity.model.missions import Option
from comity.model.programme import POOL
from comity.model.rules import Barter, CashPool, EmergingPlace, InKind, MaximumShare, MinimumReturn, ParticipationRule
from comity.model.spending import occupied
from comity.roadmap.credit import barter_owed, emerging_work, in_kind_part, returned_work
from comity.roadmap.interruption import solve_or_stop
from comity.roadmap.joining import stand_ready
from comity.roadmap.problem import MILLION, Bools
from comity.roadmap.ways import HELPED, Rule, RuleKind, Way, Ways, crossing, exclusion, interface_rule

#: CP-SAT's deterministic time for one decision, of one worker and then (when that is not enough) of eight.
FIRST_WORK, LAST_WORK = 2.0, 20.0

#: A linear expression of CP-SAT, or a number.
Linear = Any
Term = tuple[int, cp_model.IntVar]
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """An element of a plan found: its option and the position of its start month in the horizon."""

    mission: str
    element: str
    option: str
    start: int


Answer = tuple[Taken, ...] | None


class UndecidedError(Exception):
    """That neither a plan nor a proof of its absence was found with the work allowed."""


def plan_under(ways: Ways, rules: frozenset[Rule], *, work: float = LAST_WORK) -> Answer:
    """The elements of a plan that keeps the rules; None when none exists.

    Only the missions that the rules demand are looked at first: others cost means and help nothing, but for rules of
    participation, which look at all missions before they are called impossible. `work` is in CP-SAT's deterministic
    seconds, so that the answer does not depend on the machine's load. UndecidedError when it does not suffice.
    """
    narrow = ways.demanded(rules)
    everything = set(ways.programme.missions)
    helped = any(r.kind in HELPED or r in ways.joined_across for r in rules) and narrow != everything
    try:
        found = _Model(ways, rules, narrow).solve(work)
    except UndecidedError:
        if not helped:
            raise
        found = None
    return _Model(ways, rules, everything).solve(work) if found is None and helped else found


def shortfall(
    ways: Ways, rules: frozenset[Rule], partner: str, *, work: float = LAST_WORK / 2
) -> tuple[float, bool] | None:
    """The least further budget with which one partner makes the rules possible: (millions in all, is it proven?).

    None when no amount does, or none was found with the work allowed.
    """
    helped = any(r.kind in HELPED or r in ways.joined_across for r in rules)
    scope = set(ways.programme.missions) if helped else ways.demanded(rules)
    return _Model(ways, rules, scope, short=partner).least(work)


class _Model:
    """One CP-SAT model of the missions in `scope` under `rules`."""

    def __init__(self, ways: Ways, rules: frozenset[Rule], scope: Iterable[str], short: str | None = None) -> None:
        self.ways, self.rules, self.short = ways, rules, short
        self.programme = ways.programme
        self.scope = [m for m in ways.programme.missions if m in set(scope)]
        self.n_years = len(ways.years)
        budgets = sum(max(0.0, ways.budget(p, y)) for p in self.programme.contributors for y in range(self.n_years))
        self.unit = max(1e-8, 10.0 ** math.floor(math.log10(max(budgets, 1.0) / 1e9)))  # millions
        self.model = cp_model.CpModel()
        self.inn: dict[str, cp_model.IntVar] = {}
        self.present: dict[Place, cp_model.IntVar] = {}
        self.takes: dict[Place, list[tuple[Way, int, cp_model.IntVar]]] = {}
        self.spans: dict[Place, tuple[cp_model.IntVar, cp_model.IntVar]] = {}
        self.lacking: list[cp_model.IntVar] = []
        self._options: dict[tuple[str, str, str], cp_model.IntVar] = {}
        self._missions()
        self._precedence()
        self._crossings()
        self._joints()
        self._facilities()
        self._money()
        self._participation()

    def has(self, kind: RuleKind, subject: str = "", name: str = "") -> bool:
        """Is the rule among those to be kept?"""
        return Rule(kind, subject, name) in self.rules

    # --- what is built, and when -----------------------------------------------------------------------------------

    def _missions(self) -> None:
        demanded = self.ways.demanded(self.rules)
        for m in self.scope:
            self.inn[m] = self.model.new_constant(1) if m in demanded else self.model.new_bool_var(m)
            if self.has("barred", m):
                self.model.add(self.inn[m] == 0)
            for e in self.programme.missions[m].elements:
                self._element(m, e)
        for m in self.scope:
            for other in self.programme.missions[m].excludes:
                if exclusion(m, other) in self.rules and other in self.inn:
                    self.model.add(self.inn[m] + self.inn[other] <= 1)

    def _element(self, m: str, e: str) -> None:
        mission = self.programme.missions[m]
        free = mission.elements[e].optional and e != mission.delivery_element and not self.has("settled", f"{m}/{e}")
        present = self.model.new_bool_var(f"{m}/{e}") if free else self.inn[m]
        if free:
            self.model.add_implication(present, self.inn[m])
        takes = [(way, t, self.model.new_bool_var("")) for way in self.ways.of[m, e] for t in way.starts(self.rules)]
        self.model.add_exactly_one([*(x for _, _, x in takes), present.negated()])
        self.present[m, e], self.takes[m, e] = present, takes

    def _span(self, place: Place) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        """Start and finish of an element as variables (0 when it is absent)."""
        if place not in self.spans:
            takes = self.takes[place]
            latest = max((t + way.option.duration for way, t, _ in takes), default=0)
            start, finish = (self.model.new_int_var(0, latest, "") for _ in range(2))
            self.model.add(start == sum(t * x for _, t, x in takes))
            self.model.add(finish == sum((t + way.option.duration) * x for way, t, x in takes))
            self.spans[place] = start, finish
        return self.spans[place]

    def _precedence(self) -> None:
        for m in self.scope:
            for e, element in self.programme.missions[m].elements.items():
                for after in element.after:
                    if not self.has("precedence", f"{m}/{e}", after.element):
                        continue
                    there = self.programme.element(m, after.element)
                    present = self.present[m, e]
                    if there not in self.present:
                        self.model.add(present == 0)
                        continue
                    both = [present, self.present[there]]
                    if there[0] != m:
                        self.model.add_implication(*both)
                    start, anchor = self._span((m, e))[0], self._span(there)[after.anchor == "finish"]
                    self.model.add(start - anchor >= after.lag).only_enforce_if(both)
                    if after.max_lag is not None:
                        self.model.add(start - anchor <= after.max_lag).only_enforce_if(both)

    def _option(self, way: Way) -> cp_model.IntVar:
        key = (way.mission, way.element, way.option.label)
        if key not in self._options:
            taken = self.model.new_bool_var("")
            own = [x for w, _, x in self.takes[way.mission, way.element] if w is way]
            self.model.add_exactly_one([*own, taken.negated()])
            self._options[key] = taken
        return self._options[key]

    def _crossings(self) -> None:
        for m in self.scope:
            for interface in self.programme.missions[m].interfaces:
                one, other = (self.programme.element(m, end) for end in interface.between)
                if one not in self.present or other not in self.present:
                    continue
                for a in self.ways.of[one]:
                    for b in self.ways.of[other]:
                        for rule, lifted in crossing(self.ways, a, b, interface):
                            if rule in self.rules:
                                self._cross(a, b, lifted)

    def _cross(self, a: Way, b: Way, lifted: tuple[Bools, ...]) -> None:
        """Both options only while one and the same agreement that lifts the bar is in force at both starts."""
        relied = [self.model.new_bool_var("") for _ in lifted]
        self.model.add_bool_or([self._option(a).negated(), self._option(b).negated(), *relied])
        for way in (a, b):
            for w, t, x in self.takes[way.mission, way.element]:
                if w is way:
                    for choice, months in zip(relied, lifted, strict=True):
                        if not months[t]:
                            self.model.add_implication(x, choice.negated())

    def _joints(self) -> None:
        """Options that do not fit are taken together only with what joins them, and that is ready for the delivery."""
        ways = {(w.mission, w.element, w.option.label): w for place in self.takes for w in self.ways.of[place]}
        kept = [d for d in self.ways.demands if interface_rule(d) in self.rules]
        for demand in kept:
            if demand.first in ways and demand.second in ways:
                pair = [self._option(ways[taken]).negated() for taken in (demand.first, demand.second)]
                self.model.add_bool_or([*pair, *(self._option(ways[t]) for t in demand.any_of if t in ways)])
        for m in dict.fromkeys(d.mission for d in kept if d.mission in self.inn):
            mission = self.programme.missions[m]
            delivery = (m, mission.delivery_element)
            for adapter in stand_ready(self.programme, mission):
                both = [self.present[m, adapter], self.present[delivery]]
                ready = self._span((m, adapter))[1]
                self.model.add(self._span(delivery)[0] >= ready).only_enforce_if(both)

    def _facilities(self) -> None:
        users: dict[tuple[str, int], list[Term]] = {}
        for takes in self.takes.values():
            for way, t, x in takes:
                for facility, use in way.option.uses.items():
                    if self.has("capacity", facility):
                        level = math.ceil(use.level.to(self.programme.facilities[facility].unit) * 1e4 - 1e-3)
                        for k in occupied(way.option, facility):
                            if t + k < self.ways.n_months:
                                users.setdefault((facility, t + k), []).append((level, x))
        for (facility, t), terms in users.items():
            capacity = self.programme.facilities[facility].capacity_at(self.ways.month(t))
            self.model.add(sum(a * x for a, x in terms) <= math.floor(capacity * 1e4 + 1e-3))

    # --- money -----------------------------------------------------------------------------------------------------

    def down(self, millions: float) -> int:
        """Whole units, rounded down (but for noise)."""
        return math.floor(millions / self.unit + 1e-6)

    def up(self, millions: float) -> int:
        """Whole units, rounded up (but for noise)."""
        return math.ceil(millions / self.unit - 1e-6)

    def _money(self) -> None:
        spent: dict[tuple[str, int], list[Term]] = {}
        self.rounding = 0  # by how many units payments may be rounded down in all
        for takes in self.takes.values():
            for way, t, x in takes:
                shares = [(p, float(s)) for p, s in way.option.payer_shares.items() if s > 0]
                for y in way.by_year[t].nonzero()[0]:
                    for payer, share in shares:
                        amount = self.down(share * float(way.by_year[t, y]))
                        if amount:
                            spent.setdefault((payer, int(y)), []).append((amount, x))
            self.rounding += max(
                (len(w.option.payer_shares) * (w.option.duration // 12 + 2) for w, _, _ in takes), default=0
            )
        self.most = sum(
            max((self.up(float(w.by_year[t].sum())) for w, t, _ in takes), default=0) for takes in self.takes.values()
        )
        self.spent = {key: self._total(terms, self.most) for key, terms in spent.items()}
        self._pool()
        years = range(self.ways.past, self.n_years)
        for partner in self.programme.contributors:
            rate = float(self.programme.partners[partner].carry_over)
            binds = self.ways.budget_rule(partner) in self.rules
            carried: Linear = 0
            for y in years if binds else ():
                budget = self.ways.budget(partner, y)
                kept = (
                    self.model.new_int_var(0, max(0, self.up(rate * budget)), "")
                    if rate and y + 1 < self.n_years
                    else 0
                )
                means = self.up(budget) + carried + self._short(partner)
                flow = self.paid.get((partner, y), 0) - self.received.get((partner, y), 0)
                self.model.add(self.spent.get((partner, y), 0) + flow + kept <= means)
                carried = kept

    def _short(self, partner: str) -> Linear:
        if partner != self.short:
            return 0
        self.lacking.append(self.model.new_int_var(0, self.most, ""))
        return self.lacking[-1]

    def _total(self, terms: list[Term], most: int) -> cp_model.IntVar:
        total = self.model.new_int_var(0, most, "")
        self.model.add(total == sum(a * x for a, x in terms))
        return total

    def _pool(self) -> None:
        """Cash between partners and the pool, within the limits of the rules that found it."""
        programme = self.programme
        self.paid: dict[tuple[str, int], cp_model.IntVar] = {}
        self.received: dict[tuple[str, int], cp_model.IntVar] = {}
        if not self.ways.has_pool:
            return
        held: Linear = 0
        for y in range(self.ways.past, self.n_years):
            for p in programme.contributors:
                give, take = self._may_pay(p, y), self._may_receive(p)
                if give:
                    self.paid[p, y] = self.model.new_int_var(0, give, "")
                if take and self.ways.takes_part(p):
                    self.received[p, y] = self.model.new_int_var(0, take, "")
            coming = held + sum(v for (_, at), v in self.paid.items() if at == y)
            held = self.model.new_int_var(0, 2 * self.most, "")
            going = held + sum(v for (_, at), v in self.received.items() if at == y)
            self.model.add(going + self.spent.get((POOL, y), 0) == coming)

    def _caps(self) -> list[CashPool]:
        rules = self.programme.participation.items()
        return [r for name, r in rules if isinstance(r, CashPool) and self.has("cash_pool", "", name)]

    def _may_pay(self, partner: str, year: int) -> int:
        most = self.most
        for rule in self._caps():
            payers = rule.payers or self.programme.contributors
            share = float(rule.maximum_paid) * max(0.0, self.ways.budget(partner, year))
            most = min(most, self.up(share) if partner in payers else 0)
        return most

    def _may_receive(self, partner: str) -> int:
        most = self.most
        for rule in self._caps():
            among = partner in rule.receivers or ("emerging" in rule.receivers and partner in self.programme.emerging)
            most = most if among else 0
            if rule.maximum_received is not None:
                most = min(most, self.up(float(self.programme.worth(rule.maximum_received) / MILLION)))
        return most

    # --- rules of participation ------------------------------------------------------------------------------------

    def _participation(self) -> None:
        contribution = {p: self._contribution(p) for p in self.programme.contributors}
        for rule in sorted(self.rules):
            terms = self.programme.participation.get(rule.name)
            if rule.kind in HELPED and terms is not None:
                self._rule(rule.kind, terms, rule.subject, contribution)

    def _rule(self, kind: str, terms: ParticipationRule, who: str, contribution: Mapping[str, Linear]) -> None:
        programme = self.programme
        if isinstance(terms, MinimumReturn):
            work = self._sum(lambda option: returned_work(programme, option, who))
            self._at_least(work, terms.minimum, contribution[who])
        elif isinstance(terms, InKind):
            self._at_least(self._in_kind(who), terms.minimum, contribution[who])
        elif isinstance(terms, MaximumShare):
            n, d = terms.maximum.as_integer_ratio()
            self.model.add(d * contribution[who] <= n * sum(contribution.values()) + d * self.rounding)
        elif isinstance(terms, Barter):
            self.model.add(self._debt(who) <= self.up(float(programme.worth(terms.maximum_debt) / MILLION)))
        elif isinstance(terms, EmergingPlace) and kind == "emerging_share":
            theirs = self._sum(lambda option: emerging_work(programme, option))
            whole = self._sum(lambda option: programme.worth(option.cost), up=False)
            self._at_least(theirs, terms.minimum_share, whole)
        elif isinstance(terms, EmergingPlace):
            self.model.add(self._roles(who) >= terms.minimum_roles)

    def _at_least(self, have: Linear, ratio: Decimal, of: Linear) -> None:
        n, d = ratio.as_integer_ratio()
        self.model.add(d * have + d * self.rounding >= n * of)

    def _contribution(self, partner: str) -> Linear:
        of = [sum(v for (p, _), v in flows.items() if p == partner) for flows in (self.spent, self.paid, self.received)]
        return of[0] + of[1] - of[2]

    def _sum(self, amount: Callable[[Option], Decimal], *, up: bool = True) -> Linear:
        """The sum over what is built of an amount that an option brings whenever it starts."""
        rounded = self.up if up else self.down
        terms: list[Term] = []
        for place, takes in self.takes.items():
            amounts = {way.option.label: rounded(float(amount(way.option) / MILLION)) for way in self.ways.of[place]}
            terms += [(amounts[way.option.label], x) for way, _, x in takes if amounts[way.option.label]]
        return sum(a * x for a, x in terms)

    def _in_kind(self, partner: str) -> Linear:
        terms: list[Term] = []
        for place, takes in self.takes.items():
            parts = {
                w.option.label: float(in_kind_part(self.programme, w.option, partner)) for w in self.ways.of[place]
            }
            for way, t, x in takes:
                if parts[way.option.label]:
                    terms.append((self.up(parts[way.option.label] * float(way.by_year[t].sum())), x))
        return sum(a * x for a, x in terms)

    def _debt(self, partner: str) -> Linear:
        terms: list[Term] = []
        for way, t, x in (take for takes in self.takes.values() for take in takes):
            for facility in way.option.uses:
                owed = float(barter_owed(self.programme, way.option, facility, partner) / MILLION)
                months = sum(1 for k in occupied(way.option, facility) if t + k < self.ways.n_months)
                if owed and months:
                    terms.append((self.down(owed * months), x))
        return sum(a * x for a, x in terms)

    def _roles(self, partner: str) -> Linear:
        every = (take for takes in self.takes.values() for take in takes)
        return sum(x for way, _, x in every if way.option.work_shares.get(partner, Decimal(0)) > 0)

    # --- deciding ----------------------------------------------------------------------------------------------------

    def solve(self, work: float) -> Answer:
        """The plan found; None when there is none."""
        for workers, most in ((1, min(work, FIRST_WORK)), (8, work)):
            solver = self._solver(workers, most)
            status = solve_or_stop(solver, self.model)
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return tuple(
                    Taken(way.mission, way.element, way.option.label, t)
                    for takes in self.takes.values()
                    for way, t, x in takes
                    if solver.boolean_value(x)
                )
            if status == cp_model.INFEASIBLE:
                return None
            if status == cp_model.MODEL_INVALID:
                raise RuntimeError(f"the model is not valid: {self.model.validate()}")
        raise UndecidedError

    def least(self, work: float) -> tuple[float, bool] | None:
        """The least lack of budget (millions), and whether it is proven the least; None when no budget helps."""
        self.model.minimize(sum(self.lacking))
        for workers, most in ((1, min(work, FIRST_WORK)), (8, work)):
            solver = self._solver(workers, most)
            status = solve_or_stop(solver, self.model)
            if status == cp_model.INFEASIBLE:
                return None
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                # The first answer is proven, or else a ceiling good enough to be told as one.
                return solver.objective_value * self.unit, status == cp_model.OPTIMAL
        return None

    def _solver(self, workers: int, work: float) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = workers
        solver.parameters.interleave_search = workers > 1  # the same answer whatever the machine's load
        solver.parameters.max_deterministic_time = work
        solver.parameters.random_seed = self.ways.question.seed
        return solver
