"""The path of an object over a station's sky during a pass."""

from __future__ import annotations

import numpy as np

from comity.network.horizon import Floats, Place, horizons
from comity.orbits import SpaceObject
from comity.orbits.tracks import Track


def sky_track(
    thing: SpaceObject, place: Place, start_s: float, end_s: float, *, points: int = 60
) -> tuple[Floats, Floats]:
    """Azimuths and elevations [deg], each `(points,)`, at even times from `start_s` to `end_s` (POSIX UTC)."""
    at = np.linspace(start_s, end_s, points)
    position, _, _ = Track([thing], states_expected=points).states(at)
    seen = horizons([place])
    east, north, up = seen.axes[0] @ (position[:, 0] - seen.position_km[0][:, None])
    return np.degrees(np.arctan2(east, north)) % 360.0, np.degrees(np.arctan2(up, np.hypot(east, north)))
