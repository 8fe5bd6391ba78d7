"""What a long record came to, kept so that it is not folded from its first entry for every question.

A snapshot is this user's own note of what this very code made of a log that had this size and root; with another code, another
library or another log it is not used. Like the code itself it is trusted as far as its file is: an audit never uses it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import orjson

from comity.record.fold import Fold
from comity.record.log import Log
from comity.record.state import Guard, Kind

#: Entries that are worth a snapshot.
WORTH = 2_000
#: Libraries that decide what counts.
_DECIDING = ("cedarpy", "cryptography", "orjson", "pycountry", "pydantic", "pydantic_core", "rfc8785")


def resumed(log: Log, kinds: Sequence[Kind], guards: Sequence[Guard]) -> Fold:
    """A fold as far as the snapshot of this log goes, to be taken on from there; an empty one when there is none."""
    file = _file(log) if log.size >= WORTH else None
    try:
        saved = orjson.loads(file.read_bytes()) if file is not None else {}
    except (OSError, orjson.JSONDecodeError):
        saved = {}
    fits = saved and saved["code"] == code() and saved["fold"]["size"] <= log.size
    if not fits or log.root(saved["fold"]["size"]).hex() != saved["root"]:
        return Fold(kinds, guards)
    return Fold.resume(saved["fold"], kinds, guards)


def keep(log: Log, fold: Fold) -> None:
    """Keeps what a fold of a log came to. What cannot be written is not kept: the next question takes longer, that is all."""
    file = _file(log)
    if file is None:
        return
    data = orjson.dumps({"code": code(), "root": log.root(fold.size).hex(), "fold": fold.saved()})
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)


def _file(log: Log) -> Path | None:
    """Where the snapshot of a log is: in the user's cache, by the log's first entry."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME")
    if not base or not log.size:
        return None
    folder = Path(base) if os.environ.get("XDG_CACHE_HOME") else Path(base) / ".cache"
    return folder / "comity" / "records" / f"{log.root(1).hex()}.json"


@cache
def code() -> str:
    """A digest of all code and data that have a say in what counts."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for part in ("model", "record", "governance", "policy", "funding"):
        for file in sorted((package / part).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(f"{file.relative_to(package)}\n".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    for name in ("kinds.py", "standing_facts.py"):
        digest.update((package / name).read_bytes())
    for library in _DECIDING:
        try:
            digest.update(f"{library} {version(library)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{library} ?\n".encode())
    return digest.hexdigest()
