"""A ledger as a beancount file, which `bean-check` takes without a fault and which comes to the same balances.

Source: beancount's language reference, "Directives" (open, balance, transactions) and "Metadata"; checked against
beancount 3.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from comity.funding.ledger.accounts import AccountRow
from comity.funding.ledger.book import Booked
from comity.funding.ledger.headings import Subject
from comity.funding.ledger.journal import amount_text
from comity.funding.ledger.statement import ZERO

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def beancount(of: Subject, closed: Iterable[date] = ()) -> Iterator[str]:
    """The ledger as the text of a beancount file, in pieces.

    Every account is opened with its currencies; each transaction carries its name, the entry that posted it and its links;
    balances are asserted at the end of each day in `closed` (the last days of closed periods) and at the end of all.
    """
    yield f'option "title" {quoted(of.ledger)}\noption "operating_currency" "{of.currency}"\n'
    # Amounts are exact: nothing is inferred, and nothing may differ.
    yield 'option "inferred_tolerance_default" "*:0"\n\n'
    for account in of.rows.values():
        yield _opening(account)
    balances: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    days = days_asserted(of, closed)
    last = max((*days, *(a.closed for a in of.rows.values() if a.closed is not None)), default=date.min)
    for booked in chain(of.book.transactions(), (None,)):
        day = booked.transaction.date if booked else date.max
        while days and days[0] < day:
            yield from _assertions(balances, days.pop(0))
        if booked:
            yield _transaction(booked)
            for posting in booked.transaction.postings:
                balances[posting.account, posting.currency] += posting.amount
    # After the last assertion, which a closed account would not take.
    if last < date.max - timedelta(days=2):
        yield from (f"{last + timedelta(days=2)} close {a.name}\n" for a in of.rows.values() if a.closed is not None)


def days_asserted(of: Subject, closed: Iterable[date]) -> list[date]:
    """The days at whose end balances are asserted: of each closed period, and of the last transaction beyond them."""
    last = max((b.transaction.date for b in of.book.transactions()), default=None)
    days = sorted(set(closed))
    return days if last is None or (days and days[-1] >= last) else [*days, last]


def quoted(text: str) -> str:
    """Text as a string of beancount's.

    >>> print(quoted('a "b"'))
    "a \\"b\\""
    """
    return '"' + "".join(_ESCAPES.get(c, c) for c in text) + '"'


def _opening(account: AccountRow) -> str:
    currencies = ",".join(account.currencies)
    lines = [f"{account.opened} open {account.name} {currencies}".rstrip()]
    for name in ("partner", "mission", "element"):
        value = getattr(account, name)
        if value is not None:
            lines.append(f"  {name}: {quoted(value)}")
    return "\n".join(lines) + "\n"


def _transaction(booked: Booked) -> str:
    found = booked.transaction
    links = "".join(f" ^{link}" for link in found.links)
    key, _, number = booked.name.rpartition("/")
    lines = ["", f"{found.date} * {quoted(found.narration)}{links}"]
    lines += [f"  key: {quoted(key)}", f"  number: {number}", f"  entry: {quoted(booked.entry)}"]
    lines += [f"  {p.account}  {amount_text(p.amount, p.currency)} {p.currency}" for p in found.postings]
    return "\n".join(lines) + "\n"


def _assertions(balances: Mapping[tuple[str, str], Decimal], on: date) -> Iterator[str]:
    """What every account holds at the end of a day; beancount asserts at the beginning of the next."""
    if on == date.max:  # there is no next one
        return
    after = on + timedelta(days=1)
    yield f"\n; Balances at the end of {on}\n"
    for (account, currency), amount in sorted(balances.items()):
        yield f"{after} balance {account}  {amount_text(amount, currency)} ~ 0 {currency}\n"
