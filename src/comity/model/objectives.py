"""What the programme is for: scientific goals in a tree, each leaf with a value and a concave coverage curve."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from comity.model.base import Named, Sourced, Value

# Coverage 0.25, 0.5 ... of one full-scale mission, and the part of the value won: 1 - 4^-x, cut at x = 3.
_SATURATING = tuple((x, 1 - 4.0**-x) for x in (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0))
_NAMED = {"saturating": _SATURATING, "linear": ((0.0, 0.0), (1.0, 1.0))}


class Coverage(Value):
    """A concave, non-decreasing, piecewise linear curve: expected contribution -> part of the value, flat past its end."""

    knots: tuple[tuple[float, float], ...]

    @model_validator(mode="after")
    def _concave(self) -> Coverage:
        if len(self.knots) < 2 or self.knots[0] != (0.0, 0.0):
            raise ValueError("a coverage curve starts with [0, 0] and has at least two knots")
        slopes = []
        for (x0, y0), (x1, y1) in pairwise(self.knots):
            if x1 <= x0:
                raise ValueError(f"the knots' coverage must grow: {x1} follows {x0}")
            slopes.append((y1 - y0) / (x1 - x0))
        if any(s < 0 for s in slopes) or any(b > a + 1e-12 for a, b in pairwise(slopes)):
            raise ValueError(
                "the curve is not concave: each step must bring no more than the one before, and none less than 0"
            )
        if self.knots[-1][1] > 1:
            raise ValueError("the curve exceeds 1, the whole value")
        return self

    def segments(self) -> tuple[tuple[float, float], ...]:
        """`(width, slope)` of each piece, slopes falling."""
        return tuple((x1 - x0, (y1 - y0) / (x1 - x0)) for (x0, y0), (x1, y1) in pairwise(self.knots))

    def at(self, contribution: float) -> float:
        """The part of the value won by a contribution."""
        won, left = 0.0, contribution
        for width, slope in self.segments():
            won += slope * min(max(left, 0.0), width)
            left -= width
        return won


def _named(raw: Any) -> Any:
    if isinstance(raw, str):
        if raw not in _NAMED:
            raise ValueError(
                f"{raw!r} is not a curve; write saturating, linear, or knots such as [[0, 0], [1, 0.7], [2, 0.9]]"
            )
        return {"knots": _NAMED[raw]}
    return {"knots": raw} if isinstance(raw, (list, tuple)) else raw


class Objective(Named, Sourced):
    """A scientific goal. A leaf has a `value`; an inner node groups, and its value is the sum of its leaves'."""

    parent: str | None = None
    question: str = Field(default="", description="The question that the goal answers, in plain words.")
    value: Decimal | None = Field(default=None, gt=0, description="Points when wholly covered; leaves only.")
    curve: Annotated[
        Coverage,
        BeforeValidator(_named),
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["saturating", "linear"]},
                    {
                        "type": "array",
                        "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
                    },
                ],
                "description": "A named curve, or knots [contribution, part of the value].",
            }
        ),
    ] = Field(default="saturating", validate_default=True)


CurveName = Literal["saturating", "linear"]
