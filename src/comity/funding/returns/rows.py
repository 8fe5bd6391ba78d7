"""How return statistics are written in files: contributions, contracts and open contracts, one value a row."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from comity.funding.returns.question import ReturnKind
from comity.model.base import FrozenMap, Named, Sourced, Value
from comity.model.missions import with_ids
from comity.model.programme import Source
from comity.model.quantities import Fraction

_AMOUNT = re.compile(r"^([+-]?[\d_]+(?:\.\d+)?)\s*([kMG]?)$")
_SCALE = {"": 0, "k": 3, "M": 6, "G": 9}
#: No amount is larger.
LARGEST = Decimal(10) ** 15


def amount_from(raw: Any) -> Decimal:
    """`1250000.00` or `1.25 M`: not negative. ValueError says what would be right."""
    match = (
        _AMOUNT.match(str(raw).strip()) if isinstance(raw, (str, int, Decimal)) and not isinstance(raw, bool) else None
    )
    if match is None:
        raise ValueError(f"{raw!r} is not an amount; write it as 1250000.00 or 1.25 M")
    try:
        amount = Decimal(match[1].replace("_", "")).scaleb(_SCALE[match[2]])
    except InvalidOperation:
        raise ValueError(f"{raw!r} is not an amount; write it as 1250000.00 or 1.25 M") from None
    if amount < 0:
        raise ValueError(f"{raw} is negative; what was paid back is left out of the amount paid")
    if amount > LARGEST:
        raise ValueError(f"{raw} is more than {LARGEST:f}")
    return amount


def day_from(raw: Any) -> date:
    """`2026-03-31`; `2026-03` is the last day of the month, and `2026` of the year. ValueError otherwise."""
    text = str(raw).strip() if isinstance(raw, (str, int)) and not isinstance(raw, bool) else ""
    try:
        if re.fullmatch(r"\d{4}", text):
            return date(int(text), 12, 31)
        if re.fullmatch(r"\d{4}-\d{2}", text):
            year, month = map(int, text.split("-"))
            return date(year, month, monthrange(year, month)[1])
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{raw!r} is not a date; write it as 2026-03-31, 2026-03 or 2026")


def weight_from(raw: Any) -> Decimal:
    """A weighting factor from 0 to 100. ValueError says what would be right."""
    value = Decimal(str(raw)) if re.fullmatch(r"\s*\d+(\.\d+)?\s*", str(raw)) else Decimal(-1)
    if not 0 <= value <= 100:
        raise ValueError(f"{raw!r} is not a weighting factor; write a number from 0 to 100, such as 0.5")
    return value


Amount = Annotated[Decimal, BeforeValidator(amount_from)]
Day = Annotated[date, BeforeValidator(day_from)]
Weight = Annotated[Decimal, BeforeValidator(weight_from)]


class ContributionRow(Sourced):
    """What a partner contributed to a programme by a date."""

    FIGURES: ClassVar[tuple[str, ...]] = ("amount",)

    partner: str
    amount: Amount
    date: Day
    programme: str = ""


class _Credited(Value):
    """Whose return it is: one partner's, or parts of several; what is left of 1 is nobody's."""

    partner: str | None = Field(default=None, description="Whose return it is.")
    shares: FrozenMap[str, Fraction] | None = Field(default=None, description="Whose return which part of it is.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.partner is None) == (self.shares is None):
            raise ValueError("name either the one partner whose return it is, or the shares of several")
        if self.shares is not None and sum(self.shares.values()) > 1:
            raise ValueError(f"shares sum to {sum(self.shares.values())}, more than 1")
        return self

    @property
    def parts(self) -> dict[str, Decimal]:
        """Partner -> part."""
        return dict(self.shares) if self.shares is not None else {str(self.partner): Decimal(1)}


class _Weighted(Value):
    """By which factors its value is weighted: of one category, or of several in parts that sum to 1."""

    id: str
    date: Day
    programme: str = ""
    kind: ReturnKind = "industrial"
    category: str | None = Field(default=None, description="A category of the weights of its kind.")
    categories: FrozenMap[str, Fraction] | None = Field(default=None, description="Several, each with its part.")
    trl_gained: int | None = Field(
        default=None, ge=1, le=8, description="For a technology return: by how many readiness levels it was raised."
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.category is not None and self.categories is not None:
            raise ValueError("name either one category, or several categories with their parts")
        if self.categories is not None and sum(self.categories.values()) != 1:
            raise ValueError(f"categories sum to {sum(self.categories.values())}, not to 1")
        if self.trl_gained is not None and self.kind != "technology":
            raise ValueError(f"trl_gained belongs to a return of kind technology, not {self.kind}")
        return self

    @property
    def category_parts(self) -> dict[str, Decimal]:
        """Category -> part of the value; empty when none is named."""
        if self.categories is not None:
            return dict(self.categories)
        return {} if self.category is None else {self.category: Decimal(1)}


class ContractRow(Sourced, _Credited, _Weighted):
    """A contract that was placed, or another return. Person-months are the value of a return of kind training."""

    FIGURES: ClassVar[tuple[str, ...]] = ("value",)

    value: Amount
    supplier: str = ""


class OfferRow(_Credited):
    """One way to place an open contract."""

    supplier: str
    price: Amount
    science: Decimal = Field(default=Decimal(0), description="What the science is worth with it [points].")


class OpenRow(_Weighted):
    """A contract that is still to be placed."""

    offers: tuple[OfferRow, ...] = Field(min_length=1)


class Member(Named):
    """One of those among whom returns are counted."""


class ReturnFile(Value):
    """Return statistics, or a part of them: several files are read as one."""

    name: str = ""
    currency: str | None = Field(default=None, description="ISO 4217: of all amounts, at one price level.")
    since: Day | None = Field(default=None, description="The reference date from which returns are cumulated.")
    threshold: Fraction | None = Field(default=None, description="The lowest coefficient that is well.")
    members: FrozenMap[str, Member] = Field(default_factory=dict, validate_default=True)
    non_members: tuple[str, ...] = Field(default=(), description="Who else gets contracts; they count nowhere.")
    outside_overall: tuple[str, ...] = Field(default=(), description="Programmes left out of the overall coefficient.")
    weights: FrozenMap[ReturnKind, FrozenMap[str, Weight]] = Field(
        default_factory=dict, validate_default=True, description="By kind of return: category -> weighting factor."
    )
    sources: FrozenMap[str, Source] = Field(default_factory=dict, validate_default=True)
    contributions: tuple[ContributionRow, ...] = ()
    contracts: tuple[ContractRow, ...] = ()
    open: tuple[OpenRow, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: Any) -> Any:
        return with_ids(raw, "members", "sources")
