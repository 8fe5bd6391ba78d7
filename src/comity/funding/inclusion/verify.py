"""An independent check of a matching: places kept, nothing that is barred or does not serve, and who would rather pair.

It shares with the matching what an offer and a need are and how they fit, not how they are ordered or matched.
"""

from __future__ import annotations

from math import inf

from comity.funding.inclusion.capacity import Exchange, fit
from comity.funding.inclusion.matching import Bar, Matching


def violations(exchange: Exchange, matching: Matching, *, bar: Bar | None = None) -> tuple[str, ...]:
    """What a matching breaks; of a stable one also each pair that would rather have each other."""
    got = {m.need: m.offer for m in matching.matches if m.offer is not None}
    holders: dict[str, list[str]] = {o: [n for n, given in got.items() if given == o] for o in exchange.offers}
    wrong = [
        f"{n} gets {o}, which does not serve it, or may not" for n, o in got.items() if not _may(exchange, o, n, bar)
    ]
    wrong += [
        f"{o} has {offer.places} places for {len(holders[o])}"
        for o, offer in exchange.offers.items()
        if len(holders[o]) > offer.places
    ]
    if matching.method != "stable" or wrong:
        return tuple(wrong)
    for o, offer in exchange.offers.items():
        for n in exchange.needs:
            if not _may(exchange, o, n, bar) or got.get(n) == o:
                continue
            wants = n not in got or _of_need(exchange, n, o) < _of_need(exchange, n, got[n])
            full = len(holders[o]) == offer.places
            takes = not full or any(_of_offer(exchange, o, n) < _of_offer(exchange, o, h) for h in holders[o])
            if wants and takes:
                wrong.append(f"{n} and {o} would rather have each other")
    return tuple(wrong)


def _may(exchange: Exchange, o: str, n: str, bar: Bar | None) -> bool:
    offer, need = exchange.offers[o], exchange.needs[n]
    return fit(need, offer).score > 0 and (bar is None or bar(offer, need) is None)


def _of_need(exchange: Exchange, n: str, o: str) -> tuple[float, float, str]:
    """Where an offer stands for a need: less is better."""
    need = exchange.needs[n]
    return (need.prefers.index(o) if o in need.prefers else inf, -fit(need, exchange.offers[o]).score, o)


def _of_offer(exchange: Exchange, o: str, n: str) -> tuple[float, float, float, str]:
    """Where a need stands for an offer: less is better."""
    offer, need = exchange.offers[o], exchange.needs[n]
    return (offer.prefers.index(n) if n in offer.prefers else inf, -need.urgency, -fit(need, offer).score, n)
