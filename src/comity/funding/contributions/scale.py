"""From weights to shares: floors, caps, reductions and phase-in, exactly, with what is left over going to the rest.

Shares are fractions that sum to one. Whoever is held at a limit stays there; the others share the rest in proportion to
their weights, again and again until nobody passes a limit: the fixed point, which is unique.

>>> third = Fraction(1, 3)
>>> level({"a": Fraction(6), "b": Fraction(3), "c": Fraction(1)}, high={"a": third})["b"]
Fraction(1, 2)
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from comity.funding.errors import FundingError

Shares = Mapping[str, Fraction]


def proportional(weights: Shares) -> dict[str, Fraction]:
    """Each weight over their sum. FundingError when one is negative, or all are zero."""
    wrong = next((name for name, weight in weights.items() if weight < 0), None)
    if wrong is not None:
        raise FundingError(f"{wrong}: the figure {float(weights[wrong]):g} is negative; a figure is zero or more")
    whole = sum(weights.values(), Fraction(0))
    if not whole:
        raise FundingError("all figures are zero; at least one must be more")
    return {name: weight / whole for name, weight in weights.items()}


def level(weights: Shares, *, low: Shares | None = None, high: Shares | None = None) -> dict[str, Fraction]:
    """The shares `min(high, max(low, t × weight))` with the one `t` for which they sum to one.

    `low` and `high` name only the partners that have a limit, each from 0 to 1. FundingError when the limits leave no
    way to reach one, and what would.
    """
    names = list(proportional(weights))
    least = {name: (low or {}).get(name, Fraction(0)) for name in names}
    most = {name: (high or {}).get(name, Fraction(1)) for name in names}
    _check_limits(weights, least, most)

    def at(t: Fraction) -> dict[str, Fraction]:
        return {name: min(most[name], max(least[name], t * weights[name])) for name in names}

    turns = sorted({limit[n] / weights[n] for n in names if weights[n] for limit in (least, most)} | {Fraction(0)})
    below = max((t for t in turns if sum(at(t).values()) <= 1), default=Fraction(0))
    shares = at(below)
    moving = [name for name in names if weights[name] and least[name] <= below * weights[name] < most[name]]
    rest = 1 - sum(shares.values(), Fraction(0))
    if rest:
        step = rest / sum((weights[name] for name in moving), Fraction(0))
        shares = at(below + step)
    return shares


def _check_limits(weights: Shares, least: Shares, most: Shares) -> None:
    crossed = next((name for name in least if least[name] > most[name]), None)
    if crossed is not None:
        raise FundingError(
            f"{crossed}: the floor of {_percent(least[crossed])} is above the cap of {_percent(most[crossed])}; lower it"
        )
    if (floors := sum(least.values(), Fraction(0))) > 1:
        raise FundingError(
            f"floors alone come to {_percent(floors)}; of {len(least)} partners each may be held to at most "
            f"{_percent(Fraction(1, len(least)))}"
        )
    reach = sum((most[name] if weights[name] else least[name] for name in most), Fraction(0))
    if reach < 1:
        raise FundingError(
            f"caps and reductions let the shares reach only {_percent(reach)}; a cap on all {len(most)} partners "
            f"must be at least {_percent(Fraction(1, len(most)))}, or fewer may be reduced"
        )


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.4g} %"
