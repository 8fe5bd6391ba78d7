"""Proof to a third person that an entry stands on a record: the entry, its place, and a checkpoint that others cosigned.

Whoever has the proof and the public keys needs nothing else, and no network.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from comity.record.canonical import canonical
from comity.record.checkpoint import BadNote, Checkpoint, SignedNote, VerifierKey, verified
from comity.record.entry import Entry
from comity.record.errors import RecordError
from comity.record.keys import base64_of, bytes_of
from comity.record.log import Log
from comity.record.merkle import HASH, leaf_hash, proves_inclusion

FORMAT = "comity inclusion proof v1"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That `leaf` is entry number `index` of the log whose head is the signed checkpoint `note`."""

    leaf: bytes
    index: int
    hashes: tuple[bytes, ...]
    note: SignedNote

    def check(self, keys: Iterable[VerifierKey]) -> tuple[Entry, Checkpoint]:
        """The entry and the checkpoint; RecordError when the proof, a signature of either, or the checkpoint does not hold.

        `keys` are those of the log: one at least must have signed the checkpoint.
        """
        checkpoint = verified(self.note, keys)
        if not proves_inclusion(leaf_hash(self.leaf), self.index, checkpoint.size, self.hashes, checkpoint.root):
            raise RecordError(f"the hashes do not lead from entry {self.index} to the root of the checkpoint")
        entry = Entry.from_bytes(self.leaf)
        entry.verify()
        return entry, checkpoint

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "format": FORMAT,
            "index": self.index,
            "hashes": [base64_of(h) for h in self.hashes],
            "checkpoint": str(self.note),
            "entry": json.loads(self.leaf),
        }

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """The proof of `to_dict`. RecordError when it is none."""
        try:
            if value["format"] != FORMAT:
                raise RecordError(f"the proof is of format {value['format']!r}; this comity knows {FORMAT!r}")
            hashes = tuple(bytes_of(h, length=HASH) for h in value["hashes"])
            return cls(canonical(value["entry"]), int(value["index"]), hashes, SignedNote.parse(value["checkpoint"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(f"this is no proof: {error!r}") from None


def prove(log: Log, index: int, note: SignedNote) -> InclusionProof:
    """The proof that entry `index` stands under a checkpoint of this log. RecordError when it is younger than that."""
    size = Checkpoint.from_text(note.text).size
    if index >= size:
        raise BadNote(f"entry {index} came after the checkpoint, whose size is {size}; sign a new one")
    ((_, leaf),) = log.read(index, index + 1)
    return InclusionProof(leaf, index, tuple(log.inclusion_proof(index, size)), note)
