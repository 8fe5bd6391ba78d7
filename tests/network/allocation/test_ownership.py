"""Hours that agencies give each other: counted by antenna, owed in all to nobody, and turned into claims."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from comity.network.allocation.ownership import entitlement, hours_given, owed_by, owned_hours, with_entitlement
from comity.network.allocation.question import Outage
from comity.network.allocation.score import score
from comity.network.errors import NetworkError
from tests.network.weeks import at, first_come, questions, request, schedule, track, view, week

ASKED = week(
    request("juice-1", view("C-70", 0, 10), agency="esa"),
    request("juice-2", view("A-34+B-34", 12, 20), agency="esa"),
    request("psyche-1", view("B-34", 0, 10), agency="nasa", hours=6),
    request("voyager-1", view("C-70", 20, 30), agency="nasa"),
)
MADE = schedule(
    track("juice-1", "C-70", 1, 5),
    track("juice-2", "A-34+B-34", 13, 17),
    track("psyche-1", "B-34", 1, 7),
    track("voyager-1", "C-70", 22, 26),
)


def test_hours_are_counted_by_antenna_and_own_use_is_not():
    # NASA's C-70 and A-34 served ESA for 4 h each, ESA's B-34 served NASA for 6 h; B-34 for Juice is ESA's own.
    assert [(g.giver, g.taker, g.hours, g.tracks) for g in hours_given(ASKED, MADE)] == [
        ("esa", "nasa", 6.0, 1),
        ("nasa", "esa", 8.0, 2),
    ]
    assert owed_by(hours_given(ASKED, MADE)) == {"esa": -2.0, "nasa": 2.0}


def test_a_larger_antenna_may_weigh_more_and_setup_may_count():
    weighed = hours_given(ASKED, MADE, weights={"C-70": 4.0}, with_setup=True)
    assert {(g.giver, g.taker): g.hours for g in weighed} == {("esa", "nasa"): 7.25, ("nasa", "esa"): 5.25 * 5}


def test_claims_follow_from_what_is_owned_and_what_is_owed():
    assert owned_hours(ASKED) == {"esa": 48.0, "nasa": 96.0}
    assert entitlement(ASKED) == {"esa": pytest.approx(1 / 3), "nasa": pytest.approx(2 / 3)}
    assert entitlement(ASKED, {"esa": 24.0, "nasa": -24.0}) == {"esa": 0.5, "nasa": 0.5}


def test_outages_take_from_what_is_owned():
    out = [Outage("B-34", at(0), at(24)), Outage("B-34", at(12), at(36))]
    assert owned_hours(week(outages=out))["esa"] == 12.0


def test_who_owes_more_than_it_owns_has_no_claim():
    assert entitlement(ASKED, {"esa": -100.0, "jaxa": 32.0}) == {"esa": 0.0, "jaxa": 0.25, "nasa": 0.75}


def test_the_score_compares_agencies_with_their_claims():
    scored = score(with_entitlement(ASKED), MADE)
    assert {name: one.hours for name, one in scored.agencies.items()} == {"esa": 8.0, "nasa": 10.0}


def test_what_cannot_be_is_said():
    with pytest.raises(NetworkError, match="did you mean 'C-70'"):
        hours_given(ASKED, MADE, weights={"C-7": 4.0})
    with pytest.raises(NetworkError, match="set each antenna's owner"):
        entitlement(week(), {"esa": -144.0, "nasa": -96.0})


@settings(max_examples=50, deadline=None)
@given(questions())
def test_what_is_owed_sums_to_nothing_and_claims_to_one(question):
    given_hours = hours_given(question, first_come(question))
    assert sum(owed_by(given_hours).values()) == pytest.approx(0)
    parts = entitlement(question, owed_by(given_hours))
    assert sum(parts.values()) == pytest.approx(1) and min(parts.values()) >= 0
