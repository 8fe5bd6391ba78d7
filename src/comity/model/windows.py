"""Launch windows: listed spans, or computed from the synodic motion of two planets.

A synodic window is centred on the departure at which a Hohmann-like transfer meets the target: the phase angle
between the planets' true heliocentric longitudes equals that of a half-ellipse through both orbits at their actual
radii (Curtis, "Orbital Mechanics for Engineering Students", 3rd ed., section 8.3; mean elements from Standish & Williams,
"Approximate Positions of the Planets", JPL, valid 1800-2050).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

from comity.model.base import Value
from comity.model.calendar import Month, MonthSpan
from comity.model.quantities import Duration

Planet = Literal["mercury", "venus", "earth", "mars", "jupiter", "saturn", "uranus", "neptune"]

# a [au], e, mean longitude L [deg], longitude of perihelion [deg]; each with its rate per Julian century.
_ELEMENTS: dict[str, tuple[float, float, float, float, float, float, float, float]] = {
    "mercury": (0.38709927, 0.00000037, 0.20563593, 0.00001906, 252.25032350, 149472.67411175, 77.45779628, 0.16047689),
    "venus": (0.72333566, 0.00000390, 0.00677672, -0.00004107, 181.97909950, 58517.81538729, 131.60246718, 0.00268329),
    "earth": (1.00000261, 0.00000562, 0.01671123, -0.00004392, 100.46457166, 35999.37244981, 102.93768193, 0.32327364),
    "mars": (1.52371034, 0.00001847, 0.09339410, 0.00007882, -4.55343205, 19140.30268499, -23.94362959, 0.44441088),
    "jupiter": (5.20288700, -0.00011607, 0.04838624, -0.00013253, 34.39644051, 3034.74612775, 14.72847983, 0.21252668),
    "saturn": (9.53667594, -0.00125060, 0.05386179, -0.00050991, 49.95424423, 1222.49362201, 92.59887831, -0.41897216),
    "uranus": (19.18916464, -0.00196176, 0.04725744, -0.00004397, 313.23810451, 428.48202785, 170.95427630, 0.40805281),
    "neptune": (30.06992276, 0.00026291, 0.00859048, 0.00005105, -55.12002969, 218.45945325, 44.96476227, -0.32241464),
}
_DAYS_PER_MONTH = 30.4375
# Coarse steps find where the phase changes its sign, steps of a day then find when.
_STRIDE_DAYS = 4.0


class Synodic(Value):
    """Windows that recur with the planets: `{synodic: [earth, mars], width: 2 months}`."""

    synodic: tuple[Planet, Planet]
    width: Duration = 2

    def spans(self, first: Month, last: Month) -> tuple[MonthSpan, ...]:
        """The windows whose centre lies between `first` and `last`, each `width` months wide."""
        before = (self.width - 1) // 2
        return tuple(
            MonthSpan(Month(centre - before), Month(centre - before + max(1, self.width) - 1))
            for centre in _departures(*self.synodic, first.index, last.index)
        )


@cache
def _departures(origin: str, target: str, first: int, last: int) -> tuple[int, ...]:
    if origin == target:
        raise ValueError("a synodic window needs two different planets")
    departures: list[int] = []
    day, end = _day(first), _day(last + 1)
    previous = _phase_error(origin, target, day)
    while day < end:
        current = _phase_error(origin, target, day + _STRIDE_DAYS)
        if previous * current <= 0:
            departures += _within(origin, target, day, min(end, day + _STRIDE_DAYS), first=first, last=last)
        previous, day = current, day + _STRIDE_DAYS
    return tuple(departures)


def _within(origin: str, target: str, day: float, end: float, *, first: int, last: int) -> list[int]:
    """The departures in a stretch, to the day."""
    found: list[int] = []
    previous = _phase_error(origin, target, day)
    while day < end:
        current = _phase_error(origin, target, day + 1)
        if _crosses(previous, current):
            found.append(min(last, int(first + (day - _day(first)) / _DAYS_PER_MONTH)))
        previous, day = current, day + 1
    return found


def _crosses(before: float, after: float) -> bool:
    # A sign change near zero is a window; near +-pi it is only the angle wrapping round.
    return before * after <= 0 and abs(before) < 1 and abs(after) < 1


def _day(month_index: int) -> float:
    """Days since J2000.0 (2000-01-01 12:00 TT) at the start of a month, to the accuracy that months need."""
    return (month_index - 24000) * _DAYS_PER_MONTH


def _position(planet: str, day: float) -> tuple[float, float]:
    """True heliocentric longitude [rad] and radius [au], in the plane of the ecliptic."""
    a0, a1, e0, e1, l0, l1, w0, w1 = _ELEMENTS[planet]
    century = day / 36525
    axis, ecc = a0 + a1 * century, e0 + e1 * century
    perihelion = math.radians(w0 + w1 * century)
    mean = math.radians(l0 + l1 * century) - perihelion
    anomaly = mean
    for _ in range(12):  # Newton on Kepler's equation; converges in a few steps for e < 0.21
        anomaly -= (anomaly - ecc * math.sin(anomaly) - mean) / (1 - ecc * math.cos(anomaly))
    true = 2 * math.atan2(math.sqrt(1 + ecc) * math.sin(anomaly / 2), math.sqrt(1 - ecc) * math.cos(anomaly / 2))
    return true + perihelion, axis * (1 - ecc * math.cos(anomaly))


def _phase_error(origin: str, target: str, day: float) -> float:
    """How far the target will be from the far end of the transfer when the craft arrives there, in (-pi, pi]."""
    longitude, radius = _position(origin, day)
    arrival_radius = _position(target, day)[1]
    for _ in range(8):  # the target's radius at arrival sets the time of flight: iterate to a fixed point
        flight_days = 0.5 * 365.25 * ((radius + arrival_radius) / 2) ** 1.5
        target_longitude, arrival_radius = _position(target, day + flight_days)
    error = (target_longitude - longitude - math.pi) % (2 * math.pi)
    return error - 2 * math.pi if error > math.pi else error
