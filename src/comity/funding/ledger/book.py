"""The book: sums and transactions of a ledger, for quick answers at any date; projected from the record, never the truth.

It keeps what each account moved by year, by month and by day. The balance at a date is that of the years before its year, the
months before its month and the days through it: at most 30 + 11 + 31 rows an account over thirty years, whatever was posted,
and a posting of an earlier day adds to three rows. It may be deleted at any time; the next question makes it anew.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

import orjson

from comity.funding.ledger.accounts import AccountRow, accounts_of
from comity.funding.ledger.journal import Transaction, from_minor
from comity.funding.ledger.projection import Projection, bring_up_to, day_number, head_of
from comity.record import State
from comity.record.log import Log

__all__ = ["AccountRow", "Book", "Booked"]
#: The version of the tables, which is in the file's name.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Booked:
    """A transaction as it stands: its name (`KEY/0`), the id of the entry that posted it, and what it says."""

    name: str
    entry: str
    transaction: Transaction


class Book:
    """Sums and transactions of one ledger; a context manager."""

    def __init__(self, projection: Projection, accounts: tuple[AccountRow, ...] = ()) -> None:
        self._projection = projection
        self._accounts = accounts

    @classmethod
    def open(cls, log: Log, state: State, ledger: str) -> Book:
        """The ledger's book in the user's cache, brought up to what the state says.

        It may know more than the state when another process has seen more of the log since. Refused, with the nearest name,
        when there is no such ledger.
        """
        head_of(state, ledger)
        file = _file(log, ledger)
        if file is None:
            return cls.as_of(log, state, ledger)
        try:
            projection = _up_to(Projection.at(file), log, state, ledger)
        except (OSError, sqlite3.DatabaseError):  # a cache that cannot be written, or is damaged: as if there were none
            _remove(file)
            return cls.as_of(log, state, ledger)
        return cls(projection, accounts_of(state, ledger))

    @classmethod
    def as_of(cls, log: Log, state: State, ledger: str) -> Book:
        """A book of its own, in memory, of exactly what a state says that is not of now (`Record.as_of`). Refused as above."""
        head_of(state, ledger)
        return cls(_up_to(Projection.in_memory(), log, state, ledger), accounts_of(state, ledger))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._projection.close()

    def accounts(self) -> tuple[AccountRow, ...]:
        """All accounts by name, those that are closed too."""
        return self._accounts

    def balances(self, on: date | None = None, *, under: str = "") -> dict[tuple[str, str], Decimal]:
        """Balance by account and currency through the end of a day (None: of all days), by name; zero ones left out.

        `under`: only of the account of this name, and of those below it.
        """
        sums = self._projection.sums(day_number(on or date.max), under)
        return {key: from_minor(d - c, key[1]) for key, (d, c) in sorted(sums.items()) if d != c}

    def movements(self, start: date, end: date, *, under: str = "") -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        """Debits and credits (both positive) by account and currency from one day through another, by name."""
        before = self._projection.sums(day_number(start) - 1, under)
        found = {}
        for key, (debits, credits) in sorted(self._projection.sums(day_number(end), under).items()):
            was_debits, was_credits = before.get(key, (0, 0))
            if (debits, credits) != (was_debits, was_credits) and start <= end:
                currency = key[1]
                found[key] = from_minor(debits - was_debits, currency), from_minor(credits - was_credits, currency)
        return found

    def transactions(
        self, start: date | None = None, end: date | None = None, *, under: str = "", limit: int | None = None
    ) -> Iterator[Booked]:
        """The transactions from one day through another by date, then as posted.

        With `under`, those that touch the account of that name or one below it.
        """
        first, last = day_number(start or date.min), day_number(end or date.max)
        for key, number, entry, body in self._projection.transactions(first, last, under, limit):
            yield Booked(f"{key}/{number}", entry, Transaction.from_body(orjson.loads(body)))

    def named(self, name: str) -> Booked | None:
        """The transaction of a name (`KEY/0`); None when there is none."""
        key, _, number = name.rpartition("/")
        found = self._projection.transaction(key, int(number)) if number.isdecimal() and len(number) < 9 else None
        return None if found is None else Booked(name, found[0], Transaction.from_body(orjson.loads(found[1])))


def _up_to(projection: Projection, log: Log, state: State, ledger: str) -> Projection:
    """A projection brought up to what the state says; closed when that fails."""
    try:
        bring_up_to(projection, log, state, ledger)
    except BaseException:
        projection.close()
        raise
    return projection


def _file(log: Log, ledger: str) -> Path | None:
    """Where the book of a ledger is: in the user's cache, by the log's first entry, and where the log is: a copy has its own."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME")
    if not base or not log.size:
        return None
    folder = Path(base) if os.environ.get("XDG_CACHE_HOME") else Path(base) / ".cache"
    place = log.store.place if "://" in log.store.place else str(Path(log.store.place).resolve())
    where = hashlib.sha256(place.encode()).hexdigest()[:16]
    return folder / "comity" / "books" / f"{log.root(1).hex()}-{where}-{ledger}.{VERSION}.db"


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
