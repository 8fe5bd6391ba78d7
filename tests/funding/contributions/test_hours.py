"""Hours on antennas in mutual accounts: booked from a schedule, confirmed by the other side, owed, and turned into claims."""

from __future__ import annotations

from decimal import Decimal

import pytest

from comity.funding import FundingError
from comity.funding.contributions.hours import gift, given_already, hours_of, owed_hours
from comity.network.allocation.ownership import HoursGiven, entitlement, hours_given
from tests.funding.contributions.test_barter import Partners
from tests.network.weeks import request, schedule, track, view, week

ASKED = week(
    request("juice-1", view("C-70", 0, 10), agency="esa"),
    request("psyche-1", view("B-34", 0, 10), hours=6, agency="nasa"),
)
MADE = schedule(track("juice-1", "C-70", 1, 5), track("psyche-1", "B-34", 1, 7))
GIVEN = hours_given(ASKED, MADE)


def shared() -> Partners:
    """NASA and ESA with an account of hours, at 1,000 EUR each."""
    partners = Partners("nasa", "esa")
    partners.open("antennas", currency="EUR", limit="100000", about="hours on antennas")
    return partners


def booked(partners: Partners, giver: str, taker: str) -> str | None:
    body = gift(GIVEN, giver, taker, schedule="week", rate=Decimal(1000), currency="EUR", barter="antennas")
    return partners.give("antennas", giver, **{k: v for k, v in body.items() if k != "barter"})


def test_a_schedule_is_booked_by_both_sides_and_the_difference_is_owed():
    partners = shared()
    assert booked(partners, "nasa", "esa") is None and booked(partners, "esa", "nasa") is None
    assert partners.owed("antennas", "esa") == Decimal(2000)
    barters = partners.state.section("barters")
    assert owed_hours(barters) == {"esa": 2.0, "nasa": -2.0}
    assert owed_hours(barters, only=["antennas"]) == owed_hours(barters)
    assert entitlement(ASKED, owed_hours(barters)) == {"esa": 50 / 144, "nasa": 94 / 144}


def test_what_is_not_confirmed_is_not_owed():
    partners = shared()
    body = gift(GIVEN, "nasa", "esa", schedule="week", rate=Decimal(1000), currency="EUR", barter="antennas")
    partners.says("barter.give", body, "nasa")
    assert owed_hours(partners.state.section("barters")) == {}
    assert given_already(partners.state.get("barters", "antennas"), "week", "nasa") == 1
    assert given_already(partners.state.get("barters", "antennas"), "week", "esa") is None


def test_other_gifts_are_no_hours():
    partners = shared()
    assert partners.give("antennas", "nasa", what="a launch", quantity="1", value="5000") is None
    assert owed_hours(partners.state.section("barters")) == {}


def test_hours_are_rounded_once_and_valued_to_the_cent():
    third = (HoursGiven("nasa", "esa", 10 / 3, 1),)
    body = gift(third, "nasa", "esa", schedule="w", rate=Decimal("1057.35"), currency="USD", barter="b")
    assert (body["quantity"], body["value"]) == ("3.33 h", "3520.98")
    assert hours_of(body["quantity"]) == Decimal("3.33")
    yen = gift(third, "nasa", "esa", schedule="w", rate=Decimal(1001), currency="JPY", barter="b")
    assert yen["value"] == "3333"


def test_nothing_given_is_not_booked():
    with pytest.raises(FundingError, match="esa gave jaxa no hours by week"):
        gift(GIVEN, "esa", "jaxa", schedule="week", rate=Decimal(1), currency="EUR", barter="b")
    with pytest.raises(FundingError, match="more than nothing"):
        gift(GIVEN, "esa", "nasa", schedule="week", rate=Decimal(0), currency="EUR", barter="b")
    with pytest.raises(FundingError, match="there is no barter 'x'"):
        owed_hours({}, only=["x"])
