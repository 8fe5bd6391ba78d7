"""Where a dataset lies on the sky, as a Multi-Order Coverage map (IVOA MOC 2.0), of what a reader may see of it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from comity.archive.access import Everything, Reader
from comity.archive.catalogues import HEALPIX, catalogues
from comity.archive.dali import UsageError
from comity.archive.errors import ArchiveError
from comity.archive.place import Archive
from comity.archive.query import QueryLimits, answered
from comity.archive.regions import Circle, region
from comity.archive.tables.source import literal

#: The order that is given when nobody says, and at most; products of one map.
DEFAULT_ORDER, MOST_ORDER, MOST_PRODUCTS = 10, 14, 200_000
FORMATS: Mapping[str, str] = {"fits": "application/fits", "json": "application/json", "ascii": "text/plain"}


def coverage(
    archive: Archive, reader: Reader | Everything, dataset: str, at: datetime, *, order: int = DEFAULT_ORDER
) -> Any:
    """The coverage of what a reader sees of a dataset, as a `mocpy.MOC`: of its catalogue's rows, or of its products' regions.

    ArchiveError when there is no such dataset for this reader; an empty map when nothing in it has a place.
    """
    if not 0 <= order <= MOST_ORDER:
        raise UsageError(f"order {order} is not 0 to {MOST_ORDER}")
    archive.register.dataset(dataset, reader, at)
    for catalogue in catalogues(archive, reader, at):
        if catalogue.about.dataset == dataset:
            return _of_cells(catalogue, order)
    text = f"SELECT s_region, s_ra, s_dec FROM ivoa.obscore WHERE obs_collection = {literal(dataset)}"
    found = answered(archive, reader, text, at=at, limits=QueryLimits(rows=MOST_PRODUCTS))
    if found.is_cut:
        raise ArchiveError(f"dataset {dataset} has more than {MOST_PRODUCTS:,} products; no map is made of so many")
    places = {
        (r["s_region"] or f"POINT {r['s_ra']!r} {r['s_dec']!r}")
        for r in found.table.to_pylist()
        if r["s_region"] or r["s_ra"] is not None
    }
    return _of_regions(tuple(sorted(places)), order)


def _of_cells(catalogue: Any, order: int) -> Any:
    from mocpy import MOC

    shift = np.uint64(2 * (29 - order))
    found: set[int] = set()
    for rows in catalogue.all_rows([HEALPIX]):
        found.update(np.unique(rows.column(HEALPIX).to_numpy().astype(np.uint64) >> shift).tolist())
    cells = np.array(sorted(found), dtype=np.uint64)
    return (
        MOC.from_healpix_cells(cells, np.full(len(cells), order, dtype=np.uint8), max_depth=order)
        if len(cells)
        else MOC.new_empty(order)
    )


@lru_cache(maxsize=32)
def _of_regions(places: tuple[str, ...], order: int) -> Any:
    from astropy import units
    from astropy.coordinates import Latitude, Longitude, SkyCoord
    from mocpy import MOC

    made = []
    for text in places:
        for shape in region(text) or ():
            if isinstance(shape, Circle) and shape.radius == 0.0:
                made.append(MOC.from_lonlat([shape.lon] * units.deg, [shape.lat] * units.deg, max_norder=order))
            elif isinstance(shape, Circle):
                made.append(
                    MOC.from_cone(
                        Longitude(shape.lon, units.deg),
                        Latitude(shape.lat, units.deg),
                        radius=shape.radius * units.deg,
                        max_depth=order,
                    )
                )
            else:
                corners = np.array(shape.corners)
                made.append(
                    MOC.from_polygon_skycoord(SkyCoord(corners[:, 0], corners[:, 1], unit="deg"), max_depth=order)
                )
    if not made:
        return MOC.new_empty(order)
    return made[0].union(*made[1:]) if len(made) > 1 else made[0]


def written(moc: Any, kind: str) -> bytes:
    """A map in FITS, JSON or ASCII (MOC 2.0 §4). UsageError lists the formats."""
    if kind not in FORMATS:
        raise UsageError(f"format {kind[:20]!r}: there are {', '.join(FORMATS)}")
    if kind == "json":
        return json.dumps(moc.serialize("json")).encode()
    if kind == "ascii":
        return str(moc.serialize("str")).encode()
    out = io.BytesIO()
    moc.serialize("fits").writeto(out)
    return out.getvalue()
