"""Which offer goes to which need: so that no two would rather have each other, or so that all together are served best.

*Stable*: the needs propose, the offers keep the best that they have places for (Gale and Shapley 1962, American
Mathematical Monthly 69:9–15, college admissions): no need and offer prefer each other to what they have, and no stable
matching is better for any need. *Heaviest*: the assignment with the largest sum of fit times urgency (Kuhn 1955; solved by
scipy's linear_sum_assignment), which may leave such a pair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from comity.funding.inclusion.capacity import Exchange, Need, Offer, fit

Method = Literal["stable", "heaviest"]
#: Why an offer may not go to a need's partner (the rule that bars it), or None.
Bar = Callable[[Offer, Need], str | None]


@dataclass(frozen=True, slots=True)
class Match:
    """What a need gets (None: nothing) and why; `choice` is the offer's place in the need's order, from 1."""

    need: str
    offer: str | None
    choice: int | None
    fit: float
    why: str


@dataclass(frozen=True, slots=True)
class Matching:
    """All needs with what they get, places that are left, and pairs that a rule bars."""

    method: Method
    matches: tuple[Match, ...]
    left: Mapping[str, int]
    barred: tuple[tuple[str, str, str], ...]
    weight: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "method": self.method,
            "matches": [{name: getattr(m, name) for name in m.__slots__} for m in self.matches],
            "left": dict(self.left),
            "barred": [{"offer": o, "need": n, "rule": rule} for o, n, rule in self.barred],
            "weight": self.weight,
        }


@dataclass(frozen=True, slots=True)
class Preferences:
    """Each need's offers and each offer's needs, the best first; only pairs that serve and may be."""

    needs: Mapping[str, tuple[str, ...]]
    offers: Mapping[str, tuple[str, ...]]
    scores: Mapping[tuple[str, str], float]
    barred: tuple[tuple[str, str, str], ...]


def preferences(exchange: Exchange, bar: Bar | None = None) -> Preferences:
    """Who prefers whom. Unless it says otherwise, a need prefers the better fit; an offer the more urgent need, then the fit.

    What is still alike goes by id.
    """
    scores: dict[tuple[str, str], float] = {}
    barred = []
    for o, offer in exchange.offers.items():
        for n, need in exchange.needs.items():
            score = fit(need, offer).score
            rule = bar(offer, need) if bar is not None and score else None
            if rule is not None:
                barred.append((o, n, rule))
            elif score:
                scores[n, o] = score

    def order(prefers: tuple[str, ...], others: list[str], key: Callable[[str], Any]) -> tuple[str, ...]:
        first = [p for p in prefers if p in others]
        return (*first, *sorted((x for x in others if x not in first), key=key))

    needs = {
        n: order(need.prefers, [o for o in exchange.offers if (n, o) in scores], lambda o, n=n: (-scores[n, o], o))  # type: ignore[misc]
        for n, need in exchange.needs.items()
    }
    offers = {
        o: order(
            offer.prefers,
            [n for n in exchange.needs if (n, o) in scores],
            lambda n, o=o: (-exchange.needs[n].urgency, -scores[n, o], n),  # type: ignore[misc]
        )
        for o, offer in exchange.offers.items()
    }
    return Preferences(needs, offers, scores, tuple(barred))


def match(exchange: Exchange, *, method: Method = "stable", bar: Bar | None = None) -> Matching:
    """What each need gets, by one of the two methods; `bar` names the rule by which an offer may not go to a partner."""
    known = preferences(exchange, bar)
    given = _stable(exchange, known) if method == "stable" else _heaviest(exchange, known)
    holders: dict[str, list[str]] = {o: [] for o in exchange.offers}
    for n, o in given.items():
        holders[o].append(n)
    matches = tuple(_told(exchange, known, n, given.get(n), holders, method) for n in sorted(exchange.needs))
    left = {o: offer.places - len(holders[o]) for o, offer in sorted(exchange.offers.items())}
    weight = sum(known.scores[n, o] * exchange.needs[n].urgency for n, o in given.items())
    return Matching(method, matches, left, known.barred, weight)


def _stable(exchange: Exchange, known: Preferences) -> dict[str, str]:
    rank = {o: {n: k for k, n in enumerate(order)} for o, order in known.offers.items()}
    tries = {n: deque(order) for n, order in known.needs.items()}
    held: dict[str, list[str]] = {o: [] for o in exchange.offers}
    free = deque(sorted(exchange.needs))
    while free:
        n = free.popleft()
        if not tries[n]:
            continue
        o = tries[n].popleft()
        held[o].append(n)
        if len(held[o]) > exchange.offers[o].places:
            worst = max(held[o], key=rank[o].__getitem__)
            held[o].remove(worst)
            free.append(worst)
    return {n: o for o, ns in held.items() for n in ns}


def _heaviest(exchange: Exchange, known: Preferences) -> dict[str, str]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    needs = sorted(exchange.needs)
    # No offer needs more places than there are needs that it serves.
    places = [o for o in sorted(exchange.offers) for _ in range(min(exchange.offers[o].places, len(known.offers[o])))]
    if not places:
        return {}
    weights = np.array([[known.scores.get((n, o), 0.0) * exchange.needs[n].urgency for o in places] for n in needs])
    rows, columns = linear_sum_assignment(weights, maximize=True)
    return {needs[r]: places[c] for r, c in zip(rows, columns, strict=True) if weights[r, c] > 0}


def _told(
    exchange: Exchange,
    known: Preferences,
    n: str,
    o: str | None,
    holders: Mapping[str, list[str]],
    method: Method,
) -> Match:
    order = known.needs[n]
    if o is not None:
        choice = order.index(o) + 1
        why = fit(exchange.needs[n], exchange.offers[o]).why
        if choice > 1:
            why += f"; {_taken(order[0], holders[order[0]], method)}"
        return Match(n, o, choice, known.scores[n, o], why)
    if order:
        return Match(n, None, None, 0, _taken(order[0], holders[order[0]], method))
    rules = [rule for _, need, rule in known.barred if need == n]
    if rules:
        return Match(n, None, None, 0, f"what would serve it is barred by {rules[0]}")
    nearly = sorted(exchange.offers, key=lambda x: (exchange.offers[x].kind != exchange.needs[n].kind, x))
    said = f"{nearly[0]}: {fit(exchange.needs[n], exchange.offers[nearly[0]]).why}" if nearly else "nothing is offered"
    return Match(n, None, None, 0, f"no offer serves it ({said})")


def _taken(offer: str, holders: list[str], method: Method) -> str:
    why = "which it prefers" if method == "stable" else "which serves all together better"
    return f"{offer} went to {', '.join(sorted(holders))}, {why}" if holders else f"{offer} serves others better"
