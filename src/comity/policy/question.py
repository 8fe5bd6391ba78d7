"""What is asked: may WHO do WHAT ACTION with WHICH, for what purpose, at what time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: What an answer may depend on; `programme` is the work that the partners agreed to do together.
PURPOSES = ("programme", "science", "operations", "commercial", "weapons")


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the rules.

    `who` and `to` are partners' ids, `what` the id of what the action is on: a technology class, a dataset, a work, a
    record. `at` is an aware time. `to` is the receiver, asked for by `transfer` alone.
    """

    who: str
    action: str
    what: str
    at: datetime
    purpose: str = "programme"
    to: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "who": self.who,
            "action": self.action,
            "what": self.what,
            "to": self.to,
            "purpose": self.purpose,
            "at": self.at.isoformat(),
        }
