"""The land of the Earth as a path of SVG, on a map whose degrees are all alike (equirectangular).

Natural Earth's coastlines at 1:110 million (public domain), as the TopoJSON of world-atlas 2.0.2 (ISC), in `vendor/`.
"""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

_LAND = Path(__file__).parent / "vendor" / "land-110m.json"


def map_x(longitude_deg: float, width: float) -> float:
    """Where a longitude lies on a map of a width; Greenwich in the middle."""
    return ((longitude_deg + 180.0) % 360.0) / 360.0 * width


def map_y(latitude_deg: float, width: float) -> float:
    """Where a latitude lies on a map of a width (and half the height)."""
    return (90.0 - latitude_deg) / 360.0 * width


@cache
def land_path(width: float) -> str:
    """The `d` of a path that is all land, on a map of a width."""
    topology: dict[str, Any] = json.loads(_LAND.read_text(encoding="utf-8"))
    lines = [_line(arc, topology["transform"]) for arc in topology["arcs"]]
    rings = [
        ring
        for shape in topology["objects"]["land"]["geometries"]
        for polygon in (shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]])
        for ring in polygon
    ]
    return "".join(_drawn([point for arc in ring for point in _arc(lines, arc)], width) for ring in rings)


def _line(arc: list[list[int]], transform: dict[str, list[float]]) -> list[tuple[float, float]]:
    """Longitudes and latitudes of an arc, whose points are steps of whole numbers."""
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + move_x, y * scale_y + move_y))
    return points


def _arc(lines: list[list[tuple[float, float]]], index: int) -> list[tuple[float, float]]:
    # ~index is how TopoJSON says that an arc runs backwards.
    return lines[index] if index >= 0 else lines[~index][::-1]


def _drawn(points: list[tuple[float, float]], width: float) -> str:
    """A ring, and again beyond each edge of the map that it crosses."""
    ring = _unwound(points)
    longitudes = [lon for lon, _ in ring]
    shifts = [s for s in (-360.0, 0.0, 360.0) if min(longitudes) + s < 180.0 and max(longitudes) + s > -180.0]
    return "".join(
        "M" + "L".join(f"{(lon + s + 180.0) / 360.0 * width:.1f},{map_y(lat, width):.1f}" for lon, lat in ring) + "Z"
        for s in shifts
    )


def _unwound(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A ring whose longitudes run on without a jump at 180°; one around a pole goes down to it and back."""
    ring, turns = [points[0]], 0.0
    for (before, _), (lon, lat) in itertools.pairwise(points):
        turns += 360.0 if before - lon > 180.0 else -360.0 if lon - before > 180.0 else 0.0
        ring.append((lon + turns, lat))
    if abs(ring[-1][0] - ring[0][0]) > 180.0:
        pole = 90.0 if ring[0][1] > 0 else -90.0
        ring += [(ring[-1][0], pole), (ring[0][0], pole)]
    return ring
