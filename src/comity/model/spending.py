"""Who pays what in which year for an option that starts in a given month: exact, to the cent."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from itertools import accumulate

from comity.model.calendar import Month
from comity.model.missions import Option
from comity.model.money import CENT
from comity.model.programme import Programme


@lru_cache(maxsize=65536)
def _exact(fractions: tuple[float, ...]) -> tuple[Decimal, ...]:
    """Running sums of the monthly fractions as decimals, the last exactly 1."""
    sums = [Decimal(repr(round(s, 12))) for s in accumulate(fractions)]
    return (*sums[:-1], Decimal(1))


def occupied(option: Option, facility: str) -> range:
    """Months after the option's start (0 = the first) in which it occupies a facility."""
    use = option.uses[facility]
    until = option.duration if use.months is None else min(option.duration, use.offset + use.months)
    return range(use.offset, until)


def facility_price(programme: Programme, option: Option, facility: str) -> Decimal:
    """What the occupation of a facility is worth per month, in the programme's money; 0 when it is free."""
    terms = programme.facilities[facility]
    if terms.price is None:
        return Decimal(0)
    return programme.worth(terms.price) * Decimal(repr(option.uses[facility].level.to(terms.unit)))


def cash_prices(programme: Programme, option: Option) -> dict[str, Decimal]:
    """The cash price of each facility that an option occupies, over its whole duration."""
    return {
        facility: facility_price(programme, option, facility) * len(occupied(option, facility))
        for facility in option.uses
        if programme.facilities[facility].settlement == "cash" and programme.facilities[facility].price is not None
    }


def whole_cost(programme: Programme, option: Option) -> Decimal:
    """Cost of an option and the cash prices of its facilities, to the cent."""
    return (programme.worth(option.cost) + sum(cash_prices(programme, option).values())).quantize(CENT)


def monthly_totals(programme: Programme, option: Option) -> tuple[Decimal, ...]:
    """What has been spent by the end of each month since the start (not rounded)."""
    cost = programme.worth(option.cost)
    running = [cost * part for part in _exact(option.profile.fractions(option.duration))]
    for facility in cash_prices(programme, option):
        price, months = facility_price(programme, option, facility), occupied(option, facility)
        running = [r + price * sum(1 for m in months if m <= k) for k, r in enumerate(running)]
    return tuple(running)


def payments(programme: Programme, option: Option, start: Month) -> dict[str, dict[int, Decimal]]:
    """`{payer: {year: amount}}` within the horizon; each payer's share of the running total, rounded at each year's end."""
    running = monthly_totals(programme, option)
    last_year = programme.programme.horizon.end.year
    bills: dict[str, dict[int, Decimal]] = {}
    for payer, share in option.payer_shares.items():
        bill: dict[int, Decimal] = {}
        before = Decimal(0)
        for year in range(start.year, min(last_year, start.plus(option.duration - 1).year) + 1):
            months = min(option.duration, Month.of(year + 1).index - start.index)
            total = (running[months - 1] * share).quantize(CENT)
            if total != before:
                bill[year] = total - before
            before = total
        bills[payer] = bill
    return bills
