"""Facilities, treaties, agreements, export control, and the rules of participation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from comity.model.base import FrozenMap, Named, Sourced
from comity.model.calendar import Month
from comity.model.money import Money
from comity.model.quantities import Fraction, Quantity


def _steps(raw: Any) -> Any:
    """One capacity for all time, or `{2026-01: 2 slot, 2030-01: 3 slot}` (each from its month on; none before the first)."""
    if isinstance(raw, Mapping):
        return {Month.parse(str(key)): value for key, value in raw.items()}
    return {Month.of(0): raw}


Steps = Annotated[
    FrozenMap[Month, Quantity],
    BeforeValidator(_steps),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
            "description": "A quantity, or quantities from given months on.",
            "examples": ["2 slot"],
        }
    ),
]


class Facility(Named, Sourced):
    """Shared infrastructure: a launch site, a test chamber, a ground network, an observatory, a laboratory.

    `price` is charged per unit of capacity and month to those who pay for the element that occupies it. With
    `settlement: cash` it weighs on their budgets; with `barter` it is kept as a mutual account between user and owner.
    """

    FIGURES: ClassVar[tuple[str, ...]] = ("capacity", "price")

    kind: Literal[
        "launch_site", "test_chamber", "ground_network", "observatory", "laboratory", "integration_hall", "other"
    ]
    owner: str
    capacity: Steps
    price: Money | None = Field(default=None, description="Per unit of capacity and month.")
    settlement: Literal["cash", "barter"] = "cash"

    @property
    def unit(self) -> str:
        return next(iter(self.capacity.values())).unit

    def capacity_at(self, month: Month) -> float:
        """Capacity in `unit` during a month; 0 before the first step."""
        level = 0.0
        for start in sorted(self.capacity):
            if start <= month:
                level = self.capacity[start].to(self.unit)
        return level


class Technology(Named):
    """A technology class that partners master and that may cross interfaces; `regime` cites its control list."""

    regime: str = Field(default="", description="Such as `USML XV(a)`, `EAR 9A515`, `MTCR I.1.A`, `EU 2021/821 9A004`.")


class Treaty(Named, Sourced):
    """A treaty or accord, and since when each state (ISO code) or partner (id) is party."""

    FIGURES: ClassVar[tuple[str, ...]] = ("parties",)

    parties: FrozenMap[str, Month]
    url: str = ""


class Agreement(Named, Sourced):
    """An agreement between partners, in the form the planner needs."""

    FIGURES: ClassVar[tuple[str, ...]] = ("in_force_from",)

    parties: tuple[str, ...] = Field(min_length=2)
    in_force_from: Month
    in_force_until: Month | None = None
    permits: tuple[str, ...] = Field(
        default=(), description="Technology classes whose transfer between the parties it allows."
    )
    kind: str = ""


class ExportRule(Named, Sourced):
    """A class of technology that may not pass from whom to whom, or only under a named agreement.

    `giver` and `receiver` list states (ISO codes), partners (ids), or `*`; `except_receiver` are exempt. It never bars
    a transfer within one partner, nor between partners of the very same states.
    """

    technologies: tuple[str, ...] = Field(min_length=1, description="Technology ids, or `*`.")
    giver: tuple[str, ...] = Field(min_length=1)
    receiver: tuple[str, ...] = Field(min_length=1)
    except_receiver: tuple[str, ...] = ()
    unless: tuple[str, ...] = Field(default=(), description="Agreements that lift the bar while in force.")


class MinimumReturn(Named, Sourced):
    """Geographical return: value of work received over own contribution, at least `minimum`, for each contributor."""

    FIGURES: ClassVar[tuple[str, ...]] = ("minimum",)
    kind: Literal["minimum_return"]
    minimum: Decimal = Field(ge=0, le=2)
    partners: tuple[str, ...] = Field(default=(), description="Default: every partner with a budget.")


class EmergingPlace(Named, Sourced):
    """A real place for emerging partners: a share of all work, and a number of roles (elements) for each of them."""

    FIGURES: ClassVar[tuple[str, ...]] = ("minimum_share", "minimum_roles")
    kind: Literal["emerging_place"]
    minimum_share: Fraction = Decimal(0)
    minimum_roles: int = Field(
        default=0, ge=0, description="Elements in which each emerging partner has a share of the work."
    )


class MaximumShare(Named, Sourced):
    """No partner contributes more than this part of all contributions."""

    FIGURES: ClassVar[tuple[str, ...]] = ("maximum",)
    kind: Literal["maximum_share"]
    maximum: Fraction
    partners: tuple[str, ...] = Field(default=(), description="Default: every partner with a budget.")


class CashPool(Named, Sourced):
    """The common pool: who may pay in, up to what part of its yearly budget; who may receive from it; what it may pay for.

    Without a rule of this kind there is no pool, and no cash crosses between partners.
    """

    FIGURES: ClassVar[tuple[str, ...]] = ("maximum_paid",)
    kind: Literal["cash_pool"]
    maximum_paid: Fraction = Field(description="Of a payer's budget of the year.")
    payers: tuple[str, ...] = Field(default=(), description="Default: every partner with a budget.")
    receivers: tuple[str, ...] = Field(
        default=(), description="Partners that may receive cash; `emerging` stands for all such."
    )
    maximum_received: Money | None = Field(default=None, description="Per receiver and year.")


class InKind(Named, Sourced):
    """At least this part of each contributor's contribution is in kind (its own work), not cash."""

    FIGURES: ClassVar[tuple[str, ...]] = ("minimum",)
    kind: Literal["in_kind"]
    minimum: Fraction
    partners: tuple[str, ...] = ()


class Barter(Named, Sourced):
    """How far any partner's barter account for facilities may be in debt at the end: use of others' less others' use of its own."""

    FIGURES: ClassVar[tuple[str, ...]] = ("maximum_debt",)
    kind: Literal["barter"]
    maximum_debt: Money
    partners: tuple[str, ...] = ()


ParticipationRule = Annotated[
    MinimumReturn | EmergingPlace | MaximumShare | CashPool | InKind | Barter, Field(discriminator="kind")
]
