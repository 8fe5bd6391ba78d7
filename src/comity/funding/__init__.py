"""The funding pool: who pays what, where it went, what came back, and whether that is fair."""

from comity.funding import contributions, inclusion, ledger, partnerships
from comity.funding.errors import FundingError
from comity.record import Kind

KINDS: tuple[Kind, ...] = (*ledger.KINDS, *contributions.KINDS, *partnerships.KINDS, *inclusion.KINDS)

__all__ = ["KINDS", "FundingError"]
