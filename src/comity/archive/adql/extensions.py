"""Functions that DuckDB has not and translated queries call: regions on the sphere, HEALPix, and short names for formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from comity.archive import regions
from comity.archive.bounding import Bounds, bounds
from comity.archive.regions import Region, region, vectors

_MACROS = (
    # Haversine: good for small distances, which is what is searched for.
    "adql_distance(a, b, c, d) AS degrees(2 * asin(least(1.0::DOUBLE, sqrt(pow(sin(radians((d) - (b)) / 2), 2) + "
    "cos(radians(b)) * cos(radians(d)) * pow(sin(radians((c) - (a)) / 2), 2)))))",
    "adql_truncate(x, n) AS trunc((x) * pow(10, n)) / pow(10, n)",
)


def register(database: Any, sql: str) -> None:
    """Gives a DuckDB connection the functions that a query names; each takes about a millisecond."""
    named = sql.lower()
    for macro in _MACROS:
        if macro.partition("(")[0] in named:
            database.execute(f"CREATE MACRO {macro}")
    for name, function, arguments, result in (
        ("adql_holds_point", _holds_point, ["DOUBLE", "DOUBLE", "VARCHAR"], "BOOLEAN"),
        ("adql_contains", _contains, ["VARCHAR", "VARCHAR"], "BOOLEAN"),
        ("adql_intersects", _intersects, ["VARCHAR", "VARCHAR"], "BOOLEAN"),
        ("adql_area", _area, ["VARCHAR"], "DOUBLE"),
        ("adql_centroid", _centroid, ["VARCHAR"], "DOUBLE[]"),
        ("adql_healpix_index", _healpix, ["INTEGER", "DOUBLE", "DOUBLE"], "BIGINT"),
    ):
        if name in named:
            database.create_function(name, function, arguments, result, type="arrow")


def _holds_point(lon: Any, lat: Any, texts: Any) -> Any:
    import pyarrow as pa

    x, y = (np.asarray(v.to_numpy(zero_copy_only=False), dtype=np.float64) for v in (lon, lat))
    place = np.isfinite(x) & (np.abs(y) <= 90.0)
    points = Bounds(vectors(np.where(place, x, 0.0), np.where(place, y, 0.0)), np.zeros(len(x)))
    found, known = np.zeros(len(x), dtype=bool), place.copy()
    unique, codes = _unique(texts)
    near = bounds(unique).taken(codes).may_meet(points) & place
    for text, rows in _grouped(unique, codes, near):
        one = region(text)
        if one is None:
            known[rows] = False
        else:
            found[rows] = regions.holds_points(one, x[rows], y[rows])
    return pa.array(found, mask=~known)


def _unique(texts: Any) -> tuple[Any, Any]:
    """The different texts, and which of them stands in each row."""
    whole = texts.combine_chunks() if hasattr(texts, "combine_chunks") else texts
    encoded = whole.dictionary_encode()
    return encoded.dictionary, np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _grouped(unique: Any, codes: Any, wanted: Any) -> Iterator[tuple[str, Any]]:
    """Each text of the rows that are wanted, with its rows."""
    rows = np.flatnonzero(wanted)
    order = rows[np.argsort(codes[rows], kind="stable")]
    for group in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else ():
        yield unique[int(codes[group[0]])].as_py(), group


def _pairwise(test: Callable[[Region, Region], bool]) -> Callable[[Any, Any], Any]:
    def tested(one: Any, other: Any) -> Any:
        import pyarrow as pa

        (left, at_left), (right, at_right) = _unique(one), _unique(other)
        near = bounds(left).taken(at_left).may_meet(bounds(right).taken(at_right))
        found, known = np.zeros(len(near), dtype=bool), np.ones(len(near), dtype=bool)
        for row in np.flatnonzero(near):
            a, b = region(left[int(at_left[row])].as_py()), region(right[int(at_right[row])].as_py())
            if a is None or b is None:
                known[row] = False
            else:
                found[row] = test(a, b)
        return pa.array(found, mask=~known)

    return tested


_contains = _pairwise(lambda inner, outer: regions.contains(outer, inner))
_intersects = _pairwise(regions.intersects)


def _area(texts: Any) -> Any:
    import pyarrow as pa

    found = (None if t is None else region(t) for t in texts.to_pylist())
    return pa.array([None if r is None else regions.area(r) for r in found], pa.float64())


def _centroid(texts: Any) -> Any:
    import pyarrow as pa

    found = (None if t is None else region(t) for t in texts.to_pylist())
    return pa.array([None if r is None else list(regions.centroid(r)) for r in found], pa.list_(pa.float64()))


def _healpix(orders: Any, lon: Any, lat: Any) -> Any:
    import pyarrow as pa
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    order = np.asarray(orders.to_numpy(zero_copy_only=False), dtype=np.int64)
    x, y = (np.asarray(v.to_numpy(zero_copy_only=False), dtype=np.float64) for v in (lon, lat))
    good = (order >= 0) & (order <= 29) & np.isfinite(x) & (np.abs(y) <= 90.0)
    found = np.zeros(len(x), dtype=np.int64)
    for one in np.unique(order[good]):
        rows = good & (order == one)
        found[rows] = lonlat_to_healpix(
            Longitude(x[rows] % 360.0, units.deg), Latitude(y[rows], units.deg), int(one)
        ).astype(np.int64)
    return pa.array(found, mask=~good)
