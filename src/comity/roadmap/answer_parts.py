"""What is told about a plan beside the plan: going alone, duplication, what binds, trade-offs, confidence, changes.

All immutable and serialisable without loss. Money is Decimal in the programme's currency and economic conditions;
science is in points (the unit of `Objective.value`); probabilities and shares are fractions from 0 to 1; months UTC.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from comity.model.base import FrozenMap, Value
from comity.model.calendar import Month

# --- going alone -----------------------------------------------------------------------------------------------------


class Alone(Value):
    """One partner's best programme with only its own means, beside its place in the joint plan."""

    partner: str
    value: float = Field(description="Science that it can reach alone [points].")
    benefit_alone: float = Field(description="Benefit to it of its programme alone [points, by its own priorities].")
    benefit_together: float = Field(description="Benefit to it of the joint plan [points, by its own priorities].")
    cost_alone: Decimal = Field(description="What its programme alone costs it.")
    together_cost: Decimal = Field(description="Its contribution to the joint plan.")
    missions: tuple[str, ...] = Field(default=(), description="Missions of its programme alone.")
    gain: float | None = Field(
        default=None, description="benefit_together / benefit_alone - 1; None when alone it reaches nothing."
    )
    cost_for_same: Decimal | None = Field(
        default=None, description="What its science alone costs it within the joint plan; None when unknown."
    )


class Comparison(Value):
    """The joint plan against each partner, and all partners, going alone."""

    alone: FrozenMap[str, Alone] = Field(description="By partner.")
    value_together: float = Field(description="Science of the joint plan [points].")
    value_alone_union: float = Field(
        description="Science of all the programmes alone taken together, what they do twice counted once [points]."
    )
    objectives_alone: FrozenMap[str, float] = Field(
        default_factory=dict,
        validate_default=True,
        description="The same by leaf objective [points]; empty when not computed.",
    )
    cost_alone_total: Decimal = Field(description="What all the programmes alone cost together.")
    same_science_cost: Decimal | None = Field(
        default=None, description="Cheapest joint plan found that reaches `value_alone_union`; None when not sought."
    )


# --- duplication and what binds --------------------------------------------------------------------------------------


class Overlap(Value):
    """Two elements of the plan that serve the same objective, and what the second of them is still worth."""

    objective: str
    first: tuple[str, str] = Field(description="(mission, element)")
    second: tuple[str, str] = Field(description="(mission, element)")
    lost_value: float = Field(description="Science lost to diminishing return because both are done [points].")
    freed_cost: Decimal = Field(description="What dropping the second frees.")
    value_if_dropped: float = Field(description="Science lost by dropping the second [points, 0 or more].")
    advice: str = Field(default="", description="What to do, in a sentence.")


BindingKind = Literal[
    "budget",
    "facility",
    "capacity",
    "rule",
    "cash_pool",
    "treaty",
    "export_control",
    "capability",
    "launch_window",
    "date",
]


class Binding(Value):
    """A limit that the plan touches, and what one more unit of it would be worth."""

    kind: BindingKind
    where: str = Field(description="Such as `esa 2031`, `kourou 2033-04`, `minimum_return esa`.")
    limit: str = Field(description="The limit in words and numbers, such as `420.0 MEUR, all spent`.")
    marginal_value: float = Field(description="Science that one more unit would bring [points per unit].")
    unit: str = Field(description="The unit that one more is counted in, such as `MEUR` or `slot month`.")
    file: str | None = Field(default=None, description="Where the limit is written.")
    line: int | None = None


class MissionReason(Value):
    """Why a mission is in the plan, or is not."""

    mission: str
    in_plan: bool
    reasons: tuple[str, ...] = Field(description="The most telling first; each a sentence.")
    value_if_forced: float | None = Field(
        default=None,
        description="Change of science when it is forced out (if in) or in (if out) [points]; None when not sought.",
    )


# --- how elements are joined -----------------------------------------------------------------------------------------


class Adapted(Value):
    """An adapter that the plan builds because two elements would not fit without it."""

    interface: str = Field(description="`mission:element~element`, as `comity interface check` names it.")
    between: tuple[str, str] = Field(description="The two elements, `mission/element`.")
    kinds: tuple[str, ...] = Field(description="The kinds of port that do not fit by themselves.")
    adapter: str = Field(description="`mission/element`")
    option: str
    by: tuple[str, ...] = Field(description="Who builds it.")
    paid_by: tuple[str, ...] = Field(description="Who pays for it.")
    cost: Decimal = Field(description="Whole cost; it is a part of the plan's.")
    start: Month
    finish: Month = Field(description="The first month after the work.")


class OpenPoint(Value):
    """What nobody has specified where two elements of the plan meet: it may yet turn out not to fit."""

    interface: str
    between: tuple[str, str]
    kind: str
    parameter: str
    says: str
    who: tuple[str, ...] = Field(description="Partners who must say it.")


class Joints(Value):
    """How the elements of a plan are joined."""

    meet: int = Field(description="Interfaces at which two elements of the plan meet.")
    adapted: tuple[Adapted, ...] = Field(default=(), description="An adapter stands once for each interface it serves.")
    open: tuple[OpenPoint, ...] = ()
    unstated: tuple[str, ...] = Field(default=(), description="Interfaces of which neither end has stated anything.")


# --- when no plan exists -----------------------------------------------------------------------------------------------


