"""Whether what is offered may pass: the rules of transfer of a programme, asked for each pair."""

from __future__ import annotations

from comity.funding.inclusion.capacity import Need, Offer
from comity.funding.inclusion.matching import Bar
from comity.model.programme import Programme
from comity.policy import transfers


def barring_rule(programme: Programme) -> Bar:
    """Names the rule by which an offer's technology may not go to a need's partner in the months that they share.

    A rule that is lifted in all of these months bars nothing. Who is no partner of the programme is not asked about.
    """
    rules = transfers(programme)

    def bar(offer: Offer, need: Need) -> str | None:
        known = programme.partners
        if offer.technology is None or offer.giver not in known or need.taker not in known:
            return None
        first, last = max(offer.start, need.start), min(offer.until, need.until)
        for rule, lifted in sorted(rules.bars(offer.technology, offer.giver, need.taker).items()):
            if not any(since <= first and (until is None or last <= until) for since, until in lifted):
                return rule
        return None

    return bar
