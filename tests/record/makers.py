"""Makes small records for the tests: keys of fixed seeds, and entries that follow each other a second apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from comity.record.entry import Entry, sign, statement
from comity.record.fold import Fold
from comity.record.keys import SigningKey
from comity.record.state import Guard, Kind

START = datetime(2026, 1, 1, tzinfo=UTC)


def key(name: str) -> SigningKey:
    """The key of a name."""
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


def officers(*names: str, threshold: int = 1) -> dict[str, Any]:
    """A party as an opening entry holds it, with a key for each name."""
    return {"officers": [{"public": key(n).public, "person": n} for n in names], "threshold": threshold}


class Scribe:
    """Writes entries onto a fold, each after the last."""

    def __init__(
        self,
        founders: Mapping[str, Mapping[str, Any]],
        *,
        kinds: Iterable[Kind] = (),
        guards: Iterable[Guard] = (),
        grave: Iterable[str] = (),
        start: datetime = START,
    ) -> None:
        self.fold = Fold(tuple(kinds), tuple(guards))
        self.state = self.fold.state
        self.entries: list[Entry] = []
        self.now = start
        body = {"programme": "trial", "founders": founders, "grave": sorted(grave)}
        signers = [o["person"] for f in founders.values() for o in f["officers"]]
        assert self.write("record.open", body, by=next(iter(founders)), keys=signers, after=[]) is None

    def entry(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        by: str,
        keys: Iterable[str] = (),
        at: datetime | None = None,
        after: Iterable[str] | None = None,
    ) -> Entry:
        """The entry, not written yet; signed by the keys of these names, or that of its author's name."""
        followed = [self.entries[-1].id] if after is None else after
        text = statement(record=self.fold.record, kind=kind, author=by, time=at or self.now, after=followed, body=body)
        return sign(text, [key(n) for n in keys or (by,)])

    def write(self, kind: str, body: Mapping[str, Any], **how: Any) -> str | None:
        """Writes the entry; why it was refused, or None. The clock goes on by a second, or to the entry's time."""
        entry = self.entry(kind, body, **how)
        refusal = self.fold.take(Entry.from_bytes(entry.to_bytes()))
        self.entries.append(entry)
        self.now = max(self.now, entry.at) + timedelta(seconds=1)
        return refusal.reason if refusal else None
