"""Does a spacecraft leave its orbit as the rules of debris mitigation want it?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from comity.model.base import FrozenMap, Named, Value
from comity.model.missions import with_ids
from comity.model.problems import nearest
from comity.orbits import Elements, OrbitError, SpaceObject
from comity.orbits.frames import EARTH_RADIUS_KM
from comity.orbits.times import from_iso
from comity.safety.atmosphere import ACTIVITIES, Activity
from comity.safety.debris_rules import Rule, rules_of
from comity.safety.errors import SafetyError
from comity.safety.files import read_value
from comity.safety.lifetime import CD, LONGEST_YEARS, MU_KM3_S2, Lifetime, Orbit, lifetimes, sinking_km_day
from comity.safety.sinking import APART_SAID, DragTold, apart, drag_told

#: The protected regions: low orbits up to 2,000 km (47 CFR 25.283(e)), and the geostationary ring, 200 km to each side
#: (NASA-STD-8719.14C §4.5.3.1).
LOW_KM, GEO_KM, RING_KM = 2000.0, 35786.0, 200.0
#: Reflection of sunlight where none is given: 1 absorbs all, 2 mirrors all. Estimate: a usual spacecraft.
CR = 1.3
#: Higher is no orbit about the Earth: the Moon's greatest distance [km]. Heights in metres are found out by it.
HIGHEST_KM = 400_000.0
Verdict = Literal["kept", "broken", "unsure", "unsaid", "not concerned"]


class OrbitGiven(Value):
    """The orbit that it is left in, by mean heights over the equatorial radius."""

    perigee_km: float = Field(gt=0, le=HIGHEST_KM)
    apogee_km: float = Field(gt=0, le=HIGHEST_KM)
    inclination_deg: float = Field(default=0.0, ge=0, le=180)

    @model_validator(mode="after")
    def _ordered(self) -> OrbitGiven:
        if self.apogee_km < self.perigee_km:
            raise ValueError(f"the apogee of {self.apogee_km:g} km lies below the perigee of {self.perigee_km:g} km")
        return self


class Spacecraft(Named):
    """A spacecraft (or stage) at the end of its mission."""

    name: str = ""
    mass_kg: float = Field(gt=0)
    area_m2: float = Field(gt=0, description="Mean cross-section, of a tumbling body a quarter of its surface.")
    drag_coefficient: float = Field(default=CD, gt=0)
    reflection: float = Field(default=CR, ge=1, le=2, description="CR of the pressure of sunlight.")
    orbit: OrbitGiven
    end_of_mission: str = Field(description="When nobody keeps it any more: 2030-06-01.")
    disposal: Literal["natural", "controlled", "retrieval", "storage", "escape"] = "natural"
    stored_energy: FrozenMap[str, str] = Field(
        default_factory=dict, validate_default=True,
        description="Each source of energy on board, and how it is made harmless; empty where nobody knows yet.",
    )  # fmt: skip
    explosion_probability: float | None = Field(default=None, ge=0, le=1)
    collision_probability: float | None = Field(default=None, ge=0, le=1)
    small_debris_probability: float | None = Field(default=None, ge=0, le=1)
    disposal_reliability: float | None = Field(default=None, ge=0, le=1)
    casualty_expectation: float | None = Field(default=None, ge=0)

    @field_validator("end_of_mission")
    @classmethod
    def _moment(cls, text: str) -> str:
        try:
            from_iso(text)
        except OrbitError as error:
            raise ValueError(str(error)) from None
        return text


class Fleet(Value):
    """A file of spacecraft by name."""

    spacecraft: FrozenMap[str, Spacecraft] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: Any) -> Any:
        return with_ids(raw, "spacecraft")


@dataclass(frozen=True, slots=True)
class Checked:
    """What one rule says of a spacecraft."""

    rule: str
    name: str
    set: str
    verdict: Verdict
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Disposal:
    """How a spacecraft stands to the rules. `lifetimes` is empty where drag does not bring it down."""

    id: str
    name: str
    orbit: Orbit
    #: `Cd A/m` [m²/kg], None where the elements tell none; and where it is from.
    drag_m2_kg: float | None
    drag_from: str
    start_s: float
    lifetimes: Mapping[Activity, Lifetime]
    checks: tuple[Checked, ...]
    #: By what it sinks how fast at the start [m/day], less where it rises; of elements.
    sinking_m_day: Mapping[str, float] = field(default_factory=dict)
    #: The Sun's flux at 10.7 cm [sfu] that the lifetimes begin with, where one is known.
    flux: float | None = None
    #: Where two ways to the same figure lie apart, and what else to be wary of.
    cautions: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Is no rule broken, unsure or unsaid?"""
        return all(c.verdict in ("kept", "not concerned") for c in self.checks)


def read_fleet(file: Path) -> tuple[Spacecraft, ...]:
    """The spacecraft of a YAML file. SafetyError lists its problems with their places."""
    return tuple(read_value(file, Fleet).spacecraft.values())


