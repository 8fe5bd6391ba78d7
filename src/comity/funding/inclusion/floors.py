"""The floors that rules of participation give to emerging partners: kept by a plan, by how much, and what more would cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from comity.funding.errors import FundingError
from comity.funding.inclusion.indicators import home_of
from comity.model.base import FrozenDict
from comity.model.programme import Programme
from comity.model.rules import EmergingPlace
from comity.roadmap import NoPlanError, Plan, Question
from comity.roadmap.planner import plan as planned


@dataclass(frozen=True, slots=True)
class Floor:
    """One floor: the part of all work that is emerging partners' due and what they do, and each one's elements."""

    rule: str
    name: str
    minimum_share: Decimal
    share: Decimal
    minimum_roles: int
    roles: dict[str, int]

    @property
    def kept(self) -> bool:
        """Does the plan keep it (to a millionth)?"""
        return self.share >= self.minimum_share - Decimal("0.000001") and all(
            count >= self.minimum_roles for count in self.roles.values()
        )


@dataclass(frozen=True, slots=True)
class Raised:
    """What a floor raised to a share costs: science of the plan found then (None: no plan was found), and before."""

    rule: str
    minimum_share: Decimal
    science: float | None
    before: float

    @property
    def lost(self) -> float | None:
        return None if self.science is None else self.before - self.science


def floors(programme: Programme, plan: Plan) -> tuple[Floor, ...]:
    """Each floor of a programme and how a plan keeps it."""
    emerging = set(programme.emerging)
    done: dict[str, Decimal] = defaultdict(Decimal)
    roles = dict.fromkeys(sorted(emerging), 0)
    for element in plan.elements:
        homes = set()
        for worker, amount in element.work.items():
            home = worker if worker in emerging else home_of(programme, worker)
            done[home] += amount
            if amount > 0:
                homes.add(home)
        for home in homes & emerging:
            roles[home] += 1
    whole = sum(done.values(), Decimal(0))
    share = sum((done[p] for p in emerging), Decimal(0)) / whole if whole else Decimal(0)
    return tuple(
        Floor(key, rule.name, rule.minimum_share, share, rule.minimum_roles, roles)
        for key, rule in programme.participation.items()
        if isinstance(rule, EmergingPlace)
    )


def raised(programme: Programme, plan: Plan, rule: str, share: Decimal, *, question: Question | None = None) -> Raised:
    """What science a plan would lose if the emerging partners' share were at least so much.

    A plan is searched for anew with the rule changed, for as long as the question says: the loss is that of the plans found,
    not of the best there are. FundingError when the rule is no such floor.
    """
    given = programme.participation.get(rule)
    if not isinstance(given, EmergingPlace):
        raise FundingError(f"{rule!r} is no floor for emerging partners")
    if not 0 <= share <= 1:
        raise FundingError(f"a share is between 0 and 1, and {share} is not")
    changed = {**programme.participation, rule: given.model_copy(update={"minimum_share": share})}
    # A copy by model_copy would inherit the cached answers (contributors, digest) of the old programme.
    kept = {name: getattr(programme, name) for name in Programme.model_fields if name in programme.model_fields_set}
    other = Programme(**{**kept, "participation": FrozenDict(changed)})
    try:
        found: float | None = planned(other, replace(question or Question(), aims=("science",))).value
    except NoPlanError:
        found = None
    return Raised(rule, share, found, plan.value)
