"""Games as users write them in YAML files.

    kind: cost                     # or gain
    coalitions: {a: 1, b: 2, 'a+b': 2.5}

or a game with a name, of costs: `airport: {a: 10, b: 30}` (something shared that is as large as its largest user needs),
or `demands: {a: 3, b: 5}` with `cost: [[0, 0], [4, 10], [8, 14]]` (one facility, its cost by what all use together);
or `links: {hub+a: 4, hub+b: 9, a+b: 2}` with `supply: hub` (all are joined to the supply by the cheapest tree of links);
or of gains: `claims: {a: 100, b: 300}` with `estate: 200`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from comity.funding.errors import FundingError
from comity.funding.files import read_value, shipped_or_file
from comity.funding.shares import game, rules
from comity.funding.shares.game import Game, Kind, Number
from comity.model.base import FrozenMap, Value

DATA = Path(__file__).parent / "data"
Amount = Decimal


class Written(Value):
    """A game as it is written: one of the forms above."""

    name: str = ""
    unit: str = Field(default="", description="What its values are counted in, such as MEUR@2025 or points.")
    kind: Literal["gain", "cost"] | None = None
    coalitions: FrozenMap[str, Amount] | None = None
    airport: FrozenMap[str, Amount] | None = None
    demands: FrozenMap[str, Amount] | None = None
    cost: tuple[tuple[Amount, Amount], ...] = Field(default=(), description="Points of the cost curve: use, cost.")
    links: FrozenMap[str, Amount] | None = Field(
        default=None, description="What each link costs, by its two ends: a+b."
    )
    supply: str | None = Field(default=None, description="What the links join everybody to.")
    claims: FrozenMap[str, Amount] | None = None
    estate: Amount | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Written:
        forms = [f for f in ("coalitions", "airport", "demands", "links", "claims") if getattr(self, f)]
        if len(forms) != 1:
            raise ValueError(
                f"a game is given by one of coalitions, airport, demands, links and claims; here are {len(forms)}"
            )
        if (forms[0] == "coalitions") != (self.kind is not None):
            raise ValueError("kind (gain or cost) is said of coalitions, and of nothing else")
        if (forms[0] == "demands") != bool(self.cost):
            raise ValueError("demands come with the cost of what all use together, and nothing else does")
        if (forms[0] == "links") != (self.supply is not None):
            raise ValueError("links come with the supply that they join everybody to, and nothing else does")
        if (forms[0] == "claims") != (self.estate is not None):
            raise ValueError("claims come with an estate, and nothing else does")
        xs = [x for x, _ in self.cost]
        if self.cost and (xs != sorted(set(xs)) or len(xs) < 2):
            raise ValueError("the points of a cost curve come with rising use, at least two")
        return self

    def game(self) -> Game:
        """The game. FundingError when it makes no sense as one."""
        if self.coalitions is not None:
            assert self.kind is not None
            return _table(self.kind, self.coalitions)
        if self.airport is not None:
            return game.airport(self.airport)
        if self.demands is not None:
            return game.demands(self.demands, self.curve())
        if self.links is not None:
            assert self.supply is not None
            return game.spanning_tree(self._links(), supply=self.supply)
        assert self.claims is not None and self.estate is not None
        return game.bankruptcy(self.estate, self.claims)

    def _links(self) -> dict[frozenset[str], Fraction]:
        """The links by their two ends. FundingError when one has not two, or stands twice."""
        found: dict[frozenset[str], Fraction] = {}
        for written, cost in (self.links or {}).items():
            ends = frozenset(part.strip() for part in written.split("+"))
            if len(ends) != 2 or written.count("+") != 1 or "" in ends:
                raise FundingError(f"the link {written!r} has not two ends; write it as a+b")
            if ends in found:
                raise FundingError(f"the link {written!r} stands twice")
            found[ends] = Fraction(cost)
        return found

    def curve(self) -> Callable[[Fraction], Fraction]:
        """The cost of a use, straight between the points. FundingError beyond them."""
        points = [(Fraction(x), Fraction(y)) for x, y in self.cost]

        def cost(use: Fraction) -> Fraction:
            for (x0, y0), (x1, y1) in pairwise(points):
                if x0 <= use <= x1:
                    return y0 + (y1 - y0) * (use - x0) / (x1 - x0)
            raise FundingError(
                f"the cost curve goes from {points[0][0]} to {points[-1][0]}, and a use of {use} is asked for; the serial "
                "rule asks for as many times the largest demand as there are users"
            )

        return cost

    def simple(self) -> dict[str, rules.Shares]:
        """What the simple rules give that this form of game has."""
        if self.claims is not None and self.estate is not None:
            owed, estate = {p: Fraction(c) for p, c in self.claims.items()}, Fraction(self.estate)
            found = {
                "talmud": rules.talmud(estate, owed),
                "equal awards": rules.equal_awards(estate, owed),
                "equal losses": rules.equal_losses(estate, owed),
            }
            return {**found, "proportional": rules.proportional(estate, owed)} if any(owed.values()) else found
        played = self.game()
        alone = played.alone()
        found = {"equal": rules.equal(played.whole, alone)}
        if all(v >= 0 for v in alone.values()) and any(alone.values()):
            found["proportional"] = rules.proportional(played.whole, alone)
        if self.demands is not None:
            found["serial"] = rules.serial({p: Fraction(d) for p, d in self.demands.items()}, self.curve())
        if self.links is not None and self.supply is not None:
            found["bird"] = game.joined(self._links(), supply=self.supply, users=played.players)
        if self.airport is not None:
            found["serial"] = _segments({p: Fraction(d) for p, d in self.airport.items()})
        return found


def _table(kind: Kind, coalitions: Mapping[str, Amount]) -> Game:
    """The game of values by coalitions that are written as `a+b`. FundingError when one is written twice, or all are not there."""
    table: dict[Iterable[str] | str, Number] = {}
    seen: dict[frozenset[str], str] = {}
    players: dict[str, None] = {}
    for written, value in coalitions.items():
        names = tuple(part.strip() for part in written.split("+"))
        group = frozenset(names)
        if len(group) < len(names) or "" in group:
            raise FundingError(f"the coalition {written!r} names somebody twice, or nobody; write it as a+b")
        if group in seen:
            raise FundingError(f"the coalitions {written!r} and {seen[group]!r} are the same")
        seen[group], table[names] = written, value
        players |= dict.fromkeys(names)
    if frozenset(players) not in seen:
        raise FundingError(f"there is no value for all together: {'+'.join(players)}")
    return Game.of(kind, list(players), table)


def _segments(needs: dict[str, Fraction]) -> rules.Shares:
    """Each part of what is shared is paid by those who need it, in equal parts (Baker and associates 1965; the Shapley value)."""
    shares: rules.Shares = {}
    paid = before = Fraction(0)
    order = sorted(needs, key=lambda p: (needs[p], p))
    for k, player in enumerate(order):
        paid += (needs[player] - before) / (len(order) - k)
        shares[player], before = paid, needs[player]
    return {p: shares[p] for p in needs}


class Allocation(Value):
    """An allocation as it is written: `shares: {a: 40, b: 60}`."""

    shares: FrozenMap[str, Amount]


def load_allocation(file: Path) -> dict[str, Fraction]:
    """The allocation in a file. FundingError lists all that is wrong."""
    return {player: Fraction(amount) for player, amount in read_value(file, Allocation).shares.items()}


def load(name: Path | str) -> Written:
    """The game in a file, or a shipped one (`shared-relay`). FundingError lists all that is wrong."""
    return read_value(shipped_or_file(name, DATA), Written)
