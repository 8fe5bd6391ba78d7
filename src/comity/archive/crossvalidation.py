"""Two instruments compared where both looked: residuals, bias, drift, and how far one follows the other.

Residuals are the second less the first, in the first one's unit, at the first one's times; the second is interpolated linearly
between records that are no further apart than `gap_s`, never beyond them. Bias is the median, spread the normalised median
absolute deviation (Huber 1981, §5.1); drift the slope of Theil and Sen with its confidence interval (Sen 1968), which a tenth of
outliers does not move.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from comity.archive.access import Everything, Reader
from comity.archive.described import Parameter
from comity.archive.errors import ArchiveError
from comity.archive.hapi.holdings import Holding, Holdings
from comity.archive.hapi.records import records
from comity.archive.place import Archive
from comity.archive.timeline import from_iso, iso
from comity.model.problems import nearest

#: Pairs that a comparison needs at least; pairs of which drift is estimated at most (evenly chosen).
LEAST, MOST_FOR_DRIFT = 10, 2_000
#: Records that are held at once.
MOST = 20_000_000
#: Points of a picture.
SHOWN = 1_500
#: How much less than all normal data a median absolute deviation shows (1 / Φ⁻¹(3/4)).
_NORMAL = 1.482602218505602


@dataclass(frozen=True, slots=True)
class Measured:
    """One side: a parameter (and element) of a dataset, as it was read."""

    dataset: str
    parameter: str
    element: int | None
    unit: str | None
    facility: str | None
    instrument: str | None
    n_records: int
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two instruments measured of the same thing. Residuals are second less first, in the first one's unit.

    `drift_per_day` has its 95 % confidence interval; `correlation` is Pearson's; `ratio` the slope of the second over the first.
    The points are chosen evenly, for a picture.
    """

    first: Measured
    second: Measured
    start: str
    stop: str
    n_pairs: int
    gap_s: float
    bias: float
    spread: float
    mean: float
    standard_deviation: float
    rms: float
    largest: float
    drift_per_day: float
    drift_low: float
    drift_high: float
    correlation: float | None
    times: tuple[str, ...] = field(repr=False)
    firsts: tuple[float, ...] = field(repr=False)
    residuals: tuple[float, ...] = field(repr=False)

    @property
    def unit(self) -> str:
        """Of the residuals."""
        return self.first.unit or "1"

    @property
    def drifts(self) -> bool:
        """Is there a drift, at 95 % confidence?"""
        return not self.drift_low <= 0 <= self.drift_high

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def digest(self) -> str:
        """The SHA-256 of all of it, by which a board signs it."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def compare(
    archive: Archive,
    first: str,
    second: str,
    reader: Reader | Everything,
    *,
    at: datetime,
    start: str | None = None,
    stop: str | None = None,
    gap_s: float | None = None,
) -> Comparison:
    """Compares two parameters, each as `DATASET:PARAMETER` or `DATASET:PARAMETER[INDEX]`, over their common time.

    `start`, `stop` (ISO 8601, UTC) narrow it; `gap_s` is how far apart two records of the second may be [s], by default three of its
    usual steps. ArchiveError when a reader sees no such series, units do not convert, or less than 10 pairs are common.
    """
    seen = Holdings(archive).seen(reader, at)
    sides = [_side(seen, text) for text in (first, second)]
    begin = max(s.holding.start_ns for s in sides)
    end = min(s.holding.stop_ns for s in sides) + 1
    begin, end = _narrowed(begin, end, start, stop)
    if begin >= end:
        raise ArchiveError(
            f"{first} and {second} have no time in common{' within what is asked' if start or stop else ''}"
        )
    (t1, v1), (t2, v2) = (_read(s, begin, end) for s in sides)
    factor = _factor(sides[1].parameter.units, sides[0].parameter.units)
    step = float(np.median(np.diff(t2))) / 1e9 if len(t2) > 1 else 0.0
    gap = gap_s if gap_s is not None else 3 * step
    at_first, ok = _interpolated(t1, t2, v2 * factor, gap)
    t, a, b = t1[ok], v1[ok], at_first[ok]
    if len(t) < LEAST:
        raise ArchiveError(f"{first} and {second} have {len(t)} pairs in common; a comparison needs {LEAST}")
    r = b - a
    bias = float(np.median(r))
    days = (t - t[0]) / 86400e9
    slope, low, high = _drift(days, r)
    chosen = np.unique(np.linspace(0, len(t) - 1, min(SHOWN, len(t))).astype(int))
    varied = float(np.std(a)) > 0 and float(np.std(b)) > 0
    return Comparison(
        first=_told(archive, sides[0], reader, at, len(t1)),
        second=_told(archive, sides[1], reader, at, len(t2)),
        start=iso(int(t[0])),
        stop=iso(int(t[-1])),
        n_pairs=len(t),
        gap_s=gap,
        bias=bias,
        spread=float(_NORMAL * np.median(np.abs(r - bias))),
        mean=float(r.mean()),
        standard_deviation=float(r.std(ddof=1)),
        rms=float(np.sqrt((r**2).mean())),
        largest=float(r[np.argmax(np.abs(r))]),
        drift_per_day=slope,
        drift_low=low,
        drift_high=high,
        correlation=float(np.corrcoef(a, b)[0, 1]) if varied else None,
        times=tuple(iso(int(x)) for x in t[chosen]),
        firsts=tuple(map(float, a[chosen])),
        residuals=tuple(map(float, r[chosen])),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    holding: Holding
    parameter: Parameter
    element: int | None


def _side(seen: Any, text: str) -> _Side:
    dataset, colon, rest = text.partition(":")
    if not colon:
        raise ArchiveError(f"{text}: write DATASET:PARAMETER, or DATASET:PARAMETER[INDEX]")
    if dataset not in seen:
        hint = nearest(dataset, seen) or (f"there are {', '.join(list(seen)[:12])}" if seen else "there are none")
        raise ArchiveError(f"{text}: there is no series {dataset!r}; {hint}")
    holding: Holding = seen[dataset]
    name, bracket, index = rest.partition("[")
    known = {p.name: p for p in holding.parameters[1:]}
    if name not in known:
        hint = nearest(name, known) or f"it has {', '.join(list(known)[:12])}"
        raise ArchiveError(f"{text}: {dataset} has no parameter {name!r}; {hint}")
    parameter = known[name]
    if parameter.type not in ("double", "integer"):
        raise ArchiveError(f"{text}: is {parameter.type}, not a number")
    length = int(np.prod(parameter.size)) if parameter.size else 1
    element = None
    if bracket:
        digits = index.removesuffix("]")
        if not digits.isdigit() or not index.endswith("]") or int(digits) >= length or not parameter.size:
            raise ArchiveError(
                f"{text}: has elements [0] to [{length - 1}]" if parameter.size else f"{text}: is one number"
            )
        element = int(digits)
    elif length > 1:
        raise ArchiveError(f"{text}: has {length} elements; say which, as {text}[0]")
    return _Side(holding, parameter, element)


def _narrowed(begin: int, end: int, start: str | None, stop: str | None) -> tuple[int, int]:
    try:
        return max(begin, from_iso(start)) if start else begin, min(end, from_iso(stop)) if stop else end
    except ValueError:
        raise ArchiveError(f"{start or stop}: is no time; write such as 2020-01-04T00:00:00Z") from None


def _read(side: _Side, begin: int, end: int) -> tuple[Any, Any]:
    """Times [ns] and values, without what is fill or no number."""
    times, values, total = [], [], 0
    name = side.parameter.name
    time_name = side.holding.parameters[0].name
    for batch in records(side.holding.parts, [time_name, name], begin, end):
        column = batch.column(1)
        flat = np.asarray(column.flatten() if side.parameter.size else column, dtype=np.float64)
        shaped = flat.reshape(batch.num_rows, -1)[:, side.element or 0]
        times.append(np.asarray(batch.column(0).cast("int64"), dtype=np.int64))
        values.append(shaped)
        total += batch.num_rows
        if total > MOST:
            raise ArchiveError(f"{side.holding.id}: more than {MOST:,} records; narrow the time")
    t = np.concatenate(times) if times else np.zeros(0, np.int64)
    v = np.concatenate(values) if values else np.zeros(0)
    good = np.isfinite(v)
    if side.parameter.fill is not None:
        with contextlib.suppress(ValueError):
            good &= v != float(side.parameter.fill)
    return t[good], v[good]


def _factor(unit: str | None, into: str | None) -> float:
    """What a value in one unit is multiplied by to be in another; both are read as FITS or VOUnits spell them."""
    from astropy import units

    if unit == into:
        return 1.0
    if unit is None or into is None:
        raise ArchiveError(f"one side has the unit {unit or into!r}, the other tells none; they cannot be compared")
    try:
        return float(units.Unit(unit).to(units.Unit(into)))
    except (ValueError, TypeError, units.UnitConversionError):
        raise ArchiveError(f"units {into!r} and {unit!r} do not convert into each other") from None


def _interpolated(t1: Any, t2: Any, v2: Any, gap_s: float) -> tuple[Any, Any]:
    if len(t2) == 0 or len(t1) == 0:
        return np.zeros(len(t1)), np.zeros(len(t1), bool)
    after = np.searchsorted(t2, t1, side="left")
    exact = (after < len(t2)) & (t2[np.minimum(after, len(t2) - 1)] == t1)
    before = np.maximum(after - 1, 0)
    behind = np.minimum(after, len(t2) - 1)
    inside = (after > 0) & (after < len(t2)) & ((t2[behind] - t2[before]) <= gap_s * 1e9)
    return np.interp(t1, t2, v2), exact | inside


def _drift(days: Any, residuals: Any) -> tuple[float, float, float]:
    from scipy.stats import theilslopes

    chosen = np.unique(np.linspace(0, len(days) - 1, min(MOST_FOR_DRIFT, len(days))).astype(int))
    found = theilslopes(residuals[chosen], days[chosen], alpha=0.95)
    return float(found.slope), float(found.low_slope), float(found.high_slope)


def _told(archive: Archive, side: _Side, reader: Reader | Everything, at: datetime, count: int) -> Measured:
    products = [
        p
        for p in archive.register.products(reader, dataset=side.holding.dataset.id, at=at)
        if p.described.series is not None
    ]

    def one(name: str) -> str | None:
        values = sorted({str(v) for p in products if (v := p.described.obscore.get(name))})
        return ", ".join(values) or None

    return Measured(
        dataset=side.holding.id,
        parameter=side.parameter.name,
        element=side.element,
        unit=side.parameter.units,
        facility=one("facility_name"),
        instrument=one("instrument_name"),
        n_records=count,
        roots=tuple(sorted(p.sha256 for p in products)),
    )
