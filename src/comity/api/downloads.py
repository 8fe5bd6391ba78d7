"""Files as they are: by product, with ranges (RFC 9110 §14) and their hash, and the manifest of a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import format_datetime
from typing import BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from comity.api.service import Service
from comity.archive import ArchiveError, Product
from comity.archive.manifest import manifest

BLOCK = 2**20
_NUMBER = re.compile(r"[0-9]{0,18}")


def routes(service: Service) -> list[Route]:
    """`/files/DATASET/NAME`, `/manifests/DATASET`. Open to all; what a reader may not see is not there for them."""

    async def file(request: Request) -> Response:
        reader, now = service.reader(request), service.clock()
        try:
            product = await run_in_threadpool(service.archive.register.product, request.path_params["id"], reader, now)
        except ArchiveError:
            raise HTTPException(404, "there is no such product") from None
        if request.method == "GET":
            await run_in_threadpool(service.note, reader, product.dataset, product.id, product.access, now)
        return await run_in_threadpool(_answer, service, request, product)

    async def listing(request: Request) -> Response:
        reader, now = service.reader(request), service.clock()
        try:
            found = await run_in_threadpool(
                manifest, service.archive, request.path_params["dataset"], reader, at=now, base_url=service.base_url
            )
        except ArchiveError:
            raise HTTPException(404, "there is no such dataset") from None
        return JSONResponse(found)

    return [
        Route("/files/{id:path}", file, methods=["GET", "HEAD"]),
        Route("/manifests/{dataset}", listing, methods=["GET", "HEAD"]),
    ]


def _answer(service: Service, request: Request, product: Product) -> Response:
    tag = f'"{product.sha256}"'
    name = product.name.rsplit("/", 1)[-1]
    headers = {
        "etag": tag,
        "accept-ranges": "bytes",
        "repr-digest": f"sha-256=:{_base64(product.sha256)}:",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "cache-control": "private, no-cache",
        "date": format_datetime(service.clock(), usegmt=True),
    }
    if tag in (t.strip() for t in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    start, stop, status = 0, product.size, 200
    asked = request.headers.get("range")
    if asked and request.headers.get("if-range", tag) == tag:
        try:
            span = _span(asked, product.size)
        except _Unmeetable:
            return Response(status_code=416, headers={**headers, "content-range": f"bytes */{product.size}"})
        if span is not None:
            start, stop = span
            status = 206
            headers["content-range"] = f"bytes {start}-{stop - 1}/{product.size}"
    headers["content-length"] = str(stop - start)
    kind = product.described.media_type
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=kind)
    try:
        opened = service.archive.objects.open(product.sha256, start)
    except FileNotFoundError:
        raise HTTPException(503, "this file is lost here; the archive's keeper mends it from a copy") from None
    return StreamingResponse(_blocks(opened, stop - start), status, headers, kind)


def _blocks(file: BinaryIO, left: int) -> Iterator[bytes]:
    with file:
        while left > 0:
            block = file.read(min(BLOCK, left))
            if not block:
                raise OSError("the object is shorter than the register says")
            left -= len(block)
            yield block


class _Unmeetable(Exception):
    """A range that lies outside of the file."""


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """The range that is asked for, as [start, stop). None when it is no single range of bytes: then all is sent (§14.2)."""
    unit, _, ranges = asked.partition("=")
    first, dash, last = ranges.strip().partition("-")
    if (
        unit.strip() != "bytes"
        or not dash
        or not (first or last)
        or not all(_NUMBER.fullmatch(p) for p in (first, last))
    ):
        return None
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    if start >= stop:
        raise _Unmeetable
    return start, stop


def _base64(digest: str) -> str:
    from base64 import b64encode

    return b64encode(bytes.fromhex(digest)).decode()
