"""The roadmap: what is built together, by whom, when, and who pays; with the questions that are asked of a plan."""

from comity.roadmap.answer import Plan
from comity.roadmap.planner import NoPlanError, Solved, plan, solve
from comity.roadmap.question import Question, Settled
from comity.roadmap.search import Progress

__all__ = ["NoPlanError", "Plan", "Progress", "Question", "Settled", "Solved", "plan", "solve"]
