"""Who takes part in a roadmap, over the years: roles, leadership, work, contributions; how equally, and who drifts away.

What a company or university does counts for the contributor to whom its work is a return, if it names one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from comity.funding.inclusion.measures import gini
from comity.model.programme import POOL, Programme
from comity.roadmap import Plan

Measure = Literal["roles", "leadership", "work", "contributions"]
MEASURES: tuple[Measure, ...] = ("roles", "leadership", "work", "contributions")
#: A share that falls with so little probability by chance, by so much of where it began, and to less than the mean, drifts.
SIGNIFICANT, NOTABLE = 0.05, 0.2
#: Fewer years tell no trend.
LEAST_YEARS = 6

Amounts = Mapping[str, Mapping[int, Decimal]]


@dataclass(frozen=True, slots=True)
class Window:
    """The shares of each partner in some years (both ends included), by measure, and the Gini coefficient of each measure."""

    first: int
    last: int
    shares: Mapping[str, Mapping[str, Fraction]]
    gini: Mapping[str, Fraction | None]

    @property
    def name(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Drift:
    """A partner's share that falls: by how much a year (Theil–Sen), from and to what, and how probable that is by chance."""

    partner: str
    measure: str
    slope: float
    began: float
    ended: float
    p: float
    years: int


@dataclass(frozen=True, slots=True)
class Indicators:
    """Shares by window, amounts by partner and year, who drifts to the margin, and who is emerging."""

    partners: tuple[str, ...]
    emerging: tuple[str, ...]
    windows: tuple[Window, ...]
    whole: Window
    yearly: Mapping[str, Amounts]
    drifts: tuple[Drift, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold; shares as numbers."""

        def window(w: Window) -> dict[str, Any]:
            shares = {m: {p: float(s) for p, s in by.items()} for m, by in w.shares.items()}
            return {
                "years": w.name,
                "shares": shares,
                "gini": {m: g if g is None else float(g) for m, g in w.gini.items()},
            }

        return {
            "partners": [*self.partners],
            "emerging": [*self.emerging],
            "windows": [window(w) for w in self.windows],
            "whole": window(self.whole),
            "drifts": [{name: getattr(d, name) for name in d.__slots__} for d in self.drifts],
        }


def indicators(programme: Programme, plan: Plan, *, window: int = 5) -> Indicators:
    """What each partner does in a plan, by windows of so many years from the programme's first on. ValueError below 1."""
    if window < 1:
        raise ValueError("a window has at least one year")
    partners = tuple(p for p, x in programme.partners.items() if x.budget is not None or x.emerging is not None)
    yearly = _yearly(programme, plan, partners)
    first, last = programme.programme.horizon.start.year, programme.programme.horizon.end.year
    windows = tuple(_window(yearly, partners, y, min(y + window - 1, last)) for y in range(first, last + 1, window))
    return Indicators(
        partners=partners,
        emerging=tuple(programme.emerging),
        windows=windows,
        whole=_window(yearly, partners, first, last),
        yearly=yearly,
        drifts=_drifts(yearly, partners),
    )


def _yearly(programme: Programme, plan: Plan, partners: Sequence[str]) -> dict[str, dict[str, dict[int, Decimal]]]:
    found: dict[str, dict[str, dict[int, Decimal]]] = {m: {p: defaultdict(Decimal) for p in partners} for m in MEASURES}

    def add(measure: str, partner: str, year: int, amount: Decimal) -> None:
        if partner in found[measure]:
            found[measure][partner][year] += amount

    done: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for element in plan.elements:
        homes = {home_of(programme, w) for w, amount in element.work.items() if amount > 0}
        for home in homes:
            add("roles", home, element.start.year, Decimal(1))
        for worker, amount in element.work.items():
            home = home_of(programme, worker)
            add("work", home, element.start.year, amount)
            done[element.mission][home] += amount
        for payer, bills in element.payments.items():
            for year, amount in bills.items():
                if payer != POOL:
                    add("contributions", payer, year, amount)
    for year, flow in plan.cash.items():
        for payer, amount in flow.paid.items():
            add("contributions", payer, year, amount)
    for mission in plan.missions:
        work = done[mission.mission]
        if work:
            add("leadership", min(work, key=lambda p: (-work[p], p)), mission.delivery.year, Decimal(1))
    return {m: {p: dict(sorted(by.items())) for p, by in of.items()} for m, of in found.items()}


def home_of(programme: Programme, worker: str) -> str:
    """For whom a partner's work counts."""
    return programme.partners[worker].return_to or worker


def _window(yearly: Mapping[str, Amounts], partners: Sequence[str], first: int, last: int) -> Window:
    shares: dict[str, dict[str, Fraction]] = {}
    inequality: dict[str, Fraction | None] = {}
    for measure, of in yearly.items():
        sums = {p: sum((a for y, a in of[p].items() if first <= y <= last), Decimal(0)) for p in partners}
        total = sum(sums.values(), Decimal(0))
        shares[measure] = {p: Fraction(a) / Fraction(total) if total else Fraction(0) for p, a in sums.items()}
        inequality[measure] = gini(sums.values())
    return Window(first, last, shares, inequality)


def _drifts(yearly: Mapping[str, Amounts], partners: Sequence[str]) -> tuple[Drift, ...]:
    """Shares that fall over the years in which there is anything to share.

    The slope is Theil and Sen's (Sen 1968, JASA 63:1379–1389), the probability that of Kendall's tau against time (Mann
    1945), two-sided, adjusted for how many shares are tested (Benjamini and Hochberg 1995); years are taken as independent,
    which makes the test bolder than it should be for smooth series.
    """
    from scipy.stats import false_discovery_control, kendalltau, theilslopes

    found = []
    for measure, of in yearly.items():
        years = sorted({y for p in partners for y, a in of[p].items() if a})
        totals = {y: sum((of[p].get(y, Decimal(0)) for p in partners), Decimal(0)) for y in years}
        if len(years) < LEAST_YEARS:
            continue
        for p in partners:
            shares = [float(of[p].get(y, Decimal(0)) / totals[y]) for y in years]
            if len(set(shares)) < 2:
                continue
            slope, intercept = (float(v) for v in theilslopes(shares, years)[:2])
            probability = float(kendalltau(years, shares).pvalue)
            began, ended = (min(1.0, max(0.0, intercept + slope * y)) for y in (years[0], years[-1]))
            found.append(Drift(p, measure, slope, began, ended, probability, len(years)))
    adjusted = false_discovery_control([d.p for d in found]) if found else []
    found = [replace(d, p=float(probability)) for d, probability in zip(found, adjusted, strict=True)]
    # Who still has more than the mean is at no margin.
    found = [
        d
        for d in found
        if d.slope < 0 and d.p < SIGNIFICANT and d.began - d.ended >= NOTABLE * d.began and d.ended < 1 / len(partners)
    ]
    return tuple(sorted(found, key=lambda d: (d.slope, d.partner, d.measure)))
