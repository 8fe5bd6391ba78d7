"""How long an orbit lasts that nobody keeps up: drag averaged over each revolution, after King-Hele.

The classical theory of D. G. King-Hele (*Theory of Satellite Orbits in an Atmosphere*, 1964): what one revolution takes from
the semi-major axis and the eccentricity, in the air of an oblate Earth that turns with it. The integrals over a revolution,
and then over the years, are taken numerically. The pull of the Moon and the Sun is left out: `Lifetime.note` says where
that matters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from comity.orbits.frames import EARTH_RADIUS_KM, INVERSE_FLATTENING
from comity.safety.atmosphere import ACTIVITIES, YEAR_S, Activity, Floats, SolarCycle, density
from comity.safety.errors import SafetyError

#: The method in one line, as answers cite it.
METHOD = (
    "drag averaged over each revolution after King-Hele (Theory of Satellite Orbits in an Atmosphere, 1964) in the mean air of "
    "NRLMSISE-00 (Picone et al. 2002, doi:10.1029/2002JA009430), under weak, usual and strong solar cycles (Oi et al. 2017, "
    "doi:10.1140/epjqt/s40507-017-0060-1)"
)
#: Gravity parameter of the Earth [km³/s²] (WGS 84).
MU_KM3_S2 = 398600.4418
#: The Earth's rotation [rad/s]; the air is taken to turn with it.
EARTH_RATE = 7.2921150e-5
#: An orbit whose perigee comes down to here ends within hours [km].
END_KM = 130.0
#: Nothing is said beyond [years].
LONGEST_YEARS = 200.0
#: With an apogee above this the Moon and the Sun move the perigee too [km] (NASA-STD-8719.14C §4.6.4.1.1).
LUNISOLAR_KM = 5000.0
#: Drag coefficient where none is given: estimate, usually taken between 2.0 and 2.2.
CD = 2.2
#: Area over mass behind SGP4's drag term: `Cd A / m = 2 B* / rho0`, with rho0 = 2.461e-5 kg/m² a km times SGP4's Earth
#: radius of 6378.135 km (Spacetrack Report No. 3): m²/kg for each 1 of B*. It holds in SGP4's own air, which does not
#: change and is several times as dense as the real: what B* tells of a lifetime is the sinking (`comity.safety.sinking`).
BSTAR_M2_KG = 2.0 / (2.461e-5 * 6378.135)
#: Part of the height or eccentricity that a step may take.
_STEP = 0.02


@dataclass(frozen=True, slots=True)
class Orbit:
    """A mean orbit by heights of perigee and apogee over the Earth's equatorial radius [km], and inclination [deg]."""

    perigee_km: float
    apogee_km: float
    inclination_deg: float = 0.0

    def __post_init__(self) -> None:
        heights = (self.perigee_km, self.apogee_km)
        if not all(map(math.isfinite, heights)) or not 0 < self.perigee_km <= self.apogee_km:
            raise SafetyError(
                f"an orbit of {self.perigee_km:g} by {self.apogee_km:g} km: perigee is above 0, apogee not below it"
            )
        if not 0 <= self.inclination_deg <= 180:
            raise SafetyError(f"an inclination of {self.inclination_deg:g} degrees; it is from 0 to 180")

    @property
    def axis_km(self) -> float:
        """Semi-major axis [km]."""
        return EARTH_RADIUS_KM + (self.perigee_km + self.apogee_km) / 2

    @property
    def eccentricity(self) -> float:
        return (self.apogee_km - self.perigee_km) / 2 / self.axis_km


@dataclass(frozen=True, slots=True, eq=False)
class Lifetime:
    """How long an orbit lasts under one course of solar activity; `years` is None when longer than was looked."""

    activity: Activity
    years: float | None
    #: How it comes down: years from the start, and perigee and apogee [km] `(n,)` each.
    course: tuple[Floats, Floats, Floats]
    note: str = ""


def lifetimes(
    orbit: Orbit,
    drag_m2_kg: float,
    *,
    start_s: float,
    flux: float | None = None,
    limit_years: float = LONGEST_YEARS,
) -> dict[Activity, Lifetime]:
    """The lifetime under weak, usual and strong solar cycles: the range that nobody can narrow years ahead.

    `drag_m2_kg` is `Cd · A / m`; `start_s` POSIX seconds UTC; `flux` the Sun's at 10.7 cm [sfu] then, where it is known.
    """
    cycles = [SolarCycle(a, known=None if flux is None else (start_s, flux)) for a in ACTIVITIES]
    return {c.activity: lifetime(orbit, drag_m2_kg, c, start_s=start_s, limit_years=limit_years) for c in cycles}


def sinking_km_day(orbit: Orbit, drag_m2_kg: float, *, flux: float) -> float:
    """How much of its semi-major axis drag takes from an orbit in a day [km], in the air under a flux at 10.7 cm [sfu]."""
    rates = _Rates(orbit, drag_m2_kg, SolarCycle(level=flux))
    return -float(rates(np.array([orbit.axis_km, orbit.eccentricity]), 0.0)[0]) * 86400.0


