"""A witness: cosigns another's checkpoints as long as they are one growing log, and keeps proof when they are not.

https://c2sp.org/tlog-witness without its HTTP: the witness remembers the last checkpoint that it cosigned of each log,
and cosigns a new one only with a proof that the new tree begins with the old. So two holders who both require its
cosignature cannot be shown two different histories.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from comity.record.checkpoint import BadNote, Checkpoint, NoteSignature, SignedNote, VerifierKey, cosign, verified
from comity.record.errors import RecordError
from comity.record.keys import SigningKey
from comity.record.log import Log
from comity.record.merkle import EMPTY_ROOT, proves_consistency
from comity.record.store import Note, RecordDamaged, Store, Writing

#: Shelves of the store: checkpoints that the log itself published, those that a witness cosigned, and forks that it saw.
PUBLISHED = "checkpoint"
COSIGNED = "cosigned"
FORKED = "forked"
#: Hashes of a consistency proof (C2SP tlog-witness).
MOST_HASHES = 63


class NotCosigned(RecordError):
    """The witness does not cosign; `size` is that of the last checkpoint that it cosigned of this log."""

    def __init__(self, text: str, size: int) -> None:
        super().__init__(text)
        self.size = size


class Forked(NotCosigned):
    """The log shows another history than before: `evidence` holds both checkpoints, and was kept."""

    def __init__(self, text: str, size: int, evidence: Fork) -> None:
        super().__init__(text, size)
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Fork:
    """Two checkpoints of one log, both signed by it, that do not belong together.

    Of one size with different roots they prove by themselves that the log has two histories. Of different sizes they
    came with a proof that did not hold: the log can still refute it, by giving one that does.
    """

    older: str
    newer: str

    def is_proven(self, keys: Sequence[VerifierKey]) -> bool:
        """Do the two alone, and the log's keys, prove a fork to anybody? BadNote when the log did not sign both."""
        older, newer = (verified(SignedNote.parse(text), keys) for text in (self.older, self.newer))
        return older.origin == newer.origin and older.size == newer.size and older.root != newer.root


