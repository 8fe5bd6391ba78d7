"""The HATS layout: folders, files and properties of a catalogue in the order of HEALPix.

Source: IVOA Note, HATS: A Standard for the Hierarchical Adaptive Tiling Scheme in the Virtual Observatory, version 1.0 (2025); names of
properties as in hats 0.11, which tests open what is written here with.

collection.properties          the catalogue in the folder of its name, and its margin
NAME/properties                what the catalogue is
NAME/partition_info.csv       order and pixel of every file, and its rows
NAME/skymap.fits               rows by cell of one order, as a map
NAME/dataset/_common_metadata  the schema, with a VOTable that describes the columns (VOParquet)
NAME/dataset/_metadata         the footers of all files
NAME/dataset/Norder=K/Dir=D/Npix=N.parquet
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from comity.archive.catalogues.runs import HEALPIX
from comity.archive.formats.parquet import VERSION_KEY, VOTABLE_KEY, columns_of
from comity.archive.healpix import ORDER

#: Names of columns that the folders of the layout have already.
RESERVED = ("Norder", "Dir", "Npix")
#: The order of the map of rows: cells of 14 arcmin.
MAP_ORDER = 8
#: Footers of so many files in all are brought together in `_metadata`; beyond, readers take each its own.
MOST_CHUNKS = 2_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a catalogue: its cell and its rows."""

    order: int
    pixel: int
    rows: int

    @property
    def place(self) -> str:
        """Its path under `dataset/`."""
        return f"Norder={self.order}/Dir={self.pixel // 10_000 * 10_000}/Npix={self.pixel}.parquet"


def write_part(folder: Path, part: Part, tables: Iterable[Any], *, group_rows: int) -> Any:
    """Writes the rows of a part, which come sorted, and gives its footer."""
    import pyarrow.parquet as pq

    file = folder / "dataset" / part.place
    file.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    try:
        for table in tables:
            if writer is None:
                writer = pq.ParquetWriter(
                    file, table.schema, compression="snappy", store_schema=True,
                    # Cells are sorted: a dictionary of them is as long as they are.
                    use_dictionary=[n for n, t in zip(table.schema.names, table.schema.types, strict=True) if _repeats(t)],
                )  # fmt: skip
            writer.write_table(table, row_group_size=group_rows)
    finally:
        if writer is not None:
            writer.close()
    footer = pq.read_metadata(file)
    footer.set_file_path(part.place)
    return footer


def _repeats(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind))


def write_about(
    folder: Path,
    parts: Sequence[Part],
    schema: Any,
    footers: Sequence[Any],
    properties: Mapping[str, str],
    counts: Any,
) -> None:
    """Writes all that stands beside the parts; `counts` are rows by cell of `MAP_ORDER`."""
    import pyarrow.parquet as pq

    rows = io.StringIO()
    lines = csv.writer(rows, lineterminator="\n")
    lines.writerow(["Norder", "Npix", "num_rows"])
    lines.writerows((p.order, p.pixel, p.rows) for p in parts)
    (folder / "partition_info.csv").write_text(rows.getvalue(), encoding="utf-8")
    for name in ("properties", "hats.properties"):
        _write_properties(folder / name, properties)
    told = {**(schema.metadata or {}), VERSION_KEY: b"1.0", VOTABLE_KEY: _votable(schema)}
    pq.write_metadata(schema.with_metadata(told), folder / "dataset" / "_common_metadata")
    if sum(f.num_row_groups * f.num_columns for f in footers) <= MOST_CHUNKS:
        pq.write_metadata(schema, folder / "dataset" / "_metadata", metadata_collector=list(footers))
    _write_map(folder / "skymap.fits", counts)


def margin_name(dataset: str) -> str:
    """The name of the surroundings of a catalogue's files."""
    return f"{dataset}_margin"


def write_collection(folder: Path, dataset: str, *, margin: str | None, built: Mapping[str, str]) -> None:
    """Writes what a catalogue and its margin are together."""
    told = {"obs_collection": dataset, "hats_primary_table_url": dataset, **built}
    if margin is not None:
        told |= {"all_margins": margin, "default_margin": margin}
    _write_properties(folder / "collection.properties", told)


def _write_properties(file: Path, properties: Mapping[str, str]) -> None:
    lines = "".join(f"{_escaped(k)}={_escaped(v)}\n" for k, v in properties.items())
    file.write_text(f"#HATS\n{lines}", encoding="utf-8")


def _write_map(file: Path, counts: Any) -> None:
    from cdshealpix.skymap import SkymapImplicit

    SkymapImplicit(np.asarray(counts, dtype=np.int64), null_value=0).to_fits(str(file))


def _escaped(text: str) -> str:
    """As java.util.Properties reads it: no line of a value becomes a property of its own."""
    plain = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return plain.replace("=", "\\=").replace(":", "\\:").replace("#", "\\#").replace("!", "\\!")


def _votable(schema: Any) -> bytes:
    """A VOTable without data that tells name, type, unit, UCD and description of each column."""
    from astropy.io.votable.tree import Field, Resource, TableElement, VOTableFile

    document = VOTableFile(version="1.4")
    resource = Resource()
    document.resources.append(resource)
    table = TableElement(document)
    resource.tables.append(table)
    for number, column in enumerate(columns_of(schema)[0]):
        field = Field(
            document, ID=f"column_{number}", name=column.name, datatype=column.datatype, arraysize=column.arraysize,
            unit=column.unit, ucd=column.ucd,
        )  # fmt: skip
        field.description = column.description
        table.fields.append(field)
    out = io.BytesIO()
    document.to_xml(out)
    return out.getvalue()


def properties_of(
    name: str,
    *,
    title: str,
    ra: str,
    dec: str,
    parts: Sequence[Part],
    built: Mapping[str, str],
    n_bytes: int,
    margin_of: tuple[str, float] | None = None,
) -> dict[str, str]:
    """What `properties` tells; `margin_of` a catalogue and its threshold [arcsec] where it is the margin of one."""
    margin = {} if margin_of is None else {
        "hats_primary_table_url": margin_of[0], "hats_margin_threshold": f"{margin_of[1]:g}"
    }  # fmt: skip
    return {
        "obs_collection": name,
        "obs_title": title,
        "dataproduct_type": "object" if margin_of is None else "margin",
        "hats_nrows": str(sum(p.rows for p in parts)),
        "hats_col_ra": ra,
        "hats_col_dec": dec,
        "hats_col_healpix": HEALPIX,
        "hats_col_healpix_order": str(ORDER),
        "hats_npix_suffix": ".parquet",
        "hats_max_rows": str(max((p.rows for p in parts), default=0)),
        "hats_order": str(max((p.order for p in parts), default=0)),
        "hats_skymap_order": str(MAP_ORDER),
        "hats_estsize": str(n_bytes // 1024),
        "hats_version": "v1.0",
        **margin,
        **built,
    }
