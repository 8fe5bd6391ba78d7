"""Is a record still what it was? Everything is computed again from the leaves' bytes, and held against what others kept.

The log's own hashes find damage, and changes by somebody who did not change the hashes with them. Against somebody who
did, only what others hold helps: a checkpoint says *that* the log is no longer the same, and up to where; another copy of
the record says which entry it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat, zip_longest
from pathlib import Path
from typing import NamedTuple, TypeVar

from comity.record.checkpoint import BadNote, Checkpoint, SignedNote
from comity.record.entry import Entry
from comity.record.errors import BadEntry
from comity.record.merkle import EMPTY_ROOT, HASH, Frontier, leaf_hash
from comity.record.store import RecordDamaged, Row, Store, open_store
from comity.record.witness import PUBLISHED

#: Rows read at once.
_STEP = 256
#: Findings after which an audit only counts; missing entries at once, and unreadable ones, after which it stops reading.
MOST_FINDINGS = 100
MOST_MISSING = 10_000
MOST_UNREADABLE = 1_000
#: Stands for the hash of an entry that is not there.
NOTHING = bytes(HASH)

T = TypeVar("T")


class What(StrEnum):
    """What kind of thing was found."""

    MISSING = "missing"
    ALTERED = "altered"
    HASHES = "hashes"
    UNREADABLE = "unreadable"
    FILE = "file"
    NOTE = "note"
    REPLACED = "replaced"
    DELETED = "deleted"
    INSERTED = "inserted"
    MOVED = "moved"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: with the entries from `first` to `last`, or (None) with the record as a whole."""

    what: What
    text: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Does the log still begin with the tree of a checkpoint? If not, the change is in the entries `first` to `last`."""

    checkpoint: Checkpoint
    holds: bool
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found of `size` entries with this root, both computed from their bytes; `more` findings uncounted."""

    place: str
    size: int
    root: bytes
    findings: tuple[Finding, ...]
    more: int
    verdicts: tuple[Verdict, ...]

    @property
    def is_whole(self) -> bool:
        """Nothing is wrong, and every checkpoint holds."""
        return not self.findings

    @property
    def first(self) -> int | None:
        """The first entry with which something is wrong, where that is known."""
        exact = (f for f in self.findings if f.what is not What.CHECKPOINT or f.first == f.last)
        return min((f.first for f in exact if f.first is not None), default=None)


