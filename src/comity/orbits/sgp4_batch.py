"""SGP4 for many objects and many instants at once: heyoka near the Earth, the sgp4 package in deep space.

heyoka computes the near-Earth model only, and takes a deep-space object without a word: who goes where is decided here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from comity.orbits.objects import Elements, satrec
from comity.orbits.times import Floats, utc_julian

#: Below this many states the compiling of heyoka's propagator takes longer than sgp4's whole work.
COMPILING_PAYS = 200_000
#: Compiled propagators that a process keeps, by how many objects they are for; and room for the states of one of them.
MOST_KEPT = 4
_KEPT: dict[int, _Compiled] = {}
_ROOM = [np.empty(0)]
_LOCK = threading.Lock()


class Propagator:
    """A batch of mean elements, ready for any instants. Made once, called block by block.

    `states(times_s)` gives position [km] and velocity [km/s] in TEME, each `(n, t, 3)`, and SGP4's error codes `(n, t)`;
    where a code is not 0 the state is NaN.
    """

    def __init__(self, elements: Sequence[Elements], *, states_expected: int = 0) -> None:
        records = [satrec(e) for e in elements]
        near = np.array([r.method != "d" and r.error == 0 for r in records], dtype=bool)
        if near.sum() == 0 or states_expected < COMPILING_PAYS:
            near[:] = False
        self._count = len(records)
        self._near, self._deep = np.flatnonzero(near), np.flatnonzero(~near)
        self._deep_records = [records[i] for i in self._deep]
        epochs = np.array([(e.epoch_jd, e.epoch_fraction) for e in elements]).reshape(-1, 2)
        self._epochs = epochs[self._near]
        self._near_records = [records[i] for i in self._near]

    def states(self, times_s: Floats) -> tuple[Floats, Floats, NDArray[np.uint8]]:
        """States of all objects at the same instants `(t,)`."""
        rows, error = self.rows(times_s)
        moved = rows.transpose(1, 2, 0)
        return moved[..., 0:3].copy(), moved[..., 3:6].copy(), error

    def rows(self, times_s: Floats) -> tuple[Floats, NDArray[np.uint8]]:
        """The same as rows `(6, n, t)`: x, y, z [km], then their rates [km/s]; and the error codes."""
        rows = np.empty((6, self._count, len(times_s)))
        error = np.zeros(rows.shape[1:], dtype=np.uint8)
        whole, fraction = utc_julian(times_s)
        if self._near_records:
            apart = (whole[:, None] - self._epochs[:, 0]) + (fraction[:, None] - self._epochs[:, 1])
            chosen = self._near if len(self._near) < self._count else slice(None)
            with _compiled(len(self._near)) as compiled:
                found = compiled.states(self._near_records, np.ascontiguousarray(apart * 1440.0))
                for k in range(6):
                    rows[k, chosen] = found[:, k].T
                error[chosen] = found[:, 6].T
        for i, record in zip(self._deep, self._deep_records, strict=True):
            error[i], position, velocity = record.sgp4_array(whole, fraction)
            rows[0:3, i], rows[3:6, i] = position.T, velocity.T
        if error.any():
            rows[:, error != 0] = np.nan
        return rows, error


def use_threads(count: int) -> None:
    """How many threads may propagate at once in this process: fewer where other processes work beside it."""
    _Compiled.threads = count


class _Compiled:
    """heyoka's propagator for so many objects, compiled once: other objects' elements are put in its place."""

    threads: ClassVar[int | None] = None

    def __init__(self, count: int) -> None:
        self._count = count
        self._propagator: Any = None
        self._holds: Sequence[Any] | None = None

    def states(self, records: Sequence[Any], minutes: Floats) -> Floats:
        """States and errors `(t, 7, n)` at minutes from each object's epoch `(t, n)`; good until the next call."""
        import heyoka

        if self.threads is not None and heyoka.get_nthreads() != self.threads:
            heyoka.set_nthreads(self.threads)
        if self._propagator is None:
            self._propagator = heyoka.model.sgp4_propagator(list(records))
        elif self._holds is not records:
            self._propagator.replace_sat_data(list(records))
        self._holds = records
        found: Floats = self._propagator(minutes, out=_room(7 * minutes.size).reshape(len(minutes), 7, self._count))
        return found


def _room(size: int) -> Floats:
    """Room for so many numbers, the same each time: fresh room costs as much as what is worked out in it."""
    if len(_ROOM[0]) < size:
        _ROOM[0] = np.empty(size)
    return _ROOM[0][:size]


@contextmanager
def _compiled(count: int) -> Iterator[_Compiled]:
    """The propagator for so many objects, nobody else's meanwhile."""
    with _LOCK:
        if count not in _KEPT and len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        yield _KEPT.setdefault(count, _Compiled(count))
