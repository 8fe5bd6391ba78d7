"""Which other providers in a roadmap would mend returns, and what each would cost in science.

Two answers, both by the planner, with its own options, dates and rules. `mended_plan`: the best plan of the same missions
in which every contributor's coefficient reaches a threshold, by the planner's rule `minimum_return`. `swaps`: each single
change of an element's option that gives more work to those below, all other options kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.errors import FundingError
from comity.funding.returns.answer import Returns, rounded
from comity.funding.returns.coefficient import returns
from comity.funding.returns.forecast import home, statistics_of_plan
from comity.model.amendment import apply
from comity.model.base import FrozenDict
from comity.model.missions import Option
from comity.model.programme import Programme
from comity.model.rules import MinimumReturn
from comity.roadmap import NoPlanError, Plan, Question, plan
from comity.roadmap.verification import verify
from comity.workers import side_by_side

#: The rule's name in the programme that is asked about; no programme's own can have it, for a name has no space.
_RULE = "return threshold"
#: How often the threshold is tried again, when the plan found misses it by a hair, or when none is found.
ROUNDS = 4
#: Each search takes at least this long [s].
LEAST_S = 2.0
#: The greatest ratio that `minimum_return` takes.
_MOST = Decimal(2)


@dataclass(frozen=True, slots=True)
class Swap:
    """An element provided by another option: who does its work then, and what that changes.

    `science` is the change of science [points], None where no plan is possible or none was found; `gained` the change of
    each contributor's coefficient.
    """

    mission: str
    element: str
    before: str
    after: str
    to: tuple[str, ...]
    science: float | None = None
    gained: tuple[tuple[str, Fraction], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "mission": self.mission,
            "element": self.element,
            "before": self.before,
            "after": self.after,
            "work_to": list(self.to),
            "science": self.science,
            "coefficients": {p: f"{rounded(g, 6):f}" for p, g in self.gained},
        }


@dataclass(frozen=True, slots=True)
class MendedPlan:
    """A plan in which returns are mended as far as possible.

    `feasible`: every contributor reaches the threshold. If not, `reached` is the lowest coefficient of the best plan found
    and `below` names who stays under the threshold. `ratio` is what the threshold came to as work over contribution, by
    the ratio of all contributors' in the plan given; `proven`: no plan of these missions gives everybody that ratio.
    `science_lost` is the loss against the plan given; no plan with that ratio loses less than `least_loss` [points].
    """

    threshold: Fraction
    reached: Fraction
    feasible: bool
    proven: bool
    ratio: Fraction
    plan: Plan
    before: Returns
    after: Returns
    below: tuple[str, ...]
    science_lost: float
    least_loss: float | None
    swaps: tuple[Swap, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the plan itself is in a file of its own."""
        return {
            "threshold": f"{rounded(self.threshold, 6):f}",
            "reached": f"{rounded(self.reached, 6):f}",
            "feasible": self.feasible,
            "proven": self.proven,
            "ratio": f"{rounded(self.ratio, 6):f}",
            "science_lost": self.science_lost,
            "least_loss": self.least_loss,
            "below": list(self.below),
            "changes": [s.to_dict() for s in self.swaps],
            "before": self.before.to_dict(self.threshold),
            "after": self.after.to_dict(self.threshold),
        }


