"""What moves: a spacecraft by its mean elements, a spacecraft by its ephemeris, or a body of the solar system."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.orbits.times import from_utc_julian

#: SGP4's deep-space branch takes over at this period [min] (Spacetrack Report No. 3).
DEEP_SPACE_PERIOD_MIN = 225.0
#: Days between SGP4's epoch 1950-01-00 and 1970-01-01.
SGP4_EPOCH_JD = 2433281.5


@dataclass(frozen=True, slots=True)
class Elements:
    """Mean elements for SGP4: angles in radians, mean motion in rad/min, epoch as Julian date UTC in two parts."""

    epoch_jd: float
    epoch_fraction: float
    mean_motion: float
    eccentricity: float
    inclination: float
    node: float
    perigee: float
    mean_anomaly: float
    bstar: float
    #: Derivatives of the mean motion, carried by TLEs and not used by SGP4.
    mean_motion_dot: float = 0.0
    mean_motion_ddot: float = 0.0

    @property
    def epoch_s(self) -> float:
        """The epoch, POSIX seconds UTC."""
        return from_utc_julian(self.epoch_jd, self.epoch_fraction)

    @property
    def period_s(self) -> float:
        """Time of one revolution [s], by the mean motion."""
        return 120.0 * math.pi / self.mean_motion

    @property
    def deep_space(self) -> bool:
        """Whether SGP4 adds the Moon, the Sun and resonances for it (period of 225 min and more)."""
        # As the model decides: by the mean motion without Kozai's averaging, which differs a little.
        return bool(satrec(self).method == "d")


@dataclass(frozen=True, slots=True, eq=False)
class Arc:
    """One segment of an ephemeris: states at instants, and how to interpolate between them.

    `times_s (t,)` POSIX UTC, rising; `position_km (t, 3)`, `velocity_km_s (t, 3)` in `frame` (GCRF, EME2000, ITRF or TEME) about
    `centre` (a body of DE421, such as `earth` or `mars barycenter`); `method` LAGRANGE or HERMITE, and its `degree`.
    """

    times_s: NDArray[np.float64]
    position_km: NDArray[np.float64]
    velocity_km_s: NDArray[np.float64]
    frame: str
    centre: str
    method: str
    degree: int
    #: Where it may be used: without the states that stand only to support interpolation.
    usable_s: tuple[float, float]
    #: Covariances of position [km²] at instants `(c,)`, in radial, transverse and normal axes `(c, 3, 3)`; often none.
    covariance_times_s: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    covariance_rtn_km2: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3, 3)))


@dataclass(frozen=True, slots=True)
class Body:
    """A body of the solar system by its name in DE421: `moon`, `sun`, `mars barycenter`."""

    target: str


@dataclass(frozen=True, slots=True)
class SpaceObject:
    """A thing in space with its motion; `source` says the file (and line) that it was read from."""

    id: str
    name: str
    norad: int | None
    motion: Elements | tuple[Arc, ...] | Body
    source: str = field(default="", compare=False)


def satrec(elements: Elements, norad: int = 0) -> Any:
    """The elements as an `sgp4.api.Satrec` (gravity WGS 72, mode `i`), as the catalogues are made for."""
    from sgp4.api import WGS72, Satrec

    record = Satrec()
    days = elements.epoch_jd - SGP4_EPOCH_JD + elements.epoch_fraction
    record.sgp4init(
        WGS72, "i", norad % 340000, days, elements.bstar, elements.mean_motion_dot, elements.mean_motion_ddot,
        elements.eccentricity, elements.perigee, elements.inclination, elements.mean_anomaly, elements.mean_motion,
        elements.node,
    )  # fmt: skip
    record.jdsatepoch, record.jdsatepochF = elements.epoch_jd, elements.epoch_fraction
    return record


def elements_of(record: Any) -> Elements:
    """The elements that an `sgp4.api.Satrec` was made of."""
    return Elements(
        epoch_jd=record.jdsatepoch,
        epoch_fraction=record.jdsatepochF,
        mean_motion=record.no_kozai,
        eccentricity=record.ecco,
        inclination=record.inclo,
        node=record.nodeo,
        perigee=record.argpo,
        mean_anomaly=record.mo,
        bstar=record.bstar,
        mean_motion_dot=record.ndot,
        mean_motion_ddot=record.nddot,
    )