def lifetime(
    orbit: Orbit, drag_m2_kg: float, cycle: SolarCycle, *, start_s: float, limit_years: float = LONGEST_YEARS
) -> Lifetime:
    """The time [years] until an orbit's perigee comes down to 130 km.

    Parameters: `drag_m2_kg`, the product of drag coefficient and mean cross-section over mass, above 0; `cycle`, the Sun's
    course; `start_s`, when nobody keeps the orbit any more. SafetyError for what is no orbit or no drag.
    """
    if not (math.isfinite(drag_m2_kg) and drag_m2_kg > 0):
        raise SafetyError(f"Cd·A/m is {drag_m2_kg:g} m²/kg; it must be above 0")
    state = np.array([orbit.axis_km, orbit.eccentricity])
    rates = _Rates(orbit, drag_m2_kg, cycle)
    time, course = 0.0, [(0.0, orbit.perigee_km, orbit.apogee_km)]
    limit = limit_years * YEAR_S
    while time < limit and course[-1][1] > END_KM:
        first = rates(state, start_s + time)
        step = min(_longest(state, first), 0.05 * YEAR_S * 2, limit - time)
        # Heun's method: the step is short against all that changes, and the error of the air is far larger.
        guess = np.maximum(state + step * first, (EARTH_RADIUS_KM, 0.0))
        state = state + step / 2 * (first + rates(guess, start_s + time + step))
        state[1] = max(state[1], 0.0)
        time += step
        heights = state[0] * (1 + np.array([-1.0, 1.0]) * state[1]) - EARTH_RADIUS_KM
        course.append((time / YEAR_S, float(heights[0]), float(heights[1])))
    ended = course[-1][1] <= END_KM
    years = np.array(course).T
    return Lifetime(cycle.activity, time / YEAR_S if ended else None, (years[0], years[1], years[2]), _note(orbit))


def _longest(state: Floats, rate: Floats) -> float:
    """The step [s] in which neither perigee nor apogee falls by more than a part of a scale height's order."""
    perigee_rate = abs(rate[0] * (1 - state[1]) - state[0] * rate[1])
    apogee_rate = abs(rate[0] * (1 + state[1]) + state[0] * rate[1])
    height = state[0] * (1 - state[1]) - EARTH_RADIUS_KM
    # The scale height grows from about 10 km at 150 km to 100 km at 800 km.
    near = _STEP * max(height - 60.0, 20.0)
    far = _STEP * max(state[0] * (1 + state[1]) - EARTH_RADIUS_KM, 20.0)
    return float(min(near / max(perigee_rate, 1e-15), far / max(apogee_rate, 1e-15)))


def _note(orbit: Orbit) -> str:
    if orbit.apogee_km > LUNISOLAR_KM:
        return "the Moon and the Sun move so high an orbit more than drag does; they are left out here"
    return ""


class _Rates:
    """Mean rates of semi-major axis [km/s] and eccentricity [1/s] at a state and an instant."""

    def __init__(self, orbit: Orbit, drag_m2_kg: float, cycle: SolarCycle) -> None:
        self._cycle = cycle
        self._drag = drag_m2_kg
        self._cos_i = math.cos(math.radians(orbit.inclination_deg))
        # The Earth is flat at the poles: over a revolution of the perigee the ground lies lower than the equator by this.
        self._ground = EARTH_RADIUS_KM * (
            1 - math.sin(math.radians(orbit.inclination_deg)) ** 2 / 2 / INVERSE_FLATTENING
        )
        self._anomaly = _half_turn(256 if orbit.eccentricity > 0.05 else 48)

    def __call__(self, state: Floats, time_s: float) -> Floats:
        axis, eccentricity = state
        cosines, weights = self._anomaly
        along = eccentricity * cosines
        air = density(axis * (1 - along) - self._ground, self._cycle.flux(time_s)) * 1e9  # kg/km³
        perigee = axis * (1 - eccentricity)
        speed = math.sqrt(MU_KM3_S2 / axis * (1 + eccentricity) / (1 - eccentricity))
        # King-Hele's factor F for an atmosphere that turns.
        delta = self._drag * 1e-6 * (1 - perigee * EARTH_RATE / speed * self._cos_i) ** 2
        ratio = np.sqrt((1 + along) / (1 - along))
        axis_loss = axis**2 * delta * float(weights @ (air * ratio * (1 + along)))
        shape_loss = axis * delta * (1 - eccentricity**2) * float(weights @ (air * ratio * cosines))
        # The integrals are means over the eccentric anomaly; in each second passes this part of a turn.
        motion = math.sqrt(MU_KM3_S2 / axis**3)
        return np.array([-axis_loss * motion, -shape_loss * motion])


@cache
def _half_turn(count: int) -> tuple[Floats, Floats]:
    """Cosines of the eccentric anomaly at the middles of equal parts of half a turn, and their weights (mean 1)."""
    anomaly = (np.arange(count) + 0.5) * math.pi / count
    return np.cos(anomaly), np.full(count, 1.0 / count)
