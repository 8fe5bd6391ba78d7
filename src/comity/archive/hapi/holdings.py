"""What of the archive's series a reader may see: the parts of each dataset, and nothing that tells of the others."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from comity.archive.access import Access, Everything, Reader
from comity.archive.dataset import Dataset
from comity.archive.described import Parameter, Series
from comity.archive.place import Archive
from comity.archive.series import kind_of, part_of
from comity.archive.timeline import from_iso


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one product: `number` grows with each product that is taken in."""

    number: int
    path: Path
    series: Series
    access: Access
    start_ns: int
    stop_ns: int
    ingested: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A dataset of HAPI: parts of the same parameters, in the order in which they were taken in; all may be read."""

    id: str
    dataset: Dataset
    access: Access
    parts: tuple[Part, ...]
    parameters: tuple[Parameter, ...]
    start_ns: int
    stop_ns: int
    cadence: str | None
    changed: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """The parts of the same parameters, whoever may see them, and who that may be."""

    parts: tuple[Part, ...]
    accesses: frozenset[Access]


class Holdings:
    """The series of an archive. What was looked up is kept until the register or a dataset's parts change."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._lock = threading.Lock()
        self._changes = -1
        self._datasets: list[tuple[Dataset, Access]] = []
        self._parts: dict[str, tuple[int, dict[str, _Kind]]] = {}
        self._seen: dict[tuple[str, frozenset[Access]], Holding | None] = {}

    def seen(self, reader: Reader | Everything, at: datetime) -> Mapping[str, Holding]:
        """The holdings that a reader may see at a time, by their ids, in order."""
        with self._lock:
            self._refresh()
            found: dict[str, Holding] = {}
            verdicts: dict[Access, bool] = {}
            for dataset, access in self._datasets:
                for id, kind in self._of(dataset).items():
                    for one in kind.accesses:
                        if one not in verdicts:
                            verdicts[one] = _may(reader, dataset.id, one, at)
                    allowed = frozenset(a for a in kind.accesses if verdicts[a])
                    held = self._held(id, dataset, access, kind, allowed)
                    if held is not None:
                        found[id] = held
            return dict(sorted(found.items()))

    def _held(
        self, id: str, dataset: Dataset, access: Access, kind: _Kind, allowed: frozenset[Access]
    ) -> Holding | None:
        key = (id, allowed)
        if key not in self._seen:
            visible = tuple(p for p in kind.parts if p.access in allowed)
            self._seen[key] = _holding(id, dataset, access, visible) if visible else None
        return self._seen[key]

    def _refresh(self) -> None:
        changes = self.archive.register.changes
        if changes != self._changes:
            self._datasets = self.archive.register.datasets(Everything())
            self._parts.clear()
            self._seen.clear()
            self._changes = changes

    def _of(self, dataset: Dataset) -> dict[str, _Kind]:
        room = self.archive.room("series", dataset.id)
        try:
            modified = room.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        known = self._parts.get(dataset.id)
        if known is None or known[0] != modified:
            known = self._parts[dataset.id] = (modified, self._looked_up(dataset, room))
            for key in [k for k in self._seen if k[0].partition("/")[0] == dataset.id]:
                del self._seen[key]
        return known[1]

    def _looked_up(self, dataset: Dataset, room: Path) -> dict[str, _Kind]:
        present = {p.name for p in room.glob("*.parquet")}
        first: str | None = None
        found: dict[str, list[Part]] = {}
        for product in self.archive.register.products(Everything(), dataset=dataset.id, history=True):
            series = product.described.series
            if series is None:
                continue
            kind = kind_of(series)
            first = first or kind  # of all that there ever was, so that the name does not change with a new version
            path = part_of(self.archive, product)
            if product.state != "current" or path.name not in present:
                continue
            part = Part(
                product.number, path, series, product.access, from_iso(series.start), from_iso(series.stop), product.ingested
            )  # fmt: skip
            found.setdefault(dataset.id if kind == first else f"{dataset.id}/{kind}", []).append(part)
        return {id: _Kind(tuple(parts), frozenset(p.access for p in parts)) for id, parts in found.items()}


def _may(reader: Reader | Everything, id: str, access: Access, at: datetime) -> bool:
    return isinstance(reader, Everything) or reader.answer(id, access, at).allowed


def _holding(id: str, dataset: Dataset, access: Access, parts: tuple[Part, ...]) -> Holding:
    """The newest part tells what parameters are called; strings are as long as the longest; bins stand where all agree."""
    newest = parts[-1].series.parameters
    lengths = [max((p.series.parameters[n].length or 0) for p in parts) for n in range(len(newest))]
    same = [all(p.series.parameters[n].bins == one.bins for p in parts) for n, one in enumerate(newest)]
    parameters = tuple(
        replace(one, length=length or None, bins=one.bins if agreed else ())
        for one, length, agreed in zip(newest, lengths, same, strict=True)
    )
    cadences = {p.series.cadence for p in parts}
    return Holding(
        id=id,
        dataset=dataset,
        access=access,
        parts=parts,
        parameters=parameters,
        start_ns=min(p.start_ns for p in parts),
        stop_ns=max(p.stop_ns for p in parts),
        cadence=cadences.pop() if len(cadences) == 1 else None,
        changed=max(p.ingested for p in parts),
    )
