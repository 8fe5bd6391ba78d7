"""What may be built: missions of elements, the options for each, and the interfaces between them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from comity.model.base import FrozenMap, Named, OrText, Sourced, Value
from comity.model.calendar import Month, MonthSpan
from comity.model.money import Money
from comity.model.partners import Capability
from comity.model.ports import Port, PortKind
from comity.model.profiles import Curve, Profile
from comity.model.quantities import Duration, Fraction, Quantity
from comity.model.windows import Synodic

ElementKind = Literal[
    "launcher",
    "launch",
    "bus",
    "module",
    "lander",
    "rover",
    "orbiter",
    "probe",
    "sample_return",
    "crew_vehicle",
    "cargo_vehicle",
    "telescope",
    "instrument",
    "antenna",
    "array",
    "suit",
    "power",
    "robotics",
    "habitat",
    "relay",
    "ground_segment",
    "data_centre",
    "integration",
    "operations",
    "technology",
    "infrastructure",
    "training",
]
#: Kinds whose loss leaves the rest of the mission working.
NOT_CRITICAL = frozenset({"instrument", "training", "technology"})


class Spread(Value):
    """How far a figure may turn out from its plan, as a factor on it.

    `triangular` and `pert` take low, likely, high; `lognormal` takes the median (`likely`) and the 80th percentile (`p80`).
    """

    distribution: Literal["triangular", "pert", "lognormal"] = "triangular"
    low: Decimal | None = Field(default=None, gt=0)
    likely: Decimal = Field(default=Decimal(1), gt=0)
    high: Decimal | None = Field(default=None, gt=0)
    p80: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Spread:
        if self.distribution == "lognormal":
            if self.p80 is None or self.p80 <= self.likely or self.low is not None or self.high is not None:
                raise ValueError("a lognormal spread takes likely (its median) and a larger p80, and no low or high")
        elif self.low is None or self.high is None or self.p80 is not None or not self.low <= self.likely <= self.high:
            raise ValueError(f"a {self.distribution} spread takes low <= likely <= high, and no p80")
        elif self.low == self.high:
            raise ValueError("low equals high: leave the spread out instead")
        return self


class Risk(Value):
    """Uncertainty of an element's cost and duration."""

    cost: Spread | None = None
    schedule: Spread | None = None


class Use(Value):
    """Occupation of a shared facility, at a level, during some months of the element (default: all)."""

    level: Quantity
    offset: Duration = Field(default=0, validate_default=False, description="From the element's start.")
    months: Duration | None = Field(default=None, description="How long; default to the element's end.")


def _use(raw: Any) -> Any:
    return {"level": raw} if isinstance(raw, str) else raw


class Option(Sourced):
    """One way to provide an element: by whom, for how much, how long, how surely.

    The work is done by `provider`, or by a consortium with `shares` that sum to 1. The cost is borne by those who do
    the work, unless `paid_by` names others (shares that sum to 1); the word `pool` stands for the common pool.
    """

    FIGURES: ClassVar[tuple[str, ...]] = ("cost", "duration", "success")

    id: str = Field(default="", description="Default: the provider, or `consortium`.")
    provider: str | None = None
    shares: FrozenMap[str, Fraction] | None = Field(default=None, description="Who does which part of the work.")
    paid_by: FrozenMap[str, Fraction] | None = Field(default=None, description="Who bears which part of the cost.")
    cost: Money
    profile: Profile = Field(default=Curve(curve="rayleigh"))
    duration: Duration
    success: Fraction = Field(description="Probability of success.")
    uses: FrozenMap[str, Annotated[Use, BeforeValidator(_use), OrText("A level.")]] = Field(
        default_factory=dict, validate_default=True
    )
    earliest: Month | None = Field(default=None, description="The option cannot start before.")
    latest: Month | None = Field(default=None, description="The option cannot start after.")
    risk: Risk | None = None
    ports: FrozenMap[str, Port] = Field(
        default_factory=dict, validate_default=True, description="Ports of this option; go before the element's own."
    )

    @model_validator(mode="before")
    @classmethod
    def _payer_name(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and isinstance(raw.get("paid_by"), str):
            raw = {**raw, "paid_by": {raw["paid_by"]: 1}}
        return raw

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.provider is None) == (self.shares is None):
            raise ValueError("an option names either one provider or the shares of a consortium")
        for field in ("shares", "paid_by"):
            given = getattr(self, field)
            if given is not None and sum(given.values()) != 1:
                raise ValueError(f"{field} sum to {sum(given.values())}, not to 1")
        if self.cost.amount < 0:
            raise ValueError("a cost is not negative")
        if self.duration < 1:
            raise ValueError("an option lasts at least one month")
        return self

    @property
    def work_shares(self) -> dict[str, Decimal]:
        """Who does which part of the work."""
        return dict(self.shares) if self.shares is not None else {str(self.provider): Decimal(1)}

    @property
    def payer_shares(self) -> dict[str, Decimal]:
        """Who bears which part of the cost; `pool` is the common pool."""
        return dict(self.paid_by) if self.paid_by is not None else self.work_shares

    @property
    def label(self) -> str:
        """The option's identifier: given, or made from its provider."""
        return self.id or self.provider or "consortium"


