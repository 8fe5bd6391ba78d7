"""A programme compiled into arrays: what the search needs, and nothing that it does not.

Money is in millions of the programme's currency; months count from the start of the horizon; years from its first year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from comity.model.calendar import Month
from comity.model.missions import Element, Mission, Option
from comity.model.programme import POOL, Programme
from comity.model.rules import Barter, CashPool
from comity.model.spending import facility_price, monthly_totals, occupied
from comity.roadmap.admission import Refusal, meeting, refusal, treaty_start
from comity.roadmap.history import Overdrawn
from comity.roadmap.joining import Demand, Taken, demands, held_for
from comity.roadmap.past import look_back
from comity.roadmap.question import Question
from comity.roadmap.standing import can_stand

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Occupation:
    """That an option holds `level` of a facility in months `first` to `last` (excluded) after its start."""

    facility: int
    level: float
    first: int
    last: int


@dataclass(slots=True)
class Choice:
    """One option of an element, as arrays."""

    label: str
    duration: int
    success: float
    starts: Bools = field(repr=False)  # (n_months,): may it start in this month?
    monthly: Floats = field(repr=False)  # (duration,): millions still to be paid in each month since the start
    paid_before: float = 0.0  # millions paid before planning anew: they count in shares and returns, not in budgets
    payers: dict[int, float] = field(default_factory=dict)  # contributor -> share
    pool_share: float = 0.0
    work: dict[int, float] = field(default_factory=dict)  # contributor -> millions of work credited to it
    emerging_work: float = 0.0  # millions of work done by, or returning to, emerging partners
    roles: frozenset[int] = frozenset()  # emerging partners (position in `programme.emerging`) that share the work
    in_kind: dict[int, float] = field(default_factory=dict)  # contributor -> part of its payments that is in kind
    all_work: float = 0.0
    barter_months: list[tuple[int, float, int, int]] = field(
        default_factory=list
    )  # (contributor, per month, first, last)
    occupations: tuple[Occupation, ...] = ()
    partners: frozenset[int] = frozenset()  # contributors that take part through it


@dataclass(slots=True)
class Part:
    """An element of a mission, with its admitted options."""

    id: str
    index: int  # within the mission
    optional: bool
    critical: bool
    choices: list[Choice]
    contributes: dict[int, float]


@dataclass(frozen=True, slots=True)
class Arc:
    """`start(later) >= anchor(earlier) + lag`, and `<= + max_lag`; indices within the mission."""

    earlier: int
    later: int
    lag: int
    max_lag: int | None
    from_start: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two options of one mission that may meet only in a span of months (None: never)."""

    first: int
    first_choice: int
    second: int
    second_choice: int
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Need:
    """Two options of one mission that are taken together only with one of some others of it: (part, choice)."""

    first: int
    first_choice: int
    second: int
    second_choice: int
    any_of: tuple[tuple[int, int], ...]

    def met(self, choices: Sequence[int]) -> bool:
        """Do these choices, one a part, keep it?"""
        both = choices[self.first] == self.first_choice and choices[self.second] == self.second_choice
        return not both or any(choices[part] == choice for part, choice in self.any_of)


@dataclass(slots=True)
class Undertaking:
    """A mission compiled."""

    id: str
    index: int
    parts: list[Part]
    arcs: list[Arc]
    pairs: list[Pair]
    needs: list[Need]
    delivery: int
    delivers_at_start: bool
    committed: bool
    possible: bool


@dataclass(frozen=True, slots=True)
class CrossArc:
    """A precedence between elements of two missions; (mission, part) indices."""

    earlier: tuple[int, int]
    later: tuple[int, int]
    lag: int
    max_lag: int | None
    from_start: bool


