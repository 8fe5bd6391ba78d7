"""What a query asks of TAP (TAP 1.1 §2.7): its parameters, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.archive.dali import Parameters, UsageError
from comity.archive.query import QueryLimits, Uploaded
from comity.archive.tap.results import format_of
from comity.archive.tap.uploads import uploads

#: Rows that are given when nobody says, and rows that are given at most.
DEFAULT_ROWS, MOST_ROWS = 20_000, 1_000_000
#: Seconds of a query that is waited for; of one that is not: by default, and at most.
SYNC_S, ASYNC_S, MOST_ASYNC_S = 60.0, 600.0, 3600.0
_LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")


@dataclass(frozen=True, slots=True)
class TapRequest:
    """A query with its format, its most rows, and the tables that come with it."""

    query: str
    format: str
    asked_format: str | None
    rows: int
    uploads: tuple[Uploaded, ...]

    def limits(self, time_s: float) -> QueryLimits:
        """The limits that it runs in."""
        return replace(QueryLimits(), rows=self.rows, time_s=time_s)


def tap_request(parameters: Parameters, files: Mapping[str, bytes], *, own: str = "") -> TapRequest:
    """What is asked for; `own` is this service's address. UsageError says what is wrong with it."""
    wanted = (parameters.one("REQUEST") or "doQuery").strip()
    if wanted.lower() != "doquery":
        raise UsageError(f"REQUEST={wanted[:30]}: doQuery is the only one")
    language = parameters.one("LANG")
    if language is None:
        raise UsageError("LANG is missing: LANG=ADQL")
    if language.strip().upper() not in _LANGUAGES:
        raise UsageError(f"LANG={language[:30]}: there is {', '.join(_LANGUAGES)}")
    query = parameters.one("QUERY")
    if query is None or not query.strip():
        raise UsageError("QUERY is missing")
    asked = parameters.one("RESPONSEFORMAT") or parameters.one("FORMAT")
    rows = parameters.whole("MAXREC")
    return TapRequest(
        query,
        format_of(asked),
        asked,
        DEFAULT_ROWS if rows is None else min(rows, MOST_ROWS),
        uploads(parameters.all("UPLOAD"), files, own=own),
    )
