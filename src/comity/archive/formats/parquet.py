"""Parquet tables: columns with unit and UCD as their metadata tell, rows; nothing is read but the footer.

Source: Apache Parquet format 2.11; IVOA Note, Parquet in the VO (VOParquet 1.0), whose metadata hold a VOTable without data.
Of fields' own metadata `unit` (or `units`), `ucd` and `description` are read, as LSDB, TOPCAT and Comity write them.
"""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any

from comity.archive.described import Column, Described, Plain, Provenance
from comity.archive.errors import UnreadableFile
from comity.archive.measured import missing_of

#: Columns and row groups that one file may have; bytes of its footer, and of one row group once unpacked.
MOST_COLUMNS, MOST_GROUPS, MOST_FOOTER, MOST_GROUP_BYTES = 20_000, 200_000, 2**28, 2**33
#: Where a VOTable that describes the columns stands (VOParquet 1.0).
VOTABLE_KEY, VERSION_KEY = b"IVOA.VOTable-Parquet.content", b"IVOA.VOTable-Parquet.version"
#: VOTable 1.4 §2.1 knows no signed byte and no unsigned integers but bytes: the next larger type holds them.
_DATATYPES = {
    "bool": "boolean", "int8": "short", "uint8": "unsignedByte", "int16": "short", "uint16": "int", "int32": "int",
    "uint32": "long", "int64": "long", "uint64": "long", "halffloat": "float", "float": "float", "double": "double",
}  # fmt: skip


def describe(path: Path) -> Described:
    """What a Parquet file says of itself. UnreadableFile when it is broken, or claims what is not in it."""
    import pyarrow as pa

    try:
        metadata, schema = footer(path)
        columns, remarks = columns_of(schema)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(f"{path}: not sound Parquet: {str(error).splitlines()[0][:200]}") from None
    found: dict[str, Plain] = {"dataproduct_type": "measurements"} if columns else {}
    return Described(
        format="Parquet",
        media_type="application/vnd.apache.parquet",
        obscore=found,
        columns=columns,
        n_rows=metadata.num_rows,
        provenance=Provenance(software=(metadata.created_by,) if metadata.created_by else ()),
        missing=missing_of(found, positional=False),
        remarks=tuple(remarks),
    )


def footer(path: Path) -> tuple[Any, Any]:
    """The metadata and the Arrow schema of a file, after a look whether what it claims can be. UnreadableFile."""
    import pyarrow.parquet as pq

    size = path.stat().st_size
    with path.open("rb") as file:
        if size < 12 or file.read(4) != b"PAR1":
            raise UnreadableFile(f"{path}: is no Parquet file")
        file.seek(size - 8)
        length, magic = int.from_bytes(file.read(4), "little"), file.read(4)
    if magic != b"PAR1" or length > size - 12:
        raise UnreadableFile(f"{path}: its end is not there; it is cut short")
    if length > MOST_FOOTER:
        raise UnreadableFile(f"{path}: a footer of {length:,} bytes; at most {MOST_FOOTER:,} are read")
    metadata = pq.read_metadata(path)
    if metadata.num_columns > MOST_COLUMNS or metadata.num_row_groups > MOST_GROUPS:
        raise UnreadableFile(f"{path}: more than {MOST_COLUMNS:,} columns or {MOST_GROUPS:,} row groups; it is refused")
    rows, data_end = 0, size - 8 - length
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        rows += group.num_rows
        if group.num_rows < 0 or not 0 <= group.total_byte_size <= MOST_GROUP_BYTES:
            raise UnreadableFile(
                f"{path}: row group {number} claims {group.total_byte_size:,} bytes; at most {MOST_GROUP_BYTES:,} are read"
            )
        for position in range(group.num_columns):
            chunk = group.column(position)
            start = chunk.data_page_offset
            if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                start = min(start, chunk.dictionary_page_offset)
            if start < 4 or chunk.total_compressed_size < 0 or start + chunk.total_compressed_size > data_end:
                raise UnreadableFile(
                    f"{path}: row group {number}, {chunk.path_in_schema}: its bytes are not in the file"
                )
    if rows != metadata.num_rows:
        raise UnreadableFile(f"{path}: claims {metadata.num_rows:,} rows, its row groups have {rows:,}")
    return metadata, metadata.schema.to_arrow_schema()


def columns_of(schema: Any) -> tuple[tuple[Column, ...], list[str]]:
    """The columns of an Arrow schema as VOTable describes them, and remarks on those that it cannot describe."""
    told = _votable_fields(schema.metadata or {})
    columns, remarks = [], []
    for field in schema:
        kind, arraysize = _datatype(field.type)
        if kind is None:
            remarks.append(f"column {field.name} is {str(field.type)[:60]}, which VOTable has no type for")
            continue
        own = {k.decode("utf-8", "replace"): v.decode("utf-8", "replace") for k, v in (field.metadata or {}).items()}
        votable = told.get(field.name, {})
        columns.append(
            Column(
                name=field.name,
                datatype=kind,
                arraysize=arraysize,
                unit=votable.get("unit") or own.get("unit") or own.get("units") or None,
                ucd=votable.get("ucd") or own.get("ucd") or None,
                description=votable.get("description") or own.get("description") or None,
            )
        )
    return tuple(columns), remarks


def _datatype(kind: Any) -> tuple[str | None, str | None]:
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return _datatype(kind.value_type)
    if types.is_fixed_size_list(kind) or types.is_list(kind) or types.is_large_list(kind):
        inner, nested = _datatype(kind.value_type)
        if nested is not None or inner == "char":
            return None, None
        return inner, str(kind.list_size) if types.is_fixed_size_list(kind) else "*"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_temporal(kind) or str(kind) == "string_view":
        return "char", "*"
    if types.is_decimal(kind):
        return "double", None
    return _DATATYPES.get(str(kind)), None


def _votable_fields(metadata: Any) -> dict[str, dict[str, str | None]]:
    """Unit, UCD and description by column, of a VOTable in the file's metadata; none when there is none that can be read."""
    content = metadata.get(VOTABLE_KEY)
    if content is None or re.search(rb"<!(DOCTYPE|ENTITY)", content):
        return {}
    from astropy.io import votable

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = votable.parse(io.BytesIO(content), verify="ignore")
            fields = list(parsed.get_first_table().fields)
        except (
            Exception
        ):  # what stands there is the publisher's; a broken one tells nothing, and the table is still whole
            return {}
    return {
        f.name: {"unit": str(f.unit) if f.unit is not None else None, "ucd": f.ucd, "description": f.description}
        for f in fields
    }
