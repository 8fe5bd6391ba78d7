"""Signed checkpoints: what a log says of itself at one moment, in a form that others' tools read and witnesses cosign.

A checkpoint is the origin, size and root of a log as the text of a signed note:

    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note (Ed25519, type 0x01) and https://c2sp.org/tlog-cosignature
(Ed25519, type 0x04).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from comity.record.errors import RecordError
from comity.record.keys import SigningKey, base64_of, bytes_of, is_signed
from comity.record.merkle import HASH

#: Types of signatures (C2SP signed-note): of a note's text, and a witness's with a time.
SIGNATURE = 0x01
COSIGNATURE = 0x04
#: Characters of a note, and signatures on it (C2SP asks for at least 16).
LARGEST = 2**18
MOST_SIGNATURES = 64
#: The largest size and time that a checkpoint or cosignature may hold, and the last second that Python can say.
_MOST = 2**63 - 1
_LAST_SECOND = 253_402_300_799

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "— "


class BadNote(RecordError):
    """Text that is no signed note or no checkpoint, a key that is none, or a signature that does not hold."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name under which it signs, and what kind of signatures it makes."""

    name: str
    public: bytes
    kind: int = SIGNATURE

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in (SIGNATURE, COSIGNATURE):
            raise BadNote(f"the key of {self.name} makes signatures of type {self.kind:#04x}; 0x01 and 0x04 are known")
        if len(self.public) != 32:
            raise BadNote(f"the key of {self.name} has {len(self.public)} bytes; Ed25519 has 32")

    @classmethod
    def of(cls, name: str, key: SigningKey, kind: int = SIGNATURE) -> Self:
        """The public part of a private key."""
        return cls(name, bytes_of(key.public, length=32), kind)

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names its key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """`name+id+base64`, as C2SP writes verifier keys."""
        return f"{self.name}+{self.id.hex()}+{base64_of(bytes([self.kind]) + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The key of `name+id+base64`. BadNote when the text is none, or its id is another key's.

        >>> VerifierKey.from_text("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").name
        'example.com/foo'
        """
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise BadNote(f"{text!r} is no verifier key of the form name+id+base64")
        try:
            data = bytes_of(parts[2], length=33)
        except ValueError as error:
            raise BadNote(f"the verifier key of {parts[0]} {error}") from None
        key = cls(parts[0], data[1:], data[0])
        if key.id.hex() != parts[1]:
            raise BadNote(f"the verifier key of {key.name} has the id {key.id.hex()}, not {parts[1]}")
        return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A signature line: the name and id of the key, and what it made of the text."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64_of(self.key_id + self.signature)}\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The signature of a line without its newline. BadNote when it is none."""
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise BadNote(f"{line[:60]!r} is no signature line of the form '— name base64'")
        _check_name(name)
        length = len(encoded) // 4 * 3 - encoded.count("=")
        if length < 5:
            raise BadNote(f"the signature of {name} is too short")
        try:
            data = bytes_of(encoded, length=length)
        except ValueError as error:
            raise BadNote(f"the signature of {name} {error}") from None
        return cls(name, data[:4], data[4:])

    def is_of(self, key: VerifierKey) -> bool:
        """Does it claim to be by this key?"""
        return (self.name, self.key_id) == (key.name, key.id)

    def time(self, key: VerifierKey) -> datetime | None:
        """When a cosignature was made; None for other signatures."""
        if key.kind != COSIGNATURE:
            return None
        return datetime.fromtimestamp(min(self._timestamp(), _LAST_SECOND), UTC)

    def holds(self, key: VerifierKey, text: str) -> bool:
        """Is it this key's signature of this text?"""
        if not self.is_of(key):
            return False
        if key.kind == SIGNATURE:
            return is_signed(text.encode(), self.signature, base64_of(key.public))
        if len(self.signature) != 72 or self._timestamp() > _MOST:
            return False
        return is_signed(_cosigned(text, self._timestamp()), self.signature[8:], base64_of(key.public))

    def _timestamp(self) -> int:
        return int.from_bytes(self.signature[:8])


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text, ending in a newline, and signatures on it; none of them is verified until `signers` is asked."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, note: str | bytes) -> Self:
        """The note in this text. BadNote when it is none, or beyond the limits."""
        if len(note) > LARGEST:
            raise BadNote(f"a note has at most {LARGEST} characters, not {len(note)}")
        try:
            note = note if isinstance(note, str) else note.decode()
            note.encode()
        except UnicodeError:
            raise BadNote("a note is UTF-8 text") from None
        if _CONTROL.search(note):
            raise BadNote("a note has no control characters but newlines")
        text, blank, lines = note.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise BadNote("a note is a text, an empty line, and signature lines, each ended by a newline")
        signatures = lines[:-1].split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise BadNote(f"a note has at most {MOST_SIGNATURES} signatures, not {len(signatures)}")
        return cls(text + "\n", tuple(map(NoteSignature.from_line, signatures)))

    def with_signatures(self, signatures: Iterable[NoteSignature]) -> Self:
        """The same text with more signatures; a later one of the same key takes the earlier one's place."""
        merged = {(s.name, s.key_id): s for s in (*self.signatures, *signatures)}
        return replace(self, signatures=tuple(merged.values()))

    def signers(self, keys: Iterable[VerifierKey]) -> dict[VerifierKey, NoteSignature]:
        """Those of the keys that signed, and their signatures; other signatures are ignored.

        BadNote when a signature that claims to be by one of the keys does not hold.
        """
        found = {}
        for key in keys:
            for signature in self.signatures:
                if signature.is_of(key):
                    if not signature.holds(key, self.text):
                        raise BadNote(f"the signature by {key.name}, key {key.id.hex()}, does not hold")
                    found[key] = signature
        return found


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: which log, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line or _CONTROL.search(line):
                raise BadNote(f"{line!r} cannot be a line of a checkpoint")
        if not 0 <= self.size <= _MOST or len(self.root) != HASH:
            raise BadNote(f"a checkpoint has a size from 0 to {_MOST} and a root of {HASH} bytes")

    @property
    def text(self) -> str:
        """What is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, base64_of(self.root), *self.extensions))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The checkpoint in a note's text. BadNote when it is none."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise BadNote("a checkpoint has at least three lines, origin, size and root, and no empty one")
        origin, size, root, *extensions = lines
        if not _DECIMAL.fullmatch(size):
            raise BadNote(f"the size of a checkpoint is a decimal number, not {size[:40]!r}")
        try:
            return cls(origin, int(size), bytes_of(root, length=HASH), tuple(extensions))
        except ValueError as error:
            raise BadNote(f"the root of the checkpoint {error}") from None

    def signed(self, name: str, key: SigningKey) -> SignedNote:
        """The note with the log's own signature; `name` should be the origin."""
        return SignedNote(self.text, (sign(self.text, name, key),))


