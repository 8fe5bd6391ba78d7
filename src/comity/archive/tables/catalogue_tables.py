"""Catalogues as tables of queries: `catalogues.DATASET`, read from the files of their HATS layout as they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from comity.archive.access import Access, Everything
from comity.archive.catalogues import HEALPIX, Catalogue, catalogues
from comity.archive.place import Archive
from comity.archive.tables.source import Part, TableColumn, TableSource

_DATATYPES = {
    "bool": ("boolean", None), "int8": ("short", None), "uint8": ("unsignedByte", None), "int16": ("short", None),
    "uint16": ("int", None), "int32": ("int", None), "uint32": ("long", None), "int64": ("long", None),
    "uint64": ("long", None), "float": ("float", None), "double": ("double", None), "string": ("char", "*"),
    "large_string": ("char", "*"),
}  # fmt: skip


def catalogue_tables(archive: Archive) -> list[TableSource]:
    """A table for each catalogue, with the access of its dataset."""
    access = {d.id: (d.title, a) for d, a in archive.register.datasets(Everything())}
    return [_source(c, *access[c.about.dataset]) for c in catalogues(archive, Everything())]


def _source(catalogue: Catalogue, title: str, access: Access) -> TableSource:
    stored, about = catalogue.stored, catalogue.about
    files = tuple(stored.folder / "dataset" / part.place for part in stored.parts)
    return TableSource(
        name=f"catalogues.{about.dataset}",
        description=title,
        columns=tuple(c for f in stored.schema if (c := _column(f, about.ra, about.dec)) is not None),
        parts=(Part(about.dataset, access, files, about.rows),),
        schema_description="The catalogues of the archive, each by the name of its dataset.",
        rows_of=about.rows_of,
    )


def _column(field: Any, ra: str, dec: str) -> TableColumn | None:
    """None for what VOTable has no type for, such as lists of lists."""
    told = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
    known = _DATATYPES.get(str(field.type))
    if known is None:
        return None
    if field.name == HEALPIX:
        told = {"ucd": "pos.healpix", "description": "Nested HEALPix pixel of order 29"}
    place = {ra: "pos.eq.ra;meta.main", dec: "pos.eq.dec;meta.main"}.get(field.name)
    return TableColumn(
        field.name, known[0], known[1], _unit(told.get("unit")) or ("deg" if place else None), told.get("ucd") or place,
        description=told.get("description", ""), principal=field.name != HEALPIX,
        indexed=field.name == HEALPIX,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _unit(text: str | None) -> str | None:
    """A unit as VOUnits 1.0 writes it, where it is one; what is none stays as it was told."""
    from astropy import units

    if not text:
        return None
    try:
        return str(units.Unit(text).to_string("vounit"))
    except (ValueError, TypeError):
        return text
