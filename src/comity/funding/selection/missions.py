"""The election that a programme holds: its missions as projects, its partners as voters."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import Field

from comity.funding.errors import FundingError
from comity.funding.files import read_value
from comity.funding.selection.election import Election, Project, Voter
from comity.model import Programme
from comity.model.base import FrozenMap, Value
from comity.model.missions import Mission
from comity.model.money import CENT
from comity.model.problems import nearest


class Ballots(Value):
    """Delegates' ballots: points by mission; and how large a part of the budget each commands."""

    ballots: FrozenMap[str, FrozenMap[str, Decimal]] = Field(min_length=1)
    weights: FrozenMap[str, int] = Field(
        default_factory=dict,
        validate_default=True,
        description="Parts of the budget. Default: the partner's own budget, or 1.",
    )


def mission_election(
    programme: Programme, *, ballots: Path | str | None = None, budget: Decimal | None = None, equal: bool = False
) -> Election:
    """Missions at the sum, over elements that are not optional, of the cheapest option, in the programme's currency and prices.

    Ballots are those of the file; without one, each partner that has a budget gives a mission the science that it would
    bring by itself, weighted by that partner's priorities [points]. Weights are those of the file, or else the partners'
    own budgets over the horizon [thousands], or 1 each when `equal`. `budget` is in the programme's currency; without it,
    the sum of all partners' budgets. FundingError names a voter, mission or weight that cannot be taken.
    """
    missions = list(programme.missions)
    own = {p: _whole_budget(programme, p) for p in programme.partners}
    read = read_value(ballots, Ballots) if ballots is not None else None
    total = budget if budget is not None else sum(own.values(), Decimal(0))
    if total <= 0:
        raise FundingError(f"the budget is {total}; it must be above zero (say --budget when no partner states one)")
    marks = read.ballots if read else {p: _science(programme, p) for p in own if own[p] > 0}
    for named in read.weights if read else ():
        if named not in marks:
            raise FundingError(f"{ballots}: weights: {named!r} has no ballot. {nearest(named, marks)}".strip())
    voters = []
    for voter, points in marks.items():
        for mission, value in points.items():
            if mission not in programme.missions:
                hint = nearest(mission, missions)
                raise FundingError(
                    f"{ballots}: ballots: {voter}: {mission!r} is no mission of the programme. {hint}".strip()
                )
            if value < 0:
                raise FundingError(f"{ballots}: ballots: {voter}: {mission}: {value} points; they are not negative")
        weight = 1 if equal else max(1, int(own.get(voter, Decimal(0)) / 1000))
        if read and voter in read.weights:
            weight = read.weights[voter]
        if not 0 < weight < 10**10:
            raise FundingError(f"{ballots}: weights: {voter}: {weight} is not a whole number from 1 to 9999999999")
        liked = [(m, x) for m, x in points.items() if x > 0]
        voters.append(
            Voter(voter, tuple(missions.index(m) for m, _ in liked), tuple(Fraction(x) for _, x in liked), weight)
        )
    if not voters:
        raise FundingError("no partner states a budget: give ballots with --ballots")
    projects = tuple(
        Project(m, Fraction(cheapest(programme, mission)), {"name": mission.name})
        for m, mission in programme.missions.items()
    )
    about = {"description": f"Missions of {programme.programme.name}", "currency": programme.programme.currency}
    return Election(Fraction(total), projects, tuple(voters), "scoring", about)


def cheapest(programme: Programme, mission: Mission) -> Decimal:
    """What a mission costs at least, to the cent: its elements that are not optional, each by its cheapest option."""
    needed = [e for e in mission.elements.values() if not e.optional]
    return sum((min(programme.worth(o.cost) for o in e.options) for e in needed), Decimal(0)).quantize(CENT)


def _science(programme: Programme, partner: str) -> dict[str, Decimal]:
    found = {}
    for name, mission in programme.missions.items():
        brought: dict[str, float] = {}
        for element in mission.elements.values():
            for leaf, amount in element.contributes.items():
                brought[leaf] = brought.get(leaf, 0.0) + amount
        points = sum(
            programme.priority(partner, leaf)
            * float(programme.objectives[leaf].value or 0)
            * programme.objectives[leaf].curve.at(amount)
            for leaf, amount in brought.items()
        )
        found[name] = Decimal(str(round(points, 3)))
    return found


def _whole_budget(programme: Programme, partner: str) -> Decimal:
    return sum((programme.budget(partner, year) for year in programme.programme.horizon.years), Decimal(0))
