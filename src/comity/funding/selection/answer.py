"""What a rule answers: the projects bought, in order, and who paid what for each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from comity.funding.selection.election import Ints, Satisfaction

Rule = Literal["greedy", "mes", "phragmen"]


@dataclass(frozen=True)
class Purchase:
    """A project bought. `payers[k]` paid `mark[k]` × `rate` (rich) or all that was left (poor: `mark` is 0).

    `rate` is money per whole mark (equal shares) or None where nobody pays by a price (greedy; a cost of zero);
    `price` is money per unit of satisfaction (rho), or the load reached (Phragmén).
    """

    project: int
    by: str
    price: Fraction | None = None
    rate: Fraction | None = None
    payers: Ints | None = None
    marks: Ints | None = None


@dataclass(frozen=True)
class Outcome:
    """Projects chosen, in the order in which they were bought.

    `endowment` is the money of one weight in the run that was kept: more than its share of the budget when a
    completion raised it. None where voters hold no money of their own. `satisfaction` is
    the measure by which was chosen; Phragmén's rule asks none.
    """

    rule: Rule
    purchases: tuple[Purchase, ...]
    endowment: Fraction | None = None
    runs: int = 1
    satisfaction: Satisfaction = "cost"

    @property
    def chosen(self) -> tuple[int, ...]:
        """The places of the chosen projects, in order of purchase."""
        return tuple(p.project for p in self.purchases)
