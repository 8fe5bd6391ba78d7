"""Planets, Moon and Sun from JPL's DE421, and what is seen of a far object from the Earth: late and displaced.

DE421 covers 1899-07-29 to 2053-10-09 (IPN Progress Report 42-178); it comes with the package skyfield-data.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.orbits.errors import OrbitError
from comity.orbits.objects import Body, SpaceObject
from comity.orbits.times import DAY_S, Floats, tdb_julian, to_iso

LIGHT_KM_S = 299792.458
#: Light takes less from Pluto [s].
LIGHT_S = 8 * 3600.0
#: Names that people use, and DE421's: of the outer planets it holds the barycentres of their systems.
NAMES = {
    "sun": "sun",
    "moon": "moon",
    "mercury": "mercury",
    "venus": "venus",
    "mars": "mars",
    "jupiter": "jupiter barycenter",
    "saturn": "saturn barycenter",
    "uranus": "uranus barycenter",
    "neptune": "neptune barycenter",
    "pluto": "pluto barycenter",
}


def body(name: str) -> SpaceObject:
    """The body of the solar system with this name. OrbitError when DE421 has none."""
    key = name.strip().lower().removesuffix(" barycenter")
    if key not in NAMES:
        from difflib import get_close_matches

        near = get_close_matches(key, NAMES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(NAMES)}"
        raise OrbitError(f"no body {name!r}; {hint}")
    return SpaceObject(id=key, name=key.capitalize(), norad=None, motion=Body(NAMES[key]), source="DE421")


@cache
def _kernel() -> Any:
    from importlib.util import find_spec

    from skyfield.api import load_file

    # Its path is found without importing the package, which warns of a table of its own that is not used here.
    spec = find_spec("skyfield_data")
    assert spec is not None and spec.submodule_search_locations
    return load_file(str(Path(spec.submodule_search_locations[0]) / "data" / "de421.bsp"))


def covered(start_s: float, end_s: float) -> None:
    """OrbitError unless DE421 covers these times, with the hours that light takes from the farthest."""
    barycentric("earth", np.array([start_s - LIGHT_S, end_s]))


def barycentric(target: str, times_s: Floats) -> tuple[Floats, Floats]:
    """Position [km] and velocity [km/s] `(t, 3)` of a body about the solar system's barycentre, GCRF axes."""
    whole, fraction = tdb_julian(times_s)
    first, last = 2414864.5, 2471184.5
    if len(whole) and (whole.min() < first or whole.max() >= last):
        worst = times_s[int(np.argmax(np.abs(whole - 0.5 * (first + last))))]
        raise OrbitError(f"{to_iso(float(worst), digits=0)} is outside DE421, which covers 1899-07-29 to 2053-10-09")
    position, velocity = np.zeros((len(whole), 3)), np.zeros((len(whole), 3))
    for segment in _kernel()[target].vector_functions if _chained(target) else [_kernel()[target]]:
        r, v = segment.spk_segment.compute_and_differentiate(whole, fraction)
        position += np.asarray(r).T
        velocity += np.asarray(v).T / DAY_S
    return position, velocity


def _chained(target: str) -> bool:
    return hasattr(_kernel()[target], "vector_functions")


def geocentric(target: str, times_s: Floats) -> tuple[Floats, Floats]:
    """Where a body is about the Earth's centre at the very instant, without light time: GCRF `(t, 3)`."""
    there, here = barycentric(target, times_s), barycentric("earth", times_s)
    return there[0] - here[0], there[1] - here[1]


def apparent(
    barycentric_at: Callable[[Floats], tuple[Floats, Floats]], times_s: Floats, first_light_s: Floats | None = None
) -> tuple[Floats, Floats, NDArray[np.float64]]:
    """Where a far object is seen from the Earth's centre: position, velocity (GCRF) and light time [s].

    `barycentric_at` gives its state about the solar system's barycentre, NaN where it is not known; then all is NaN.
    `first_light_s` is a guess, where its state may be known when light left it but not when it arrives. Light time to a
    nanosecond, and aberration of the Earth's movement; bending of light at the Sun (up to 1.8 arc seconds at its limb) is
    left out.
    """
    from skyfield.relativity import add_aberration

    here, moving = barycentric("earth", times_s)
    light_s = np.zeros(len(times_s)) if first_light_s is None else first_light_s
    for _ in range(4):
        there, speed = barycentric_at(times_s - light_s)
        found_s = np.linalg.norm(there - here, axis=1) / LIGHT_KM_S
        light_s = np.where(np.isfinite(found_s), found_s, light_s)
    light_s = np.where(np.isfinite(found_s), light_s, np.nan)
    au_km = 149597870.7
    seen = ((there - here) / au_km).T.copy()
    add_aberration(seen, moving.T / au_km * DAY_S, light_s / DAY_S)
    return seen.T * au_km, speed - moving, light_s
