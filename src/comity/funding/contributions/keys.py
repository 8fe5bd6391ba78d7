"""Contribution keys: figures of each partner with their sources, and the steps that make shares of them.

>>> key = load_key("equal")
>>> apportion(Decimal("100.00"), key.shares(), "EUR")
{'a': Decimal('33.34'), 'b': Decimal('33.33'), 'c': Decimal('33.33')}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from comity.funding.amounts import split
from comity.funding.contributions.scale import level, proportional
from comity.funding.errors import FundingError
from comity.funding.files import read_value, shipped_or_file
from comity.model.base import Value
from comity.model.problems import nearest

DATA = Path(__file__).parent / "data"
#: Names the partners that a published table does not tell apart.
OTHERS = "others"
Kind = Literal["income", "equal", "use", "negotiated", "credits", "paid"]


class Step(Value):
    """One step from the base to the shares; exactly one of cap, floor, rebate and phase_in."""

    cap: Decimal | None = Field(default=None, gt=0, le=1, description="No partner pays more than this part.")
    floor: Decimal | None = Field(default=None, gt=0, le=1, description="No partner pays less than this part.")
    rebate: dict[str, Decimal] = Field(default={}, description="By partner: the part of its share that it is let off.")
    joined: dict[str, int] = Field(default={}, description="By partner: its first year, with `phase_in`.")
    phase_in: tuple[Decimal, ...] = Field(default=(), description="What part of its share is paid in each first year.")
    source: str = ""

    @model_validator(mode="after")
    def _one(self) -> Step:
        given = [self.cap is not None, self.floor is not None, bool(self.rebate), bool(self.phase_in)]
        if sum(given) != 1:
            raise ValueError("a step is one of cap, floor, rebate or phase_in; write another step for each")
        if bool(self.joined) != bool(self.phase_in):
            raise ValueError("joined and phase_in go together: joined: {EE: 2015} and phase_in: [0.25, 0.5, 0.75]")
        if any(not 0 <= part <= 1 for part in (*self.rebate.values(), *self.phase_in)):
            raise ValueError("a rebate or phase-in is a part from 0 to 1, such as 0.25")
        return self

    @property
    def name(self) -> str:
        """How tables name it."""
        if self.cap is not None:
            return f"cap {(100 * self.cap).normalize():f} %"
        if self.floor is not None:
            return f"floor {(100 * self.floor).normalize():f} %"
        return "rebate" if self.rebate else "phase-in"

    def factor(self, partner: str, year: int | None) -> Fraction:
        """The part of its share that a partner pays after a rebate or in its first years."""
        if partner in self.rebate:
            return 1 - Fraction(self.rebate[partner])
        if partner not in self.joined:
            return Fraction(1)
        if year is None:
            raise FundingError("this key phases new members in; say for which year, such as --year 2026")
        nth = year - self.joined[partner]
        if nth < 0:
            return Fraction(0)
        return Fraction(self.phase_in[nth]) if nth < len(self.phase_in) else Fraction(1)


@dataclass(frozen=True, slots=True)
class Explained:
    """A step's name, and every partner's share after it."""

    step: str
    shares: dict[str, Fraction]


class Key(Value):
    """Who pays which part: figures by partner, and the steps that make shares of them, in the order in which they apply."""

    name: str
    kind: Kind
    unit: str = Field(default="", description="What the figures are in.")
    figures: dict[str, Decimal | dict[int, Decimal]] = Field(
        min_length=1, description="By partner: a figure, or one for each year."
    )
    year: int | None = Field(default=None, description="For which year it is asked, when nobody says otherwise.")
    mean_over: int = Field(default=1, ge=1, description="Yearly figures: the mean of so many latest years.")
    steps: tuple[Step, ...] = ()
    source: str = Field(min_length=1, description="Where the figures stand, and how that was seen.")
    method: str = Field(default="", description="Where the rule stands.")
    estimate: str = Field(default="", description="What stands in for what, and why.")
    missing: tuple[str, ...] = Field(default=(), description="What no source was found for.")

    @field_validator("figures")
    @classmethod
    def _not_negative(cls, figures: dict[str, Decimal | dict[int, Decimal]]) -> dict[str, Decimal | dict[int, Decimal]]:
        for partner, given in figures.items():
            for figure in given.values() if isinstance(given, dict) else (given,):
                if not figure.is_finite() or figure < 0:
                    raise ValueError(f"{partner}: {figure} is no figure; it is zero or more")
        return figures

    @model_validator(mode="after")
    def _known_partners(self) -> Key:
        for step in self.steps:
            for partner in (*step.rebate, *step.joined):
                if partner not in self.figures:
                    hint = nearest(partner, self.figures) or f"it has {', '.join(self.figures)}"
                    raise ValueError(f"a step names {partner}, of which there is no figure; {hint}")
        return self

    def weights(self, year: int | None = None) -> dict[str, Fraction]:
        """Each partner's figure: equal ones, the one given, or the mean of the latest years before `year` (else the key's)."""
        year = self.year if year is None else year
        if self.kind == "equal":
            return dict.fromkeys(self.figures, Fraction(1))
        return {partner: self._weight(partner, year) for partner in self.figures}

    def _weight(self, partner: str, year: int | None) -> Fraction:
        given = self.figures[partner]
        if isinstance(given, Decimal):
            return Fraction(given)
        latest = sorted((y for y in given if year is None or y < year), reverse=True)[: self.mean_over]
        if len(latest) < self.mean_over:
            raise FundingError(
                f"{self.name}: {partner} has {len(latest)} figures before {year or 'now'} and {self.mean_over} are "
                f"needed; it has those of {', '.join(map(str, sorted(given)))}"
            )
        return sum((Fraction(given[y]) for y in latest), Fraction(0)) / self.mean_over

    def explain(self, year: int | None = None) -> tuple[Explained, ...]:
        """The shares after each step, the base first and the final ones last.

        Limits of earlier steps hold in later ones; a rebate or phase-in takes its part of the share reached so far and
        holds the partner there (or at a floor already set); what that frees goes to those not held, in proportion.
        """
        year = self.year if year is None else year
        weights = self.weights(year)
        shares = proportional(weights)
        told = [Explained("base", shares)]
        low: dict[str, Fraction] = dict.fromkeys(weights, Fraction(0))
        high: dict[str, Fraction] = dict.fromkeys(weights, Fraction(1))
        for step in self.steps:
            for partner in weights:
                if step.cap is not None:
                    high[partner] = min(high[partner], Fraction(step.cap))
                elif step.floor is not None:
                    low[partner] = max(low[partner], Fraction(step.floor))
                elif (factor := step.factor(partner, year)) < 1:
                    low[partner] = high[partner] = max(low[partner], shares[partner] * factor)
            shares = level(weights, low=low, high=high)
            told.append(Explained(step.name, shares))
        return tuple(told)

    def among(self, partners: Iterable[str]) -> Key:
        """The same key for some of its partners only. FundingError when it has no figure of one."""
        wanted = tuple(partners)
        unknown = next((partner for partner in wanted if partner not in self.figures), None)
        if unknown is not None:
            hint = nearest(unknown, self.figures) or f"it has {', '.join(self.figures)}"
            raise FundingError(f"{self.name}: there is no figure of {unknown}; {hint}")
        steps = tuple(
            step.model_copy(
                update={
                    "rebate": {p: part for p, part in step.rebate.items() if p in wanted},
                    "joined": {p: year for p, year in step.joined.items() if p in wanted},
                }
            )
            for step in self.steps
        )
        return self.model_copy(update={"figures": {p: self.figures[p] for p in wanted}, "steps": steps})

    def shares(self, year: int | None = None) -> dict[str, Fraction]:
        """Each partner's share; they sum to exactly one. FundingError when limits cannot be met."""
        return self.explain(year)[-1].shares


