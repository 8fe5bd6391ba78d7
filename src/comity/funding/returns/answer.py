"""What return statistics say: each partner's coefficient, over a period or cumulated; and alarms. Exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.returns.question import ReturnKind


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction to so many decimals, half to even."""
    return Decimal(round(value * 10**places)).scaleb(-places)


@dataclass(frozen=True, slots=True)
class PartnerReturn:
    """What came back to one partner: `weighted` value of its contracts against its `contribution`.

    `ideal` is the weighted value at which its coefficient were 1. `coefficient` is None where it contributed nothing,
    or nothing was contracted.
    """

    partner: str
    contribution: Fraction
    weighted: Fraction
    ideal: Fraction
    coefficient: Fraction | None

    def missing(self, threshold: Fraction) -> Fraction:
        """What must move to it, out of the same total, for its coefficient to reach the threshold; 0 or more."""
        return max(Fraction(0), threshold * self.ideal - self.weighted)

    @property
    def surplus(self) -> Fraction:
        """Its weighted value over (negative: under) the ideal."""
        return self.weighted - self.ideal

    def below(self, threshold: Fraction) -> bool:
        """Is its coefficient lower than the threshold? Never where it has none."""
        return self.coefficient is not None and self.coefficient < threshold


@dataclass(frozen=True, slots=True)
class Returns:
    """The returns of all partners over a period, both days included; `programme` is None for the overall coefficient."""

    kind: ReturnKind
    programme: str | None
    since: date
    until: date
    contributed: Fraction
    contracted: Fraction
    outside: Fraction
    rows: tuple[PartnerReturn, ...]

    def of(self, partner: str) -> PartnerReturn:
        """One partner's; KeyError when it is none of the members."""
        try:
            return next(r for r in self.rows if r.partner == partner)
        except StopIteration:
            raise KeyError(partner) from None

    @property
    def mean(self) -> Fraction | None:
        """The mean of the coefficients, weighted by contributions: 1, wherever all who work contribute too."""
        parts = [r.coefficient * r.contribution for r in self.rows if r.coefficient is not None]
        return sum(parts, Fraction(0)) / self.contributed if self.contributed and parts else None

    def below(self, threshold: Fraction) -> tuple[str, ...]:
        """Whose coefficient is lower than the threshold."""
        return tuple(r.partner for r in self.rows if r.below(threshold))

    def to_dict(self, threshold: Fraction | None = None) -> dict[str, Any]:
        """Plain values for JSON: money to the cent, coefficients to six decimals, both as text."""
        return {
            "kind": self.kind,
            "programme": self.programme,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "contributed": f"{rounded(self.contributed, 2):f}",
            "contracted": f"{rounded(self.contracted, 2):f}",
            "outside_members": f"{rounded(self.outside, 2):f}",
            "partners": [
                {
                    "partner": r.partner,
                    "contribution": f"{rounded(r.contribution, 2):f}",
                    "weighted": f"{rounded(r.weighted, 2):f}",
                    "ideal": f"{rounded(r.ideal, 2):f}",
                    "surplus": f"{rounded(r.surplus, 2):f}",
                    "coefficient": None if r.coefficient is None else f"{rounded(r.coefficient, 6):f}",
                }
                | ({} if threshold is None else {"missing": f"{rounded(r.missing(threshold), 2):f}"})
                for r in self.rows
            ],
        }


@dataclass(frozen=True, slots=True)
class Alarm:
    """That a partner's cumulated coefficient is below the threshold: first at the end of `begins`, last at `ends`.

    `ends` is None when it is still below at the last date; `lowest` is its lowest coefficient, and `at` when.
    """

    partner: str
    begins: date
    ends: date | None
    lowest: Fraction
    at: date
    final: Fraction | None
    missing: Fraction

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "partner": self.partner,
            "begins": self.begins.isoformat(),
            "ends": None if self.ends is None else self.ends.isoformat(),
            "lowest": f"{rounded(self.lowest, 6):f}",
            "lowest_at": self.at.isoformat(),
            "final": None if self.final is None else f"{rounded(self.final, 6):f}",
            "missing_at_the_end": f"{rounded(self.missing, 2):f}",
        }