@dataclass(frozen=True, slots=True)
class CrossPair:
    """Two options of different missions that may meet only in a span of months (None: never)."""

    first: tuple[int, int, int]
    second: tuple[int, int, int]
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class CrossNeed:
    """Two options that are taken together only with one of some others, not all of one mission: (mission, part, choice)."""

    first: tuple[int, int, int]
    second: tuple[int, int, int]
    any_of: tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class Problem:
    """Everything the search needs; see the module's docstring for units."""

    programme: Programme
    question: Question
    n_months: int
    n_years: int
    origin: int  # index of the first month
    year_of: NDArray[np.int64]  # (n_months,)
    discount: Floats  # (n_years,)
    contributors: list[str]
    means: Floats  # (n_contributors, n_years): budgets as given; what may be carried over or paid in is a part of them
    budgets: Floats  # (n_contributors, n_years): what is left to spend; nil in the years gone by
    pool_left: Floats  # (n_years,): what the pool holds already, less what it has paid, in the year of planning anew
    cash_before: Floats  # (n_contributors,): paid into the pool less received from it in the years gone by
    carry: Floats  # (n_contributors,)
    objectives: list[str]
    values: Floats  # (n_objectives,)
    segments: list[tuple[tuple[float, float], ...]]
    facilities: list[str]
    capacities: Floats  # (n_facilities, n_months)
    missions: list[Undertaking]
    cross_arcs: list[CrossArc]
    cross_pairs: list[CrossPair]
    cross_needs: list[CrossNeed]
    excludes: list[tuple[int, int]]
    pool: CashPool | None
    refusals: dict[tuple[str, str, str], Refusal]
    alone: bool  # a coalition smaller than all: participation rules and commitments do not bind
    overdrawn: tuple[Overdrawn, ...] = ()  # where more was spent before planning anew than there was


