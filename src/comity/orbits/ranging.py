"""How far a far object is from a place on Earth, and how fast that changes: what light takes on its way down counts."""

from __future__ import annotations

import numpy as np

from comity.orbits.bodies import LIGHT_KM_S, barycentric
from comity.orbits.objects import Body, Elements, SpaceObject
from comity.orbits.states import ephemeris_in, light_s_about, turned
from comity.orbits.times import Floats


def far_range(thing: SpaceObject, place_km: Floats, times_s: Floats) -> tuple[Floats, Floats]:
    """Range [km] and its rate [km/s], each `(t,)`, of a body or a spacecraft far away from a place (ITRF `(3,)`, km).

    The range is the way that light came: ρ = |r(t - ρ/c) - s(t)|, about the solar system's barycentre. Its derivative is
    ρ' = u·(v - v_s) / (1 + u·v/c), with u from the place to the object. NaN where an ephemeris ends; OrbitError outside DE421.
    """
    motion = thing.motion
    assert not isinstance(motion, Elements)
    still = np.broadcast_to(place_km, (len(times_s), 3))
    site, turning = turned(still, np.zeros_like(still), times_s, "ITRF", "GCRF")
    earth = barycentric("earth", times_s)
    site, turning = site + earth[0], turning + earth[1]
    guess = light_s_about(motion, times_s)
    light_s = np.zeros(len(times_s)) if guess is None else guess
    for _ in range(5):
        there, speed = _about_barycentre(motion, times_s - light_s)
        way = there - site
        distance = np.linalg.norm(way, axis=1)
        light_s = np.where(np.isfinite(distance), distance / LIGHT_KM_S, light_s)
    along = way / distance[:, None]
    rate = (along * (speed - turning)).sum(axis=1) / (1.0 + (along * speed).sum(axis=1) / LIGHT_KM_S)
    return distance, rate


def _about_barycentre(motion: object, times_s: Floats) -> tuple[Floats, Floats]:
    if isinstance(motion, Body):
        return barycentric(motion.target, times_s)
    assert isinstance(motion, tuple)
    position, velocity, _ = ephemeris_in(motion, times_s, "GCRF")
    earth = barycentric("earth", times_s)
    return position + earth[0], velocity + earth[1]
