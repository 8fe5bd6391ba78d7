"""The append-only log of a record's entries: its leaves in order, their Merkle tree, and proofs about both.

A leaf is opaque bytes here (an entry's canonical form). Appending is atomic and durable when it returns. Whatever is
read was checked first: a leaf against its hash, hashes against the tree; what does not fit raises RecordDamaged, with
the entry's index, and is never handed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event, Lock
from types import TracebackType
from typing import Self

from comity.record.merkle import (
    HASH,
    Frontier,
    Perfect,
    Span,
    consistency_spans,
    fold,
    inclusion_spans,
    leaf_hash,
    levels_completed,
    perfect_subtrees,
    proves_consistency,
    proves_inclusion,
)
from comity.record.store import Reading, RecordDamaged, RecordUnavailable, Row, Store, Writing, open_store

#: Bytes of a leaf.
LARGEST = 16 * 2**20
#: Entries that are read at once.
_AT_ONCE = 1_024
#: Leaves of waiting appenders that go into one transaction.
_TOGETHER = 16_384


def open_log(place: str | Path, *, create: bool = False) -> Log:
    """The log at a place: the path of an SQLite file, or postgresql://user@host/database.

    Without `create` it must be there; with it, it is made unless it is there. RecordUnavailable when it cannot be
    opened, RecordDamaged when its last entries are not whole.
    """
    store = open_store(place, create=create)
    try:
        return Log(store)
    except BaseException:
        store.close()
        raise


class Log:
    """An open log, for several threads at once; close it, or use it in a `with` block."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._frontier = Frontier.empty()
        self._waiting: list[_Append] = []
        self._queue = Lock()
        self._is_led = False
        self._check_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self.size

    @property
    def size(self) -> int:
        """How many leaves there are now; other processes may append at any time."""
        return self.store.size()

    def close(self) -> None:
        self.store.close()

    def append(self, leaves: Iterable[bytes]) -> list[int]:
        """Appends leaves, all or none, and says their indices; durable when it returns.

        A leaf that is there already is not appended again: its index is that of the first time, so that an append of
        which nobody knows whether it got through can be repeated. Threads that append at once share a transaction.
        ValueError for a leaf of more than LARGEST bytes; RecordFull and RecordUnavailable when the store says so.
        """
        mine = _Append([(leaf_hash(leaf), leaf) for leaf in map(_fitting, leaves)])
        if not mine.leaves:
            return []
        # Whoever finds nobody appending does so for all who wait; the others sleep until theirs is done, or it is their turn.
        with self._queue:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            self._wait(mine)
        if not mine.done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.indices

    def append_next(self, leaf: bytes, *, size: int) -> bool:
        """Appends a leaf if this log appended last, nobody has since, and it has this size; False, and it is as it was, if not.

        One round trip to the store, for a writer who has made the leaf of what stands before it. Errors as of `append`.
        """
        _fitting(leaf)
        with self._queue:
            if self._is_led or self._frontier.size != size or not size:
                return False
            self._is_led = True
        try:
            tree, hash_ = self._frontier.copy(), leaf_hash(leaf)
            if not self.store.insert_next(Row(size, hash_, b"".join(tree.add(hash_)), leaf)):
                return False
            self._frontier = tree
            return True
        finally:
            with self._queue:
                self._hand_over()

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Indices and leaves, in order, from `start` up to, but without, `stop` (as of now, the end).

        RecordDamaged at the first entry that is missing, or does not fit its hash or the tree.
        """
        size = self.size
        stop = size if stop is None else min(stop, size)
        if start < 0:
            raise ValueError(f"there is no entry {start}")
        if start >= stop:
            return
        tree = self._frontier_at(self.store, start)
        while start < stop:
            rows = self.store.rows(start, stop, limit=_AT_ONCE)
            for row in rows:
                self._check_row(tree, row)
                yield row.number, row.leaf
            if not rows:
                raise self._damaged(start, "is missing")
            start += len(rows)

    def leaf(self, index: int) -> bytes:
        """One leaf. IndexError when there is none of this index."""
        if index >= 0:
            for _, leaf in self.read(index, index + 1):
                return leaf
        raise IndexError(f"{self.store.place}: there is no entry {index}")

    def index_of(self, leaf: bytes) -> int | None:
        """The index of a leaf with these bytes, if there is one."""
        wanted = leaf_hash(leaf)
        return self.store.find([wanted]).get(wanted)

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree over the first `size` leaves. ValueError when there are fewer."""
        return self._frontier_at(self.store, self._size(size)).root()

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """That leaf `index` is in the tree of this size (RFC 9162 §2.1.3.1), from the leaf upwards.

        The proof was verified before it is handed on. ValueError when the tree has no such leaf.
        """
        size = self._size(size)
        whole = Span(0, size)
        leaf, root, *proof = self._hashes([Span(index, index + 1), whole, *inclusion_spans(index, size)])
        if not proves_inclusion(leaf, index, size, proof, root):
            raise self._damaged(
                index, "its proof does not lead to the root: a stored hash was altered; `audit` finds which"
            )
        return proof

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """That the tree of size `new` begins with the tree of size `old` (RFC 9162 §2.1.4.1).

        The proof was verified before it is handed on. ValueError when `old` is the larger.
        """
        new = self._size(new)
        old_root, new_root, *proof = self._hashes([Span(0, old), Span(0, new), *consistency_spans(old, new)])
        if not proves_consistency(old, new, proof, old_root, new_root):
            raise self._damaged(
                None, f"the hashes stored for sizes {old} and {new} disagree; `audit` finds which were altered"
            )
        return proof

    def _wait(self, mine: _Append) -> None:
        try:
            mine.woken.wait()
        except BaseException:  # Ctrl-C
            with self._queue:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    if mine.woken.is_set():
                        self._hand_over()
            raise

    def _lead(self) -> None:
        """One transaction for those who wait, the first of whom calls this; then the turn is the next one's."""
        with self._queue:
            together, leaves = 0, 0
            while together < len(self._waiting) and leaves < _TOGETHER:
                leaves += len(self._waiting[together].leaves)
                together += 1
            appends, self._waiting = self._waiting[:together], self._waiting[together:]
        try:
            self._append(appends)
        except Exception as error:
            for append in appends:
                append.error = error
        except BaseException:
            for append in appends:
                append.error = RecordUnavailable(
                    "interrupted while appending; whether it is in is not known: append it again"
                )
            raise
        finally:
            for append in appends:
                append.done = True
                append.woken.set()
            with self._queue:
                self._hand_over()

    def _hand_over(self) -> None:
        self._is_led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].woken.set()

    def _append(self, appends: Sequence[_Append]) -> None:
        """One transaction for all; only once it is durable does any of them know its indices."""
        with self.store.writing() as writing:
            tree = self._tree(writing)
            wanted = [hashed for append in appends for hashed in append.leaves]
            known = writing.find({hash_ for hash_, _ in wanted})
            rows = []
            for hash_, leaf in wanted:
                if hash_ not in known:
                    known[hash_] = index = tree.size
                    rows.append(Row(index, hash_, b"".join(tree.add(hash_)), leaf))
            if rows:
                writing.insert(rows)
        self._frontier = tree
        for append in appends:
            append.indices = [known[hash_] for hash_, _ in append.leaves]

    def _tree(self, writing: Writing) -> Frontier:
        """The tree to add to: that of the last append, unless another process has appended since."""
        size = writing.size()
        if self._frontier.size == size:
            return self._frontier.copy()
        return self._frontier_at(writing, size)

    def _size(self, size: int | None) -> int:
        here = self.size
        if size is None:
            return here
        if not 0 <= size <= here:
            raise ValueError(f"{self.store.place}: has {here} entries, not {size}")
        return size

    def _frontier_at(self, reading: Reading, size: int) -> Frontier:
        subtrees = perfect_subtrees(Span(0, size))
        known = self._subtree_hashes(reading, subtrees)
        return Frontier(size, [known[subtree] for subtree in subtrees])

    def _hashes(self, spans: Sequence[Span]) -> list[bytes]:
        """The hash of each span, all read at once."""
        parts = [perfect_subtrees(span) for span in spans]
        known = self._subtree_hashes(self.store, [subtree for part in parts for subtree in part])
        return [fold([known[subtree] for subtree in part]) for part in parts]

    def _subtree_hashes(self, reading: Reading, subtrees: Sequence[Perfect]) -> dict[Perfect, bytes]:
        stored = reading.hashes({subtree.last for subtree in subtrees})
        for index, hashes in stored.items():
            if len(hashes) != HASH * (1 + levels_completed(index)):
                raise self._damaged(index, "its hashes are cut short or too long")
        return {s: stored[s.last][HASH * s.level : HASH * (s.level + 1)] for s in subtrees}

    def _check_row(self, tree: Frontier, row: Row) -> None:
        if row.number != tree.size:
            raise self._damaged(tree.size, "is missing")
        found = leaf_hash(row.leaf)
        if found != row.hash:
            raise self._damaged(row.number, "its content is not what was recorded")
        if b"".join(tree.add(found)) != row.subtrees:
            raise self._damaged(
                row.number, "it does not fit the tree: it, an earlier entry or a stored hash was altered"
            )

    def _check_end(self) -> None:
        """The last row must fit itself and the tree before it; so a torn end is found when the log is opened."""
        size = self.store.size()
        for _ in self.read(max(0, size - 1), size):
            pass

    def _damaged(self, index: int | None, text: str) -> RecordDamaged:
        where = "" if index is None else f"entry {index}: "
        return RecordDamaged(f"{self.store.place}: {where}{text}", index)


class _Append:
    """What one caller wants appended, and what came of it."""

    __slots__ = ("done", "error", "indices", "leaves", "woken")

    def __init__(self, leaves: list[tuple[bytes, bytes]]) -> None:
        self.leaves = leaves
        self.indices: list[int] = []
        self.error: Exception | None = None
        self.done = False
        self.woken = Event()


def _fitting(leaf: bytes) -> bytes:
    if not isinstance(leaf, bytes):
        raise TypeError(f"a leaf is bytes, not {type(leaf).__name__}")
    if len(leaf) > LARGEST:
        raise ValueError(f"a leaf has at most {LARGEST} bytes, not {len(leaf)}")
    return leaf
