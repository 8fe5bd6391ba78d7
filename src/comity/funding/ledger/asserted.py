"""A ledger's transactions in order, with what every account holds at the end of each closed period and at the end of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from comity.funding.ledger.book import Booked
from comity.funding.ledger.headings import Subject


@dataclass(frozen=True, slots=True)
class Balances:
    """What each account that was ever posted to holds in each currency at the end of a day."""

    on: date
    amounts: Mapping[tuple[str, str], Decimal]


def with_balances(of: Subject, closed: Iterable[date]) -> Iterator[Booked | Balances]:
    """The transactions by date, and the balances at the end of each day in `closed`, and of the last transaction's."""
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    days = sorted(set(closed))
    told = last = date.min
    for booked in of.book.transactions():
        while days and days[0] < booked.transaction.date:
            told = days.pop(0)
            yield Balances(told, dict(sorted(held.items())))
        yield booked
        last = booked.transaction.date
        for posting in booked.transaction.postings:
            held[posting.account, posting.currency] += posting.amount
    for day in days or ([last] if held and last > told else []):
        yield Balances(day, dict(sorted(held.items())))
