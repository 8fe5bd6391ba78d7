"""Common safety: checklists by phase, debris mitigation, and conjunctions.

`checklist` and `standing` have the procedure and how it stands; `disposal` and `lifetime` the rules of debris mitigation;
`screening`, `encounter` and `conjunction_messages` the approaches of other objects. Here are only the kinds of entries, for
whoever reads a record need not load what computes orbits.
"""

from comity.safety.errors import SafetyError
from comity.safety.kinds import KINDS

__all__ = ["KINDS", "SafetyError"]
