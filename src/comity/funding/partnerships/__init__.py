"""Public-private partnerships: offers, milestones, escrow, termination."""

from comity.funding.partnerships.kinds import KINDS, ContractStanding, MilestoneStanding, contract_on, standing

__all__ = ["KINDS", "ContractStanding", "MilestoneStanding", "contract_on", "standing"]
