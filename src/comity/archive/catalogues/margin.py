"""The margin of a catalogue: for each of its files the rows of others that lie close to its border (HATS 1.0, margin cache)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from comity.archive.catalogues.layout import MAP_ORDER, Part, margin_name, properties_of, write_about, write_part
from comity.archive.catalogues.opened import Catalogue, Stored
from comity.archive.catalogues.runs import HEALPIX
from comity.archive.healpix import ORDER, Cells, order_of_size, ranges_of, span


def write_margin(
    folder: Path,
    threshold_arcsec: float,
    built: Mapping[str, str],
    *,
    group_rows: int,
    told: Callable[[int, int, str], None],
) -> None:
    """Writes the margin of the catalogue in a folder beside it: at least what lies within the threshold of a file's cell."""
    import pyarrow as pa

    stored = Stored.at(folder)
    catalogue, about = Catalogue(stored, None), stored.about
    place = folder / margin_name(about.dataset)
    (place / "dataset").mkdir(parents=True)
    parts, footers, sky = [], [], np.zeros(12 << (2 * MAP_ORDER), dtype=np.int64)
    for number, part in enumerate(stored.parts, 1):
        first, after = span(part.order, part.pixel)
        tables = []
        for rows in catalogue.within(_around(part, threshold_arcsec / 3600.0)):
            cells = rows.column(HEALPIX).to_numpy()
            beyond = (cells < first) | (cells >= after)
            tables.append(rows.filter(pa.array(beyond)))
            np.add.at(sky, cells[beyond] >> (2 * (ORDER - MAP_ORDER)), 1)
        count = sum(t.num_rows for t in tables)
        if count:
            parts.append(Part(part.order, part.pixel, count))
            footers.append(write_part(place, parts[-1], tables, group_rows=group_rows))
        told(number, len(stored.parts), "margin")
    size = sum(f.stat().st_size for f in place.rglob("*.parquet"))
    properties = properties_of(
        place.name, title=f"Margin of {about.dataset}", ra=about.ra, dec=about.dec, parts=parts, built=built, n_bytes=size,
        margin_of=(about.dataset, threshold_arcsec),
    )  # fmt: skip
    write_about(place, parts, stored.schema, footers, properties, sky)


def _around(part: Part, threshold_deg: float) -> Cells:
    """Ranges of cells of order 29 that hold all within a distance of a part's cell; where cells are small, only its border's."""
    import cdshealpix

    order = min(order_of_size(2 * threshold_deg), ORDER)
    if order > part.order:
        edges, corners = cdshealpix.external_neighbours(part.pixel, part.order, order - part.order)
        found = np.concatenate(
            [edges.ravel().astype(np.int64), corners.ravel()]
        )  # of one type: as floats they would round
        return ranges_of(found[found >= 0], order)
    parent = part.pixel >> (2 * (part.order - order))
    beside = cdshealpix.neighbours(np.array([parent], dtype=np.uint64), order).ravel()
    return ranges_of(beside[beside >= 0].astype(np.int64), order)
