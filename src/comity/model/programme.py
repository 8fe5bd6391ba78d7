"""A programme: everything that is planned together, as one immutable, checked value."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from comity.model.base import FrozenMap, Named, Sourced, Value
from comity.model.calendar import Month, MonthSpan
from comity.model.missions import Element, Mission, Option, Risk, with_ids
from comity.model.money import Money
from comity.model.objectives import Objective
from comity.model.partners import Partner
from comity.model.quantities import Fraction
from comity.model.rules import Agreement, ExportRule, Facility, ParticipationRule, Technology, Treaty
from comity.model.windows import Synodic

POOL = "pool"
Aim = Literal["science", "fairness", "cost", "early_science"]


class Horizon(Value):
    """The months that are planned, both included."""

    start: Month
    end: Month

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end < self.start:
            raise ValueError("the horizon ends before it starts")
        return self

    @property
    def years(self) -> range:
        return range(self.start.year, self.end.year + 1)


class ExchangeRate(Sourced):
    """How many units of the programme's currency one unit of this currency is worth, at the programme's economic conditions."""

    FIGURES: ClassVar[tuple[str, ...]] = ("rate", "price_index")

    rate: Decimal = Field(gt=0)
    price_index: FrozenMap[int, Decimal] = Field(
        default_factory=dict,
        validate_default=True,
        description="Price level by year; money of year a is worth index[b] / index[a] in year b.",
    )


class Uncertainty(Sourced):
    """The programme's usual spread of cost and duration, and how strongly elements move together."""

    FIGURES: ClassVar[tuple[str, ...]] = ("default", "by_kind", "correlation", "time_dependent")

    default: Risk = Risk()
    by_kind: FrozenMap[str, Risk] = Field(default_factory=dict, validate_default=True)
    correlation: Fraction = Field(
        default=Decimal("0.2"), description="Between any two elements' costs (and durations)."
    )
    cost_schedule_correlation: Fraction = Field(
        default=Decimal("0.5"), description="Of an element's cost with its duration."
    )
    time_dependent: Fraction = Field(
        default=Decimal("0.4"), description="Part of an element's cost that grows with its duration."
    )


class Source(Named):
    """A public document."""

    publisher: str = ""
    date: str = Field(default="", description="Of publication: YYYY, YYYY-MM or YYYY-MM-DD.")
    url: str = ""


class Header(Named):
    """What the programme is called, what it spans, and in what money it is counted."""

    summary: str
    horizon: Horizon
    currency: str = Field(description="ISO 4217: plans are stated in it.")
    economic_conditions: int = Field(description="The year in whose prices plans are stated.")
    currencies: FrozenMap[str, ExchangeRate] = Field(default_factory=dict, validate_default=True)
    discount_rate: Fraction = Field(default=Decimal("0.03"), description="Of science, per year of delivery.")
    open_data: Fraction = Field(
        default=Decimal("0.5"),
        description="What a mission's science is worth to a partner that has no part in it, against one that has.",
    )
    aims: tuple[Aim, ...] = Field(default=("science", "fairness", "cost", "early_science"), description="In order.")
    uncertainty: Uncertainty = Uncertainty()


