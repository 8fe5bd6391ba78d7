"""How a client posts: again and again until it knows that its journal stands, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from comity.funding.ledger.journal import Journal
from comity.funding.ledger.posting import JOURNALS, digest_of
from comity.record import Entry, Refused, SigningKey, State

#: How often a journal is tried again when another's entry came first.
TRIES = 20


class Reader(Protocol):
    """A record that is open: `comity.records.Record`."""

    @property
    def state(self) -> State: ...

    def entries(self) -> Iterator[Entry]: ...


class Writer(Protocol):
    """A record that is open to be written: `comity.records.Record`."""

    @property
    def state(self) -> State: ...

    def write(
        self, kind: str, body: Mapping[str, Any], *, author: str, keys: Sequence[SigningKey], at: datetime | None = None
    ) -> Entry: ...


@dataclass(frozen=True, slots=True)
class Posted:
    """The id of the entry that holds a journal, and whether it stood there before it was asked for."""

    entry: str
    before: bool


def post_journal(
    record: Writer,
    ledger: str,
    journal: Journal | Mapping[str, Any],
    *,
    author: str,
    keys: Sequence[SigningKey],
    opens: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Posted:
    """Posts a journal that opens these accounts first, unless it is posted already: the same key stands for success.

    So a client that was killed, or heard no answer, posts the same journal again. Refused, with the reason, when it may not
    be posted, or another journal has this key.
    """
    body: dict[str, Any] = {"ledger": ledger, "journal": journal.to_body() if isinstance(journal, Journal) else journal}
    body |= {"opens": opens} if opens else {}
    return write_journal(record, "ledger.post", body, author=author, keys=keys, at=at)


def write_journal(
    record: Writer,
    kind: str,
    body: Mapping[str, Any],
    *,
    author: str,
    keys: Sequence[SigningKey],
    at: datetime | None = None,
) -> Posted:
    """As `post_journal`, by an entry of any kind whose body holds the ledger and the journal."""
    with suppress(Refused):  # as it is if its key is there already: most are new, and then need not be looked for
        return Posted(record.write(kind, body, author=author, keys=keys, at=at).id, before=False)
    for left in reversed(range(TRIES)):
        state = record.state
        before = posted_as(state, body["ledger"], body["journal"])
        if before is not None:
            return Posted(before, before=True)
        seen = state.get("ledger_heads", body["ledger"])
        try:
            return Posted(record.write(kind, body, author=author, keys=keys, at=at).id, before=False)
        except Refused:
            # Another may have posted this very journal meanwhile, or what made it impossible; if nothing did, it is refused.
            if not left or record.state.get("ledger_heads", body["ledger"]) == seen:
                raise
    raise AssertionError("unreachable")


def posted_as(state: State, ledger: str, journal: Mapping[str, Any]) -> str | None:
    """The id of the entry by which this very journal is posted; None when none of its key is. Refused for another one."""
    there = state.get(JOURNALS, f"{ledger}/{journal.get('key')}")
    if there is None:
        return None
    if there["digest"] != digest_of(journal):
        raise Refused(
            f"another journal {journal['key']!r} is posted already as entry {there['entry'][:12]}; choose another key"
        )
    return str(there["entry"])


def written_before(
    record: Reader, kind: str, key: str, asked: Mapping[str, Any], *, day: str | None = None
) -> Entry | None:
    """The entry of this kind that asked for just this by a journal of a key; None when the key is free.

    For entries whose journal follows from what was asked (`asked`: all fields but the journal, with the ledger), and so is
    another one once it is posted. `day`: that of the journal, where it was asked for. Refused when the key is of anything
    else, or of what was reversed since.
    """
    there = record.state.get(JOURNALS, f"{asked['ledger']}/{key}")
    if there is None:
        return None
    entry = next(e for e in record.entries() if e.id == there["entry"])
    said = {name: value for name, value in entry.body.items() if name != "journal"}
    other_day = day is not None and entry.kind == kind and entry.body["journal"]["transactions"][0]["date"] != day
    if entry.kind != kind or said != asked or other_day:
        raise Refused(f"{key!r} is {entry.kind} of other content already, entry {entry.id[:12]}; choose another name")
    if there["reversed"]:
        raise Refused(f"{key!r} was reversed; what takes its place has another name")
    return entry
