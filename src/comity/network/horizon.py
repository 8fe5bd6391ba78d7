"""Where stations stand and how high their horizons are, as arrays that a whole block of sky is tested against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from comity.network.errors import NetworkError
from comity.orbits.frames import geodetic_to_itrf, horizon_axes

#: From below the lowest land to the edge of the air, for who watches from a balloon.
HEIGHTS_M = (-500, 100_000)
Floats = NDArray[np.float64]


class Place(Protocol):
    """What passes need to know of a station: who it is and where; its `mask` is read by `mask_of`."""

    @property
    def id(self) -> str: ...
    @property
    def latitude_deg(self) -> float: ...
    @property
    def longitude_deg(self) -> float: ...
    @property
    def height_m(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Site:
    """A place of one's own: `mask` is (azimuth, elevation) pairs [deg], between which the horizon runs straight."""

    id: str
    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0
    mask: tuple[tuple[float, float], ...] = ()


def mask_of(place: Any) -> tuple[tuple[float, float], ...]:
    """The horizon mask of a station as (azimuth, elevation) pairs [deg]; empty when it has none."""
    points = getattr(place, "mask", None) or ()
    pairs = [
        (float(p.azimuth_deg), float(p.elevation_deg)) if hasattr(p, "azimuth_deg") else (float(p[0]), float(p[1]))
        for p in points
    ]
    return tuple(sorted(pairs))


@dataclass(frozen=True, slots=True, eq=False)
class Horizons:
    """Stations as arrays: `position_km (s, 3)`, `axes (s, 3, 3)` (east, north, up), in ITRF; `floor_deg` and `top_deg (s,)`
    are the lowest and highest elevation of each horizon, `masks` the horizons that differ by azimuth."""

    ids: tuple[str, ...]
    position_km: Floats
    axes: Floats
    floor_deg: Floats
    top_deg: Floats
    masks: dict[int, tuple[Floats, Floats]]
    #: Whether the air lifts what is seen, so that it is seen from a little below the horizon.
    refraction: bool = False

    @property
    def up(self) -> Floats:
        """The upward directions `(s, 3)`."""
        return self.axes[:, 2]

    def limit_deg(self, station: NDArray[np.int64], azimuth_deg: Floats | None) -> Floats:
        """The horizon's elevation where each station looks; azimuths count only where there is a mask."""
        limit = self.floor_deg[station]
        if azimuth_deg is not None:
            for index, (azimuths, elevations) in self.masks.items():
                mine = station == index
                raw = np.interp(azimuth_deg[mine], azimuths, elevations, period=360.0)
                limit[mine] = np.maximum(raw, limit[mine])
        return limit - bending_deg(limit) if self.refraction else limit


def horizons(
    stations: Sequence[Place], *, min_elevation_deg: float | None = None, refraction: bool = False
) -> Horizons:
    """Stations ready for a search. `min_elevation_deg` raises horizons that are lower. NetworkError for a place that is none."""
    for place in stations:
        if not (-90 <= place.latitude_deg <= 90 and -360 <= place.longitude_deg <= 360):
            raise NetworkError(
                f"station {place.id!r} stands at {place.latitude_deg}, {place.longitude_deg}: no place on Earth"
            )
        if not HEIGHTS_M[0] <= place.height_m <= HEIGHTS_M[1]:
            raise NetworkError(
                f"station {place.id!r} stands {place.height_m:g} m high; "
                f"heights lie from {HEIGHTS_M[0]:,} to {HEIGHTS_M[1]:,} m above the ellipsoid"
            )
    latitude = np.array([p.latitude_deg for p in stations], dtype=np.float64)
    longitude = np.array([p.longitude_deg for p in stations], dtype=np.float64)
    height = np.array([p.height_m for p in stations], dtype=np.float64)
    lowest = -90.0 if min_elevation_deg is None else min_elevation_deg
    floor, top, masks = np.zeros(len(stations)), np.zeros(len(stations)), {}
    for index, place in enumerate(stations):
        pairs = mask_of(place)
        raised = np.maximum(
            [e for _, e in pairs] or [max(lowest, 0.0 if min_elevation_deg is None else lowest)], lowest
        )
        floor[index], top[index] = raised.min(), raised.max()
        if floor[index] < top[index]:
            masks[index] = (np.array([a for a, _ in pairs]), np.array([e for _, e in pairs]))
    return Horizons(
        ids=tuple(p.id for p in stations),
        position_km=geodetic_to_itrf(latitude, longitude, height),
        axes=horizon_axes(latitude, longitude),
        floor_deg=floor,
        top_deg=top,
        masks=masks,
        refraction=refraction,
    )


def bending_deg(elevation_deg: Floats) -> Floats:
    """How much the air lifts what is seen at an elevation [deg], at 10 °C and 1010 hPa (Bennett 1982); 0 below -1°."""
    seen = np.maximum(elevation_deg, -1.0)
    lifted = 1.0 / np.tan(np.radians(seen + 7.31 / (seen + 4.4))) / 60.0
    return np.where(elevation_deg < -1.0, 0.0, np.maximum(lifted, 0.0))
