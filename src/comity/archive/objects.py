"""Objects named by what they hold: on a local disk or in any store that fsspec knows, such as S3.

An object is written once and never again: its name is the SHA-256 of its bytes (FIPS 180-4). A reader never sees half of
one, and whether it is still whole can be told from itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from comity.archive.errors import ArchiveError

#: Bytes that are read at once.
BLOCK = 2**20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Objects:
    """A place for objects: an fsspec file system and the folder in it."""

    filesystem: Any
    root: str

    @classmethod
    def at(cls, address: str) -> Self:
        """The store at a folder or a URL such as `s3://bucket/folder`. ArchiveError when its kind is not known."""
        import fsspec

        try:
            filesystem, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise ArchiveError(
                f"{address}: no store of this kind ({error}); a folder, or s3://bucket/folder with 'comity[s3]'"
            ) from None
        return cls(filesystem, str(root).rstrip("/"))

    @property
    def is_local(self) -> bool:
        """Is it a folder of this machine?"""
        return type(self.filesystem).__name__ == "LocalFileSystem"

    def place(self, digest: str) -> str:
        """Where an object lies: two levels of folders, so that none holds too many."""
        if not _DIGEST.fullmatch(digest):
            raise ArchiveError(f"{digest!r} is no SHA-256 in lower case hexadecimal")
        return f"{self.root}/sha256/{digest[:2]}/{digest[2:4]}/{digest}"

    def __contains__(self, digest: str) -> bool:
        return bool(self.filesystem.exists(self.place(digest)))

    def size(self, digest: str) -> int:
        """Bytes of an object. FileNotFoundError when it is not here."""
        return int(self.filesystem.size(self.place(digest)))

    def put(self, source: Path, digest: str) -> None:
        """Takes in a file whose hash is known; an object that is there already stays.

        When this returns the object is safe: on a local disk it is written beside, synced and renamed. The bytes are hashed
        once more on their way; ArchiveError when they are others than were hashed, as when the file changed meanwhile.
        """
        place = self.place(digest)
        if digest in self:
            return
        if not self.is_local:
            with tempfile.TemporaryDirectory() as folder_here:
                # What is sent is what was hashed, even if the source changes meanwhile.
                copy = Path(folder_here) / digest
                with source.open("rb") as file, copy.open("wb") as out:
                    found = _copied(file, out)
                _same(found, digest, source)
                self.filesystem.put_file(str(copy), place)
            return
        with source.open("rb") as file:
            self._write_whole(file, digest, source)

    def _write_whole(self, file: BinaryIO, digest: str, source: object) -> None:
        """Beside its place, tested, synced, renamed: on a local disk an object is there whole or not at all."""
        place = Path(self.place(digest))
        place.parent.mkdir(parents=True, exist_ok=True)
        _swept(place.parent, digest)
        beside = place.with_name(f".{digest}.{os.getpid()}.part")
        try:
            with beside.open("wb") as out:
                found = _copied(file, out)
                out.flush()
                os.fsync(out.fileno())
            _same(found, digest, source)
            beside.chmod(0o444)
            beside.replace(place)
            _sync(place.parent)
        finally:
            beside.unlink(missing_ok=True)

    def open(self, digest: str, start: int = 0) -> BinaryIO:
        """An object to read, from a byte on. FileNotFoundError when it is not here."""
        file: BinaryIO = self.filesystem.open(self.place(digest), "rb")
        if start:
            file.seek(start)
        return file

    def local(self, digest: str) -> Path | None:
        """Its path, where the store is a folder of this machine."""
        return Path(self.place(digest)) if self.is_local else None

    def digests(self) -> Iterator[str]:
        """The names of all objects, in order."""
        top = f"{self.root}/sha256"
        with contextlib.suppress(FileNotFoundError):
            for first in sorted(self.filesystem.ls(top, detail=False)):
                for second in sorted(self.filesystem.ls(first, detail=False)):
                    names = (str(p).rsplit("/", 1)[-1] for p in self.filesystem.ls(second, detail=False))
                    yield from sorted(n for n in names if _DIGEST.fullmatch(n))

    def is_whole(self, digest: str) -> bool:
        """Does an object hold what its name says? False when it is not here."""
        try:
            with self.open(digest) as file:
                return sha256(file) == digest
        except FileNotFoundError:
            return False

    def mend(self, digest: str, peer: Objects) -> bool:
        """Puts a peer's whole copy in the place of a lost or damaged object; False when the peer has none."""
        if not peer.is_whole(digest):
            return False
        with peer.open(digest) as file:
            if self.is_local:
                self._write_whole(file, digest, peer.place(digest))
            else:
                with self.filesystem.open(self.place(digest), "wb") as out:
                    _copied(file, out)
        return self.is_whole(digest)


def sha256(file: BinaryIO) -> str:
    """The SHA-256 of what is left of a file, in hexadecimal."""
    total = hashlib.sha256()
    while block := file.read(BLOCK):
        total.update(block)
    return total.hexdigest()


def _copied(source: BinaryIO, out: Any) -> str:
    total = hashlib.sha256()
    while block := source.read(BLOCK):
        total.update(block)
        out.write(block)
    return total.hexdigest()


def _swept(folder: Path, digest: str) -> None:
    """Takes away what a process that was killed left of an object."""
    for part in folder.glob(f".{digest}.*.part"):
        number = part.name.split(".")[-2]
        if not (number.isdigit() and Path(f"/proc/{number}").exists()):
            part.unlink(missing_ok=True)


def _same(found: str, digest: str, source: object) -> None:
    if found != digest:
        raise ArchiveError(f"{source}: changed while it was read")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
