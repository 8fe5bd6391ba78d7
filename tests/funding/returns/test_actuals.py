"""A ledger's book as return statistics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comity.funding import FundingError
from comity.funding.ledger import AccountRow, Posting, Transaction
from comity.funding.ledger.book import Booked
from comity.funding.returns import returns
from comity.funding.returns.actuals import statistics_of_book

OPENED = date(2026, 1, 1)


class Kept:
    """What a book answers: accounts (name -> partner, mission) and transactions, by hand."""

    def __init__(self, accounts: dict[str, tuple[str | None, str | None]], *entries: tuple[Posting, ...]) -> None:
        self._accounts, self._entries = accounts, entries

    def accounts(self) -> tuple[AccountRow, ...]:
        return tuple(
            AccountRow(name, (), "debit", False, partner, mission, None, OPENED)
            for name, (partner, mission) in self._accounts.items()
        )

    def transactions(self) -> Iterator[Booked]:
        for n, postings in enumerate(self._entries):
            yield Booked(f"k/{n}", "e", Transaction(date(2026, 3, n + 1), "moved", postings))


ACCOUNTS: dict[str, tuple[str | None, str | None]] = {
    "Assets:Bank:Main": (None, None),
    "Income:Contributions:Esa": ("esa", None),
    "Income:Contributions:Jaxa": ("jaxa", None),
    "Income:InKind:Jaxa": ("jaxa", None),
    "Expenses:Hera:Bus": (None, "hera"),
    "Expenses:Hera:Camera": ("jaxa", "hera"),
    "Expenses:InKind:Hera:Radar": (None, "hera"),
    "Expenses:Hera:Rent": (None, "hera"),
    "Liabilities:Payable:Helios": ("esa", None),
}


def moved(frm: str, to: str, amount: str, currency: str = "EUR") -> tuple[Posting, ...]:
    return Posting(to, Decimal(amount), currency), Posting(frm, -Decimal(amount), currency)


def book(*entries: tuple[Posting, ...]) -> Any:
    return Kept(ACCOUNTS, *entries)


PAID = (
    moved("Income:Contributions:Esa", "Assets:Bank:Main", "60.00"),
    moved("Income:Contributions:Jaxa", "Assets:Bank:Main", "30.00"),
)


def test_a_supplier_s_bill_is_a_return_to_its_partner() -> None:
    spent = (
        moved("Liabilities:Payable:Helios", "Expenses:Hera:Bus", "40.00"),  # by the supplier's account
        moved("Assets:Bank:Main", "Liabilities:Payable:Helios", "40.00"),  # its payment is no second return
        moved("Assets:Bank:Main", "Expenses:Hera:Camera", "10.00"),  # by the expense's own account
        moved("Income:InKind:Jaxa", "Expenses:InKind:Hera:Radar", "10.00"),  # in kind: its contributor's
    )
    found = statistics_of_book(book(*PAID, *spent), currency="EUR")
    rows = {r.partner: (r.contribution, r.weighted) for r in returns(found).rows}
    assert rows == {"esa": (60, 40), "jaxa": (40, 20)}
    assert found.notes == ()
    assert found.programmes == ("", "hera")


def test_a_reversal_takes_its_return_back() -> None:
    there = moved("Liabilities:Payable:Helios", "Expenses:Hera:Bus", "40.00")
    back = tuple(p._replace(amount=-p.amount) for p in there)
    found = statistics_of_book(book(*PAID, there, back), currency="EUR")
    assert returns(found).contracted == 0


def test_what_names_no_partner_is_nobody_s_and_told() -> None:
    spent = moved("Assets:Bank:Main", "Expenses:Hera:Rent", "7.00")
    found = statistics_of_book(book(*PAID, spent), currency="EUR")
    assert returns(found).outside == 7
    assert found.notes == ("7.00 EUR of expenses name no partner: they are nobody's return",)


def test_other_currencies_are_left_out_and_told() -> None:
    found = statistics_of_book(
        book(*PAID, moved("Assets:Bank:Main", "Expenses:Hera:Camera", "9", "JPY")), currency="EUR"
    )
    assert returns(found).contracted == 0
    assert found.notes == ("what is in JPY is left out",)
    with pytest.raises(FundingError, match="no contributions of partners in USD; it has EUR"):
        statistics_of_book(book(*PAID), currency="USD")
