"""A statement as an immutable answer: tables of rows, whose figures are amounts by currency.

>>> line = row("relay", "Relay", {"spent": {"EUR": Decimal("12.50")}})
>>> line.figures["spent"]["EUR"]
Decimal('12.50')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol

from comity.funding.amounts import minor_digits
from comity.model.base import FrozenDict

ZERO = Decimal(0)

#: What an amount is in each currency; a currency that is not there has none.
Amounts = Mapping[str, Decimal]
RowKind = Literal["heading", "line", "subtotal", "total"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table. `figures` are amounts by measure; `translated` the same in the ledger's currency, where asked for.

    `key` names it within its table; `account` is the account or group of accounts that it tells of.
    """

    key: str
    label: str
    figures: Mapping[str, Amounts] = field(default_factory=FrozenDict)
    kind: RowKind = "line"
    depth: int = 0
    account: str = ""
    translated: Mapping[str, Decimal] = field(default_factory=FrozenDict)

    def amount(self, measure: str, currency: str) -> Decimal:
        """The figure in a currency; zero when there is none."""
        return self.figures.get(measure, {}).get(currency, ZERO)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; amounts as text."""
        plain: dict[str, Any] = {"key": self.key, "label": self.label, "kind": self.kind, "depth": self.depth}
        plain |= {"account": self.account} if self.account else {}
        plain["figures"] = {m: {c: f"{a:f}" for c, a in by.items()} for m, by in self.figures.items()}
        if self.translated:
            plain["translated"] = {m: f"{a:f}" for m, a in self.translated.items()}
        return plain


def row(
    key: str,
    label: str,
    figures: Mapping[str, Amounts] | None = None,
    *,
    kind: RowKind = "line",
    depth: int = 0,
    account: str = "",
) -> Row:
    """A row with the figures of each measure; amounts that are zero are left out."""
    kept = {m: FrozenDict({c: a for c, a in sorted(by.items()) if a}) for m, by in (figures or {}).items()}
    return Row(key, label, FrozenDict(kept), kind, depth, account)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures. `measures` are the columns that each currency has, by key, with what heads them.

    `layout` says how several currencies are best read: side by side in columns, or in rows of their own.
    """

    key: str
    title: str
    measures: Mapping[str, str]
    rows: tuple[Row, ...]
    layout: Literal["columns", "rows"] = "columns"

    def __getitem__(self, key: str) -> Row:
        found = next((r for r in self.rows if r.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: str) -> bool:
        return any(r.key == key for r in self.rows)

    @property
    def currencies(self) -> frozenset[str]:
        """Those in which there is a figure."""
        return frozenset(c for r in self.rows for by in r.figures.values() for c in by)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        plain: dict[str, Any] = {"key": self.key, "title": self.title, "measures": dict(self.measures)}
        return plain | {"rows": [r.to_dict() for r in self.rows]}


@dataclass(frozen=True, slots=True)
class RateUsed:
    """What one unit of a currency was worth in the ledger's, and on which day that was quoted."""

    currency: str
    rate: Fraction
    on: date

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; the rate to twelve significant digits."""
        return {"currency": self.currency, "rate": rate_text(self.rate), "on": self.on.isoformat()}


def rate_text(rate: Fraction) -> str:
    """A rate to twelve significant digits, without trailing zeros."""
    text = f"{+Decimal(f'{rate.numerator / Decimal(rate.denominator):.12g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Statement:
    """What a ledger comes to, for a period (`start` to `end`, both included) or on a day (`end`, at its close).

    `currency` is the ledger's own; `earlier` is the period or day beside; `rates` say how figures were translated.
    """

    kind: str
    title: str
    ledger: str
    currency: str
    end: date
    tables: tuple[Table, ...]
    start: date | None = None
    earlier: tuple[date | None, date] | None = None
    about: str = ""
    notes: tuple[str, ...] = ()
    rates: tuple[RateUsed, ...] = ()

    def __getitem__(self, key: str) -> Table:
        found = next((t for t in self.tables if t.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    @property
    def currencies(self) -> tuple[str, ...]:
        """Those in which there is a figure: the ledger's own first, then by code."""
        found = frozenset(c for t in self.tables for c in t.currencies)
        return tuple(sorted(found, key=lambda c: (c != self.currency, c)))

    @property
    def when(self) -> str:
        """The day or period, in words."""
        return spoken(self.start, self.end)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; amounts as text, days as YYYY-MM-DD."""
        plain: dict[str, Any] = {"statement": self.kind, "title": self.title, "ledger": self.ledger}
        plain |= {"about": self.about} if self.about else {}
        plain["currency"] = self.currency
        plain |= _span(self.start, self.end)
        if self.earlier is not None:
            plain["earlier"] = _span(*self.earlier)
        plain["currencies"] = [*self.currencies]
        if self.rates:
            plain["translation"] = {"currency": self.currency, "rates": [r.to_dict() for r in self.rates]}
        plain["tables"] = [t.to_dict() for t in self.tables]
        return plain | {"notes": [*self.notes]}


def _span(start: date | None, end: date) -> dict[str, str]:
    return {"on": end.isoformat()} if start is None else {"from": start.isoformat(), "to": end.isoformat()}


def spoken(start: date | None, end: date) -> str:
    """`at 31 December 2027`, or `1 January 2027 to 31 December 2027`; a whole year by its number."""
    if start is None:
        return f"at {day_name(end)}"
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        return f"{end.year}"
    return f"{day_name(start)} to {day_name(end)}"


def brief(day: date) -> str:
    """`31 Dec 2027`."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day_name(day: date) -> str:
    """`31 December 2027`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


# --- arithmetic on amounts by currency -----------------------------------------------------------------------------------


def total(parts: Iterable[Amounts]) -> dict[str, Decimal]:
    """The sum of amounts, by currency."""
    found: dict[str, Decimal] = {}
    for part in parts:
        for currency, amount in part.items():
            found[currency] = found.get(currency, ZERO) + amount
    return found


def less(a: Amounts, b: Amounts) -> dict[str, Decimal]:
    """What is left of `a` after `b`, by currency."""
    return total((a, negative(b)))


def negative(amounts: Amounts) -> dict[str, Decimal]:
    """The same with the other sign."""
    return {c: -a for c, a in amounts.items()}


# --- translation ---------------------------------------------------------------------------------------------------------


class Rates(Protocol):
    """Dated exchange rates."""

    def __call__(self, currency: str, into: str, on: date, /) -> tuple[Fraction, date]:
        """What one unit was worth on a day, and when that was quoted. FundingError when nothing is known."""
        ...


def translated(statement: Statement, rates: Rates) -> Statement:
    """The statement with each row also in the ledger's currency, all at the rates of its last day.

    Each figure is translated exactly and then rounded half to even, so that a total may differ from its rounded parts by
    a unit. FundingError when a rate is missing.
    """
    into, foreign = statement.currency, [c for c in statement.currencies if c != statement.currency]
    used = tuple(RateUsed(c, *rates(c, into, statement.end)) for c in foreign)
    by = {into: Fraction(1)} | {r.currency: r.rate for r in used}
    tables = tuple(replace(t, rows=tuple(_row_in(r, by, into) for r in t.rows)) for t in statement.tables)
    return replace(statement, tables=tables, rates=used)


def _row_in(given: Row, by: Mapping[str, Fraction], into: str) -> Row:
    found = {m: _sum_in(amounts, by, into) for m, amounts in given.figures.items()}
    return replace(given, translated=FrozenDict(found))


def _sum_in(amounts: Amounts, by: Mapping[str, Fraction], into: str) -> Decimal:
    digits = minor_digits(into)
    exact = sum((Fraction(a) * by[c] for c, a in amounts.items()), Fraction(0))
    return Decimal(round(exact * 10**digits)).scaleb(-digits)
