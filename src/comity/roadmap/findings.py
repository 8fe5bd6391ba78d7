"""What was found about a plan, as one value that stands in a file beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field, ValidationError

from comity.model.base import Value
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
from comity.roadmap.plan_file import PlanFileError

SCHEMA_VERSION = "1"


class Findings(Value):
    """What was found about a plan; None where it was not asked, or was interrupted."""

    schema_version: str = SCHEMA_VERSION
    plan_digest: str = Field(description="SHA-256 of the plan that this is about.")
    comparison: Comparison | None = None
    duplication: tuple[Overlap, ...] | None = None
    binding: tuple[Binding, ...] | None = None
    reasons: tuple[MissionReason, ...] | None = None
    interfaces: Joints | None = None
    confidence: Confidence | None = None
    tradeoff: Tradeoff | None = None
    exposure: tuple[Exposure, ...] | None = None
    change: Change | None = Field(default=None, description="Replanning: what changes against the plan before.")


def plan_digest(plan: Plan) -> str:
    """SHA-256 of a plan's content: findings belong to the plan whose digest they name."""
    return hashlib.sha256(plan.model_dump_json().encode()).hexdigest()


def findings_text(findings: Findings) -> str:
    """Findings as the text of their file."""
    return findings.model_dump_json(indent=1) + "\n"


def read_findings(path: Path | str, plan: Plan) -> Findings:
    """The findings in a file, about this plan.

    PlanFileError when there is no such file, when it does not hold findings, or when they are about another plan.
    """
    path = Path(path)
    try:
        findings = Findings.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PlanFileError(f"{path}: there is no such file; `comity plan` writes it beside the plan") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "findings"
        raise PlanFileError(f"{path}: {place}: {first['msg']}") from error
    if findings.plan_digest != plan_digest(plan):
        raise PlanFileError(f"{path}: is about another plan than the one beside it; plan again, or report anew")
    return findings
