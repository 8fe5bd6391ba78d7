"""Where things are: spacecraft by their elements or ephemerides, planets, frames and time scales."""

from comity.orbits.bodies import LIGHT_KM_S, body, covered
from comity.orbits.comparison import AXES, Comparison, compare, one_of
from comity.orbits.errors import OrbitError
from comity.orbits.interpolation import interpolate, interpolate_all
from comity.orbits.objects import Arc, Body, Elements, SpaceObject
from comity.orbits.oem import ephemerides
from comity.orbits.ranging import far_range
from comity.orbits.reading import read_objects
from comity.orbits.states import ERRORS, Frame, States, is_far, seen_from_earth, states
from comity.orbits.support import Gap, wide_gaps

__all__ = [
    "AXES",
    "ERRORS",
    "LIGHT_KM_S",
    "Arc",
    "Body",
    "Comparison",
    "Elements",
    "Frame",
    "Gap",
    "OrbitError",
    "SpaceObject",
    "States",
    "body",
    "compare",
    "covered",
    "ephemerides",
    "far_range",
    "interpolate",
    "interpolate_all",
    "is_far",
    "one_of",
    "read_objects",
    "seen_from_earth",
    "states",
    "wide_gaps",
]
