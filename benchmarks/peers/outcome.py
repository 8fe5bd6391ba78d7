"""What a peer reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best plan found, what no plan can exceed (both points of science), and how far they are apart.

    `value` and `gap` are None when no plan was found in time. `science` is what the plan brings when probabilities of
    success are multiplied exactly; the model took them at their mean. Times are wall-clock seconds.
    """

    peer: str
    value: float | None
    bound: float
    gap: float | None
    science: float | None
    build_s: float
    solve_s: float
    variables: int
    rows: int


def relative_gap(value: float | None, bound: float) -> float | None:
    """`(bound - value) / bound`; 0 when the bound is 0."""
    if value is None:
        return None
    return max(0.0, (bound - value) / bound) if bound > 0 else 0.0
