"""Small pools for the tests of returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.returns import Contract, Contribution, Offer, OpenContract, Statistics

END = date(2026, 12, 31)


def contract(who: str | Mapping[str, Fraction], value: int | str, **fields: Any) -> Contract:
    """A contract of 2026 in programme p, all of it a return to one partner, or shared."""
    shares = {who: Fraction(1)} if isinstance(who, str) else dict(who)
    given = {"id": f"{who} {value}", "programme": "p", "date": END, "value": Decimal(value), "shares": shares}
    return Contract(**{**given, **fields})


def paid(who: str, amount: int | str, **fields: Any) -> Contribution:
    """A contribution of 2026 to programme p."""
    given = {"partner": who, "programme": "p", "date": END, "amount": Decimal(amount)}
    return Contribution(**{**given, **fields})


def opened(name: str, *offers: tuple[str, int | str, int | str], **fields: Any) -> OpenContract:
    """An open contract of 2026 with offers of (partner, price, science)."""
    made = tuple(
        Offer(supplier=f"{who} works", shares={who: Fraction(1)}, price=Decimal(price), science=Decimal(science))
        for who, price, science in offers
    )
    return OpenContract(**{**{"id": name, "programme": "p", "date": END, "offers": made}, **fields})


def pool(contributions: Mapping[str, int | str], *contracts: Contract, **fields: Any) -> Statistics:
    """Statistics of partners with what each contributed in 2026, and contracts."""
    given: dict[str, Any] = {
        "currency": "EUR",
        "members": {p: p for p in contributions},
        "contributions": tuple(paid(p, amount) for p, amount in contributions.items()),
        "contracts": contracts,
        "since": date(2026, 1, 1),
    }
    return Statistics(**{**given, **fields})
