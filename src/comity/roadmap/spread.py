"""Correlated draws of cost growth and delay: factors on planned figures, from standard normal scores.

Scores are joined by one factor for all costs and one for all durations, a Gaussian copula: with correlation `r`
between elements and `k` between an element's cost and its duration,

    cost score      x[e] = sqrt(r) a + sqrt(1 - r) a[e]
    duration score  y[e] = k x[e] + sqrt(1 - k^2) (sqrt(r) b + sqrt(1 - r) b[e])

where a, b, a[e], b[e] are independent and standard normal. Their correlation matrix is the Kronecker product of
`[[1, k], [k, 1]]` and `(1 - r) I + r 11'`; both are positive semi-definite for 0 <= r, k <= 1, and so is the product.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

from comity.model.missions import Spread

Floats = NDArray[np.float64]

# Inverting the incomplete beta function for each draw costs fifty times a look-up; this grid is exact to a millionth.
_REACH, _PER_UNIT = 9, 256
_GRID: Floats = np.linspace(-_REACH, _REACH, 2 * _REACH * _PER_UNIT + 1)


def factors(spread: Spread, scores: Floats) -> Floats:
    """The factors that stand at these standard normal scores: a spread's quantiles at `Phi(score)`.

    `triangular`: low, mode, high. `pert`: the beta distribution on (low, high) with mean
    `(low + 4 likely + high) / 6` (Vose, "Risk Analysis", 3rd ed., 2008, appendix III). `lognormal`: by its median
    (`likely`) and its 80th percentile (`p80`).
    """
    likely = float(spread.likely)
    if spread.distribution == "lognormal":
        return np.asarray(likely * np.exp(_sigma(spread) * scores))
    assert spread.low is not None and spread.high is not None  # the model sees to it
    low, high = float(spread.low), float(spread.high)
    if spread.distribution == "triangular":
        width = high - low
        below = low + np.sqrt(ndtr(scores) * width * (likely - low))
        above = high - np.sqrt(ndtr(-scores) * width * (high - likely))
        return np.asarray(np.where(scores < ndtri((likely - low) / width), below, above))
    at = np.clip((scores + _REACH) * _PER_UNIT, 0, len(_GRID) - 1.001)
    step = at.astype(np.intp)
    table = _pert_quantiles(low, likely, high)
    return np.asarray(table[step] + (at - step) * (table[step + 1] - table[step]))


def _sigma(spread: Spread) -> float:
    assert spread.p80 is not None  # the model sees to it
    return float(np.log(float(spread.p80) / float(spread.likely)) / ndtri(0.8))


@lru_cache(maxsize=256)
def _pert_quantiles(low: float, likely: float, high: float) -> Floats:
    """At each score of the grid."""
    width = high - low
    a, b = 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width
    # From each tail by itself: 1 - Phi(z) keeps its digits where Phi(z) is all but 1.
    lower = betaincinv(a, b, ndtr(_GRID))
    upper = 1 - betaincinv(b, a, ndtr(-_GRID))
    return np.asarray(low + width * np.where(_GRID < 0, lower, upper))


class Scores:
    """Endless streams of scores, one for each element by its name.

    An element's luck depends on the seed and its name alone: not on the other elements, nor on how many draws are
    taken at a time. Two plans of one programme, drawn with one seed, are so compared under the same luck.
    """

    def __init__(self, seed: int, correlation: float, cost_schedule_correlation: float) -> None:
        self._seed = seed
        self._common, self._own = np.sqrt(correlation), np.sqrt(1 - correlation)
        self._tie, self._rest = cost_schedule_correlation, np.sqrt(1 - cost_schedule_correlation**2)
        self._streams: dict[str, np.random.Generator] = {}
        self._shared: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))

    def begin(self, draws: int) -> None:
        """Goes on to the next `draws` draws."""
        self._shared = self._normal("all costs", draws), self._normal("all durations", draws)

    def of(self, element: str) -> tuple[Floats, Floats]:
        """An element's scores of cost and of duration in these draws; to be asked once for each element."""
        both, draws = self._shared, len(self._shared[0])
        cost = self._common * both[0] + self._own * self._normal(f"cost of {element}", draws)
        duration = self._common * both[1] + self._own * self._normal(f"duration of {element}", draws)
        return cost, self._tie * cost + self._rest * duration

    def _normal(self, name: str, draws: int) -> Floats:
        if name not in self._streams:
            words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
            seed = np.random.SeedSequence([self._seed, *(int(w) for w in words)])
            self._streams[name] = np.random.Generator(np.random.PCG64(seed))
        return self._streams[name].standard_normal(draws)
