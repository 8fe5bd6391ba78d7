"""Planning anew when something has happened: what is spent or flown stays, the rest is planned again.

What counts as past, and how money already spent weighs, is said in `docs/reference/planning-rules.md`, "Replanning".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from comity.model.amendment import (
    Amendment,
    BudgetCut,
    Delay,
    ExportRuleChange,
    Join,
    LaunchFailure,
    Release,
    Withdraw,
    apply,
)
from comity.model.calendar import Month
from comity.model.money import CENT
from comity.model.programme import Programme
from comity.model.rules import CashPool
from comity.roadmap.answer import PartnerAccount, Plan
from comity.roadmap.answer_parts import Change, MovedMission, PartnerChange
from comity.roadmap.history import opening, settled_by
from comity.roadmap.planner import NoPlanError, Solved, solve
from comity.roadmap.question import Question, Settled
from comity.roadmap.search import Progress

ZERO = Decimal(0)


class ReplanError(ValueError):
    """That a plan cannot be made anew as asked: what is wrong, and what would be right."""


def replan(
    programme: Programme,
    before: Plan,
    amendments: Sequence[Amendment],
    *,
    since: Month,
    question: Question | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> tuple[Solved, Change]:
    """The plan that follows `before` when `amendments` happen, and what it changes for whom.

    `programme` is the one before any amendment; those of `before` are made to it first. What began before the month
    `since` goes on with its option and start where the amended programme lets it; its mission may be given up, and then
    what was paid on it is sunk. Missions whose science had begun to flow stay, unless nobody can go on with them.

    ReplanError (or another ValueError, with the nearest name) when the plan was made for another programme, the month is
    outside the horizon, or an amendment would change what is past; NoPlanError when the commitments cannot be met any
    more.
    """
    _must_follow(programme, before, since)
    original = apply(programme, before.amendments)
    settled = settled_by(original, before, since)
    _must_not_change_the_past(original, before, amendments, since)
    amendments = _with_what_leavers_paid(original, settled, amendments)
    amended = apply(original, amendments)
    _must_have_been_affordable(amended, settled, before)
    question = replace(
        question or Question(),
        settled=settled,
        coalition=frozenset(before.coalition) if before.coalition is not None else None,
    )
    solved = _solved(amended, question, on_progress)
    plan = solved.plan.model_copy(
        update={
            "programme_digest": programme.digest,
            "amendments": (*before.amendments, *(a.to_dict() for a in amendments)),
        }
    )
    event = " ".join(told(amended, amendment) for amendment in amendments)
    return replace(solved, plan=plan), change(before, plan, event=event)


def _solved(amended: Programme, question: Question, on_progress: Callable[[Progress], None] | None) -> Solved:
    try:
        return _with_its_commitments(solve(amended, question, on_progress=on_progress))
    except NoPlanError as error:
        settled = question.settled
        if not error.proven or settled is None or not settled.delivered:
            raise
    # Missions that deliver already are kept at any price; when that price is too high they are given up like others.
    again = replace(question, settled=replace(settled, delivered=frozenset()))
    return _with_its_commitments(solve(amended, again, on_progress=on_progress))


def _with_its_commitments(solved: Solved) -> Solved:
    """NoPlanError when a mission that must be in the plan is not: begun under other terms, it may not be possible now."""
    planned = {m.mission for m in solved.plan.missions}
    missing = [m for m in solved.problem.missions if m.committed and m.id not in planned]
    if missing:
        raise NoPlanError(proven=solved.outcome.infeasible or not all(m.possible for m in missing))
    return solved


# --- what cannot be asked ----------------------------------------------------------------------------------------------


def _must_follow(programme: Programme, before: Plan, since: Month) -> None:
    header = programme.programme
    if before.programme != header.id:
        raise ReplanError(f"the plan is one for {before.programme!r}, not for {header.id!r}")
    if before.programme_digest != programme.digest:
        raise ReplanError(
            f"the plan was made for another version of {header.id} (digest {before.programme_digest[:12]}, not "
            f"{programme.digest[:12]}); take the programme as it was, or plan it first as it is now"
        )
    if not header.horizon.start <= since <= header.horizon.end:
        raise ReplanError(f"{since} is outside of the horizon, {header.horizon.start} to {header.horizon.end}")
    if before.frozen_before is not None and since < before.frozen_before:
        raise ReplanError(
            f"the plan was itself made anew from {before.frozen_before} on; it cannot be from {since}, which is before"
        )


def _must_not_change_the_past(original: Programme, before: Plan, amendments: Sequence[Amendment], since: Month) -> None:
    """ReplanError when an amendment speaks of months gone by; names that nobody knows are left to `apply`."""
    planned = {(e.mission, e.element): e for e in before.elements}
    for amendment in amendments:
        if isinstance(amendment, (Withdraw, LaunchFailure)) and amendment.month < since:
            raise ReplanError(f"{told(original, amendment)[:-1]}, which is before {since}, when planning begins anew")
        if isinstance(amendment, BudgetCut) and min(amendment.years) < since.year:
            raise ReplanError(f"the budget of {min(amendment.years)} is spent: it cannot be cut in {since}")
        if isinstance(amendment, Delay):
            part = planned.get((amendment.mission, amendment.element))
            if part is not None and part.finish <= since:
                where = f"{amendment.mission}/{amendment.element}"
                raise ReplanError(f"{where} was finished by {part.finish}: it cannot be late in {since}")


def _with_what_leavers_paid(
    original: Programme, settled: Settled, amendments: Sequence[Amendment]
) -> tuple[Amendment, ...]:
    """The amendments, with the budget of the year raised for who leaves within it, having paid more than its twelfths."""
    done: list[Amendment] = []
    for amendment in amendments:
        if isinstance(amendment, Withdraw) and amendment.month.year == settled.before.year:
            programme = apply(original, done)
            left = opening(apply(programme, [amendment]), settled).left.get(amendment.partner, ZERO)
            twelfths = programme.budget(amendment.partner, amendment.month.year) * (amendment.month.month - 1) / 12
            if left < 0 < twelfths:
                factor = ((twelfths - left) / twelfths).quantize(Decimal("1e-9"), ROUND_CEILING)
                done.append(BudgetCut(partner=amendment.partner, years=(amendment.month.year,), factor=factor))
        done.append(amendment)
    return tuple(done)


def _must_have_been_affordable(amended: Programme, settled: Settled, before: Plan) -> None:
    coalition = frozenset(before.coalition) if before.coalition is not None else None
    found = opening(amended, settled, coalition=coalition)
    for over in found.overdrawn:
        raise ReplanError(
            f"{over.who} spent {over.amount:,.2f} more in {over.year} than there was by the amendments; what is past "
            "cannot be paid otherwise"
        )
    rules = [rule for rule in amended.participation.values() if isinstance(rule, CashPool)]
    receivers = {p for rule in rules for p in rule.receivers}
    receivers |= set(amended.emerging) if "emerging" in receivers else set()
    for partner, left in found.left.items():
        if left < -CENT and partner not in receivers:
            raise ReplanError(
                f"by {settled.before} {partner} has already paid {-left:,.2f} more for {settled.before.year} than its "
                f"budget of that year would be; change its budget from {settled.before.year + 1} on"
            )


# --- what is told ------------------------------------------------------------------------------------------------------


def told(programme: Programme, amendment: Amendment) -> str:
    """What happened, in a sentence. `programme` may be the one before the amendment or after it."""

    def partner(name: str) -> str:
        return programme.partners[name].name if name in programme.partners else name

    def element(mission: str, name: str) -> str:
        spec = programme.missions.get(mission)
        if spec is None or name not in spec.elements:
            return f"{mission}/{name}"
        return f"{spec.elements[name].name} of {spec.name}"

    if isinstance(amendment, Withdraw):
        return f"{partner(amendment.partner)} withdraws from {amendment.month}."
    if isinstance(amendment, BudgetCut):
        return f"The budget of {partner(amendment.partner)} {_measure(amendment)} in {_years(amendment.years)}."
    if isinstance(amendment, LaunchFailure):
        return f"{element(amendment.mission, amendment.element)} fails in {amendment.month}."
    if isinstance(amendment, Delay):
        ways = [f"takes {amendment.months} months longer"] if amendment.months else []
        ways += [f"cannot start before {amendment.not_before}"] if amendment.not_before is not None else []
        return f"{element(amendment.mission, amendment.element)} {' and '.join(ways)}."
    if isinstance(amendment, Join):
        return f"{amendment.partner.name} joins."
    if isinstance(amendment, Release):
        mission = programme.missions.get(amendment.mission)
        return f"{mission.name if mission is not None else amendment.mission} is no longer committed."
    assert isinstance(amendment, ExportRuleChange)
    if amendment.rule is None:
        return f"The export rule {amendment.id} falls."
    return f"The export rule {amendment.id} holds: {amendment.rule.name}."


def _measure(cut: BudgetCut) -> str:
    if cut.amount is not None:
        return f"is {cut.amount} less"
    assert cut.factor is not None
    percent = f"{float(100 * abs(1 - cut.factor)):.4g}%"
    return f"is {percent} {'less' if cut.factor <= 1 else 'more'}"


def _years(years: Sequence[int]) -> str:
    ordered = sorted(years)
    whole = len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1))
    return f"{ordered[0]}-{ordered[-1]}" if whole else ", ".join(map(str, ordered))


def change(before: Plan, after: Plan, *, event: str = "") -> Change:
    """What a new plan changes against the one before it."""
    had, has = ({m.mission: m for m in plan.missions} for plan in (before, after))
    return Change(
        event=event,
        value_before=before.value,
        value_after=after.value,
        cost_before=before.cost,
        cost_after=after.cost,
        partners=tuple(_partner_change(p, before, after) for p in dict.fromkeys([*before.accounts, *after.accounts])),
        dropped=tuple(m for m in had if m not in has),
        added=tuple(m for m in has if m not in had),
        moved=tuple(
            MovedMission(mission=m, before=had[m].delivery, after=now.delivery)
            for m, now in has.items()
            if m in had and had[m].delivery != now.delivery
        ),
    )


def _partner_change(partner: str, before: Plan, after: Plan) -> PartnerChange:
    had, has = before.accounts.get(partner), after.accounts.get(partner)

    def money(account: PartnerAccount | None, name: str) -> Decimal:
        amount: Decimal = getattr(account, name) if account is not None else ZERO
        return amount

    return PartnerChange(
        partner=partner,
        contribution_before=money(had, "contribution"),
        contribution_after=money(has, "contribution"),
        work_before=money(had, "work"),
        work_after=money(has, "work"),
        benefit_before=had.benefit if had is not None else 0.0,
        benefit_after=has.benefit if has is not None else 0.0,
    )
