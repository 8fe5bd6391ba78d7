"""Places at another epoch: uniform motion in a straight line across the sky, no parallax, no radial velocity.

Source: The Hipparcos and Tycho Catalogues, ESA SP-1200, volume 1, §1.2.8 and §1.5.5 (1997): the direction is r + (p μα* + q μδ) t, made
a unit again; with parallax and radial velocity zero this is the rigorous propagation given there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: Milliarcseconds of a radian.
MAS = 3600e3 * 180.0 / np.pi


def unit_vectors(ra_deg: Any, dec_deg: Any) -> Any:
    """Directions (n, 3) of places."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def moved(ra_deg: Any, dec_deg: Any, pmra_mas_yr: Any, pmdec_mas_yr: Any, years: Any) -> tuple[Any, Any]:
    """Places [deg] after so many Julian years; `pmra` with the factor cos(dec), a motion that is not known (NaN) as none."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    zero = np.zeros_like(ra)
    east = np.stack([-np.sin(ra), np.cos(ra), zero], axis=-1)
    north = np.stack([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)], axis=-1)
    across = (np.nan_to_num(pmra_mas_yr) * years / MAS)[..., None]
    along = (np.nan_to_num(pmdec_mas_yr) * years / MAS)[..., None]
    to = unit_vectors(ra_deg, dec_deg) + east * across + north * along
    found = np.degrees(np.arctan2(to[..., 1], to[..., 0])) % 360.0
    # A remainder of a tiny negative angle rounds to the full turn itself.
    return np.where(found >= 360.0, 0.0, found), np.degrees(np.arctan2(to[..., 2], np.hypot(to[..., 0], to[..., 1])))
