"""Why each mission is in the plan or not: what it brings, what it costs, and what stands in its way.

Told in the money and the points of the plan, and at the prices of its search (`comity.roadmap.shadow`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from comity.model.reading import Reading
from comity.roadmap.answer_parts import MissionReason
from comity.roadmap.columns import Column, column, repaired
from comity.roadmap.forcing import forced
from comity.roadmap.joining import Demand, demands
from comity.roadmap.joining_words import joining_said
from comity.roadmap.planner import Solved
from comity.roadmap.pricing import NEVER
from comity.roadmap.problem import MILLION
from comity.roadmap.rule_words import listed, millions, place
from comity.roadmap.shadow import Shadow


def reasons(
    solved: Solved,
    *,
    force: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    reading: Reading | None = None,
) -> tuple[MissionReason, ...]:
    """For every mission, in the programme's order, why it is in the plan or not; the most telling reason first.

    For `force` missions whose place hangs on least, `value_if_forced` says by how much the science changes when each is
    forced out or in, by the best whole plan found among those that the search knows (so a loss is told at most).
    `on_progress` is told how many of those are done. With `reading` rules are named by file and line.
    """
    told = _Reasons(solved, reading)
    cases = [told.case(m) for m in range(len(told.problem.missions))]
    doubtful = sorted((c for c in cases if c.movable), key=lambda c: (c.margin, c.mission))[:force]
    changes = forced(solved, [c.index for c in doubtful], on_progress)
    return tuple(
        MissionReason(
            mission=case.mission,
            in_plan=case.in_plan,
            reasons=tuple(dict.fromkeys((*case.reasons, *_stuck(case, changes)))),
            value_if_forced=changes.get(case.index),
        )
        for case in cases
    )


def _stuck(case: _Case, changes: Mapping[int, float | None]) -> Iterator[str]:
    """What is told of a mission that could not be forced."""
    if case.index in changes and changes[case.index] is None:
        way = "without" if case.in_plan else "with"
        yield f"Of the mission plans known, no whole plan {way} it was found that keeps every rule and commitment."


@dataclass(frozen=True, slots=True)
class _Case:
    index: int
    mission: str
    in_plan: bool
    reasons: list[str]
    margin: float  # by how many points its place is right at the prices
    movable: bool  # could it be otherwise at all?


class _Reasons:
    """A plan, its missions and its prices; its life is one call of `reasons`."""

    def __init__(self, solved: Solved, reading: Reading | None) -> None:
        self.plan, self.problem, self.reading = solved.plan, solved.problem, reading
        self.programme = solved.problem.programme
        self.shadow = Shadow(solved)
        assert solved.outcome.selection is not None
        self.chosen = {c.plan.mission: c for c in solved.outcome.selection.columns}
        self.coverage = np.zeros(len(self.problem.objectives))
        for taken in self.chosen.values():
            for g, amount in taken.science:
                self.coverage[g] += amount
        self.index = {m.id: m.index for m in self.problem.missions}

    def case(self, m: int) -> _Case:
        """The reasons of one mission."""
        spec = self.problem.missions[m]
        if m in self.chosen:
            margin = self._profit(self.chosen[m])
            return _Case(m, spec.id, True, list(self._why_in(m)), abs(margin), not spec.committed)
        profit, known = self._best(m)
        margin = abs(self._profit(known)) if known is not None else NEVER
        return _Case(m, spec.id, False, list(self._why_out(m, known, profit)), margin, known is not None)

    # --- in ----------------------------------------------------------------------------------------------------------

    def _why_in(self, m: int) -> Iterator[str]:
        spec, taken = self.problem.missions[m], self.chosen[m]
        mission = self.programme.missions[spec.id]
        if mission.committed and not self.problem.alone:
            yield f"It is committed{self._at('missions', spec.id, 'committed')}."
        elif spec.committed:
            yield "The question requires it, or its science has begun to flow."
        lost = self._lost(taken)
        cost = sum((e.cost for e in self.plan.elements if e.mission == spec.id), Decimal(0)) / MILLION
        per = f", {lost / float(cost) * 100:.3g} points per 100 {self._money()}" if cost else ""
        if not taken.science:
            yield f"It serves no objective by itself; it costs {self._m(cost)}."
        else:
            goals = self._served(taken)
            yield f"Without it the plan would lose {_points(lost)} of science ({goals}); it costs {self._m(cost)}{per}."
        worth, price = self._worth(taken), self._price(taken)
        if price > 1e-9:
            ratio = worth / price
            verdict = (
                "its means could bring less elsewhere" if ratio > 1.02 else "its means could bring as much elsewhere"
            )
            if ratio < 0.98:
                verdict = "its means could bring more elsewhere, if plans came in parts"
            yield f"At the prices of the budgets its science is worth {ratio:.2f} times what it takes: {verdict}."
        else:
            yield "What it takes is not scarce: at the prices of the budgets it costs nothing."
        needed = [a.later[0] for a in self.problem.cross_arcs if a.earlier[0] == m and a.later[0] in self.chosen]
        if needed:
            names = listed(dict.fromkeys(self._name(i) for i in needed if i != m))
            yield f"It must come before {names}." if names else ""
        planned = next(p for p in self.plan.missions if p.mission == spec.id)
        served = sorted(
            set(planned.partners) & set(self.problem.contributors), key=lambda p: (-self._stake(p, taken), p)
        )
        yield f"It serves most {listed(served, 3)}, who take part in it, by their own priorities." if served else ""

    def _lost(self, taken: Column) -> float:
        """Points that the plan loses without a mission."""
        lost = 0.0
        for g, amount in taken.science:
            curve = self.programme.objectives[self.problem.objectives[g]].curve
            whole = float(self.coverage[g])
            lost += float(self.problem.values[g]) * (curve.at(whole) - curve.at(whole - amount))
        return lost

    def _served(self, taken: Column) -> str:
        ranked = sorted(taken.science, key=lambda s: -s[1] * self.problem.values[s[0]])
        return listed((self.programme.objectives[self.problem.objectives[g]].name for g, _ in ranked), 3)

    def _stake(self, partner: str, taken: Column) -> float:
        names = self.problem.objectives
        return sum(
            self.programme.priority(partner, names[g]) * float(self.problem.values[g]) * a for g, a in taken.science
        )

    # --- out ---------------------------------------------------------------------------------------------------------

    def _why_out(self, m: int, known: Column | None, profit: float) -> Iterator[str]:
        spec = self.problem.missions[m]
        if spec.id in self.problem.question.barred:
            yield "The question bars it."
        yield from self._without_option(m)
        rivals = {i for pair in self.problem.excludes if m in pair for i in pair}
        for rival in sorted(rivals & set(self.chosen) - {m}):
            yield f"It excludes {self._name(rival)}, which is in the plan."
        for arc in self.problem.cross_arcs:
            if arc.later[0] == m and arc.earlier[0] not in self.chosen:
                part = self.problem.missions[arc.earlier[0]].parts[arc.earlier[1]].id
                yield f"It waits for {part} of {self._name(arc.earlier[0])}, which is not in the plan."
        yield from self._unjoined(m, known)
        if known is not None:
            yield from self._too_dear(m, known)
        elif spec.possible and profit <= -NEVER / 2:
            yield "No dates within the horizon let its elements follow each other by options that may meet, and its science be delivered."

    def _without_option(self, m: int) -> Iterator[str]:
        """For each element that nobody may build, the rules that refuse its options."""
        spec = self.problem.missions[m]
        for part in spec.parts:
            if part.choices or part.optional:
                continue
            refused = {label: r for (i, e, label), r in self.problem.refusals.items() if (i, e) == (spec.id, part.id)}
            rules = listed(dict.fromkeys(r.rule.replace("_", " ") for r in refused.values()))
            said = listed(dict.fromkeys(r.reason for r in refused.values()), 3)
            at = self._at("missions", spec.id, "elements", part.id)
            yield f"Nobody may provide its {part.id}{at}, by {rules}: {said}."

    def _unjoined(self, m: int, known: Column | None) -> Iterator[str]:
        """The interfaces at which it does not fit: within itself when it has no plan at all, and with what is in the plan."""
        spec = self.problem.missions[m]
        taken = {(e.mission, e.element, e.option) for e in self.plan.elements}
        by_interface: dict[str, list[Demand]] = {}
        for demand in demands(self.programme):
            ends = {demand.first, demand.second}
            if spec.id not in {mission for mission, _, _ in ends} or taken & set(demand.any_of):
                continue
            if taken & ends if demand.crosses else known is None:
                by_interface.setdefault(demand.check.key, []).append(demand)
        for found in by_interface.values():
            at = self._at("missions", found[0].mission, "interfaces", found[0].check.number)
            yield f"At its interface{at} {joining_said(self.programme, found)}."

    def _too_dear(self, m: int, known: Column) -> Iterator[str]:
        worth, price = self._worth(known), self._price(known)
        alone = self._gained(known)
        cost = self._m(Decimal(repr(known.cost)))
        dear = self._dear(known)
        of = f", above all {listed(dear, 3)}" if dear else ""
        if worth < price - 1e-9:
            yield (
                f"Its best plan would add {_points(alone)} of science for {cost}; what it takes{of} is worth "
                f"{price / max(worth, 1e-9):.2f} times as much to other missions."
            )
        else:
            yield (
                f"Its best plan would add {_points(alone)} of science for {cost} and is worth what it takes{of}, but no "
                f"whole plan found has room for it beside the missions chosen."
            )
        if alone < 0.5 * self._by_itself(known):
            yield f"Others in the plan serve the same objectives ({self._served(known)}), so that it adds little to them."

    def _gained(self, known: Column) -> float:
        gained = 0.0
        for g, amount in known.science:
            curve = self.programme.objectives[self.problem.objectives[g]].curve
            before = float(self.coverage[g])
            gained += float(self.problem.values[g]) * (curve.at(before + amount) - curve.at(before))
        return gained

    def _by_itself(self, known: Column) -> float:
        curves = [(g, a, self.programme.objectives[self.problem.objectives[g]].curve) for g, a in known.science]
        return sum(float(self.problem.values[g]) * curve.at(a) for g, a, curve in curves)

    def _dear(self, known: Column) -> list[str]:
        """The budgets that weigh most in what a plan costs at the prices, by partner and years."""
        weight: dict[int, float] = {}
        years: dict[int, set[int]] = {}
        first = self.programme.programme.horizon.start.year
        for p, y, amount in known.payments:
            part = float(self.shadow.budgets[p, y]) * amount
            if part > 1e-9:
                weight[p] = weight.get(p, 0.0) + part
                years.setdefault(p, set()).add(first + y)
        ranked = sorted(weight, key=lambda p: -weight[p])
        total = sum(weight.values())
        return [
            f"the budget of {self.problem.contributors[p]} in {_span(years[p])}"
            for p in ranked
            if weight[p] >= 0.15 * total
        ]

    # --- at the prices -----------------------------------------------------------------------------------------------

    def _best(self, m: int) -> tuple[float, Column | None]:
        """What a mission's best plan brings beyond its price, and that plan; None when it has none (or none was found)."""
        profit, plan = self.shadow.best(m)
        moved = repaired(self.problem, plan) if plan is not None else None
        if moved is not None:
            return profit, column(self.problem, moved)
        master = self.shadow.master
        known = [c for c in master.columns if c.plan.mission == m]
        return profit, max(known, key=self._profit, default=None)

    def _worth(self, taken: Column) -> float:
        return sum(float(self.shadow.science[g]) * amount for g, amount in taken.science)

    def _price(self, taken: Column) -> float:
        """What a plan takes of all that missions share, at the prices [points]."""
        return self._worth(taken) - self._profit(taken)

    def _profit(self, taken: Column) -> float:
        master = self.shadow.master
        entries = master.entries(taken).items()
        own = range(master.mission_row, master.mission_row + len(self.problem.missions))
        return -sum(float(self.shadow.prices[row]) * amount for row, amount in entries if row not in own)

    # --- words -------------------------------------------------------------------------------------------------------

    def _name(self, m: int) -> str:
        return self.programme.missions[self.problem.missions[m].id].name

    def _money(self) -> str:
        return f"M{self.programme.programme.currency}"

    def _m(self, amount: Decimal) -> str:
        return millions(self.programme, amount)

    def _at(self, *path: str | int) -> str:
        file, line = place(self.reading, path)
        return f" ({file}:{line})" if file is not None else ""


def _points(amount: float) -> str:
    return f"{amount:,.3g} points"


def _span(years: set[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first} to {last}"
