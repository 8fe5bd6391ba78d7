"""Regions on the sphere: read from text, what they contain, what they meet, their area and centre.

A polygon's edges are arcs of great circles, and its inside is the side that fits into half a sphere, so that a gnomonic
projection about its middle makes it a plane polygon (IVOA DALI 1.1 §3.3.7; Snyder 1987, Map projections, §22). All angles
are in degrees, ICRS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
#: Words of STC-S that say what is the default here: ICRS on the sphere, from wherever.
_SAID = {
    "ICRS", "FK5", "J2000", "UNKNOWNFRAME", "TOPOCENTER", "GEOCENTER", "BARYCENTER", "HELIOCENTER", "UNKNOWNREFPOS", "SPHERICAL2",
}  # fmt: skip
_SHORTEST_RAD, _STEP_DEG = 1e-12, 0.5
#: Vertices of a polygon that are taken.
MOST_VERTICES = 10_000


@dataclass(frozen=True)
class Circle:
    """All within a radius [deg] of a centre; a point when it is 0."""

    lon: float
    lat: float
    radius: float

    @cached_property
    def centre(self) -> Vectors:
        """As a unit vector."""
        return np.asarray(vectors(np.array([self.lon]), np.array([self.lat]))[0])


@dataclass(frozen=True)
class Polygon:
    """What lies within its vertices, (n, 2) longitudes and latitudes [deg]; it fits into half a sphere."""

    corners: tuple[tuple[float, float], ...]

    @cached_property
    def vertices(self) -> Vectors:
        """As unit vectors (n, 3), each one once."""
        told = np.array(self.corners)
        found = vectors(told[:, 0], told[:, 1])
        return np.asarray(found[np.linalg.norm(found - np.roll(found, 1, axis=0), axis=1) > _SHORTEST_RAD])

    @cached_property
    def middle(self) -> Vectors:
        """The direction about which it is projected."""
        total = self.vertices.sum(axis=0)
        return np.asarray(total / np.linalg.norm(total))

    @cached_property
    def is_sound(self) -> bool:
        """Has it three corners at least, within half a sphere?"""
        corners = self.vertices
        return len(corners) >= 3 and bool(np.linalg.norm(corners.sum(axis=0)) > 1e-9) and bool(
            (corners @ self.middle > 1e-9).all()
        )  # fmt: skip

    @cached_property
    def _plane(self) -> tuple[Vectors, Vectors]:
        up = np.array([0.0, 0.0, 1.0]) if abs(self.middle[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
        first = np.cross(up, self.middle)
        first /= np.linalg.norm(first)
        return first, np.cross(self.middle, first)

    def projected(self, points: Vectors) -> tuple[Vectors, Vectors, NDArray[np.bool_]]:
        """Unit vectors (n, 3) on the plane: x, y, and which of them lie on this half of the sphere."""
        along = points @ self.middle
        seen = along > 1e-9
        scale = np.where(seen, along, 1.0)
        first, second = self._plane
        return points @ first / scale, points @ second / scale, seen


Shape = Circle | Polygon
Region = tuple[Shape, ...]


def vectors(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Vectors:
    """Directions (n) [deg] as unit vectors (n, 3)."""
    a, d = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)


@lru_cache(maxsize=65_536)
def region(text: str) -> Region | None:
    """What a text says in DALI's or STC-S's words: POINT, POSITION, CIRCLE, BOX, POLYGON, RANGE, or UNION ( … ).

    None when it says nothing that can be used: another frame, wrong numbers, a polygon larger than half a sphere.
    """
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    if words and words[0].upper() == "UNION":
        return _union(words[1:])
    shape = _shape(words)
    return shape


def _union(words: Sequence[str]) -> Region | None:
    inner = [w for w in words if w.upper() not in _SAID]
    if inner[:1] != ["("] or inner[-1:] != [")"]:
        return None
    parts: list[list[str]] = []
    for word in inner[1:-1]:
        if word[:1].isalpha():
            parts.append([])
        if not parts or word in "()":
            return None
        parts[-1].append(word)
    found = [_shape(p) for p in parts]
    return None if not found or None in found else tuple(s for f in found if f for s in f)


def _shape(words: Sequence[str]) -> Region | None:
    if not words:
        return None
    kind, rest = words[0].upper(), [w for w in words[1:] if w.upper() not in _SAID]
    try:
        numbers = [float(w) for w in rest]
    except ValueError:
        return None
    if not all(map(math.isfinite, numbers)):
        return None
    if kind in ("POINT", "POSITION") and len(numbers) == 2 and _is_place(*numbers):
        return (Circle(numbers[0] % 360.0, numbers[1], 0.0),)
    if kind == "CIRCLE" and len(numbers) == 3 and _is_place(*numbers[:2]) and 0.0 <= numbers[2] <= 180.0:
        return (Circle(numbers[0] % 360.0, numbers[1], numbers[2]),)
    if kind == "BOX" and len(numbers) == 4:
        lon, lat, width, height = numbers
        return _polygon(
            [(lon + sx * width / 2, lat + sy * height / 2) for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
        )
    if kind == "POLYGON" and len(numbers) >= 6 and len(numbers) % 2 == 0 and len(numbers) <= 2 * MOST_VERTICES:
        return _polygon(list(zip(numbers[::2], numbers[1::2], strict=True)))
    if kind == "RANGE" and len(numbers) == 4:
        return _range(*numbers)
    return None


def _is_place(lon: float, lat: float) -> bool:
    return -360.0 <= lon <= 720.0 and -90.0 <= lat <= 90.0


def _polygon(corners: list[tuple[float, float]]) -> Region | None:
    if not all(_is_place(*c) for c in corners):
        return None
    found = Polygon(tuple((lon % 360.0, lat) for lon, lat in corners))
    return (found,) if found.is_sound else None


def _range(low: float, high: float, south: float, north: float) -> Region | None:
    """A range of coordinates (SIA 2.0 §2.1.1) in pieces of up to 90° by 60°, their parallels in steps of half a degree."""
    if not (low < high and south < north and _is_place(low, south) and _is_place(high, north) and high - low <= 360.0):
        return None
    pieces: list[Shape] = []
    wide, tall = math.ceil((high - low) / 90.0), math.ceil((north - south) / 60.0)
    for i in range(wide):
        for j in range(tall):
            west, east = (low + (high - low) * k / wide for k in (i, i + 1))
            below, above = (south + (north - south) * k / tall for k in (j, j + 1))
            steps = max(2, math.ceil((east - west) / _STEP_DEG) + 1)
            along = np.linspace(west, east, steps)
            corners = [(float(a), below) for a in along] + [(float(a), above) for a in along[::-1]]
            piece = _polygon(corners)
            if piece is None:
                return None
            pieces += piece
    return tuple(pieces)


def holds_points(region: Region, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the directions (n) [deg] lie in a region; its border belongs to a circle."""
    points = vectors(lon, lat)
    inside = np.zeros(len(points), dtype=bool)
    for shape in region:
        inside |= _holds(shape, points)
    return inside


