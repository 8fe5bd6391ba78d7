"""Where an object lies, by its name: offline from OpenNGC (NGC, IC, Messier, common names), online from Sesame as well.

Sources: OpenNGC by M. Verga (CC-BY-SA 4.0), by its package `pyongc`; Sesame, CDS Strasbourg, by astropy.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from functools import cache

from comity.archive.errors import ArchiveError
from comity.model.problems import nearest


@dataclass(frozen=True, slots=True)
class Place:
    """An object's place in ICRS [deg], what it is called there, and who says so."""

    name: str
    ra_deg: float
    dec_deg: float
    source: str


def place_of(name: str, *, online: bool = False) -> Place:
    """The place of an object. ArchiveError, with the nearest known name, when nobody knows it.

    >>> place_of("M 13").name
    'NGC6205'
    """
    found = _offline(name)
    if found is not None:
        return found
    if online:
        return _sesame(name)
    hint = nearest(_plain(name), _common()) or "with --online Sesame is asked"
    raise ArchiveError(f"no object is called {name!r} in OpenNGC; {hint}")


def _offline(name: str) -> Place | None:
    from pyongc import exceptions, ongc

    known = _common().get(_plain(name), name)
    try:
        found = ongc.get(known)
    except (exceptions.UnknownIdentifier, exceptions.ObjectNotFound, ValueError, sqlite3.Error):
        return None
    if found is None or found.coords is None:
        return None
    (hours, minutes, seconds), (degrees, arcmin, arcsec) = found.coords.tolist()
    sign = -1.0 if str(found.dec).startswith("-") else 1.0
    return Place(
        found.name,
        15 * (hours + minutes / 60 + seconds / 3600),
        sign * (abs(degrees) + arcmin / 60 + arcsec / 3600),
        f"OpenNGC, {ongc.DBDATE}",
    )


@cache
def _common() -> dict[str, str]:
    """NGC and IC names by common names, without blanks and case."""
    from pyongc import ongc

    return {_plain(common): one.name for one in ongc.listObjects(withname=True) for common in one.identifiers[3] or ()}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _sesame(name: str) -> Place:
    from astropy.coordinates import SkyCoord
    from astropy.coordinates.name_resolve import NameResolveError

    try:
        found = SkyCoord.from_name(name)
    except NameResolveError as error:
        raise ArchiveError(f"Sesame knows no {name!r}, or does not answer: {str(error)[:120]}") from None
    return Place(name, float(found.ra.deg), float(found.dec.deg), "Sesame, CDS")
