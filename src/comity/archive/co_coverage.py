"""Where and when several partners look: what their datasets cover of the sky and of time, each pair together, and where nobody looks.

Coverage is by IVOA MOC 2.0: of a catalogue the cells in which it has rows, of other data the regions of its products (`coverage`); in
time the spans from t_min to t_max of products. All of it is of what the reader may see.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from comity.archive.access import Everything, Reader
from comity.archive.errors import ArchiveError
from comity.archive.place import Archive

#: The whole sky [square degrees].
SKY_DEG2 = 4 * math.pi * math.degrees(1) ** 2
#: Cells of 14 arcmin; spans of a second (order 41 of a T-MOC is 1.05 s).
SPACE_ORDER, TIME_ORDER = 8, 41


@dataclass(frozen=True, slots=True)
class Looked:
    """What a dataset covers: a `mocpy.MOC`, and a `mocpy.TimeMOC` where its products tell when they were taken."""

    dataset: str
    space: Any
    time: Any | None

    @property
    def sky_deg2(self) -> float:
        """Of the sky [square degrees]."""
        return float(self.space.sky_fraction) * SKY_DEG2

    @property
    def days(self) -> float | None:
        """Of time [d]."""
        return None if self.time is None else float(self.time.total_duration.jd)


@dataclass(frozen=True, slots=True)
class CoCoverage:
    """What several datasets cover, alone and together."""

    order: int
    looked: tuple[Looked, ...]

    @property
    def pairs(self) -> list[Looked]:
        """What each two have in common, named `A & B`."""
        return [_common(a, b) for a, b in combinations(self.looked, 2)]

    @property
    def everybody(self) -> Any:
        """Where all of them look."""
        return _joined([one.space for one in self.looked], "intersection")

    @property
    def anybody(self) -> Any:
        """Where at least one of them looks."""
        return _joined([one.space for one in self.looked], "union")

    @property
    def nobody(self) -> Any:
        """Where none of them looks."""
        return self.anybody.complement()

    def to_dict(self) -> dict[str, Any]:
        """Plain values: areas [square degrees] and durations [d]."""
        return {
            "order": self.order,
            "datasets": [{"dataset": c.dataset, "sky_deg2": c.sky_deg2, "days": c.days} for c in self.looked],
            "pairs": [{"datasets": c.dataset.split(" & "), "sky_deg2": c.sky_deg2, "days": c.days} for c in self.pairs],
            "everybody_deg2": float(self.everybody.sky_fraction) * SKY_DEG2,
            "anybody_deg2": float(self.anybody.sky_fraction) * SKY_DEG2,
            "nobody_deg2": SKY_DEG2 * (1.0 - float(self.anybody.sky_fraction)),
        }


def co_coverage(
    archive: Archive,
    reader: Reader | Everything,
    datasets: Sequence[str],
    at: datetime,
    *,
    order: int = SPACE_ORDER,
) -> CoCoverage:
    """What datasets cover as a reader sees them, to cells of an order. ArchiveError when one is not there for this reader."""
    from comity.archive.coverage import coverage

    if len(set(datasets)) != len(datasets) or not datasets:
        raise ArchiveError("name each dataset once")
    return CoCoverage(
        order,
        tuple(
            Looked(name, coverage(archive, reader, name, at, order=order), _times(archive, reader, name, at))
            for name in datasets
        ),
    )


def _times(archive: Archive, reader: Reader | Everything, dataset: str, at: datetime) -> Any | None:
    """When the products of a dataset were taken; None when none tells."""
    from astropy.time import Time
    from mocpy import TimeMOC

    spans = []
    for product in archive.register.products(reader, dataset=dataset, at=at):
        start, stop = (product.described.obscore.get(n) for n in ("t_min", "t_max"))
        if isinstance(start, float) and isinstance(stop, float) and stop > start:
            spans.append((start, stop))
    if not spans:
        return None
    first, last = (Time([s[n] for s in spans], format="mjd", scale="utc") for n in (0, 1))
    return TimeMOC.from_time_ranges(first, last, order=TIME_ORDER)


def _common(one: Looked, other: Looked) -> Looked:
    time = None if one.time is None or other.time is None else one.time.intersection(other.time)
    return Looked(f"{one.dataset} & {other.dataset}", one.space.intersection(other.space), time)


def _joined(maps: list[Any], how: str) -> Any:
    return maps[0] if len(maps) == 1 else getattr(maps[0], how)(*maps[1:])
