"""The same objects over block after block of time, as seen on the turning Earth: what a search of the sky runs on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comity.orbits.frames import sidereal_angle
from comity.orbits.objects import Elements, SpaceObject
from comity.orbits.sgp4_batch import Propagator
from comity.orbits.states import is_far, seen_from_earth, states
from comity.orbits.times import Floats

#: Gravity parameter of WGS 72 [km³/s²], SGP4's.
MU_KM3_S2 = 398600.8
#: No orbit comes lower and lasts [km from the Earth's centre].
LOWEST_KM = 6500.0
#: Steps of a track [s]; an object takes the longest that keeps the cubic between states within `CUBIC_KM` of the orbit.
STEPS_S = (15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0)
CUBIC_KM = 3.5e-4
#: Far objects turn with the sky alone.
FAR_STEP_S = 600.0
#: From this period on [min] SGP4 takes Sun and Moon into account: in its positions, but not in its velocities.
DEEP_MIN = 225.0


def step_s(thing: SpaceObject) -> float:
    """The step [s] between states from which a cubic through them and their velocities is right to `CUBIC_KM`.

    The error of a cubic Hermite polynomial is `step⁴ / 384` times the fourth derivative, which is `rate⁴ · distance` where
    an orbit turns fastest: at its perigee.
    """
    motion = thing.motion
    if is_far(thing):
        return FAR_STEP_S
    if isinstance(motion, Elements):
        rate = motion.mean_motion / 60.0
        axis = (MU_KM3_S2 / rate**2) ** (1 / 3)
        perigee = max(axis * (1.0 - motion.eccentricity), LOWEST_KM)
        fastest = math.sqrt(MU_KM3_S2 * (1.0 + motion.eccentricity) / perigee**3)
    else:  # an ephemeris says nothing of its shape: it may be as low as an orbit can be
        perigee, fastest = LOWEST_KM, math.sqrt(MU_KM3_S2 / LOWEST_KM**3)
    longest = (384.0 * CUBIC_KM / perigee) ** 0.25 / fastest
    return max((s for s in STEPS_S if s <= longest), default=STEPS_S[0])


class Track:
    """Objects of one step, ready for block after block of time."""

    def __init__(self, objects: Sequence[SpaceObject], *, states_expected: int) -> None:
        self._by_elements = [i for i, o in enumerate(objects) if isinstance(o.motion, Elements)]
        self._others = [(i, o) for i, o in enumerate(objects) if not isinstance(o.motion, Elements)]
        batch = [o.motion for o in objects if isinstance(o.motion, Elements)]
        self._sgp4 = Propagator(batch, states_expected=states_expected) if batch else None
        self._deep = np.array(
            [i for i, e in enumerate(batch) if 2 * math.pi / e.mean_motion >= DEEP_MIN], dtype=np.int64
        )
        self._count = len(objects)

    def states(self, times_s: Floats) -> tuple[Floats, Floats, NDArray[np.uint8]]:
        """Position [km] and velocity [km/s] in ITRF, each `(3, n, t)`, and errors `(n, t)` as in `states.ERRORS`.

        Far objects (bodies, spacecraft about them) are where they are seen: late by light time, and with aberration.
        States with an error are NaN.
        """
        # Every row is written, of whichever kind its object is.
        position, velocity = (np.empty((3, self._count, len(times_s))) for _ in range(2))
        error = np.zeros((self._count, len(times_s)), dtype=np.uint8)
        if self._sgp4 is not None:
            whole = len(self._by_elements) == self._count
            rows = slice(None) if whole else self._by_elements
            teme, wrong = self._teme(self._sgp4, times_s)
            _turn(teme, times_s, position, velocity, rows)
            error[rows] = wrong
        for i, thing in self._others:
            if is_far(thing):
                r, v, error[i] = seen_from_earth(thing, times_s)
            else:
                found = states([thing], times_s, "ITRF")
                r, v = found.position_km[0], found.velocity_km_s[0]
                error[i] = 0 if found.error is None else found.error[0]
            position[:, i], velocity[:, i] = r.T, v.T
        return position, velocity, error

    def _teme(self, sgp4: Propagator, times_s: Floats) -> tuple[Floats, NDArray[np.uint8]]:
        """States `(6, n, t)` in TEME with errors; in deep space with the velocities at which the positions do change.

        SGP4's own are some cm/s off there: over a step of minutes a cubic by them is a metre beside the orbit, and a
        geostationary spacecraft on the horizon stands still to less. Positions two steps to either side tell them to 10 µm/s.
        """
        if not len(self._deep) or len(times_s) < 2:
            return sgp4.rows(times_s)
        step = (times_s[-1] - times_s[0]) / (len(times_s) - 1)
        before, after = times_s[0] + step * np.array([-2, -1]), times_s[-1] + step * np.array([1, 2])
        wide, wrong = sgp4.rows(np.concatenate([before, times_s, after]))
        p = wide[0:3, self._deep]
        moving = (p[..., :-4] - p[..., 4:] + 8.0 * (p[..., 3:-1] - p[..., 1:-3])) / (12.0 * step)
        teme = wide[..., 2:-2]
        teme[3:6, self._deep] = np.where(np.isfinite(moving), moving, teme[3:6, self._deep])
        return teme, wrong[:, 2:-2]


def _turn(teme: Floats, times_s: Floats, position: Floats, velocity: Floats, rows: slice | list[int]) -> None:
    """States `(6, n, t)` of TEME onto the turning Earth, written to their rows."""
    theta, rate = sidereal_angle(times_s)
    cos, sin = np.cos(theta), np.sin(theta)
    x, y, z, vx, vy, vz = teme
    east_of, north_of = cos * x + sin * y, cos * y - sin * x
    position[0, rows], position[1, rows], position[2, rows] = east_of, north_of, z
    velocity[0, rows] = cos * vx + sin * vy + rate * north_of
    velocity[1, rows] = cos * vy - sin * vx - rate * east_of
    velocity[2, rows] = vz