def audit(
    record: Store | str | Path,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    copy: Store | str | Path | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Audit:
    """Audits a record, or its place, which need not open as a log any more.

    It is held against the checkpoints given and those that it keeps itself, and, entry by entry, against another `copy`
    of the record. `on_progress` is told how many entries were read. RecordUnavailable when there is no record.
    """
    if not isinstance(record, str | Path):
        return _Sweep(record, checkpoints, on_progress).result(copy)
    try:
        store = open_store(record)
    except RecordDamaged as error:
        finding = Finding(What.FILE, str(error))
        return Audit(str(record), 0, Frontier.empty().root(), (finding,), 0, ())
    try:
        return _Sweep(store, checkpoints, on_progress).result(copy)
    finally:
        store.close()


class Gap(NamedTuple):
    """Entries that are not there, or cannot be read."""

    first: int
    last: int
    what: What
    text: str


class _Sweep:
    """One audit in the making."""

    def __init__(
        self, store: Store, checkpoints: Sequence[Checkpoint], on_progress: Callable[[int], None] | None
    ) -> None:
        self.store = store
        self.on_progress = on_progress
        self.findings: list[Finding] = []
        self.more = 0
        #: The last entry with which something was found to be wrong.
        self.wrong = -1
        #: The tree over the entries as they are, and the one over the hashes that were recorded for them.
        self.tree = Frontier.empty()
        self.recorded = Frontier.empty()
        self.checkpoints = sorted({*checkpoints, *self._kept()}, key=lambda c: (c.size, c.root))
        self.sizes = {c.size for c in self.checkpoints}
        #: By size: the roots of both trees.
        self.roots = {0: (EMPTY_ROOT, EMPTY_ROOT)}
        self.copy_roots: dict[int, bytes] = {}

    def result(self, copy: Store | str | Path | None) -> Audit:
        for text in self._guarded(self.store.check) or ():
            self._found(What.FILE, f"the database says: {text}")
        self._read_all()
        if isinstance(copy, str | Path):
            opened = open_store(copy)
            try:
                self._compare(opened)
            finally:
                opened.close()
        elif copy is not None:
            self._compare(copy)
        verdicts = tuple(map(self._verdict, self.checkpoints))
        return Audit(self.store.place, self.tree.size, self.tree.root(), tuple(self.findings), self.more, verdicts)

    def _found(self, what: What, text: str, first: int | None = None, last: int | None = None) -> None:
        if first is not None:
            self.wrong = max(self.wrong, first if last is None else last)
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(what, text, first, first if last is None else last))
        else:
            self.more += 1

    def _guarded(self, question: Callable[[], T]) -> T | None:
        try:
            return question()
        except RecordDamaged as error:
            self._found(What.FILE if error.index is None else What.UNREADABLE, str(error), error.index)
            return None

    def _kept(self) -> list[Checkpoint]:
        kept = []
        for note in self._guarded(self.store.notes) or ():
            if note.shelf == PUBLISHED:
                try:
                    kept.append(Checkpoint.from_text(SignedNote.parse(note.text).text))
                except BadNote as error:
                    self._found(What.NOTE, f"a checkpoint kept with the record is none: {error}")
        return kept

    def _read_all(self) -> None:
        try:
            for row in _rows(self.store):
                if isinstance(row, Row):
                    self._check(row)
                    self._step()
                    continue
                self._found(row.what, f"{_range(row.first, row.last)} {row.text}", row.first, row.last)
                if row.last - row.first >= MOST_MISSING:
                    return
                for _ in range(row.first, row.last + 1):
                    self._add(NOTHING, NOTHING)
                    self._step()
        except RecordDamaged as error:
            self._found(What.FILE, str(error))

    def _check(self, row: Row) -> None:
        found = leaf_hash(row.leaf)
        if found != row.hash:
            text = (
                "its content is not what was recorded" if len(row.hash) == HASH else "its hash is cut short or too long"
            )
            self._found(What.ALTERED, f"{named(row.number, row.leaf)}: {text}", row.number)
        above = self._add(found, row.hash)
        if b"".join(above) == row.subtrees:
            return
        stored = [row.subtrees[i : i + HASH] for i in range(0, len(row.subtrees), HASH)]
        if len(row.subtrees) != HASH * len(above):
            self._found(What.HASHES, f"{named(row.number, row.leaf)}: its hashes are cut short or too long", row.number)
            return
        level = next(level for level, (a, b) in enumerate(zip(above, stored, strict=True), start=1) if a != b)
        first = row.number + 1 - 2**level
        if self.wrong < first:  # otherwise an entry already found explains it
            text = "one of them is not the one recorded here, or the hash of their subtree was altered"
            self._found(What.HASHES, f"{_range(first, row.number)} wrong: {text}", first, row.number)
        # What was recorded is the likelier of the two to agree with what follows.
        self.recorded.hashes[-1] = stored[-1]

    def _add(self, found: bytes, recorded: bytes) -> list[bytes]:
        self.tree.add(found)
        return self.recorded.add(recorded)

    def _step(self) -> None:
        """After each entry: keeps the roots that a checkpoint will be held against."""
        if self.tree.size in self.sizes:
            self.roots[self.tree.size] = (self.tree.root(), self.recorded.root())
        if self.on_progress is not None and self.tree.size % _STEP == 0:
            self.on_progress(self.tree.size)

    def _compare(self, copy: Store) -> None:
        """Finds where this record and the copy part."""
        tree = Frontier.empty()
        parted = False
        for index, (ours, theirs) in enumerate(zip_longest(_leaves(self.store), _leaves(copy))):
            if theirs is None:  # this record is longer, which is no fault
                break
            tree.add(leaf_hash(theirs))
            if tree.size in self.sizes:
                self.copy_roots[tree.size] = tree.root()
            if not parted and ours != theirs:
                parted = self._part(index, ours, theirs, copy)

    def _part(self, index: int, ours: bytes | None, theirs: bytes, copy: Store) -> bool:
        """Says how the record and its copy differ at an index; True when what follows is shifted, and cannot be compared."""
        here = self._guarded(lambda: _elsewhere(self.store, theirs, index))
        if ours is None:
            last = copy.size() - 1
            self._found(What.DELETED, f"{_range(index, last)} of the copy, from {named(index, theirs)}, missing at the end",
                        index, last)  # fmt: skip
            return True
        there = _elsewhere(copy, ours, index)
        in_copy = named(index, theirs)
        if here and there:
            self._found(
                What.MOVED, f"{named(index, ours)} stands where the copy has {in_copy}: the order was changed", index
            )
        elif there:
            self._found(
                What.DELETED, f"{in_copy} of the copy was deleted; {named(index, ours)} stands in its place", index
            )
        elif here:
            self._found(What.INSERTED, f"{named(index, ours)} was inserted: the copy does not have it", index)
        else:
            self._found(What.REPLACED, f"{named(index, ours)} stands where the copy has {in_copy}", index)
        return bool(here or there)

    def _verdict(self, checkpoint: Checkpoint) -> Verdict:
        size, here = checkpoint.size, self.tree.size
        about = f"the checkpoint of {checkpoint.origin} over {size} entries"
        if size > here:
            self._found(
                What.CHECKPOINT, f"{about}: only {here} are here; {_range(here, size - 1)} gone", here, size - 1
            )
            return Verdict(checkpoint, False, here, size - 1)
        found, recorded = self.roots[size]
        if found == checkpoint.root:
            return Verdict(checkpoint, True)
        first, last = self._where(size)
        if recorded == checkpoint.root:
            text = "its recorded hashes are those of the checkpoint; the entries found above are what was changed"
        elif self.copy_roots.get(size) == checkpoint.root:
            text = f"the copy has what the checkpoint says; this record differs from {_one(first)} on"
        elif first == last:
            text = f"{_one(first)} is the first that does not fit"
        else:
            text = f"the change is in {_range(first, last)}; another copy of the record would tell where"
        self._found(What.CHECKPOINT, f"{about} is of another history: {text}", first, last)
        return Verdict(checkpoint, False, first, last)

    def _where(self, size: int) -> tuple[int, int]:
        """The entries of the first finding; or, without one, the range after the last checkpoint that holds."""
        known = [(f.first, f.last) for f in self.findings if f.first is not None and f.last is not None and f.first < size
                 and f.what is not What.CHECKPOINT]  # fmt: skip
        if known:
            return min(known)
        holding = (c.size for c in self.checkpoints if c.size < size and self.roots[c.size][0] == c.root)
        return max(holding, default=0), size - 1


