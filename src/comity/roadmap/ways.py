"""Every way to carry out every element, and which of the programme's rules bars it in which months.

Unlike a compiled problem (`comity.roadmap.problem`), which forgets what no plan can hold, this keeps what a rule bars
together with the rule, so that it can be asked what would be possible without that rule.

Money is in millions of the programme's currency; months count from the start of the horizon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np

from comity.model.calendar import Month
from comity.model.missions import Element, Interface, Mission, Option
from comity.model.programme import POOL, Programme
from comity.model.rules import Barter, CashPool, EmergingPlace, InKind, MaximumShare, MinimumReturn
from comity.model.spending import monthly_totals
from comity.roadmap.admission import bars, masters, party_since, takers
from comity.roadmap.joining import Demand, demands
from comity.roadmap.problem import MILLION, Bools, Floats
from comity.roadmap.question import Question

RuleKind = Literal[
    "committed",
    "required",
    "barred",
    "settled",
    "budget",
    "cash_pool",
    "dates",
    "launch_window",
    "precedence",
    "excludes",
    "capacity",
    "treaty",
    "export_control",
    "interface",
    "capability",
    "coalition",
    "minimum_return",
    "maximum_share",
    "in_kind",
    "barter",
    "emerging_share",
    "emerging_roles",
]
#: Rules that a further mission may help to keep; all others it can only make harder.
HELPED = frozenset({"minimum_return", "maximum_share", "in_kind", "barter", "emerging_share", "emerging_roles"})


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One rule that can be lifted by itself.

    `subject` is whom or what it binds (a partner, a facility, `mission` or `mission/element`); `name` the identifier
    under which it is written (of a treaty, an export rule, a rule of participation), or the element waited for.
    """

    kind: RuleKind
    subject: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One option of an element: the starts that the horizon allows, and for each rule the starts that it allows."""

    mission: str
    element: str
    option: Option
    within: Bools = field(repr=False)  # (n_months,)
    allowed: tuple[tuple[Rule, Bools], ...] = field(repr=False)
    by_year: Floats = field(repr=False)  # (n_months, n_years): millions paid, by start and year, whoever pays

    def starts(self, rules: frozenset[Rule]) -> list[int]:
        """The months in which it may start under some of the rules."""
        mask = self.within.copy()
        for rule, months in self.allowed:
            if rule in rules:
                mask &= months
        return [int(t) for t in np.flatnonzero(mask)]


class Ways:
    """A programme read for a question, as ways and rules."""

    def __init__(
        self, programme: Programme, question: Question, already_spent: Mapping[tuple[str, int], Decimal] | None = None
    ) -> None:
        self.programme, self.question = programme, question
        horizon = programme.programme.horizon
        self.origin = horizon.start.index
        self.n_months = horizon.end.index - horizon.start.index + 1
        self.months = np.arange(self.origin, self.origin + self.n_months)
        self.years = list(horizon.years)
        self.year_of = self.months // 12 - self.years[0]
        self.already_spent = dict(already_spent or {})
        coalition = question.coalition
        #: A coalition smaller than all: participation rules and commitments do not bind.
        self.alone = coalition is not None and not coalition.issuperset(programme.contributors)
        self.past = 0
        if question.settled is not None:
            self.past = max(0, question.settled.before.year - self.years[0])
        self.has_pool = any(isinstance(r, CashPool) for r in programme.participation.values())
        self.of: dict[tuple[str, str], list[Way]] = {
            (mission.id, element.id): [self._way(mission, element, option) for option in element.options]
            for mission in programme.missions.values()
            for element in mission.elements.values()
        }

    # --- means -----------------------------------------------------------------------------------------------------

    def budget(self, partner: str, year: int) -> float:
        """Millions left to a partner in a year (position in the horizon), after what is spent already."""
        if not self.takes_part(partner):
            return 0.0
        spent = self.already_spent.get((partner, self.years[year]), Decimal(0))
        return float((self.programme.budget(partner, self.years[year]) - spent) / MILLION)

    def takes_part(self, partner: str) -> bool:
        """Is a partner in the coalition (or is there none)?"""
        return self.question.coalition is None or partner in self.question.coalition

    def budget_rule(self, partner: str) -> Rule:
        """The rule that limits a partner's means."""
        return Rule("budget", partner) if self.takes_part(partner) else Rule("coalition")

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        """What its interfaces demand."""
        return demands(self.programme)

    @cached_property
    def joined_across(self) -> frozenset[Rule]:
        """The interfaces that an element of a further mission could help to join."""
        return frozenset(interface_rule(demand) for demand in self.demands if demand.crosses and demand.any_of)

    # --- rules -----------------------------------------------------------------------------------------------------

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that could be lifted, in the order in which they stand in the programme."""
        return tuple(dict.fromkeys(self._rules()))

    def _rules(self) -> Iterator[Rule]:
        programme, question = self.programme, self.question
        for name in sorted(question.required):
            yield Rule("required", name)
        for name in sorted(question.barred):
            yield Rule("barred", name)
        for name in sorted(question.settled.delivered) if question.settled is not None else ():
            yield Rule("settled", name)
        for mission in programme.missions.values():
            if mission.committed and not self.alone:
                yield Rule("committed", mission.id)
            for other in mission.excludes:
                yield exclusion(mission.id, other)
            for element in mission.elements.values():
                for after in element.after:
                    yield Rule("precedence", f"{mission.id}/{element.id}", after.element)
                for way in self.of[mission.id, element.id]:
                    yield from (rule for rule, _ in way.allowed)
        for partner in programme.contributors:
            yield self.budget_rule(partner)
        yield from (Rule("capacity", facility) for facility in programme.facilities)
        yield from (Rule("export_control", name=name) for name in programme.export_control)
        yield from map(interface_rule, self.demands)
        for name, rule in programme.participation.items():
            yield from self._participation(name, rule)

    def _participation(self, name: str, rule: object) -> Iterator[Rule]:
        contributors = self.programme.contributors
        if isinstance(rule, CashPool):
            yield Rule("cash_pool", name=name)
        elif isinstance(rule, Barter):
            yield from (Rule("barter", p, name) for p in rule.partners or contributors if p in contributors)
        elif self.alone:
            return
        elif isinstance(rule, EmergingPlace):
            if rule.minimum_share > 0:
                yield Rule("emerging_share", name=name)
            if rule.minimum_roles > 0:
                yield from (Rule("emerging_roles", p, name) for p in self.programme.emerging)
        elif isinstance(rule, (MinimumReturn, MaximumShare, InKind)):
            yield from (Rule(rule.kind, p, name) for p in rule.partners or contributors)

    def demanded(self, rules: frozenset[Rule]) -> set[str]:
        """The missions that are in every plan: named by a rule, or waited for by one that is."""
        found = {r.subject for r in rules if r.kind in ("committed", "required") or r in self._delivered}
        queue = list(found)
        while queue:
            mission = self.programme.missions[queue.pop()]
            for element in mission.elements.values():
                for after in element.after:
                    other = self.programme.element(mission.id, after.element)[0]
                    rule = Rule("precedence", f"{mission.id}/{element.id}", after.element)
                    if rule in rules and other not in found and not element.optional:
                        found.add(other)
                        queue.append(other)
        return found

    @cached_property
    def _delivered(self) -> frozenset[Rule]:
        settled = self.question.settled
        return frozenset(Rule("settled", m) for m in settled.delivered) if settled is not None else frozenset()

    # --- one option --------------------------------------------------------------------------------------------------

    def _way(self, mission: Mission, element: Element, option: Option) -> Way:
        within = np.ones(self.n_months, dtype=bool)
        end = self.origin + self.n_months
        if element.kind != "operations":
            last = end - 1 if element.id == mission.delivery_element else end
            within &= self.months + option.duration <= last
        kept = self._kept(mission, element)
        if kept is None and self.question.settled is not None:
            within &= self.months >= self.question.settled.before.index
        allowed = tuple(self._allowed(mission, element, option))
        if kept is not None:  # what is begun was allowed when it began, whatever has changed since
            as_begun = (self.months == kept[1].index) & (option.label == kept[0])
            within |= as_begun
            allowed = tuple((rule, months | as_begun) for rule, months in allowed)
            allowed = (*allowed, (Rule("settled", f"{mission.id}/{element.id}"), as_begun))
        return Way(mission.id, element.id, option, within, allowed, self._by_year(option))

    def _kept(self, mission: Mission, element: Element) -> tuple[str, Month] | None:
        """Option and start of an element that is begun; None when it is not, or its option has been taken away since."""
        settled = self.question.settled
        label, start = settled.elements.get((mission.id, element.id), ("", None)) if settled is not None else ("", None)
        option = next((o for o in element.options if o.label == label), None)
        if option is None or start is None or (option.latest is not None and start > option.latest):
            return None
        return label, start

    def _allowed(self, mission: Mission, element: Element, option: Option) -> Iterator[tuple[Rule, Bools]]:
        programme, where = self.programme, f"{mission.id}/{element.id}"
        never = np.zeros(self.n_months, dtype=bool)
        dates = self._dates(element, option)
        if not dates.all():
            yield Rule("dates", where), dates
        windows = programme.windows(element)
        if windows is not None:
            inside = never.copy()
            for span in windows:
                inside |= (self.months >= span.first.index) & (self.months <= span.last.index)
            yield Rule("launch_window", where), inside
        for treaty in mission.requires_treaties:
            since = [party_since(programme, treaty, partner) for partner in takers(option)]
            joined = never.copy()
            if all(month is not None for month in since):
                first = max((month.index for month in since if month is not None), default=0)
                joined = self.months >= first
            yield Rule("treaty", mission.id, treaty), joined
        for technology, level in element.requires.items():
            if not masters(programme, option, technology, level):
                yield Rule("capability", where, technology), never
        payers = {p for p, share in option.payer_shares.items() if share > 0}
        if POOL in payers and not self.has_pool:
            yield Rule("cash_pool", where), never
        yield from ((Rule("budget", p), never) for p in payers - {POOL, *programme.contributors})
        if self._outside(option, payers):
            yield Rule("coalition"), never

    def _dates(self, element: Element, option: Option) -> Bools:
        allowed = np.ones(self.n_months, dtype=bool)
        for bound in (element.earliest, option.earliest):
            if bound is not None:
                allowed &= self.months >= bound.index
        for bound in (element.latest, option.latest):
            if bound is not None:
                allowed &= self.months <= bound.index
        if element.finish_by is not None:
            allowed &= self.months + option.duration <= element.finish_by.index
        return allowed

    def _outside(self, option: Option, payers: set[str]) -> bool:
        """Does somebody outside of the coalition take part in it, other than for pay?"""
        partners, facilities = self.programme.partners, self.programme.facilities
        workers = {w for w, share in option.work_shares.items() if share > 0 and partners[w].budget is not None}
        bartered = {
            facilities[f].owner
            for f in option.uses
            if facilities[f].settlement == "barter" and facilities[f].price is not None
        }
        return any(not self.takes_part(p) for p in (payers - {POOL}) | workers | bartered)

    def _by_year(self, option: Option) -> Floats:
        running = np.array([0.0, *(float(r / MILLION) for r in monthly_totals(self.programme, option))])
        ends = np.searchsorted(self.year_of, np.arange(len(self.years)), side="right")  # the month after each year
        spent = running[np.clip(ends[None, :] - np.arange(self.n_months)[:, None], 0, option.duration)]
        out: Floats = np.diff(spent, axis=1, prepend=0.0)
        return out

    # --- words that several need ---------------------------------------------------------------------------------------

    def month(self, position: int) -> Month:
        """The calendar month at a position of the horizon."""
        return Month(self.origin + position)


def exclusion(one: str, other: str) -> Rule:
    """The rule that keeps two missions apart, whichever of them states it."""
    return Rule("excludes", min(one, other), max(one, other))


def interface_rule(demand: Demand) -> Rule:
    """The rule that the ends of an interface are joined; one for each interface of a mission."""
    return Rule("interface", demand.mission, str(demand.check.number))


def crossing(ways: Ways, one: Way, other: Way, interface: Interface) -> Iterator[tuple[Rule, tuple[Bools, ...]]]:
    """For each bar at an interface between two ways its rule, and the months that each agreement lifting it covers."""
    for bar in bars(ways.programme, interface, one.option, other.option):
        spans = tuple(
            (ways.months >= first.index) & (ways.months <= (last.index if last is not None else 10**9))
            for first, last in bar.spans
        )
        yield Rule("export_control", name=bar.rule), spans
