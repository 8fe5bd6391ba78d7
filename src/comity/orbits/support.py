"""Whether the states of an ephemeris support what is interpolated between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.orbits.errors import OrbitError
from comity.orbits.objects import Arc
from comity.orbits.times import Floats, to_iso

#: States support what lies between them up to this turn about the centre [rad], a sixth of a revolution. By the remainder of
#: a Hermite polynomial of degree 7 a circular orbit is then met within 3e-5 of its radius, of degree 3 within 3e-3.
MOST_TURN = 1.0
#: Between states farther apart, what is this many times as far or as fast as they are is none of the orbit.
STRAYED = 2.0


@dataclass(frozen=True, slots=True)
class Gap:
    """Two states that follow each other [POSIX seconds UTC], and how many revolutions lie between them, about."""

    begins_s: float
    ends_s: float
    revolutions: float

    def __str__(self) -> str:
        return (
            f"the states of {to_iso(self.begins_s)} and {to_iso(self.ends_s)} lie {(self.ends_s - self.begins_s) / 3600:.3g} h "
            f"apart, about {_figure(self.revolutions)} revolutions"
        )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if 100 <= value < 1e9 else f"{value:.3g}"


def wide_gaps(arcs: Sequence[Arc], times_s: Floats) -> tuple[Gap, ...]:
    """The gaps between states that some of these instants lie in and that are too wide to interpolate surely."""
    return tuple(gap for arc in arcs for gap in _asked(arc, times_s))


def _asked(arc: Arc, times_s: Floats) -> Iterator[Gap]:
    within = times_s[(times_s >= arc.usable_s[0]) & (times_s <= arc.usable_s[1])]
    wide, before, turns = _wide(arc, within)
    found, first = np.unique(before[wide], return_index=True)
    for at, turn in zip(found, turns[wide][first], strict=True):
        yield Gap(float(arc.times_s[at]), float(arc.times_s[at + 1]), float(turn / (2 * math.pi)))


def _wide(arc: Arc, times_s: Floats) -> tuple[NDArray[np.bool_], NDArray[np.intp], Floats]:
    """Which instants lie strictly between two states too far apart, the state before each, and its turn to the next [rad].

    The turn is by the faster of both. Only states beside the instants are looked at: ephemerides are long, and asked often.
    """
    if len(arc.times_s) < 2:
        return np.zeros(len(times_s), dtype=bool), np.zeros(len(times_s), dtype=np.intp), np.zeros(len(times_s))
    before = np.clip(np.searchsorted(arc.times_s, times_s, side="right") - 1, 0, len(arc.times_s) - 2)
    pair = np.stack([before, before + 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.linalg.norm(arc.velocity_km_s[pair], axis=2) / np.linalg.norm(arc.position_km[pair], axis=2)
    turns = (arc.times_s[before + 1] - arc.times_s[before]) * np.nan_to_num(rate, nan=0.0, posinf=np.inf).max(axis=0)
    between = (times_s > arc.times_s[before]) & (times_s < arc.times_s[before + 1])
    return between & (turns > MOST_TURN), before, turns


def strayed(arc: Arc, times_s: Floats, position_km: Floats, velocity_km_s: Floats) -> NDArray[np.bool_]:
    """Which interpolated states `(t, 3)` are none of the orbit: between states far apart, and far or fast beyond both."""
    wide, before, _ = _wide(arc, times_s)
    if not wide.any():
        return wide
    far = np.zeros(len(times_s), dtype=bool)
    for values, found in ((arc.position_km, position_km), (arc.velocity_km_s, velocity_km_s)):
        most = np.maximum(np.linalg.norm(values[before], axis=1), np.linalg.norm(values[before + 1], axis=1))
        far |= ~(np.linalg.norm(found, axis=1) <= STRAYED * most)
    return np.asarray(wide & far)


def refuse_strayed(arc: Arc, times_s: Floats, position_km: Floats, velocity_km_s: Floats) -> None:
    """OrbitError for the first interpolated state that is none of the orbit."""
    lost = strayed(arc, times_s, position_km, velocity_km_s)
    if not lost.any():
        return
    first = int(np.argmax(lost))
    (gap,) = wide_gaps([arc], times_s[first : first + 1])
    speed, distance = (float(np.linalg.norm(found[first])) for found in (velocity_km_s, position_km))
    known, farthest = (float(np.linalg.norm(v, axis=1).max()) for v in (arc.velocity_km_s, arc.position_km))
    raise OrbitError(
        f"{to_iso(float(times_s[first]))}: {gap}. What {arc.method} of degree {arc.degree} makes of it is no orbit: "
        f"{_figure(speed)} km/s at {_figure(distance)} km, where the states have {_figure(known)} km/s and {_figure(farthest)} km at most"
    )
