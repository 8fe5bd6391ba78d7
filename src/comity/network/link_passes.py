"""Links along passes: the rate that a station can take from (or give to) an object from rise to set, and what comes over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.network.errors import NetworkError
from comity.network.horizon import Place, horizons
from comity.network.link import Budget
from comity.network.passes import Pass
from comity.orbits import SpaceObject
from comity.orbits.tracks import Track

Floats = NDArray[np.float64]
#: Instants of a pass, at most and at least, and how close they lie [s].
POINTS = (25, 1_200)
EVERY_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class LinkedPass:
    """A pass with its link at `times_s` (POSIX UTC), from rise to set."""

    one: Pass
    times_s: Floats
    budget: Budget

    @property
    def rates_bps(self) -> tuple[float, float, float]:
        """Achievable rates at rise, culmination and set; the second on a straight line between instants."""
        rise, culmination, fall = np.interp(self.one.times_s, self.times_s, self.budget.rate_bps)
        return float(rise), float(culmination), float(fall)

    @property
    def highest_bps(self) -> float:
        """The highest achievable rate."""
        return float(self.budget.rate_bps.max())

    @property
    def volume_bit(self) -> float:
        """What comes over at the achievable rate, from rise to set (trapezoids)."""
        return float(np.trapezoid(self.budget.rate_bps, self.times_s))

    def volume_at_bit(self, rate_bps: float) -> float:
        """What comes over at one rate, as long as the link carries it."""
        return rate_bps * self.seconds_at(rate_bps)

    def seconds_at(self, rate_bps: float) -> float:
        """How long the link carries a rate: crossings lie on straight lines between instants."""
        over = self.budget.rate_bps - rate_bps
        steps = np.diff(self.times_s)
        before, after = over[:-1], over[1:]
        share = np.where((before >= 0) & (after >= 0), 1.0, 0.0)
        crossing = (before >= 0) != (after >= 0)
        share[crossing] = np.maximum(before, after)[crossing] / np.abs(after - before)[crossing]
        return float((share * steps).sum())


def linked_passes(
    objects: dict[str, SpaceObject],
    places: Mapping[str, Place],
    found: list[Pass],
    link: Callable[[str, Floats, Floats], Budget],
) -> list[LinkedPass]:
    """The link along each pass. `link(station, range_km, elevation_deg)` gives the budget of a station over arrays `(t,)`."""
    linked = []
    for one in found:
        count = int(np.clip(np.ceil(one.duration_s / EVERY_S) + 1, *POINTS))
        times = np.linspace(one.times_s[0], one.times_s[2], count)
        distance, elevation = range_and_elevation(objects[one.object_id], places[one.station_id], times)
        linked.append(LinkedPass(one, times, link(one.station_id, distance, elevation)))
    return linked


def linked_where_known(
    objects: dict[str, SpaceObject],
    places: Mapping[str, Place],
    found: list[Pass],
    link: Callable[[str, Floats, Floats], Budget],
) -> tuple[list[LinkedPass | None], dict[str, str]]:
    """The link along each pass as `linked_passes`, None where a station's is not known; and why not, by station.

    NetworkError when no station's is known.
    """
    unknown: dict[str, str] = {}
    for id in places:
        try:
            link(id, np.array([1e6]), np.array([90.0]))
        except NetworkError as error:
            unknown[id] = str(error)
    if len(unknown) == len(places):
        raise NetworkError("\n".join(dict.fromkeys(unknown.values())))
    known = iter(linked_passes(objects, places, [one for one in found if one.station_id not in unknown], link))
    return [None if one.station_id in unknown else next(known) for one in found], unknown


def range_and_elevation(thing: SpaceObject, place: Place, times_s: Floats) -> tuple[Floats, Floats]:
    """Distance [km] and elevation [deg], each `(t,)`, of an object over a place; no refraction."""
    position, _, _ = Track([thing], states_expected=len(times_s)).states(times_s)
    seen = horizons([place])
    east, north, up = seen.axes[0] @ (position[:, 0] - seen.position_km[0][:, None])
    return np.sqrt(east**2 + north**2 + up**2), np.degrees(np.arctan2(up, np.hypot(east, north)))
