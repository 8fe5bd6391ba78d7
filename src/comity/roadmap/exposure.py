"""Which partner the programme is most exposed to: what is lost when each withdraws, after the best replanning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from comity.model.amendment import Amendment, Release, Withdraw, apply
from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Exposure
from comity.roadmap.planner import NoPlanError
from comity.roadmap.question import Question
from comity.roadmap.replanning import replan
from comity.workers import side_by_side

#: Each search takes at least this long [s], however many partners share the time.
LEAST_S = 2.0


def exposure(
    programme: Programme,
    before: Plan,
    *,
    since: Month,
    question: Question | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Exposure, ...]:
    """What each contributor's withdrawal in `since` would cost in science; the partner whose loss costs most comes first.

    `question.time_s` is shared by all the searches, `question.threads` of which run at a time, each in a process of its
    own; `on_progress(done, all)` counts them. Where commitments cannot be met without a partner they are released, and
    named. Nothing is gained by a withdrawal: where the new search finds more, the old plan had not been the best, and the
    loss is nil. Errors as `replanning.replan`.
    """
    question = question or Question()
    partners = [p for p in _payers(programme, before) if before.coalition is None or p in before.coalition]
    if not partners:
        return ()
    share = question.time_s * question.threads / len(partners)
    short = replace(question, threads=1, time_s=min(question.time_s, max(LEAST_S, share)))
    found = side_by_side(
        without,
        [(partner,) for partner in partners],
        workers=question.threads,
        shared=(programme, before, since, short),
        on_done=on_progress,
    )
    return tuple(sorted(found, key=lambda e: (-e.lost_value, partners.index(e.partner))))


def _payers(programme: Programme, before: Plan) -> tuple[str, ...]:
    """Contributors of the programme as it is after the amendments made, less those that have left."""
    left = {a["partner"] for a in before.amendments if a.get("kind") == "withdraw"}
    return tuple(p for p in apply(programme, before.amendments).contributors if p not in left)


def without(asked: tuple[Programme, Plan, Month, Question], partner: str) -> Exposure:
    """The exposure to one partner; `asked`: programme, plan before, month since which it is gone, how to search."""
    programme, before, since, question = asked
    leaving = Withdraw(partner=partner, month=since)
    released: tuple[str, ...] = ()
    try:
        solved, change = replan(programme, before, [leaving], since=since, question=question)
    except NoPlanError:
        amended = apply(programme, before.amendments)
        released = tuple(m.id for m in amended.missions.values() if m.committed)
        given_free: list[Amendment] = [leaving, *(Release(mission=m) for m in released)]
        try:
            solved, change = replan(programme, before, given_free, since=since, question=question)
        except NoPlanError:  # the rules of participation cannot even be met by fewer missions
            return _exposed(before, partner, 0.0, tuple(m.mission for m in before.missions), released)
    return _exposed(before, partner, solved.plan.value, change.dropped, released)


def _exposed(before: Plan, partner: str, left: float, given_up: tuple[str, ...], released: tuple[str, ...]) -> Exposure:
    lost = max(0.0, before.value - left)
    return Exposure(
        partner=partner,
        lost_value=lost,
        lost_share=lost / before.value if before.value > 0 else 0.0,
        given_up=given_up,
        commitments_broken=tuple(m for m in released if m in given_up),
    )