def _elsewhere(store: Store, leaf: bytes, index: int) -> bool:
    """Is this leaf in the store at another index? (At this one, the hash may have stayed though the content changed.)"""
    return any(found != index for found in store.find([leaf_hash(leaf)]).values())


def named(index: int, leaf: bytes) -> str:
    """An entry as a finding speaks of it: its index and, where the bytes still are an entry, what it says and who."""
    try:
        entry = Entry.from_bytes(leaf)
    except BadEntry:
        return _one(index)
    return f"{_one(index)} ({entry.kind} by {entry.author}, {entry.id[:12]})"


def _one(index: int) -> str:
    return f"entry {index}"


def _range(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


def _rows(store: Store) -> Iterator[Row | Gap]:
    """All rows by their index, and between them the gaps."""
    size = store.size()
    start, unreadable = 0, 0
    while start < size:
        try:
            rows = store.rows(start, size, limit=_STEP)
        except RecordDamaged:
            for index in range(start, min(size, start + _STEP)):
                row = _row(store, index)
                yield row
                unreadable += isinstance(row, Gap)
            start += _STEP
            if unreadable >= MOST_UNREADABLE:
                yield Gap(start, size - 1, What.UNREADABLE, "not read, after so much that cannot be")
                return
            continue
        for row in rows:
            if row.number < start:
                yield Gap(start, size - 1, What.UNREADABLE, "not in the order of their index")
                return
            if row.number > start:
                yield Gap(start, row.number - 1, What.MISSING, "missing")
            yield row
            start = row.number + 1
        if not rows:
            yield Gap(start, size - 1, What.MISSING, "missing")
            return


def _row(store: Store, index: int) -> Row | Gap:
    try:
        found = store.rows(index, index + 1, limit=1)
    except RecordDamaged as error:
        return Gap(index, index, What.UNREADABLE, f"not to be read: {error}")
    return found[0] if found else Gap(index, index, What.MISSING, "missing")


def _leaves(store: Store) -> Iterator[bytes]:
    """The leaves in order; empty bytes for those in a gap."""
    for row in _rows(store):
        if isinstance(row, Row):
            yield row.leaf
        elif row.last - row.first < MOST_MISSING:
            yield from repeat(b"", row.last - row.first + 1)
        else:
            return
