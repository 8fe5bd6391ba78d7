"""The independent checker of plans: it shares nothing with the solver but the model and the plan's format."""

from comity.roadmap.verification.checker import verify
from comity.roadmap.verification.violation import RULES, Violation

__all__ = ["RULES", "Violation", "verify"]
