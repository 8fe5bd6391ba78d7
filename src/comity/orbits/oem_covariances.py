"""Covariances of position that come with an ephemeris (CCSDS 502.0-B-3 §5.2.5), in the axes of the orbit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from comity.messages import Block, Segment
from comity.orbits.errors import OrbitError
from comity.orbits.frames import rtn_axes
from comity.orbits.interpolation import interpolate
from comity.orbits.objects import Arc
from comity.orbits.times import Floats

#: Names of the axes that are radial, transverse and normal.
_RTN = ("RTN", "RSW", "RIC")
_TRIANGLE = (("CX_X",), ("CY_X", "CY_Y"), ("CZ_X", "CZ_Y", "CZ_Z"))


@dataclass(frozen=True, slots=True)
class Spread:
    """One covariance of position `(3, 3)` [km²] at an instant, in axes of a frame that it names."""

    time_s: float
    frame: str
    matrix_km2: Floats


def spreads(segment: Segment, times_s: Floats) -> list[Spread]:
    """The covariances of a segment at their instants `(n,)`, as it gives them; those without a position are left out."""
    found = []
    own = (segment.metadata.get("REF_FRAME") or "").upper()
    for block, time_s in zip(segment.blocks("covarianceMatrix"), times_s, strict=True):
        matrix = _matrix(block)
        if matrix is not None:
            found.append(Spread(float(time_s), (block.get("COV_REF_FRAME") or own).upper(), matrix))
    return found


def _matrix(block: Block) -> Floats | None:
    matrix = np.zeros((3, 3))
    for i, row in enumerate(_TRIANGLE):
        for j, name in enumerate(row):
            value = block.number(name)
            if value is None:
                return None
            matrix[i, j] = matrix[j, i] = value
    return matrix


def with_covariances(arc: Arc, given: list[Spread], own_frame: str) -> Arc:
    """The arc with its covariances turned into radial, transverse and normal axes.

    Left out: those in a frame that is neither the orbit's nor the arc's own (`own_frame`, as the message names it), those at
    an instant that the states do not reach, and those in a frame that turns with the Earth.
    """
    whole = replace(arc, usable_s=(float(arc.times_s[0]), float(arc.times_s[-1])))
    turned: dict[float, Floats] = {}
    for one in given:
        axes = _axes(whole, one, own_frame)
        if axes is not None:
            turned[one.time_s] = axes @ one.matrix_km2 @ axes.T
    times = sorted(turned)
    return replace(
        arc,
        covariance_times_s=np.array(times),
        covariance_rtn_km2=np.array([turned[t] for t in times]).reshape(-1, 3, 3),
    )


def _axes(arc: Arc, one: Spread, own_frame: str) -> Floats | None:
    """What turns a covariance into radial, transverse and normal axes; None where that is not known."""
    if one.frame in _RTN:
        return np.eye(3)
    if arc.frame == "ITRF" or (one.frame not in ("TNW", own_frame.upper())):
        return None
    try:
        (position,), (velocity,) = interpolate(arc, np.array([one.time_s]))
    except OrbitError:
        return None
    axes = rtn_axes(position, velocity)
    if one.frame != "TNW":
        return axes
    along = velocity / np.linalg.norm(velocity)
    return np.asarray(axes @ np.stack([along, np.cross(axes[2], along), axes[2]]).T)
