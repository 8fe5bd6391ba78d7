"""Small ledgers for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from comity.funding.ledger import KINDS, Journal, Posting, Transaction
from tests.record.makers import Scribe, officers

BANK, INCOME, LANDER = "Assets:Bank:Main", "Income:Contributions:Esa", "Expenses:Hera:Lander"
CHART: dict[str, dict[str, Any]] = {
    BANK: {"currencies": ["EUR", "USD"]},
    INCOME: {"partner": "esa"},
    LANDER: {"mission": "hera", "element": "lander"},
}


def transaction(*legs: tuple[str, str, str], on: str = "2026-01-31", links: tuple[str, ...] = ()) -> Transaction:
    """A transaction of legs, each account, amount and currency."""
    postings = tuple(Posting(a, Decimal(amount), c) for a, amount, c in legs)
    return Transaction(date.fromisoformat(on), "a story", postings, links)


def paid(amount: str, *, on: str = "2026-01-31", currency: str = "EUR") -> Transaction:
    """ESA pays so much into the bank."""
    return transaction((BANK, amount, currency), (INCOME, f"-{amount}", currency), on=on)


def spent(amount: str, *, on: str = "2026-01-31", currency: str = "EUR") -> Transaction:
    """The lander costs so much."""
    return transaction((LANDER, amount, currency), (BANK, f"-{amount}", currency), on=on)


def journal(key: str, *transactions: Transaction) -> dict[str, Any]:
    return Journal(key, transactions).to_body()


class Treasury(Scribe):
    """A record with one ledger, `pool`, of whose partners ESA is the treasurer."""

    def __init__(self, chart: Mapping[str, Mapping[str, Any]] = CHART, **opening: Any) -> None:
        super().__init__({"esa": officers("esa"), "nasa": officers("nasa")}, kinds=KINDS)
        body = {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"], "from": "2026-01-01", **opening}
        assert self.write("ledger.open", body, by="esa", keys=["esa", "nasa"]) is None
        assert self.write("ledger.account", {"ledger": "pool", "opens": chart}, by="esa") is None

    def post(self, key: str, *transactions: Transaction, by: str = "esa", **more: Any) -> str | None:
        """Posts a journal; why it was refused, or None."""
        return self.write("ledger.post", {"ledger": "pool", "journal": journal(key, *transactions), **more}, by=by)

    def balance(self, account: str, currency: str = "EUR") -> int:
        """In minor units."""
        return int((self.state.get("ledger_balances", f"pool/{account}") or {}).get(currency, 0))
