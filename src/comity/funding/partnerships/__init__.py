"""Public-private partnerships: offers, milestones, escrow, termination."""

from comity.record import Kind

KINDS: tuple[Kind, ...] = ()
