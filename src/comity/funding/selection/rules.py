"""Chooses: one rule, one measure of satisfaction, one completion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from typing import Literal, get_args

from comity.funding.errors import FundingError
from comity.funding.selection.answer import Outcome, Purchase, Rule
from comity.funding.selection.election import Election, Marks, Satisfaction
from comity.funding.selection.equal_shares import equal_shares
from comity.funding.selection.phragmen import phragmen
from comity.model.problems import nearest

Completion = Literal["none", "greedy", "add1", "add1u", "increase"]


#: A voter with more money than this is not raised by 1 at a time: it might take as many runs.
MOST_STEPS = 50_000


def select(
    election: Election,
    *,
    rule: Rule = "mes",
    satisfaction: Satisfaction = "cost",
    completion: Completion = "none",
) -> Outcome:
    """Which projects are chosen. Exact: no result depends on rounding; ties go to the first name, character by character.

    Completions of equal shares, which often leaves money over: `greedy` spends the rest by greedy welfare; `add1` raises
    every voter's money by 1 until nothing more fits, or the budget would be exceeded (then the run before); `add1u` is
    add1, then greedy; `increase` raises the budget by 1% at a time instead. FundingError: an unknown or unfit choice.
    """
    for given, known in ((rule, Rule), (satisfaction, Satisfaction), (completion, Completion)):
        if given not in get_args(known):
            raise FundingError(
                f"{given!r} is none of {', '.join(get_args(known))}; {nearest(given, get_args(known))}".rstrip("; ")
            )
    if not election.voters or not election.projects:
        raise FundingError("an election needs at least one voter and one project")
    if completion != "none" and rule != "mes":
        raise FundingError(f"completion {completion} completes the method of equal shares; {rule} takes none")
    if rule == "phragmen":
        if election.vote_type not in ("approval", "choose-1"):
            raise FundingError(
                f"sequential Phragmén takes approval ballots, not {election.vote_type} ones; use mes or greedy"
            )
        return phragmen(election, election.marks("cardinality"))
    marks = election.marks(satisfaction)
    if rule == "greedy":
        return Outcome("greedy", greedy(election, marks), satisfaction=satisfaction)
    share = election.budget / int(election.weights.sum())
    if completion in ("none", "greedy"):
        outcome = equal_shares(election, marks, endowment=share)
    else:
        outcome = _raised(election, marks, share, completion)
    if completion in ("greedy", "add1u") and not _exhaustive(election, outcome, range(len(election.projects))):
        outcome = replace(outcome, purchases=(*outcome.purchases, *greedy(election, marks, outcome.chosen)))
    return replace(outcome, satisfaction=satisfaction)


def greedy(election: Election, marks: Marks, chosen: Collection[int] = ()) -> tuple[Purchase, ...]:
    """What greedy utilitarian welfare buys besides what is chosen: by satisfaction per cost, whatever still fits."""
    costs, totals = election.costs, marks.totals()
    left = int(election.budget * election.unit) - sum(costs[p] for p in chosen)

    def rank(p: int) -> tuple[int, Fraction, str]:
        free = costs[p] == 0 and totals[p] > 0
        density = totals[p] / costs[p] if totals[p] > 0 and costs[p] else Fraction(0)
        return (0 if free else 1, -density, election.projects[p].id)

    bought = []
    for p in sorted(set(range(len(costs))) - set(chosen), key=rank):
        if costs[p] <= left:
            left -= costs[p]
            bought.append(Purchase(p, by="greedy"))
    return tuple(bought)


def _raised(election: Election, marks: Marks, share: Fraction, completion: Completion) -> Outcome:
    """Runs with ever more money, until a run exhausts the budget, or exceeds it: then the run before."""
    total = int(election.weights.sum())
    if completion == "increase":
        step, stop_for = election.budget / 100 / total, range(len(election.projects))
        most = share * (len(election.voters) + 1)
    else:
        if share > MOST_STEPS:
            raise FundingError(
                f"{completion} raises every voter's money by 1 at a time, and each has {float(share):,.0f}: that takes too "
                "many runs; ask for increase (1 % at a time), or count in larger units"
            )
        step, most = Fraction(1), None
        stop_for = [p for p, (who, _) in enumerate(marks.supporters) if len(who) and election.costs[p]]  # type: ignore[assignment]
    budget = int(election.budget * election.unit)
    before = Outcome("mes", (), endowment=share)
    runs, money = 0, share
    while most is None or money <= most:
        outcome = equal_shares(election, marks, endowment=money)
        runs += 1
        if sum(election.costs[p] for p in outcome.chosen) > budget:
            break
        before = outcome
        if _exhaustive(election, outcome, stop_for):
            break
        money += step
    return replace(before, runs=runs)


def _exhaustive(election: Election, outcome: Outcome, projects: Collection[int]) -> bool:
    chosen = set(outcome.chosen)
    left = int(election.budget * election.unit) - sum(election.costs[p] for p in chosen)
    return all(election.costs[p] > left for p in projects if p not in chosen)
