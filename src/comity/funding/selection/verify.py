"""Checks an outcome by what it promises, not by how it was found: budget, payments, and that no group is left with enough."""

from __future__ import annotations

from fractions import Fraction

from comity.funding.selection.answer import Outcome
from comity.funding.selection.election import Election, Satisfaction, Voter
from comity.funding.selection.payments import payments


def violations(election: Election, outcome: Outcome) -> list[str]:
    """What is wrong with an outcome; nothing when it keeps its promises.

    The chosen stand once and fit into the budget; the payers of a project pay its cost exactly, and named it; nobody pays
    more than they hold; and, for equal shares and Phragmén, no project left out could be paid by its supporters with what
    they have left (priceability: Peters and Skowron, EC 2020).
    """
    out, chosen = [], outcome.chosen
    if len(set(chosen)) < len(chosen):
        out.append("a project is bought twice")
    cost = sum((election.projects[p].cost for p in chosen), Fraction(0))
    if cost > election.budget:
        out.append(f"the chosen cost {cost}, more than the budget of {election.budget}")
    if outcome.rule == "greedy":
        return out
    made = payments(election, outcome)
    named = [set(v.choices) for v in election.voters]
    total = sum(v.weight for v in election.voters)
    for p, who in made.paid.items():
        name = election.projects[p].id
        if sum(who.values()) != election.projects[p].cost:
            out.append(f"the payments for {name} are {sum(who.values())}, not its cost")
        out += [
            f"voter {election.voters[v].id} pays for {name}, which it did not name" for v in who if p not in named[v]
        ]
        out += [f"voter {election.voters[v].id} pays less than nothing for {name}" for v in who if who[v] < 0]
    if outcome.endowment is not None and outcome.endowment * total < election.budget:
        out.append("the voters hold less than the budget together")
    out += [
        f"voter {v.id} pays more than it holds" for v, left in zip(election.voters, made.left, strict=True) if left < 0
    ]
    left: dict[int, Fraction] = {}
    for voter, money in zip(election.voters, made.left, strict=True):
        for p in supported(voter, outcome.satisfaction):
            left[p] = left.get(p, Fraction(0)) + money
    for p, money in left.items():
        cost = election.projects[p].cost
        # Phragmén leaves out what alone exceeds the budget, and may end with a tie of which one does not fit.
        if outcome.rule == "phragmen" and cost > election.budget:
            continue
        if p not in chosen and (money > cost or (money == cost and outcome.rule == "mes")):
            out.append(f"the supporters of {election.projects[p].id} have {money} left, enough for its cost of {cost}")
    return out


def supported(voter: Voter, satisfaction: Satisfaction) -> list[int]:
    """The projects that a voter gave more than nothing; by Borda's count the last on a ballot is given nothing."""
    if satisfaction == "borda":
        return list(voter.choices[:-1])
    if not voter.points:
        return list(voter.choices)
    return [c for c, x in zip(voter.choices, voter.points, strict=True) if x > 0]
