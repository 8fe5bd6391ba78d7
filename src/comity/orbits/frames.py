"""Turning between TEME (SGP4's), ITRF (the turning Earth) and GCRF (the stars); and places on the WGS 84 ellipsoid.

TEME turns into ITRF by Greenwich mean sidereal time of 1982 and no polar motion, as in Skyfield; TEME into GCRF by the
equation of the equinoxes, nutation and precession of IAU 2000A/2006.
"""

from __future__ import annotations

import numpy as np

from comity.orbits.times import DAY_S, Floats, skyfield_times, ut1_julian

#: WGS 84: NGA.STND.0036 (2014), table 3.1.
EARTH_RADIUS_KM = 6378.137
INVERSE_FLATTENING = 298.257223563
_J2000_JD = 2451545.0


def sidereal_angle(times_s: Floats) -> tuple[Floats, Floats]:
    """Greenwich mean sidereal time of 1982 [rad] and its rate [rad/s] at POSIX instants (AIAA 2006-6753 appendix C)."""
    whole, fraction = ut1_julian(times_s)
    t = (whole - _J2000_JD + fraction) / 36525.0
    seconds = 67310.54841 + (8640184.812866 + (0.093104 - 6.2e-6 * t) * t) * t
    rate = 8640184.812866 + (0.093104 * 2.0 - 6.2e-6 * 3.0 * t) * t
    turns = (whole % 1.0 + fraction + seconds / DAY_S % 1.0) % 1.0
    return turns * 2.0 * np.pi, (1.0 + rate / (DAY_S * 36525.0)) * 2.0 * np.pi / DAY_S


def teme_to_itrf(position: Floats, velocity: Floats, times_s: Floats) -> tuple[Floats, Floats]:
    """States `(..., t, 3)` of TEME as seen on the turning Earth."""
    theta, rate = sidereal_angle(times_s)
    turned, moving = _turn_z(position, -theta), _turn_z(velocity, -theta)
    moving[..., 0] += rate * turned[..., 1]
    moving[..., 1] -= rate * turned[..., 0]
    return turned, moving


def itrf_to_teme(position: Floats, velocity: Floats, times_s: Floats) -> tuple[Floats, Floats]:
    """States `(..., t, 3)` of the turning Earth as in TEME."""
    theta, rate = sidereal_angle(times_s)
    still = velocity.copy()
    still[..., 0] -= rate * position[..., 1]
    still[..., 1] += rate * position[..., 0]
    return _turn_z(position, theta), _turn_z(still, theta)


def teme_to_gcrf(position: Floats, velocity: Floats, times_s: Floats) -> tuple[Floats, Floats]:
    """States `(..., t, 3)` of TEME among the stars."""
    turn = _teme_matrix(times_s)
    return np.einsum("jit,...tj->...ti", turn, position), np.einsum("jit,...tj->...ti", turn, velocity)


def gcrf_to_teme(position: Floats, velocity: Floats, times_s: Floats) -> tuple[Floats, Floats]:
    """States `(..., t, 3)` among the stars as in TEME."""
    turn = _teme_matrix(times_s)
    return np.einsum("ijt,...tj->...ti", turn, position), np.einsum("ijt,...tj->...ti", turn, velocity)


def eme2000_to_gcrf(vectors: Floats) -> Floats:
    """Vectors `(..., 3)` of the mean equator and equinox of J2000 among the stars: turned by 0.02 seconds of arc."""
    from skyfield.framelib import ICRS_to_J2000

    return np.asarray(vectors @ np.asarray(ICRS_to_J2000))


def _teme_matrix(times_s: Floats) -> Floats:
    from skyfield.sgp4lib import TEME

    return np.asarray(TEME.rotation_at(skyfield_times(np.atleast_1d(times_s))))


def _turn_z(vector: Floats, angle: Floats) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.empty_like(vector)
    turned[..., 0] = cos * vector[..., 0] - sin * vector[..., 1]
    turned[..., 1] = sin * vector[..., 0] + cos * vector[..., 1]
    turned[..., 2] = vector[..., 2]
    return turned


def geodetic_to_itrf(latitude_deg: Floats | float, longitude_deg: Floats | float, height_m: Floats | float) -> Floats:
    """Places over the WGS 84 ellipsoid as positions `(..., 3)` in ITRF [km]."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    flattening = 1.0 / INVERSE_FLATTENING
    squash = (1.0 - flattening) ** 2
    c = 1.0 / np.sqrt(np.cos(latitude) ** 2 + squash * np.sin(latitude) ** 2)
    across = (EARTH_RADIUS_KM * c + np.asarray(height_m) / 1000.0) * np.cos(latitude)
    up = (EARTH_RADIUS_KM * c * squash + np.asarray(height_m) / 1000.0) * np.sin(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), up], axis=-1)


def horizon_axes(latitude_deg: Floats | float, longitude_deg: Floats | float) -> Floats:
    """East, north and up (the ellipsoid's normal) at places, `(..., 3, 3)` in ITRF."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return np.stack([east, north, up], axis=-2)


def rtn_axes(position: Floats, velocity: Floats) -> Floats:
    """Radial, transverse and normal unit vectors as rows `(3, 3)` (CCSDS 508.0-B-1: the RTN frame).

    >>> rtn_axes(np.array([7000.0, 0, 0]), np.array([0, 7.5, 0])).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    radial = position / np.linalg.norm(position)
    normal = np.cross(position, velocity)
    normal = normal / np.linalg.norm(normal)
    return np.stack([radial, np.cross(normal, radial), normal])
