"""`/hapi/…`: HAPI 3.2 (what is asked and answered is in `comity.archive.hapi`)."""

from __future__ import annotations

import logging
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from comity.api.service import Service
from comity.archive import hapi

_LOG = logging.getLogger(__name__)
#: §5.1: scripts of any page may read.
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "Content-Type, Authorization",
}
_GZIP = 16 + zlib.MAX_WBITS


def routes(service: Service) -> list[Route]:
    """`/hapi` and its endpoints, for GET and HEAD. What a reader may not see is not there for them."""
    holdings = hapi.Holdings(service.archive)
    threading.Thread(target=hapi.warm, name="hapi-warm").start()
    started = service.clock()

    async def answer(request: Request) -> Response:
        return await _guarded(request, lambda: run_in_threadpool(_answer, service, holdings, started, request))

    async def landing(request: Request) -> Response:
        return await _guarded(request, lambda: run_in_threadpool(_landing, service, holdings, request))

    methods = ["GET", "HEAD"]
    return [
        Route("/hapi", landing, methods=methods),
        Route("/hapi/", landing, methods=methods),
        Route("/hapi/{endpoint:path}", answer, methods=methods),
    ]


async def _guarded(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    """HAPI's own words for what is wrong; a fault of ours is told as one, and kept for the log."""
    try:
        return await work()
    except hapi.HapiError as error:
        return _json(error.body(), error.http)
    except HTTPException as error:  # a token that does not hold
        refused = hapi.HapiError(1400, str(error.detail))
        answer = _json(refused.body(), error.status_code)
        answer.headers.update(error.headers or {})
        return answer
    except Exception:
        _LOG.exception("HAPI: %s failed", request.url.path)
        return _json(hapi.HapiError(1500).body(), 500)


def _answer(service: Service, holdings: hapi.Holdings, started: datetime, request: Request) -> Response:
    endpoint = request.path_params["endpoint"].removesuffix("/")
    if endpoint not in hapi.ENDPOINTS:
        raise hapi.HapiError(1400, f"there are /hapi/{', '.join(hapi.ENDPOINTS)}")
    archive, now, reader = service.archive, service.clock(), service.reader(request)
    asked = hapi.named(endpoint, request.query_params.multi_items())
    if endpoint == "about":
        return _json(hapi.about(archive), changed=started)
    if endpoint == "capabilities":
        return _json(hapi.capabilities(), changed=started)
    seen = holdings.seen(reader, now)
    if endpoint == "catalog":
        return _json(hapi.catalog(archive, seen, hapi.depth_of(asked)), changed=hapi.changed(*seen.values()) or started)
    if endpoint == "info":
        holding, parameters = hapi.info_request(asked, seen)
        return _json(hapi.info(archive, holding, parameters), changed=hapi.changed(holding))
    wanted = hapi.data_request(asked, seen)
    media_type = hapi.MEDIA_TYPES[wanted.form]
    name = wanted.holding.id.replace("/", "-")
    ending = {"csv": "csv", "binary": "bin", "json": "json"}[wanted.form]
    headers = {
        **_CORS,
        "content-disposition": f'inline; filename="{name}.{ending}"',
        "cache-control": "private, no-cache",
    }
    if request.method == "HEAD":
        return Response(status_code=200, headers=headers, media_type=media_type)
    service.note(reader, wanted.holding.dataset.id, wanted.holding.dataset.id, wanted.holding.access, now)
    code, blocks = hapi.stream(archive, wanted)
    headers["x-hapi-status"] = f"{code} {hapi.STATUSES[code][1]}"
    if wanted.form != "binary" and "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"content-encoding": "gzip", "vary": "authorization, accept-encoding"}
        blocks = _packed(blocks)
    return StreamingResponse(blocks, 200, headers, media_type)


def _packed(blocks: Iterator[Any]) -> Iterator[bytes]:
    """Text made smaller (RFC 1952), each block so that it can be read at once."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    for block in blocks:
        yield packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def _json(body: dict[str, Any], http: int = 200, changed: datetime | None = None) -> Response:
    headers = dict(_CORS)
    if changed is not None:
        headers["last-modified"] = format_datetime(changed, usegmt=True)
    return Response(orjson.dumps(body), http, headers, "application/json")


def _landing(service: Service, holdings: hapi.Holdings, request: Request) -> Response:
    """A page for people (§3.2)."""
    told = hapi.about(service.archive)
    seen = holdings.seen(service.reader(request), service.clock())
    rows = "".join(
        f'<li><a href="/hapi/info?dataset={escape(h.id, quote=True)}">{escape(h.id)}</a> {escape(h.dataset.title)}</li>'
        for h in seen.values()
    )
    endpoints = ", ".join(f'<a href="/hapi/{e}">{e}</a>' for e in ("about", "capabilities", "catalog"))
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(told['title'])}: HAPI</title>"
        f"<h1>{escape(told['description'])}</h1><p>HAPI {hapi.VERSION}: {endpoints}, info, data.</p><ul>{rows}</ul>"
        '<p><a href="https://github.com/hapi-server/data-specification">The specification</a>, '
        '<a href="https://github.com/hapi-server/client-python">hapiclient for Python</a></p></html>',
        headers=_CORS,
    )