def _holds(shape: Shape, points: Vectors) -> NDArray[np.bool_]:
    if isinstance(shape, Circle):
        return np.asarray(_apart(points, shape.centre) <= math.radians(shape.radius) + 1e-14)
    x, y, seen = shape.projected(points)
    px, py, _ = shape.projected(shape.vertices)
    inside = np.zeros(len(points), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        for ax, ay, bx, by in zip(px, py, np.roll(px, -1), np.roll(py, -1), strict=True):
            across = ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
            inside ^= across
    return inside & seen


def _apart(points: Vectors, one: Vectors) -> Vectors:
    """Angles [rad] between unit vectors (n, 3) and one, also where they are small (Vincenty's form)."""
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(points, one), axis=-1), points @ one))


def contains(outer: Region, inner: Region) -> bool:
    """Does one of the shapes of a region hold each shape of another?"""
    return all(any(_contains(o, i) for o in outer) for i in inner)


def _contains(outer: Shape, inner: Shape) -> bool:
    if isinstance(inner, Circle):
        if not _holds(outer, inner.centre[None, :])[0]:
            return False
        radius = math.radians(inner.radius)
        if isinstance(outer, Circle):
            return float(_apart(inner.centre[None, :], outer.centre)[0]) + radius <= math.radians(outer.radius) + 1e-14
        return radius == 0.0 or _to_border(inner.centre, outer) >= radius
    if isinstance(outer, Circle):
        return bool(_holds(outer, inner.vertices).all()) and outer.radius < 90.0
    return bool(_holds(outer, inner.vertices).all()) and not _cross(outer, inner)


