"""What the planner answers: plans and comparisons, immutable, and serialisable without loss.

Money is Decimal in the programme's currency and economic conditions, to the cent. Months are calendar months (UTC).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from comity.model.base import FrozenMap, Value
from comity.model.calendar import Month

SCHEMA_VERSION = "1"

Status = Literal["optimal", "within_gap", "feasible", "interrupted"]


class PlannedElement(Value):
    """An element that the plan builds: its option, dates, and who pays what in which year."""

    mission: str
    element: str
    option: str = Field(description="Label of the option taken.")
    start: Month
    finish: Month = Field(description="The first month after the work.")
    cost: Decimal = Field(description="Whole cost of the option, and the cash price of facilities that it occupies.")
    work: FrozenMap[str, Decimal] = Field(description="Value of the option's work by the partner that does it.")
    payments: FrozenMap[str, FrozenMap[int, Decimal]] = Field(
        description="By payer (`pool` included) and year, within the horizon; the rest of the cost falls after it."
    )


class PlannedMission(Value):
    """A mission of the plan, and the month in which its science is delivered."""

    mission: str
    delivery: Month
    success: float = Field(description="Probability that the mission's critical elements all work.")
    partners: tuple[str, ...] = Field(description="Who does or pays for a part of it.")


class CashFlow(Value):
    """The common pool in one year: paid in and received by partners, spent on elements, held at the year's end."""

    paid: FrozenMap[str, Decimal] = Field(default_factory=dict, validate_default=True)
    received: FrozenMap[str, Decimal] = Field(default_factory=dict, validate_default=True)
    spent: Decimal = Decimal(0)
    held: Decimal = Decimal(0)


class ObjectiveScore(Value):
    """A leaf objective: expected discounted contribution, the part of its value covered, and the value won."""

    coverage: float
    part: float
    value: float


class PartnerAccount(Value):
    """What a partner gives and gets over the horizon."""

    spent: Decimal = Field(description="Payments on elements from its own means.")
    cash_paid: Decimal
    cash_received: Decimal
    contribution: Decimal = Field(description="spent + cash paid - cash received.")
    work: Decimal = Field(description="Value of work done by it and by those whose work is its return.")
    return_coefficient: float | None = Field(description="work / contribution; None without a contribution.")
    barter_debt: Decimal = Field(description="Barter use of others' facilities less others' use of its own.")
    benefit: float = Field(
        description="Value of the science to this partner, by its priorities and its part in each mission."
    )
    roles: int = Field(description="Elements in which it has a share of the work.")


class SolveRun(Value):
    """How the answer was found."""

    seconds: float
    threads: int
    seed: int
    iterations: int
    columns: int
    engine: str


class Plan(Value):
    """A joint roadmap with its proven gap.

    `value` is the science won (points); no plan can reach more than `bound`; `gap` is `(bound - value) / bound`.
    """

    schema_version: str = SCHEMA_VERSION
    programme: str = Field(description="The programme's id.")
    programme_digest: str = Field(description="SHA-256 of the programme's content, before amendments.")
    amendments: tuple[dict[str, Any], ...] = Field(
        default=(), description="Changes made to the programme before planning."
    )
    frozen_before: Month | None = Field(
        default=None, description="Replanning: what was spent or flown before is fixed."
    )
    sunk: FrozenMap[str, FrozenMap[int, Decimal]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Replanning: spent before `frozen_before` on elements that this plan no longer has, by payer and year.",
    )
    coalition: tuple[str, ...] | None = Field(default=None, description="The partners taking part; None is all.")
    status: Status
    value: float
    bound: float
    gap: float
    cost: Decimal
    missions: tuple[PlannedMission, ...]
    elements: tuple[PlannedElement, ...]
    cash: FrozenMap[int, CashFlow] = Field(default_factory=dict, validate_default=True)
    carried: FrozenMap[str, FrozenMap[int, Decimal]] = Field(
        default_factory=dict, validate_default=True, description="Kept by a partner from a year into the next."
    )
    objectives: FrozenMap[str, ObjectiveScore]
    accounts: FrozenMap[str, PartnerAccount]
    run: SolveRun | None = None