def compile_problem(programme: Programme, question: Question) -> Problem:
    """The arrays of a programme, and of what is settled already when it is planned anew."""
    header = programme.programme
    n_months = header.horizon.end.index - header.horizon.start.index + 1
    origin = header.horizon.start.index
    years = list(header.horizon.years)
    contributors = list(programme.contributors)
    objectives = list(programme.leaves)
    facilities = list(programme.facilities)
    coalition = question.coalition
    budgets = np.array(
        [
            [
                float((programme.budget(p, y) if coalition is None or p in coalition else Decimal(0)) / MILLION)
                for y in years
            ]
            for p in contributors
        ]
    ).reshape(len(contributors), len(years))
    rate = 1 + float(header.discount_rate)
    problem = Problem(
        programme=programme,
        question=question,
        n_months=n_months,
        n_years=len(years),
        origin=origin,
        year_of=np.array([(origin + t) // 12 - years[0] for t in range(n_months)]),
        discount=np.array([rate**-y for y in range(len(years))]),
        contributors=contributors,
        means=budgets.copy(),
        budgets=budgets,
        pool_left=np.zeros(len(years)),
        cash_before=np.zeros(len(contributors)),
        carry=np.array([float(programme.partners[p].carry_over) for p in contributors]),
        objectives=objectives,
        values=np.array([float(programme.objectives[o].value or 0) for o in objectives]),
        segments=[programme.objectives[o].curve.segments() for o in objectives],
        facilities=facilities,
        capacities=np.array(
            [[programme.facilities[f].capacity_at(Month(origin + t)) for t in range(n_months)] for f in facilities]
        ).reshape(len(facilities), n_months),
        missions=[],
        cross_arcs=[],
        cross_pairs=[],
        cross_needs=[],
        excludes=[],
        pool=next((r for r in programme.participation.values() if isinstance(r, CashPool)), None),
        refusals={},
        alone=coalition is not None and not coalition.issuperset(programme.contributors),
    )
    compiler = _Compiler(problem)
    compiler.book_the_past()
    for mission in programme.missions.values():
        problem.missions.append(compiler.undertaking(mission))
    compiler.between_missions()
    return problem


class _Compiler:
    """Walks the programme once; its life is one call of `compile_problem`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.programme = problem.programme
        self.contributor = {p: i for i, p in enumerate(problem.contributors)}
        self.facility = {f: i for i, f in enumerate(problem.facilities)}
        self.objective = {o: i for i, o in enumerate(problem.objectives)}
        self.mission_index = {m: i for i, m in enumerate(self.programme.missions)}
        self.emerging = set(self.programme.emerging)
        self.has_barter = any(isinstance(r, Barter) for r in self.programme.participation.values())
        self.settled = problem.question.settled
        self.past = look_back(self.programme, problem.question, self._goes_on) if self.settled is not None else None
        self._funds: dict[int, Floats] = {}

    # --- what is past --------------------------------------------------------------------------------------------

    def _goes_on(self, mission: Mission, element: Element, option: Option, start: Month) -> bool:
        since, treaty = treaty_start(self.programme, mission, option)
        if treaty is not None or refusal(self.programme, element, option, self.problem.question.coalition) is not None:
            return False
        return bool(self.starts(element, option, since)[start.index - self.problem.origin])

    def book_the_past(self) -> None:
        """Leaves in the budgets and the pool what is left of them when planning begins anew."""
        problem, past = self.problem, self.past
        if self.settled is None or past is None:
            return
        now = self.settled.before.year - self.programme.programme.horizon.start.year
        problem.overdrawn = past.opening.overdrawn
        problem.budgets[:, :now] = 0.0
        problem.budgets[:, now] = [float(past.opening.left[p] / MILLION) for p in problem.contributors]
        problem.cash_before[:] = [float(past.opening.cash[p] / MILLION) for p in problem.contributors]
        problem.pool_left[now] = float(past.opening.pool / MILLION)

    # --- one mission ---------------------------------------------------------------------------------------------

    def undertaking(self, mission: Mission) -> Undertaking:
        """A mission that had begun goes on as it began where it can; else its elements may also be begun anew."""
        found = self._undertaking(mission, anew=False)
        begun = self.settled is not None and any(m == mission.id for m, _ in self.settled.elements)
        if not begun or can_stand(found, self.problem.n_months):
            return found
        return self._undertaking(mission, anew=True)

    def _undertaking(self, mission: Mission, *, anew: bool) -> Undertaking:
        names = list(mission.elements)
        parts = [self.part(mission, i, element, anew) for i, element in enumerate(mission.elements.values())]
        arcs = [
            Arc(names.index(after.element), i, after.lag, after.max_lag, after.anchor == "start")
            for i, element in enumerate(mission.elements.values())
            for after in element.after
            if "/" not in after.element
        ]
        delivery = names.index(mission.delivery_element)
        arcs += [
            Arc(names.index(adapter), delivery, 0, None, from_start=False)
            for adapter in held_for(self.programme, mission)
        ]
        unjoined, needs = self.joined(mission, parts, names)
        question = self.problem.question
        stays = self.settled is not None and mission.id in self.settled.delivered and not anew
        required = mission.id in question.required or stays
        return Undertaking(
            id=mission.id,
            index=self.mission_index[mission.id],
            parts=parts,
            arcs=arcs,
            pairs=[*self.pairs(mission, parts, names), *unjoined],
            needs=needs,
            delivery=delivery,
            delivers_at_start=mission.elements[names[delivery]].kind == "operations",
            committed=required or (mission.committed and not self.problem.alone),
            possible=mission.id not in question.barred and all(p.optional or p.choices for p in parts),
        )

    def part(self, mission: Mission, index: int, element: Element, anew: bool) -> Part:
        """An element with its admitted options; `anew`: one that had begun may be begun anew, or left if it is optional."""
        kept = self.past.kept.get((mission.id, element.id)) if self.past is not None else None
        choices = [self._kept(mission, element, kept)] if kept is not None else []
        for option in element.options if kept is None or anew else ():
            found = self._new(mission, element, option)
            if isinstance(found, Choice):
                choices.append(found)
            else:
                self.problem.refusals[mission.id, element.id, option.label] = found
        done = kept is not None and not anew and self._is_done(mission, element, kept)
        return Part(
            id=element.id,
            index=index,
            optional=element.optional and not done,
            critical=element.is_critical,
            choices=choices,
            contributes={self.objective[o]: amount for o, amount in element.contributes.items()},
        )

    def _new(self, mission: Mission, element: Element, option: Option) -> Choice | Refusal:
        """An option that is still to be begun, or why it cannot be."""
        barred = refusal(self.programme, element, option, self.problem.question.coalition)
        since, treaty = treaty_start(self.programme, mission, option)
        if barred is not None or treaty is not None:
            return barred or treaty  # type: ignore[return-value]
        starts = self.starts(element, option, since)
        if self.settled is not None:
            starts[: max(0, self.settled.before.index - self.problem.origin)] = False
        choice = self.choice(option, starts)
        choice.starts = starts & self.affordable(choice)
        if choice.starts.any():
            return choice
        if starts.any():
            return Refusal("budget", f"{option.label} alone exceeds its payer's budget whenever it starts")
        return Refusal("dates", f"{option.label} has no month in which it may start")

    def _kept(self, mission: Mission, element: Element, option: Option) -> Choice:
        """An option as it was begun: it starts when it did, and only what is still to be paid weighs on budgets."""
        assert self.settled is not None
        assert self.past is not None
        key, origin = (mission.id, element.id), self.problem.origin
        start, month = self.settled.elements[key][1], self.settled.before
        starts = np.zeros(self.problem.n_months, dtype=bool)
        starts[start.index - origin] = True
        choice = self.choice(option, starts)
        done = min(option.duration, month.index - start.index)
        choice.paid_before = float(choice.monthly[:done].sum())
        choice.monthly[:done] = 0.0
        if done < option.duration:  # a new spread may put more or less in this year than the books say was paid
            evened = float(self.past.to_even_out(key, month.year) / MILLION)
            choice.monthly[done] += evened
            choice.paid_before -= evened
        return choice

    def _is_done(self, mission: Mission, element: Element, option: Option) -> bool:
        assert self.settled is not None
        return self.settled.elements[mission.id, element.id][1].plus(option.duration) <= self.settled.before

    def starts(self, element: Element, option: Option, since: Month | None) -> Bools:
        problem = self.problem
        months = np.arange(problem.origin, problem.origin + problem.n_months)
        allowed = np.ones(problem.n_months, dtype=bool)
        for bound in (element.earliest, option.earliest, since):
            if bound is not None:
                allowed &= months >= bound.index
        for bound in (element.latest, option.latest):
            if bound is not None:
                allowed &= months <= bound.index
        if element.finish_by is not None:
            allowed &= months + option.duration <= element.finish_by.index
        if element.kind != "operations":
            allowed &= months + option.duration <= problem.origin + problem.n_months
        windows = self.programme.windows(element)
        if windows is not None:
            inside = np.zeros(problem.n_months, dtype=bool)
            for span in windows:
                inside |= (months >= span.first.index) & (months <= span.last.index)
            allowed &= inside
        return allowed

    def affordable(self, choice: Choice) -> Bools:
        """In which months an option may start without exceeding, on its own, all that its payers can ever have.

        Over any span of years its payments stay within the budgets, what was carried into the span, and what the pool may
        pay out. No plan is lost by this, and the linear bound no longer takes slivers of what nobody can afford whole.
        """
        problem = self.problem
        n, years = problem.n_months, problem.n_years
        out = np.ones(n, dtype=bool)
        running = np.concatenate([[0.0], choice.monthly.cumsum()])
        ends = np.searchsorted(problem.year_of, np.arange(years), side="right")  # month after each year
        spent = running[np.clip(ends[None, :] - np.arange(n)[:, None], 0, choice.duration)]  # (start, year): by its end
        before = np.concatenate([np.zeros((n, 1)), spent], axis=1)
        for payer, share in choice.payers.items():
            funds = np.concatenate([[0.0], np.cumsum(self.funds(payer))])
            carried = problem.carry[payer] * problem.means[payer]
            for first in range(years):
                into = carried[first - 1] if first else 0.0
                room = funds[first + 1 :] - funds[first] + into + 1e-6
                out &= (share * (before[:, first + 1 :] - before[:, first : first + 1]) <= room[None, :]).all(axis=1)
        return out

    def funds(self, payer: int) -> Floats:
        """The most that a contributor can have to spend in each year: its budget and what the pool may pay it."""
        if payer not in self._funds:
            problem, pool = self.problem, self.problem.pool
            funds = problem.budgets[payer].copy()
            name = problem.contributors[payer]
            receives = pool is not None and (
                name in pool.receivers or ("emerging" in pool.receivers and name in self.emerging)
            )
            if pool is not None and receives:
                payers = set(pool.payers or self.programme.contributors)
                inflow = sum(
                    (
                        float(pool.maximum_paid) * np.maximum(0.0, problem.means[p])
                        for p, who in enumerate(problem.contributors)
                        if who in payers and p != payer
                    ),
                    start=np.maximum(0.0, problem.pool_left),
                ).cumsum()  # what it held back in earlier years may be paid out at once
                if pool.maximum_received is not None:
                    inflow = np.minimum(inflow, float(self.programme.worth(pool.maximum_received) / MILLION))
                funds = funds + inflow
            self._funds[payer] = funds
        return self._funds[payer]

    def choice(self, option: Option, starts: Bools) -> Choice:
        programme = self.programme
        running = np.array([float(r / MILLION) for r in monthly_totals(programme, option)])
        cost = float(programme.worth(option.cost) / MILLION)
        payers = {p: float(s) for p, s in option.payer_shares.items()}
        credited: dict[str, float] = {}  # worker or the contributor to whom its work returns -> share of the work
        returned: dict[str, float] = {}
        for worker, share in option.work_shares.items():
            home = programme.partners[worker].return_to
            credited[worker] = credited.get(worker, 0.0) + float(share)
            if home is not None:
                returned[home] = returned.get(home, 0.0) + float(share)
        share_of = {p: credited.get(p, 0.0) + returned.get(p, 0.0) for p in {*credited, *returned}}
        work = {self.contributor[p]: cost * s for p, s in share_of.items() if p in self.contributor}
        self._credit_cash_prices(option, work)
        emerging = sum(
            float(share)
            for worker, share in option.work_shares.items()
            if worker in self.emerging or programme.partners[worker].return_to in self.emerging
        )
        return Choice(
            label=option.label,
            duration=option.duration,
            success=float(option.success),
            starts=starts,
            monthly=np.diff(running, prepend=0.0),
            payers={self.contributor[p]: s for p, s in payers.items() if p != POOL},
            pool_share=payers.get(POOL, 0.0),
            work=work,
            emerging_work=cost * emerging,
            roles=frozenset(i for i, p in enumerate(programme.emerging) if p in option.work_shares),
            in_kind={
                self.contributor[p]: min(1.0, share_of.get(p, 0.0) / s)
                for p, s in payers.items()
                if p != POOL and s > 0
            },
            all_work=cost,
            barter_months=self._barter(option, payers),
            occupations=tuple(
                Occupation(
                    self.facility[f],
                    use.level.to(programme.facilities[f].unit),
                    occupied(option, f).start,
                    occupied(option, f).stop,
                )
                for f, use in option.uses.items()
            ),
            partners=frozenset(
                self.contributor[p] for p in ({*share_of} | set(payers)) - {POOL} if p in self.contributor
            ),
        )

    def _credit_cash_prices(self, option: Option, work: dict[int, float]) -> None:
        for facility in option.uses:
            terms = self.programme.facilities[facility]
            if terms.settlement != "cash" or terms.price is None:
                continue
            income = float(facility_price(self.programme, option, facility) / MILLION) * len(occupied(option, facility))
            for owner in {terms.owner, self.programme.partners[terms.owner].return_to} - {None}:
                if owner in self.contributor:
                    work[self.contributor[owner]] = work.get(self.contributor[owner], 0.0) + income

    def _barter(self, option: Option, payers: Mapping[str, float]) -> list[tuple[int, float, int, int]]:
        """(contributor, millions of debt per month, first, last month since the start) for each barter use."""
        rows: list[tuple[int, float, int, int]] = []
        for facility in option.uses:
            terms = self.programme.facilities[facility]
            if terms.settlement != "barter" or terms.price is None:
                continue
            price = float(facility_price(self.programme, option, facility) / MILLION)
            months = occupied(option, facility)
            for payer, share in payers.items():
                if payer in (POOL, terms.owner):
                    continue
                if payer in self.contributor:
                    rows.append((self.contributor[payer], price * share, months.start, months.stop))
                if terms.owner in self.contributor:
                    rows.append((self.contributor[terms.owner], -price * share, months.start, months.stop))
        return rows

    # --- what joins elements and missions -------------------------------------------------------------------------

    def pairs(self, mission: Mission, parts: list[Part], names: list[str]) -> list[Pair]:
        found: list[Pair] = []
        for interface in mission.interfaces:
            if any("/" in end for end in interface.between):
                continue
            one, other = (names.index(end) for end in interface.between)
            for i, a in enumerate(parts[one].choices):
                for j, b in enumerate(parts[other].choices):
                    span = self._span(
                        meeting(
                            self.programme,
                            interface,
                            self._option(mission, names[one], a),
                            self._option(mission, names[other], b),
                        )
                    )
                    if span != ():
                        found.append(Pair(one, i, other, j, span if span else None))
        return found

    def joined(self, mission: Mission, parts: list[Part], names: list[str]) -> tuple[list[Pair], list[Need]]:
        """What the ports of its elements demand within a mission: options that never meet, and those that need others."""
        pairs: list[Pair] = []
        needs: list[Need] = []
        for demand in demands(self.programme):
            if demand.crosses or demand.mission != mission.id:
                continue
            first, second, *others = (
                _choice_of(parts, names.index(element), option)
                for _, element, option in (demand.first, demand.second, *demand.any_of)
            )
            if first is None or second is None:
                continue
            any_of = tuple(place for place in others if place is not None)
            if any_of:
                needs.append(Need(*first, *second, any_of))
            else:
                pairs.append(Pair(*first, *second, None))
        return pairs, needs

    def _joined_across(self, demand: Demand) -> None:
        first, second, *others = map(self._taken, (demand.first, demand.second, *demand.any_of))
        if first is None or second is None:
            return
        any_of = tuple(place for place in others if place is not None)
        if any_of or first[0] == second[0]:
            self.problem.cross_needs.append(CrossNeed(first, second, any_of))
        else:
            self.problem.cross_pairs.append(CrossPair(first, second, None))

    def _taken(self, taken: Taken) -> tuple[int, int, int] | None:
        m = self.mission_index[taken[0]]
        parts = self.problem.missions[m].parts
        found = _choice_of(parts, [part.id for part in parts].index(taken[1]), taken[2])
        return None if found is None else (m, *found)

    def _span(self, met: object) -> tuple[int, int] | tuple[()] | None:
        """() when they meet freely, None when never, else the first and last start month admitted."""
        if met is None:
            return ()
        if isinstance(met, Refusal):
            return None
        assert isinstance(met, tuple)
        origin, last = self.problem.origin, self.problem.n_months - 1
        first = max(0, met[0].index - origin)
        end = last if met[1] is None else min(last, met[1].index - origin)
        if first > end:
            return None
        return () if first == 0 and end == last else (first, end)

    @staticmethod
    def _option(mission: Mission, element: str, choice: Choice) -> Option:
        return next(o for o in mission.elements[element].options if o.label == choice.label)

    def between_missions(self) -> None:
        problem, programme = self.problem, self.programme
        for mission in programme.missions.values():
            here = self.mission_index[mission.id]
            for other in mission.excludes:
                problem.excludes.append((here, self.mission_index[other]))
            for i, element in enumerate(mission.elements.values()):
                for after in element.after:
                    if "/" in after.element:
                        problem.cross_arcs.append(
                            CrossArc(
                                self._locate(mission.id, after.element),
                                (here, i),
                                after.lag,
                                after.max_lag,
                                after.anchor == "start",
                            )
                        )
            for interface in mission.interfaces:
                if any("/" in end for end in interface.between):
                    self._cross_pairs(mission, interface.between, interface)
        for demand in demands(programme):
            if demand.crosses:
                self._joined_across(demand)

    def _locate(self, mission: str, reference: str) -> tuple[int, int]:
        there, element = self.programme.element(mission, reference)
        return self.mission_index[there], list(self.programme.missions[there].elements).index(element)

    def _cross_pairs(self, mission: Mission, between: tuple[str, str], interface: object) -> None:
        from comity.model.missions import Interface

        assert isinstance(interface, Interface)
        one, other = (self._locate(mission.id, end) for end in between)
        for i, a in enumerate(self.problem.missions[one[0]].parts[one[1]].choices):
            for j, b in enumerate(self.problem.missions[other[0]].parts[other[1]].choices):
                sides = []
                for (m, p), choice in ((one, a), (other, b)):
                    undertaking = self.problem.missions[m]
                    sides.append(self._option(self.programme.missions[undertaking.id], undertaking.parts[p].id, choice))
                span = self._span(meeting(self.programme, interface, sides[0], sides[1]))
                if span != ():
                    self.problem.cross_pairs.append(CrossPair((*one, i), (*other, j), span if span else None))


def _choice_of(parts: list[Part], part: int, option: str) -> tuple[int, int] | None:
    """(part, choice) of an option; None when it is not admitted."""
    return next(((part, c) for c, choice in enumerate(parts[part].choices) if choice.label == option), None)
