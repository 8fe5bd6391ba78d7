"""What HAPI answers when it cannot (HAPI 3.2 §4.2, §8.3): its codes, their words and the HTTP status of each."""

from __future__ import annotations

from typing import Any

VERSION = "3.2"
#: Code: HTTP status, message.
STATUSES = {
    1200: (200, "OK"),
    1201: (200, "OK - no data for time range"),
    1400: (400, "Bad request - user input error"),
    1401: (400, "Bad request - unknown API parameter name"),
    1402: (400, "Bad request - syntax error in start time"),
    1403: (400, "Bad request - syntax error in stop time"),
    1404: (400, "Bad request - start equal to or after stop"),
    1405: (400, "Bad request - start < startDate and/or stop > stopDate"),
    1406: (404, "Bad request - unknown dataset id"),
    1407: (404, "Bad request - unknown dataset parameter"),
    1408: (400, "Bad request - too much time or data requested"),
    1409: (400, "Bad request - unsupported output format"),
    1410: (400, "Bad request - unsupported include value"),
    1411: (400, "Bad request - out-of-order or duplicate parameters"),
    1412: (400, "Bad request - unsupported resolve_references value"),
    1413: (400, "Bad request - unsupported depth value"),
    1500: (500, "Internal server error"),
    1501: (500, "Internal server error - upstream request error"),
}


class HapiError(Exception):
    """A request that is answered with a code; what the request said is not repeated (§5.2)."""

    def __init__(self, code: int, more: str = "") -> None:
        super().__init__(code, more)
        self.code = code
        self.http, message = STATUSES[code]
        self.message = f"{message}; {more}" if more else message

    def body(self) -> dict[str, Any]:
        """The JSON that is sent in place of an answer."""
        return {"HAPI": VERSION, "status": {"code": self.code, "message": self.message}}


def status(code: int = 1200) -> dict[str, Any]:
    """The beginning of an answer."""
    return {"HAPI": VERSION, "status": {"code": code, "message": STATUSES[code][1]}}
