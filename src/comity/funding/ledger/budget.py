"""Commitments before payments, by budgetary accounts beside the proprietary ones.

A budget is opened as Equity:Budget:Authority to Equity:Budget:Available:<Mission>, a commitment moves from Available to
Equity:Budget:Committed:<Mission>:<Commitment>, and the payment that it was made for moves it on to Equity:Budget:Spent:
<Mission>, in the same transaction as the expense. None of Available and Committed may go negative, so nobody commits more
than there is, or pays more than was committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from comity.funding.ledger.accounts import COMMITTED, SPENT
from comity.funding.ledger.journal import from_minor
from comity.record import Refused


def check_release(postings: Iterable[tuple[str, str, int]], needing: set[str]) -> None:
    """Refused unless a transaction that debits expenses of a mission moves as much from Committed to Spent of that mission.

    `needing` are the accounts that need a commitment. What goes back (a refund, a reversal) needs none.
    """
    spent: defaultdict[tuple[str, str], int] = defaultdict(int)
    moved: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for account, currency, units in postings:
        if account in needing:
            spent[account.split(":")[1], currency] += units
        elif account.startswith((f"{COMMITTED}:", f"{SPENT}:")):
            _, _, which, mission, *_ = account.split(":")
            moved[which, mission, currency] += units
    for (mission, currency), units in spent.items():
        if units <= 0:
            continue
        released, booked = moved["Committed", mission, currency], -moved["Spent", mission, currency]
        if not released == booked == units:
            raise Refused(
                f"it spends {from_minor(units, currency)} {currency} on {mission}, which needs a commitment, and releases "
                f"{from_minor(released, currency)} of {COMMITTED}:{mission}:… to {SPENT}:{mission} "
                f"({from_minor(booked, currency)}); all three are the same, in one transaction"
            )
