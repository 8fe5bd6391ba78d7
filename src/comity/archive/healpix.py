"""Places on the sphere: HEALPix in the nested order, the cells that a cone touches, separations.

Source: Górski et al. 2005 (ApJ 622, 759); IVOA MOC 2.0 (2022) for the order 29 of ranges. Computed by cdshealpix and mocpy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The finest order whose cells are numbered by 64 bits, and the number of its cells.
ORDER = 29
CELLS = 12 << (2 * ORDER)
#: The side of a cell of order 0 [deg]; of order k it is half as often halved.
SIDE_DEG = math.degrees(math.sqrt(math.pi / 3))
#: A cover of a smaller cone than this [deg] is the cover of one of this size: 4 mas.
_LEAST_DEG = 1e-6

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]


def cells(ra_deg: Floats, dec_deg: Floats, order: int = ORDER) -> Cells:
    """The number of the nested cell of each place; `dec_deg` within ±90, `ra_deg` of any turn."""
    import cdshealpix
    from astropy import units
    from astropy.coordinates import Latitude, Longitude

    found = cdshealpix.lonlat_to_healpix(Longitude(ra_deg, units.deg), Latitude(dec_deg, units.deg), order)
    return np.asarray(found.astype(np.int64))


def span(order: int, pixel: int) -> tuple[int, int]:
    """The cells [first, after the last) of order 29 in a cell of an order."""
    shift = 2 * (ORDER - order)
    return pixel << shift, (pixel + 1) << shift


def order_of_size(size_deg: float) -> int:
    """The finest order whose cells are not smaller than a size [deg]."""
    return max(0, min(ORDER, math.floor(math.log2(SIDE_DEG / max(size_deg, 1e-7)))))


def cone_cover(ra_deg: float, dec_deg: float, radius_deg: float) -> Cells:
    """Ranges (n, 2) of cells of order 29 that hold all places within a radius [deg], and few beyond: in order, apart."""
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from mocpy import MOC

    radius = max(radius_deg, _LEAST_DEG)
    if radius >= 90.0:
        return np.array([[0, CELLS]], dtype=np.int64)  # half a sphere and more: nearly all cells are touched
    moc = MOC.from_cone(
        Longitude(ra_deg, units.deg),
        Latitude(dec_deg, units.deg),
        radius=radius * units.deg,
        max_depth=min(order_of_size(radius) + 1, ORDER),
    )
    return np.asarray(moc.to_depth29_ranges, dtype=np.int64).reshape(-1, 2)


def around(found: Cells, order: int, *, most: int = 1 << 14) -> Cells:
    """Ranges (n, 2) of order 29 that hold the cells `found`, of order 29 and in order, with all within half a side of order `order`.

    They are cells of that order and all their neighbours; of a coarser order when there would be more than `most`.
    """
    import cdshealpix

    while (own := _distinct(found >> (2 * (ORDER - order)))).size > most and order > 0:
        order -= 1
    beside = cdshealpix.neighbours(own.astype(np.uint64), order).ravel()
    return ranges_of(np.concatenate([own, beside[beside >= 0].astype(np.int64)]), order)


def ranges_of(found: Cells, order: int) -> Cells:
    """Cells of an order as ranges (n, 2) of order 29: in order, apart."""
    every = _distinct(found)
    breaks = np.flatnonzero(np.diff(every) > 1)
    first = every[np.concatenate([[0], breaks + 1])]
    last = every[np.concatenate([breaks, [len(every) - 1]])] + 1
    return np.stack([first, last], axis=1) << (2 * (ORDER - order))


def _distinct(found: Cells) -> Cells:
    """The cells once each, in order. NumPy's own way by hashing takes ten times as long on cells that are nearly in order."""
    ordered = np.sort(found, kind="stable")
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def separation(ra_deg: Any, dec_deg: Any, ra2_deg: Any, dec2_deg: Any) -> Floats:
    """Great-circle separations [deg] of places, to the rounding of doubles at all angles (Vincenty 1975, Survey Review 23, 88)."""
    across, along, inward = _seen_from(ra_deg, dec_deg, ra2_deg, dec2_deg)
    return np.asarray(np.degrees(np.arctan2(np.hypot(across, along), inward)))


def offsets(ra_deg: Any, dec_deg: Any, ra2_deg: Any, dec2_deg: Any) -> tuple[Floats, Floats]:
    """How far [deg] to the east and north of the first places the second lie; together they are the separation."""
    across, along, inward = _seen_from(ra_deg, dec_deg, ra2_deg, dec2_deg)
    size = np.hypot(across, along)
    scale = np.degrees(np.arctan2(size, inward)) / np.where(size > 0, size, 1.0)
    return np.asarray(across * scale), np.asarray(along * scale)


def _seen_from(ra_deg: Any, dec_deg: Any, ra2_deg: Any, dec2_deg: Any) -> tuple[Floats, Floats, Floats]:
    """The second direction's parts to the east, to the north and along the first direction."""
    ra, dec, ra2, dec2 = (np.radians(np.asarray(v, dtype=np.float64)) for v in (ra_deg, dec_deg, ra2_deg, dec2_deg))
    cos_d, sin_d, cos_d2 = np.cos(dec), np.sin(dec), np.cos(dec2)
    # One less the cosine by the sine of the half: what is near stays exact to the last digit.
    half = np.sin((ra2 - ra) / 2)
    across = cos_d2 * np.sin(ra2 - ra)
    along = np.sin(dec2 - dec) + 2 * sin_d * cos_d2 * half**2
    inward = np.cos(dec2 - dec) - 2 * cos_d * cos_d2 * half**2
    return across, along, inward