def disposal(spacecraft: Spacecraft, *, sets: Iterable[str] = ()) -> Disposal:
    """A spacecraft checked by the rules of these sets, all when none is named. SafetyError for an unknown set."""
    start_s, given = from_iso(spacecraft.end_of_mission), spacecraft.orbit
    orbit = Orbit(given.perigee_km, given.apogee_km, given.inclination_deg)
    drag = spacecraft.drag_coefficient * spacecraft.area_m2 / spacecraft.mass_kg
    found = Disposal(spacecraft.id, spacecraft.name or spacecraft.id, orbit, drag, "area and mass", start_s, {}, ())
    return _checked(found, spacecraft, rules_of(sets))


def disposal_of_object(thing: SpaceObject, *, drag_m2_kg: float | None = None, sets: Iterable[str] = ()) -> Disposal:
    """The same of an object by its mean elements, left as it is at their epoch; drag by its B* where none is given.

    What B* tells is how fast the orbit sinks, and the drag is that which makes it sink so in the air of the epoch; a B* of 0
    or less is no drag: what asks for a lifetime is then unsaid. SafetyError for an object without elements.
    """
    motion = thing.motion
    if not isinstance(motion, Elements):
        raise SafetyError(f"{thing.name}: a lifetime is reckoned from mean elements (TLE, OMM); write others as YAML")
    axis = (MU_KM3_S2 / (motion.mean_motion / 60.0) ** 2) ** (1 / 3)
    perigee, apogee = (axis * (1 + s * motion.eccentricity) - EARTH_RADIUS_KM for s in (-1, 1))
    try:
        orbit = Orbit(perigee, apogee, math.degrees(motion.inclination))
    except SafetyError as error:
        raise SafetyError(f"{thing.name}: {error}") from None
    told = drag_told(motion, orbit)
    drag, origin = (told.drag_m2_kg, "B* of its elements") if drag_m2_kg is None else (drag_m2_kg, "area and mass")
    found = Disposal(
        thing.id, thing.name, orbit, drag, origin, motion.epoch_s, {}, (),
        sinking_m_day=told.sinking_m_day, flux=told.flux, cautions=told.cautions,
    )  # fmt: skip
    found = _checked(found, None, rules_of(sets))
    return found if drag_m2_kg is None or not found.lifetimes else _beside(found, told)


def _beside(found: Disposal, told: DragTold) -> Disposal:
    """What area and mass make of it, with a caution where its B* says otherwise."""
    assert found.drag_m2_kg is not None
    by_area = sinking_km_day(found.orbit, found.drag_m2_kg, flux=told.flux) * 1000
    found = replace(found, sinking_m_day={"area and mass": by_area, **told.sinking_m_day})
    by_bstar = told.sinking_m_day.get("B*")
    if told.drag_m2_kg is None or by_bstar is None or not apart(by_area, by_bstar):
        return found
    other = lifetimes(found.orbit, told.drag_m2_kg, start_s=found.start_s, flux=told.flux)["mean"]
    said = (
        f"by area and mass it would sink {by_area:.3g} m a day and last {years_said(found.lifetimes['mean'])} years in "
        f"usual cycles, by its B* {by_bstar:.3g} m a day and {years_said(other)} years: {APART_SAID}"
    )
    return replace(found, cautions=(*found.cautions, said))


def _checked(found: Disposal, given: Spacecraft | None, rules: Mapping[str, Rule]) -> Disposal:
    natural = given is None or given.disposal == "natural"
    if natural and found.orbit.perigee_km < LOW_KM and found.drag_m2_kg is not None:
        found = replace(
            found, lifetimes=lifetimes(found.orbit, found.drag_m2_kg, start_s=found.start_s, flux=found.flux)
        )
    checks = []
    for name, rule in rules.items():
        verdict, why = _RULES[rule.kind](rule, found, given)
        checks.append(Checked(name, rule.name, rule.set, verdict, why, rule.source))
    return replace(found, checks=tuple(checks))


def years_said(life: Lifetime) -> str:
    """A lifetime in words.

    >>> import numpy as np
    >>> nothing = (np.array([0.0]),) * 3
    >>> years_said(Lifetime("mean", 3.14159, nothing)), years_said(Lifetime("low", None, nothing))
    ('3.1', 'over 200')
    """
    return (
        f"over {LONGEST_YEARS:.0f}"
        if life.years is None
        else f"{life.years:.1f}"
        if life.years >= 1
        else f"{life.years:.2f}"
    )


