"""The tables that queries read, made from the register and the catalogues, each as a reader sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from comity.archive.access import Everything, Reader
from comity.archive.place import Archive
from comity.archive.tables.epncore_table import epncore
from comity.archive.tables.obscore_table import obscore, obscore_columns, obscore_row, publisher_did
from comity.archive.tables.source import Part, TableColumn, TableSource, Visible, by_product, visible


def _products(archive: Archive) -> list[TableSource]:
    return [obscore(archive), epncore(archive)]


def _catalogues(archive: Archive) -> list[TableSource]:
    from comity.archive.tables.catalogue_tables import catalogue_tables

    return catalogue_tables(archive)


#: What gives tables; each is called with the archive whenever tables are asked for, and is quick when nothing changed.
PROVIDERS: tuple[Callable[[Archive], list[TableSource]], ...] = (_products, _catalogues)


def tables(archive: Archive, reader: Reader | Everything, at: datetime) -> dict[str, Visible]:
    """The tables that a reader sees at a time, by `schema.name`, in the order of their names."""
    products = {p.id: p.access for p in archive.register.products(Everything())} if by_product(reader, at) else None
    datasets = frozenset(d.id for d, _ in archive.register.datasets(reader, at))
    sources = [s for provider in PROVIDERS for s in provider(archive)]
    found = (visible(s, reader, at, products=products, datasets=datasets) for s in sources)
    return {v.source.name: v for v in sorted((v for v in found if v is not None), key=lambda v: v.source.name)}


__all__ = [
    "PROVIDERS",
    "Part",
    "TableColumn",
    "TableSource",
    "Visible",
    "epncore",
    "obscore",
    "obscore_columns",
    "obscore_row",
    "publisher_did",
    "tables",
]
