"""Signed entries for measuring the record, made and checked by several processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from os import cpu_count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.record import Entry, Kind, SigningKey, State
from comity.record.entry import sign, statement
from comity.workers import side_by_side, streamed

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = SigningKey.from_seed(bytes(32))
BATCH = 2_000
CORES = cpu_count() or 1


def _note(state: State, entry: Entry) -> None:
    state.put("notes", entry.body["element"], entry.body)


#: What the entries after the first say: a short promise about one of a thousand elements.
NOTE = Kind("benchmark.note", _note, "says something of an element")


def opening() -> Entry:
    """The entry that opens the record: one founder with one key."""
    officers = [{"public": KEY.public, "person": "director"}]
    founders = {"esa": {"name": "European Space Agency", "threshold": 1, "officers": officers}}
    body = {"programme": "benchmark", "founders": founders, "grave": []}
    return sign(statement(record="", kind="record.open", author="esa", time=AT, after=(), body=body), [KEY])


def made(count: int) -> Iterator[bytes]:
    """The leaves of a record of so many entries, in order, signed on all cores."""
    first = opening()
    tasks = ((first.id, start, min(count, start + BATCH)) for start in range(1, count, BATCH))
    yield first.to_bytes()
    yield from chain.from_iterable(streamed(_made, tasks, workers=CORES))


def _made(_: None, record: str, start: int, stop: int) -> list[bytes]:
    leaves = []
    for n in range(start, stop):
        body = {
            "element": f"element {n % 1000}",
            "text": f"delivers part {n} by the month that the plan says",
            "month": n,
        }
        text = statement(record=record, kind=NOTE.name, author="esa", time=AT, after=(record,), body=body)
        leaves.append(sign(text, [KEY]).to_bytes())
    return leaves


def checks_per_second(seconds: float, length: int) -> float:
    """Bare Ed25519 checks a second of messages of so many bytes, by the same library, on all cores at once."""
    return sum(side_by_side(_checks, [(seconds, length)] * CORES, workers=CORES))


def _checks(_: None, seconds: float, length: int) -> float:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, message = private.public_key(), bytes(length)
    signature = private.sign(message)
    started, done = time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < seconds:
        for _ in range(100):
            public.verify(signature, message)
        done += 100
    return done / passed
