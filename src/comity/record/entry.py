"""An entry: one statement that somebody signed, in the one byte form in which the log keeps it.

    {"signatures": [{"key": id, "public": base64, "signature": base64}, ...],
     "statement": {"after": [ids], "author": partner, "body": {...}, "kind": "agreement.sign",
                   "record": id of the opening entry, "time": "2026-11-24T12:00:00Z", "v": 1}}

A signature is of the canonical bytes of the statement after a prefix that no other use of a key shares. The entry's name
(`id`) is the SHA-256 of those bytes: it does not depend on who signed. `after` names the entries that the author had
seen last, so that what an entry knew of is part of what was signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from comity.record.canonical import NotCanonical, canonical_copy, parse
from comity.record.errors import BadEntry
from comity.record.keys import SigningKey, base64_of, bytes_of, is_signed, key_id

PREFIX = b"comity entry v1\n"
#: Bytes of an entry, and how many signatures and predecessors it may name.
LARGEST = 4 * 2**20
MOST_SIGNATURES = 64
MOST_AFTER = 64

_ID = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")
_AUTHOR = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
#: Before this an entry is made: sums of times and periods have an end (the year 9999).
_END = "9000"
_FIELDS = ("after", "author", "body", "kind", "record", "time", "v")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed: the key's name, its public part (base64), and 64 bytes."""

    key: str
    public: str
    signature: bytes


@dataclass(frozen=True)
class Entry:
    """A signed statement; `body` holds plain JSON values. Made by `Draft.signed` or read by `Entry.from_bytes`."""

    record: str
    kind: str
    author: str
    time: str
    after: tuple[str, ...]
    body: Mapping[str, Any]
    signatures: tuple[Signature, ...]
    statement: bytes

    @cached_property
    def id(self) -> str:
        """SHA-256 of what was signed, in hexadecimal."""
        return hashlib.sha256(PREFIX + self.statement).hexdigest()

    @cached_property
    def at(self) -> datetime:
        """The time that its author gave it, UTC."""
        return moment(self.time)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(s.key for s in self.signatures)

    def to_bytes(self) -> bytes:
        """The canonical bytes, which are the leaf of the log."""
        return self._bytes

    @cached_property
    def _bytes(self) -> bytes:
        signatures = ",".join(  # hexadecimal and base64: nothing to escape
            f'{{"key":"{s.key}","public":"{s.public}","signature":"{base64_of(s.signature)}"}}' for s in self.signatures
        )
        return b'{"signatures":[%b],"statement":%b}' % (signatures.encode(), self.statement)

    def __reduce__(self) -> Any:
        # A tuple of fields crosses to another process four times faster than a map of them.
        said = (self.record, self.kind, self.author, self.time, self.after, self.body)
        return _restored, (said, [(s.key, s.public, s.signature) for s in self.signatures], self.statement)

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """The entry in these bytes. BadEntry when they are none; its signatures are not verified yet (`verify`)."""
        if len(data) > LARGEST:
            raise BadEntry(f"an entry has at most {LARGEST} bytes, not {len(data)}")
        try:
            value = parse(data)
        except NotCanonical as error:
            raise BadEntry(str(error)) from None
        if not isinstance(value, dict) or value.keys() != {"signatures", "statement"}:
            raise BadEntry("an entry has the fields signatures and statement")
        signatures = _signatures(value["signatures"])
        # The whole is canonical, and "statement" is its last key: what remains after the signatures is its bytes.
        statement = data[data.index(b'],"statement":') + 14 : -1] if signatures else b""
        return _entry(value["statement"], statement, signatures)

    def verify(self) -> None:
        """BadEntry unless each of its signatures holds. Whether a key may sign this is the fold's question."""
        message = PREFIX + self.statement
        for s in self.signatures:
            if not is_signed(message, s.signature, s.public):
                raise BadEntry(f"the signature by key {s.key} does not hold")

    def signed_by(self, *keys: SigningKey) -> Entry:
        """The same statement with more signatures."""
        return _with(self.statement, _parsed(self.statement), self.signatures, keys)


