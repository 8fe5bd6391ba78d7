"""What every address of an archive's server needs: the archive, who asks, and the time that counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from comity.api.turns import Turns
from comity.archive import PUBLIC, Access, Archive, Reader
from comity.archive.query import AT_ONCE, Answered, datasets_read
from comity.archive.rates import RateLimits, Rates, network_of
from comity.archive_rules import Governed, governed, stamp

if TYPE_CHECKING:
    from starlette.requests import Request


#: Of the queries that run at once, those of one asker.
EACH = AT_ONCE - 1


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Service:
    """An open archive that is served. `clock` gives the time by which embargoes end; a test may set it.

    `rates` is how much each may ask, `turns` whose query runs next; `closing` is called when the server ends.
    """

    archive: Archive
    base_url: str
    clock: Callable[[], datetime] = _now
    rates: Rates = field(default_factory=lambda: Rates(RateLimits()))
    turns: Turns = field(default_factory=lambda: Turns(AT_ONCE, EACH))
    closing: list[Callable[[], None]] = field(default_factory=list)
    _rules: Governed = field(init=False)
    _stamp: tuple[object, ...] = field(init=False)
    _looked: float = field(init=False, default_factory=time.monotonic)
    _readers: dict[str, tuple[datetime, Reader]] = field(init=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._stamp = stamp(self.archive)
        self._rules = governed(self.archive)

    def reader(self, request: Request) -> Reader:
        """Who asks: the partner of a bearer token (RFC 6750), or the public. 401 when a token is not known or over.

        A wrong token is refused, not taken for the public, so that nobody believes to see everything and does not.
        """
        if not request.headers.get("authorization", "").strip():
            return self._as(PUBLIC)
        if partner := self._holder(request):
            return self._as(partner)
        raise HTTPException(
            401,
            "this token is not known, or over",
            {"WWW-Authenticate": 'Bearer realm="comity", error="invalid_token"'},
        )

    def asker(self, request: Request) -> str:
        """Whom a request counts for: the partner of its token, or else the address that it comes from."""
        if partner := self._holder(request):
            return f"partner {partner}"
        return f"address {network_of(request.client.host if request.client else '')}"

    def _holder(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.archive.register.holder(token.strip(), self.clock()) if scheme.lower() == "bearer" else None

    def errata(self, dataset: str) -> list[dict[str, Any]]:
        """What the record says is wrong with the releases of a dataset."""
        return self._rules.errata(dataset)

    def note(self, reader: Reader, dataset: str, what: str, access: Access, now: datetime) -> None:
        """Keeps that somebody reads what the public may not, before it is sent; nothing for what is open to all."""
        if reader.partner != PUBLIC and not self._as(PUBLIC).answer(what, access, now).allowed:
            self.archive.register.note_reading(dataset, reader.partner, what, now)

    def note_answer(self, reader: Reader, answer: Answered, now: datetime) -> None:
        """Keeps which catalogues that are not for everybody somebody asks, before the answer is sent: that there are no rows tells, too."""
        if reader.partner != PUBLIC:
            for dataset, access in datasets_read(self.archive, answer, reader, now):
                self.note(reader, dataset, dataset, access, now)

    def reader_called(self, partner: str) -> Reader:
        """Who was known by a token, and for whom something runs later."""
        return self._as(partner)

    def _as(self, partner: str) -> Reader:
        """The rules and facts as they stand; looked up anew once a second, as a record may change meanwhile."""
        now = self.clock()
        with self._lock:
            if time.monotonic() - self._looked >= 1.0:
                self._looked = time.monotonic()
                if (found := stamp(self.archive)) != self._stamp:
                    self._rules, self._stamp = governed(self.archive), found
                    self._readers.clear()
            known = self._readers.get(partner)
            if known is None or abs((now - known[0]).total_seconds()) >= 1.0:
                known = self._readers[partner] = (now, self._rules.reader(partner, now))
            return known[1]
