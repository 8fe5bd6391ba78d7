"""The programme's state as a deterministic fold over its record.

Every node takes the same entries in the same order and comes to the same state, bit for bit. An entry that may not do
what it asks for stays on the record (what was signed was signed) but changes nothing, on every node alike; the fold says
which these are, and why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from comity.record import keyring
from comity.record.entry import Entry
from comity.record.errors import BadEntry, Refused
from comity.record.state import Guard, Kind, State

_log = logging.getLogger(__name__)
#: What keeps an entry from counting.
RefusedOrBad = (Refused, BadEntry)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that changed nothing, and why."""

    index: int
    id: str
    kind: str
    author: str
    reason: str


@dataclass
class Fold:
    """Takes entries one by one, in the order of the log; `state` and `refusals` are what they came to."""

    kinds: Iterable[Kind] = ()
    guards: Sequence[Guard] = ()
    state: State = field(default_factory=State)
    refusals: list[Refusal] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        self._kinds = {kind.name: kind for kind in (*keyring.KINDS, *self.kinds)}
        self._times: dict[str, str] = {}
        self._counted: set[str] = set()
        self._ahead: list[tuple[str, str]] = []  # (time, party) of the two parties whose last entries are the latest

    def saved(self) -> dict[str, Any]:
        """All that it came to, as plain values in order, for `resume`."""
        return {
            "size": self.size,
            "state": {name: dict(self.state.section(name)) for name in self.state.sections},
            "refusals": [[r.index, r.id, r.kind, r.author, r.reason] for r in self.refusals],
            "times": self._times,
            "uncounted": [i for i in self._times if i not in self._counted],
            "ahead": [list(one) for one in self._ahead],
        }

    @classmethod
    def resume(cls, saved: Mapping[str, Any], kinds: Iterable[Kind], guards: Sequence[Guard]) -> Fold:
        """The fold that `saved` was asked of, with the same kinds and guards."""
        fold = cls(kinds, guards, refusals=[Refusal(*r) for r in saved["refusals"]], size=saved["size"])
        for name, values in saved["state"].items():
            for key, value in values.items():
                fold.state.put(name, key, value)
        fold.state.settle()
        fold._times = dict(saved["times"])
        fold._counted = set(fold._times) - set(saved["uncounted"])
        fold._ahead = [(time, party) for time, party in saved["ahead"]]
        return fold

    @property
    def clock(self) -> str:
        """The time that has passed on this record: that two parties, or the only one that writes, have written since."""
        return self._ahead[-1][0] if self._ahead else ""

    def take(self, entry: Entry, *, signatures_hold: bool = False) -> Refusal | None:
        """Takes the next entry; says why when it is refused. `signatures_hold`: they were verified already."""
        refusal = None
        try:
            if not signatures_hold:
                entry.verify()
            self._place(entry)
            self._apply(self.in_time(entry))
            self._count(entry)
        except Exception as error:
            # An entry that a kind did not foresee must not stop every node for ever: it counts for nothing, and is told.
            if not isinstance(error, RefusedOrBad):
                _log.error("entry %s (%s) met an error in comity: %r", entry.id, entry.kind, error)
                _log.debug("in full:", exc_info=error)
            self.state.roll_back()
            refusal = Refusal(self.size, entry.id, entry.kind, entry.author, _reason(error))
            self.refusals.append(refusal)
            if entry.id not in self._counted:
                self.state.put("refused", entry.id, entry.kind)
        self.state.settle()
        self._times.setdefault(entry.id, entry.time)
        self.size += 1
        return refusal

    def skip(self, reason: str) -> Refusal:
        """Takes a leaf of the log that is no entry: it counts for nothing but its place."""
        refusal = Refusal(self.size, "", "", "", reason)
        self.refusals.append(refusal)
        self.size += 1
        return refusal

    def would_refuse(self, entry: Entry) -> str | None:
        """Why this entry would be refused as the next one; None when it would count. Changes nothing."""
        try:
            return self.tried(entry)
        finally:
            self.drop()

    def tried(self, entry: Entry, *, signatures_hold: bool = False) -> str | None:
        """The same, but what it did to the state stays until it is dropped (`drop`), or has come to stand next (`keep`).

        So that an entry that is appended is not applied twice. `signatures_hold`: they were made, or verified, just now.
        """
        try:
            if not signatures_hold:
                entry.verify()
            self._place(entry)
            self._apply(self.in_time(entry))
        except Exception as error:
            return _reason(error)
        return None

    def drop(self) -> None:
        """What was tried is not appended."""
        self.state.roll_back()

    def keep(self, entry: Entry) -> None:
        """What was tried, and would count, is the next entry of the log."""
        self._count(entry)
        self.state.settle()
        self._times.setdefault(entry.id, entry.time)
        self.size += 1

    def in_time(self, entry: Entry) -> Entry:
        """The entry as of the time at which it comes: what is dated back behind the clock comes at the clock's time.

        So nobody votes after the end, or signs with a key that ran out, by giving an earlier time; and nobody alone can
        put the clock forward for the others.
        """
        return replace(entry, time=self.clock) if _later(self.clock, entry.time) else entry

    def _count(self, entry: Entry) -> None:
        self._counted.add(entry.id)
        self.state.remove("refused", entry.id)  # it may have come before, when not all had signed
        self._ahead = _two_latest([*self._ahead, (entry.time, entry.author)])

    @property
    def record(self) -> str:
        """The id of the opening entry; empty before it."""
        opening = self.state.get("record", "opening")
        return opening["id"] if opening else ""

    def _place(self, entry: Entry) -> None:
        """Does the entry belong to this record, once, after what it says it follows?"""
        if entry.id in self._counted:
            raise Refused("this statement is on the record already")
        if entry.kind == "record.open":
            return
        if entry.record != self.record or not self.record:
            raise Refused(
                f"it belongs to the record {entry.record[:12] or '(none)'}, not to {self.record[:12] or '(none)'}"
            )
        if not entry.after:
            raise Refused("it names no entry that it follows")
        for earlier in entry.after:
            if earlier not in self._times:
                raise Refused(f"it follows entry {earlier[:12]}, which is not on the record before it")
            if _later(self._times[earlier], entry.time):
                raise Refused(f"its time {entry.time} is before that of entry {earlier[:12]}, which it follows")

    def _apply(self, entry: Entry) -> None:
        kind = self._kinds.get(entry.kind)
        if kind is None:
            near = get_close_matches(entry.kind, self._kinds, 1)
            raise Refused(f"there is no kind {entry.kind!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        if entry.kind != "record.open":
            keyring.authorise(self.state, entry, kind)
            for guard in self.guards:
                guard(self.state, entry)
        kind.apply(self.state, entry)


def fold(
    entries: Iterable[Entry],
    *,
    kinds: Iterable[Kind] = (),
    guards: Sequence[Guard] = (),
    as_of: datetime | None = None,
    signatures_hold: bool = False,
) -> Fold:
    """What a record says, or said as of a time (UTC): until the first entry that came after it.

    What a record said as of a time that has passed does not change any more, whatever is written later.
    """
    result = Fold(kinds, guards)
    for entry in entries:
        if as_of is not None and result.in_time(entry).at > as_of:
            break
        result.take(entry, signatures_hold=signatures_hold)
    return result


def _two_latest(entries: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The latest time of each of the two parties whose times are the latest, in order."""
    latest: dict[str, str] = {}
    for time, party in entries:
        if party not in latest or _later(time, latest[party]):
            latest[party] = time
    return sorted(((time, party) for party, time in latest.items()), key=lambda e: e[0].rstrip("Z"), reverse=True)[:2]


def _reason(error: Exception) -> str:
    if isinstance(error, RefusedOrBad):
        return str(error)
    return f"comity failed on it ({error!r}); please report it"


def _later(a: str, b: str) -> bool:
    # Timestamps differ in form only by optional milliseconds: "…:00Z" and "…:00.500Z".
    return a.rstrip("Z") > b.rstrip("Z")
