"""Return statistics: what was contracted where, and who contributed what; exact, in one currency.

The words are those of the ESA Convention, Annex V, Article IV: the value of contracts, weighted by technological
interest, that went to each Member State, against the contributions of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

ReturnKind = Literal["industrial", "technology", "training"]
KINDS: tuple[ReturnKind, ...] = get_args(ReturnKind)
#: What the value of a return is counted in; money is in the statistics' currency.
UNITS: Mapping[ReturnKind, str] = {"industrial": "", "technology": "", "training": "person-months"}
ONE = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract: its value, and to whom which part of it is a return.

    `value` is money, or person-months for a training return. `shares` (partner -> part) sum to 1 with the part that is
    nobody's return, done outside the members. `weight` is the weighting factor by technological interest (Article IV.2).
    """

    id: str
    programme: str
    date: date
    value: Decimal
    shares: Mapping[str, Fraction]
    kind: ReturnKind = "industrial"
    weight: Fraction = ONE
    supplier: str = ""

    @property
    def weighted(self) -> Fraction:
        """The weighted value."""
        return Fraction(self.value) * self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What a partner contributed to a programme by a date. A negative amount was paid back to it."""

    partner: str
    programme: str
    date: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One way to place an open contract: with whom, at what price, and what the science is then worth [points]."""

    supplier: str
    shares: Mapping[str, Fraction]
    price: Decimal
    science: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenContract:
    """A contract that is still to be placed with one of those who offered."""

    id: str
    programme: str
    date: date
    offers: tuple[Offer, ...]
    kind: ReturnKind = "industrial"
    weight: Fraction = ONE

    def placed(self, offer: Offer) -> Contract:
        """The contract once it is placed with an offer."""
        return Contract(
            id=self.id,
            programme=self.programme,
            date=self.date,
            value=offer.price,
            shares=offer.shares,
            kind=self.kind,
            weight=self.weight,
            supplier=offer.supplier,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Contracts and contributions of some partners, since a reference date.

    `members` (id -> name) are those among whom returns are counted. `outside_overall` are programmes that their
    participants left out of the overall coefficient (Article IV.1 a and b); each has one of its own all the same.
    """

    currency: str
    members: Mapping[str, str]
    contributions: tuple[Contribution, ...]
    contracts: tuple[Contract, ...]
    open: tuple[OpenContract, ...] = ()
    outside_overall: frozenset[str] = frozenset()
    since: date | None = None
    threshold: Fraction | None = None
    name: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def _entries(self) -> tuple[Contract | Contribution, ...]:
        return (*self.contributions, *self.contracts)

    @property
    def programmes(self) -> tuple[str, ...]:
        """Every programme of a contract or a contribution, in their order."""
        return tuple(dict.fromkeys(x.programme for x in self._entries))

    @property
    def last(self) -> date:
        """The last date of a contract or a contribution."""
        return max((x.date for x in self._entries), default=date.min)

    @property
    def first(self) -> date:
        """The reference date, or else the first date of a contract or a contribution."""
        return self.since or min((x.date for x in self._entries), default=date.min)

    def unit(self, kind: ReturnKind) -> str:
        """What a return of a kind is counted in."""
        return UNITS[kind] or self.currency
