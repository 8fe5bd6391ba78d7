"""What commercial providers offer: a price, milestones that earn it, options, and customers that they hope for.

need:      {name: …, currency: USD, economic_conditions: 2019, discount_rate: 0.03, from: 2019-05,
            worth: 150 MUSD@2019, by: 2021-07, lateness: 0.1}
offers:
  peregrine:
    name: Astrobotic, Peregrine
    price: {kind: fixed}
    milestones:
      - {name: Contract signed, due: 2019-06, amount: 10 MUSD@2019, criteria: […]}
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from comity.funding.files import read_value, shipped_or_file
from comity.model.base import FrozenDict, FrozenMap, Sourced, Value
from comity.model.calendar import Month
from comity.model.missions import Spread
from comity.model.money import Money, currencies

DATA = Path(__file__).parent / "data"
Chance = Annotated[Decimal, Field(ge=0, le=1)]


class Source(Value):
    """A document that figures are taken from."""

    title: str
    url: str | None = None
    seen: str = Field(default="", description="How it was read: as an excerpt, whole.")


class Milestone(Sourced):
    """What earns a payment: when it is due, what must be shown, and how probable it is that it is met at all."""

    FIGURES: ClassVar[tuple[str, ...]] = ("amount", "due", "chance")

    name: str
    due: Month
    amount: Money
    criteria: tuple[str, ...] = Field(default=(), description="What must be shown for it to be accepted.")
    chance: Chance = Field(default=Decimal(1), description="That it is met, once all before it are.")


class Fixed(Value):
    """The milestones' amounts are the price; whatever more it costs is the provider's."""

    kind: Literal["fixed"] = "fixed"


class CostPlus(Value):
    """The buyer pays what it costs, and a fee (FAR 16.3; the incentive fee after FAR 16.405-1)."""

    kind: Literal["cost_plus"]
    target: Money = Field(description="What the provider says it will cost.")
    fee: Money = Field(description="The fee when it costs just that.")
    provider_share: Chance = Field(
        default=Decimal(0),
        description="The part of an overrun that comes off the fee, and of a saving that adds to it.",
    )
    least_fee: Money | None = Field(default=None, description="However dear it becomes.")
    most_fee: Money | None = Field(default=None, description="However cheap it becomes.")
    ceiling: Money | None = Field(default=None, description="The most that the buyer pays in all.")
    growth: Spread | None = Field(default=None, description="What it may really cost, as a factor on the target.")


class Option(Sourced):
    """More of it, later, at a price agreed now: a right of the buyer, no duty."""

    FIGURES: ClassVar[tuple[str, ...]] = ("price", "worth", "chance")

    name: str
    exercise: Month
    price: Money
    worth: Money = Field(description="What it would be worth to the buyer then.")
    chance: Chance = Field(default=Decimal(1), description="That it will be wanted.")


class AnchorTenancy(Sourced):
    """Services that the buyer promises to buy every year, once the milestones are met."""

    FIGURES: ClassVar[tuple[str, ...]] = ("price", "worth", "units_a_year")

    units_a_year: int = Field(gt=0)
    price: Money = Field(description="Of one unit.")
    worth: Money = Field(description="Of one unit, to the buyer.")
    years: int = Field(gt=0, le=100)


class Offer(Sourced):
    """One provider's offer. Its milestones come in the order in which they must be met."""

    FIGURES: ClassVar[tuple[str, ...]] = ("own_funds",)

    name: str
    country: str | None = Field(default=None, description="ISO 3166 code, for geographical returns.")
    price: Annotated[Fixed | CostPlus, Field(discriminator="kind")] = Fixed()
    milestones: tuple[Milestone, ...] = Field(min_length=1, max_length=500)
    delay: Spread | None = Field(
        default=None, description="How long it may really take, as a factor on the time to each."
    )
    own_funds: Money | None = Field(default=None, description="What the provider puts in itself.")
    options: tuple[Option, ...] = ()
    anchor: AnchorTenancy | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Offer:
        dues = [m.due for m in self.milestones]
        if dues != sorted(dues):
            raise ValueError("milestones come in the order of their due months")
        for m in self.milestones:
            if m.amount.amount < 0:
                raise ValueError(f"the milestone {m.name!r} pays {m.amount}; an amount is not negative")
        return self


class Need(Sourced):
    """What the buyer wants, what it is worth to it, and in which money offers are compared."""

    FIGURES: ClassVar[tuple[str, ...]] = ("worth", "by", "lateness", "discount_rate")

    name: str
    currency: str
    economic_conditions: int = Field(ge=1900, le=2200)
    discount_rate: Decimal = Field(ge=0, le=1, description="Real, a year.")
    start: Month = Field(alias="from", description="The month to which values are discounted.")
    worth: Money = Field(description="What it is worth to the buyer when the last milestone is met.")
    by: Month = Field(description="When it is needed.")
    lateness: Chance = Field(
        default=Decimal(0), description="The part of its worth that each year of delay takes away."
    )


class Comparison(Value):
    """Several offers for one need. All money is in one currency, at one year's prices."""

    need: Need
    offers: FrozenMap[str, Offer] = Field(min_length=1)
    sources: FrozenMap[str, Source] = FrozenDict()

    @model_validator(mode="after")
    def _one_money(self) -> Comparison:
        need = self.need
        if need.currency not in currencies():
            raise ValueError(f"{need.currency!r} is not an ISO 4217 currency")
        for name, offer in self.offers.items():
            for what, money in _money(offer):
                if (money.currency, money.ec) != (need.currency, need.economic_conditions):
                    raise ValueError(
                        f"{what} of {name} is {money}; offers are compared in {need.currency}@{need.economic_conditions}: "
                        "convert it first (`comity fund key convert`)"
                    )
            if offer.milestones[0].due < need.start:
                raise ValueError(
                    f"the first milestone of {name} is due at {offer.milestones[0].due}, before {need.start}"
                )
        if (need.worth.currency, need.worth.ec) != (need.currency, need.economic_conditions):
            raise ValueError(f"the worth is {need.worth}, not in {need.currency}@{need.economic_conditions}")
        return self


def _money(offer: Offer) -> list[tuple[str, Money]]:
    """Every amount of an offer, and what it is."""
    found = [(f"the milestone {m.name!r}", m.amount) for m in offer.milestones]
    found += [
        (f"the {what} of option {o.name!r}", m)
        for o in offer.options
        for what, m in (("price", o.price), ("worth", o.worth))
    ]
    price = offer.price
    if isinstance(price, CostPlus):
        named = {"target": price.target, "fee": price.fee, "least fee": price.least_fee, "most fee": price.most_fee}
        named["ceiling"] = price.ceiling
        found += [(f"the {what}", m) for what, m in named.items() if m is not None]
    if offer.anchor is not None:
        found += [("the price of a unit", offer.anchor.price), ("the worth of a unit", offer.anchor.worth)]
    return found


def price_of(offer: Offer) -> Money:
    """What the offer asks when all goes as it says: the milestones' amounts, or target and fee."""
    first = offer.milestones[0].amount
    if isinstance(offer.price, CostPlus):
        return Money(offer.price.target.amount + offer.price.fee.amount, first.currency, first.ec)
    return Money(sum((m.amount.amount for m in offer.milestones), Decimal(0)), first.currency, first.ec)


def load(name: Path | str) -> Comparison:
    """The offers in a file, or in a shipped one (`clps-2019`). FundingError lists all that is wrong."""
    return read_value(shipped_or_file(name, DATA), Comparison)
