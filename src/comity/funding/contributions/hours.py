"""Hours on antennas that agencies give each other, in their mutual accounts (`barter`): what a schedule adds, who is owed how many.

A gift of hours says in its quantity how many, `12.50 h`, and in `what` of which schedule; its value is their agreed price.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from comity.funding.amounts import minor_digits
from comity.funding.errors import FundingError
from comity.network.allocation.ownership import HoursGiven

#: What a gift of hours is called, before the schedule's name.
WHAT = "hours on antennas"
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?) h")


def gift(
    given: Iterable[HoursGiven], giver: str, taker: str, *, schedule: str, rate: Decimal, currency: str, barter: str
) -> dict[str, Any]:
    """The body of a `barter.give` for what one agency gave another by a schedule, at a rate per hour.

    FundingError when it gave nothing, or the rate is none.
    """
    if rate <= 0:
        raise FundingError(f"a rate of {rate} {currency} an hour is none; it is more than nothing")
    hours = sum((Decimal(str(round(g.hours, 6))) for g in given if (g.giver, g.taker) == (giver, taker)), Decimal(0))
    rounded = hours.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    if rounded <= 0:
        raise FundingError(f"{giver} gave {taker} no hours by {schedule}")
    value = (rounded * rate).quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_EVEN)
    return {"barter": barter, "what": f"{WHAT}, {schedule}", "quantity": f"{rounded} h", "value": f"{value:f}"}


def hours_of(quantity: str) -> Decimal | None:
    """The hours that a gift's quantity says; None when it says something else.

    >>> hours_of("12.50 h")
    Decimal('12.50')
    """
    found = _QUANTITY.fullmatch(quantity)
    return Decimal(found[1]) if found else None


def owed_hours(barters: Mapping[str, Any], *, only: Iterable[str] = ()) -> dict[str, float]:
    """Hours that each partner is owed on the record, in all; below nothing for who owes. Only what both sides confirmed counts.

    `barters` is the record's section of mutual accounts; `only` some of them, by name. FundingError when one is not there.
    """
    names = list(only) or sorted(barters)
    for name in names:
        if name not in barters:
            raise FundingError(f"there is no barter '{name}'; there are {', '.join(sorted(barters)) or 'none'}")
    owed: Counter[str] = Counter()
    for held in (barters[name] for name in names):
        for one in held["gives"]:
            hours = hours_of(one["quantity"]) if one["what"].startswith(WHAT) else None
            if hours is None or not one["confirmed"]:
                continue
            taker = next(p for p in held["between"] if p != one["by"])
            owed[one["by"]] += hours  # type: ignore[assignment]
            owed[taker] -= hours  # type: ignore[assignment]
    return {name: float(hours) for name, hours in sorted(owed.items())}


def given_already(held: Mapping[str, Any], schedule: str, giver: str) -> int | None:
    """The number of the gift by which a partner gave a schedule's hours already; None when it did not."""
    what = f"{WHAT}, {schedule}"
    return next((n for n, one in enumerate(held["gives"], 1) if one["what"] == what and one["by"] == giver), None)
