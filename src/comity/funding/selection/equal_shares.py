"""The Method of Equal Shares, exact and fast (Peters, Pierczyński and Skowron, NeurIPS 2021; equalshares.net).

Each voter holds a share of the budget. Bought next is the project whose supporters can pay for it at the lowest price
rho per unit of satisfaction: each pays rho × satisfaction, or all that is left.

Floats find the candidates; whole numbers decide. A voter's money is, exactly, the endowment less rate × mark for each
purchase shared in full, or zero once spent; so the money of a *set* of voters is a sum over purchases, not over voters:
`account @ coefficients / denominator`, with small counts in `account` and one long whole number a purchase in
`coefficients`. Each float carries a bound of its error, and whatever lies within that bound is decided exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np
import numpy.typing as npt

from comity.funding.selection.answer import Outcome, Purchase
from comity.funding.selection.election import Election, Ints, Marks

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_EPS = 2.0**-52


@dataclass(slots=True)
class _Offer:
    """At which rate a project can be paid: `numerator / (denominator of all × rich)` per mark, and who cannot share in full."""

    project: int
    numerator: int
    rich: int
    poor: Mask
    spent: Mask  # pays all that is left, no more and no less than the others: rich, then without money


def equal_shares(election: Election, marks: Marks, *, endowment: Fraction) -> Outcome:
    """The projects that equal shares buys when a voter of weight w holds `w × endowment`; ties go to the first name."""
    return _Run(election, marks, endowment).outcome()


class _Run:
    def __init__(self, election: Election, marks: Marks, endowment: Fraction) -> None:
        self.election, self.marks, self.endowment = election, marks, endowment
        self.names = [p.id for p in election.projects]
        self.costs = election.costs
        self.supporters = marks.supporters
        self.scale = [(s.numerator, s.denominator) for s in marks.scale]
        share = endowment * election.unit
        self.denominator, self.coefficients = share.denominator, [share.numerator]
        self.account = np.zeros((len(election.voters), len(election.projects) + 1), dtype=np.int64)
        self.account[:, 0] = election.weights
        self.money: Floats = election.weights.astype(np.float64) * float(share)
        self.most = float(self.money.max(initial=0.0))
        self.floats = [m.astype(np.float64) for _, m in self.supporters]

    @property
    def error(self) -> float:
        """How far a voter's float may be from the truth: three roundings a purchase, of amounts up to the largest."""
        return 4 * (len(self.coefficients) + 1) * _EPS * self.most

    def outcome(self) -> Outcome:
        order = sorted(range(len(self.names)), key=self.names.__getitem__)
        supported = [p for p in order if len(self.supporters[p][0])]
        bought = [Purchase(p, by="free") for p in supported if not self.costs[p]]
        # A price only rises as money is spent: what was found in an earlier round bounds it from below.
        floor = {p: 0.0 for p in supported if self.costs[p]}
        while (offer := self._cheapest(floor)) is not None:
            bought.append(self._buy(offer))
            del floor[offer.project]
        return Outcome("mes", tuple(bought), endowment=self.endowment)

    def _cheapest(self, floor: dict[int, float]) -> _Offer | None:
        best: _Offer | None = None
        ceiling = float("inf")
        fresh: dict[int, Mask] = {}
        asked: set[int] = set()
        while True:
            open_ = [p for p in floor if p not in asked]
            project = min(open_, key=floor.__getitem__, default=None)
            if project is None or floor[project] > ceiling:
                return best
            if project not in fresh:
                found = self._estimate(project)
                if found is None:
                    del floor[project]
                else:
                    floor[project], fresh[project] = found
                continue
            asked.add(project)
            offer = self._exact(project, fresh[project])
            if best is None or self._before(offer, best):
                best = offer
                ceiling = float(self._price(best)) * (1 + 4 * _EPS)

    def _estimate(self, project: int) -> tuple[float, Mask] | None:
        """A lower bound of the price in floats, with those who are surely too poor to share; None: cannot be paid."""
        voters, mark, cost = self.supporters[project][0], self.floats[project], self.costs[project]
        money, error = self.money[voters], self.error
        total, n = float(money.sum()), len(voters)
        slack = n * error + (n + 4) * _EPS * (total + cost)
        if total + slack < cost:
            return None
        if total - slack < cost and self._left(voters) < cost * self.denominator:
            return None
        poor = money <= 0.0
        while True:
            rate = (cost - float(money[poor].sum()) - slack) / float(mark[~poor].sum()) * (1 - (n + 8) * _EPS)
            poorer = ~poor & (money + error < rate * mark * (1 - 4 * _EPS))
            if not poorer.any():
                up, down = self.scale[project]
                return rate * down / up * (1 - 8 * _EPS) if rate > 0 else 0.0, poor
            poor |= poorer

    def _exact(self, project: int, poor: Mask) -> _Offer:
        """The exact offer, from a set of voters who are surely poor: who cannot pay the rate joins them, until none is left."""
        (voters, mark), cost = self.supporters[project], self.costs[project]
        money, floats, poor = self.money[voters], self.floats[project], poor.copy()
        while True:
            numerator = cost * self.denominator - self._left(voters[poor])
            rich = int(mark[~poor].sum())
            rate = numerator / (self.denominator * rich)
            near = np.flatnonzero(~poor & (money - self.error <= rate * floats * (1 + 8 * _EPS)))
            less, same = self._compared(voters[near], mark[near], numerator, rich)
            if not less.any():
                spent = np.zeros(len(voters), dtype=bool)
                spent[near[same]] = True
                return _Offer(project, numerator, rich, poor, spent)
            poor[near[less]] = True

    def _compared(self, voters: Ints, mark: Ints, numerator: int, rich: int) -> tuple[Mask, Mask]:
        """Whose money is less than, and whose just as much as, the rate × mark. Equal accounts are asked once."""
        less, same = np.zeros(len(voters), dtype=bool), np.zeros(len(voters), dtype=bool)
        known: dict[bytes, int] = {}
        width = len(self.coefficients)
        for k, (voter, m) in enumerate(zip(voters.tolist(), mark.tolist(), strict=True)):
            row = self.account[voter, :width]
            key = row.tobytes() + m.to_bytes(8, "big")
            if key not in known:
                known[key] = self._worth(row) * rich - numerator * m
            less[k], same[k] = known[key] < 0, known[key] == 0
        return less, same

    def _worth(self, counts: Ints) -> int:
        return sum(c * x for c, x in zip(counts.tolist(), self.coefficients, strict=True) if c)

    def _left(self, voters: Ints) -> int:
        """The money of these voters together, times the denominator."""
        voters = voters[self.money[voters] > 0.0]
        return self._worth(self.account[voters, : len(self.coefficients)].sum(axis=0))

    def _before(self, a: _Offer, b: _Offer) -> bool:
        """Is a's price lower than b's, or the same and its name first?"""
        (a_up, a_down), (b_up, b_down) = self.scale[a.project], self.scale[b.project]
        left, right = a.numerator * a_down * b.rich * b_up, b.numerator * b_down * a.rich * a_up
        return left < right or (left == right and self.names[a.project] < self.names[b.project])

    def _price(self, offer: _Offer) -> Fraction:
        up, down = self.scale[offer.project]
        return Fraction(offer.numerator * down, self.denominator * offer.rich * up)

    def _buy(self, offer: _Offer) -> Purchase:
        voters, mark = self.supporters[offer.project]
        price = self._price(offer) / self.election.unit
        share = ~offer.poor
        self.denominator *= offer.rich
        self.coefficients = [c * offer.rich for c in self.coefficients] + [-offer.numerator]
        rate = offer.numerator / self.denominator
        full = voters[share]
        self.account[full, len(self.coefficients) - 1] = mark[share]
        # What truly is above zero stays above zero in floats: zero alone says that a voter has nothing left.
        self.money[full] = np.maximum(self.money[full] - rate * self.floats[offer.project][share], 1e-300)
        gone = voters[offer.poor | offer.spent]
        self.money[gone] = 0.0
        self.account[gone] = 0
        common = gcd(self.denominator, *self.coefficients)
        self.denominator //= common
        self.coefficients = [c // common for c in self.coefficients]
        exact = price * self.marks.scale[offer.project]
        return Purchase(
            offer.project, "shares", price=price, rate=exact, payers=voters, marks=np.where(offer.poor, 0, mark)
        )
