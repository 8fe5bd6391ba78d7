"""Return coefficients: a partner's share of the weighted value of contracts over its share of contributions.

ESA Convention, Annex V, Article IV: the overall coefficient is the ratio of the percentage of the contracts that a
Member State received, of the total value of contracts placed among all Member States, to its total percentage of
contributions (IV.1); each contract is weighted by its technological interest, a large one by several factors (IV.2);
ideally all coefficients are 1 (IV.3); they are computed each quarter, and cumulated (IV.4). CERN defines the coefficient
of its industrial returns in the same way, without weights. What goes outside the members is in neither total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Literal

from comity.funding.errors import FundingError
from comity.funding.returns.answer import Alarm, PartnerReturn, Returns
from comity.funding.returns.question import ReturnKind, Statistics

Step = Literal["quarter", "year"]
ZERO = Fraction(0)


def returns(
    statistics: Statistics,
    *,
    kind: ReturnKind = "industrial",
    programme: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Returns:
    """Every member's return over a period, both days included; exact.

    `programme`: of one programme alone; None is the overall coefficient, of all but those `outside_overall`. Default
    period: from the statistics' reference date to their last. FundingError when there is no such programme, or the
    period ends before it begins.
    """
    since, until = since or statistics.first, until or statistics.last
    if until < since:
        raise FundingError(f"the period ends on {until}, before it begins on {since}")
    if programme is not None and programme not in statistics.programmes:
        known = ", ".join(p or "(unnamed)" for p in statistics.programmes)
        raise FundingError(f"there is no programme {programme!r}; there are {known}")

    def counts(of: str, at: date) -> bool:
        return since <= at <= until and (of == programme if programme is not None else of not in left_out)

    left_out = statistics.outside_overall
    contributed: dict[str, Fraction] = defaultdict(Fraction)
    for c in statistics.contributions:
        if counts(c.programme, c.date):
            contributed[c.partner] += Fraction(c.amount)
    weighted: dict[str, Fraction] = defaultdict(Fraction)
    outside = ZERO
    for contract in statistics.contracts:
        if contract.kind != kind or not counts(contract.programme, contract.date):
            continue
        inside = ZERO
        for partner, share in contract.shares.items():
            if partner in statistics.members:
                weighted[partner] += contract.weighted * share
                inside += share
        outside += contract.weighted * (1 - inside)
    paid, contracted = sum(contributed.values(), ZERO), sum(weighted.values(), ZERO)
    rows = tuple(_row(p, contributed[p], paid, weighted[p], contracted) for p in statistics.members)
    return Returns(kind, programme, since, until, paid, contracted, outside, rows)


def _row(
    partner: str, contribution: Fraction, paid: Fraction, weighted: Fraction, contracted: Fraction
) -> PartnerReturn:
    ideal = contracted * contribution / paid if paid > 0 else ZERO
    return PartnerReturn(partner, contribution, weighted, ideal, weighted / ideal if ideal > 0 else None)


def cumulated(
    statistics: Statistics,
    *,
    kind: ReturnKind = "industrial",
    programme: str | None = None,
    since: date | None = None,
    until: date | None = None,
    every: Step = "year",
) -> tuple[Returns, ...]:
    """Returns cumulated since the reference date, at the end of each year or quarter (the last: at `until`)."""
    since, until = since or statistics.first, until or statistics.last
    return tuple(
        returns(statistics, kind=kind, programme=programme, since=since, until=end)
        for end in period_ends(since, until, every)
    )


def period_ends(since: date, until: date, every: Step) -> Iterator[date]:
    """The last days of the years or quarters from `since` on that are over by `until`, and `until` itself."""
    months = {"year": (12,), "quarter": (3, 6, 9, 12)}[every]
    for year in range(since.year, until.year + 1):
        for month in months:
            end = date(year, month, 31 if month in (3, 12) else 30)
            if since <= end < until:
                yield end
    yield until


def alarms(series: tuple[Returns, ...], threshold: Fraction) -> tuple[Alarm, ...]:
    """For each member that is ever below the threshold: when it falls below, whether it comes back, what is missing.

    Where it falls below several times, the last time counts. The one that is below at the end with most missing comes
    first, then those that come back.
    """
    found = [a for row in (series[-1].rows if series else ()) if (a := _alarm(row.partner, series, threshold))]
    return tuple(sorted(found, key=lambda a: (a.ends is not None, -a.missing, a.begins, a.partner)))


def _alarm(partner: str, series: tuple[Returns, ...], threshold: Fraction) -> Alarm | None:
    seen = [(r.until, r.of(partner)) for r in series]
    low = [i for i, (_, row) in enumerate(seen) if row.below(threshold)]
    if not low:
        return None
    last = first = low[-1]
    while first - 1 in low:
        first -= 1
    at, lowest = min(
        ((seen[i][0], c) for i in range(first, last + 1) if (c := seen[i][1].coefficient) is not None),
        key=lambda pair: (pair[1], pair[0]),
    )
    final = seen[-1][1]
    ends = seen[last][0] if last < len(seen) - 1 else None
    return Alarm(partner, seen[first][0], ends, lowest, at, final.coefficient, final.missing(threshold))
