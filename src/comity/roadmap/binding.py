"""What binds a plan: each limit that it touches, and what one more unit of that limit would be worth.

Worth is told by the prices of the search's linear programme (see `comity.roadmap.shadow`). Where the whole plan stands
clear of a limit that has a price, the limit says so. What rules on single missions cost is a ceiling (`lifting`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from comity.model.calendar import Month
from comity.model.reading import Reading
from comity.model.rules import Barter, EmergingPlace, InKind, MaximumShare, MinimumReturn
from comity.model.spending import occupied
from comity.model.yaml_tree import Path
from comity.roadmap.answer import CashFlow
from comity.roadmap.answer_parts import Binding, BindingKind
from comity.roadmap.assembly import option_of
from comity.roadmap.master import RuleRow
from comity.roadmap.planner import Solved
from comity.roadmap.problem import MILLION
from comity.roadmap.rule_words import listed, millions, percent, place
from comity.roadmap.shadow import Shadow
from comity.roadmap.stopping import stopping

#: A limit is told when one more unit brings this part of the plan's value, or more.
LEAST = 1e-5
#: A whole plan rarely spends a budget to the last cent: it touches the limit from this part on.
TOUCHES = 0.95


def bindings(solved: Solved, *, reading: Reading | None = None) -> tuple[Binding, ...]:
    """The limits that bind, those first of which one more unit (a sensible one for each) would bring most.

    With `reading` each is named by file and line. The worth of a unit is `marginal_value` in points.
    """
    book = _Book(solved, reading)
    found = [
        *book.budgets(),
        *book.facilities(),
        *book.rules(),
        *book.pool(),
        *stopping(book.shadow, solved.plan, reading),
    ]
    least = LEAST * max(solved.plan.value, 1e-9)
    return tuple(
        sorted((b for b in found if b.marginal_value >= least), key=lambda b: (-b.marginal_value, b.kind, b.where))
    )


class _Book:
    """A plan beside the prices of its search."""

    def __init__(self, solved: Solved, reading: Reading | None) -> None:
        self.plan, self.problem, self.reading = solved.plan, solved.problem, reading
        self.programme = solved.problem.programme
        self.shadow = Shadow(solved)
        self.years = list(self.programme.programme.horizon.years)
        self.money = f"M{self.programme.programme.currency}"

    def binding(self, kind: BindingKind, where: str, limit: str, value: float, unit: str, path: Path) -> Binding:
        file, line = place(self.reading, path)
        return Binding(kind=kind, where=where, limit=limit, marginal_value=value, unit=unit, file=file, line=line)

    # --- budgets -----------------------------------------------------------------------------------------------------

    def budgets(self) -> Iterator[Binding]:
        """Budgets by contributor and year; a unit is the power of ten (millions) next below a tenth of the budget."""
        for p, name in enumerate(self.problem.contributors):
            for y, year in enumerate(self.years):
                price = float(self.shadow.budgets[p, y])
                if price <= 0:
                    continue
                budget = float(self.problem.budgets[p, y])
                size = 10.0 ** max(0, math.floor(math.log10(max(budget, 1.0))) - 1)
                unit = self.money if size == 1 else f"{size:g} {self.money}"
                yield self.binding(
                    "budget",
                    f"{name} {year}",
                    self._budget_words(name, y, budget),
                    price * size,
                    unit,
                    self._budget_path(name, year),
                )

    def _budget_words(self, name: str, y: int, budget: float) -> str:
        year = self.years[y]
        flow = self.plan.cash.get(year, CashFlow())
        spent = sum(float(e.payments[name].get(year, 0)) for e in self.plan.elements if name in e.payments)
        used = (spent + float(flow.paid.get(name, 0)) - float(flow.received.get(name, 0))) / float(MILLION)
        carried = float(self.plan.carried.get(name, {}).get(year - 1, 0)) / float(MILLION)
        before = f" and {millions(self.programme, carried)} carried over" if carried >= 0.01 else ""
        said = f"{millions(self.programme, budget)}{before}, {millions(self.programme, used)} of it used"
        rest = budget + carried - used
        if used < TOUCHES * (budget + carried):
            said += f"; {millions(self.programme, rest)} is left: the price is the linear programme's, which takes parts of missions"
        return said

    def _budget_path(self, name: str, year: int) -> Path:
        there: Path = ("partners", name, "budget")
        for key in self.reading.positions.names(*there) if self.reading is not None else ():
            first, _, last = key.partition("-")
            if first.isdigit() and int(first) <= year <= int(last or first):
                return (*there, key)
        return there

    # --- facilities --------------------------------------------------------------------------------------------------

    def facilities(self) -> Iterator[Binding]:
        """Facilities by stretches of full months."""
        prices = {key: price for key, price in self.shadow.facilities().items() if price > 1e-12}
        for f, name in enumerate(self.problem.facilities):
            months = sorted(t for g, t in prices if g == f)
            for first, last in _stretches(months):
                value = sum(prices[f, t] for t in range(first, last + 1))
                terms = self.programme.facilities[name]
                start, end = Month(self.problem.origin + first), Month(self.problem.origin + last)
                used = max(self._occupancy(name, self.problem.origin + t) for t in range(first, last + 1))
                capacity = float(self.problem.capacities[f, first])
                limit = f"{capacity:g} {terms.unit}, {used:g} in use"
                if used < capacity - 1e-9:
                    limit += "; the plan stands clear of it"
                when = str(start) if start == end else f"{start}..{end}"
                unit = f"{terms.unit} in {'that month' if start == end else 'those months'}"
                yield self.binding("facility", f"{name} {when}", limit, value, unit, ("facilities", name, "capacity"))

    def _occupancy(self, facility: str, month: int) -> float:
        level = 0.0
        for planned in self.plan.elements:
            option = option_of(self.programme, planned)
            if facility in option.uses and month - planned.start.index in occupied(option, facility):
                level += option.uses[facility].level.to(self.programme.facilities[facility].unit)
        return level

    # --- rules of participation --------------------------------------------------------------------------------------

    def rules(self) -> Iterator[Binding]:
        """Rules of participation by partner; a unit is a percentage point, a role, or a million of barter debt."""
        for row, price in self.shadow.rules():
            if 0 < price < self.shadow.master.penalty / 2 and not self._clear(row):
                limit, size, unit, field = self._rule_words(row)
                where = f"{row.rule} {row.who}"
                yield self.binding("rule", where, limit, price * size, unit, ("participation", row.rule, field))

    def _clear(self, row: RuleRow) -> bool:
        """Does the plan give a partner more roles than its due? Then no role fewer is worth anything."""
        terms = self.programme.participation[row.rule]
        least = terms.minimum_roles if isinstance(terms, EmergingPlace) and row.role is not None else None
        return least is not None and row.who in self.plan.accounts and self.plan.accounts[row.who].roles > least

    def _rule_words(self, row: RuleRow) -> tuple[str, float, str, str]:
        """(limit, how much one unit moves the row, unit, field) of a rule; contributions as they are in the plan."""
        terms, accounts = self.programme.participation[row.rule], self.plan.accounts
        given = {p: float(a.contribution / MILLION) for p, a in accounts.items()}
        mine, point = given.get(row.who, 0.0), "percentage point"
        if isinstance(terms, MinimumReturn):
            back = accounts[row.who].return_coefficient if row.who in accounts else None
            stands = f"{back * 100:.1f} % in the plan" if back is not None else "it contributes nothing in the plan"
            return f"at least {percent(terms.minimum)} returns to {row.who}; {stands}", mine / 100, point, "minimum"
        if isinstance(terms, MaximumShare):
            total = sum(given.values())
            stands = f"{100 * mine / total if total else 0.0:.1f} % in the plan"
            return f"at most {percent(terms.maximum)} from {row.who}; {stands}", total / 100, point, "maximum"
        if isinstance(terms, InKind):
            return f"at least {percent(terms.minimum)} of what {row.who} gives is in kind", mine / 100, point, "minimum"
        if isinstance(terms, Barter):
            owed = accounts[row.who].barter_debt / MILLION if row.who in accounts else 0
            limit = (
                f"{row.who} owes at most {millions(self.programme, self.programme.worth(terms.maximum_debt) / MILLION)}"
            )
            return f"{limit}; {millions(self.programme, owed)} in the plan", 1.0, self.money, "maximum_debt"
        assert isinstance(terms, EmergingPlace)
        if row.role is not None:
            roles = accounts[row.who].roles if row.who in accounts else 0
            return (
                f"at least {terms.minimum_roles} roles for {row.who}; {roles} in the plan",
                1.0,
                "role fewer",
                "minimum_roles",
            )
        work = sum((sum(e.work.values()) for e in self.plan.elements), start=MILLION * 0) / MILLION
        limit = f"at least {percent(terms.minimum_share)} of the work by emerging partners"
        return limit, float(work) / 100, point, "minimum_share"

    # --- the pool ----------------------------------------------------------------------------------------------------

    def pool(self) -> Iterator[Binding]:
        """Money in the pool by year, and the limits on what goes in and out."""
        pool, master = self.problem.pool, self.shadow.master
        if pool is None:
            return
        there: Path = ("participation", pool.id)
        for y, price in enumerate(self.shadow.pool):
            flow = self.plan.cash.get(self.years[y], CashFlow())
            if price > 0 and (flow.spent or flow.received):
                out = (flow.spent + sum(flow.received.values())) / MILLION
                limit = f"{millions(self.programme, out)} go out, {millions(self.programme, flow.held / MILLION)} are held on"
                yield self.binding("cash_pool", f"{pool.id} {self.years[y]}", limit, float(price), self.money, there)
        inward = sum(
            self.shadow.ceiling(v) * max(0.0, float(self.problem.budgets[p, y])) / 100
            for (p, y), v in master.paid.items()
        )
        full = [
            f"{self.problem.contributors[p]} {self.years[y]}"
            for (p, y), v in master.paid.items()
            if self._flow("paid", p, y) >= TOUCHES * master.structural[v][1]
        ]
        reached = f"reached by {listed(full)}" if full else "which no payment of the plan reaches"
        limit = f"at most {percent(pool.maximum_paid)} of a year's budget, {reached}"
        yield self.binding(
            "cash_pool", f"{pool.id} paid in", limit, inward, "percentage point", (*there, "maximum_paid")
        )
        if pool.maximum_received is not None:
            outward = sum(self.shadow.ceiling(v) for v in master.received.values())
            limit = f"at most {pool.maximum_received} a year to one receiver"
            unit = f"{self.money} a year"
            yield self.binding("cash_pool", f"{pool.id} received", limit, outward, unit, (*there, "maximum_received"))

    def _flow(self, way: str, p: int, y: int) -> float:
        flow = self.plan.cash.get(self.years[y])
        amounts = getattr(flow, way) if flow is not None else {}
        return float(amounts.get(self.problem.contributors[p], 0)) / float(MILLION)


def _stretches(months: list[int]) -> list[tuple[int, int]]:
    """Runs of months one after another: (first, last)."""
    if not months:
        return []
    breaks = [(a, b) for a, b in pairwise(months) if b != a + 1]
    return list(zip([months[0], *(b for _, b in breaks)], [*(a for a, _ in breaks), months[-1]], strict=True))
