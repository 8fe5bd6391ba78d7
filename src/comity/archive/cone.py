"""Cone search: all rows of a catalogue within a radius, the nearest first.

The cells of a cover of the cone choose files and row groups; what is read is filtered by the exact separation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from comity.archive.catalogues import Catalogue
from comity.archive.errors import ArchiveError
from comity.archive.healpix import cone_cover, separation

#: The column of separations [arcsec] in an answer.
SEPARATION = "_separation_arcsec"


def cone(
    catalogue: Catalogue,
    ra_deg: float,
    dec_deg: float,
    radius_deg: float,
    *,
    columns: Sequence[str] | None = None,
    limit: int | None = None,
) -> Any:
    """The rows within a radius (the rim is within), in the order of their separation, as an Arrow table.

    Parameters: centre in the catalogue's frame [deg], radius [deg] up to 180, columns (default: all but the cell), and how many of the
    nearest at most. The table's last column is the separation [arcsec]. ArchiveError when a parameter is none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    _checked(ra_deg, dec_deg, radius_deg, limit)
    asked = [n for n in catalogue.columns(columns) if columns is not None or n != catalogue.schema.names[0]]
    where = catalogue.about
    needed = list(dict.fromkeys([*asked, where.ra, where.dec]))
    found: list[Any] = []
    for rows in catalogue.within(cone_cover(ra_deg, dec_deg, radius_deg), needed):
        away = separation(ra_deg, dec_deg, rows.column(where.ra).to_numpy(), rows.column(where.dec).to_numpy())
        near = np.flatnonzero(away <= radius_deg)
        if len(near):
            kept = rows.select(asked).take(near)
            found.append(kept.append_column(SEPARATION, pa.array(away[near] * 3600.0)))
        if limit is not None and sum(t.num_rows for t in found) > 4 * limit + 10_000:
            found = [_nearest(pa.concat_tables(found), limit)]
    if not found:
        schema = pa.schema([catalogue.schema.field(n) for n in asked] + [pa.field(SEPARATION, pa.float64())])
        return schema.empty_table()
    table = pa.concat_tables(found)
    order = pc.sort_indices(table, [(SEPARATION, "ascending")])
    return table.take(order if limit is None else order.slice(0, limit))


def _nearest(table: Any, limit: int) -> Any:
    import pyarrow.compute as pc

    # In their old order, so that rows of one separation stay in the order of the catalogue.
    chosen = np.sort(pc.sort_indices(table, [(SEPARATION, "ascending")]).to_numpy()[:limit])
    return table.take(chosen)


def _checked(ra_deg: float, dec_deg: float, radius_deg: float, limit: int | None) -> None:
    if not (math.isfinite(ra_deg) and -360.0 <= ra_deg <= 360.0):
        raise ArchiveError(f"right ascension {ra_deg:g}: is in degrees, from 0 to 360")
    if not (math.isfinite(dec_deg) and -90.0 <= dec_deg <= 90.0):
        raise ArchiveError(f"declination {dec_deg:g}: is in degrees, from -90 to 90")
    if not (math.isfinite(radius_deg) and 0.0 <= radius_deg <= 180.0):
        raise ArchiveError(f"radius {radius_deg:g}: is in degrees, from 0 to 180")
    if limit is not None and limit < 0:
        raise ArchiveError(f"limit {limit}: is a number of rows")
