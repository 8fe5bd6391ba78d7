"""Who paid what, exactly: a replay of the purchases, voter by voter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from comity.funding.selection.answer import Outcome
from comity.funding.selection.election import Election


@dataclass(frozen=True)
class Payments:
    """`paid[project][voter]`, and what each voter has left; in the money of the budget.

    By Phragmén's rule money flows until the last purchase: what is left is what flowed since a voter last paid.
    """

    paid: Mapping[int, Mapping[int, Fraction]]
    left: tuple[Fraction, ...]

    def of_voter(self, voter: int) -> dict[int, Fraction]:
        """What a voter paid for each project that it shared in."""
        return {p: who[voter] for p, who in self.paid.items() if who.get(voter)}


def payments(election: Election, outcome: Outcome) -> Payments:
    """The payments of an outcome. What greedy welfare bought, nobody paid of their own: it is left out."""
    weights = [v.weight for v in election.voters]
    if outcome.rule == "phragmen":
        return _by_load(weights, outcome)
    share = outcome.endowment or election.budget / sum(weights)
    left = [share * w for w in weights]
    paid: dict[int, dict[int, Fraction]] = {}
    for purchase in outcome.purchases:
        if purchase.payers is None or purchase.marks is None or purchase.rate is None:
            continue
        who: dict[int, Fraction] = {}
        shares: dict[int, Fraction] = {}
        for voter, mark in zip(purchase.payers.tolist(), purchase.marks.tolist(), strict=True):
            if mark not in shares:
                shares[mark] = purchase.rate * mark
            due = shares[mark] if mark else left[voter]
            if due:
                who[voter] = due
                left[voter] -= due
        paid[purchase.project] = who
    return Payments(paid, tuple(left))


def _by_load(weights: list[int], outcome: Outcome) -> Payments:
    since = [Fraction(0)] * len(weights)
    paid: dict[int, dict[int, Fraction]] = {}
    now = Fraction(0)
    for purchase in outcome.purchases:
        if purchase.payers is None or purchase.price is None:
            continue
        now = purchase.price
        paid[purchase.project] = {v: weights[v] * (now - since[v]) for v in purchase.payers.tolist() if since[v] < now}
        for v in purchase.payers.tolist():
            since[v] = now
    return Payments(paid, tuple(w * (now - s) for w, s in zip(weights, since, strict=True)))
