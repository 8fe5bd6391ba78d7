"""What comes back to each partner: work, technology and training, against what it pays."""

from comity.funding.returns.answer import Alarm, PartnerReturn, Returns
from comity.funding.returns.coefficient import alarms, cumulated, returns
from comity.funding.returns.question import Contract, Contribution, Offer, OpenContract, Statistics

__all__ = [
    "Alarm",
    "Contract",
    "Contribution",
    "Offer",
    "OpenContract",
    "PartnerReturn",
    "Returns",
    "Statistics",
    "alarms",
    "cumulated",
    "returns",
]
