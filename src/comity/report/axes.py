"""Bounds and steps of axes that people read."""

from __future__ import annotations

import math


def nice_bounds(low: float, high: float) -> tuple[float, float, float]:
    """Bounds that a step of 1, 2 or 5 divides, around two values."""
    span = max(high - low, 1e-12)
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(m * power for m in (1, 2, 5, 10) if span / (m * power) <= 6)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step or step, step
