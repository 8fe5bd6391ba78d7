"""An independent check of a matching: places kept, nothing that is barred or does not serve, and who would rather pair."""

from __future__ import annotations

from comity.funding.inclusion.capacity import Exchange
from comity.funding.inclusion.matching import Bar, Matching, preferences


def violations(exchange: Exchange, matching: Matching, *, bar: Bar | None = None) -> tuple[str, ...]:
    """What a matching breaks; of a stable one also each pair that would rather have each other."""
    known = preferences(exchange, bar)
    got = {m.need: m.offer for m in matching.matches if m.offer is not None}
    wrong = [f"{n} gets {o}, which does not serve it, or may not" for n, o in got.items() if (n, o) not in known.scores]
    for o, offer in exchange.offers.items():
        holders = [n for n, given in got.items() if given == o]
        if len(holders) > offer.places:
            wrong.append(f"{o} has {offer.places} places for {len(holders)}")
        if matching.method != "stable":
            continue
        for n in known.offers[o]:
            mine = got.get(n)
            if mine == o or (mine is not None and known.needs[n].index(mine) < known.needs[n].index(o)):
                continue
            worse = [h for h in holders if known.offers[o].index(h) > known.offers[o].index(n)]
            if len(holders) < offer.places or worse:
                wrong.append(f"{n} and {o} would rather have each other")
    return tuple(wrong)
