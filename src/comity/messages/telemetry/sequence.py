"""Whether packets are missing, come twice or out of order: by the counter of their header, for each APID.

Source: CCSDS 133.0-B-2 §4.1.3.4.3 (sequence count, modulo 16 384, for each APID).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comity.messages.telemetry.columns import Array

MODULO = 1 << 14


@dataclass(frozen=True, slots=True)
class Counts:
    """What the counts of one APID tell."""

    packets: int
    #: Places where counts are skipped, and how many packets have not come since.
    gaps: int
    missing: int
    #: Packets whose count had come already, not long before: sent twice, or the counter began anew.
    repeated: int
    #: Packets that came after later ones, and fill a gap.
    late: int


class Sequence:
    """Counts of one APID, as they come."""

    def __init__(self) -> None:
        self._packets = self._gaps = self._missing = self._repeated = self._late = 0
        self._furthest: int | None = None
        #: Of each count, whether it has come: within half a round back from the furthest.
        self._come = np.ones(MODULO, dtype=np.bool_)

    def add(self, counts: Array) -> None:
        """Takes the counts of packets in their order, shape (n,)."""
        if not len(counts):
            return
        values = counts.astype(np.int64)
        self._packets += len(values)
        if self._furthest is None:
            self._furthest = (int(values[0]) - 1) % MODULO
        faults = np.flatnonzero(np.mod(np.diff(values), MODULO) != 1) + 1
        at = 0
        while at < len(values):
            step = (int(values[at]) - self._furthest) % MODULO
            # A run without a fault goes at once.
            after = np.searchsorted(faults, at, side="right")
            run = (int(faults[after]) if after < len(faults) else len(values)) - at
            if step == 1:
                self._mark(run, come=True)
            elif 0 < step <= MODULO // 2:
                self._gaps += 1
                self._missing += step - 1
                self._mark(step - 1, come=False)
                self._mark(run, come=True)
            else:
                # Back by so much; a run from there goes up to the furthest, and on from it.
                run = min(run, (MODULO - step) % MODULO + 1)
                self._again(int(values[at]), run)
            at += run

    def _again(self, count: int, run: int) -> None:
        """Takes counts up to the furthest: each fills a gap, or has come before."""
        for begin, end in ((count, min(count + run, MODULO)), (0, max(count + run - MODULO, 0))):
            late = int(np.count_nonzero(~self._come[begin:end]))
            self._come[begin:end] = True
            self._missing -= late
            self._late += late
            self._repeated += end - begin - late

    def _mark(self, steps: int, *, come: bool) -> None:
        """Goes on by so many counts."""
        assert self._furthest is not None
        begin = (self._furthest + 1) % MODULO
        end = begin + min(steps, MODULO)
        self._come[begin:end] = come
        self._come[: max(end - MODULO, 0)] = come
        self._furthest = (self._furthest + steps) % MODULO

    def counts(self) -> Counts:
        """What they tell so far."""
        return Counts(self._packets, self._gaps, self._missing, self._repeated, self._late)
