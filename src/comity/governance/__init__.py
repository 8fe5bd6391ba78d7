"""Who agreed to what, who may decide, and how: treaties, agreements, bodies, votes and disputes."""

from comity.governance import agreements, disputes, mandates, seats
from comity.governance.decisions import Chamber
from comity.record import Guard, Kind

#: What a partner may put on the record, but for decisions, which are about all other kinds (`Chamber`).
KINDS: tuple[Kind, ...] = (*agreements.KINDS, *seats.KINDS, *disputes.KINDS)
#: What each entry must pass.
GUARDS: tuple[Guard, ...] = (*seats.GUARDS, *disputes.GUARDS, *mandates.GUARDS)

__all__ = ["GUARDS", "KINDS", "Chamber"]
