"""A record that is open: its log, the kinds of entries of all engines, and the state that they come to.

>>> from pathlib import Path; import tempfile
>>> from comity.record import SigningKey
>>> director = SigningKey.new()
>>> place = Path(tempfile.mkdtemp()) / "hera.record"
>>> with open_record(place, create=True) as record:
...     opened = record.open_with("hera", {"esa": Founder((director,))})
...     left = record.write("party.leave", {"reason": "a short story"}, author="esa", keys=[director])
...     len(record), record.refusals
(2, [])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from comity.governance.agreements import differences
from comity.kinds import GUARDS, KINDS
from comity.model import Reading
from comity.model.problems import Problem
from comity.record import BadEntry, Entry, Fold, Refusal, Refused, SigningKey, State, collection, fold, snapshot
from comity.record.entry import AHEAD, Draft, draft, sign, statement
from comity.record.log import Log, open_log
from comity.record.naming import shown, split_time
from comity.record.programme import reading_of
from comity.record.replay import replay


@dataclass(frozen=True, slots=True)
class Founder:
    """A partner that opens a record: its officers' keys, who they are, and how many sign together what is grave."""

    officers: tuple[SigningKey, ...]
    persons: tuple[str, ...] = ()
    threshold: int = 1
    name: str | None = None

    def to_dict(self, partner: str) -> dict[str, Any]:
        """The founder as the opening entry holds it."""
        persons = self.persons or tuple(f"officer {n + 1} of {partner}" for n in range(len(self.officers)))
        return {
            "name": self.name or partner,
            "threshold": self.threshold,
            "officers": [{"public": k.public, "person": p} for k, p in zip(self.officers, persons, strict=True)],
        }


class Record:
    """A log of entries and what they come to; a context manager."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._fold: Fold | None = None
        self._appended: tuple[int, Entry] | None = None  # the last entry, and how many there were with it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the log go."""
        self.log.close()

    @property
    def place(self) -> str:
        """Where it is, as may be shown: without a password."""
        return self.log.store.place

    def __len__(self) -> int:
        return self.log.size

    # --- reading -----------------------------------------------------------------------------------------------------------

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """The entries from one index to before another, in the order of the log; what is none is left out."""
        for _, entry in self.numbered(start, stop):
            yield entry

    def numbered(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Entry]]:
        """The same with their indices."""
        for index, leaf in self.log.read(start, stop):
            with suppress(BadEntry):
                yield index, Entry.from_bytes(leaf)

    def last(self) -> Entry | None:
        """The last entry whose time is not ahead of the clock, as one that its author dated at will may be."""
        return self._last(len(self))

    def _last(self, size: int) -> Entry | None:
        latest = datetime.now(UTC) + AHEAD
        if self._appended is not None and self._appended[0] == size and self._appended[1].at <= latest:
            return self._appended[1]
        for index in range(size - 1, -1, -1):
            for entry in self.entries(index, index + 1):
                if entry.at <= latest:
                    return entry
        return None

    @property
    def now(self) -> Fold:
        """What all entries come to; takes those that have come since it was last asked, or since its snapshot."""
        if self._fold is None:
            self._fold = snapshot.resumed(self.log, KINDS, GUARDS)
        before = self._fold.size
        if before < self.log.size:
            replay((leaf for _, leaf in self.log.read(before)), self._fold)
        if self._fold.size - before >= snapshot.WORTH:
            snapshot.keep(self.log, self._fold)
        return self._fold

    def anew(self) -> Fold:
        """What all entries come to, folded from the first one, without any snapshot."""
        return replay((leaf for _, leaf in self.log.read()), Fold(KINDS, GUARDS))

    @property
    def state(self) -> State:
        return self.now.state

    @property
    def refusals(self) -> list[Refusal]:
        return self.now.refusals

    def as_of(self, at: datetime) -> Fold:
        """What the entries that were made at a time (UTC) or before come to."""
        return fold(self.entries(), kinds=KINDS, guards=GUARDS, as_of=at)

    # --- writing -------------------------------------------------------------------------------------------------------------

    def open_with(
        self,
        programme: str,
        founders: Mapping[str, Founder],
        *,
        grave: Iterable[str] = (),
        at: datetime | None = None,
    ) -> Entry:
        """Writes the opening entry, signed by all founders. Refused when the record is open already."""
        return self.append(opening(programme, founders, grave=grave, at=at))

    def draft(self, kind: str, body: Mapping[str, Any], *, author: str, at: datetime | None = None) -> bytes:
        """The statement that would come next, to be signed; it follows the last entry (`last`)."""
        return self._drafted(self.now, kind, body, author, at).text

    def _drafted(self, fold: Fold, kind: str, body: Mapping[str, Any], author: str, at: datetime | None) -> Draft:
        last = self._last(fold.size)
        if last is None:
            raise Refused("the record is not open yet; `comity record init` opens it")
        time = _at(at) if at is not None else max(_at(None), last.at)
        return draft(record=fold.record, kind=kind, author=author, time=time, after=(last.id,), body=body)

    def write(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        author: str,
        keys: Sequence[SigningKey],
        at: datetime | None = None,
    ) -> Entry:
        """Signs a statement and appends it. Refused, with the reason, when it would not count; then nothing is written."""
        with collection.put_off():
            entry = self._write_next(kind, body, author, keys, at)
            if entry is None:
                fold = self.now
                entry = self._append(self._drafted(fold, kind, body, author, at).signed(keys), fold, made_here=True)
            return entry

    def _write_next(
        self, kind: str, body: Mapping[str, Any], author: str, keys: Sequence[SigningKey], at: datetime | None
    ) -> Entry | None:
        """As `write`, if the last entry is this writer's own; None, and nothing is written, if not, or if it would not count.

        The log is not asked whether there is more: it takes the entry as the next one after what is known, or not at all.
        """
        fold = self._fold
        if fold is None or self._appended is None or self._appended[0] != fold.size:
            return None
        entry = self._drafted(fold, kind, body, author, at).signed(keys)
        try:
            if _trouble(entry, fold, made_here=True) is not None:
                return None
            if not self.log.append_next(entry.to_bytes(), size=fold.size):
                return None
            self._keep(entry, fold)
            return entry
        finally:
            fold.drop()  # nothing, once it is kept

    def append(self, entry: Entry) -> Entry:
        """Appends an entry that would count; it is safe when this returns. Refused when it would not count.

        Refused, too, when another's entry got in before it, so that it does not count though it stands on the record.
        """
        return self._append(entry, self.now)

    def _append(self, entry: Entry, fold: Fold, *, made_here: bool = False) -> Entry:
        try:
            reason = _trouble(entry, fold, made_here=made_here)
            if reason is not None:
                raise Refused(f"{entry.kind} by {entry.author}: {reason}")
            [index] = self.log.append([entry.to_bytes()])
            if index == fold.size:
                self._keep(entry, fold)
                return entry
        finally:
            fold.drop()  # nothing, once it is kept
        late = next((r.reason for r in reversed(self.refusals) if r.index == index), None)
        if late is not None:
            raise Refused(
                f"{entry.kind} by {entry.author}: another entry came first, and this one does not count: {late}"
            )
        return entry

    def _keep(self, entry: Entry, fold: Fold) -> None:
        fold.keep(entry)
        self._appended = fold.size, entry