def _lifetime(rule: Rule, found: Disposal, given: Spacecraft | None) -> tuple[Verdict, str]:
    assert rule.years is not None
    if found.orbit.perigee_km >= LOW_KM:
        return "not concerned", f"its perigee of {found.orbit.perigee_km:,.0f} km is above low orbits"
    if given is not None and given.disposal in ("controlled", "retrieval", "escape"):
        return "kept", f"it is taken away by its own disposal ({given.disposal}) at the end of the mission"
    if given is not None and given.disposal == "storage":
        return "broken", "a storage orbit must not pass through low orbits"
    lives = found.lifetimes
    if not lives:
        return "unsaid", "its B* is 0 or less, which is no drag; area and mass are needed"
    note = next((f"; {life.note}" for life in lives.values() if life.note), "")
    said = ", ".join(f"{a} {years_said(lives[a])}" for a in ACTIVITIES) + " years, by the Sun's activity" + note
    fits = {a: life.years is not None and life.years <= rule.years for a, life in lives.items()}
    if rule.activity is not None:
        return ("kept" if fits[rule.activity] else "broken"), said
    if all(fits.values()):
        return "kept", said
    return ("unsure" if any(fits.values()) else "broken"), said


def _near_ring(orbit: Orbit) -> bool:
    return orbit.apogee_km > GEO_KM - RING_KM and orbit.perigee_km > GEO_KM - 5000.0


def _graveyard(rule: Rule, found: Disposal, given: Spacecraft | None) -> tuple[Verdict, str]:
    assert rule.base_km is not None and rule.per_area_km is not None
    if not _near_ring(found.orbit):
        return "not concerned", "it is not near the geostationary ring"
    if given is None:
        return "unsaid", "CR, area and mass are needed; write it as YAML"
    needed = graveyard_height_km(
        given.reflection * given.area_m2 / given.mass_kg, base_km=rule.base_km, per_area_km=rule.per_area_km
    )
    above = found.orbit.perigee_km - GEO_KM
    said = f"its perigee is {above:,.0f} km above the ring; {needed:,.0f} km are needed"
    if rule.eccentricity is not None and found.orbit.eccentricity > rule.eccentricity:
        return (
            "broken",
            f"{said}, and an eccentricity of {rule.eccentricity:g} at most, not {found.orbit.eccentricity:.4f}",
        )
    return ("kept" if above >= needed else "broken"), said


def graveyard_height_km(pressure_m2_kg: float, *, base_km: float = 235.0, per_area_km: float = 1000.0) -> float:
    """How far above the geostationary ring a perigee has to be [km], by `CR A/m` [m²/kg] (IADC-02-01 §5.3.1).

    >>> graveyard_height_km(1.0 * 0.01)
    245.0
    """
    return base_km + per_area_km * pressure_m2_kg


def _perigee(rule: Rule, found: Disposal, given: Spacecraft | None) -> tuple[Verdict, str]:
    assert rule.perigee_km is not None
    if not _near_ring(found.orbit):
        return "not concerned", "it is not near the geostationary ring"
    fits = found.orbit.perigee_km >= rule.perigee_km
    said = f"its perigee is at {found.orbit.perigee_km:,.0f} km; {rule.perigee_km:,.0f} km are needed for 100 years"
    return ("kept" if fits else "broken"), said


def _figure(rule: Rule, found: Disposal, given: Spacecraft | None) -> tuple[Verdict, str]:
    assert rule.figure is not None and rule.limit is not None
    value = getattr(given, rule.figure) if given is not None else None
    words = rule.figure.replace("_", " ")
    if rule.figure == "casualty_expectation" and found.orbit.perigee_km >= LOW_KM:
        return "not concerned", "it does not come down"
    if value is None:
        return "unsaid", f"the {words} is not said; an analysis has to give it"
    fits = value < rule.limit if rule.kind == "below" else value >= rule.limit
    return (
        "kept" if fits else "broken"
    ), f"the {words} is {value:g}; {'below' if rule.kind == 'below' else 'at least'} {rule.limit:g} is asked"


def _passivation(rule: Rule, found: Disposal, given: Spacecraft | None) -> tuple[Verdict, str]:
    if given is None or not given.stored_energy:
        return "unsaid", "stored_energy is not said: propellant, pressurant, batteries, wheels, pyrotechnics"
    left = [name for name, how in given.stored_energy.items() if not how.strip()]
    if left:
        return "broken", f"nothing is said to make {', '.join(left)} harmless"
    return "kept", "; ".join(f"{name}: {how}" for name, how in given.stored_energy.items())


_RULES = {
    "lifetime": _lifetime,
    "graveyard": _graveyard,
    "perigee": _perigee,
    "below": _figure,
    "at_least": _figure,
    "passivation": _passivation,
}


def of_name(fleet: Iterable[Spacecraft], wanted: Iterable[str]) -> tuple[Spacecraft, ...]:
    """The spacecraft that are meant; all when none is named. SafetyError with the nearest name."""
    known, names = {s.id: s for s in fleet}, tuple(wanted)
    for name in names:
        if name not in known:
            raise SafetyError(f"there is no spacecraft {name!r}; {nearest(name, known) or ', '.join(known)}")
    return tuple(known[n] for n in names) if names else tuple(known.values())