class Programme(Value):
    """The whole programme. `partners`, `missions` and the like are mappings by identifier, in the order of the files."""

    programme: Header
    sources: FrozenMap[str, Source] = Field(default_factory=dict, validate_default=True)
    technologies: FrozenMap[str, Technology] = Field(default_factory=dict, validate_default=True)
    partners: FrozenMap[str, Partner] = Field(min_length=1)
    objectives: FrozenMap[str, Objective] = Field(min_length=1)
    facilities: FrozenMap[str, Facility] = Field(default_factory=dict, validate_default=True)
    treaties: FrozenMap[str, Treaty] = Field(default_factory=dict, validate_default=True)
    agreements: FrozenMap[str, Agreement] = Field(default_factory=dict, validate_default=True)
    export_control: FrozenMap[str, ExportRule] = Field(default_factory=dict, validate_default=True)
    participation: FrozenMap[str, ParticipationRule] = Field(default_factory=dict, validate_default=True)
    missions: FrozenMap[str, Mission] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: Any) -> Any:
        return with_ids(raw, *SECTIONS)

    # --- money ---------------------------------------------------------------------------------------------------

    def worth(self, money: Money) -> Decimal:
        """The amount in the programme's currency and economic conditions, exact (not rounded).

        Money is first brought to the programme's price level in its own currency, then exchanged.
        ValueError when a rate or a price index is missing.
        """
        header = self.programme
        quote = header.currencies.get(money.currency)
        if quote is None and money.currency != header.currency:
            raise ValueError(f"no exchange rate for {money.currency}; add it under programme: currencies:")
        amount = money.amount
        if money.ec != header.economic_conditions:
            index = quote.price_index if quote is not None else {}
            for year in (money.ec, header.economic_conditions):
                if year not in index:
                    where = f"programme: currencies: {money.currency}: price_index:"
                    raise ValueError(f"no price index of {money.currency} for {year}; add it under {where}")
            amount = amount * index[header.economic_conditions] / index[money.ec]
        return amount if quote is None else amount * quote.rate

    def money(self, amount: Decimal) -> Money:
        """An amount in the programme's own currency and economic conditions, to the cent."""
        return Money(amount, self.programme.currency, self.programme.economic_conditions).cents()

    # --- who is who ----------------------------------------------------------------------------------------------

    def states(self, partner: str) -> frozenset[str]:
        """The states under whose law a partner works."""
        who = self.partners[partner]
        own = frozenset(who.member_states) | ({who.country} if who.country else frozenset())
        return own.union(*(self.states(m) for m in who.members if m != partner and m in self.partners))

    @cached_property
    def contributors(self) -> tuple[str, ...]:
        """The partners that have a budget."""
        return tuple(p for p, partner in self.partners.items() if partner.budget is not None)

    @cached_property
    def emerging(self) -> tuple[str, ...]:
        return tuple(p for p, partner in self.partners.items() if partner.emerging is not None)

    def budget(self, partner: str, year: int) -> Decimal:
        """A partner's budget of a year in the programme's money; 0 when it has none."""
        given = self.partners[partner].budget
        return self.worth(given[year]) if given is not None and year in given else Decimal(0)

    # --- what is what --------------------------------------------------------------------------------------------

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The objectives that no other has as its parent."""
        parents = {o.parent for o in self.objectives.values()}
        return tuple(o for o in self.objectives if o not in parents)

    def priority(self, partner: str, leaf: str) -> float:
        """How much a leaf objective matters to a partner: the nearest stated priority up the tree, or 1."""
        stated = self.partners[partner].priorities
        at: str | None = leaf
        while at is not None:
            if at in stated:
                return float(stated[at])
            at = self.objectives[at].parent if at in self.objectives else None
        return 1.0

    def windows(self, element: Element) -> tuple[MonthSpan, ...] | None:
        """An element's launch windows within the horizon; None when it may launch at any time."""
        if isinstance(element.launch_windows, Synodic):
            return element.launch_windows.spans(self.programme.horizon.start, self.programme.horizon.end)
        return element.launch_windows

    def element(self, mission: str, reference: str) -> tuple[str, str]:
        """`(mission, element)` that a reference from within a mission means."""
        first, _, second = reference.partition("/")
        return (first, second) if second else (mission, first)

    def risk(self, element: Element, option: Option) -> Risk:
        """The spread that holds for an option: its own, the element's, its kind's, the programme's, in this order."""
        usual = self.programme.uncertainty
        candidates = (option.risk, element.risk, usual.by_kind.get(element.kind), usual.default)
        return Risk(
            cost=next((r.cost for r in candidates if r is not None and r.cost is not None), None),
            schedule=next((r.schedule for r in candidates if r is not None and r.schedule is not None), None),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content; two programmes that say the same have the same digest."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


SECTIONS = (
    "sources",
    "technologies",
    "partners",
    "objectives",
    "facilities",
    "treaties",
    "agreements",
    "export_control",
    "participation",
    "missions",
)
