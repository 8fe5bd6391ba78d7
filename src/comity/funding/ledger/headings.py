"""Under which heading of a statement each account stands, and how people call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from comity.funding.ledger.journal import account_part

if TYPE_CHECKING:
    from comity.funding.ledger.accounts import AccountRow
    from comity.funding.ledger.book import Book

#: Accounts of budget control: they say what may be spent, not what there is.
BUDGET = "Equity:Budget"
EXCHANGE = "Equity:Exchange"
BANK, ESCROW, RECEIVABLE = "Assets:Bank", "Assets:Escrow", "Assets:Receivable"
ADVANCE, PAYABLE = "Liabilities:Advance", "Liabilities:Payable"
CONTRIBUTIONS, IN_KIND, INTEREST = "Income:Contributions", "Income:InKind", "Income:Interest"
SPENT_IN_KIND = "Expenses:InKind"

#: What a group of accounts is called on a statement.
GROUPS = {
    BANK: "Cash at banks",
    ESCROW: "Cash held in escrow",
    RECEIVABLE: "Contributions receivable",
    ADVANCE: "Contributions received in advance",
    PAYABLE: "Payables to suppliers",
    CONTRIBUTIONS: "Contributions",
    IN_KIND: "Contributions in kind",
    INTEREST: "Interest",
    "Equity:Barter": "Mutual accounts of barter",
    EXCHANGE: "Currency exchanged",
    BUDGET: "Budget control",
    SPENT_IN_KIND: "Expenses in kind",
}


def within(account: str, group: str) -> bool:
    """Whether an account is a group's own or stands below it."""
    return account == group or account.startswith(f"{group}:")


@lru_cache(maxsize=65_536)
def is_cash(account: str) -> bool:
    """Whether an account holds cash: at a bank, or in escrow."""
    return within(account, BANK) or within(account, ESCROW)


def group_of(account: str) -> str:
    """The root and first part of an account: `Assets:Bank` of `Assets:Bank:Main`."""
    return ":".join(account.split(":")[:2])


def spaced(part: str) -> str:
    """A part of an account's name as words: `GroundSegment` as `Ground segment`; abbreviations stay."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|-", " ", part).split(" ")
    return " ".join([words[0], *(w if w.isupper() else w.lower() for w in words[1:])])


def group_title(group: str) -> str:
    """What a group of accounts is called."""
    return GROUPS.get(group) or spaced(group.split(":")[-1])


class Subject:
    """The ledger that a statement tells of: its book, its id and currency, and what its partners and missions are called.

    `called` gives names by identifier; an element may be named as `mission/element` or alone.
    """

    def __init__(self, book: Book, *, ledger: str, currency: str, called: Mapping[str, str] | None = None) -> None:
        self.book, self.ledger, self.currency = book, ledger, currency
        self.called = dict(called or {})
        self.rows: Mapping[str, AccountRow] = {a.name: a for a in book.accounts()}

    def partner(self, account: str) -> str | None:
        """The identifier of the partner whose account this is."""
        found = self.rows.get(account)
        return found.partner if found else None

    def mission_id(self, account: str) -> str | None:
        """The identifier of the mission that an account is of."""
        found = self.rows.get(account)
        return found.mission if found else None

    def leaf(self, account: str) -> str:
        """What distinguishes an account in its group: its partner's name, or the last parts of its own."""
        parts = account.split(":")[2:] or account.split(":")[-1:]
        if within(account, "Equity:Barter"):
            return " and ".join(map(self.side, parts))
        partner = self.partner(account)
        if partner:
            return self.called.get(partner, partner)
        return " · ".join(map(spaced, parts))

    def side(self, part: str) -> str:
        """The name of the partner of whose identifier an account's part is made."""
        ids = {r.partner for r in self.rows.values() if r.partner} | self.called.keys()
        found = next((i for i in sorted(ids) if account_part(i) == part), None)
        return self.called.get(found, found) if found else spaced(part)

    def mission(self, account: str) -> str:
        """The name of the mission of an account of expenses or of the budget."""
        identifier = self.mission_id(account)
        if identifier in self.called:
            return self.called[identifier]
        parts = account.split(":")
        place = 2 if within(account, SPENT_IN_KIND) else 3 if within(account, BUDGET) else 1
        return spaced(parts[place]) if len(parts) > place else spaced(parts[-1])

    def element(self, account: str) -> str:
        """The name of the element of an account of expenses."""
        found = self.rows.get(account)
        if found and found.element:
            whole = f"{found.mission}/{found.element}"
            name = self.called.get(whole) or self.called.get(found.element)
            if name:
                return name
        parts = account.split(":")[3 if within(account, SPENT_IN_KIND) else 2 :]
        return " · ".join(map(spaced, parts)) or "General"

    def account(self, account: str) -> str:
        """An account's name on its own line, with that of its group."""
        group = group_of(account)
        leaf = self.leaf(account) if account != group else ""
        return f"{group_title(group)}: {leaf}" if leaf else group_title(group)
