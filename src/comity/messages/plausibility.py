"""What keeps its book and is still hardly meant so: positions within a body, speeds beyond escape, metres for kilometres."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from comity.messages.errors import Problem
from comity.messages.message import Block, Floats, Message, Segment

#: By centre: gravity parameter [km³/s²] (DE440: Park et al. 2021, doi:10.3847/1538-3881/abd414; of planets with moons, of
#: the system) and smallest radius, the polar one [km] (IAU: Archinal et al. 2018, doi:10.1007/s10569-017-9805-5).
BODIES: dict[str, tuple[float, float]] = {
    "SUN": (132712440041.279, 695700.0),
    "MERCURY": (22031.868551, 2438.26),
    "VENUS": (324858.592, 6051.8),
    "EARTH": (398600.435507, 6356.75),
    "MOON": (4902.800118, 1736.0),
    "MARS": (42828.375816, 3376.20),
    "JUPITER": (126712764.1, 66854.0),
    "SATURN": (37940584.8418, 54364.0),
    "URANUS": (5794556.4, 24973.0),
    "NEPTUNE": (6836527.10058, 24341.0),
    "PLUTO": (975.5, 1188.3),
}
#: Frames that do not turn with their body: only there a speed is that of an orbit.
INERTIAL = ("ICRF", "GCRF", "EME2000", "J2000", "TEME", "TOD", "MOD", "EMOD", "MCI")
STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")


def doubts(message: Message) -> tuple[Problem, ...]:
    """What the states of OEMs and OPMs say that can hardly be meant, about centres that are known; none is fatal.

    A position within the body; a speed with which it escapes, where the frame does not turn: a way out, or other units. Told
    once a segment, at the first line, with how many more there are.
    """
    return tuple(
        doubt
        for one in message.each()
        if one.kind in ("oem", "opm")
        for segment in one.segments
        for doubt in _of_segment(segment)
    )


def _of_segment(segment: Segment) -> Iterator[Problem]:
    centre = (segment.metadata.get("CENTER_NAME") or "").strip().upper()
    body = BODIES.get(centre.removesuffix(" BARYCENTER"))
    if body is None:
        return
    lines, states = _states(segment)
    if not len(states):
        return
    gravity, radius = body
    distance, speed = (np.linalg.norm(states[:, part], axis=1) for part in (slice(0, 3), slice(3, 6)))
    within = distance < radius
    if within.any():
        first = int(np.argmax(within))
        yield Problem(
            lines[first], "X, Y, Z",
            f"lies {distance[first]:,.0f} km from the centre of {centre}, within it ({radius:,.0f} km){_more(within)}",
            "a position outside of the body, in km from its centre", fatal=False,
        )  # fmt: skip
    if not (segment.metadata.get("REF_FRAME") or "").strip().upper().startswith(INERTIAL):
        return
    with np.errstate(divide="ignore"):
        escape = np.sqrt(2 * gravity / distance)
        fast = ~within & (speed > escape)
        # The same numbers as metres and metres per second.
        bound = fast & (distance / 1000 > radius) & (speed / 1000 < np.sqrt(2 * gravity / (distance / 1000)))
    if fast.any():
        first = int(np.argmax(fast))
        right = (
            "in metres it would be an orbit: the book has km and km/s"
            if bound[first]
            else "below it, unless it is on its way out"
        )
        yield Problem(
            lines[first], "X_DOT, Y_DOT, Z_DOT",
            f"is {speed[first]:,.4g} km/s, faster than what escapes from {centre} there, {escape[first]:,.3g} km/s{_more(fast)}",
            right, fatal=False,
        )  # fmt: skip


def _more(found: np.ndarray) -> str:
    more = int(found.sum()) - 1
    return f" (and {more:,} more line{'' if more == 1 else 's'})" if more else ""


def _states(segment: Segment) -> tuple[tuple[int, ...], Floats]:
    """Lines, and positions with velocities `(n, 6)` [km, km/s]."""
    rows = segment.rows
    if rows is not None:
        return rows.lines, rows.numbers(STATE)
    blocks = segment.blocks("stateVector")
    values = [[block.number(name) or 0.0 for name in STATE] for block in blocks]
    return tuple(_line(block) for block in blocks), np.array(values, dtype=np.float64).reshape(-1, 6)


def _line(block: Block) -> int:
    field = block.field("X")
    return field.line if field else block.line
