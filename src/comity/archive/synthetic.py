"""A synthetic catalogue of the sky, for tests of scale: nothing in it was observed.

Sources are drawn: two of three in a disk around the Galactic equator (scale 8° in latitude, denser towards the centre), the rest all
over the sky. Magnitudes grow in number as 10^(0.3 m), errors grow with them about as in Gaia DR3, motions shrink.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

#: Rows that are drawn at once, from a seed of their own: a larger catalogue begins as a smaller one.
CHUNK = 100_000
#: The epoch of the places (Julian year).
EPOCH = 2016.0
_FIELDS = (
    ("source_id", "int64", None, "meta.id;meta.main", "Number of the drawn source"),
    ("ra", "float64", "deg", "pos.eq.ra;meta.main", "Right ascension at epoch 2016.0, ICRS; synthetic"),
    ("dec", "float64", "deg", "pos.eq.dec;meta.main", "Declination at epoch 2016.0, ICRS; synthetic"),
    ("ra_error", "float32", "mas", "stat.error;pos.eq.ra", "Standard error of right ascension times cos(dec)"),
    ("dec_error", "float32", "mas", "stat.error;pos.eq.dec", "Standard error of declination"),
    ("pmra", "float32", "mas/yr", "pos.pm;pos.eq.ra", "Proper motion in right ascension times cos(dec)"),
    ("pmdec", "float32", "mas/yr", "pos.pm;pos.eq.dec", "Proper motion in declination"),
    ("mag", "float32", "mag", "phot.mag;em.opt", "Magnitude"),
)


def schema() -> Any:
    """The columns, with units and UCDs."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(
                name,
                pa.type_for_alias(kind),
                metadata={k: v for k, v in (("unit", unit), ("ucd", ucd), ("description", text)) if v},
            )
            for name, kind, unit, ucd, text in _FIELDS
        ]
    )


def drawn(rows: int, *, seed: int = 1) -> Iterator[Any]:
    """Batches of so many synthetic sources, the same for the same seed."""
    import pyarrow as pa

    for chunk, start in enumerate(range(0, rows, CHUNK)):
        count = min(CHUNK, rows - start)
        random = np.random.Generator(np.random.PCG64([seed, chunk]))
        ra, dec = _places(random, CHUNK)
        mag = 6.0 + np.log10(random.uniform(1.0, 10**4.5, CHUNK)) / 0.3  # up to 21
        error = 0.02 + 10 ** (0.2 * (mag - 21.0))  # about 1 mas at 21
        size = 3.0 + 40.0 * 10 ** (-0.1 * (mag - 10.0))
        values = (
            np.arange(start, start + CHUNK),
            ra,
            dec,
            error,
            0.9 * error,
            random.normal(0.0, size),
            random.normal(0.0, size),
            mag,
        )
        arrays = [pa.array(v[:count].astype(kind)) for v, (_, kind, *_) in zip(values, _FIELDS, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema())


def _places(random: np.random.Generator, count: int) -> tuple[Any, Any]:
    from astropy import units
    from astropy.coordinates import SkyCoord

    in_disk = random.uniform(size=count) < 2 / 3
    latitude = np.where(
        in_disk,
        np.clip(random.laplace(0.0, 8.0, count), -89.9, 89.9),
        np.degrees(np.arcsin(random.uniform(-1.0, 1.0, count))),
    )
    longitude = np.where(in_disk, random.vonmises(0.0, 0.5, count) * 180.0 / np.pi, random.uniform(0.0, 360.0, count))
    icrs = SkyCoord(l=longitude * units.deg, b=latitude * units.deg, frame="galactic").icrs
    return np.asarray(icrs.ra.deg), np.asarray(icrs.dec.deg)


def seen_again(batch: Any, epoch: float, *, seed: int, error_mas: float, part: float = 0.8) -> Any:
    """What another, synthetic survey sees of a batch at another epoch (Julian year): a part of it, moved, with its own errors.

    Its column `source_id` still tells which source it was: the truth that a cross-match is checked by.
    """
    import pyarrow as pa

    from comity.archive.motion import moved

    random = np.random.Generator(np.random.PCG64([seed, 2]))
    chosen = np.flatnonzero(random.uniform(size=batch.num_rows) < part)
    kept = batch.take(pa.array(chosen))
    ra, dec, pmra, pmdec = (kept.column(n).to_numpy().astype(float) for n in ("ra", "dec", "pmra", "pmdec"))
    ra, dec = moved(ra, dec, pmra, pmdec, epoch - EPOCH)
    noise = random.normal(0.0, error_mas / 3.6e6, (2, len(ra)))
    dec = np.clip(dec + noise[1], -90.0, 90.0)
    ra = (ra + noise[0] / np.maximum(np.cos(np.radians(dec)), 1e-9)) % 360.0
    fields = [schema().field(n) for n in ("source_id", "ra", "dec", "ra_error", "dec_error", "mag")]
    same = np.full(len(ra), error_mas, dtype=np.float32)
    mag = kept.column("mag").to_numpy() + random.normal(0.0, 0.05, len(ra)).astype(np.float32)
    told = {**(fields[1].metadata or {}), b"description": f"At epoch {epoch}, ICRS; synthetic".encode()}
    fields[1], fields[2] = (
        fields[1].with_metadata(told),
        fields[2].with_metadata({**(fields[2].metadata or {}), b"description": told[b"description"]}),
    )
    return pa.RecordBatch.from_arrays(
        [kept.column("source_id"), pa.array(ra), pa.array(dec), pa.array(same), pa.array(same), pa.array(mag)],
        schema=pa.schema(fields),
    )


def write(batches: Iterator[Any], file: Path) -> int:
    """Writes batches of one schema as Parquet, whole or not at all; how many rows there were."""
    import pyarrow.parquet as pq

    beside = file.with_name(f".{file.name}.part")
    rows, writer = 0, None
    try:
        for batch in batches:
            if writer is None:
                writer = pq.ParquetWriter(beside, batch.schema, compression="zstd", compression_level=1)
            writer.write_batch(batch)
            rows += batch.num_rows
        if writer is not None:
            writer.close()
            beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return rows
