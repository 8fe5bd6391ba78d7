"""Which options may be taken at all, from when to when, and which pairs of options may meet at an interface.

Every refusal names the rule that made it, so that an explanation can say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comity.model.calendar import Month
from comity.model.missions import Element, Interface, Mission, Option
from comity.model.partners import Capability
from comity.model.programme import POOL, Programme
from comity.model.rules import CashPool
from comity.policy import transfers


@dataclass(frozen=True, slots=True)
class Refusal:
    """That a rule bars an option (or, from `until_months`, some of its starts)."""

    rule: str
    reason: str


def party_since(programme: Programme, treaty: str, partner: str) -> Month | None:
    """Since when a partner is party to a treaty; None when it is not."""
    parties = programme.treaties[treaty].parties
    who = programme.partners[partner]
    if partner in parties:
        return parties[partner]
    if who.country is not None and who.country in parties:
        return parties[who.country]
    for group, months in (
        (who.member_states, [parties.get(s) for s in who.member_states]),
        (who.members, [party_since(programme, treaty, m) for m in who.members]),
    ):
        if group and all(m is not None for m in months):
            return max(m for m in months if m is not None)
    return None


def lenders(programme: Programme, partner: str) -> Iterator[str]:
    """Whose capabilities a partner can use: its own, and if it is a consortium its members'."""
    found, queue = set[str](), [partner]
    while queue:
        who = queue.pop()
        if who not in found and who in programme.partners:
            found.add(who)
            queue.extend(programme.partners[who].members)
            yield who


def masters(programme: Programme, option: Option, technology: str, level: Capability) -> bool:
    """Does one of those who do an option's work master a technology at the level needed?"""
    known = (
        programme.partners[lender].capabilities.get(technology)
        for worker, share in option.work_shares.items()
        if share > 0
        for lender in lenders(programme, worker)
    )
    return any(c is not None and c.reaches(level) for c in known)


def refusal(programme: Programme, element: Element, option: Option, coalition: frozenset[str] | None) -> Refusal | None:
    """Why nobody may take this option whatever its dates; None when it is open."""
    for technology, level in element.requires.items():
        if not masters(programme, option, technology, level):
            return Refusal("capability", f"{option.label} does not master {technology} at the level needed")
    payers = set(option.payer_shares)
    if POOL in payers and not any(isinstance(r, CashPool) for r in programme.participation.values()):
        return Refusal("cash_pool", "it is paid by a pool, and no rule founds one")
    for payer in payers - {POOL}:
        if programme.partners[payer].budget is None:
            return Refusal("budget", f"{payer} has no budget to pay from")
    if coalition is not None:
        outside = {p for p in payers - {POOL} if p not in coalition}
        outside |= {w for w in option.work_shares if w not in coalition and programme.partners[w].budget is not None}
        if outside:
            return Refusal("coalition", f"{', '.join(sorted(outside))} takes no part")
        for facility in option.uses:
            terms = programme.facilities[facility]
            if terms.settlement == "barter" and terms.owner not in coalition and terms.price is not None:
                return Refusal("coalition", f"{facility} is bartered with {terms.owner}, which takes no part")
    return None


def takers(option: Option) -> list[str]:
    """Who works on or pays for an option, the pool aside; whoever has a share of nothing does neither."""
    shares = (*option.work_shares.items(), *option.payer_shares.items())
    return sorted({p for p, share in shares if share > 0} - {POOL})


def treaty_start(programme: Programme, mission: Mission, option: Option) -> tuple[Month | None, Refusal | None]:
    """The month from which everybody in the option is party to what the mission requires, or why never."""
    since: Month | None = None
    for treaty in mission.requires_treaties:
        for partner in takers(option):
            month = party_since(programme, treaty, partner)
            if month is None:
                return None, Refusal("treaty", f"{partner} is not party to {treaty}")
            since = month if since is None else max(since, month)
    return since, None


#: A pair of options may meet freely (None), while certain agreements are in force (a span), or never (a refusal).
Meeting = tuple[Month, Month | None] | Refusal | None


@dataclass(frozen=True, slots=True)
class Bar:
    """That an export rule bars a technology between two partners, but in the spans of the agreements that lift it."""

    rule: str
    giver: str
    receiver: str
    spans: tuple[tuple[Month, Month | None], ...]


def bars(programme: Programme, interface: Interface, giver: Option, receiver: Option) -> Iterator[Bar]:
    """Every bar to the technology of an interface between two options, by the programme's rules of transfer."""
    rules = transfers(programme)
    ways = [(giver, receiver)] + ([(receiver, giver)] if interface.flow == "both" else [])
    for one, other in ways:
        found = [
            (from_partner, to_partner, barring)
            for from_partner in (w for w, share in one.work_shares.items() if share > 0)
            for to_partner in (w for w, share in other.work_shares.items() if share > 0)
            if (barring := rules.bars(interface.technology, from_partner, to_partner))
        ]
        for rule in programme.export_control if found else ():
            for from_partner, to_partner, barring in found:
                if rule in barring:
                    yield Bar(rule, from_partner, to_partner, barring[rule])


def meeting(programme: Programme, interface: Interface, giver: Option, receiver: Option) -> Meeting:
    """May the technology of an interface pass between two options, and while which agreements are in force?"""
    start, end = Month(0), None
    for bar in bars(programme, interface, giver, receiver):
        if not bar.spans:
            said = f"{bar.rule} bars {interface.technology} from {bar.giver} to {bar.receiver}"
            return Refusal("export_control", said)
        # Several agreements may lift the same bar; the one in force longest is relied upon.
        span = max(bar.spans, key=lambda s: (s[1].index if s[1] else 10**6) - s[0].index)
        start = max(start, span[0])
        end = span[1] if end is None else (end if span[1] is None else min(end, span[1]))
    if end is not None and end < start:
        return Refusal("export_control", "the agreements that would lift the bar are never in force together")
    return None if start == Month(0) and end is None else (start, end)
