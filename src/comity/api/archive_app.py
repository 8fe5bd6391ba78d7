"""The server of an archive: all its protocols under one address, with limits and headers that hold for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comity.api.rate_limits import RateLimited
from comity.api.service import Service
from comity.api.turns import Gone
from comity.archive import ArchiveError

#: Bytes of a request's body; uploads of TAP have a limit of their own below it.
MOST_BODY = 64 * 2**20
#: Bytes of the bodies of all requests that are not answered yet: those of queries that wait for their turn, most of all.
MOST_BODIES = 2**30
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"),
    (b"vary", b"authorization"),
)


def archive_app(service: Service) -> Starlette:
    """The ASGI application. `app.state.service` is the service."""
    from comity.api import downloads, hapi, openapi, pages, simple_access, tap

    routes = [
        Route("/health", _health),
        *downloads.routes(service),
        *tap.routes(service),
        *simple_access.routes(service),
        *hapi.routes(service),
        *pages.routes(service),
        *openapi.routes(service),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_Hardened), Middleware(RateLimited, service=service)],
        lifespan=_closing,
        exception_handlers={ArchiveError: _bad_request, HTTPException: _refused, Gone: _gone},
    )
    app.state.service = service
    return app


@asynccontextmanager
async def _closing(app: Starlette) -> AsyncIterator[None]:
    """Ends what the protocols began, when the server ends."""
    yield
    for close in app.state.service.closing:
        close()


async def _health(_: Request) -> Response:
    """Is the server there? Open to everybody."""
    return JSONResponse({"status": "ok"})


async def _bad_request(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody reads this."""
    return Response(status_code=499)


class _Hardened:
    """Headers on every answer, and no body beyond the limit, whatever its length is said to be."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if not stated.isdigit() or int(stated) > MOST_BODY:
            await JSONResponse({"error": f"a body has {MOST_BODY:,} bytes at most"}, 413)(scope, receive, send)
            return
        taken = 0

        async def take() -> Message:
            nonlocal taken
            message = await receive()
            size = len(message.get("body", b""))
            taken += size
            self._held += size
            if taken > MOST_BODY:
                raise HTTPException(413, f"a body has {MOST_BODY:,} bytes at most")
            if self._held > MOST_BODIES:
                raise HTTPException(503, "too much waits to be answered; come again in 10 s", {"Retry-After": "10"})
            return message

        try:
            await self.app(scope, take, _with_headers(send))
        finally:
            self._held -= taken


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {k.lower() for k, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(h for h in _HEADERS if h[0] not in present)]
        await send(message)

    return sending
