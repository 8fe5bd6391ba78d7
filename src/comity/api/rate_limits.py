"""429 for who asks more than the server's keeper allows (RFC 6585 §4), before anything is done for them."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from comity.api.service import Service
from comity.archive.dali import VOTABLE, error_document

#: What is never refused: whether the server is there.
FREE = ("/health",)
#: Where errors are VOTables (DALI 1.1 §4.2).
_DALI = ("/tap/", "/scs/", "/sia2/", "/datalink/", "/moc/")


class RateLimited:
    """Counts the requests of each asker: a partner by their token, the public by their address."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in FREE:
            await self._app(scope, receive, send)
            return
        who = self._service.asker(Request(scope))
        rates = self._service.rates
        if seconds := rates.begin(who):
            await refusal(scope["path"], seconds)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            rates.end(who)


def refusal(path: str, seconds: float) -> Response:
    """That it was too much, and when to come again [s]."""
    later = math.ceil(seconds)
    told = f"too many requests; come again in {later} s"
    headers = {"Retry-After": str(later)}
    if path.startswith(_DALI):
        return Response(error_document(told), 429, headers, media_type=VOTABLE)
    return JSONResponse({"error": told}, 429, headers)
