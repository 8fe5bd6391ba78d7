"""How far the registration of a mission's space objects has come, by the existing form of the Registration Convention."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from comity.governance.treaties import TreatyError, submission
from comity.model.problems import nearest
from comity.model.programme import Programme
from comity.orbits import Elements, SpaceObject
from comity.orbits.frames import EARTH_RADIUS_KM
from comity.safety.checklist import Checklist, space_objects
from comity.safety.errors import SafetyError
from comity.safety.lifetime import MU_KM3_S2

#: The Earth's second zonal harmonic (WGS 72, as SGP4 has it: Spacetrack Report No. 3).
J2 = 1.082616e-3


@dataclass(frozen=True, slots=True)
class Asked:
    """One line that Article IV(1) asks: `value` is empty where nobody knows it yet."""

    key: str
    title: str
    article: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Registration:
    """The form of one space object: what Article IV(1) asks, and what has to be settled before it is sent."""

    element: str
    asked: tuple[Asked, ...]
    remarks: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of what is asked and not known."""
        return tuple(one.title for one in self.asked if not one.value)

    @property
    def complete(self) -> bool:
        """May it be sent, as far as its fields go?"""
        return not self.missing

    def to_dict(self) -> dict[str, Any]:
        """Plain values: each line asked, titles of what is missing, remarks."""
        return {**asdict(self), "missing": list(self.missing), "complete": self.complete}


def registration(
    programme: Programme,
    mission: str,
    element: str,
    *,
    option: str | None = None,
    given: Mapping[str, str] | None = None,
) -> Registration:
    """The state of an element's form. `given` are fields that are known, as `comity treaty registration` takes them.

    SafetyError for an unknown mission, element, option or field.
    """
    try:
        form = submission(programme, mission, element, option=option, given=given)
    except TreatyError as error:
        raise SafetyError(str(error)) from None
    asked = tuple(Asked(f.key, f.title, f.article, f.value, f.origin) for f in form.fields if f.needed)
    return Registration(element, asked, form.remarks)


def registrations(
    programme: Programme, wanted: Checklist, *, options: Mapping[str, str] | None = None
) -> dict[str, Registration]:
    """The forms that a mission's checklist asks for, by item."""
    return {
        due.id: registration(programme, wanted.mission, due.element, option=(options or {}).get(due.element))
        for due in wanted.items
        if due.form == "registration" and due.element is not None
    }


def objects_to_register(programme: Programme, mission: str, element: str | None = None) -> tuple[str, ...]:
    """The elements of a mission that are registered, or the one of them that is meant. SafetyError with the nearest."""
    if mission not in programme.missions:
        hint = nearest(mission, programme.missions) or f"there are {', '.join(programme.missions)}"
        raise SafetyError(f"the programme has no mission {mission!r}; {hint}")
    known = space_objects(programme.missions[mission])
    if element is None:
        return known
    if element not in known:
        hint = nearest(element, known) or (f"there are {', '.join(known)}" if known else "it has none")
        raise SafetyError(f"mission {mission!r} has no space object {element!r}; {hint}")
    return (element,)


def orbit_fields(thing: SpaceObject) -> dict[str, str]:
    """The basic orbital parameters of Article IV(1)(d) by mean elements: nodal period, inclination, apogee, perigee.

    The nodal period is the time from one ascending node to the next: the mean motion, which counts from the perigee, and the
    turning of the perigee by the Earth's flatness (Vallado, *Fundamentals of Astrodynamics*, secular rates by J2).
    SafetyError for an object without mean elements.
    """
    motion = thing.motion
    if not isinstance(motion, Elements):
        raise SafetyError(
            f"{thing.name}: orbital parameters are read from mean elements (TLE, OMM); give others with --set"
        )
    rate = motion.mean_motion / 60.0
    axis = (MU_KM3_S2 / rate**2) ** (1 / 3)
    parameter = axis * (1 - motion.eccentricity**2)
    turning = 0.75 * J2 * (EARTH_RADIUS_KM / parameter) ** 2 * rate * (4 - 5 * math.sin(motion.inclination) ** 2)
    perigee, apogee = (axis * (1 + s * motion.eccentricity) - EARTH_RADIUS_KM for s in (-1, 1))
    return {
        "nodal_period_min": f"{2 * math.pi / (rate + turning) / 60:.2f}",
        "inclination_deg": f"{math.degrees(motion.inclination):.2f}",
        "apogee_km": f"{apogee:.0f}",
        "perigee_km": f"{perigee:.0f}",
    }
