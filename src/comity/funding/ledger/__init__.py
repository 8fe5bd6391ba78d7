"""The pool's double-entry ledger on the record.

`Book` (sums and transactions at any date) is in `comity.funding.ledger.book`, which no kind of entry needs.
"""

from comity.funding.ledger.journal import Journal, Posting, Transaction, account_part
from comity.funding.ledger.posting import post
from comity.record import Kind

KINDS: tuple[Kind, ...] = ()

__all__ = ["KINDS", "Journal", "Posting", "Transaction", "account_part", "post"]
