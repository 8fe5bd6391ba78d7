"""The book: sums and transactions of a ledger, for quick answers at any date; projected from the record, never the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from comity.funding.ledger.journal import Transaction
from comity.record import State
from comity.record.log import Log


class AccountRow(NamedTuple):
    """An account: `currencies` that it takes (none: any), its `normal` side, and whether it may go to the other one.

    `opened` is the first day of which it takes postings; `closed` the day on which it was closed, or None.
    """

    name: str
    currencies: tuple[str, ...]
    normal: Literal["debit", "credit"]
    overdraft: bool
    partner: str | None
    mission: str | None
    element: str | None
    opened: date
    closed: date | None = None
    needs_commitment: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """A transaction as it stands: its name (`KEY/0`), the id of the entry that posted it, and what it says."""

    name: str
    entry: str
    transaction: Transaction


class Book:
    """Sums and transactions of one ledger; a context manager."""

    @classmethod
    def open(cls, log: Log, state: State, ledger: str) -> Book:
        """The ledger's book in the user's cache, brought up to what the state says. FundingError when there is no such ledger."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def accounts(self) -> tuple[AccountRow, ...]:
        """All accounts by name, those that are closed too."""
        raise NotImplementedError

    def balances(self, on: date | None = None, *, under: str = "") -> dict[tuple[str, str], Decimal]:
        """Balance by account and currency through the end of a day (None: all); zero ones left out."""
        raise NotImplementedError

    def movements(self, start: date, end: date, *, under: str = "") -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        """Debits and credits (both positive) by account and currency from one day through another."""
        raise NotImplementedError

    def transactions(
        self, start: date | None = None, end: date | None = None, *, under: str = "", limit: int | None = None
    ) -> Iterator[Booked]:
        """The transactions by date, then as posted; with `under`, those that touch an account of that name or below it."""
        raise NotImplementedError
