"""Everything that is asked about a programme at once: the plan, and the findings that explain it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from comity.model.programme import Programme
from comity.model.reading import Reading
from comity.roadmap.aims import refine
from comity.roadmap.alone import compared_with, going_alone
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Comparison
from comity.roadmap.binding import bindings
from comity.roadmap.confidence import confidence
from comity.roadmap.duplication import duplication
from comity.roadmap.exposure import exposure
from comity.roadmap.findings import Findings, plan_digest
from comity.roadmap.joints import joints
from comity.roadmap.planner import Solved, solve
from comity.roadmap.question import Question
from comity.roadmap.reasons import reasons
from comity.roadmap.search import Progress
from comity.roadmap.tradeoff import tradeoff


class Topic(StrEnum):
    """What can be asked about a plan; in the order in which it is asked."""

    comparison = "comparison"
    aims = "aims"
    duplication = "duplication"
    binding = "binding"
    reasons = "reasons"
    interfaces = "interfaces"
    confidence = "confidence"
    tradeoff = "tradeoff"
    exposure = "exposure"


#: What each question is called, and how long it may take as a part of the search's own time (None: it is quick).
STAGES: Mapping[Topic, tuple[str, float | None]] = {
    Topic.comparison: ("Going alone", 0.5),
    Topic.aims: ("Further aims", 0.3),
    Topic.duplication: ("Duplication", None),
    Topic.binding: ("What binds", None),
    Topic.reasons: ("Reasons", 0.3),
    Topic.interfaces: ("Interfaces", None),
    Topic.confidence: ("Confidence", None),
    Topic.tradeoff: ("Trade-off", 0.5),
    Topic.exposure: ("Exposure", 1.0),
}
#: Exposure plans anew without each partner in turn, so it is asked only by name.
USUAL = frozenset(Topic) - {Topic.exposure}
#: Each withdraws when this part of the horizon has passed: much is begun then, and little flown.
WITHDRAWN_AT = 0.25
#: Of so many missions, those whose place hangs on least, it is tried what forcing them in or out would change.
FORCED = 4
QUICK = frozenset(t for t, (_, share) in STAGES.items() if share is None)


@dataclass(frozen=True, slots=True)
class Studied:
    """A plan, the findings about it, and what the search left behind for further questions."""

    plan: Plan
    findings: Findings
    solved: Solved = field(repr=False)


class UnfinishedError(Exception):
    """That a topic failed (its cause says why); `done` holds the plan and what was found before it."""

    def __init__(self, topic: Topic, done: Studied) -> None:
        self.topic = topic
        self.done = done
        super().__init__(f"{STAGES[topic][0].lower()} could not be told")


class Watcher(Protocol):
    """Who is told how far a study is: the object itself is called with where a search stands."""

    def stage(self, name: str, time_s: float | None = None) -> None:
        """A stage begins, which may take so many seconds."""

    def note(self, text: str) -> None:
        """What the stage is at."""

    def __call__(self, progress: Progress) -> None:
        """Where the search stands."""


class _Nobody:
    def stage(self, name: str, time_s: float | None = None) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def __call__(self, progress: Progress) -> None:
        pass


def study(
    programme: Programme,
    question: Question | None = None,
    *,
    topics: Iterable[Topic] = USUAL,
    draws: int = 10_000,
    reading: Reading | None = None,
    watch: Watcher | None = None,
    **terms: Any,
) -> Studied:
    """The plan of a programme, and everything asked about it.

    `terms` are fields of `Question`. `question.time_s` is for the search; each further topic takes at most the part of
    it in `STAGES`. `draws` are the Monte Carlo's. With `reading` (as `comity.model.read` gives it) limits are named by file and line.
    An interrupt (Ctrl-C) ends the search or the topic at hand with what is found; what is slow is then asked no more.
    NoPlanError when there is no plan; UnfinishedError when a topic fails.
    """
    question = replace(question or Question(), **terms)
    watch = watch or _Nobody()
    watch.stage("Planning", question.time_s)
    solved = solve(programme, question, on_progress=watch)
    inquiry = _Inquiry(programme, question, solved, draws, reading, watch)
    inquiry.ask(frozenset(topics), interrupted=solved.plan.status == "interrupted")
    return inquiry.done()


class _Inquiry:
    """The questions after the search; its life is one study."""

    def __init__(
        self,
        programme: Programme,
        question: Question,
        solved: Solved,
        draws: int,
        reading: Reading | None,
        watch: Watcher,
    ) -> None:
        self.programme = programme
        self.question = question
        self.solved = solved
        self.draws = draws
        self.reading = reading
        self.watch = watch
        self.found: dict[str, Any] = {}
        self.answers: Mapping[Topic, Callable[[float], None]] = {
            Topic.comparison: self._comparison,
            Topic.aims: self._aims,
            Topic.duplication: self._duplication,
            Topic.binding: self._binding,
            Topic.reasons: self._reasons,
            Topic.interfaces: self._interfaces,
            Topic.confidence: self._confidence,
            Topic.tradeoff: self._tradeoff,
            Topic.exposure: self._exposure,
        }

    def ask(self, topics: frozenset[Topic], *, interrupted: bool) -> None:
        """Asks each topic in its order; a second interrupt of what is quick ends the study."""
        for topic in Topic:
            name, share = STAGES[topic]
            if topic not in topics or topic not in self.answers or (interrupted and topic not in QUICK):
                continue
            time_s = self.question.time_s * (share or 0.0)
            try:
                self.watch.stage(name, time_s if share is not None else None)
                self.answers[topic](time_s)
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
            except Exception as error:
                raise UnfinishedError(topic, self.done()) from error

    def done(self) -> Studied:
        """What there is by now."""
        plan = self.solved.plan
        return Studied(plan, Findings(plan_digest=plan_digest(plan), **self.found), self.solved)

    def _comparison(self, time_s: float) -> None:
        self.found["comparison"] = going_alone(self.solved, time_s=time_s, on_progress=self._count)

    def _aims(self, time_s: float) -> None:
        comparison: Comparison | None = self.found.get("comparison")
        self.solved = refine(self.solved, comparison or {}, time_s=time_s, on_progress=self._count)
        if comparison is not None:
            self.found["comparison"] = compared_with(comparison, self.solved.plan)

    def _duplication(self, _: float) -> None:
        self.found["duplication"] = duplication(self.programme, self.solved.plan)

    def _binding(self, _: float) -> None:
        self.found["binding"] = bindings(self.solved, reading=self.reading)

    def _reasons(self, _: float) -> None:
        self.found["reasons"] = reasons(self.solved, force=FORCED, reading=self.reading, on_progress=self._count)

    def _interfaces(self, _: float) -> None:
        self.found["interfaces"] = joints(self.programme, self.solved.plan)

    def _confidence(self, _: float) -> None:
        self.found["confidence"] = confidence(
            self.programme,
            self.solved.plan,
            draws=self.draws,
            seed=self.question.seed,
            on_progress=self._count,
        )

    def _tradeoff(self, time_s: float) -> None:
        comparison: Comparison | None = self.found.get("comparison")
        if comparison is not None:  # fairness is measured against going alone
            self.found["tradeoff"] = tradeoff(self.solved, comparison, time_s=time_s, on_progress=self._count)

    def _exposure(self, time_s: float) -> None:
        horizon = self.programme.programme.horizon
        since = horizon.start.plus(round(WITHDRAWN_AT * (horizon.end.index - horizon.start.index)))
        self.found["exposure"] = exposure(
            self.programme,
            self.solved.plan,
            since=since,
            question=replace(self.question, time_s=time_s),
            on_progress=self._count,
        )

    def _count(self, done: int, of: int) -> None:
        self.watch.note(f"{done:,} of {of:,}")
