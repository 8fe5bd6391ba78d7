"""The first sieve of a screening: which orbits reach each other's heights at all.

Heights are those of SGP4's own mean elements along the whole time, for drag brings a low orbit down within days and the Moon
and the Sun move the perigee of a high one. How far positions leave them was measured on 1,000 active objects over 60 days:
11 km at most near the Earth (J2 alone), 7 km in deep space, and 105 km of the one with an eccentricity of 0.84 (MMS 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comity.orbits import Elements, SpaceObject
from comity.orbits.objects import DEEP_SPACE_PERIOD_MIN, satrec
from comity.orbits.times import utc_julian
from comity.safety.lifetime import MU_KM3_S2

Floats = NDArray[np.float64]
#: By how much positions may leave the heights of the mean elements [km], and the part of the semi-major axis that the Moon and
#: the Sun take in deep space: several times what was measured.
PAD_KM, PAD_OF_AXIS = 50.0, 0.003
#: Between instants at which the mean elements are asked [s].
ASKED_EVERY_S = 43200.0
#: An ephemeris with states farther apart than this may pass through any height between them [s].
COARSE_S = 600.0


def meeting(
    own: Sequence[SpaceObject], others: Sequence[SpaceObject], start_s: float, end_s: float, within_km: float
) -> list[tuple[int, int]]:
    """Pairs whose heights overlap, as indices of own and other; none of an object with itself."""
    mine, theirs = heights(own, start_s, end_s), heights(others, start_s, end_s)
    over = (mine[:, None, 0] <= theirs[None, :, 1] + within_km) & (theirs[None, :, 0] <= mine[:, None, 1] + within_km)
    return [
        (int(i), int(j))
        for i, j in zip(*np.nonzero(over), strict=True)
        if own[i].id != others[j].id and (own[i].norad is None or own[i].norad != others[j].norad)
    ]


def heights(objects: Sequence[SpaceObject], start_s: float, end_s: float) -> Floats:
    """Least and greatest distance [km] from the Earth's centre `(n, 2)` that each can have between two instants."""
    count = math.ceil((end_s - start_s) / ASKED_EVERY_S) + 1
    whole, fraction = utc_julian(np.linspace(start_s, end_s, count))
    instants = list(zip(whole.tolist(), fraction.tolist(), strict=True))
    return np.array([_heights(thing, instants) for thing in objects]).reshape(-1, 2)


def _heights(thing: SpaceObject, instants: list[tuple[float, float]]) -> tuple[float, float]:
    motion = thing.motion
    if isinstance(motion, Elements):
        return _of_elements(motion, instants)
    if isinstance(motion, tuple) and all(arc.centre == "earth" for arc in motion):
        # Between states a low orbit stays within the pad; a coarse ephemeris is let through at any height.
        distances = np.concatenate([np.linalg.norm(arc.position_km, axis=1) for arc in motion])
        widest = max(float(np.diff(arc.times_s).max(initial=0.0)) for arc in motion)
        if widest <= COARSE_S:
            return float(distances.min()) - PAD_KM, float(distances.max()) + PAD_KM
    return 0.0, math.inf


def _of_elements(motion: Elements, instants: list[tuple[float, float]]) -> tuple[float, float]:
    record = satrec(motion)
    axis = (MU_KM3_S2 / (motion.mean_motion / 60.0) ** 2) ** (1 / 3)
    low, high = [], [axis * (1 + motion.eccentricity)]
    for instant in instants:
        if record.sgp4(*instant)[0]:
            low.append(0.0)  # it comes down: on its way it passes all heights
        else:
            low.append(record.am * (1 - record.em) * record.radiusearthkm)
            high.append(record.am * (1 + record.em) * record.radiusearthkm)
    pad = PAD_KM + (PAD_OF_AXIS * axis if motion.period_s >= 60 * DEEP_SPACE_PERIOD_MIN else 0.0)
    return min(low) - pad, max(high) + pad
