"""How dense the air is that an orbit meets, by height and solar activity: NRLMSISE-00, averaged over place, day and year.

The model is heyoka's neural network of NRLMSISE-00 (Picone et al. 2002, doi:10.1029/2002JA009430; Izzo et al. 2024),
which is made for heights from 180 to 1,000 km and lies within about 2 % of the model there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Activity = Literal["low", "mean", "high"]
ACTIVITIES: tuple[Activity, ...] = ("low", "mean", "high")
Floats = NDArray[np.float64]

#: Where the network was trained [km]. Below, an orbit ends within hours; above, the last scale height goes on.
LOWEST_KM, HIGHEST_KM = 180.0, 1000.0
_HEIGHTS_KM = np.arange(LOWEST_KM, HIGHEST_KM + 1, 10.0)
_FLUXES = np.array([65.0, 80.0, 100.0, 125.0, 150.0, 180.0, 215.0, 250.0])
#: Quiet level of the planetary index of geomagnetic activity, held all the time.
AP = 12.0

#: Flux of the Sun at 10.7 cm [sfu] at the maximum of a weak, a usual and a strong cycle: the 140, 190 and 230 of the
#: cycles drawn from the historical ones by Oi et al. 2017 (EPJ Quantum Technology 4:6, fig. 6, doi:10.1140/epjqt/s40507-017-0060-1).
PEAKS: dict[Activity, float] = {"low": 140.0, "mean": 190.0, "high": 230.0}
#: Estimate: the level between cycles, a little above the quiet Sun's 64 sfu (Space Weather J. 11:2, 2021, and the minimum of 2008).
FLOOR = 68.0
#: A minimum, as declared by SIDC on 15 September 2020 (December 2019), POSIX seconds; and the length of a cycle [years].
MINIMUM_S, CYCLE_YEARS = 1575158400.0, 11.0
#: Estimate: a cycle rises faster than it falls; the maximum comes after this part of it.
RISE = 0.4
YEAR_S = 365.25 * 86400.0
#: Estimate: how fast the level of a known day gives way to the cycle's [years]; of 1, 2 and 3, tried against the end of
#: Tiangong-1 and NASA's range for Hubble (tests/safety/test_sinking.py), which do not tell them apart.
PERSISTENCE_YEARS = 1.0
#: Day 0 of POSIX as a modified Julian date.
_MJD_1970 = 40587.0


@dataclass(frozen=True, slots=True)
class SolarCycle:
    """Flux at 10.7 cm [sfu] over time: cycles of 11 years one like the other, or the same level all the time."""

    activity: Activity = "mean"
    #: Held all the time, in place of cycles.
    level: float | None = None
    #: A known level: POSIX instant and flux [sfu]; from then on it gives way to the cycle.
    known: tuple[float, float] | None = None

    def flux(self, time_s: float) -> float:
        """The flux [sfu] at a POSIX instant."""
        if self.level is not None:
            return self.level
        phase = ((time_s - MINIMUM_S) / (CYCLE_YEARS * YEAR_S)) % 1.0
        along = phase / RISE if phase < RISE else (1.0 - phase) / (1.0 - RISE)
        usual = FLOOR + (PEAKS[self.activity] - FLOOR) * 0.5 * (1.0 - math.cos(math.pi * along))
        if self.known is None:
            return usual
        since_s, level = self.known
        left = math.exp(-max(time_s - since_s, 0.0) / (PERSISTENCE_YEARS * YEAR_S))
        return left * level + (1.0 - left) * usual


def measured_flux(time_s: float) -> float | None:
    """The flux at 10.7 cm [sfu] about a POSIX instant, the mean of the 81 days around it; None where no table reaches.

    By the table of CelesTrak (https://celestrak.org/SpaceData/) that heyoka carries: 1957 to about 45 days after it was
    made, of which those last days are a forecast.
    """
    import heyoka as hy

    table = hy.sw_data().table
    days, at = table["mjd"], time_s / 86400.0 + _MJD_1970
    if not days[0] <= at <= days[-1]:
        return None
    return float(np.interp(at, days, table["f107a_center81"]))


@cache
def _table() -> Floats:
    """Natural logarithm of the mean density [kg/m³] `(fluxes, heights)`, averaged over latitude, hour and season."""
    import heyoka as hy

    names = hy.make_vars("h", "lat", "lon", "f107", "f107a", "ap", "t")
    h, latitude, longitude, f107, f107a, ap, day = names
    density = hy.model.nrlmsise00_tn([h, latitude, longitude], f107, f107a, ap, day)
    compiled = hy.cfunc([density], names)
    # Evenly in the sine of latitude, so that each part of the globe counts by its area.
    latitudes = np.arcsin(np.array([-0.8, -0.4, 0.0, 0.4, 0.8]))
    longitudes = np.radians(np.arange(0.0, 360.0, 45.0))
    days = np.array([15.0, 75.0, 136.0, 197.0, 258.0, 319.0])
    grid = np.meshgrid(_FLUXES, _HEIGHTS_KM, latitudes, longitudes, days, indexing="ij")
    flux, height, lat, lon, date = (np.ascontiguousarray(g.ravel()) for g in grid)
    found = compiled(np.stack([height, lat, lon, flux, flux, np.full_like(flux, AP), date]))[0]
    return np.asarray(np.log(found.reshape(len(_FLUXES), len(_HEIGHTS_KM), -1).mean(axis=2)))


def density(height_km: ArrayLike, flux: float) -> Floats:
    """Mean density [kg/m³] at heights [km] for a flux at 10.7 cm [sfu].

    Beyond 1,000 km and below 180 km the logarithm goes on in a straight line, which overstates the air above 1,500 km
    and understates it below 150 km: neither decides a lifetime.
    """
    table = _table()
    wanted = float(np.clip(flux, _FLUXES[0], _FLUXES[-1]))
    at = int(np.clip(np.searchsorted(_FLUXES, wanted) - 1, 0, len(_FLUXES) - 2))
    part = (wanted - _FLUXES[at]) / (_FLUXES[at + 1] - _FLUXES[at])
    logs = table[at] * (1 - part) + table[at + 1] * part
    height = np.asarray(height_km, dtype=np.float64)
    step = (height - LOWEST_KM) / 10.0
    cell = np.clip(np.floor(step).astype(np.intp), 0, len(_HEIGHTS_KM) - 2)
    return np.asarray(np.exp(logs[cell] + (logs[cell + 1] - logs[cell]) * (step - cell)))
