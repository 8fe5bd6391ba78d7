"""Where objects are: states of any mixture of them, at any instants, in one of three frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from comity.orbits import frames
from comity.orbits.bodies import LIGHT_KM_S, apparent, barycentric, geocentric
from comity.orbits.errors import OrbitError
from comity.orbits.interpolation import interpolate
from comity.orbits.objects import Arc, Body, Elements, SpaceObject
from comity.orbits.sgp4_batch import Propagator
from comity.orbits.support import strayed
from comity.orbits.times import Floats

Frame = Literal["TEME", "ITRF", "GCRF"]
#: What an error of a state means: 1 to 6 are SGP4's own.
ERRORS = {
    1: "the mean eccentricity left its range",
    2: "the mean motion fell below zero",
    3: "the perturbed eccentricity left its range",
    4: "the semi-latus rectum fell below zero",
    6: "the object has decayed",
    7: "the ephemeris does not reach so far",
    8: "the ephemeris has too few states there: between them it would fly far off",
}
OUTSIDE_EPHEMERIS, SWINGS_OUT = 7, 8
#: Farther than any spacecraft [km]: two days of light.
FARTHEST_KM = 5e10


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """States of n objects at t instants in one frame; NaN where `error` is not 0 (see `ERRORS`)."""

    frame: Frame
    times_s: NDArray[np.float64]
    position_km: NDArray[np.float64]
    velocity_km_s: NDArray[np.float64]
    #: `(n, t)`, or None where all went well.
    error: NDArray[np.uint8] | None


def states(objects: Sequence[SpaceObject], times_s: ArrayLike, frame: Frame = "TEME") -> States:
    """Position [km] `(n, t, 3)` and velocity [km/s] of objects at instants `(t,)`, POSIX seconds UTC.

    About the Earth's centre and without light time. Elements go through SGP4 in batches (see `sgp4_batch`), ephemerides
    through their own interpolation, bodies through DE421. OrbitError for a frame or instant that is not covered.
    """
    times = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
    if frame not in ("TEME", "ITRF", "GCRF"):
        raise OrbitError(f"frame {frame!r} is not known; known are TEME, ITRF and GCRF")
    if not np.all(np.isfinite(times)):
        raise OrbitError("an instant is no finite number of seconds")
    shape = (len(objects), len(times))
    position, velocity = np.full((*shape, 3), np.nan), np.full((*shape, 3), np.nan)
    error = np.zeros(shape, dtype=np.uint8)
    by_elements = [i for i, o in enumerate(objects) if isinstance(o.motion, Elements)]
    if by_elements:
        batch = [m for o in objects if isinstance(m := o.motion, Elements)]
        r, v, error[by_elements] = Propagator(batch, states_expected=len(batch) * len(times)).states(times)
        position[by_elements], velocity[by_elements] = turned(r, v, times, "TEME", frame)
    for i, thing in enumerate(objects):
        if isinstance(thing.motion, Body):
            r, v = geocentric(thing.motion.target, times)
            position[i], velocity[i] = turned(r, v, times, "GCRF", frame)
        elif not isinstance(thing.motion, Elements):
            position[i], velocity[i], error[i] = ephemeris_in(thing.motion, times, frame)
    return States(frame, times, position, velocity, error if error.any() else None)


def turned(position: Floats, velocity: Floats, times_s: Floats, given: str, wanted: str) -> tuple[Floats, Floats]:
    """States `(..., t, 3)` of one frame in another, through TEME; `given` may be EME2000, too."""
    if given == "EME2000":
        position, velocity = frames.eme2000_to_gcrf(position), frames.eme2000_to_gcrf(velocity)
        given = "GCRF"
    if given == wanted:
        return position, velocity
    if given != "TEME":
        to_teme = frames.gcrf_to_teme if given == "GCRF" else frames.itrf_to_teme
        position, velocity = to_teme(position, velocity, times_s)
    if wanted == "TEME":
        return position, velocity
    from_teme = frames.teme_to_gcrf if wanted == "GCRF" else frames.teme_to_itrf
    return from_teme(position, velocity, times_s)


def ephemeris_in(arcs: Sequence[Arc], times: Floats, frame: str) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """States `(t, 3)` of an ephemeris in a frame about the Earth's centre, and errors; NaN where it has none."""
    position, velocity = np.full((len(times), 3), np.nan), np.full((len(times), 3), np.nan)
    error = np.full(len(times), OUTSIDE_EPHEMERIS, dtype=np.uint8)
    for arc in arcs:
        # Where two segments meet, the later begins (CCSDS 502.0-B-3 §5.2.4).
        within = (times >= arc.usable_s[0]) & (times <= arc.usable_s[1])
        if not within.any():
            continue
        at = times[within]
        r, v = interpolate(arc, at)
        off = strayed(arc, at, r, v)
        if arc.centre != "earth":
            r, v = turned(r, v, at, arc.frame, "GCRF")
            centre = _about_earth(arc.centre, at)
            r, v = r + centre[0], v + centre[1]
        lost = off | ~(np.linalg.norm(r, axis=1) < FARTHEST_KM)
        r[lost], v[lost] = np.nan, np.nan
        position[within], velocity[within] = turned(r, v, at, arc.frame if arc.centre == "earth" else "GCRF", frame)
        error[within] = np.where(lost, SWINGS_OUT, 0)
    return position, velocity, error


def _about_earth(centre: str, times: Floats) -> tuple[Floats, Floats]:
    if centre == "solar system barycenter":
        r, v = barycentric("earth", times)
        return -r, -v
    return geocentric(centre, times)


def is_far(thing: SpaceObject) -> bool:
    """Whether light time and aberration count for it: a body, or a spacecraft about another centre than the Earth."""
    if isinstance(thing.motion, Elements):
        return False
    return isinstance(thing.motion, Body) or any(arc.centre != "earth" for arc in thing.motion)


def light_s_about(motion: tuple[Arc, ...] | Body | Elements, times_s: Floats) -> Floats | None:
    """About how long light takes [s] from an ephemeris, by its nearest state where the time asked lies outside of it."""
    if isinstance(motion, (Body, Elements)) or not motion:
        return None
    known = np.clip(times_s, min(a.usable_s[0] for a in motion), max(a.usable_s[1] for a in motion))
    position, _, _ = ephemeris_in(motion, known, "GCRF")
    return np.asarray(np.nan_to_num(np.linalg.norm(position, axis=1) / LIGHT_KM_S))


def seen_from_earth(thing: SpaceObject, times_s: Floats) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """A far object as it is seen from the Earth's centre (light time, aberration): ITRF `(t, 3)`, and errors."""
    motion = thing.motion
    error = np.zeros(len(times_s), dtype=np.uint8)

    def about_barycentre(times: Floats) -> tuple[Floats, Floats]:
        if isinstance(motion, Body):
            return barycentric(motion.target, times)
        assert not isinstance(motion, Elements)
        r, v, wrong = ephemeris_in(motion, times, "GCRF")
        error[:] = wrong
        earth = barycentric("earth", times)
        return r + earth[0], v + earth[1]

    position, velocity, _ = apparent(about_barycentre, times_s, light_s_about(motion, times_s))
    return (*turned(position, velocity, times_s, "GCRF", "ITRF"), error)
