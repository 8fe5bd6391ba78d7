"""All of a record again, from its first byte: every signature verified on all cores, every entry folded in order.

Processes read and verify the entries; this one folds them. (Threads would do too, since a signature is checked without
Python's lock, but to get the lock back after each check costs as much as the check.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from comity.record.collection import put_off
from comity.record.entry import Entry
from comity.record.errors import BadEntry
from comity.record.fold import Fold
from comity.workers import streamed

BATCH = 500
#: With so few entries, to start processes costs more than they bring.
FEW = 4 * BATCH
#: An entry and whether its signatures hold, or why the bytes are none.
Read = tuple[Entry, bool] | str


def replay(
    leaves: Iterable[bytes],
    fold: Fold,
    *,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Fold:
    """Folds the leaves of a log, in its order, onto `fold`; says after each batch how many were taken.

    What is no entry, or has a signature that does not hold, is among the fold's refusals. `workers`: all cores by default.
    """
    batches = _batches(leaves)
    first = list(islice(batches, FEW // BATCH))
    if len(first) * BATCH < FEW:
        read: Iterator[list[Read]] = map(read_and_verify, (None for _ in first), first)
    else:
        tasks = ((batch,) for batch in chain(first, batches))
        read = streamed(read_and_verify, tasks, workers=workers or os.cpu_count() or 1)
    with put_off():
        for batch in read:
            for one in batch:
                if isinstance(one, str):
                    fold.skip(one)
                else:
                    fold.take(one[0], signatures_hold=one[1])
            if on_progress is not None:
                on_progress(fold.size)
    return fold


def _batches(leaves: Iterable[bytes]) -> Iterator[list[bytes]]:
    all_leaves = iter(leaves)
    while batch := list(islice(all_leaves, BATCH)):
        yield batch


def read_and_verify(_: None, leaves: list[bytes]) -> list[Read]:
    """What each leaf holds. Runs in a process of its own when the record is long."""
    with put_off():
        return [_read(leaf) for leaf in leaves]


def _read(leaf: bytes) -> Read:
    try:
        entry = Entry.from_bytes(leaf)
    except BadEntry as error:
        return str(error)
    try:
        entry.verify()
    except BadEntry:
        return entry, False
    return entry, True
