"""Appenders that are killed at random moments, and the check that nothing acknowledged was lost.

Used by `benchmarks.record_faults` and by the tests.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import select
import struct
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Lock, Thread

from comity.record.audit import audit
from comity.record.log import open_log
from comity.record.merkle import EMPTY_ROOT, leaf_hash

ACKNOWLEDGED = struct.Struct(">Q32s")
THREADS = 4
#: Children are forked from a server that has imported everything already, so that a kill takes a tenth of a second.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["benchmarks.kills", "comity.record.store.postgresql"])
#: Seconds after which a child is killed, at the latest, counted from its first acknowledgement or from its start.
LONGEST_S = 0.08


@dataclass
class Tally:
    """What was acknowledged over all kills, and the tree that was there after the last."""

    acknowledged: dict[bytes, int] = field(default_factory=dict)
    kills: int = 0
    size: int = 0
    root: bytes = EMPTY_ROOT
    #: Entries that were in though their appender was killed before it could say so.
    unsaid: int = 0


def leaf(kill: int, thread: int, n: int) -> bytes:
    """About 600 bytes that no other append has."""
    return random.Random(f"{kill} {thread} {n}").randbytes(600) + b"%d %d %d" % (kill, thread, n)


def append_for_ever(place: str, kill: int, pipe: Connection) -> None:
    """The child: repeats some of what the one before it appended, and goes on with its own until it is killed."""
    said = Lock()

    def append(thread: int) -> None:
        dice = random.Random(f"{kill} {thread}")
        n = 0
        while True:
            count = dice.choice((1, 1, 1, 2, 5, 40))
            leaves = [leaf(kill, thread, i) for i in range(n, n + count)]
            if n == 0 and kill:
                leaves += [leaf(kill - 1, thread, i) for i in range(3)]
            n += count
            indices = log.append(leaves)
            with said:
                for index, one in zip(indices, leaves, strict=True):
                    os.write(pipe.fileno(), ACKNOWLEDGED.pack(index, leaf_hash(one)))

    with open_log(place) as log:
        threads = [Thread(target=append, args=(t,), daemon=True) for t in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def kill_once(place: str, tally: Tally, dice: random.Random) -> None:
    """One child, killed at a random moment; AssertionError when something acknowledged is not there afterwards."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=append_for_ever, args=(place, tally.kills, theirs))
    child.start()
    theirs.close()
    pipe = ours.fileno()
    said = b""
    if dice.random() < 0.9:  # otherwise it may be killed while it still opens the record
        said += _read(pipe, 60)
        assert said, "the child ended by itself"
    deadline = time.monotonic() + dice.random() * LONGEST_S
    while (left := deadline - time.monotonic()) > 0:
        said += _read(pipe, left)
    child.kill()
    child.join()
    while more := os.read(pipe, 2**16):
        said += more
    ours.close()
    tally.kills += 1
    whole = len(said) - len(said) % ACKNOWLEDGED.size
    acknowledged = {hash_: index for index, hash_ in ACKNOWLEDGED.iter_unpack(said[:whole])}
    _check(place, tally, acknowledged)


def _read(pipe: int, timeout: float) -> bytes:
    ready, _, _ = select.select([pipe], [], [], timeout)
    return os.read(pipe, 2**16) if ready else b""


def _check(place: str, tally: Tally, acknowledged: dict[bytes, int]) -> None:
    with open_log(place) as log:
        assert log.root(tally.size) == tally.root, "the tree does not begin with that of before"
        new = {leaf_hash(one): index for index, one in log.read(tally.size)}
        for hash_, index in acknowledged.items():
            found = tally.acknowledged.get(hash_, new.get(hash_))
            found = log.store.find([hash_]).get(hash_) if found is None else found
            assert found == index, f"acknowledged as entry {index}, found as {found}"
        tally.unsaid += sum(hash_ not in acknowledged for hash_ in new)
        tally.acknowledged.update(acknowledged)
        tally.size = log.size
        tally.root = log.root()


def check_all(place: str, tally: Tally) -> None:
    """The whole record from its bytes: no finding, each acknowledged entry at its index, and none twice."""
    found = audit(place)
    assert found.is_whole, found.findings
    assert (found.size, found.root) == (tally.size, tally.root)
    with open_log(place) as log:
        hashes = [leaf_hash(one) for _, one in log.read()]
    assert len(set(hashes)) == len(hashes)
    assert all(hashes[index] == hash_ for hash_, index in tally.acknowledged.items())
