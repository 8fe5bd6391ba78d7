"""A ledger as a beancount file, which `bean-check` takes without a fault and which comes to the same balances.

Source: beancount's language reference, "Directives" (open, balance, transactions) and "Metadata"; checked against
beancount 3.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from comity.funding.ledger.accounts import AccountRow
from comity.funding.ledger.asserted import Balances, with_balances
from comity.funding.ledger.book import Booked
from comity.funding.ledger.headings import Subject
from comity.funding.ledger.journal import amount_text

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def beancount(of: Subject, closed: Iterable[date] = ()) -> Iterator[str]:
    """The ledger as the text of a beancount file, in pieces.

    Every account is opened with its currencies; each transaction carries its name, the entry that posted it and its links;
    balances are asserted at the end of each day in `closed` (the last days of closed periods) and at the end of all.
    """
    yield f'option "title" {quoted(of.ledger)}\noption "operating_currency" "{of.currency}"\n'
    # Amounts are exact: nothing is inferred, and nothing may differ.
    yield 'option "inferred_tolerance_default" "*:0"\n\n'
    yield from map(_opening, of.rows.values())
    last = date.min
    for told in with_balances(of, closed):
        if isinstance(told, Booked):
            yield _transaction(told)
        else:
            last = told.on
            yield from _assertions(told)
    closings = [a for a in of.rows.values() if a.closed is not None]
    last = max((last, *(a.closed for a in closings if a.closed)))
    if last < date.max - timedelta(days=2):  # after the last assertion, which a closed account would not take
        yield from (f"{last + timedelta(days=2)} close {a.name}\n" for a in closings)


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


def _assertions(balances: Balances) -> Iterator[str]:
    """What every account holds at the end of a day; beancount asserts at the beginning of the next."""
    if balances.on == date.max:  # there is no next one
        return
    after = balances.on + timedelta(days=1)
    yield f"\n; Balances at the end of {balances.on}\n"
    for (account, currency), amount in balances.amounts.items():
        yield f"{after} balance {account}  {amount_text(amount, currency)} ~ 0 {currency}\n"
