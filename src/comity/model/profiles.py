"""How a cost spreads over the life of an element: the curves that cost engineers use, and milestones.

A profile turns a duration of `n` whole months into `n` non-negative monthly fractions that sum to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from comity.model.base import OrText, Value
from comity.model.quantities import Duration, Fraction


class Curve(Value):
    """A named spending curve.

    `uniform`: equal months. `rayleigh`: cumulative `1 - exp(-3.5 t^2)` cut at t = 1 and normalised, that is a
    Rayleigh profile which has spent 97 % by the end (Lee, Hogue & Gallagher 1997, "Determining a budget profile
    from a R&D cost estimate"). `beta`: cumulative `10 t^2 (1-t)^2 (a + b t) + t^4 (5 - 4t)` (NASA Cost Estimating
    Handbook 4.0, appendix on phasing), with `a`, `b` >= 0 and `a + b` <= 1.
    """

    curve: Literal["uniform", "rayleigh", "beta"]
    a: Fraction = Field(default=Decimal("0.5"), description="Shape of the beta curve.")
    b: Fraction = Field(default=Decimal("0.3"), description="Shape of the beta curve.")

    @model_validator(mode="after")
    def _shape(self) -> Curve:
        if self.a + self.b > 1:
            raise ValueError(f"a + b is {self.a + self.b}; the beta curve needs at most 1")
        return self

    def fractions(self, months: int) -> tuple[float, ...]:
        return _curve_fractions(self.curve, float(self.a), float(self.b), months)


class ByYear(Value):
    """Explicit fractions of the cost by year since the start; they sum to 1. Each year spreads evenly over its months."""

    by_year: tuple[Fraction, ...]

    @model_validator(mode="after")
    def _whole(self) -> ByYear:
        if not self.by_year or sum(self.by_year) != 1:
            raise ValueError(f"the yearly fractions sum to {sum(self.by_year)}, not to 1")
        return self

    def fractions(self, months: int) -> tuple[float, ...]:
        # The years stretch over the duration, so that every fraction is spent whatever the option's length.
        cumulative = [0.0]
        for part in self.by_year:
            cumulative.append(cumulative[-1] + float(part))
        return _differences([_interpolate(cumulative, m * len(self.by_year) / months) for m in range(months + 1)])


class Milestone(Value):
    """One payment on acceptance: `at` counts from the start of the element."""

    name: str
    at: Duration
    share: Fraction


class Milestones(Value):
    """Payment by milestones, as commercial providers are paid; shares sum to 1. A milestone past the end pays at the end."""

    milestones: tuple[Milestone, ...]

    @model_validator(mode="after")
    def _whole(self) -> Milestones:
        total = sum(m.share for m in self.milestones)
        if total != 1:
            raise ValueError(f"the milestones' shares sum to {total}, not to 1")
        return self

    def fractions(self, months: int) -> tuple[float, ...]:
        monthly = [0.0] * months
        for milestone in self.milestones:
            monthly[min(milestone.at, months - 1)] += float(milestone.share)
        return tuple(monthly)


def _named(raw: Any) -> Any:
    return {"curve": raw} if isinstance(raw, str) else raw


#: A cost profile; the name of a curve stands for the curve with its usual shape.
Profile = Annotated[Curve | ByYear | Milestones, BeforeValidator(_named), OrText("A named curve, or a profile.")]


@lru_cache(maxsize=4096)
def _curve_fractions(curve: str, a: float, b: float, months: int) -> tuple[float, ...]:
    def cumulative(t: float) -> float:
        if curve == "uniform":
            return t
        if curve == "rayleigh":
            return (1 - math.exp(-3.5 * t * t)) / (1 - math.exp(-3.5))
        return 10 * t**2 * (1 - t) ** 2 * (a + b * t) + t**4 * (5 - 4 * t)

    return _differences([cumulative(m / months) for m in range(months + 1)])


def _differences(cumulative: Sequence[float]) -> tuple[float, ...]:
    return tuple(max(0.0, after - before) for before, after in pairwise(cumulative))


def _interpolate(cumulative: Sequence[float], at: float) -> float:
    low = min(int(at), len(cumulative) - 2)
    return cumulative[low] + (cumulative[low + 1] - cumulative[low]) * (at - low)
