"""Simple Cone Search (IVOA 1.03, and the draft of 1.1 where it says more): what lies around a place, as VOTable."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from comity.archive.access import Everything, Reader
from comity.archive.catalogues import open_catalogue
from comity.archive.cone import SEPARATION, cone
from comity.archive.dali import Parameters, UsageError, numbers
from comity.archive.place import Archive
from comity.archive.query import Answered, QueryLimits, answered
from comity.archive.tables import TableColumn, tables

STANDARD = "ivo://ivoa.net/std/ConeSearch"
#: Rows that are given, and the name of the table of all products.
DEFAULT_ROWS, MOST_ROWS, PRODUCTS = 20_000, 200_000, "obscore"
_SEPARATION = TableColumn(SEPARATION, "double", None, "arcsec", "pos.angDistance", description="From the asked place")
#: UCDs of the first kind, which §2.2 asks for and programs look for.
_FIRST = {
    "meta.id;meta.main": "ID_MAIN",
    "pos.eq.ra;meta.main": "POS_EQ_RA_MAIN",
    "pos.eq.dec;meta.main": "POS_EQ_DEC_MAIN",
}
#: What is told of a product at the usual verbosity.
_SHORT = ("obs_publisher_did", "s_ra", "s_dec", "target_name", "obs_collection", "dataproduct_type", "access_url",
          "access_format", "access_estsize", "t_min", "t_max", "facility_name", "instrument_name")  # fmt: skip


def cone_answer(
    archive: Archive, reader: Reader | Everything, dataset: str, parameters: Parameters, at: datetime, base_url: str
) -> Answered:
    """The rows of a catalogue, or the products of the archive (`obscore`), within SR degrees of RA, DEC.

    UsageError for a wrong parameter; ArchiveError when there is no such catalogue for this reader.
    """
    ra, dec, radius = (_angle(parameters, n) for n in ("RA", "DEC", "SR"))
    if not (0.0 <= ra <= 360.0 and -90.0 <= dec <= 90.0 and 0.0 <= radius <= 180.0):
        raise UsageError("RA is 0 to 360, DEC -90 to 90, SR 0 to 180 degrees")
    verbosity = parameters.whole("VERB", least=1) or 2
    asked = parameters.whole("MAXREC")
    rows = DEFAULT_ROWS if asked is None else min(asked, MOST_ROWS)
    if radius == 0.0:
        rows = 0  # §2.1: only what the columns are
    if dataset == PRODUCTS:
        return _products(archive, reader, (ra, dec, radius), verbosity, rows, at, base_url)
    catalogue = open_catalogue(archive, dataset, reader, at)
    visible = tables(archive, reader, at)[f"catalogues.{dataset}"]
    known = {c.name: c for c in visible.source.columns if verbosity > 1 or _is_main(c)}
    found = cone(catalogue, ra, dec, radius or 1e-9, columns=list(known), limit=rows + 1)
    told = (replace(c, ucd=_FIRST.get((c.ucd or "").lower(), c.ucd)) for c in known.values())
    columns = (*told, _SEPARATION)
    table = found.select([c.name for c in columns])
    is_cut = radius > 0.0 and table.num_rows > rows
    return Answered(
        columns, table.slice(0, rows), is_cut, f"RA={ra} DEC={dec} SR={radius}", frozenset({visible.source.name})
    )


def _is_main(column: TableColumn) -> bool:
    return "meta.main" in (column.ucd or "")


def _angle(parameters: Parameters, name: str) -> float:
    text = parameters.one(name)
    if text is None or not text.strip():
        raise UsageError(f"{name} is missing: RA, DEC and SR are decimal degrees")
    return numbers(name, text, 1)[0]


def _products(
    archive: Archive, reader: Reader | Everything, where: tuple[float, float, float], verbosity: int, rows: int, at: datetime,
    base_url: str,
) -> Answered:  # fmt: skip
    ra, dec, radius = where
    chosen = ", ".join(_SHORT) if verbosity < 3 else "*"
    text = (
        f"SELECT {chosen} FROM ivoa.obscore WHERE 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE({ra!r}, {dec!r}, {radius!r})) "
        f"ORDER BY DISTANCE(POINT(s_ra, s_dec), POINT({ra!r}, {dec!r}))"
    )
    found = answered(archive, reader, text, at=at, base_url=base_url, limits=QueryLimits(rows=rows))
    mains = {
        "obs_publisher_did": "ID_MAIN",
        "s_ra": "POS_EQ_RA_MAIN",
        "s_dec": "POS_EQ_DEC_MAIN",
    }
    told = tuple(replace(c, ucd=mains.get(c.name, c.ucd)) for c in found.columns)
    return replace(found, columns=told)
