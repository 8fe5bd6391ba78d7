"""What came back to each partner so far: a ledger's book as return statistics.

Contributions are what stands on `Income:Contributions:…` and `Income:InKind:…` of accounts with a partner. Contracts are the
postings on `Expenses:…`: each is a return to the partner of the expense's account, or else to the one partner among the
`Liabilities:Payable:…` accounts of its transaction (the supplier's), or else, in kind, to the one that contributed it.
What has none of these is nobody's return and is told in the statistics' notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from comity.funding.errors import FundingError
from comity.funding.returns.question import Contract, Contribution, Statistics

if TYPE_CHECKING:
    from comity.funding.ledger import AccountRow, Posting
    from comity.funding.ledger.book import Book, Booked

_CONTRIBUTED = ("Income:Contributions:", "Income:InKind:")
_SUPPLIER = "Liabilities:Payable:"
_SPENT = "Expenses:"


def statistics_of_book(book: Book, *, currency: str, names: Mapping[str, str] | None = None) -> Statistics:
    """The return statistics of a ledger in one of its currencies; `names` are those of the partners.

    Members are the partners that contributed. FundingError when nothing was contributed in the currency.
    """
    accounts = {a.name: a for a in book.accounts()}
    contributions: list[Contribution] = []
    contracts: list[Contract] = []
    nobody, other = Decimal(0), set[str]()
    for booked in book.transactions():
        other |= {p.currency for p in booked.transaction.postings if _counts(p)} - {currency}
        contributions += _contributions(booked, accounts, currency)
        for contract in _contracts(booked, accounts, currency):
            contracts.append(contract)
            nobody += Decimal(0) if contract.shares else contract.value
    if not contributions:
        hint = f"; it has {', '.join(sorted(other))}" if other else ""
        raise FundingError(f"the ledger has no contributions of partners in {currency}{hint}")
    members = {c.partner: (names or {}).get(c.partner, c.partner) for c in contributions}
    notes = [f"{nobody:f} {currency} of expenses name no partner: they are nobody's return"] if nobody else []
    notes += [f"what is in {', '.join(sorted(other))} is left out"] if other else []
    return Statistics(
        currency=currency,
        members=dict(sorted(members.items())),
        contributions=tuple(contributions),
        contracts=tuple(contracts),
        notes=tuple(notes),
    )


def _counts(posting: Posting) -> bool:
    return posting.account.startswith((_SPENT, *_CONTRIBUTED))


def _contributions(booked: Booked, accounts: Mapping[str, AccountRow], currency: str) -> Iterable[Contribution]:
    for posting in booked.transaction.postings:
        account = accounts[posting.account]
        if posting.currency == currency and posting.account.startswith(_CONTRIBUTED) and account.partner is not None:
            yield Contribution(
                partner=account.partner,
                programme=account.mission or "",
                date=booked.transaction.date,
                amount=-posting.amount,
            )


def _contracts(booked: Booked, accounts: Mapping[str, AccountRow], currency: str) -> Iterable[Contract]:
    postings = booked.transaction.postings
    for number, posting in enumerate(postings):
        if posting.currency != currency or not posting.account.startswith(_SPENT):
            continue
        account = accounts[posting.account]
        whose = account.partner or _only(postings, accounts, _SUPPLIER) or _only(postings, accounts, "Income:InKind:")
        yield Contract(
            id=f"{booked.name}#{number}",
            programme=account.mission or "",
            date=booked.transaction.date,
            value=posting.amount,
            shares={} if whose is None else {whose: Fraction(1)},
            supplier=posting.account,
        )


def _only(postings: Iterable[Posting], accounts: Mapping[str, AccountRow], under: str) -> str | None:
    """The partner of the accounts under a name, when it is one."""
    found = {accounts[p.account].partner for p in postings if p.account.startswith(under)} - {None}
    return next(iter(found)) if len(found) == 1 else None
