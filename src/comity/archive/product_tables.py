"""Tables of the archive's products, whatever their format, as a schema and batches of Arrow that fit into memory.

FITS tables (through a memory map), Parquet and CSV are read piece by piece; VOTable and ECSV have readers that take a table
as a whole, so that these are taken up to `MOST_WHOLE` bytes only. Undefined values (FITS 4.0 §4.2.1.1, §6.3: TNULLn, NaN) are null.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from comity.archive.described import Column
from comity.archive.errors import ArchiveError, UnreadableFile
from comity.archive.objects import BLOCK
from comity.archive.place import Archive
from comity.archive.register import Product

#: Rows of a batch; bytes of a file that is read as a whole.
BATCH_ROWS, MOST_WHOLE = 65_536, 2**30
#: How Arrow names the column that it cannot convert.
_COLUMN_AT_FAULT = re.compile(r"[Cc]olumn #(\d+)")


@dataclass(frozen=True, slots=True)
class ProductTable:
    """A table: an Arrow schema whose fields carry `unit`, `ucd` and `description`, and its rows, as often as they are asked for."""

    schema: Any
    batches: Callable[[], Iterator[Any]]


@contextmanager
def table(archive: Archive, product: Product) -> Iterator[ProductTable]:
    """The table of a product. ArchiveError when it is no table; UnreadableFile when its bytes are not sound."""
    import pyarrow as pa

    reader = _READERS.get(product.described.format)
    if reader is None or not product.described.columns:
        raise ArchiveError(
            f"{product.id} is {product.described.format} without a table of columns; FITS tables, VOTable, Parquet and CSV are"
        )
    with _here(archive, product) as path:
        try:
            found = reader(path, {c.name: c for c in product.described.columns})
            yield ProductTable(
                _told(found.schema, product.described.columns),
                lambda: _sound(found.batches(), product),
            )
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(f"{product.id}: {str(error).splitlines()[0][:200]}") from None


def _sound(batches: Iterator[Any], product: Product) -> Iterator[Any]:
    import pyarrow as pa

    try:
        yield from batches
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise UnreadableFile(f"{product.id}: its table cannot be read: {str(error).splitlines()[0][:200]}") from None


@contextmanager
def _here(archive: Archive, product: Product) -> Iterator[Path]:
    """The product's bytes as a file of this machine."""
    path = archive.objects.local(product.sha256)
    if path is not None:
        if not path.is_file():
            raise ArchiveError(f"{product.id}: its file is lost; `comity archive scrub --peer` mends it from a copy")
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "product"
        with archive.objects.open(product.sha256) as file, copy.open("wb") as out:
            while block := file.read(BLOCK):
                out.write(block)
        yield copy


def _told(schema: Any, columns: tuple[Column, ...]) -> Any:
    """The schema with what the product's description tells of each column, and nothing else."""
    import pyarrow as pa

    known = {c.name: c for c in columns}
    fields = []
    for field in schema:
        column = known.get(field.name)
        said = {"unit": column.unit, "ucd": column.ucd, "description": column.description} if column else {}
        fields.append(field.with_metadata({k: v for k, v in said.items() if v}))
    return pa.schema(fields)


# --- formats ------------------------------------------------------------------------------------------------------------


def _parquet(path: Path, _: Mapping[str, Column]) -> ProductTable:
    import pyarrow.parquet as pq

    from comity.archive.formats.parquet import footer

    footer(path)

    def batches() -> Iterator[Any]:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=BATCH_ROWS)

    return ProductTable(pq.read_schema(path), batches)


def _csv(path: Path, columns: Mapping[str, Column]) -> ProductTable:
    import pyarrow as pa
    from pyarrow import csv

    comments, delimiter = _head_of_csv(path)
    if comments and comments[0].startswith("# %ECSV"):
        return _ecsv(path)
    # Numbers of 64 bits, as identifiers are, stay whole: whether a column of numbers is whole is looked up in the file itself.
    types = {c.name: pa.string() for c in columns.values() if c.datatype == "char"}

    def opened() -> Any:
        return csv.open_csv(
            path,
            read_options=csv.ReadOptions(block_size=2**23, skip_rows=len(comments)),
            parse_options=csv.ParseOptions(delimiter=delimiter),
            convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=True),
        )

    while True:
        with opened() as file:
            schema = file.schema
            types |= {f.name: pa.float64() if pa.types.is_null(f.type) else f.type for f in schema}
            try:
                for _ in file:
                    pass
                break
            except pa.ArrowInvalid as error:
                fault = _COLUMN_AT_FAULT.search(str(error))
                if fault is None or types[schema.names[int(fault[1])]] == pa.string():
                    raise
                name = schema.names[int(fault[1])]  # what began as whole numbers goes on otherwise
                types[name] = pa.float64() if pa.types.is_integer(types[name]) else pa.string()
    schema = pa.schema([pa.field(n, types[n]) for n in schema.names])

    def batches() -> Iterator[Any]:
        with opened() as file:
            yield from file

    return ProductTable(schema, batches)


