"""How unequally something is divided: the Gini coefficient and the Lorenz curve.

>>> gini([1, 1, 1, 1]), gini([0, 0, 0, 1])
(Fraction(0, 1), Fraction(3, 4))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

Amount = int | Decimal | Fraction


def gini(amounts: Iterable[Amount]) -> Fraction | None:
    """From 0 (all have the same) to (n-1)/n (one has all); None when nobody has anything.

    Half the mean difference of all pairs over the mean. ValueError for a negative amount. Source: Gini 1914; in this form
    Sen 1973, "On Economic Inequality", §2.
    """
    ordered = _ordered(amounts)
    total, n = sum(ordered, Fraction(0)), len(ordered)
    if not total:
        return None
    return sum(((2 * k - n + 1) * v for k, v in enumerate(ordered)), Fraction(0)) / (n * total)


def lorenz(amounts: Iterable[Amount]) -> tuple[tuple[Fraction, Fraction], ...]:
    """The part of all that the poorest part of the players has: points from (0, 0) to (1, 1). Source: Lorenz 1905."""
    ordered = _ordered(amounts)
    total = sum(ordered, Fraction(0))
    if not total:
        return ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
    sums = accumulate(ordered, initial=Fraction(0))
    return tuple((Fraction(k, len(ordered)), s / total) for k, s in enumerate(sums))


def _ordered(amounts: Iterable[Amount]) -> Sequence[Fraction]:
    ordered = sorted(Fraction(a) for a in amounts)
    if ordered and ordered[0] < 0:
        raise ValueError(f"inequality is measured of what is not negative, unlike {ordered[0]}")
    return ordered
