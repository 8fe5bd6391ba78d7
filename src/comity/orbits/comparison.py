"""How far two ephemerides of one object lie apart: radial, along and across the orbit of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from comity.orbits.bodies import barycentric, geocentric
from comity.orbits.errors import OrbitError
from comity.orbits.interpolation import interpolate
from comity.orbits.objects import Arc, Body, SpaceObject
from comity.orbits.states import states, turned
from comity.orbits.support import Gap, refuse_strayed, wide_gaps
from comity.orbits.times import Floats, to_iso

#: Names of the axes, in the order of the columns.
AXES = ("radial", "along", "cross")
#: Polar motion is not taken into account between ITRF and the stars. Estimate: it stays below 0.6 seconds of arc.
POLAR_MOTION_RAD = 0.6 / 206264.8


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The second object minus the first at common instants, in axes of the first: radial, along track, cross track.

    `times_s (t,)` POSIX UTC; `position_km (t, 3)`, `velocity_km_s (t, 3)`: the difference of the states as seen among the
    stars, along R (from the centre), T = N × R and N (along position × velocity) of the first.
    """

    first: SpaceObject
    second: SpaceObject
    times_s: Floats
    position_km: Floats
    velocity_km_s: Floats
    #: How far the reckoning itself may be off, where frames differ [km]; 0 where they do not.
    doubt_km: float

    @property
    def distance_km(self) -> Floats:
        """How far they lie apart `(t,)`."""
        return np.asarray(np.linalg.norm(self.position_km, axis=1))

    @property
    def wide_gaps(self) -> tuple[Gap, ...]:
        """Gaps between states, of either, too wide for what was interpolated in them to be sure."""
        return tuple(gap for t in (self.first, self.second) for gap in wide_gaps(_arcs(t), self.times_s))

    def rms(self, what: str = "position") -> Floats:
        """Root mean square along each axis and of the whole, `(4,)`: position [km] or velocity [km/s]."""
        found = self.position_km if what == "position" else self.velocity_km_s
        squares = np.mean(found**2, axis=0)
        return np.asarray(np.sqrt(np.append(squares, squares.sum())))

    def largest(self, what: str = "position") -> Floats:
        """Largest magnitude along each axis and of the whole, `(4,)`."""
        found = self.position_km if what == "position" else self.velocity_km_s
        return np.append(np.abs(found).max(axis=0), np.linalg.norm(found, axis=1).max())


def compare(
    first: SpaceObject, second: SpaceObject, times_s: ArrayLike | None = None, *, step_s: float | None = None
) -> Comparison:
    """The second object's states less the first's, in the radial, along-track and cross-track axes of the first.

    At `times_s` (POSIX UTC, `(t,)`); or each `step_s` through the span that both cover; or, when neither is given, at the
    epochs of the first ephemeris within the span of the second (those of the second when the first has only elements).
    Time systems are reconciled by each ephemeris' own clock, frames by turning both among the stars, centres by DE421.
    OrbitError when the two have no span in common, or an instant lies outside of it.
    """
    times = _times(first, second, times_s, step_s)
    centre, inertial = _common(first, second)
    one, other = (_about(thing, times, centre, inertial) for thing in (first, second))
    axes = _axes(*one)
    turned_apart = [np.einsum("tij,tj->ti", axes, b - a) for a, b in zip(one, other, strict=True)]
    found = _frames(first, second)
    doubt = (
        POLAR_MOTION_RAD * float(np.linalg.norm(one[0], axis=1).max()) if "ITRF" in found and len(found) > 1 else 0.0
    )
    return Comparison(first, second, times, turned_apart[0], turned_apart[1], doubt)


def _arcs(thing: SpaceObject) -> tuple[Arc, ...]:
    return thing.motion if isinstance(thing.motion, tuple) else ()


def _times(first: SpaceObject, second: SpaceObject, times_s: ArrayLike | None, step_s: float | None) -> Floats:
    if any(isinstance(thing.motion, Body) for thing in (first, second)):
        raise OrbitError("a body of the solar system is no spacecraft; compare ephemerides or elements")
    if times_s is not None:
        times = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
    elif step_s is not None:
        spans = [_span(thing) for thing in (first, second) if _arcs(thing)]
        if not spans or not step_s > 0:
            raise OrbitError("a step is above 0, and goes through the span of an ephemeris")
        begins, ends = max(s[0] for s in spans), min(s[1] for s in spans)
        times = np.arange(begins, ends + 1e-6, step_s) if ends >= begins else np.empty(0)
    else:
        times = np.concatenate([_epochs(arc) for arc in _arcs(first) or _arcs(second)] or [np.empty(0)])
    within = np.ones(len(times), dtype=bool)
    for thing in (first, second):
        if arcs := _arcs(thing):
            within &= np.any([(times >= a.usable_s[0]) & (times <= a.usable_s[1]) for a in arcs], axis=0)
    if times_s is not None and not within.all():
        raise OrbitError(f"{to_iso(float(times[~within][0]))} lies outside what both ephemerides cover")
    found = np.unique(times[within])
    if not len(found):
        raise OrbitError(f"the two have no epoch in common: {_why_none(first, second)}")
    return np.asarray(found)


