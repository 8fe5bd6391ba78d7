"""What users tell of catalogues that are matched, and the pairs as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np

from comity.archive.crossmatch import CANDIDATES, Measured
from comity.archive.errors import ArchiveError
from comity.model.problems import nearest


def measured_of(
    datasets: tuple[str, str], *, errors: Iterable[str] = (), motions: Iterable[str] = (), epochs: Iterable[str] = ()
) -> tuple[Measured, Measured]:
    """Motions, errors and epochs of two datasets from `DATASET=…`: `sky=ra_error,dec_error`, `sky=0.1` [arcsec] (errors),
    `sky=pmra,pmdec@2016.0` (motions), `sky=2016.0` (epochs, Julian years). ArchiveError says which is none of these.
    """
    found = {name: Measured() for name in datasets}
    for text in errors:
        name, told = _split(text, "--errors", found)
        number = _number(told)
        if number is not None:
            found[name] = replace(found[name], error_mas=number * 1e3)
        else:
            ra, dec = _two(told, f"--errors {text}")
            found[name] = replace(found[name], ra_error=ra, dec_error=dec)
    for text in motions:
        name, told = _split(text, "--motions", found)
        columns, _, year = told.partition("@")
        epoch = _number(year)
        if epoch is None:
            raise ArchiveError(f"--motions {text}: ends with @ and the epoch of the places, such as @2016.0")
        ra, dec = _two(columns, f"--motions {text}")
        found[name] = replace(found[name], pmra=ra, pmdec=dec, epoch=epoch)
    for text in epochs:
        name, told = _split(text, "--epoch", found)
        epoch = _number(told)
        if epoch is None:
            raise ArchiveError(f"--epoch {text}: is a Julian year, such as 2016.0")
        found[name] = replace(found[name], epoch=epoch)
    first, second = (found[name] for name in datasets)
    return first, second


def write_matches(tables: Iterator[Any], out: Path, keep: Literal["nearest", "all"]) -> dict[str, int]:
    """Writes the pairs of a cross-match as Parquet, whole or not at all.

    Returns how many pairs there are, how many rows of the first have one (`matched`), and how many of these have several candidates
    (`doubtful`).
    """
    import pyarrow.parquet as pq

    beside = out.with_name(f".{out.name}.part")
    pairs, matched, doubtful = 0, 0.0, 0.0
    try:
        first = next(tables)
        with pq.ParquetWriter(beside, first.schema) as writer:
            for table in chain([first], tables):
                writer.write_table(table)
                candidates = table.column(CANDIDATES).to_numpy()
                # Where all pairs are kept, a row with n candidates stands n times.
                each = 1.0 / candidates if keep == "all" else np.ones(len(candidates))
                pairs += table.num_rows
                matched += float(each.sum())
                doubtful += float(each[candidates > 1].sum())
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return {"pairs": pairs, "matched": round(matched), "doubtful": round(doubtful)}


def _split(text: str, option: str, datasets: dict[str, Measured]) -> tuple[str, str]:
    name, equals, told = text.partition("=")
    if not equals or not told:
        raise ArchiveError(f"{option} {text}: write DATASET=…, such as {option} {next(iter(datasets))}=…")
    if name not in datasets:
        raise ArchiveError(
            f"{option} {text}: {name!r} is none of the two; {nearest(name, datasets) or ', '.join(datasets)}"
        )
    return name, told


def _two(text: str, where: str) -> tuple[str, str]:
    parts: Sequence[str] = [p.strip() for p in text.split(",")]
    if len(parts) != 2 or not all(parts):
        raise ArchiveError(f"{where}: names two columns with a comma between, right ascension first")
    return parts[0], parts[1]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
