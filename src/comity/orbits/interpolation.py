"""Between the states of an ephemeris, as its message says (CCSDS 502.0-B-3 §5.2.3, §5.2.4; Lagrange, Hermite, Linear)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from comity.orbits.errors import OrbitError
from comity.orbits.objects import Arc
from comity.orbits.support import refuse_strayed
from comity.orbits.times import Floats, to_iso


def states_needed(method: str, degree: int) -> int:
    """How many states a method of a degree goes through: each gives Hermite two conditions, others one; two at least."""
    return max((degree + 2) // 2 if method == "HERMITE" else degree + 1, 2)


def interpolate(arc: Arc, times_s: Floats) -> tuple[Floats, Floats]:
    """Position [km] and velocity [km/s], each `(t, 3)` in the arc's frame, at instants within it, by its method and degree.

    Lagrange: a polynomial of `degree` through `degree + 1` positions, and another through velocities (Linear: of degree 1).
    Hermite: one of `degree` through the positions and velocities of `(degree + 1) / 2` states; velocity is its derivative.
    The states taken are those around the instant. OrbitError for an instant outside the useable span, and for an arc of
    fewer states than its degree needs.
    """
    first_s, last_s = arc.usable_s
    outside = times_s[(times_s < first_s) | (times_s > last_s)]
    if len(outside):
        span = f"{to_iso(first_s)} to {to_iso(last_s)}"
        raise OrbitError(f"{to_iso(outside[0])} lies outside the useable span of the ephemeris, {span}")
    hermite = arc.method == "HERMITE"
    count = states_needed(arc.method, arc.degree)
    if count > len(arc.times_s):
        raise OrbitError(
            f"{arc.method} of degree {arc.degree} needs {count} states; the ephemeris has {len(arc.times_s)}"
        )
    after = np.searchsorted(arc.times_s, times_s, side="right")
    first = np.clip(after - (count + 1) // 2, 0, len(arc.times_s) - count)
    rows = first[:, None] + np.arange(count)
    nodes = arc.times_s[rows] - times_s[:, None]
    scale = nodes[:, -1:] - nodes[:, :1]
    nodes = nodes / scale
    if hermite:
        doubled = np.repeat(nodes, 2, axis=1)
        return _newton_hermite(doubled, arc.position_km[rows], arc.velocity_km_s[rows] * scale[..., None], scale)
    weights = _lagrange_weights(nodes)
    return (
        np.einsum("tn,tnc->tc", weights, arc.position_km[rows]),
        np.einsum("tn,tnc->tc", weights, arc.velocity_km_s[rows]),
    )


def _lagrange_weights(nodes: Floats) -> Floats:
    """Weights of values at `nodes (t, n)` for the value at 0."""
    weights = np.ones_like(nodes)
    for i in range(nodes.shape[1]):
        for j in range(nodes.shape[1]):
            if i != j:
                weights[:, i] *= nodes[:, j] / (nodes[:, j] - nodes[:, i])
    return weights


def _newton_hermite(nodes: Floats, values: Floats, slopes: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Value and derivative at 0 by divided differences over doubled `nodes (t, 2n)`."""
    order = nodes.shape[1]
    table = np.repeat(values, 2, axis=1)
    coefficients = [table[:, 0]]
    for level in range(1, order):
        gap = nodes[:, level:] - nodes[:, : order - level]
        same = np.zeros(order - level, dtype=bool)
        same[::2] = level == 1
        fresh = np.empty_like(table[:, : order - level])
        fresh[:, ~same] = (table[:, 1 : order - level + 1] - table[:, : order - level])[:, ~same] / gap[:, ~same, None]
        if level == 1:
            fresh[:, same] = slopes
        table = fresh
        coefficients.append(table[:, 0])
    value, slope = coefficients[-1], np.zeros_like(coefficients[-1])
    for level in range(order - 2, -1, -1):
        node = -nodes[:, level : level + 1]
        slope = slope * node + value
        value = value * node + coefficients[level]
    return value, slope / scale


def interpolate_all(arcs: Sequence[Arc], times_s: Floats) -> tuple[Floats, Floats]:
    """As `interpolate`, through all segments of an ephemeris: each instant by the one that covers it, never across two.

    Where two segments meet, the later begins (CCSDS 502.0-B-3 §5.2.4). OrbitError for an instant that none covers, for segments
    of different frames or centres, and for states so far apart that what lies between is none of the orbit.
    """
    if len({(arc.frame, arc.centre) for arc in arcs}) > 1:
        raise OrbitError("the segments of the ephemeris are in different frames or about different centres")
    position, velocity = np.full((len(times_s), 3), np.nan), np.full((len(times_s), 3), np.nan)
    open_still = np.ones(len(times_s), dtype=bool)
    for arc in arcs:
        within = (times_s >= arc.usable_s[0]) & (times_s <= arc.usable_s[1])
        if within.any():
            position[within], velocity[within] = interpolate(arc, times_s[within])
            refuse_strayed(arc, times_s[within], position[within], velocity[within])
            open_still &= ~within
    if open_still.any():
        spans = "; ".join(f"{to_iso(a.usable_s[0])} to {to_iso(a.usable_s[1])}" for a in arcs)
        raise OrbitError(
            f"{to_iso(float(times_s[open_still][0]))} lies outside the useable spans of the ephemeris, {spans}"
        )
    return position, velocity
