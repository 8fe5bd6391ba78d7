"""Cross-match of two catalogues by position: which rows of the second are those of the first.

Both are brought to one epoch by their proper motions. A pair's normalised separation is

    x = sqrt((Δα cos δ / σ_α)² + (Δδ / σ_δ)²),   σ² = σ₁² + σ₂², each with its motion's error over the years,

as in Sutherland & Saunders 1992 (MNRAS 259, 413, §2.1) and de Ruiter, Willis & Arp 1977 (A&AS 28, 211): of the true pairs a part
exp(-x²/2) lies further apart (Rayleigh). Nothing is supposed about the density or the brightness of sources, so that `candidates`, the
number of rows within reach, stands beside each pair. The first catalogue is read along the sky piece by piece; of the second only the
cells around the piece are read, and searched by a k-d tree (SciPy) of unit vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from comity.archive.catalogues import HEALPIX, Catalogue
from comity.archive.errors import ArchiveError
from comity.archive.healpix import ORDER, around, offsets, order_of_size, separation
from comity.archive.motion import moved, unit_vectors

#: Rows of the first catalogue that are matched at once, at most and, where the second is dense, at least.
PIECE_ROWS, LEAST_ROWS = 131_072, 1_024
#: Columns of the answer beside those of both catalogues.
SEPARATION, NORMALISED, CANDIDATES = "_separation_arcsec", "_normalised_separation", "_candidates"
#: What a unit of an angle, or of an angle a year, is in milliarcseconds.
_MAS = {"mas": 1.0, "arcsec": 1e3, "arcsecond": 1e3, "deg": 3.6e6, "uas": 1e-3, "µas": 1e-3, "rad": 3.6e6 * 180 / np.pi}


@dataclass(frozen=True, slots=True)
class Measured:
    """What of a catalogue tells motion and errors, each by the name of a column, or None.

    `epoch` is the Julian year of its places. Motions [angle/yr] and errors are in the unit that the column tells. `pmra` and the error
    of right ascension have the factor cos(dec), as Gaia and Hipparcos give them. `error_mas` is added to both errors in quadrature.
    """

    epoch: float | None = None
    pmra: str | None = None
    pmdec: str | None = None
    ra_error: str | None = None
    dec_error: str | None = None
    pm_error: str | None = None
    error_mas: float = 0.0

    @property
    def has_errors(self) -> bool:
        """Are there errors to normalise by?"""
        return self.ra_error is not None or self.error_mas > 0


@dataclass(frozen=True, slots=True)
class Match:
    """What is a match: all, or the nearest only, within a radius [arcsec] and, if it is given, within so many sigma.

    `nearest` is by the normalised separation where both errors are known, otherwise by the separation.
    """

    radius_arcsec: float
    sigma: float | None = None
    keep: Literal["nearest", "all"] = "nearest"


@dataclass(frozen=True, slots=True)
class _Places:
    """Rows at the common epoch: direction, errors [mas], and the rows themselves."""

    rows: Any
    ra: Any
    dec: Any
    error_ra: Any
    error_dec: Any


def crossmatch(
    first: Catalogue,
    second: Catalogue,
    match: Match,
    *,
    measured: tuple[Measured, Measured] = (Measured(), Measured()),
    epoch: float | None = None,
    columns: tuple[Sequence[str] | None, Sequence[str] | None] = (None, None),
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[Any]:
    """Tables of the pairs, along the sky: the columns of both with the dataset's name behind, and three of the match.

    There is always one table; it is empty when there are no pairs.

    `epoch` (Julian year) is where both are moved to; default: that of the second. ArchiveError when a column is not there, tells no
    unit, or an epoch is missing that motions need. `on_progress(done, all, name)` counts rows of the first.
    """
    import pyarrow as pa

    names = _names(first, second)
    to = epoch if epoch is not None else measured[1].epoch
    _checked(match, measured, to)
    picked = tuple(
        [n for n in c.columns(asked) if asked is not None or n != HEALPIX]
        for c, asked in zip((first, second), columns, strict=True)
    )
    needed = [_needed(c, m, p) for c, m, p in zip((first, second), measured, picked, strict=True)]
    reach = match.radius_arcsec / 3600.0 + sum(
        _furthest(c, m, to) for c, m in zip((first, second), measured, strict=True)
    )
    order = min(order_of_size(2 * reach), ORDER - 1)
    done, told = 0, False
    for rows in first.all_rows(needed[0], batch_rows=PIECE_ROWS):
        for piece, near in _pieces(rows, second, order):
            others = list(second.within(near, needed[1]))
            if not others:
                continue
            here = _placed(piece, first, measured[0], to)
            there = _placed(pa.concat_tables(others), second, measured[1], to)
            found = _pairs(here, there, match)
            if found is not None:
                told = True
                yield _answer(here.rows, there.rows, found, picked, names)
        done += rows.num_rows
        if on_progress is not None:
            on_progress(done, first.rows, first.about.dataset)
    if not told:
        none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        empty = (none, none, nothing, nothing, none)
        yield _answer(first.schema.empty_table(), second.schema.empty_table(), empty, picked, names)


def _pieces(rows: Any, second: Catalogue, order: int) -> Iterator[tuple[Any, Any]]:
    """Rows of the first, and the ranges of cells around them: few enough that those of the second fit into memory."""
    near = around(rows.column(HEALPIX).to_numpy(), order)
    if rows.num_rows > LEAST_ROWS and second.rows_about(near) > 4 * PIECE_ROWS:
        half = rows.num_rows // 2
        yield from _pieces(rows.slice(0, half), second, order)
        yield from _pieces(rows.slice(half), second, order)
    else:
        yield rows, near


def _pairs(here: _Places, there: _Places, match: Match) -> tuple[Any, ...] | None:
    """Rows of the first and second, separation [arcsec], normalised separation, candidates: in the order of the first."""
    from scipy.spatial import cKDTree

    reach = 2 * np.sin(np.radians(match.radius_arcsec / 3600.0) / 2)
    trees = [cKDTree(unit_vectors(p.ra, p.dec), balanced_tree=False, compact_nodes=False) for p in (here, there)]
    near = trees[0].sparse_distance_matrix(trees[1], reach * (1 + 1e-9) + 1e-15, output_type="ndarray")
    left, right = near["i"], near["j"]
    if not len(left):
        return None
    apart = separation(here.ra[left], here.dec[left], there.ra[right], there.dec[right]) * 3600.0
    scaled = _normalised(here, there, left, right)
    kept = apart <= match.radius_arcsec
    if match.sigma is not None:
        kept &= scaled <= match.sigma
    left, right, apart, scaled = left[kept], right[kept], apart[kept], scaled[kept]
    if not len(left):
        return None
    candidates = np.bincount(left)
    rank = np.where(np.isnan(scaled), apart, scaled)
    order = np.lexsort((right, rank, left))
    if match.keep == "nearest":
        order = order[np.concatenate([[True], np.diff(left[order]) > 0])]
    left, right = left[order], right[order]
    return left, right, apart[order], scaled[order], candidates[left]


def _normalised(here: _Places, there: _Places, left: Any, right: Any) -> Any:
    """The normalised separation of pairs; NaN where an error is not known."""
    if here.error_ra is None or there.error_ra is None:
        return np.full(len(left), np.nan)
    east, north = offsets(here.ra[left], here.dec[left], there.ra[right], there.dec[right])
    across = here.error_ra[left] ** 2 + there.error_ra[right] ** 2
    along = here.error_dec[left] ** 2 + there.error_dec[right] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return 3.6e6 * np.sqrt(east**2 / across + north**2 / along)


def _placed(rows: Any, catalogue: Catalogue, measured: Measured, to: float | None) -> _Places:
    about = catalogue.about
    ra, dec = (rows.column(n).to_numpy().astype(np.float64) for n in (about.ra, about.dec))
    years = 0.0 if measured.pmra is None or to is None or measured.epoch is None else to - measured.epoch
    if measured.pmra is not None and years:
        ra, dec = moved(
            ra, dec, _mas(catalogue, rows, measured.pmra, "/yr"), _mas(catalogue, rows, measured.pmdec, "/yr"), years
        )
    if not measured.has_errors:
        return _Places(rows, ra, dec, None, None)
    drift = 0.0 if measured.pm_error is None else _mas(catalogue, rows, measured.pm_error, "/yr") * years
    errors = [
        np.sqrt((0.0 if name is None else _mas(catalogue, rows, name)) ** 2 + measured.error_mas**2 + drift**2)
        for name in (measured.ra_error, measured.dec_error)
    ]
    return _Places(rows, ra, dec, *(np.broadcast_to(e, ra.shape) for e in errors))


def _mas(catalogue: Catalogue, rows: Any, name: str | None, per: str = "") -> Any:
    assert name is not None
    values = rows.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return values * _scale(catalogue, name, per)


def _scale(catalogue: Catalogue, name: str, per: str) -> float:
    """What makes a column's values milliarcseconds (a year). ArchiveError when it tells no unit, or another."""
    unit = (catalogue.schema.field(name).metadata or {}).get(b"unit", b"").decode()
    plain = unit.replace(" ", "").replace("*", ".").replace("yr-1", "yr**-1")
    angle = plain
    if per:
        angle = next(
            (plain.removesuffix(e) for e in ("/yr", "/year", ".yr**-1", ".yr^-1", ".yr-1") if plain.endswith(e)), ""
        )
    if angle not in _MAS:
        raise ArchiveError(
            f"{catalogue.about.dataset}: column {name} is in {unit or 'no unit that is told'}; it takes {', '.join(_MAS)}"
            + (f", each with {per}" if per else "")
        )
    return _MAS[angle]


