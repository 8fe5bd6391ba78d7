"""A cooperative game: what each coalition of players gains, or must pay, by itself.

Coalitions are numbered by bits: player k of `players` is in coalition m when bit k of m is set; 0 is nobody, the last is
all. Values are exact fractions, so that a rule's answer is exact when the game is.

>>> glove = Game.of("gain", ["left", "right-1", "right-2"], {("left", "right-1"): 1, ("left", "right-2"): 1,
...                 ("left", "right-1", "right-2"): 1})
>>> glove.value({"left", "right-2"})
Fraction(1, 1)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from comity.funding.errors import FundingError
from comity.model.problems import nearest

Kind = Literal["gain", "cost"]
Number = int | str | Decimal | Fraction | float
#: A table of all coalitions is held for no more players; beyond, values come from a function and Shapley from samples.
MOST_PLAYERS = 16


@dataclass(frozen=True, slots=True)
class Game:
    """`values[m]` is what coalition m gains, or pays (`kind`), alone; `values[0]` is nothing."""

    kind: Kind
    players: tuple[str, ...]
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        check_players(self.players)
        if len(self.players) > MOST_PLAYERS:
            raise FundingError(
                f"a table holds at most {MOST_PLAYERS} players, not {len(self.players)}; ask for samples"
            )
        if len(self.values) != 1 << len(self.players) or self.values[0] != 0:
            raise FundingError("a game has a value for each coalition, and nothing for nobody")

    @classmethod
    def of(cls, kind: Kind, players: Sequence[str], table: Mapping[Iterable[str] | str, Number]) -> Game:
        """The game of a table; coalitions that are not there have nothing. FundingError names an unknown player."""
        check_players(players)
        values = [Fraction(0)] * (1 << len(players))
        for coalition, value in table.items():
            members = [coalition] if isinstance(coalition, str) else list(coalition)
            values[number(players, members)] = Fraction(value)
        return cls(kind, tuple(players), tuple(values))

    @classmethod
    def by(cls, kind: Kind, players: Sequence[str], value: Callable[[frozenset[str]], Number]) -> Game:
        """The game whose values a function gives."""
        check_players(players)
        if len(players) > MOST_PLAYERS:
            raise FundingError(f"a table holds at most {MOST_PLAYERS} players, not {len(players)}; ask for samples")
        rest = [Fraction(value(members(players, m))) for m in range(1, 1 << len(players))]
        return cls(kind, tuple(players), (Fraction(0), *rest))

    def value(self, coalition: Collection[str]) -> Fraction:
        """What a coalition gains or pays alone. FundingError when it names an unknown player."""
        return self.values[number(self.players, coalition)]

    @property
    def whole(self) -> Fraction:
        """What all gain or pay together."""
        return self.values[-1]

    @property
    def gains(self) -> tuple[Fraction, ...]:
        """The values as gains: a cost is a negative one."""
        return self.values if self.kind == "gain" else tuple(-v for v in self.values)

    def alone(self) -> dict[str, Fraction]:
        """What each player gains or pays alone."""
        return {player: self.values[1 << k] for k, player in enumerate(self.players)}


def number(players: Sequence[str], coalition: Iterable[str]) -> int:
    """The number of a coalition. FundingError names an unknown player."""
    mask = 0
    for name in coalition:
        if name not in players:
            raise FundingError(f"{name!r} is no player; {nearest(name, players) or ', '.join(players)}")
        mask |= 1 << players.index(name)
    return mask


def members(players: Sequence[str], mask: int) -> frozenset[str]:
    """Who is in the coalition of a number."""
    return frozenset(p for k, p in enumerate(players) if mask >> k & 1)


def check_players(players: Sequence[str]) -> None:
    """FundingError unless there are players, each named once."""
    if not players:
        raise FundingError("a game has at least one player")
    if len(set(players)) < len(players):
        raise FundingError("each player is named once")


# --- games with a name -----------------------------------------------------------------------------------------------------


def airport(needs: Mapping[str, Number]) -> Game:
    """Something shared that must be as large as its largest user needs: a runway, a relay, an antenna. Costs.

    `needs` is what each would pay for one of its own. Source: Littlechild and Owen 1973, Management Science 20:370–372.
    """
    _not_negative(needs, "need")
    own = {p: Fraction(v) for p, v in needs.items()}
    return Game.by("cost", list(own), lambda coalition: max(own[p] for p in coalition))


def bankruptcy(estate: Number, claims: Mapping[str, Number]) -> Game:
    """What is left of an estate for a coalition once all others are paid in full.

    Source: O'Neill 1982, Mathematical Social Sciences 2:345–371; Aumann and Maschler 1985.
    """
    check_claims(Fraction(estate), {p: Fraction(v) for p, v in claims.items()})
    owed = {p: Fraction(v) for p, v in claims.items()}
    total, whole = sum(owed.values(), Fraction(0)), Fraction(estate)
    return Game.by(
        "gain", list(owed), lambda s: max(Fraction(0), whole - (total - sum((owed[p] for p in s), Fraction(0))))
    )


def demands(needs: Mapping[str, Number], cost: Callable[[Fraction], Fraction]) -> Game:
    """Users of one facility whose cost depends on what they use of it together: hours of an antenna, mass on a launcher."""
    _not_negative(needs, "demand")
    own = {p: Fraction(v) for p, v in needs.items()}
    return Game.by("cost", list(own), lambda s: cost(sum((own[p] for p in s), Fraction(0))))


def spanning_tree(links: Mapping[frozenset[str], Number], *, supply: str) -> Game:
    """Users who are joined to a supply by links between any two of them: a ground station, a relay, a cable. Costs.

    A coalition pays for its cheapest tree, over its members and the supply alone. FundingError when a player has no link to
    the supply of its own. Source: Claus and Kleitman 1973, Networks 3:289–304; Bird 1976, Networks 6:335–350.
    """
    costs = {ends: Fraction(cost) for ends, cost in links.items()}
    players = list(dict.fromkeys(end for ends in links for end in sorted(ends) if end != supply))
    _not_negative({"+".join(sorted(ends)): cost for ends, cost in costs.items()}, "link")
    for player in players:
        if frozenset((player, supply)) not in costs:
            raise FundingError(f"{player} has no link to {supply!r} of its own: nobody knows what it would pay alone")
    return Game.by("cost", players, lambda s: sum(joined(costs, supply=supply, users=s).values(), Fraction(0)))


def joined(links: Mapping[frozenset[str], Fraction], *, supply: str, users: Collection[str]) -> dict[str, Fraction]:
    """What the link costs by which each user joins the cheapest tree, grown from the supply (Prim 1957); the first by name of equals.

    Each paying for its own is Bird's rule, which is in the core (Bird 1976).
    """
    tree, paid = {supply}, dict[str, Fraction]()
    while left := set(users) - tree:
        cost, user, _ = min((links[frozenset((a, b))], b, a) for a in tree for b in left if frozenset((a, b)) in links)
        tree.add(user)
        paid[user] = cost
    return paid


def check_claims(estate: Fraction, claims: Mapping[str, Fraction]) -> None:
    """FundingError unless there is an estate that the claims exhaust."""
    _not_negative(claims, "claim")
    if estate < 0:
        raise FundingError(f"the estate is {estate}; it is not negative")
    if sum(claims.values(), Fraction(0)) < estate:
        raise FundingError(
            f"the claims come to {sum(claims.values())}, less than the estate of {estate}; nothing is disputed"
        )


def _not_negative(given: Mapping[str, Number], what: str) -> None:
    check_players(list(given))
    wrong = next((p for p, v in given.items() if Fraction(v) < 0), None)
    if wrong is not None:
        raise FundingError(f"the {what} of {wrong} is {given[wrong]}; it is not negative")
