"""Readers of the formats that science data come in: each says what a file tells of itself, and never guesses.

`describe` knows the format by the first bytes, not by the name. A reader takes a path and gives a `Described`;
UnreadableFile says what is wrong. Readers are called in a process of their own (`isolated`), with limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from comity.archive.described import Described, Series
from comity.archive.errors import UnreadableFile

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes of a file's beginning that tell its format.
HEAD = 4096
#: The reader of each format: `describe(path) -> Described` in a module of this package.
READERS = {
    "FITS": "fits",
    "CDF": "cdf",
    "PDS4": "pds4",
    "NetCDF": "netcdf",
    "VOTable": "votable",
    "Parquet": "parquet",
    "CSV": "csv_table",
}


def format_of(path: Path) -> str:
    """The format that a file is in, by its first bytes. UnreadableFile when it is none that is known."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"SIMPLE  ="):
        return "FITS"
    if head[:4] in (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff"):
        return "CDF"
    if head[:3] == b"CDF" or head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "NetCDF"
    if head.startswith(b"PAR1"):
        return "Parquet"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        if b"<VOTABLE" in head:
            return "VOTable"
        if b"http://pds.nasa.gov/pds4/" in head or b"<Product_" in head:
            return "PDS4"
        raise UnreadableFile(f"{path}: XML that is neither VOTable nor a PDS4 label")
    from comity.archive.formats.pds4 import label_of

    if label_of(path) is not None:
        return "PDS4"
    if path.suffix.lower() in (".csv", ".ecsv", ".tsv", ".txt") and b"\x00" not in head:
        return "CSV"
    raise UnreadableFile(f"{path}: none of the formats {', '.join(READERS)} begins so, and no PDS4 label names it")


def describe(path: Path) -> Described:
    """What a file says of itself. UnreadableFile says what is wrong with it."""
    if path.stat().st_size == 0:
        raise UnreadableFile(f"{path}: is empty")
    reader: Callable[[Path], Described] = import_module(f"{__name__}.{READERS[format_of(path)]}").describe
    return reader(path)


def values(path: Path, series: Series) -> Iterator[pa.RecordBatch]:
    """The records of the series that `describe` found in a file, batch by batch, in the columns of `timeline.schema_of`.

    Their order is the file's. UnreadableFile says what is wrong with it, or that its format holds no series.
    """
    kind = format_of(path)
    reader: Callable[[Path, Series], Iterator[pa.RecordBatch]] | None = getattr(
        import_module(f"{__name__}.{READERS[kind]}"), "values", None
    )
    if reader is None:
        raise UnreadableFile(f"{path}: no time series is read from {kind}")
    yield from reader(path, series)
