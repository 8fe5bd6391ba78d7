"""A real place for small partners: reserved money, offers matched to needs, indicators of who takes part."""

from comity.funding.inclusion.kinds import KINDS, ReserveStanding, exchange_on, reserve_standing

__all__ = ["KINDS", "ReserveStanding", "exchange_on", "reserve_standing"]