def _why_none(first: SpaceObject, second: SpaceObject) -> str:
    """Why no instant is common: no ephemeris, spans apart, or states that stand only to support interpolation."""
    given = [_arcs(thing) for thing in (first, second) if _arcs(thing)]
    if not given:
        return "neither is an ephemeris"
    shared = [
        (max(a.usable_s[0], b.usable_s[0]), min(a.usable_s[1], b.usable_s[1])) for a in given[0] for b in given[-1]
    ]
    shared = [span for span in shared if span[0] <= span[1]]
    if not shared:
        return "; ".join(
            f"{thing.name} is useable {to_iso(_span(thing)[0])} to {to_iso(_span(thing)[1])}"
            for thing in (first, second)
            if _arcs(thing)
        )
    spans = " and ".join(f"{to_iso(a)} to {to_iso(b)}" for a, b in shared[:3])
    one = first if _arcs(first) else second
    return (
        f"none of the {sum(len(arc.times_s) for arc in _arcs(one))} epochs of {one.name} lies within what both may be used for, "
        f"{spans}; to interpolate there, give a step"
    )


def _span(thing: SpaceObject) -> tuple[float, float]:
    arcs = _arcs(thing)
    return min(a.usable_s[0] for a in arcs), max(a.usable_s[1] for a in arcs)


def _epochs(arc: Arc) -> Floats:
    return arc.times_s[(arc.times_s >= arc.usable_s[0]) & (arc.times_s <= arc.usable_s[1])]


def _frames(first: SpaceObject, second: SpaceObject) -> set[str]:
    """The frames that the two are given in; elements are of TEME."""
    return {frame for thing in (first, second) for frame in [arc.frame for arc in _arcs(thing)] or ["TEME"]}


def _common(first: SpaceObject, second: SpaceObject) -> tuple[str, str]:
    """The centre of the first, and the frame both are turned to: their own where it is the same and does not rotate."""
    frames = _frames(first, second)
    (frame,) = frames if len(frames) == 1 and frames <= {"GCRF", "EME2000", "TEME"} else ("GCRF",)
    return next((arc.centre for arc in _arcs(first)), "earth"), frame


def _about(thing: SpaceObject, times: Floats, centre: str, frame: str) -> tuple[Floats, Floats]:
    """Position and velocity `(t, 3)` about a centre, in an inertial frame."""
    if not _arcs(thing):
        found = states([thing], times, "TEME" if frame == "TEME" else "GCRF")
        if found.error is not None:
            at = to_iso(float(times[np.flatnonzero(found.error[0])[0]]))
            raise OrbitError(f"{thing.name}: its elements give no state at {at}")
        return found.position_km[0], found.velocity_km_s[0]
    position, velocity = np.empty((len(times), 3)), np.empty((len(times), 3))
    for arc in _arcs(thing):
        # Where two segments meet, the later begins (CCSDS 502.0-B-3 §5.2.4).
        within = (times >= arc.usable_s[0]) & (times <= arc.usable_s[1])
        if not within.any():
            continue
        inside = times[within]
        r, v = interpolate(arc, inside)
        refuse_strayed(arc, inside, r, v)
        if arc.frame != frame or arc.centre != centre:
            r, v = turned(r, v, inside, arc.frame, "GCRF")
            r, v = _moved(r, v, arc.centre, centre, inside)
            r, v = (r, v) if frame == "GCRF" else turned(r, v, inside, "GCRF", frame)
        position[within], velocity[within] = r, v
    return position, velocity


def _moved(r: Floats, v: Floats, given: str, wanted: str, times: Floats) -> tuple[Floats, Floats]:
    """States among the stars about another centre."""
    for centre, sign in ((given, 1.0), (wanted, -1.0)):
        if given != wanted and centre != "earth":
            if centre == "solar system barycenter":
                of, sign = barycentric("earth", times), -sign
            else:
                of = geocentric(centre, times)
            r, v = r + sign * of[0], v + sign * of[1]
    return r, v


def _axes(position: Floats, velocity: Floats) -> Floats:
    """Rows R, T, N `(t, 3, 3)` (CCSDS 502.0-B-3 §3.2.4.11)."""
    normal = np.cross(position, velocity)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    if not np.all(length > 0):
        raise OrbitError("the first ephemeris does not move about its centre: it has no radial and along-track axes")
    radial = position / np.linalg.norm(position, axis=1, keepdims=True)
    normal = normal / length
    return np.stack([radial, np.cross(normal, radial), normal], axis=1)


def one_of(objects: Sequence[SpaceObject], wanted: str | None, where: str) -> SpaceObject:
    """The object of a file that is meant: by id or name, or the only one. OrbitError when it is not clear."""
    if wanted is None:
        if len(objects) == 1:
            return objects[0]
        raise OrbitError(f"{where}: holds {len(objects)} objects; name one of {', '.join(o.id for o in objects[:8])}")
    found = [o for o in objects if wanted.upper() in (o.id.upper(), o.name.upper(), str(o.norad))]
    if len(found) != 1:
        raise OrbitError(f"{where}: has no object {wanted!r}; it has {', '.join(o.id for o in objects[:8])}")
    return found[0]
