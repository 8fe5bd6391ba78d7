"""Who takes part: agencies, intergovernmental organisations, companies, universities, consortia; and their means."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from comity.model.base import FrozenMap, Named, Sourced, Value
from comity.model.money import Money
from comity.model.quantities import Fraction


def _expand_years(raw: Any) -> Any:
    """`{2026-2028: X, 2029: Y}` as one entry a year."""
    if not isinstance(raw, Mapping):
        return raw
    years: dict[int, Any] = {}
    for key, value in raw.items():
        ends = str(key).split("-")
        if len(ends) > 2 or not all(e.strip().isdigit() and len(e.strip()) == 4 for e in ends):
            raise ValueError(f"{key!r} is not a year or a span of years; write 2026 or 2026-2030")
        first, last = int(ends[0]), int(ends[-1])
        if last < first:
            raise ValueError(f"the span {key} ends before it starts")
        for year in range(first, last + 1):
            if year in years:
                raise ValueError(f"year {year} is given twice")
            years[year] = value
    return years


Years = Annotated[
    FrozenMap[int, Money],
    BeforeValidator(_expand_years),
    WithJsonSchema(
        {
            "type": "object",
            "description": "Money by year, or by a span of years such as 2026-2030.",
            "additionalProperties": False,
            "patternProperties": {r"^\d{4}(-\d{4})?$": {"type": "string"}},
        }
    ),
]

PartnerKind = Literal["agency", "intergovernmental", "public_body", "commercial", "consortium", "university"]


class Capability(Value):
    """How far a partner masters a technology: technology readiness (1-9) and how many times it has flown it."""

    trl: int | None = Field(default=None, ge=1, le=9)
    heritage: int | None = Field(default=None, ge=0, description="Times flown.")

    @model_validator(mode="after")
    def _some_level(self) -> Capability:
        if self.trl is None and self.heritage is None:
            raise ValueError("give a level: trl (1 to 9), heritage (times flown), or both")
        return self

    def reaches(self, needed: Capability) -> bool:
        """Is each level that is needed reached? A heritage of one flight or more counts as TRL 9."""
        trl = 9 if (self.heritage or 0) >= 1 else (self.trl or 0)
        return trl >= (needed.trl or 0) and (self.heritage or 0) >= (needed.heritage or 0)


class Emerging(Value):
    """That a partner is an emerging space nation, and what it wants to learn."""

    training_aims: tuple[str, ...] = Field(min_length=1)


class Partner(Named, Sourced):
    """One partner. Every real figure is sourced; `budget` is what is available to this programme, by year.

    A partner with a budget pays; one without (a company, most universities) is paid by those named in an option.
    """

    FIGURES: ClassVar[tuple[str, ...]] = ("budget",)

    kind: PartnerKind
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2 code; not with member_states.")
    member_states: tuple[str, ...] = Field(default=(), description="ISO 3166-1 alpha-2 codes.")
    members: tuple[str, ...] = Field(default=(), description="Partners that form this consortium.")
    budget: Years | None = Field(default=None, description="Available to the programme, each year of the horizon.")
    carry_over: Fraction = Field(
        default=Decimal(0), description="The part of a year's budget that may stay unspent into the next year."
    )
    capabilities: FrozenMap[str, Capability] = Field(default_factory=dict, validate_default=True)
    emerging: Emerging | None = None
    priorities: FrozenMap[str, Fraction] = Field(
        default_factory=dict,
        validate_default=True,
        description="How much each objective matters to this partner (0 to 1; an inner node speaks for its leaves; default 1).",
    )
    return_to: str | None = Field(
        default=None,
        description="For a company or university: the contributor to whom its work is a geographical return.",
    )
    joins: str | None = Field(default=None, description="Free text on how and when it joined.")
