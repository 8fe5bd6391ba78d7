"""What a report is made from: a plan, its programme, and whatever else is known about the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import (
    Binding,
    Change,
    Comparison,
    Confidence,
    Exposure,
    Joints,
    MissionReason,
    Overlap,
    Tradeoff,
)
from comity.roadmap.findings import Findings


@dataclass(frozen=True, kw_only=True)
class ReportInput:
    """A plan and what is told about it; what is None was not asked, and its section says so or is left out.

    `programme` is the one that the plan answers (amendments applied). `violations` are the independent checker's
    complaints (empty: every rule holds), `rules` the rules that it checked: name, and what each demands.
    """

    programme: Programme
    plan: Plan
    comparison: Comparison | None = None
    duplication: Sequence[Overlap] | None = None
    binding: Sequence[Binding] | None = None
    reasons: Sequence[MissionReason] | None = None
    interfaces: Joints | None = None
    tradeoff: Tradeoff | None = None
    confidence: Confidence | None = None
    exposure: Sequence[Exposure] | None = None
    change: Change | None = None
    violations: Sequence[object] | None = None
    rules: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        programme: Programme,
        plan: Plan,
        findings: Findings,
        *,
        violations: Sequence[object] | None = None,
        rules: Mapping[str, str] | None = None,
    ) -> Self:
        """From a plan, what was found about it, and what the independent checker said."""
        return cls(
            programme=programme,
            plan=plan,
            comparison=findings.comparison,
            duplication=findings.duplication,
            binding=findings.binding,
            reasons=findings.reasons,
            interfaces=findings.interfaces,
            tradeoff=findings.tradeoff,
            confidence=findings.confidence,
            exposure=findings.exposure,
            change=findings.change,
            violations=violations,
            rules=rules or {},
        )
