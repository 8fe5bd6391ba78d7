"""How fast an orbit sinks by its own elements, and the drag that makes it sink so in the air of that day.

B* is fitted to the orbit in the air of SGP4, `rho0 ((q0 - s) / (r - s))^4` (Spacetrack Report No. 3), which is the same at
all times: 5.6e-12 kg/m³ at 420 km, where NRLMSISE-00 has 0.9e-12 to 4e-12, and ten times too dense at 700 km. So
`Cd A / m = 12.74 B*` does not belong to the real air. What holds is the sinking that SGP4 makes of it; it is that of the
mean motion's own change, which stands beside it in the elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.orbits import Elements
from comity.orbits.objects import satrec
from comity.orbits.times import to_iso
from comity.safety.atmosphere import HIGHEST_KM, SolarCycle, measured_flux
from comity.safety.lifetime import BSTAR_M2_KG, Orbit, sinking_km_day

#: SGP4's radius of the Earth [km] (WGS 72).
SGP4_RADIUS_KM = 6378.135
#: `Cd A / m` [m²/kg] that spacecraft have. Least: LARES, the densest of them (36.4 cm, 387 kg: 0.0006). Most, an estimate: a few
#: panels and little else; solar sails have more, and so it seems of what thrust lowers.
LEAST_DRAG, MOST_DRAG = 0.0005, 0.5
#: Two ways to one figure are cautioned of when one is more than this many times the other. Estimate.
APART = 1.5
APART_SAID = f"more than a factor of {APART:g} apart"


@dataclass(frozen=True, slots=True)
class DragTold:
    """What elements tell of drag; `drag_m2_kg` (`Cd A / m`) is None where they tell none."""

    drag_m2_kg: float | None
    #: `B*` and `mean motion`: how fast it sinks [m/day]; less than 0 where it rises.
    sinking_m_day: Mapping[str, float]
    #: The Sun's flux at 10.7 cm [sfu] at the epoch.
    flux: float
    cautions: tuple[str, ...]


def drag_told(elements: Elements, orbit: Orbit) -> DragTold:
    """The drag that makes an orbit sink as its B* says, in the air of the epoch, and what speaks against it."""
    cautions = []
    flux = measured_flux(elements.epoch_s)
    if flux is None:
        flux = SolarCycle("mean").flux(elements.epoch_s)
        cautions.append(
            f"no flux of the Sun is known here for {to_iso(elements.epoch_s)[:10]}: that of a usual cycle is taken, {flux:.0f} sfu"
        )
    by_bstar, by_motion = sinking_by_bstar(elements), sinking_by_motion(elements)
    sinking = {"B*": by_bstar * 1000} if elements.bstar > 0 else {}
    if by_motion is not None:
        sinking["mean motion"] = by_motion * 1000
    if elements.bstar <= 0:
        return DragTold(None, sinking, flux, tuple(cautions))
    if orbit.perigee_km > HIGHEST_KM:
        cautions.append(f"above {HIGHEST_KM:,.0f} km B* tells of sunlight and the fit more than of drag")
        return DragTold(BSTAR_M2_KG * elements.bstar, sinking, flux, tuple(cautions))
    if by_motion is not None and apart(by_bstar, by_motion):
        moves = "sinks" if by_motion > 0 else "rises"
        cautions.append(
            f"by its B* it sinks {by_bstar * 1000:.3g} m a day, by the change of its mean motion it {moves} "
            f"{abs(by_motion) * 1000:.3g}: {APART_SAID}; it may have been manoeuvred"
        )
    drag = by_bstar / sinking_km_day(orbit, 1.0, flux=flux)
    if not LEAST_DRAG <= drag <= MOST_DRAG:
        kind = "more than any but a sail" if drag > MOST_DRAG else "less than any"
        cautions.append(
            f"its B* makes Cd·A/m {drag:.2g} m²/kg, {kind} has: thrust may be at work, and the lifetime is then not that of drag"
        )
    return DragTold(drag, sinking, flux, tuple(cautions))


def sinking_by_bstar(elements: Elements) -> float:
    """How much of the mean semi-major axis SGP4's drag takes in the day after the epoch [km]."""
    with_drag, without = (_axis_after_a_day(e) for e in (elements, replace(elements, bstar=0.0)))
    return without - with_drag


def _axis_after_a_day(elements: Elements) -> float:
    record = satrec(elements)
    record.sgp4(record.jdsatepoch, record.jdsatepochF + 1.0)
    return float(record.am) * SGP4_RADIUS_KM


def sinking_by_motion(elements: Elements) -> float | None:
    """The same by the first derivative of the mean motion [km/day]; None where elements have none, or are of deep space.

    The field of a TLE, and MEAN_MOTION_DOT of catalogues, is half of the derivative (CelesTrak, "NORAD Two-Line Element Set
    Format"); from `n² a³` follows `da/dt = -2/3 a n'/n`.
    """
    if elements.mean_motion_dot == 0 or elements.deep_space:
        return None
    derivative = 2.0 * elements.mean_motion_dot * 1440.0  # rad/min a day
    axis = float(satrec(elements).a) * SGP4_RADIUS_KM
    return 2.0 / 3.0 * axis * derivative / elements.mean_motion


def apart(one: float, other: float) -> bool:
    """Is one more than `APART` times the other, or of another sign?

    >>> apart(41.0, 42.0), apart(41.0, 13.0), apart(3.0, -1.0)
    (False, True, True)
    """
    low, high = sorted((one, other))
    return low <= 0 or high > APART * low
