"""Dated exchange rates from a file, for statements in one currency.

rates:
  - {currency: GBP, in: EUR, rate: "1.1700", on: 2027-12-31, source: "where it was quoted"}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import Field, field_validator

from comity.funding.amounts import minor_digits
from comity.funding.errors import FundingError
from comity.funding.files import read_value
from comity.model.base import Value


class Quote(Value):
    """What one unit of a currency was worth in another on a day."""

    currency: str
    into: str = Field(alias="in", description="The currency in which the rate is.")
    rate: Decimal = Field(gt=0, description="Units of it for one of `currency`, as text.")
    on: date
    source: str = Field(default="", description="Where it was quoted.")

    @field_validator("currency", "into")
    @classmethod
    def _known(cls, code: str) -> str:
        minor_digits(code)
        return code


class RatesFile(Value):
    """A file of exchange rates."""

    rates: tuple[Quote, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class QuotedRates:
    """Rates by pair of currencies, each list by day; `place` is how errors name them."""

    place: str
    quotes: Mapping[tuple[str, str], tuple[tuple[date, Fraction], ...]]

    def __call__(self, currency: str, into: str, on: date) -> tuple[Fraction, date]:
        """The last rate quoted on a day or before, and its day; the inverse of one quoted the other way round is taken too.

        FundingError when there is none.
        """
        known = [(day, rate) for day, rate in self.quotes.get((currency, into), ()) if day <= on]
        known += [(day, 1 / rate) for day, rate in self.quotes.get((into, currency), ()) if day <= on]
        if known:
            day, rate = max(known, key=lambda quote: quote[0])
            return rate, day
        later = min((d for d, _ in self.quotes.get((currency, into), ())), default=None)
        hint = f"the first is of {later}" if later else f"it has {', '.join(f'{a} in {b}' for a, b in self.quotes)}"
        raise FundingError(f"{self.place}: there is no rate of {currency} in {into} of {on} or before; {hint}")


def read_rates(file: Path | str) -> QuotedRates:
    """The rates in a YAML file. FundingError lists all its problems with their places."""
    found: dict[tuple[str, str], list[tuple[date, Fraction]]] = defaultdict(list)
    for quote in read_value(file, RatesFile).rates:
        found[quote.currency, quote.into].append((quote.on, Fraction(quote.rate)))
    return QuotedRates(str(file), {pair: tuple(sorted(quotes)) for pair, quotes in found.items()})