@dataclass(frozen=True, slots=True)
class Difference:
    """A partner's share by a key, by another, and the one less the other."""

    partner: str
    share: Fraction
    other: Fraction

    @property
    def more(self) -> Fraction:
        """How much more it bears by the first than by the other; negative when less."""
        return self.share - self.other


def compare(key: Key, other: Key, *, year: int | None = None) -> tuple[Difference, ...]:
    """How the shares of a key differ from what another would make of the same partners, the largest difference first.

    In the year asked for, else that of `key`. Where `key` has a figure of `others`, those are all partners of `other`
    that it does not name; else both are applied to the partners that both know, and to no others. FundingError when
    there are none.
    """
    year = key.year if year is None else year
    both = [partner for partner in key.figures if partner in other.figures]
    if not both:
        raise FundingError(f"{key.name} and {other.name} have no partner in common; compare keys of the same partners")
    if OTHERS in key.figures and OTHERS not in other.figures:
        here, known = key.shares(year), other.shares(year)
        there = {partner: known.get(partner, Fraction(0)) for partner in here}
        there[OTHERS] = 1 - sum(there.values(), Fraction(0))
    else:
        here, there = key.among(both).shares(year), other.among(both).shares(year)
    found = [Difference(partner, share, there[partner]) for partner, share in here.items()]
    return tuple(sorted(found, key=lambda d: (-abs(d.more), d.partner)))


def shipped_keys() -> tuple[str, ...]:
    """The names of the keys that come with comity."""
    return tuple(file.stem for file in sorted(DATA.glob("*.yaml")))


def load_key(name_or_path: str | Path) -> Key:
    """The shipped key of a name, or that of a file. FundingError says what is wrong and where."""
    return read_value(shipped_or_file(name_or_path, DATA), Key)


def apportion(total: Decimal, shares: Mapping[str, Fraction], currency: str) -> dict[str, Decimal]:
    """A total divided by shares, whole in minor units by largest remainders.

    FundingError when it is negative, or the shares do not sum to exactly one.
    """
    if total < 0:
        raise FundingError(f"the total {total:f} {currency} is negative; a contribution is zero or more")
    if (whole := sum(shares.values(), Fraction(0))) != 1:
        raise FundingError(f"the shares sum to {whole}, not to one; divide each by that sum, or take them from a key")
    return split(total, shares, currency=currency)
