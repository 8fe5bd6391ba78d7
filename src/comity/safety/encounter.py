"""Two objects where they come closest: miss distance in the first one's axes, and how probable it is that they touch.

The probability is that of the short encounter: straight relative motion, one Gaussian of both positions, looked at in the
plane across the relative velocity (Foster & Estes 1992, NASA JSC-25898; Akella & Alfriend 2000; Alfano 2005, "A numerical
implementation of spherical object collision probability", J. Astronaut. Sci. 53, whose one-dimensional integral is taken).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.orbits.frames import rtn_axes
from comity.safety.errors import SafetyError

__all__ = [
    "PlanePicture", "collision_probability", "disc_probability", "encounter_plane", "passing_s", "rtn_axes", "worst_probability",
]  # fmt: skip

Floats = NDArray[np.float64]
#: An encounter is short while its ten standard deviations pass in less than this [s]: a tenth of a low orbit's revolution
#: (estimate). Objects that fly together take longer, and the integral does not hold.
SHORT_S = 600.0
#: Beyond so many standard deviations nothing is left of a Gaussian.
_FAR = 10.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True, slots=True)
class PlanePicture:
    """The encounter plane along the axes of its ellipse: standard deviations, and the miss along them [same unit]."""

    sigma_long: float
    sigma_short: float
    miss_long: float
    miss_short: float


def encounter_plane(miss: Floats, relative_velocity: Floats, covariance: Floats) -> PlanePicture:
    """What remains of a miss `(3,)` and a covariance of both `(3, 3)` in the plane across the relative velocity `(3,)`.

    SafetyError when they do not move against each other, or the covariance is none.
    """
    speed = float(np.linalg.norm(relative_velocity))
    if not speed > 0:
        raise SafetyError("the objects do not move against each other: there is no encounter plane")
    along = relative_velocity / speed
    across = miss - along * float(miss @ along)
    first = across / np.linalg.norm(across) if np.linalg.norm(across) > 1e-9 * speed else _any_across(along)
    plane = np.stack([first, np.cross(along, first)])
    seen = plane @ covariance @ plane.T
    values, vectors = np.linalg.eigh(seen) if np.all(np.isfinite(seen)) else (np.zeros(2), np.eye(2))
    if values[0] <= 0:
        raise SafetyError("the covariance is not positive definite in the encounter plane")
    short, long = np.sqrt(values)
    shown = vectors.T @ (plane @ miss)
    return PlanePicture(float(long), float(short), float(abs(shown[1])), float(abs(shown[0])))


def _any_across(along: Floats) -> Floats:
    other = np.eye(3)[int(np.argmin(np.abs(along)))]
    found = np.cross(along, other)
    return np.asarray(found / np.linalg.norm(found))


def passing_s(relative_velocity: Floats, covariance: Floats) -> float:
    """How long [s] ten standard deviations of both positions, the longest, take to pass by: `covariance` [km²], velocity [km/s].

    >>> passing_s(np.array([0.0, 10.0, 0.0]), np.diag([1.0, 4.0, 1.0]))
    2.0
    """
    speed = float(np.linalg.norm(relative_velocity))
    return 10.0 * math.sqrt(float(np.linalg.eigvalsh(covariance)[-1])) / speed if speed > 0 else math.inf


def collision_probability(miss: Floats, relative_velocity: Floats, covariance: Floats, *, radius: float) -> float:
    """How probable it is that two objects touch: that their distance becomes less than the sum of their radii.

    Parameters: `miss (3,)` and `radius` in one unit, `covariance (3, 3)` of both together in its square, all in one frame;
    `relative_velocity (3,)` in any. SafetyError as `encounter_plane`, or for a radius that is not above 0.
    """
    if not (math.isfinite(radius) and radius > 0):
        raise SafetyError(f"the radius of both objects together is {radius:g}; it must be above 0")
    return disc_probability(encounter_plane(miss, relative_velocity, covariance), radius)


def disc_probability(plane: PlanePicture, radius: float) -> float:
    """The integral of the plane's Gaussian over a disc about the second object: along the long axis, by the error function
    across it (Alfano 2005, equation 5)."""
    from scipy.special import erf

    low = max(-radius, plane.miss_long - _FAR * plane.sigma_long)
    high = min(radius, plane.miss_long + _FAR * plane.sigma_long)
    if low >= high:
        return 0.0
    # Pieces of a standard deviation at most, so that a disc much wider than the Gaussian is not stepped over; and the
    # angle is the variable, for the disc's edge is steep.
    pieces = int(min(200, max(2, math.ceil((high - low) / plane.sigma_long))))
    edges = np.linspace(math.asin(low / radius), math.asin(high / radius), pieces + 1)
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    angle = middle[:, None] + half[:, None] * _NODES
    x, chord = radius * np.sin(angle), radius * np.cos(angle)
    scale = math.sqrt(2.0) * plane.sigma_short
    across = erf((plane.miss_short + chord) / scale) - erf((plane.miss_short - chord) / scale)
    dense = np.exp(-(((x - plane.miss_long) / plane.sigma_long) ** 2) / 2) * chord
    total = float(np.sum(half[:, None] * _WEIGHTS * across * dense))
    return min(1.0, max(0.0, total / (math.sqrt(8.0 * math.pi) * plane.sigma_long)))


def worst_probability(plane: PlanePicture, radius: float) -> float:
    """The most that the probability could be were the covariance smaller or larger all over: a bound against a dilution.

    A wide covariance makes a near miss look harmless (Alfano 2005, "Relating position uncertainty to maximum conjunction
    probability"). Searched over factors from 1/1000 to 10 on the standard deviations.
    """
    factors, most = np.geomspace(1e-3, 10.0, 25), 0.0
    for _ in range(3):
        found = [disc_probability(_scaled(plane, f), radius) for f in factors]
        at, most = int(np.argmax(found)), max(most, *found)
        factors = np.geomspace(factors[max(0, at - 1)], factors[min(len(factors) - 1, at + 1)], 9)
    return most


def _scaled(plane: PlanePicture, factor: float) -> PlanePicture:
    return PlanePicture(plane.sigma_long * factor, plane.sigma_short * factor, plane.miss_long, plane.miss_short)