def mended_plan(
    programme: Programme,
    given: Plan,
    *,
    threshold: Fraction,
    question: Question | None = None,
    on_try: Callable[[Fraction], None] | None = None,
) -> MendedPlan:
    """The plan of the same missions that loses least science while every contributor reaches the threshold.

    `programme` is the one before the plan's amendments. `question.time_s` is shared by all tries; `on_try` is told each
    threshold tried. FundingError for a plan of a coalition or a replanned one, whose returns no rule binds, and for a
    threshold above 1, which not everybody can reach, for the mean is 1.
    """
    _bound_by_rules(given)
    if threshold > 1:
        raise FundingError(
            f"not everybody can have {float(threshold):g}: the mean by contributions is 1; ask for 1 or less"
        )
    question = replace(
        question or Question(),
        required=frozenset(m.mission for m in given.missions),
        barred=frozenset(programme.missions) - {m.mission for m in given.missions},
    )
    question = replace(question, time_s=max(LEAST_S, question.time_s / (ROUNDS + 1)))
    before = returns(statistics_of_plan(programme, given))
    asked, proven = threshold, False
    lowest = min((r.coefficient for r in before.rows if r.coefficient is not None), default=threshold)
    best, reached, top = given, min(lowest, threshold), threshold
    bound: float | None = None
    raised = Fraction(1)
    for _ in range(ROUNDS):
        if lowest >= threshold:
            break
        if on_try is not None:
            on_try(asked)
        found, none = _with_threshold(programme, given, asked * raised, best, question)
        if found is None:
            proven = proven or (none and asked == threshold)
            top, asked, raised = asked, (reached + asked) / 2, Fraction(1)
            continue
        there = _lowest(programme, found)
        if asked == threshold and raised == 1:
            bound = found.bound
        if there > reached or (there == reached and found.value > best.value):
            best, reached = found, min(there, threshold)
        if there >= threshold:
            break
        if there < asked:  # what all work comes to against all payments has changed with the plan
            raised *= asked / there * Fraction(1_000_001, 1_000_000)
        else:
            asked, raised = (there + top) / 2, Fraction(1)
    after = returns(statistics_of_plan(programme, best))
    below = after.below(threshold)
    return MendedPlan(
        threshold=threshold,
        reached=reached,
        feasible=not below,
        proven=proven,
        ratio=threshold * _all_together(given),
        plan=best,
        before=before,
        after=after,
        below=below,
        science_lost=given.value - best.value,
        least_loss=None if bound is None else max(0.0, given.value - bound),
        swaps=tuple(_changes(programme, given, best)),
    )


def _bound_by_rules(given: Plan) -> None:
    if given.coalition is not None or given.frozen_before is not None:
        what = "of a coalition" if given.coalition is not None else "a replanned one"
        raise FundingError(
            f"the plan is {what}, which rules of participation do not bind; name one of the whole programme"
        )


def _lowest(programme: Programme, found: Plan) -> Fraction:
    rows = returns(statistics_of_plan(programme, found)).rows
    return min((r.coefficient for r in rows if r.coefficient is not None), default=Fraction(0))


def _all_together(given: Plan) -> Fraction:
    """What all contributors' work comes to against all their contributions, by the plan's own accounts."""
    accounts = [a for a in given.accounts.values() if a.contribution > 0]
    paid = sum((Fraction(a.contribution) for a in accounts), Fraction(0))
    return sum((Fraction(a.work) for a in accounts), Fraction(0)) / paid if paid else Fraction(0)


def _with_threshold(
    programme: Programme, given: Plan, threshold: Fraction, like: Plan, question: Question
) -> tuple[Plan | None, bool]:
    """The best plan found with the rule, or `(None, is it proven that there is none)`.

    The rule's ratio is work over contribution; a coefficient is that over the same ratio of all contributors together,
    which is taken from the plan `like`.
    """
    minimum = rounded(threshold * _all_together(like), 9)
    if minimum > _MOST:
        return None, False
    amended = apply(programme, given.amendments)
    rule = MinimumReturn(
        id=_RULE, name="Every contributor's return", kind="minimum_return", minimum=minimum, estimate="asked for"
    )
    changed = amended.model_copy(update={"participation": FrozenDict({**amended.participation, _RULE: rule})})
    return _planned(programme, given, changed, question)


def _planned(programme: Programme, given: Plan, changed: Programme, question: Question) -> tuple[Plan | None, bool]:
    """A plan of a narrower programme, as one of the programme itself, checked against all its rules."""
    try:
        found = plan(_fresh(changed), question)
    except NoPlanError as error:
        return None, error.proven
    own = found.model_copy(
        update={"programme_digest": programme.digest, "amendments": given.amendments, "programme": given.programme}
    )
    wrong = verify(programme, own)
    if wrong:
        raise RuntimeError(f"the planner's answer breaks a rule: {wrong[0]}")
    return own, False


def _fresh(programme: Programme) -> Programme:
    """The same without what was cached of another; `model_copy` carries the cache along."""
    programme.__dict__.pop("digest", None)
    return programme


# --- one change at a time ----------------------------------------------------------------------------------------------