class Witness:
    """A witness of some logs, by origin, each with the keys that sign its checkpoints."""

    def __init__(self, store: Store, name: str, key: SigningKey, logs: Mapping[str, Sequence[VerifierKey]]) -> None:
        self.store = store
        self.name = name
        self.logs = dict(logs)
        self._key = key

    def latest(self, origin: str) -> SignedNote | None:
        """The last checkpoint that it cosigned of this log."""
        note = self.store.latest(COSIGNED, origin)
        return SignedNote.parse(note.text) if note else None

    def forks(self, origin: str | None = None) -> list[Fork]:
        """All forks that it saw, the oldest first."""
        return [_fork_of(note) for note in self.store.notes(FORKED, origin)]

    def cosign(self, note: str | bytes, proof: Sequence[bytes], *, old: int, at: datetime) -> NoteSignature:
        """The cosignature of a checkpoint that follows, by this proof, from the last one, whose size is `old` (or 0).

        BadNote when the note is none or not signed by a log that the witness knows; NotCosigned when `old` is not the
        size of the last cosigned checkpoint, or the new one is smaller, or the proof has the wrong form; Forked when the
        log contradicts itself. What was cosigned is durable before the cosignature is handed on.
        """
        signed = SignedNote.parse(note)
        origin = signed.text.partition("\n")[0]
        if origin not in self.logs:
            raise BadNote(f"{self.name} is no witness of {origin}")
        checkpoint = verified(signed, self.logs[origin])
        with self.store.writing() as writing:
            fork = self._contradiction(writing, signed, checkpoint, proof, old)
            if fork is None:
                signature = cosign(signed.text, self.name, self._key, at=at)
                self._remember(writing, signed.with_signatures([signature]), checkpoint)
            elif fork not in map(_fork_of, writing.notes(FORKED, origin)):
                text = json.dumps({"older": fork.older, "newer": fork.newer}, ensure_ascii=False)
                writing.put(Note(FORKED, origin, checkpoint.size, text))
        if fork is not None:
            raise Forked(
                f"{origin} does not continue what it said at size {old}; {self.name} kept both checkpoints", old, fork
            )
        return signature

    def _remember(self, writing: Writing, cosigned: SignedNote, checkpoint: Checkpoint) -> None:
        last = writing.latest(COSIGNED, checkpoint.origin)
        if last is None or SignedNote.parse(last.text).text != cosigned.text:
            writing.put(Note(COSIGNED, checkpoint.origin, checkpoint.size, str(cosigned)))

    def _contradiction(
        self, writing: Writing, signed: SignedNote, checkpoint: Checkpoint, proof: Sequence[bytes], old: int
    ) -> Fork | None:
        """None when the new checkpoint follows from the last; NotCosigned when the question itself is wrong."""
        last = writing.latest(COSIGNED, checkpoint.origin)
        before = Checkpoint.from_text(SignedNote.parse(last.text).text) if last else Checkpoint("-", 0, EMPTY_ROOT)
        if last and before.size == checkpoint.size and before.root != checkpoint.root:
            return Fork(last.text, str(signed))
        if old != before.size:
            raise NotCosigned(
                f"{self.name} last cosigned size {before.size} of {checkpoint.origin}, not {old}", before.size
            )
        if checkpoint.size < old:
            raise NotCosigned(f"size {checkpoint.size} is smaller than {old}, which {self.name} cosigned", before.size)
        if len(proof) > MOST_HASHES:
            raise NotCosigned(f"a consistency proof has at most {MOST_HASHES} hashes, not {len(proof)}", before.size)
        if proves_consistency(old, checkpoint.size, proof, before.root, checkpoint.root):
            return None
        if last is None:
            raise NotCosigned(f"from the empty log to size {checkpoint.size} the proof is empty", before.size)
        return Fork(last.text, str(signed))


def publish(log: Log, origin: str, key: SigningKey) -> SignedNote:
    """Signs the log's head as it is now, and keeps it; the same head is not signed twice.

    A log never signs what contradicts an earlier checkpoint of its own: RecordDamaged when the log no longer begins with
    the tree of the last one.
    """
    with log.store.writing() as writing:
        size = writing.size()
        last = writing.latest(PUBLISHED, origin)
        if last is not None:
            before = SignedNote.parse(last.text)
            check_extends(log, Checkpoint.from_text(before.text))
            if last.size == size and before.signers([VerifierKey.of(origin, key)]):
                return before
        signed = Checkpoint(origin, size, log.root(size)).signed(origin, key)
        writing.put(Note(PUBLISHED, origin, size, str(signed)))
    return signed


def keep(log: Log, note: SignedNote) -> None:
    """Keeps a checkpoint of the log with the cosignatures that it got. RecordDamaged when it is of another history."""
    checkpoint = Checkpoint.from_text(note.text)
    check_extends(log, checkpoint)
    with log.store.writing() as writing:
        writing.put(Note(PUBLISHED, checkpoint.origin, checkpoint.size, str(note)))


def check_extends(log: Log, checkpoint: Checkpoint) -> None:
    """RecordDamaged unless the log still begins with the tree of this checkpoint; `audit` then says where it differs."""
    here = log.size
    if here < checkpoint.size:
        raise RecordDamaged(
            f"{log.store.place}: has {here} entries, though a checkpoint of it had {checkpoint.size}: the end is missing",
            here,
        )
    if log.root(checkpoint.size) != checkpoint.root:
        raise RecordDamaged(
            f"{log.store.place}: is another history than the checkpoint of its first {checkpoint.size} entries; "
            "`audit` says which entry"
        )


def _fork_of(note: Note) -> Fork:
    return Fork(**json.loads(note.text))
