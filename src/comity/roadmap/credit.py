"""What an option credits to whom under the rules of participation: exact, in the programme's own money."""

from __future__ import annotations

from decimal import Decimal

from comity.model.missions import Option
from comity.model.programme import POOL, Programme
from comity.model.spending import cash_prices, facility_price


def returns_to(programme: Programme, worker: str, partner: str) -> bool:
    """Does what a worker does count as a partner's return: its own, or work that returns to it?"""
    return partner in (worker, programme.partners[worker].return_to)


def work_share(programme: Programme, option: Option, partner: str) -> Decimal:
    """The part of an option's work that counts as a partner's return."""
    shares = option.work_shares.items()
    return sum((s for worker, s in shares if returns_to(programme, worker, partner)), Decimal(0))


def returned_work(programme: Programme, option: Option, partner: str) -> Decimal:
    """The value of work that counts as a partner's return, cash prices of its facilities included."""
    owned = (
        price
        for facility, price in cash_prices(programme, option).items()
        if returns_to(programme, programme.facilities[facility].owner, partner)
    )
    return programme.worth(option.cost) * work_share(programme, option, partner) + sum(owned, Decimal(0))


def emerging_work(programme: Programme, option: Option) -> Decimal:
    """The value of work that is done by, or returns to, emerging partners."""
    theirs = (
        share
        for worker, share in option.work_shares.items()
        if any(returns_to(programme, worker, p) for p in programme.emerging)
    )
    return programme.worth(option.cost) * sum(theirs, Decimal(0))


def in_kind_part(programme: Programme, option: Option, partner: str) -> Decimal:
    """The part of an option's cost that a partner pays in kind, by work of its own."""
    share = option.payer_shares.get(partner, Decimal(0))
    return share * min(Decimal(1), work_share(programme, option, partner) / share) if share > 0 else Decimal(0)


def barter_owed(programme: Programme, option: Option, facility: str, partner: str) -> Decimal:
    """What a month of an option's barter use of a facility adds to a partner's debt (negative: to its credit)."""
    terms = programme.facilities[facility]
    if terms.settlement != "barter" or terms.price is None:
        return Decimal(0)
    others = {p: s for p, s in option.payer_shares.items() if p not in (POOL, terms.owner)}
    owed = others.get(partner, Decimal(0)) - (sum(others.values(), Decimal(0)) if partner == terms.owner else 0)
    return facility_price(programme, option, facility) * owed
