"""Questions about the rules themselves: who can do this, and what can this partner not, and by which rule?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.policy.answer import Answer
from comity.policy.decide import decide_all
from comity.policy.facts import RESOURCES, Facts
from comity.policy.language import Policies
from comity.policy.question import Question


@dataclass(frozen=True, slots=True)
class Standing:
    """How one question stands."""

    question: Question
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {**self.question.to_dict(), **self.answer.to_dict()}


def who_can(
    policies: Policies,
    facts: Facts,
    action: str,
    what: str,
    at: datetime,
    *,
    purpose: str = "programme",
    among: Iterable[str] | None = None,
) -> tuple[Standing, ...]:
    """Who can do this? For each partner (or those `among`) the answer; for a transfer, for each receiver besides."""
    facts.about(action, what)
    partners = facts.of_type("Partner")
    askers = partners if among is None else tuple(facts.known("Partner", p).uid.id for p in among)
    return _asked(
        policies,
        facts,
        [
            Question(who, action, what, at, purpose, to)
            for who in askers
            for to in (partners if action == "transfer" else (None,))
            if to != who
        ],
    )


def cannot(
    policies: Policies, facts: Facts, partner: str, action: str, at: datetime, *, purpose: str = "programme"
) -> tuple[Standing, ...]:
    """What can this partner not do, and by which rule? For a transfer: what it cannot be given, and by whom."""
    facts.known("Partner", partner)
    transfer = action == "transfer"
    givers = [p for p in facts.of_type("Partner") if p != partner] if transfer else [partner]
    questions = [
        Question(giver, action, what, at, purpose, partner if transfer else None)
        for what in facts.of_type(RESOURCES[action])
        for giver in givers
    ]
    return tuple(s for s in _asked(policies, facts, questions) if not s.answer.allowed)


def _asked(policies: Policies, facts: Facts, questions: list[Question]) -> tuple[Standing, ...]:
    answers = decide_all(policies, facts, questions)
    return tuple(Standing(q, a) for q, a in zip(questions, answers, strict=True))
