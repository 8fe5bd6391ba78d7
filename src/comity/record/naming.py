"""How people name a record: a file, or a `postgresql://` URL, and after an `@` the time as of which it is meant."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from comity.record.entry import moment
from comity.record.errors import RecordError

_SERVERS = ("postgresql://", "postgres://")


def split_time(named: str) -> tuple[str, datetime | None]:
    """A record's place, and the time after its `@` if one stands there. RecordError when that is no time.

    >>> split_time("hera.record@2031-01-01")
    ('hera.record', datetime.datetime(2031, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))
    """
    place, sign_, text = named.rpartition("@")
    if not sign_ or not text[:4].isdecimal():
        return named, None
    try:
        return place, moment(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        raise RecordError(f"{text!r} is no time; write 2026-11-24, or 2026-11-24T12:00:00Z") from None


def is_record(named: str) -> bool:
    """Does this name a record (at a time, or now) rather than a programme's folder?"""
    place = named if Path(named).exists() else named.rpartition("@")[0] or named
    if place.startswith(_SERVERS):
        return True
    with suppress(OSError):
        path = Path(place)
        if path.is_file():
            with path.open("rb") as file:
                return file.read(16) == b"SQLite format 3\0"
    return False


def shown(named: str) -> str:
    """The name as it may be shown, and kept in a report.

    >>> shown("postgresql://esa:secret@db/artemis@2031-01-01")
    'postgresql://esa@db/artemis@2031-01-01'
    """
    place, _ = split_time(named)
    return (without_password(place) if place.startswith(_SERVERS) else place) + named.removeprefix(place)


def without_password(url: str) -> str:
    """A connection string as it may be shown.

    >>> without_password("postgresql://esa:secret@db.example:5432/artemis?password=secret&sslmode=require")
    'postgresql://esa@db.example:5432/artemis?sslmode=require'
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise RecordError(f"what begins with postgresql:// is no URL: {error}") from None
    user, at, host = parts.netloc.rpartition("@")
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "password"]
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host, query=urlencode(query)))
