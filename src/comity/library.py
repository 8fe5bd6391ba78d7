"""Comity as a library: a programme that is loaded can be planned, and a plan can be asked.

>>> import comity
>>> case = comity.load("jwst")
>>> case.programme.programme.name
'James Webb Space Telescope'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from comity.bundled import bundled
from comity.model.amendment import Amendment, apply
from comity.model.calendar import Month
from comity.model.problems import ProgrammeError
from comity.model.programme import Programme
from comity.model.reading import Reading, read
from comity.record.naming import is_record
from comity.report.page import write_report
from comity.report.question import ReportInput
from comity.roadmap import NoPlanError, Plan, Progress, Question
from comity.roadmap.alone import going_alone
from comity.roadmap.answer_parts import (
    Binding,
    Change,
    Comparison,
    Confidence,
    Conflict,
    Joints,
    MissionReason,
    Overlap,
    Tradeoff,
)
from comity.roadmap.binding import bindings
from comity.roadmap.confidence import confidence
from comity.roadmap.conflict import minimal_conflict
from comity.roadmap.duplication import duplication
from comity.roadmap.findings import Findings, plan_digest
from comity.roadmap.joints import joints
from comity.roadmap.plan_file import write_plan
from comity.roadmap.planner import Solved, solve
from comity.roadmap.reasons import reasons
from comity.roadmap.replanning import replan
from comity.roadmap.study import USUAL, Studied, Topic, study
from comity.roadmap.tradeoff import tradeoff
from comity.roadmap.verification import RULES, Violation
from comity.roadmap.verification import verify as violations_of

__all__ = ["Case", "NoPlanError", "ProgrammeError", "Roadmap", "load"]


def load(folder: Path | str) -> Case:
    """The programme in a folder, on a record (`hera.record@2031-01-01`), or bundled, ready to be planned.

    RecordError when a record cannot be read.
    ProgrammeError when it has problems: `problems` has them all, each with file, line, column and what would be right.
    """
    path = Path(folder)
    if is_record(str(folder)):
        from comity.records import reading_at  # whoever plans from a folder does without keys and stores

        reading = reading_at(str(folder))
    else:
        reading = read(path if path.exists() else bundled().get(str(folder), path))
    if reading.programme is None:
        raise ProgrammeError(reading.problems)
    return Case(reading.programme, reading)


@dataclass(frozen=True)
class Case:
    """A programme, and where each of its values is written."""

    programme: Programme
    reading: Reading | None = field(default=None, repr=False)

    def plan(
        self,
        question: Question | None = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        **terms: Any,
    ) -> Roadmap:
        """The joint roadmap. `terms` are fields of `Question`, such as `time_s=20` [s] or `required={"lisa"}`.

        `on_progress` is told where the search stands. NoPlanError when no plan exists, or none was found in the time;
        `conflict` then says which rules stand in the way.
        """
        return Roadmap(self, solve(self.programme, question, on_progress=on_progress, **terms))

    def study(
        self, question: Question | None = None, *, topics: Iterable[Topic] = USUAL, draws: int = 10_000, **terms: Any
    ) -> Studied:
        """The joint roadmap and everything asked about it, as `comity plan` makes it: `plan`, and `findings`."""
        return study(self.programme, question, topics=topics, draws=draws, reading=self.reading, **terms)

    def conflict(self, question: Question | None = None, **terms: Any) -> Conflict:
        """A smallest set of rules that no plan can keep together; NoConflictError when a plan exists."""
        return minimal_conflict(self.programme, replace(question or Question(), **terms), reading=self.reading)

    def verify(self, plan: Plan, *, previous: Plan | None = None) -> tuple[Violation, ...]:
        """What a plan breaks, found independently of the planner; nothing when it is right.

        `previous` is the plan before a replanning.
        """
        return violations_of(self.programme, plan, previous=previous)


class Explanation(NamedTuple):
    """What holds a plan back, the most telling first, and why each mission is in it or not."""

    binding: tuple[Binding, ...]
    reasons: tuple[MissionReason, ...]


@dataclass(frozen=True)
class Roadmap:
    """A plan, and what can be asked of it; each answer is made when it is first asked."""

    case: Case = field(repr=False)
    solved: Solved = field(repr=False)
    previous: Plan | None = field(default=None, repr=False)
    change: Change | None = None

    @property
    def plan(self) -> Plan:
        """The plan itself: missions, elements, dates, payments, value and proven gap."""
        return self.solved.plan

    @property
    def value(self) -> float:
        """Science won [points]."""
        return self.plan.value

    @property
    def gap(self) -> float:
        """How far at most the plan is from the best there is, as a part of it: `(bound - value) / bound`."""
        return self.plan.gap

    @property
    def cost(self) -> Decimal:
        """Whole cost, in the programme's currency and economic conditions."""
        return self.plan.cost

    @property
    def programme(self) -> Programme:
        """The programme that the plan answers, amendments applied."""
        return apply(self.case.programme, self.plan.amendments)

    def verify(self) -> tuple[Violation, ...]:
        """What the plan breaks, found independently of the planner; nothing when it is right."""
        return self.case.verify(self.plan, previous=self.previous)

    @cached_property
    def _alone(self) -> Comparison:
        return going_alone(self.solved)

    def alone(self) -> Comparison:
        """Each partner's best programme with only its own means, and what the joint plan gains over it."""
        return self._alone

    def explain(self, *, force: int = 0) -> Explanation:
        """What binds, and why each mission is in the plan or not.

        For `force` missions it is also tried how much science would change if they were forced in or out.
        """
        reading = self.case.reading
        told = reasons(self.solved, force=force, reading=reading)
        return Explanation(bindings(self.solved, reading=reading), told)

    def duplication(self) -> tuple[Overlap, ...]:
        """Elements that serve the same objective, the most worth dropping first."""
        return duplication(self.programme, self.plan)

    def joints(self) -> Joints:
        """How elements are joined: by which adapters, at what price and when; and what nobody has specified yet."""
        return joints(self.programme, self.plan)

    def tradeoff(self, *, points: int = 8, time_s: float = 30.0) -> Tradeoff:
        """Fronts of real plans: science against cost, and against fairness; at most `points` each, in about `time_s`."""
        return tradeoff(self.solved, self.alone(), points=points, time_s=time_s)

    def confidence(self, *, draws: int = 10_000, seed: int = 0) -> Confidence:
        """How probable it is that the plan keeps its cost and its date, from so many draws of cost growth and delay."""
        return confidence(self.programme, self.plan, draws=draws, seed=seed)

    def replan(
        self,
        *happened: Amendment,
        since: Month | str,
        on_progress: Callable[[Progress], None] | None = None,
        **terms: Any,
    ) -> Roadmap:
        """The plan that follows when something has happened, such as `Withdraw(partner="csa", month="2010-01")`.

        What began before the month `since` is kept. `terms` are fields of `Question`. The new roadmap's `change` tells
        what changes for whom. ReplanError, or NoPlanError when the commitments cannot be met any more.
        """
        month = since if isinstance(since, Month) else Month.parse(since)
        question = replace(Question(), **terms)
        solved, change = replan(
            self.case.programme, self.plan, happened, since=month, question=question, on_progress=on_progress
        )
        return Roadmap(self.case, solved, previous=self.plan, change=change)

    def save(self, path: Path | str) -> None:
        """Writes the plan as `plan.json`, without loss, whole or not at all."""
        write_plan(self.plan, path)

    def report(self, path: Path | str, *, findings: Findings | None = None) -> Path:
        """Writes the report: one HTML page that needs no network. With `findings` (of `study`) it tells more."""
        findings = findings or Findings(plan_digest=plan_digest(self.plan), change=self.change)
        given = ReportInput.of(self.programme, self.plan, findings, violations=self.verify(), rules=RULES)
        return write_report(given, Path(path))
