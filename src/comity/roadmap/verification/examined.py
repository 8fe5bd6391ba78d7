"""A plan beside its programme: each planned element with the mission, element and option that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from comity.model.calendar import Month
from comity.model.missions import Element, Mission, Option
from comity.model.programme import POOL, Programme
from comity.model.spending import payments
from comity.roadmap.answer import Plan, PlannedElement

CENT = Decimal("0.01")
Key = tuple[str, str]
Bills = Mapping[str, Mapping[int, Decimal]]


@dataclass(frozen=True, slots=True)
class Built:
    """An element that the plan builds, resolved in the programme; what follows from option and start is recomputed."""

    planned: PlannedElement
    mission: Mission
    element: Element
    option: Option

    @property
    def key(self) -> Key:
        """`(mission, element)`."""
        return self.mission.id, self.element.id

    @property
    def where(self) -> str:
        """`mission/element`, as a violation names it."""
        return f"{self.mission.id}/{self.element.id}"

    @property
    def start(self) -> Month:
        """As planned."""
        return self.planned.start

    @property
    def finish(self) -> Month:
        """The first month after the work."""
        return self.start.plus(self.option.duration)

    @property
    def workers(self) -> dict[str, Decimal]:
        """Who does the work: those with more than nothing of it."""
        return {p: share for p, share in self.option.work_shares.items() if share > 0}

    @property
    def payers(self) -> dict[str, Decimal]:
        """Who bears the cost, the pool included: those with more than nothing of it."""
        return {p: share for p, share in self.option.payer_shares.items() if share > 0}


@dataclass(frozen=True)
class Examined:
    """The programme (amended), the plan, and what of the plan could be found in the programme: elements, missions."""

    programme: Programme
    plan: Plan
    built: tuple[Built, ...]
    missions: tuple[str, ...]

    @cached_property
    def by_key(self) -> dict[Key, Built]:
        """Elements built, by mission and element."""
        return {b.key: b for b in self.built}

    @cached_property
    def by_mission(self) -> dict[str, list[Built]]:
        """Elements built, by known mission of the plan."""
        found: dict[str, list[Built]] = {m: [] for m in self.missions}
        for b in self.built:
            found.setdefault(b.mission.id, []).append(b)
        return found

    @cached_property
    def bills(self) -> dict[Key, Bills]:
        """What each payer pays in each year for each element, recomputed."""
        return {b.key: payments(self.programme, b.option, b.start) for b in self.built}

    @cached_property
    def states(self) -> dict[str, frozenset[str]]:
        """The states under whose law each partner works."""
        return {p: self.programme.states(p) for p in self.programme.partners}

    @cached_property
    def contributors(self) -> tuple[str, ...]:
        """The partners that have a budget."""
        return self.programme.contributors

    @property
    def years(self) -> range:
        """Those of the horizon."""
        return self.programme.programme.horizon.years

    def takes_part(self, partner: str) -> bool:
        """Is a partner of the coalition, or one that is hired: a company or university without a budget?"""
        coalition, who = self.plan.coalition, self.programme.partners.get(partner)
        if coalition is None or partner in coalition:
            return True
        return who is not None and who.budget is None and who.kind in ("commercial", "university")

    def budget(self, partner: str, year: int) -> Decimal:
        """A contributor's budget of a year; nil for one outside the coalition."""
        coalition = self.plan.coalition
        return self.programme.budget(partner, year) if coalition is None or partner in coalition else Decimal(0)

    @cached_property
    def home(self) -> dict[str, frozenset[str]]:
        """To whom the work of each partner counts: itself, and the contributor named by its `return_to`."""
        return {
            p: frozenset({p} | ({who.return_to} if who.return_to else set()))
            for p, who in self.programme.partners.items()
        }

    @cached_property
    def spent(self) -> dict[str, dict[int, Decimal]]:
        """Payments on the plan's elements, by payer (the pool included) and year."""
        totals: dict[str, dict[int, Decimal]] = {p: {} for p in (*self.contributors, POOL)}
        for bills in self.bills.values():
            for payer, bill in bills.items():
                for year, amount in bill.items():
                    totals.setdefault(payer, {})[year] = totals.get(payer, {}).get(year, Decimal(0)) + amount
        return totals

    def paid(self, partner: str, year: int | None = None) -> Decimal:
        """Cash that a partner pays into the pool, in a year or in all."""
        flows = (flow for y, flow in self.plan.cash.items() if year in (None, y))
        return sum((flow.paid.get(partner, Decimal(0)) for flow in flows), Decimal(0))

    def received(self, partner: str, year: int | None = None) -> Decimal:
        """Cash that a partner receives from the pool, in a year or in all."""
        flows = (flow for y, flow in self.plan.cash.items() if year in (None, y))
        return sum((flow.received.get(partner, Decimal(0)) for flow in flows), Decimal(0))

    @cached_property
    def contribution(self) -> dict[str, Decimal]:
        """Payments on elements, and cash paid less received, over the horizon, by contributor."""
        return {p: sum(self.spent[p].values(), Decimal(0)) + self.paid(p) - self.received(p) for p in self.contributors}

    @cached_property
    def slack(self) -> Decimal:
        """What rounding to the cent may add up to over the plan's elements."""
        return CENT * (len(self.built) + 1)