def statement(
    *,
    record: str,
    kind: str,
    author: str,
    time: datetime | str,
    after: Iterable[str],
    body: Mapping[str, Any],
) -> bytes:
    """The bytes to sign. BadEntry when a field has the wrong form."""
    return draft(record=record, kind=kind, author=author, time=time, after=after, body=body).text


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement that is to be signed: its bytes, and what they hold."""

    text: bytes
    value: Any

    def signed(self, keys: Sequence[SigningKey]) -> Entry:
        """The entry, signed by one key or more."""
        return _signed(self.text, self.value, keys)


def draft(
    *,
    record: str,
    kind: str,
    author: str,
    time: datetime | str,
    after: Iterable[str],
    body: Mapping[str, Any],
) -> Draft:
    """The statement of these fields. BadEntry when one has the wrong form."""
    value = {
        "after": sorted(after),
        "author": author,
        "body": body,
        "kind": kind,
        "record": record,
        "time": time if isinstance(time, str) else timestamp(time),
        "v": 1,
    }
    try:
        return Draft(*canonical_copy(value))
    except NotCanonical as error:
        raise BadEntry(f"the body of {kind}: {error}") from None


def sign(text: bytes, keys: Sequence[SigningKey]) -> Entry:
    """The entry of a statement, signed by one key or more. BadEntry when it is no statement."""
    return _signed(text, _parsed(text), keys)


def _signed(text: bytes, value: Any, keys: Sequence[SigningKey]) -> Entry:
    if not keys:
        raise BadEntry("an entry needs a signature")
    return _with(text, value, (), keys)


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the second or, where there are some, the millisecond.

    >>> timestamp(datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
    '2026-11-24T13:00:00Z'
    """
    if at.tzinfo is None:
        raise ValueError("a time on the record has a time zone")
    at = at.astimezone(UTC)
    text = at.isoformat(timespec="milliseconds" if at.microsecond >= 1000 else "seconds")
    return text.replace("+00:00", "Z")


@lru_cache(maxsize=4_096)
def moment(text: str) -> datetime:
    """The time that a timestamp gives. ValueError when it is none."""
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2026-11-24T12:00:00Z")
    return datetime.fromisoformat(text[:-1] + "+00:00")


#: How far ahead of the clock of whoever appends it an entry's time may be.
AHEAD = timedelta(minutes=5)


def _restored(
    said: tuple[str, str, str, str, tuple[str, ...], Mapping[str, Any]],
    signatures: list[tuple[str, str, bytes]],
    text: bytes,
) -> Entry:
    return Entry(*said, tuple(Signature(*s) for s in signatures), text)


def _parsed(text: bytes) -> Any:
    try:
        return parse(text)
    except NotCanonical as error:
        raise BadEntry(str(error)) from None


def _with(text: bytes, value: Any, before: tuple[Signature, ...], keys: Iterable[SigningKey]) -> Entry:
    message = PREFIX + text
    known = {s.key: s for s in before}
    known |= {key.id: Signature(key.id, key.public, key.sign(message)) for key in keys}
    entry = _entry(value, text, tuple(known[k] for k in sorted(known)))
    size = len(entry.to_bytes())
    if size > LARGEST:
        raise BadEntry(f"an entry has at most {LARGEST} bytes, not {size}")
    return entry


def _entry(value: Any, text: bytes, signatures: tuple[Signature, ...]) -> Entry:
    if not isinstance(value, dict) or tuple(sorted(value)) != _FIELDS:
        raise BadEntry(f"a statement has the fields {', '.join(_FIELDS)}")
    if value["v"] != 1 or isinstance(value["v"], bool):
        raise BadEntry(f"a statement of version {value['v']!r}; this comity knows version 1")
    for field, (fits, right) in _FORMS.items():
        if not fits(value[field]):
            raise BadEntry(f"the field {field} of a statement is {right}, not {value[field]!r}")
    after = value["after"]
    try:
        moment(value["time"])
        if value["time"] >= _END:
            raise ValueError(f"{value['time']} is no time to sign anything at")
    except (TypeError, ValueError) as error:
        raise BadEntry(f"the field time of a statement: {error}") from None
    return Entry(
        value["record"], value["kind"], value["author"], value["time"], tuple(after), value["body"], signatures, text
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _are_ids(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) <= MOST_AFTER and all(map(_is_id, value)) and value == sorted(set(value))
    )


#: By field of a statement, whether a value is of its form, and what that is.
_FORMS: dict[str, tuple[Callable[[Any], object], str]] = {
    "kind": (lambda v: isinstance(v, str) and _KIND.fullmatch(v), "such as agreement.sign"),
    "author": (lambda v: isinstance(v, str) and _AUTHOR.fullmatch(v), "a partner's id such as esa"),
    "record": (lambda v: v == "" or _is_id(v), "the id of the opening entry, 64 hexadecimal digits"),
    "body": (lambda v: isinstance(v, dict), "a map"),
    "after": (_are_ids, f"at most {MOST_AFTER} ids of entries, in order"),
}


def _signatures(value: Any) -> tuple[Signature, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_SIGNATURES:
        raise BadEntry(f"an entry has from 1 to {MOST_SIGNATURES} signatures")
    found = []
    for one in value:
        if not isinstance(one, dict) or one.keys() != {"key", "public", "signature"}:
            raise BadEntry("a signature has the fields key, public and signature")
        try:
            signature = Signature(one["key"], one["public"], bytes_of(one["signature"], length=64))
            fits = key_id(one["public"]) == one["key"]
        except (TypeError, ValueError) as error:
            raise BadEntry(f"a signature: {error}") from None
        if not fits:
            raise BadEntry(f"the public key of a signature is not that of key {one['key']}")
        found.append(signature)
    if [s.key for s in found] != sorted({s.key for s in found}):
        raise BadEntry("signatures stand once each, in the order of their keys")
    return tuple(found)
