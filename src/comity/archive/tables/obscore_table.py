"""`ivoa.obscore` (ObsCore 1.1) from the register."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from comity.archive.described import Plain
from comity.archive.obscore import COLUMNS
from comity.archive.place import Archive
from comity.archive.register import Product
from comity.archive.tables.made import Making, parts
from comity.archive.tables.source import TableColumn, TableSource

#: The shape of the files; another one makes all anew.
VERSION = 3
#: ObsCore 1.1 §4: the utype of the table, and that of TAPRegExt's data model.
DATA_MODEL = "ivo://ivoa.net/std/ObsCore#table-1.1"
_RIGHTS = (
    "CASE WHEN restriction IS NOT NULL THEN 'secure' WHEN access = 'open' OR public_from <= {now} THEN 'public' "
    "ELSE 'proprietary' END"
)
#: Columns that are told when they are asked for, as the time and the server's address have it.
_MADE = {
    "access_url": "CASE WHEN {files} IS NULL THEN NULL ELSE {files} || file END",
    "data_rights": _RIGHTS,
}
_INDEXED = ("obs_publisher_did", "s_ra", "s_dec", "t_min", "t_max")


def obscore_columns() -> tuple[TableColumn, ...]:
    """The columns of ObsCore, in the order of the standard."""
    return tuple(
        TableColumn(
            c.name, c.datatype, c.arraysize, c.unit, c.ucd, c.utype,
            "adql:REGION" if c.name == "s_region" else "timestamp" if c.name.endswith("_date") else None,
            c.description, c.mandatory, c.name in _INDEXED, True, _MADE.get(c.name),
        )
        for c in COLUMNS
    )  # fmt: skip


def obscore(archive: Archive) -> TableSource:
    """The table of all products, with the parts as they are now."""
    return TableSource(
        name="ivoa.obscore",
        description="Every product of a stated calibration level, as ObsCore 1.1 describes it.",
        columns=obscore_columns(),
        parts=parts(archive, _MAKING),
        of="product",
        utype=DATA_MODEL,
        is_hidden_when_empty=False,
        schema_description="Tables of the IVOA's data models.",
    )


def is_observation(product: Product) -> bool:
    """Does ObsCore have a row for it? Not for what goes along with data (a label), nor where nobody says how far it is
    calibrated: calib_level may not be NULL (table 1). `comity archive list` tells what a product lacks."""
    return product.described.obscore.get("calib_level") is not None


def publisher_did(archive: Archive, product: Product) -> str:
    """The IVOA identifier of a product: the dataset's, and the product after the question mark."""
    local = product.id.removeprefix(f"{product.dataset}/")
    return f"{archive.identifier(product.dataset)}?{quote(local)}"


def obscore_row(archive: Archive, product: Product) -> dict[str, Plain]:
    """A product in the terms of ObsCore; what nobody tells is not in it."""
    told = {c.name: product.described.obscore.get(c.name) for c in COLUMNS}
    opens = product.access.public_from
    told |= {
        "obs_collection": product.dataset,
        "obs_id": told["obs_id"] or product.name,
        "obs_publisher_did": publisher_did(archive, product),
        "access_format": product.described.media_type,
        "access_estsize": max(1, -(-product.size // 1000)),
        "obs_release_date": _iso(opens) if opens is not None else product.ingested.rstrip("Z"),
    }
    return told


def _iso(when_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(when_ms / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")


def _schema() -> Any:
    import pyarrow as pa

    types = {"char": pa.string(), "double": pa.float64(), "int": pa.int32(), "long": pa.int64()}
    hidden = ("product", "file", "access", "restriction")
    return pa.schema(
        [(c.name, types[c.datatype]) for c in COLUMNS if c.name not in _MADE]
        + [*((n, pa.string()) for n in hidden), ("public_from", pa.int64())]
    )


def _row(archive: Archive, product: Product) -> dict[str, Plain] | None:
    if not is_observation(product):
        return None
    return {
        **obscore_row(archive, product),
        "product": product.id,
        "file": quote(product.id),
        "access": product.access.access,
        "restriction": product.access.restriction,
        "public_from": product.access.public_from,
    }


_MAKING = Making("obscore", VERSION, _schema, _row)