def _furthest(catalogue: Catalogue, measured: Measured, to: float | None) -> float:
    """How far [deg] at most a row moves, by the bounds of the motions that the files tell."""
    if measured.pmra is None or measured.pmdec is None or to is None or measured.epoch is None:
        return 0.0
    years = abs(to - measured.epoch)
    east, north = (catalogue.largest(n) * _scale(catalogue, n, "/yr") for n in (measured.pmra, measured.pmdec))
    return math.hypot(east, north) * years / 3.6e6


def _needed(catalogue: Catalogue, measured: Measured, picked: Sequence[str]) -> list[str]:
    named = (measured.pmra, measured.pmdec, measured.ra_error, measured.dec_error, measured.pm_error)
    every = [HEALPIX, catalogue.about.ra, catalogue.about.dec, *picked, *(n for n in named if n is not None)]
    return catalogue.columns(list(dict.fromkeys(every)))


def _checked(match: Match, measured: tuple[Measured, Measured], to: float | None) -> None:
    if not 0 < match.radius_arcsec <= 3600.0:
        raise ArchiveError(f"radius {match.radius_arcsec:g}: is in arcseconds, above 0 and up to 3600")
    if match.sigma is not None and not (match.sigma > 0 and all(m.has_errors for m in measured)):
        raise ArchiveError("a limit in sigma is above 0, and needs errors of both catalogues")
    for one in measured:
        if (one.pmra is None) != (one.pmdec is None) or (one.ra_error is None) != (one.dec_error is None):
            raise ArchiveError("motions and errors are told for both coordinates, or for none")
        if one.pmra is not None and (one.epoch is None or to is None):
            raise ArchiveError("motions need the epochs (Julian years) of both catalogues")


def _names(first: Catalogue, second: Catalogue) -> tuple[str, str]:
    one, two = first.about.dataset, second.about.dataset
    return (one, two) if one != two else (f"{one}_1", f"{two}_2")


def _answer(
    here: Any, there: Any, found: tuple[Any, ...], picked: tuple[list[str], ...], names: tuple[str, str]
) -> Any:
    import pyarrow as pa

    left, right, apart, scaled, candidates = found
    fields, arrays = [], []
    for rows, chosen, wanted, name in zip((here, there), (left, right), picked, names, strict=True):
        taken = rows.select(wanted).take(chosen)
        fields += [f.with_name(f"{f.name}_{name}") for f in taken.schema]
        arrays += taken.columns
    fields += [
        pa.field(SEPARATION, pa.float64(), metadata={"unit": "arcsec"}),
        pa.field(NORMALISED, pa.float64()),
        pa.field(CANDIDATES, pa.int64()),
    ]
    arrays += [pa.array(apart), pa.array(scaled, from_pandas=True), pa.array(candidates)]
    return pa.table(arrays, schema=pa.schema(fields))
