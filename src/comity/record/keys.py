"""Ed25519 keys (RFC 8032): made, kept in a file that only their owner can read, and named by a digest of their public part."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from comity.record.errors import RecordError


def base64_of(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode()


def bytes_of(text: str, *, length: int) -> bytes:
    """The bytes of standard base64; ValueError unless there are `length` of them in the one right form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(data) != length or base64_of(data) != text:
        raise ValueError(f"is not the base64 of {length} bytes")
    return data


def key_id(public: str) -> str:
    """The name of a public key (base64 of its 32 bytes): the first 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(bytes_of(public, length=32)).hexdigest()[:32]


class SigningKey:
    """A private key that signs; its repr never shows it."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = base64_of(private.public_key().public_bytes_raw())
        self.id = key_id(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"

    @classmethod
    def new(cls) -> SigningKey:
        """A key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of 32 given bytes: the same seed, the same key."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message always gets the same (RFC 8032 §5.1.6)."""
        return self._private.sign(message)

    def write(self, path: Path, *, passphrase: str | None = None) -> None:
        """Writes the key as PKCS #8 PEM that only its owner can read. FileExistsError when the file is there already."""
        sealing = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        text = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, path: Path, *, passphrase: str | None = None) -> SigningKey:
        """The key of a file. RecordError when there is none, it is no Ed25519 key, or the passphrase is wrong."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RecordError(f"{path}: {error.strerror}; `comity record key new` makes a key") from None
        try:
            private = load_pem_private_key(data, passphrase.encode() if passphrase else None)
        except TypeError:
            said = "needs its passphrase" if passphrase is None else "has no passphrase"
            raise RecordError(f"{path}: the key {said}") from None
        except ValueError:
            raise RecordError(f"{path}: is no private key in PEM form, or the passphrase is wrong") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise RecordError(f"{path}: is not an Ed25519 key")
        return cls(private)


@lru_cache(maxsize=65_536)
def _public(public: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes_of(public, length=32))


def is_signed(message: bytes, signature: bytes, public: str) -> bool:
    """Does the signature hold for this message and public key?"""
    try:
        _public(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
