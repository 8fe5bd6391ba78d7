"""Repair: what is broken finds another place, the rest stays; a landing takes priority; few changes, said in numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.network.allocation import placement
from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.disruption import disruption, told
from comity.network.allocation.placement import place
from comity.network.allocation.question import Outage
from comity.network.allocation.repair import repair, with_outage, with_priority, with_requests
from comity.network.allocation.score import served_seconds
from comity.network.allocation.verify import check
from comity.network.errors import NetworkError
from tests.network.weeks import HOUR, at, first_come, questions, request, schedule, track, view, week

#: The antenna A-34 serves orbiter and lander in turn; the observer has B-34 in the morning.
BUSY = week(
    request("orbiter-1", view("A-34", 2, 8), view("B-34", 8, 16)),
    request("lander-1", view("A-34", 8, 14), view("C-70", 8, 14)),
    request("observer-1", view("B-34", 2, 8)),
)
BEFORE = schedule(track("orbiter-1", "A-34", 2, 6), track("lander-1", "A-34", 8, 12), track("observer-1", "B-34", 2, 6))


def test_a_failed_antenna_moves_its_track_and_leaves_the_others():
    found = repair(with_outage(BUSY, "A-34", at(0), at(7)), BEFORE)
    assert [(c.kind, c.request) for c in found.disruption.changes if c.kind != "kept"] == [("moved", "orbiter-1")]
    assert found.disruption.hours_after == found.disruption.hours_before == 12
    assert found.broken == (track("orbiter-1", "A-34", 2, 6),)
    assert found.proved
    assert check(found.question, found.schedule) == ()


def test_the_tracks_own_failure_is_found_in_a_changed_question():
    changed = replace(BUSY, outages=(Outage("A-34", at(9), at(10)),))
    found = repair(changed, BEFORE)
    (moved,) = [c for c in found.disruption.changes if c.kind == "moved"]
    assert moved.after is not None and moved.after.resource == ("C-70",)


def test_a_landing_pushes_another_aside_and_not_out():
    landing = request("relay-1", view("A-34", 9, 14), hours=4, setup=0.5)
    found = repair(with_requests(BUSY, [landing]), BEFORE, urgent=["relay-1"])
    kinds = {c.request: c.kind for c in found.disruption.changes}
    assert kinds == {"orbiter-1": "kept", "observer-1": "kept", "lander-1": "moved", "relay-1": "new"}
    assert found.disruption.hours_after == 16


def test_without_urgency_a_request_moves_others_only_where_it_wins_enough():
    # In its place at A-34 the landing wins 1 h, and one track has to move for it.
    short = request("relay-1", view("A-34", 8, 10), hours=1)
    for cost, moved in ((0.5, 1), (1.5, 0)):
        asked = with_requests(BUSY, [short])
        found = place(
            asked, ["lander-1", "relay-1"], fixed=[t for t in BEFORE.tracks if t.request != "lander-1"],
            standing=[t for t in BEFORE.tracks if t.request == "lander-1"], lost=(), change_cost=cost / 2,
        )  # fmt: skip
        changes = disruption(asked, BEFORE, Schedule("week", found.tracks))
        assert changes.count("moved") == moved


def test_urgent_comes_before_any_number_of_others():
    everyone = week(*(request(f"m{n}-1", view("A-34", 0, 12), hours=2, setup=0, teardown=0) for n in range(6)))
    full = first_come(everyone)
    landing = request("landing-1", view("A-34", 0, 12), hours=12, setup=0, teardown=0)
    found = repair(with_requests(everyone, [landing]), full, urgent=["landing-1"])
    assert [t.request for t in found.schedule.tracks] == ["landing-1"]
    assert found.disruption.count("dropped") == 6


def test_fewer_changes_than_solving_anew():
    # Each may be anywhere for two days, so that an answer from nothing has no reason to be where the old one was.
    anywhere = [view(name, 0, 48) for name in ("A-34", "B-34", "C-70")]
    asked = week(*(request(f"m{n}-1", *anywhere, setup=0, teardown=0) for n in range(9)))
    before = schedule(
        *(track(f"m{n}-1", ("A-34", "B-34", "C-70")[n % 3], 20 + 5 * (n // 3), 24 + 5 * (n // 3)) for n in range(9))
    )
    assert check(asked, before) == ()
    failed = with_outage(asked, "A-34", at(20), at(24))
    anew = place(failed, [r.id for r in failed.requests], fixed=())
    fresh, mended = disruption(failed, before, Schedule("week", anew.tracks)), repair(failed, before).disruption
    assert (mended.changed, mended.hours_after) == (1, 36)
    assert fresh.changed > 4 and fresh.hours_after == 36


def test_a_request_that_is_gone_frees_its_antenna():
    fewer = replace(BUSY, requests=BUSY.requests[1:])
    found = repair(fewer, BEFORE)
    assert {t.request for t in found.schedule.tracks} == {"lander-1", "observer-1"}


def test_a_part_that_is_lost_takes_the_rest_along_when_the_minimum_is_missed():
    split = week(request("probe-1", view("A-34", 0, 5), view("B-34", 8, 14), hours=8, minimum=8, part=4, setup=0))
    both = schedule(track("probe-1", "A-34", 0, 4), track("probe-1", "B-34", 8, 12))
    assert check(split, both) == ()
    found = repair(with_outage(split, "A-34", at(0), at(5)), both)
    assert found.schedule.tracks == ()


def test_the_same_input_gives_the_same_answer():
    asked = with_outage(BUSY, "B-34", at(0), at(20))
    assert repair(asked, BEFORE, seed=3) == repair(asked, BEFORE, seed=3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: repair(BUSY, BEFORE, urgent=["lander-2"]), "did you mean 'lander-1'"),
        (lambda: with_outage(BUSY, "A-35", at(0), at(1)), "did you mean 'A-34'"),
        (lambda: with_outage(BUSY, "A-34", at(1), at(1)), "ends after it starts"),
        (lambda: with_requests(BUSY, [BUSY.requests[0]]), "is there already"),
        (lambda: with_priority(BUSY, "lander-0", 3), "did you mean 'lander-1'"),
    ],
)
def test_what_there_is_not_is_named(wrong, said):
    with pytest.raises(NetworkError, match=said):
        wrong()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions(), st.sampled_from(["A-34", "B-34", "C-70"]), st.integers(0, 20))
def test_whatever_fails_the_repair_is_valid_and_sound_tracks_stay_when_changes_are_dear(question, antenna, hour):
    before = first_come(question)
    asked = with_outage(question, antenna, at(hour), at(hour + 4))
    found = repair(asked, before, change_cost=1000)
    assert check(asked, found.schedule) == ()
    touched = {t.request for t in found.broken}
    assert {t for t in before.tracks if t.request not in touched} <= set(found.schedule.tracks)
    assert found.disruption.count("kept") + found.disruption.changed == len(found.disruption.changes)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions(), st.data())
def test_an_urgent_request_never_gets_less_than_it_could_beside_all_that_stands(question, data):
    before = first_come(question)
    chosen = data.draw(st.sampled_from(question.requests)).id
    found = repair(question, before, urgent=[chosen])
    assert check(question, found.schedule) == ()
    assert served_seconds(question, found.schedule)[chosen] >= served_seconds(question, before)[chosen]


# --- disruption ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (track("lander-1", "A-34", 8, 12), "kept"),
        (track("lander-1", "A-34", 9, 12), "shortened"),
        (track("lander-1", "A-34", 7, 13), "lengthened"),
        (track("lander-1", "A-34", 9, 13), "moved"),
        (track("lander-1", "C-70", 8, 12), "moved"),
        (None, "dropped"),
    ],
)
def test_each_change_has_its_kind(after, kind):
    found = disruption(BUSY, schedule(BEFORE.tracks[2]), schedule(*([after] if after else [])))
    assert [c.kind for c in found.changes] == [kind]
    assert found.changed == (kind != "kept")


def test_parts_are_matched_so_that_least_changes():
    long = week(request("probe-1", view("A-34", 0, 40), hours=12, part=4))
    before = schedule(track("probe-1", "A-34", 1, 5), track("probe-1", "A-34", 10, 14))
    after = schedule(track("probe-1", "A-34", 10, 14), track("probe-1", "A-34", 20, 24))
    found = disruption(long, before, after)
    assert sorted(c.kind for c in found.changes) == ["kept", "moved"]
    assert found.moved_hours == 19


def test_it_is_told_with_numbers():
    found = disruption(BUSY, BEFORE, schedule(track("orbiter-1", "B-34", 9, 13), track("observer-1", "B-34", 2, 6)))
    assert told(found) == (
        "1 track kept, 1 moved, 1 dropped; 12.0 h before, 8.0 h after; users with less: lander 4.0 h."
    )
    assert found.lost_users == {"lander": 4.0}
    assert {c.lost_s for c in found.changes} == {0, 4 * HOUR}


def test_no_change_is_none():
    found = disruption(BUSY, BEFORE, BEFORE)
    assert found.changed == 0 and found.moved_hours == 0 and isinstance(found.changes[0].before, Track)


def test_without_time_an_answer_is_still_valid(monkeypatch):
    monkeypatch.setattr(placement, "WORK", 0.0)
    halves = week(request("probe-1", view("A-34", 0, 20), view("B-34", 0, 20), view("A-34", 24, 40), hours=8, part=4))
    before = schedule(track("probe-1", "A-34", 2, 6), track("probe-1", "A-34", 26, 30))
    found = repair(with_outage(halves, "A-34", at(26), at(28)), before)
    assert check(found.question, found.schedule) == ()
    assert not found.proved
