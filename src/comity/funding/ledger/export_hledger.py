"""A ledger as an hledger journal, in which `hledger check` finds no fault and which comes to the same balances.

Source: hledger's manual, "Journal format" (transactions, comments and tags, balance assertions, directives); checked
against hledger 1.25.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from comity.funding.amounts import minor_digits
from comity.funding.ledger.accounts import AccountRow
from comity.funding.ledger.asserted import Balances, with_balances
from comity.funding.ledger.book import Booked
from comity.funding.ledger.headings import Subject, is_cash
from comity.funding.ledger.journal import amount_text
from comity.funding.ledger.statement import ZERO

#: hledger's types of accounts, by root; cash is a type of its own.
_TYPES = {"Assets": "A", "Liabilities": "L", "Equity": "E", "Income": "R", "Expenses": "X"}
#: Unicode's categories of control characters and of separators of lines and paragraphs.
_UNSEEN = ("Cc", "Zl", "Zp")


def hledger(of: Subject, closed: Iterable[date] = ()) -> Iterator[str]:
    """The ledger as the text of an hledger journal, in pieces.

    Accounts and commodities are declared; each transaction has its name as its code and carries the entry that posted it
    and its links as tags; balances are asserted at the end of each day in `closed` and at the end of all.
    """
    yield f"; {described(of.ledger)}\n\n"
    currencies = {of.currency, *(c for _, c in of.book.movements(date.min, date.max))}
    for currency in sorted(currencies | {c for a in of.rows.values() for c in a.currencies}):
        yield f"commodity {'1000.' + '0' * minor_digits(currency)} {currency}\n"
    yield "\n"
    yield from map(_declaration, of.rows.values())
    for told in with_balances(of, closed):
        yield _transaction(told) if isinstance(told, Booked) else _assertions(told)


def described(text: str) -> str:
    """Text as hledger can hold it in a description: on one line, without what would begin a comment.

    hledger has no escapes: a semicolon becomes a comma, white space and control characters one blank. The exact text
    stands on the record, in the entry that the transaction names.

    >>> described("Thruster;  second\\n delivery")
    'Thruster, second delivery'
    """
    one_line = (" " if c.isspace() or unicodedata.category(c) in _UNSEEN else c for c in text.replace(";", ","))
    return " ".join("".join(one_line).split())


def _declaration(account: AccountRow) -> str:
    kind = "C" if is_cash(account.name) else _TYPES[account.name.split(":")[0]]
    return f"account {account.name}  ; type: {kind}\n"


def _transaction(booked: Booked) -> str:
    found = booked.transaction
    lines = ["", f"{found.date} * ({booked.name}) {described(found.narration)}".rstrip()]
    lines += [f"    ; entry: {booked.entry}", *(f"    ; link: {link}" for link in found.links)]
    lines += [f"    {p.account}  {amount_text(p.amount, p.currency)} {p.currency}" for p in found.postings]
    return "\n".join(lines) + "\n"


def _assertions(balances: Balances) -> str:
    """What every account holds at the end of a day: a transaction that moves nothing."""
    lines = ["", f"{balances.on} * (balances) Balances at the end of {balances.on}"]
    for (account, currency), amount in balances.amounts.items():
        held, nothing = amount_text(amount, currency), amount_text(ZERO, currency)
        lines.append(f"    {account}  {nothing} {currency} = {held} {currency}")
    return "\n".join(lines) + "\n" if balances.amounts else ""
