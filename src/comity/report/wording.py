"""How the report writes numbers: grouped by narrow no-break spaces, with units, in UTC months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from comity.model.calendar import Month
from comity.model.programme import Programme

#: U+202F, the narrow no-break space that SI recommends between groups of three digits.
THIN = "\u202f"
#: U+00A0 before a unit.
NBSP = "\u00a0"
MINUS = "\u2212"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def grouped(number: Decimal | float | int, digits: int = 0) -> str:
    """`12345.67` as `12 345.7`: rounded half-even to `digits` decimals, grouped, with a true minus sign."""
    exact = Decimal(str(number)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    text = f"{abs(exact):,.{digits}f}".replace(",", THIN)
    return f"{MINUS}{text}" if exact < 0 else text


def points(value: float) -> str:
    """Science points, with one decimal below a hundred."""
    return grouped(value, 0 if abs(value) >= 100 else 1)


def percent(fraction: float | Decimal, digits: int | None = None) -> str:
    """`0.125` as `12.5 %`; one decimal below ten percent unless told otherwise."""
    scaled = float(fraction) * 100
    if digits is None:
        digits = 1 if 0 < abs(scaled) < 10 else 0
    return f"{grouped(scaled, digits)}{NBSP}%"


def chance(probability: float) -> str:
    """A probability that was counted in draws, never rounded to certainty: `< 0.1 %`, `27 %`, `> 99.9 %`."""
    if probability < 0.0005:
        return f"< 0.1{NBSP}%"
    return f"> 99.9{NBSP}%" if 0.9995 < probability < 1 else percent(probability)


def signed_percent(fraction: float) -> str:
    """A change: `+12 %`, `−3.0 %`."""
    text = percent(fraction)
    return text if fraction < 0 else f"+{text}"


def month_name(month: Month) -> str:
    """`2031-04` as `Apr 2031`."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def listed(names: Sequence[str], most: int = 99) -> str:
    """`a, b and c`; past `most` names: `a, b and 4 others`."""
    names = list(names)
    if len(names) > most:
        names = [*names[:most], counted(len(names) - most, "other")]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def counted(number: int, noun: str) -> str:
    """`1 mission`, `12 missions`; nouns whose plural adds an s."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class MoneyWording:
    """Amounts of a programme: its currency, its economic conditions, and one scale for the whole report."""

    currency: str
    ec: int
    exponent: int

    @classmethod
    def of(cls, programme: Programme, largest: Decimal) -> MoneyWording:
        """The scale (millions, thousands, or ones) that suits the largest amount shown."""
        exponent = 6 if largest >= 10**7 else 3 if largest >= 10**4 else 0
        return cls(programme.programme.currency, programme.programme.economic_conditions, exponent)

    @property
    def unit(self) -> str:
        """Such as `MEUR`."""
        return {6: "M", 3: "k", 0: ""}[self.exponent] + self.currency

    @property
    def unit_at(self) -> str:
        """Such as `MEUR@2025`: the unit with its economic conditions."""
        return f"{self.unit}@{self.ec}"

    def scaled(self, amount: Decimal) -> float:
        """An amount in `unit`, for a chart: rounded to three decimals."""
        return round(float(amount.scaleb(-self.exponent)), 3)

    def number(self, amount: Decimal) -> str:
        """An amount in `unit`, without it."""
        scaled = amount.scaleb(-self.exponent)
        return grouped(scaled, 0 if scaled == 0 or abs(scaled) >= 1000 else 1)

    def money(self, amount: Decimal) -> str:
        """An amount with its unit: `1 234 MEUR`."""
        return f"{self.number(amount)}{NBSP}{self.unit}"

    def words(self, amount: Decimal) -> str:
        """An amount as people say it: `12.3 billion EUR`."""
        for exponent, word in ((9, "billion "), (6, "million "), (3, "thousand ")):
            if abs(amount) >= 10**exponent:
                scaled = amount.scaleb(-exponent)
                return f"{grouped(scaled, 0 if scaled >= 100 else 1)} {word}{self.currency}"
        return f"{grouped(amount)} {self.currency}"
