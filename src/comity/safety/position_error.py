"""How far off mean elements may be where no covariance comes with them: by kind of orbit and age, as published.

At the epoch, the standard deviations that Flohrer, Krag and Klinkrad found for the whole catalogue of 1 January 2008, by
eccentricity, height of perigee and inclination ("Assessment and categorization of TLE orbit errors for the US SSN
catalogue", AMOS 2008, tables 1 and 2). After it, 1.5 km a day along the track, as Levit and Marshall measured against
laser-ranged ephemerides ("Improved orbit predictions using two-line elements", Adv. Space Res. 47, 2011). Both as public
code transcribes them; the papers themselves were not at hand. Low orbits in a disturbed atmosphere, and satellites that
manoeuvre, do much worse: who has a covariance gives it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comity.orbits import Elements
from comity.orbits.frames import EARTH_RADIUS_KM
from comity.orbits.objects import Arc
from comity.safety.lifetime import MU_KM3_S2

Floats = NDArray[np.float64]
#: Growth along the track [km/day].
GROWTH_KM_DAY = 1.5
#: Standard deviations [km] radial, along, across: by eccentricity (below 0.1 or not), perigee (below 800, below 25,000 km,
#: above) and inclination (below 30, below 60 degrees, above); None where the table has no entry.
_BY_CLASS: dict[tuple[bool, int], tuple[tuple[float, float, float] | None, ...]] = {
    (False, 0): ((0.067, 0.118, 0.075), (0.107, 0.308, 0.169), (0.115, 0.517, 0.137)),
    (False, 1): ((0.191, 0.256, 0.203), (0.071, 0.228, 0.095), (0.091, 0.428, 0.114)),
    (False, 2): ((0.357, 0.432, 0.083), None, None),
    (True, 0): ((2.252, 4.270, 1.421), (0.629, 0.909, 2.057), (0.494, 0.814, 1.337)),
    (True, 1): ((1.748, 3.119, 0.971), (1.832, 1.878, 1.454), (0.529, 0.817, 1.570)),
    (True, 2): ((0.402, 0.418, 0.083), (4.712, 6.223, 1.208), None),
}
#: Where the table has none: the average of geostationary orbits, and of highly eccentric ones.
_HIGH, _ECCENTRIC = (0.359, 0.432, 0.086), (0.824, 1.367, 1.059)


def at_epoch_km(elements: Elements) -> tuple[float, float, float]:
    """Standard deviations [km] of position at the epoch: radial, along the track, across it."""
    axis = (MU_KM3_S2 / (elements.mean_motion / 60.0) ** 2) ** (1 / 3)
    perigee = axis * (1 - elements.eccentricity) - EARTH_RADIUS_KM
    tilt = math.degrees(elements.inclination)
    eccentric = elements.eccentricity >= 0.1
    row = _BY_CLASS[eccentric, 0 if perigee < 800 else 1 if perigee < 25000 else 2]
    return row[0 if tilt < 30 else 1 if tilt < 60 else 2] or (_ECCENTRIC if eccentric else _HIGH)


def of_ephemeris_km2(arcs: Sequence[Arc], time_s: float) -> Floats | None:
    """The covariance `(3, 3)` [km²] that comes with an ephemeris, radial, transverse, normal; None where it has none then.

    Between two instants both count by how near they are; beyond the first and the last there is none.
    """
    for arc in arcs:
        times = arc.covariance_times_s
        if len(times) and arc.usable_s[0] <= time_s <= arc.usable_s[1] and times[0] <= time_s <= times[-1]:
            after = min(int(np.searchsorted(times, time_s, side="right")), len(times) - 1)
            before = max(after - 1, 0)
            part = (time_s - times[before]) / (times[after] - times[before]) if after > before else 0.0
            return np.asarray(arc.covariance_rtn_km2[before] * (1 - part) + arc.covariance_rtn_km2[after] * part)
    return None


def rtn_covariance_km2(elements: Elements, time_s: float) -> Floats:
    """The covariance `(3, 3)` [km²] of a position by mean elements at a POSIX instant, radial, transverse, normal."""
    radial, along, across = at_epoch_km(elements)
    days = abs(time_s - elements.epoch_s) / 86400.0
    return np.diag([radial**2, (along + GROWTH_KM_DAY * days) ** 2, across**2])