class Clash(Value):
    """One rule of a conflict: what it says, and where it is written."""

    kind: str = Field(description="Such as `committed`, `budget`, `launch_window`, `treaty`, `minimum_return`.")
    where: str = Field(description="Whom or what it binds, such as `esa` or `moon/launch`.")
    says: str = Field(
        description="The rule in words and numbers, with what would end the conflict where that is known."
    )
    path: str = Field(default="", description="Where it stands in the programme, such as `missions: moon: committed`.")
    file: str | None = Field(default=None, description="The file; None when the programme was not read from files.")
    line: int | None = None


class Conflict(Value):
    """Rules that no plan can keep together; without any one of them a plan exists (when `minimal`)."""

    clashes: tuple[Clash, ...]
    horizon: str = Field(description="The months within which no plan exists, such as `2030-01..2041-12`.")
    minimal: bool = Field(description="Was a plan found without each one of the rules?")
    decisions: int = Field(description="How many sets of rules were decided to find it.")


# --- trade-off -------------------------------------------------------------------------------------------------------


class FrontPoint(Value):
    """One real plan on a front."""

    cost: Decimal
    value: float = Field(description="Science [points].")
    fairness: float | None = Field(
        default=None, description="The worst-off partner's gain over going alone (0.25 is 25 %)."
    )
    gap: float = Field(description="Proven gap of this plan, (bound - value) / bound.")
    label: str = ""
    is_chosen: bool = Field(default=False, description="Is it the plan that the report is about?")


class Front(Value):
    """A Pareto front of real plans: none of them is worse than another on both axes."""

    x_axis: Literal["cost", "fairness"]
    y_axis: Literal["value"] = "value"
    points: tuple[FrontPoint, ...]


class Tradeoff(Value):
    """The fronts that were drawn: science against cost, science against fairness."""

    fronts: tuple[Front, ...]


# --- uncertainty -----------------------------------------------------------------------------------------------------


class FrontierPoint(Value):
    """A cost and a date that are kept together with a given confidence."""

    cost: Decimal
    finish: Month = Field(description="Month of the last delivery.")


class Confidence(Value):
    """How sure the plan's cost and date are: a Monte Carlo of cost growth and delay."""

    draws: int = Field(ge=1)
    seed: int = 0
    planned_cost: Decimal
    planned_finish: Month
    cost_percentiles: FrozenMap[int, Decimal] = Field(description="Whole percent (5, 10 ... 95) -> cost.")
    finish_percentiles: FrozenMap[int, Month] = Field(description="Whole percent -> month of the last delivery.")
    joint_confidence: float = Field(description="Probability of meeting planned cost and planned date together (JCL).")
    cost_confidence: float = Field(description="Probability of meeting the planned cost.")
    schedule_confidence: float = Field(description="Probability of meeting the planned date.")
    sample: tuple[tuple[float, float], ...] = Field(
        default=(),
        max_length=2000,
        description="Draws: (cost in the programme's currency, month of the last delivery counted as `Month.index`).",
    )
    on_time: FrozenMap[str, float] = Field(
        default_factory=dict,
        validate_default=True,
        description="Mission -> probability of delivery in its planned month or before.",
    )
    cost_for_50: Decimal | None = Field(default=None, description="Budget that suffices with 50 %.")
    cost_for_70: Decimal | None = Field(default=None, description="Budget that suffices with 70 %.")
    frontiers: FrozenMap[int, tuple[FrontierPoint, ...]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Joint confidence in whole percent (50, 70) -> for each date, the least cost that reaches it.",
    )
    no_window: FrozenMap[str, float] = Field(
        default_factory=dict,
        validate_default=True,
        description="Mission -> probability that it is ready only when the last listed launch window has passed.",
    )
    broken_limits: FrozenMap[str, float] = Field(
        default_factory=dict,
        validate_default=True,
        description="`mission/element` -> probability that it breaks its latest start, finish_by or max_lag.",
    )
    correlation: float = Field(description="Between any two elements' costs (and durations).")
    cost_schedule_correlation: float = Field(default=0.0, description="Of an element's cost with its duration.")
    time_dependent: float = Field(default=0.0, description="Part of an element's cost that grows with its duration.")


# --- replanning ------------------------------------------------------------------------------------------------------


class PartnerChange(Value):
    """What replanning changes for one partner."""

    partner: str
    contribution_before: Decimal
    contribution_after: Decimal
    work_before: Decimal
    work_after: Decimal
    benefit_before: float
    benefit_after: float


class MovedMission(Value):
    """A mission that stays, and delivers in another month."""

    mission: str
    before: Month
    after: Month


class Exposure(Value):
    """How much science the programme loses if this partner withdraws, after the best replanning."""

    partner: str
    lost_value: float = Field(description="[points]")
    lost_share: float = Field(description="Of the plan's science.")
    given_up: tuple[str, ...] = Field(default=(), description="Missions of the plan that cannot be kept without it.")
    commitments_broken: tuple[str, ...] = Field(
        default=(), description="Those of them that every plan had to have; without it none can have them all."
    )


class Change(Value):
    """What a new plan changes against the one before it."""

    event: str = Field(default="", description="What happened, in a sentence.")
    value_before: float
    value_after: float
    cost_before: Decimal
    cost_after: Decimal
    partners: tuple[PartnerChange, ...] = ()
    dropped: tuple[str, ...] = Field(default=(), description="Missions no longer in the plan.")
    added: tuple[str, ...] = Field(default=(), description="Missions new in the plan.")
    moved: tuple[MovedMission, ...] = ()
    exposure: tuple[Exposure, ...] = Field(default=(), description="The partner whose loss costs most comes first.")
