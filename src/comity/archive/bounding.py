"""Circles around many regions at once, so that only what may be meant is looked at one by one.

Regions of one kind and one number of corners are read together, as columns of numbers; what is written in another way, or
may be wrong, has no circle here and is left to `comity.archive.regions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.archive.regions import Vectors, vectors

#: A little more than rounding does [rad].
_MORE = 1e-9
#: The kinds that are read together, with the least and most numbers that they have.
_SIMPLE = {"POINT": (2, 2), "POSITION": (2, 2), "CIRCLE": (3, 3), "POLYGON": (6, 400)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of each region the middle (n, 3) and a radius [rad] within which it lies; infinite where nothing is known."""

    middle: Vectors
    radius: NDArray[np.float64]

    def may_meet(self, other: Bounds) -> NDArray[np.bool_]:
        """Which pairs may have a point in common (n)."""
        apart = np.arctan2(
            np.linalg.norm(np.cross(self.middle, other.middle), axis=-1), np.sum(self.middle * other.middle, axis=-1)
        )
        return np.asarray(apart <= self.radius + other.radius + _MORE)

    def taken(self, rows: NDArray[np.int64]) -> Bounds:
        """Those of some rows."""
        return Bounds(self.middle[rows], self.radius[rows])


def bounds(texts: Any) -> Bounds:
    """The circles around regions, told as an Arrow array of strings."""
    import pyarrow.compute as pc

    count = len(texts)
    found = Bounds(np.tile([1.0, 0.0, 0.0], (count, 1)), np.full(count, np.inf))
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.utf8_upper(texts), r"\bICRS\b", ""))
    words = pc.utf8_split_whitespace(plain)
    sizes = np.asarray(pc.fill_null(pc.list_value_length(words), 0).to_numpy(zero_copy_only=False))
    numeric = np.asarray(pc.fill_null(pc.match_substring_regex(plain, r"^[A-Z]+( +[-+0-9.E]+)+$"), False))
    kinds = pc.fill_null(pc.extract_regex(plain, r"^(?P<kind>[A-Z]+)").field("kind"), "")
    for kind, (least, most) in _SIMPLE.items():
        of_kind = numeric & np.asarray(pc.equal(kinds, kind))
        for size in np.unique(sizes[of_kind]):
            rows = np.flatnonzero(of_kind & (sizes == size))
            if least <= size - 1 <= most and (kind != "POLYGON" or size % 2 == 1):
                _fill(found, rows, kind, _numbers(words, rows, int(size)))
    return found


def _numbers(words: Any, rows: NDArray[np.int64], size: int) -> NDArray[np.float64] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    flat = words.take(pa.array(rows)).flatten()
    places = np.arange(len(rows) * size)
    try:
        values = pc.cast(flat.take(pa.array(places[places % size != 0])), pa.float64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(values.to_numpy(zero_copy_only=False)).reshape(len(rows), size - 1)


def _fill(found: Bounds, rows: NDArray[np.int64], kind: str, numbers: NDArray[np.float64] | None) -> None:
    if numbers is None:
        return
    if kind != "POLYGON":
        good = (np.abs(numbers[:, 1]) <= 90.0) & (np.abs(numbers[:, 0] - 180.0) <= 540.0)
        radius = np.radians(numbers[:, 2]) if kind == "CIRCLE" else np.zeros(len(rows))
        good &= (radius >= 0.0) & (radius <= np.pi)
        found.middle[rows[good]] = vectors(numbers[good, 0], numbers[good, 1])
        found.radius[rows[good]] = radius[good]
        return
    lon, lat = numbers[:, ::2], numbers[:, 1::2]
    corners = vectors(lon, lat)
    total = corners.sum(axis=1)
    length = np.linalg.norm(total, axis=1)
    middle = total / np.where(length > 1e-9, length, 1.0)[:, None]
    along = np.einsum("nki,ni->nk", corners, middle)
    around = np.arccos(np.clip(along.min(axis=1), -1.0, 1.0))
    # A polygon within less than half a sphere lies within the circle around its corners.
    good = (length > 1e-9) & (along > 0.01).all(axis=1)
    good &= (np.abs(lat) <= 90.0).all(axis=1) & (np.abs(lon - 180.0) <= 540.0).all(axis=1)
    found.middle[rows[good]] = middle[good]
    found.radius[rows[good]] = around[good] + _MORE
