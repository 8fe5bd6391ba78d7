"""The archive on the record: what was released, what is wrong with it, and who read what was not for all."""

from __future__ import annotations

import re
from typing import Any

from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, field, moment, only

#: Sections of the state: releases and errata by `DATASET@VERSION`, readings by dataset,
#: cross-validations by the digest of their report.
RELEASES, ERRATA, READINGS, VALIDATIONS = "releases", "errata", "readings", "validations"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VERSION = re.compile(r"\S{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Readings in one entry.
MOST = 10_000


def release(state: State, entry: Entry) -> None:
    """`archive.release`: a dataset as it was published, by the hash of all its files. A version is released once.

    What another party released stays its own: only the same author goes on with a dataset.
    """
    only(entry, "dataset", "version", "title", "identifier", "licence", "root", "files", "bytes", "citation", "doi")
    dataset, version = field(entry, "dataset", str), field(entry, "version", str)
    if not _NAME.fullmatch(dataset) or not _VERSION.fullmatch(version):
        raise Refused(f"{dataset!r} version {version!r}: no name of a dataset, or no version without blanks")
    if not _DIGEST.fullmatch(field(entry, "root", str)):
        raise Refused("root is a SHA-256: 64 hexadecimal digits, small")
    if field(entry, "files", int) < 1 or field(entry, "bytes", int) < 0:
        raise Refused("a release has one file at least, and no negative size")
    for name in ("title", "identifier", "licence", "citation"):
        if not field(entry, name, str):
            raise Refused(f"the field {name} is empty")
    field(entry, "doi", str, default="")
    key = f"{dataset}@{version}"
    if state.get(RELEASES, key) is not None:
        raise Refused(f"{key} is released already; what was published is never replaced: give it a new version")
    for known in state.section(RELEASES).values():
        if known["dataset"] == dataset and known["by"] != entry.author:
            raise Refused(f"{dataset} is a dataset of {known['by']}; choose another name")
    told = {k: v for k, v in entry.body.items() if v != ""}
    state.put(RELEASES, key, {**told, "by": entry.author, "time": entry.time, "entry": entry.id})


def erratum(state: State, entry: Entry) -> None:
    """`archive.erratum`: what is wrong with a release, which stays as it is; by who released it or any other party."""
    only(entry, "dataset", "version", "says", "products", "superseded_by")
    key = f"{field(entry, 'dataset', str)}@{field(entry, 'version', str)}"
    known = state.get(RELEASES, key)
    if known is None:
        raise Refused(
            f"{key} is not released on this record; {nearest(key, state.section(RELEASES)) or 'archive.release does'}"
        )
    if not field(entry, "says", str):
        raise Refused("the field says is empty")
    _texts(entry, "products")
    other = field(entry, "superseded_by", str, default="")
    if other:
        if known["by"] != entry.author:
            raise Refused(f"which version supersedes {key} is {known['by']}'s to say")
        if state.get(RELEASES, f"{known['dataset']}@{other}") is None:
            raise Refused(f"{known['dataset']}@{other} is not released")
    before = state.get(ERRATA, key) or []
    state.put(ERRATA, key, [*before, {**entry.body, "by": entry.author, "time": entry.time}])


def read(state: State, entry: Entry) -> None:
    """`archive.read`: who read restricted data of a dataset when, by who keeps them; the readings since the last such entry."""
    only(entry, "dataset", "readings")
    dataset = field(entry, "dataset", str)
    if not _NAME.fullmatch(dataset):
        raise Refused(f"{dataset!r} is no name of a dataset")
    readings = field(entry, "readings", list)
    if not 1 <= len(readings) <= MOST:
        raise Refused(f"an entry has from 1 to {MOST:,} readings, not {len(readings):,}")
    for reading in readings:
        if not isinstance(reading, dict) or set(reading) != {"who", "what", "at"}:
            raise Refused("a reading says who, what and at")
        if not all(isinstance(v, str) and v for v in reading.values()):
            raise Refused("who, what and at of a reading are text, none of them empty")
        try:
            moment(reading["at"])
        except ValueError as error:
            raise Refused(f"a reading's time: {error}") from None
    key = f"{entry.author}/{dataset}"
    before = state.get(READINGS, key) or {"count": 0}
    state.put(READINGS, key, {"count": before["count"] + len(readings), "last": readings[-1]["at"], "entry": entry.id})


def validate(state: State, entry: Entry) -> None:
    """`archive.validate`: that a cross-validation report stands, by its digest, and what it says; by a party or a body's decision."""
    only(entry, "report", "first", "second", "says")
    digest = field(entry, "report", str)
    if not _DIGEST.fullmatch(digest):
        raise Refused("report is a SHA-256: 64 hexadecimal digits, small")
    told = {name: field(entry, name, str) for name in ("first", "second", "says")}
    if not all(told.values()):
        raise Refused("first, second and says are text, none of them empty")
    before = state.get(VALIDATIONS, digest)
    if before is not None and {n: before[n] for n in told} != told:
        raise Refused("this report stands on the record already, and says otherwise")
    signed = (before or {"signed": []})["signed"]
    if any(s["by"] == entry.author for s in signed):
        raise Refused(f"{entry.author} has signed this report already")
    state.put(VALIDATIONS, digest, {**told, "signed": [*signed, {"by": entry.author, "time": entry.time}]})


def _texts(entry: Entry, name: str) -> list[Any]:
    values: list[Any] = field(entry, name, list, default=[])
    if not all(isinstance(v, str) and v for v in values):
        raise Refused(f"the field {name} is a list of names")
    return values


KINDS = (
    Kind("archive.release", release, "a dataset as it was published, by the hash of all its files"),
    Kind("archive.erratum", erratum, "what is wrong with a release, which stays as it is"),
    Kind("archive.validate", validate, "that a cross-validation report stands, by its digest", decidable=True),
    Kind("archive.read", read, "who read restricted data, by who keeps them"),
)
