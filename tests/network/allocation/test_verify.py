"""The checker of schedules: each rule that is broken is named, with what breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.question import Outage
from comity.network.allocation.score import score
from comity.network.allocation.verify import check
from tests.network.weeks import at, first_come, questions, request, schedule, track, view, week

ASKED = week(
    request("orbiter-1", view("A-34", 2, 10), view("B-34", 2, 10), hours=4, minimum=2),
    request("orbiter-2", view("B-34", 2, 10), hours=4, minimum=2),
    request("lander-1", view("A-34", 2, 20), hours=4, minimum=4),
    request("probe-1", view("C-70", 0, 40), hours=12, minimum=8, part=4),
    request("array-1", view("A-34+B-34", 20, 40), hours=4, minimum=2),
    outages=[Outage("C-70", at(20), at(24), "painting")],
)
GOOD = (
    track("orbiter-1", "A-34", 2, 6),
    track("orbiter-2", "B-34", 6, 10),
    track("lander-1", "A-34", 7.25, 11.25),
    track("probe-1", "C-70", 2, 8),
    track("probe-1", "C-70", 26, 32),
    track("array-1", "A-34+B-34", 22, 26),
)
#: What takes the place of a good track (None: it is added), the rule that this breaks, and what is said of it.
BROKEN = [
    (None, track("nobody-1", "A-34", 30, 34), "known", "request 'nobody-1' is not asked for"),
    (0, track("orbiter-1", "Z-99", 2, 6), "known", "there is no antenna 'Z-99'"),
    (0, track("orbiter-1", "C-70", 9, 13), "allowed", "orbiter-1 may not use this antenna"),
    (5, track("array-1", "A-34", 22, 26), "allowed", "array-1 may not use this antenna"),
    (0, track("orbiter-1", "A-34", 1, 5), "view", "not inside one view period"),
    (0, track("orbiter-1", "A-34", 6, 2), "view", "ends before it starts"),
    (2, track("lander-1", "A-34", 7, 11), "antenna", "overlaps lander-1"),
    (5, track("array-1", "A-34+B-34", 20, 24), None, ""),
    (4, track("probe-1", "C-70", 19, 25), "outage", "C-70: probe-1 2026-03-02T19:00:00Z overlaps painting"),
    (1, track("orbiter-2", "B-34", 5, 9), "user", "orbiter: orbiter-1"),
    (None, track("lander-1", "A-34", 13, 17), "split", "lander-1: 2 tracks, and it may not be split"),
    (4, track("probe-1", "C-70", 26, 28), "part", "probe-1: a part of 2.00 h; at least 4.00 h is wanted"),
    (2, track("lander-1", "A-34", 7.25, 10), "minimum", "lander-1: 2.75 h in all, under its minimum 4.00 h"),
]


def test_a_schedule_of_another_week_is_rejected():
    (fault,) = check(ASKED, replace(schedule(*GOOD), question="W11"))
    assert (fault.rule, fault.message) == ("question", "the schedule was made for 'W11', not for 'week'")


@pytest.mark.parametrize(
    ("bound_hours", "said"),
    [
        (10.0, "no schedule is said to track more than 10 h, and this one tracks 24.00 h"),
        (24.0, None),
        (28.0, None),
        (28.1, "and no more than 28.00 h are asked for"),
        (1e308, "and no more than"),
    ],
)
def test_a_stated_bound_lies_between_what_is_tracked_and_what_is_asked(bound_hours, said):
    faults = check(ASKED, replace(schedule(*GOOD[:-1]), bound_hours=bound_hours))
    assert [fault.rule for fault in faults] == ([] if said is None else ["bound"])
    assert said is None or said in faults[0].message


@pytest.mark.parametrize(
    ("place", "wrong", "rule", "said"), BROKEN, ids=[f"{b[2] or 'none'}-{i}" for i, b in enumerate(BROKEN)]
)
def test_a_corrupted_schedule_is_rejected_and_its_rule_named(place, wrong, rule, said):
    tracks = [*GOOD, wrong] if place is None else [wrong if i == place else t for i, t in enumerate(GOOD)]
    faults = check(ASKED, schedule(*tracks))
    if rule is None:
        assert faults == ()
    else:
        assert any(fault.rule == rule and said in fault.message for fault in faults)


def test_a_good_schedule_has_no_fault_and_counts_what_is_due():
    assert check(ASKED, schedule(*GOOD)) == ()
    found = score(ASKED, schedule(*GOOD))
    assert (found.hours, found.satisfied, found.served_users) == (28, 5, 4)


def test_outside_of_the_week_nothing_counts():
    long = replace(ASKED, end=at(24))
    assert [fault.rule for fault in check(long, schedule(GOOD[5]))] == ["view"]


@given(questions(), st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_moved_onto_another_track_is_found(question, data):
    made = first_come(question)
    assert check(question, made) == ()
    if len(made.tracks) < 2:
        return
    victim, other = data.draw(st.permutations(made.tracks))[:2]
    moved = Track(other.start, other.end, victim.request, other.resource)
    faults = check(question, Schedule(question.name, (*(t for t in made.tracks if t != victim), moved)))
    assert {"antenna", "split", "allowed", "user"} & {fault.rule for fault in faults}