def _head_of_csv(path: Path) -> tuple[list[str], str]:
    """The lines of comment before the names, and the character between those."""
    comments = []
    with path.open(encoding="utf-8-sig") as file:
        for line in file:
            if line.startswith("#"):
                comments.append(line)
                continue
            return comments, max(",\t;|", key=line.count)
    raise UnreadableFile(f"{path}: has no line of names")


def _ecsv(path: Path) -> ProductTable:
    from astropy.table import Table

    _small(path, "ECSV")
    return _whole(Table.read(path, format="ascii.ecsv"))


def _votable(path: Path, _: Mapping[str, Column]) -> ProductTable:
    from astropy.io import votable

    _small(path, "VOTable")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _whole(votable.parse(path, verify="ignore").get_first_table().to_table(use_names_over_ids=True))


def _small(path: Path, format: str) -> None:
    if path.stat().st_size > MOST_WHOLE:
        raise ArchiveError(
            f"{path}: a {format} of {path.stat().st_size:,} bytes; tables above {MOST_WHOLE:,} bytes come as Parquet or FITS"
        )


def _whole(found: Any) -> ProductTable:
    import pyarrow as pa

    columns = {name: _array(np.ma.asarray(found[name])) for name in found.colnames}
    whole = pa.table(columns)
    return ProductTable(whole.schema, lambda: iter(whole.to_batches(BATCH_ROWS)))


def _fits(path: Path, _: Mapping[str, Column]) -> ProductTable:
    from astropy.io import fits

    def pieces(most: int | None = None) -> Iterator[Any]:
        import pyarrow as pa

        with fits.open(path, memmap=True, lazy_load_hdus=True) as units, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            unit = next(u for u in units if u.header.get("NAXIS", 0) and u.size > 0)
            rows = len(unit.data) if most is None else min(most, len(unit.data))
            nulls = {c.name: c.null for c in unit.columns}
            for start in range(0, max(rows, 1), BATCH_ROWS):
                piece = unit.data[start : min(start + BATCH_ROWS, rows)]
                yield pa.RecordBatch.from_pydict(
                    {name: _array(_masked(piece.field(name), nulls[name])) for name in piece.names}
                )

    return ProductTable(next(pieces(1)).schema, pieces)


def _masked(values: Any, null: Any) -> Any:
    whole_numbers = isinstance(null, int) and values.dtype.kind in "iu"
    return np.ma.masked_equal(values, null) if whole_numbers else values


def _array(values: Any) -> Any:
    """An Arrow array of a NumPy column: native byte order, trailing blanks of texts cut, masked and NaN as null."""
    import pyarrow as pa

    if values.dtype.kind == "O":
        if len(values) and isinstance(values[0], np.ndarray):
            return pa.array([None if v is None else np.ma.filled(v) for v in values])
        texts = [None if v is np.ma.masked or v is None else str(v) for v in values]
        return pa.array(texts, pa.string())
    mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    plain = np.asarray(np.ma.getdata(values))
    if plain.dtype.kind == "S":
        plain = np.char.decode(plain, "utf-8", "replace")
    if plain.dtype.kind == "U":
        flat = pa.array(np.char.rstrip(plain).ravel().tolist(), pa.string())
    else:
        if plain.dtype.kind == "c":
            plain = plain.view(plain.real.dtype).reshape(*plain.shape, 2)
            mask = None if mask is None else np.repeat(mask[..., None], 2, axis=-1)
        native = np.ascontiguousarray(plain.astype(plain.dtype.newbyteorder("="), copy=False))
        flat = pa.array(native.ravel(), from_pandas=True, mask=None if mask is None else mask.ravel())
    if plain.ndim == 1:
        if plain.dtype.kind == "U" and mask is not None and mask.any():
            return pa.compute.if_else(pa.array(~mask), flat, None)
        return flat
    return pa.FixedSizeListArray.from_arrays(flat, int(np.prod(plain.shape[1:])))


_READERS: dict[str, Callable[[Path, Mapping[str, Column]], ProductTable]] = {
    "FITS": _fits,
    "Parquet": _parquet,
    "CSV": _csv,
    "ECSV": _csv,
    "VOTable": _votable,
}
