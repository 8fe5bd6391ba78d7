"""What each partner owes the pool: keys, calls, arrears, payments in kind, barter."""

from comity.funding.contributions import barter, calls, inkind, payments
from comity.funding.contributions.dues import Arrear, arrears, instalments
from comity.record import Kind

KINDS: tuple[Kind, ...] = (*calls.KINDS, *payments.KINDS, *inkind.KINDS, *barter.KINDS)

__all__ = ["KINDS", "Arrear", "arrears", "instalments"]