class After(Value):
    """That an element waits for another: `start >= anchor of the other + lag`, and at most `max_lag` later when given."""

    element: str = Field(description="An element of this mission, or `mission/element` of another.")
    lag: Duration = Field(default=0, validate_default=False)
    max_lag: Duration | None = None
    anchor: Literal["finish", "start"] = "finish"


def _after(raw: Any) -> Any:
    return {"element": raw} if isinstance(raw, str) else raw


class Element(Named):
    """A part of a mission: bought, built or run by one option among several.

    `finish` is the first month after the work: `start + duration`.
    """

    kind: ElementKind
    optional: bool = Field(default=False, description="May the mission go without it?")
    critical: bool | None = Field(
        default=None,
        description="Does its loss lose the mission's science? Default: no for an instrument, yes for the rest.",
    )
    after: tuple[Annotated[After, BeforeValidator(_after), OrText("An element it waits for.")], ...] = ()
    earliest: Month | None = Field(default=None, description="No start before.")
    latest: Month | None = Field(default=None, description="No start after.")
    finish_by: Month | None = Field(default=None, description="Finished before this month begins, or as it begins.")
    launch_windows: tuple[MonthSpan, ...] | Synodic | None = Field(
        default=None, description="The element starts (launches) within one of these."
    )
    contributes: FrozenMap[str, float] = Field(
        default_factory=dict,
        validate_default=True,
        description="To leaf objectives: 1 is what one full-scale mission brings.",
    )
    requires: FrozenMap[str, Capability] = Field(
        default_factory=dict,
        validate_default=True,
        description="Technologies that a provider must master, with the level.",
    )
    options: tuple[Option, ...] = Field(min_length=1)
    risk: Risk | None = None
    ports: FrozenMap[str, Port] = Field(
        default_factory=dict, validate_default=True, description="Where it meets others, whoever provides it."
    )
    adapter: bool = Field(default=False, description="May it stand between two others that do not fit?")

    @model_validator(mode="after")
    def _sane(self) -> Self:
        for objective, amount in self.contributes.items():
            if amount <= 0:
                raise ValueError(f"the contribution to {objective} is {amount}; it must be positive")
        labels = [option.label for option in self.options]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two options are called {label!r}; give each an id of its own")
        return self

    @property
    def is_critical(self) -> bool:
        return self.kind not in NOT_CRITICAL if self.critical is None else self.critical

    def ports_of(self, option: Option) -> dict[str, Port]:
        """The ports that it has when it is provided so."""
        return {**self.ports, **option.ports}


class Interface(Value):
    """Two elements that meet, and the technology class that crosses."""

    between: tuple[str, str] = Field(description="Elements of this mission, or `mission/element`.")
    technology: str
    flow: Literal["both", "forward"] = Field(
        default="both", description="`forward`: only from the first to the second; `both`: each gives to the other."
    )
    note: str = ""
    joins: tuple[PortKind, ...] = Field(
        default=(), description="The kinds of port that meet there. Default: those that both elements have."
    )
    ports: tuple[tuple[str, str], ...] = Field(
        default=(),
        description="Which port of the first meets which of the second. Default: of each kind, those that fit best.",
    )
    adapter: str | None = Field(
        default=None, description="The element that stands between the two, of this mission or `mission/element`."
    )


class Mission(Named):
    """A mission: its elements, what must come first, and who may take part.

    Its science is delivered in the month when its `delivery` element starts, if that is of kind operations, and
    else when it finishes. By default it is the first element of kind operations, or else the last element.
    """

    summary: str = ""
    theme: str = ""
    committed: bool = Field(default=False, description="It must be in every plan.")
    requires_treaties: tuple[str, ...] = Field(
        default=(), description="Treaties that each provider and payer must be party to."
    )
    excludes: tuple[str, ...] = Field(
        default=(), description="Missions that cannot be in a plan together with this one."
    )
    delivery: str | None = None
    elements: FrozenMap[str, Element] = Field(min_length=1)
    interfaces: tuple[Interface, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: Any) -> Any:
        return with_ids(raw, "elements")

    @property
    def delivery_element(self) -> str:
        if self.delivery is not None:
            return self.delivery
        operations = [e for e, element in self.elements.items() if element.kind == "operations"]
        return operations[0] if operations else list(self.elements)[-1]


def with_ids(raw: Any, *sections: str) -> Any:
    """Hands each named value of the sections its key as `id`."""
    if not isinstance(raw, dict):
        return raw
    out = dict(raw)
    for section in sections:
        entries = raw.get(section)
        if isinstance(entries, dict):
            out[section] = {
                key: {**value, "id": key} if isinstance(value, dict) else value for key, value in entries.items()
            }
    return out