def sign(text: str, name: str, key: SigningKey) -> NoteSignature:
    """The signature of a note's text (Ed25519, type 0x01)."""
    return NoteSignature(name, VerifierKey.of(name, key).id, key.sign(text.encode()))


def cosign(text: str, name: str, key: SigningKey, *, at: datetime) -> NoteSignature:
    """A witness's signature of a checkpoint's text, to the second (Ed25519, type 0x04).

    It states that at this time the checkpoint was the largest that the witness had seen of the log, and consistent with
    all before. Only `comity.record.witness` may say so; the key must not be any other witness's.
    """
    timestamp = int(at.timestamp())
    signature = timestamp.to_bytes(8) + key.sign(_cosigned(text, timestamp))
    return NoteSignature(name, VerifierKey.of(name, key, COSIGNATURE).id, signature)


def verified(note: SignedNote, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint of a note that at least one of the log's keys signed. BadNote otherwise."""
    if not note.signers(keys):
        raise BadNote("none of the log's keys has signed this checkpoint")
    return Checkpoint.from_text(note.text)


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many of which witnesses must have cosigned before a checkpoint is relied on."""

    needed: int
    witnesses: tuple[VerifierKey, ...]

    def __post_init__(self) -> None:
        distinct = {key.public for key in self.witnesses}
        if len(distinct) != len(self.witnesses) or any(key.kind != COSIGNATURE for key in self.witnesses):
            raise BadNote("witnesses have distinct keys, each of type 0x04")
        if not 0 <= self.needed <= len(self.witnesses):
            raise BadNote(f"a quorum of {self.needed} out of {len(self.witnesses)} witnesses cannot be")

    def missing(self, note: SignedNote) -> int:
        """How many more must cosign; 0 when the quorum is reached. BadNote when a cosignature does not hold."""
        return max(0, self.needed - len(note.signers(self.witnesses)))


def _cosigned(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() for c in name) or _CONTROL.search(name):
        raise BadNote(f"{name!r} is no name of a key: it is empty, or holds a space or a plus")
