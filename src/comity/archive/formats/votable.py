"""VOTable 1.1 to 1.5: its first table's columns, rows, and what it says of the field, by astropy.

A document is looked through before anything is made of it (`comity.archive.votable_guard`).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comity.archive.described import Column, Described, Plain, Provenance
from comity.archive.errors import UnreadableFile
from comity.archive.measured import iso_to_mjd, missing_of, without_none
from comity.archive.obscore import COLUMNS
from comity.archive.votable_guard import guarded

MEDIA_TYPE = "application/x-votable+xml"
_TYPES = {c.name: c.datatype for c in COLUMNS}
#: What only the archive says of a product.
_OWN = {"obs_publisher_did", "access_url", "access_format", "access_estsize", "obs_collection"}


def describe(path: Path) -> Described:
    """What a VOTable says of itself. UnreadableFile when it is none, or asks for what it cannot hold."""
    from astropy.io.votable import parse
    from astropy.io.votable.exceptions import VOTableSpecError

    with path.open("rb") as file:
        sizes = guarded(file, str(path), path.stat().st_size)
    if sizes.is_compressed:
        raise UnreadableFile(
            f"{path}: compressed data within a VOTable are not taken: nobody knows how large they become"
        )
    if sizes.tables == 0:
        raise UnreadableFile(f"{path}: the document has no table")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            document = parse(path, verify="ignore")
            tables = list(document.iter_tables())
        except (VOTableSpecError, ValueError, TypeError, KeyError, IndexError, OSError) as error:
            raise UnreadableFile(f"{path}: {(str(error).splitlines() or ['cannot be read'])[0][:200]}") from None
    _answered(path, document)
    table = tables[0]
    remarks = [f"{len(tables) - 1} more tables are not described"] if len(tables) > 1 else []
    obscore = without_none(_told(table, document, remarks))
    return Described(
        format="VOTable",
        media_type=MEDIA_TYPE,
        obscore=obscore,
        columns=tuple(_column(f) for f in table.fields),
        n_rows=len(table.array),
        provenance=Provenance(
            facility=_text(obscore.get("facility_name")), instrument=_text(obscore.get("instrument_name"))
        ),
        missing=missing_of(obscore, positional=False),
        remarks=tuple(remarks),
    )


def _answered(path: Path, document: Any) -> None:
    """A service's error is a VOTable too (DALI 1.1 §4.4), and no data."""
    for resource in document.resources:
        for told in resource.infos:
            if told.name == "QUERY_STATUS" and str(told.value).upper() == "ERROR":
                raise UnreadableFile(f"{path}: is the error of a service: {str(told.content or '')[:160]}")


def _column(field: Any) -> Column:
    return Column(
        name=str(field.name or field.ID),
        datatype=str(field.datatype),
        arraysize=str(field.arraysize) if field.arraysize else None,
        unit=str(field.unit) if field.unit is not None else None,
        ucd=field.ucd,
        description=str(field.description) if field.description else None,
    )


def _told(table: Any, document: Any, remarks: list[str]) -> dict[str, Plain]:
    found: dict[str, Plain] = {"dataproduct_type": "measurements"}
    for param in [p for r in document.resources for p in r.params] + list(table.params):
        utype = str(param.utype or "").lower()
        for column in COLUMNS:
            if column.name not in _OWN and (utype == column.utype.lower() or param.name == column.name):
                found[column.name] = _as(param.value, _TYPES[column.name])
    if isinstance(found.get("t_min"), str):
        found["t_min"] = None
    _extent(table, found, remarks)
    return found


def _as(value: Any, datatype: str) -> Plain:
    """A value of a PARAM in a type of ObsCore; None when it is none."""
    try:
        if datatype == "char":
            text = value.decode() if isinstance(value, bytes) else str(value)
            return text.strip() or None
        number = float(value)
        return None if not math.isfinite(number) else number if datatype == "double" else int(number)
    except (TypeError, ValueError, UnicodeDecodeError):
        return None


def _extent(table: Any, found: dict[str, Plain], remarks: list[str]) -> None:
    """Where and when the rows lie, by the UCDs of the main coordinates (UCD1+ 1.5), where they are in degrees or days."""
    import numpy as np

    by_ucd: Mapping[str, Any] = {str(f.ucd).lower(): f for f in table.fields if f.ucd}
    ra, dec = by_ucd.get("pos.eq.ra;meta.main"), by_ucd.get("pos.eq.dec;meta.main")
    if ra is not None and dec is not None and len(table.array):
        if str(ra.unit) != "deg" or str(dec.unit) != "deg":
            remarks.append("the main coordinates are not in degrees: no place")
        else:
            lon, lat = (np.ma.getdata(table.array[f.ID]).astype(float) for f in (ra, dec))
            good = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90)
            if good.any():
                _place(lon[good], lat[good], found)
    times = by_ucd.get("time.epoch") or by_ucd.get("time.epoch;meta.main")
    if times is not None and str(times.unit) == "d" and len(table.array):
        remarks.append("times in days are not used: their zero and scale are not told by the column alone")
    elif times is not None and times.xtype == "timestamp" and len(table.array):
        texts = sorted(str(t) for t in np.ma.getdata(table.array[times.ID]).tolist() if t)
        if texts:
            found.setdefault("t_min", iso_to_mjd(texts[0]))
            found.setdefault("t_max", iso_to_mjd(texts[-1]))


def _place(lon: Any, lat: Any, found: dict[str, Plain]) -> None:
    import numpy as np

    from comity.archive.regions import vectors

    points = vectors(lon, lat)
    middle = points.mean(axis=0)
    length = float(np.linalg.norm(middle))
    if length < 1e-6:
        return  # all over the sky: no middle
    middle /= length
    found.setdefault("s_ra", math.degrees(math.atan2(middle[1], middle[0])) % 360.0)
    found.setdefault("s_dec", math.degrees(math.asin(max(-1.0, min(1.0, float(middle[2]))))))
    apart = np.arctan2(np.linalg.norm(np.cross(points, middle), axis=1), points @ middle)
    found.setdefault("s_fov", 2 * math.degrees(float(apart.max())))


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)
