"""`epn.epn_core` (EPN-TAP 2.0) from the register: the products that tell of bodies of the Solar System.

Source: IVOA Recommendation, EPN-TAP: Publishing Solar System Data to the Virtual Observatory, version 2.0, 22 August 2022,
§2.1 and §3 (names, units, UCDs of the mandatory parameters). What a file does not tell stays empty.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from comity.archive.described import Plain
from comity.archive.place import Archive
from comity.archive.register import Product
from comity.archive.tables.made import Making, parts
from comity.archive.tables.source import TableColumn, TableSource

VERSION = 1
UTYPE = "ivo://ivoa.net/std/epntap#table-2.0"
SERVICE = "epn"
#: §2.1.2: the codes of what ObsCore calls types of products.
TYPES = {
    "image": "im", "spectrum": "sp", "cube": "sc", "timeseries": "ts", "measurements": "ca", "event": "ev", "sed": "sp",
    "visibility": "vi",
}  # fmt: skip
_FILE = "CASE WHEN {files} IS NULL THEN NULL ELSE {files} || file END"


def _text(name: str, ucd: str, description: str, sql: str | None = None) -> TableColumn:
    return TableColumn(name, "char", "*", None, ucd, description=description, std=True, principal=True, sql=sql)


def _pair(
    name: str, unit: str | None, ucd: str | None, description: str, *, datatype: str = "float"
) -> tuple[TableColumn, TableColumn]:
    first, second = (
        TableColumn(
            name.format(end), datatype, None, unit, f"{ucd};stat.{end}" if ucd else None,
            description=f"{'Least' if end == 'min' else 'Greatest'} {description}", std=True,
        )
        for end in ("min", "max")
    )  # fmt: skip
    return first, second


COLUMNS: tuple[TableColumn, ...] = (
    _text("granule_uid", "meta.id", "Identifier of the row"),
    _text("granule_gid", "meta.id", "Group of granules: the dataset"),
    _text("obs_id", "meta.id;obs", "What granules of the same data have in common"),
    _text("dataproduct_type", "meta.code.class", "Organization of the data"),
    _text("measurement_type", "meta.ucd", "UCDs of the data"),
    TableColumn("processing_level", "int", None, None, "meta.calibLevel", description="Calibration level, CODMAC", std=True),
    _text("target_name", "meta.id;src", "Name of the target, by the IAU"),
    _text("target_class", "src.class", "Kind of target"),
    TableColumn("time_min", "double", None, "d", "time.start;obs", description="Start, Julian date in UTC", std=True, principal=True),
    TableColumn("time_max", "double", None, "d", "time.end;obs", description="Stop, Julian date in UTC", std=True, principal=True),
    *_pair("time_sampling_step_{}", "s", "time.resolution", "time between two samples"),
    *_pair("time_exp_{}", "s", "time.duration;obs.exposure", "integration time"),
    *_pair("spectral_range_{}", "Hz", "em.freq", "frequency"),
    *_pair("spectral_sampling_step_{}", "Hz", "em.freq;spect.binSize", "step in frequency"),
    *_pair("spectral_resolution_{}", None, "spect.resolution", "resolving power"),
    *_pair("c1{}", "deg", "pos", "first coordinate"),
    *_pair("c2{}", "deg", "pos", "second coordinate"),
    *_pair("c3{}", None, "pos", "third coordinate"),
    TableColumn("s_region", "char", "*", None, "pos.outline;obs.field", None, "adql:REGION", "Footprint", std=True),
    *_pair("c1_resol_{}", "deg", "pos.angResolution", "resolution of the first coordinate"),
    *_pair("c2_resol_{}", "deg", "pos.angResolution", "resolution of the second coordinate"),
    *_pair("c3_resol_{}", None, "pos.resolution", "resolution of the third coordinate"),
    _text("spatial_frame_type", "meta.code.class;pos.frame", "Kind of coordinates"),
    *_pair("incidence_{}", "deg", "pos.incidenceAng", "incidence angle"),
    *_pair("emergence_{}", "deg", "pos.emergenceAng", "emergence angle"),
    *_pair("phase_{}", "deg", "pos.phaseAng", "phase angle"),
    _text("instrument_host_name", "meta.id;instr.obsty", "Observatory or spacecraft"),
    _text("instrument_name", "meta.id;instr", "Instrument"),
    _text("service_title", "meta.title", "The schema"),
    TableColumn("creation_date", "char", "*", None, "time.creation", None, "timestamp", "First entry here", std=True),
    TableColumn("modification_date", "char", "*", None, "time.processing", None, "timestamp", "Last change", std=True),
    TableColumn("release_date", "char", "*", None, "time.release", None, "timestamp", "When it becomes public", std=True),
    _text("access_url", "meta.ref.url;meta.file", "Address of the file", _FILE),
    _text("access_format", "meta.code.mime", "Media type"),
    TableColumn("access_estsize", "int", None, "kbyte", "phys.size;meta.file", description="Size of the file", std=True),
    _text("file_name", "meta.id;meta.file", "Name of the file"),
)  # fmt: skip


def epncore(archive: Archive) -> TableSource:
    """The table of all products that tell of the Solar System."""
    return TableSource(
        name=f"{SERVICE}.epn_core",
        description="Products about bodies of the Solar System, as EPN-TAP 2.0 describes them.",
        columns=COLUMNS,
        parts=parts(archive, _MAKING),
        of="product",
        utype=UTYPE,
        schema_description=f"Solar System data of {archive.settings.title}.",
    )


def _schema() -> Any:
    import pyarrow as pa

    types = {"char": pa.string(), "double": pa.float64(), "float": pa.float32(), "int": pa.int32()}
    return pa.schema(
        [(c.name, types[c.datatype]) for c in COLUMNS if c.sql is None]
        + [("product", pa.string()), ("file", pa.string())]
    )


def _row(archive: Archive, product: Product) -> dict[str, Plain] | None:
    told = product.described.epncore
    if not told:
        return None
    created = product.ingested.rstrip("Z")
    opens = product.access.public_from
    kind = str(product.described.obscore.get("dataproduct_type") or "")
    released = (
        created if opens is None else datetime.fromtimestamp(opens / 1000, UTC).isoformat(timespec="seconds")[:19]
    )
    return {
        **{c.name: told.get(c.name) for c in COLUMNS},
        "granule_uid": product.id,
        "granule_gid": product.dataset,
        "obs_id": told.get("obs_id") or product.name,
        "dataproduct_type": told.get("dataproduct_type") or TYPES.get(kind),
        "spatial_frame_type": told.get("spatial_frame_type") or "none",
        "service_title": SERVICE,
        "creation_date": created,
        "modification_date": _time(told.get("modification_date")) or created,
        "release_date": released,
        "access_format": product.described.media_type.lower(),
        "access_estsize": max(1, -(-product.size // 1000)),
        "file_name": product.name.rsplit("/", 1)[-1],
        "product": product.id,
        "file": quote(product.id),
    }


def _time(text: Plain) -> str | None:
    """A time without its zone, which is UTC, with a time of the day."""
    if text is None:
        return None
    plain = str(text).rstrip("Z")
    return plain if "T" in plain else f"{plain}T00:00:00"


_MAKING = Making("epn_core", VERSION, _schema, _row)