def intersects(one: Region, other: Region) -> bool:
    """Have two regions a point in common?"""
    return any(_meet(a, b) for a in one for b in other)


def _meet(one: Shape, other: Shape) -> bool:
    if isinstance(one, Circle) and isinstance(other, Circle):
        apart = float(_apart(one.centre[None, :], other.centre)[0])
        return apart <= math.radians(one.radius + other.radius) + 1e-14
    if isinstance(one, Polygon) and isinstance(other, Polygon):
        return bool(
            _holds(one, other.vertices[:1])[0] or _holds(other, one.vertices[:1])[0] or _cross(one, other)
        )  # fmt: skip
    circle, polygon = (one, other) if isinstance(one, Circle) else (other, one)
    assert isinstance(circle, Circle) and isinstance(polygon, Polygon)
    return bool(_holds(polygon, circle.centre[None, :])[0]) or _to_border(circle.centre, polygon) <= math.radians(
        circle.radius
    )


def _to_border(point: Vectors, polygon: Polygon) -> float:
    """The angle [rad] from a direction to the nearest edge."""
    start = polygon.vertices
    end = np.roll(start, -1, axis=0)
    normal = np.cross(start, end)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    beside = (np.cross(normal, start) @ point >= 0) & (np.cross(end, normal) @ point >= 0)
    to_arc = np.abs(np.arcsin(np.clip(normal @ point, -1.0, 1.0)))
    to_ends = np.minimum(_apart(start, point), _apart(end, point))
    return float(np.where(beside, to_arc, to_ends).min())


def _cross(one: Polygon, other: Polygon) -> bool:
    """Does an edge of one cross an edge of the other?"""
    a, c = one.vertices[:, None, :], other.vertices[None, :, :]
    b, d = np.roll(one.vertices, -1, axis=0)[:, None, :], np.roll(other.vertices, -1, axis=0)[None, :, :]
    first, second = np.cross(a, b), np.cross(c, d)
    meeting = np.cross(first, second)
    for sign in (1.0, -1.0):
        at = sign * meeting
        on_first = (np.sum(np.cross(a, at) * first, axis=-1) > 0) & (np.sum(np.cross(at, b) * first, axis=-1) > 0)
        on_second = (np.sum(np.cross(c, at) * second, axis=-1) > 0) & (np.sum(np.cross(at, d) * second, axis=-1) > 0)
        if bool((on_first & on_second).any()):
            return True
    return False


def area(region: Region) -> float:
    """Square degrees; of shapes that overlap the sum."""
    return sum(_area(s) for s in region) * (180.0 / math.pi) ** 2


def _area(shape: Shape) -> float:
    if isinstance(shape, Circle):
        return 2 * math.pi * (1 - math.cos(math.radians(shape.radius)))
    a, b, c = shape.middle, shape.vertices, np.roll(shape.vertices, -1, axis=0)
    triple = np.cross(b, c) @ a  # Van Oosterom and Strackee 1983: the solid angle of a triangle
    return abs(float(np.sum(2 * np.arctan2(triple, 1 + b @ a + c @ a + np.sum(b * c, axis=1)))))


def centroid(region: Region) -> tuple[float, float]:
    """The direction [deg] of the mean of all that lies in a region."""
    total = sum((_mean(s) for s in region), np.zeros(3))
    return _direction(total)


def _mean(shape: Shape) -> Vectors:
    if isinstance(shape, Circle):
        return shape.centre * max(_area(shape), 1e-300)
    start = shape.vertices
    normal = np.cross(start, np.roll(start, -1, axis=0))
    size = np.linalg.norm(normal, axis=1)
    arcs = np.arctan2(size, np.sum(start * np.roll(start, -1, axis=0), axis=1))
    total = np.sum(normal / size[:, None] * arcs[:, None], axis=0) / 2
    return np.asarray(total if total @ shape.middle > 0 else -total)


def _direction(vector: Vectors) -> tuple[float, float]:
    lon = math.degrees(math.atan2(vector[1], vector[0])) % 360.0
    return lon, math.degrees(math.atan2(vector[2], math.hypot(vector[0], vector[1])))
