"""The pool's double-entry ledger on the record.

`Book` (sums and transactions at any date) is in `comity.funding.ledger.book`, which no kind of entry needs.
"""

from comity.funding.ledger.accounts import AccountRow, accounts_of
from comity.funding.ledger.entries import KINDS
from comity.funding.ledger.journal import Journal, Posting, Transaction, account_part, check_journal, from_minor
from comity.funding.ledger.posting import post

__all__ = [
    "KINDS",
    "AccountRow",
    "Journal",
    "Posting",
    "Transaction",
    "account_part",
    "accounts_of",
    "check_journal",
    "from_minor",
    "post",
]
