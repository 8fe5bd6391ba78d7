"""Times, places and ranges in the units of ObsCore, computed the same way whatever format they were read in."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from comity.archive.described import Plain
from comity.archive.obscore import NEEDED

#: Time scales of FITS 4.0 §9.2.1 that a product may use, by astropy's names.
SCALES = {
    "UTC": "utc", "GMT": "utc", "UT": "utc", "TAI": "tai", "IAT": "tai", "TT": "tt", "TDT": "tt", "ET": "tt",
    "TDB": "tdb", "TCG": "tcg", "TCB": "tcb", "UT1": "ut1", "GPS": "gps",
}  # fmt: skip


def iso_to_mjd(text: str, scale: str = "UTC") -> float | None:
    """A time (ISO 8601, or `MJD number`) on a scale as a modified Julian date in UTC [d]; None when it is no time."""
    from astropy.time import Time, TimeDelta
    from astropy.utils import iers

    known = SCALES.get(scale.strip().upper().partition("(")[0])
    if known is None:
        return None
    with warnings.catch_warnings(), iers.conf.set_temp("auto_download", False):
        warnings.simplefilter("ignore")
        try:
            given = "tai" if known == "gps" else known
            if text.startswith("MJD "):
                when = Time(float(text[4:]), format="mjd", scale=given)
            else:
                when = Time(text.strip().rstrip("Z"), format="isot" if "T" in text else "iso", scale=given)
            if known == "gps":
                when += TimeDelta(19.0, format="sec")  # GPS time stays 19 s behind TAI
            return float(when.utc.mjd)
        except (ValueError, TypeError):
            return None


def mjd_to_iso(mjd: float) -> str:
    """A modified Julian date in UTC as ISO 8601 to the millisecond, with Z."""
    from astropy.time import Time

    return f"{Time(mjd, format='mjd', scale='utc', precision=3).isot}Z"


def footprint(wcs: Any, remarks: list[str]) -> dict[str, Plain]:
    """Centre, region and scale of a celestial WCS of two axes, in ICRS (WCS papers I and II; s_region as DALI 1.1 §3.3).

    The region is the polygon of the corners; a field whose corners have no coordinates, as a map of the whole sky, has none.
    """
    from astropy import units
    from astropy.wcs.utils import pixel_to_skycoord, proj_plane_pixel_scales

    nx, ny = wcs.pixel_shape or (0, 0)
    if not nx or not ny:
        return {}
    try:
        xs = np.array([(nx - 1) / 2, -0.5, nx - 0.5, nx - 0.5, -0.5])
        ys = np.array([(ny - 1) / 2, -0.5, -0.5, ny - 0.5, ny - 0.5])
        sky = pixel_to_skycoord(xs, ys, wcs, origin=0).icrs
        scales = proj_plane_pixel_scales(wcs) * [units.Unit(u or "deg").to(units.deg) for u in wcs.world_axis_units]
    except Exception as error:
        remarks.append(f"the sky's coordinates cannot be used: {str(error).splitlines()[0][:120]}")
        return {}
    ra, dec = sky.ra.deg, sky.dec.deg
    found: dict[str, Plain] = {
        "s_xel1": int(nx),
        "s_xel2": int(ny),
        "s_pixel_scale": float(math.sqrt(scales[0] * scales[1]) * 3600.0),
    }
    if not np.isfinite([ra[0], dec[0]]).all():
        remarks.append("the centre of the field has no coordinates on the sky")
        return found
    found |= {"s_ra": float(ra[0]), "s_dec": float(dec[0])}
    if not np.isfinite([ra, dec]).all():
        remarks.append("corners of the field lie off the sky: no s_region")
        return found
    radius = float(sky[0].separation(sky[1:]).deg.max())
    found["s_fov"] = 2 * radius
    if radius < 80.0:  # a larger polygon has no inside that all readers agree on
        corners = " ".join(f"{a:.7f} {d:.7f}" for a, d in zip(ra[1:], dec[1:], strict=True))
        found["s_region"] = f"POLYGON ICRS {corners}"
    return found


def missing_of(obscore: Mapping[str, Plain], *, positional: bool) -> tuple[str, ...]:
    """What ObsCore needs or hopes for and a file does not tell."""
    hoped = ("s_ra", "s_dec", "t_min", "facility_name", "instrument_name", "target_name") if positional else ()
    return tuple(name for name in (*NEEDED, *hoped) if obscore.get(name) is None)


def without_none(values: Mapping[str, Plain]) -> dict[str, Plain]:
    """Only what was told."""
    return {k: v for k, v in values.items() if v is not None}