def swaps(
    programme: Programme,
    given: Plan,
    *,
    threshold: Fraction,
    question: Question | None = None,
    most: int = 24,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Swap, ...]:
    """Every other option of a planned element that gives those below the threshold more work, with its cost in science.

    All other elements keep their options; dates may move. Up to `most` are tried, those that move most work first, side
    by side in `question.threads` processes that share `question.time_s`. The cheapest in science comes first, then what
    was impossible. FundingError as `mended_plan`.
    """
    _bound_by_rules(given)
    question = question or Question()
    before = returns(statistics_of_plan(programme, given))
    tried = sorted(_candidates(programme, given, frozenset(before.below(threshold))), key=lambda pair: -pair[0])[:most]
    if not tried:
        return ()
    every: list[Swap | None] = [None, *(s for _, s in tried)]
    share = question.time_s * question.threads / len(every)
    short = replace(
        question,
        threads=1,
        time_s=max(LEAST_S, min(question.time_s, share)),
        required=frozenset(m.mission for m in given.missions),
        barred=frozenset(programme.missions) - {m.mission for m in given.missions},
    )
    found: list[Plan | None] = side_by_side(
        swapped,
        [(swap,) for swap in every],
        workers=question.threads,
        shared=(programme, given, short),
        on_done=on_progress,
    )
    kept = max(given.value, found[0].value if found[0] is not None else given.value)
    told = [_told(programme, swap, after, before, kept) for (_, swap), after in zip(tried, found[1:], strict=True)]
    return tuple(sorted(told, key=lambda s: (s.science is None, -(s.science or 0.0), s.mission, s.element, s.after)))


def swapped(asked: tuple[Programme, Plan, Question], swap: Swap | None) -> Plan | None:
    """The plan with every option kept but the swap's; None when there is none."""
    programme, given, question = asked
    amended = apply(programme, given.amendments)
    taken = {(e.mission, e.element): e.option for e in given.elements}
    if swap is not None:
        taken[swap.mission, swap.element] = swap.after
    missions = {}
    for name, mission in amended.missions.items():
        elements = {}
        for part, element in mission.elements.items():
            label = taken.get((name, part))
            if label is not None:
                only = tuple(o for o in element.options if o.label == label)
                element = element.model_copy(update={"options": only, "optional": False})
            elements[part] = element
        missions[name] = mission.model_copy(update={"elements": FrozenDict(elements)})
    return _planned(programme, given, amended.model_copy(update={"missions": FrozenDict(missions)}), question)[0]


def _told(programme: Programme, swap: Swap, after: Plan | None, before: Returns, kept: float) -> Swap:
    if after is None:
        return swap
    rows = returns(statistics_of_plan(programme, after)).rows
    gained = (
        (r.partner, r.coefficient - was)
        for r in rows
        if r.coefficient is not None and (was := before.of(r.partner).coefficient) is not None and r.coefficient != was
    )
    return replace(swap, science=after.value - kept, gained=tuple(gained))


def _candidates(programme: Programme, given: Plan, low: frozenset[str]) -> Iterator[tuple[Decimal, Swap]]:
    """`(work that goes to those below more than now, the swap)`."""
    amended = apply(programme, given.amendments)
    for planned in given.elements:
        options = amended.missions[planned.mission].elements[planned.element].options
        now = next(o for o in options if o.label == planned.option)
        for option in options:
            more = _work_of(amended, option, low) - _work_of(amended, now, low)
            if option.label != now.label and more > 0:
                to = tuple(dict.fromkeys(home(amended, w) for w, share in option.work_shares.items() if share))
                yield more, Swap(planned.mission, planned.element, now.label, option.label, to)


def _work_of(programme: Programme, option: Option, partners: frozenset[str]) -> Decimal:
    shares = option.work_shares.items()
    return programme.worth(option.cost) * sum((s for w, s in shares if home(programme, w) in partners), Decimal(0))


def _changes(programme: Programme, before: Plan, after: Plan) -> Iterator[Swap]:
    amended = apply(programme, before.amendments)
    was = {(e.mission, e.element): e.option for e in before.elements}
    now = {(e.mission, e.element): e.option for e in after.elements}
    for mission, element in dict.fromkeys((*was, *now)):
        old, new = was.get((mission, element), ""), now.get((mission, element), "")
        if old != new:
            options = amended.missions[mission].elements[element].options
            workers = next((o.work_shares for o in options if o.label == new), {})
            to = tuple(dict.fromkeys(home(amended, w) for w, share in workers.items() if share))
            yield Swap(mission, element, old, new, to)
