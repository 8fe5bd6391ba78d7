"""What is answered: yes or no, and the rules that made it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class RuleCited:
    """A rule as an answer cites it: what it does, why it stands, where that comes from, and where its text is.

    `digest` is the SHA-256 of the whole text in `file`: for rules adopted on a record, the version that was adopted.
    """

    id: str
    effect: Literal["permit", "forbid"]
    because: str
    source: str
    needs: str
    file: str
    line: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """May it be done? `because` names the rules that decided; `missing` says what would make it allowed.

    A rule that forbids decides over any that permit. Where no rule permits, the answer is no, and `because` is empty.
    """

    allowed: bool
    because: tuple[RuleCited, ...] = ()
    missing: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {"allowed": self.allowed, "because": [asdict(r) for r in self.because], "missing": [*self.missing]}
