"""Which other providers in a roadmap would mend returns, and what each would cost in science.

Two answers, both by the planner, with its own options, dates and rules. `mended_plan`: the best plan of the same missions
in which every contributor's coefficient reaches a threshold, by the planner's rule `minimum_return`. `swaps`: each single
change of an element's option that gives more work to those below, all other options kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
#: How many searches there are at most: for the threshold, and for a lower one when none is found.
ROUNDS = 6
#: Each search takes at least this long [s].
LEAST_S = 2.0
#: By how much more is asked when the plan found misses the threshold by rounding.
_HAIR_MORE = Fraction(1_000_001, 1_000_000)
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
    and `below` names who stays under the threshold. What work for what contribution a threshold asks of a partner depends
    on what all do and pay. By what they do and pay in the plan given: `proven` says that no plan of these missions gives
    everybody so much, and any that does loses at least `least_loss` [points]. `science_lost` is against the plan given.
    """

    threshold: Fraction
    reached: Fraction
    feasible: bool
    proven: bool
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
    question = replace(question, time_s=max(LEAST_S, question.time_s / ROUNDS))
    before = returns(statistics_of_plan(programme, given))
    best, reached, proven, bound = _best_reached(programme, given, threshold, question, on_try)
    after = returns(statistics_of_plan(programme, best))
    below = after.below(threshold)
    return MendedPlan(
        threshold=threshold,
        reached=min(reached, threshold),
        feasible=not below,
        proven=proven,
        plan=best,
        before=before,
        after=after,
        below=below,
        science_lost=given.value - best.value,
        least_loss=None if bound is None else max(0.0, given.value - bound),
        swaps=tuple(_changes(programme, given, best)),
    )


def _best_reached(
    programme: Programme,
    given: Plan,
    threshold: Fraction,
    question: Question,
    on_try: Callable[[Fraction], None] | None,
) -> tuple[Plan, Fraction, bool, float | None]:
    """`(the plan whose lowest coefficient is highest, up to the threshold; that coefficient; proven; bound)`.

    What is asked of each is taken from the plan given, then from the plan found, until they agree; where there is none, a
    threshold half way down is tried. `proven` and `bound` are of the first search, as `MendedPlan` has them.
    """
    best, reached = given, _lowest(programme, given)
    asked, top, proven = threshold, threshold, False
    bound: float | None = None
    like, more = given, Fraction(1)
    for _ in range(ROUNDS if reached < threshold else 0):
        if on_try is not None:
            on_try(asked)
        as_given = asked == threshold and like is given
        found, none = _with_minimum(programme, given, _asked_of_each(programme, like, asked * more), question)
        if found is None:
            proven = proven or (none and as_given)
            top, asked, like, more = asked, (reached + asked) / 2, best, Fraction(1)
            continue
        bound = found.bound if as_given else bound
        there = _lowest(programme, found)
        if there > reached:
            best, reached = found, there
        if there >= threshold:
            break
        if there >= asked:
            asked, more = (there + top) / 2, Fraction(1)
        elif like is not given:  # it was asked by a plan much like this one, and misses by rounding or by little
            more *= asked / there * _HAIR_MORE
        like = found
    return best, reached, proven, bound


def _bound_by_rules(given: Plan) -> None:
    if given.coalition is not None or given.frozen_before is not None:
        what = "of a coalition" if given.coalition is not None else "a replanned one"
        raise FundingError(
            f"the plan is {what}, which rules of participation do not bind; name one of the whole programme"
        )


def _lowest(programme: Programme, found: Plan) -> Fraction:
    rows = returns(statistics_of_plan(programme, found)).rows
    return min((r.coefficient for r in rows if r.coefficient is not None), default=Fraction(0))


def _asked_of_each(programme: Programme, like: Plan, threshold: Fraction) -> dict[str, Decimal]:
    """The work over contribution that a threshold asks of each contributor, by what all do and pay in a plan.

    A coefficient is the ratio of work to contribution over that of all together. The planner counts work that ends after
    the horizon in whole, where returns count what is done within it: each partner's part of both is taken from the plan.
    """
    found = returns(statistics_of_plan(programme, like))
    together = found.contracted / found.contributed if found.contributed > 0 else Fraction(0)
    asked = {}
    for row in found.rows:
        whole = Fraction(like.accounts[row.partner].work)
        beyond = whole / row.weighted if row.weighted > 0 else Fraction(1)
        asked[row.partner] = rounded(threshold * together * beyond, 9)
    return asked


def _with_minimum(
    programme: Programme, given: Plan, minimum: Mapping[str, Decimal], question: Question
) -> tuple[Plan | None, bool]:
    """The best plan found that gives each contributor this work over its contribution, or `(None, is none proven)`."""
    if any(ratio > _MOST for ratio in minimum.values()):
        return None, False
    amended = apply(programme, given.amendments)
    rules = {
        f"{_RULE} {partner}": MinimumReturn(
            id=f"{_RULE} {partner}",
            name=f"Return of {partner}",
            kind="minimum_return",
            minimum=ratio,
            partners=(partner,),
            estimate="asked for",
        )
        for partner, ratio in minimum.items()
    }
    changed = amended.model_copy(update={"participation": FrozenDict({**amended.participation, **rules})})
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