def _trouble(entry: Entry, fold: Fold, *, made_here: bool) -> str | None:
    """Why an entry would not count as the next one; if it would, the fold has it tried."""
    reason = fold.tried(entry, signatures_hold=made_here)
    if reason is None and entry.at > datetime.now(UTC) + AHEAD:
        reason = f"its time {entry.time} is more than {AHEAD} ahead of the clock"
    return reason


def opening(
    programme: str, founders: Mapping[str, Founder], *, grave: Iterable[str] = (), at: datetime | None = None
) -> Entry:
    """The entry that opens a record, signed by all founders. Refused when it would not count on an empty one."""
    body = {
        "programme": programme,
        "founders": {partner: founder.to_dict(partner) for partner, founder in founders.items()},
        "grave": sorted(grave),
    }
    keys = [key for founder in founders.values() for key in founder.officers]
    entry = sign(
        statement(record="", kind="record.open", author=min(founders), time=_at(at), after=(), body=body), keys
    )
    reason = Fold(KINDS, GUARDS).would_refuse(entry)
    if reason is not None:
        raise Refused(f"the record cannot be opened so: {reason}")
    return entry


def open_record(place: Path | str, *, create: bool = False) -> Record:
    """The record at a path (SQLite) or a `postgresql://` URL. RecordError when there is none, or it is damaged."""
    return Record(open_log(place, create=create))


def reading_at(named: str) -> Reading:
    """The programme that a record holds, read and checked as from a folder; `named` is RECORD or RECORD@TIME (UTC).

    RecordError when there is no record, it is damaged, or it holds no programme at that time.
    """
    state, _ = state_at(named)
    return reading_of(state, called=shown(named))


def state_at(named: str) -> tuple[State, datetime | None]:
    """What a record says, and the time as of which; `named` is RECORD or RECORD@TIME (UTC). RecordError as above."""
    place, at = split_time(named)
    with open_record(place) as record:
        return (record.now if at is None else record.as_of(at)).state, at


def agreement_differences(named: str) -> list[Problem]:
    """Where the programme of RECORD or RECORD@TIME says otherwise of agreements than what is in force there then (or now).

    RecordError as above.
    """
    state, at = state_at(named)
    return differences(reading_of(state, called=shown(named)), state, at or datetime.now(UTC))


def _at(at: datetime | None) -> datetime:
    return (at or datetime.now(UTC)).replace(microsecond=0)
