"""Fetches the files of a dataset from an archive: resumed where it stopped, and each tested by its hash."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from comity.archive.errors import ArchiveError
from comity.archive.objects import BLOCK, sha256

#: Bytes of a manifest; seconds that a server may be silent.
MOST_MANIFEST, SILENT_S = 256 * 2**20, 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of it: files fetched, those there already, those that could not be had and why."""

    fetched: tuple[str, ...]
    there: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def fetch(
    base_url: str,
    dataset: str,
    folder: Path,
    *,
    token: str | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Fetched:
    """Fetches a dataset's files into a folder. `on_progress(bytes, of all, name)`.

    A file appears under its name only when it is whole and has the hash of the manifest; what was interrupted goes on where
    it stopped. ArchiveError when there is no such dataset, or the server's manifest is none.
    """
    manifest = _manifest(f"{base_url.rstrip('/')}/manifests/{quote(dataset, safe='')}", token)
    fetched, there, failed = [], [], []
    total, done = sum(int(f["bytes"]) for f in manifest), 0
    for file in manifest:
        name = file["name"]
        target = _place(folder, name)
        try:
            if _is_same(target, file):
                there.append(name)
            else:
                _one(file, target, token, base_url)
                fetched.append(name)
        except (ArchiveError, HTTPError, URLError, HTTPException, OSError) as error:
            failed.append((name, str(error)))
        done += int(file["bytes"])
        if on_progress is not None:
            on_progress(done, total, name)
    return Fetched(tuple(fetched), tuple(there), tuple(failed))


def _manifest(url: str, token: str | None) -> list[dict[str, Any]]:
    try:
        with _opened(url, {}, token) as answer:
            text = answer.read(MOST_MANIFEST + 1)
    except HTTPError as error:
        said = "there is no such dataset for you" if error.code == 404 else error.reason
        raise ArchiveError(f"{url}: {error.code}: {said}") from None
    except (URLError, OSError) as error:
        raise ArchiveError(f"{url}: no answer ({getattr(error, 'reason', error)})") from None
    try:
        files: list[dict[str, Any]] = json.loads(text)["files"]
        for file in files:
            if not {"name", "url", "bytes", "sha256"} <= set(file):
                raise KeyError(name for name in ("name", "url", "bytes", "sha256") if name not in file)
    except (ValueError, KeyError, TypeError):
        raise ArchiveError(f"{url}: what comes is no manifest of an archive") from None
    return files


def _place(folder: Path, name: str) -> Path:
    """Where a file goes: a manifest names nothing outside of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or not path.parts:
        raise ArchiveError(f"the manifest names {name!r}, which lies outside of the folder; nothing is fetched")
    return folder.joinpath(*path.parts)


def _is_same(target: Path, file: Mapping[str, Any]) -> bool:
    if not target.is_file() or target.stat().st_size != int(file["bytes"]):
        return False
    with target.open("rb") as opened:
        return sha256(opened) == str(file["sha256"])


def _one(file: Mapping[str, Any], target: Path, token: str | None, base_url: str) -> None:
    url = str(file["url"])
    if urlsplit(url).netloc != urlsplit(base_url).netloc:
        token = None  # never to another server than the one that was asked
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{file['sha256'][:16]}.part")
    have = part.stat().st_size if part.is_file() else 0
    if have > int(file["bytes"]):
        part.unlink()
        have = 0
    if have < int(file["bytes"]):
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{file["sha256"]}"'} if have else {}
        with _opened(url, headers, token) as answer, part.open("ab" if answer.status == 206 else "wb") as out:
            while block := answer.read(BLOCK):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
    with part.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != file["sha256"]:
        if part.stat().st_size >= int(file["bytes"]):
            part.unlink()
        raise ArchiveError("what came is not whole; fetch it again")
    part.replace(target)


class _NoToken(HTTPRedirectHandler):
    """A redirect to elsewhere does not carry the token along."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            made.remove_header("Authorization")
        return made


def _opened(url: str, headers: Mapping[str, str], token: str | None) -> Any:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ArchiveError(f"{url}: is no address of an archive; it begins with https://")
    request = Request(url, headers={"User-Agent": "comity", **headers})
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    return build_opener(_NoToken()).open(request, timeout=SILENT_S)
