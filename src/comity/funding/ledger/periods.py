"""The days and periods of statements: in order, and each beside the one to compare it with."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from comity.funding.errors import FundingError
from comity.funding.ledger.statement import spoken

Period = tuple[date, date]


def with_earlier(start: date, end: date, earlier: Period | None) -> tuple[Period, dict[str, str]]:
    """The period that stands beside another (by default the one of the same length just before), and what both are called.

    Their keys are those of a statement's measures: `period` and `earlier`. FundingError when one ends before it begins.
    """
    in_order(start, end)
    beside = earlier or period_before(start, end)
    in_order(*beside)
    return beside, {"period": spoken(start, end), "earlier": spoken(*beside)}


def in_order(start: date, end: date) -> None:
    """FundingError when a period ends before it begins."""
    if end < start:
        raise FundingError(f"the period ends on {end}, before it begins on {start}; give --from the earlier day")


def period_before(start: date, end: date) -> Period:
    """The period of the same length just before: of whole months, as many months; else as many days.

    FundingError when the calendar has none.
    """
    try:
        after = end + timedelta(days=1)
        if start.day == 1 and after.day == 1:
            months = (after.year - start.year) * 12 + after.month - start.month
            first = start.year * 12 + start.month - 1 - months
            return date(first // 12, first % 12 + 1, 1), start - timedelta(days=1)
        return start - (after - start), start - timedelta(days=1)
    except (ValueError, OverflowError):
        raise FundingError(
            f"there is no period as long before {start} to {end}; name the one to compare with"
        ) from None


def year_before(on: date) -> date:
    """The same day a year before; of a month's last day, that month's last. FundingError when the calendar has none."""
    if on.year == 1:
        raise FundingError(f"there is no year before {on}; name the day to compare with")
    last, before = (monthrange(year, on.month)[1] for year in (on.year, on.year - 1))
    return date(on.year - 1, on.month, before if on.day == last else on.day)
