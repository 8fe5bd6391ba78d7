"""The search for schedules: always valid, on small questions the best there is, and never above its proved bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from benchmarks.peers.plain_allocation import solve
from benchmarks.weeks_drawn import week as drawn
from comity.network.allocation import bound as bounds
from comity.network.allocation import search
from comity.network.allocation.arrays import as_arrays
from comity.network.allocation.bound import bound
from comity.network.allocation.question import Question
from comity.network.allocation.score import score
from comity.network.allocation.search import allocate
from comity.network.allocation.verify import check
from comity.network.errors import NetworkError
from tests.network.weeks import first_come, questions, request, schedule, track, view, week

AIMS = ("hours", "balanced", "satisfied", "fairest", "agencies")


def most_hours(question: Question) -> float:
    """The most by a plain model that shares no code with the search, on a grid of 15 min (one part in a view period)."""
    made = solve(question, aim="hours", time_s=5, grid_s=900)
    assert check(question, made) == ()
    return score(question, made).hours


@given(questions())
@settings(max_examples=25, deadline=None)
def test_every_schedule_is_valid_whatever_the_aim(question):
    for aim in AIMS:
        made = allocate(question, aim=aim, time_s=0.05, prove=False)
        assert check(question, made) == ()


@given(questions())
@settings(max_examples=15, deadline=None)
def test_no_schedule_has_more_hours_than_the_proved_bound(question):
    made = allocate(question, aim="hours", time_s=0.1, prove=False)
    proof = bound(question, known_hours=0.0, time_s=0.3)
    assert proof.hours >= max(score(question, made).hours, most_hours(question)) - 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_the_search_finds_as_many_hours_as_an_exact_model_on_small_weeks(seed):
    question = drawn(missions=4, antennas=3, requests=14, days=1, seed=seed)
    assert score(question, allocate(question, aim="hours", time_s=1, prove=False)).hours >= most_hours(question) - 1e-6


def test_the_bound_sees_what_one_antenna_can_give():
    """Five requests of 4 h (1 h setup, 0.25 h teardown) in the same 12 h of one antenna: two and a bit fit, not five."""
    question = week(*(request(f"m{k}-1", view("A-34", 6, 18), hours=4, minimum=2) for k in range(5)))
    proof = bound(question, known_hours=0.0, time_s=30)
    assert most_hours(question) == pytest.approx(9.5)  # 12 h, less two gaps of 1.25 h; the ends lie outside the view
    assert 9.5 <= proof.hours < 10.5


def test_the_bound_sees_that_a_mission_has_one_track_at_a_time():
    question = week(
        *(request(f"m-{k}", view(f"{a}", 6, 10), minimum=1) for k, a in enumerate(("A-34", "B-34", "C-70")))
    )
    assert bound(question, known_hours=4.0, time_s=30).hours == pytest.approx(4.0, abs=0.5)
    free = replace(question, concurrent=frozenset({"m"}))
    assert bound(free, known_hours=12.0, time_s=30).hours == pytest.approx(12.0, abs=0.5)


def test_a_proof_begins_no_round_that_would_end_too_late(monkeypatch):
    """A clock on which a round takes 1 s on the first grid and 3 times as long on each finer one."""
    question, now = drawn(missions=3, antennas=2, requests=8, days=1, seed=1), [0.0]
    answers = bounds._answers

    def slow(windows, *rest):
        now[0] += 3 ** bounds.STEPS.index(windows.step)
        return answers(windows, *rest)

    monkeypatch.setattr(bounds, "_answers", slow)
    monkeypatch.setattr(bounds.time, "monotonic", lambda: now[0])
    for time_s in (1.0, 2.5, 30.0, 77.0, 200.0):
        now[0] = 0.0
        proof = bound(question, known_hours=0.0, time_s=time_s)
        assert proof.by_clock
        assert 0 < now[0] <= time_s


def test_the_same_seed_gives_the_same_schedule_and_proof(monkeypatch):
    monkeypatch.setattr(search, "ITERATION_S", 5e-3)  # little counted work, so that no clock comes first
    question = week(*(request(f"{'wxyz'[k % 4]}-{k}", view("A-34", k, k + 14), view("B-34", k, k + 9), minimum=2)
                      for k in range(12)))  # fmt: skip
    one, other = (allocate(question, time_s=60, seed=7) for _ in range(2))
    assert not one.by_clock
    assert one == other


def test_the_fairest_leaves_nobody_with_nothing():
    """Most hours go to the mission with the long request; the fairest schedule shares the view period: 6 2/3 of 10, 3 1/3 of 5."""
    question = week(
        request("long-1", view("A-34", 0, 10), hours=10, minimum=4, setup=0, teardown=0),
        request("short-1", view("A-34", 0, 10), hours=5, minimum=1, setup=0, teardown=0),
    )
    most = score(question, allocate(question, aim="hours", time_s=1))
    fair = score(question, allocate(question, aim="fairest", time_s=1))
    assert most.hours == pytest.approx(10)
    assert fair.u_max == pytest.approx(1 / 3, abs=0.01)


def test_agencies_get_by_what_they_are_entitled_to():
    question = week(
        request("a-1", view("A-34", 0, 9), hours=9, minimum=1, setup=0, teardown=0, agency="esa"),
        request("b-1", view("A-34", 0, 9), hours=9, minimum=1, setup=0, teardown=0, agency="nasa"),
        entitlement={"esa": 2 / 3, "nasa": 1 / 3},
        hours=9,
    )
    question = replace(question, antennas=question.antennas[:1])
    found = score(question, allocate(question, aim="agencies", time_s=1)).agencies
    assert (found["esa"].hours, found["nasa"].hours) == (pytest.approx(6, abs=0.1), pytest.approx(3, abs=0.1))


def test_fewest_missions_are_refused_when_that_is_the_aim():
    """One long request or three short ones of other missions: the long one has more hours."""
    question = week(
        request("big-1", view("A-34", 0, 12), hours=12, setup=0, teardown=0),
        *(request(f"s{k}-1", view("A-34", 4 * k, 4 * k + 4), hours=3, setup=0, teardown=0) for k in range(3)),
    )
    assert score(question, allocate(question, aim="hours", time_s=1)).hours == pytest.approx(12)
    assert score(question, allocate(question, aim="satisfied", time_s=1)).served_users == 3


@given(questions())
@settings(max_examples=15, deadline=None)
def test_a_schedule_to_begin_with_is_improved_and_never_made_worse(question):
    before = first_come(question)
    made = allocate(question, aim="hours", time_s=0.1, start=before, prove=False)
    assert check(question, made) == ()
    assert score(question, made).hours >= score(question, before).hours - 1e-9


def test_what_changes_must_win_what_it_costs():
    question = week(
        request("a-1", view("A-34", 2, 12), hours=4),
        request("b-1", view("A-34", 2, 12), hours=5, minimum=4),
    )
    before = schedule(track("a-1", "A-34", 3, 7))
    dear = allocate(question, aim="hours", time_s=1, start=before, change_cost=10)
    cheap = allocate(question, aim="hours", time_s=1, start=before, change_cost=0.1)
    assert track("a-1", "A-34", 3, 7) in dear.tracks and len(dear.tracks) == 1
    assert len(cheap.tracks) == 2


def test_nothing_to_give_is_an_answer():
    question = week(request("a-1", hours=4), request("b-1", view("A-34", 0, 3), hours=4))
    made = allocate(question, time_s=1)
    assert made.tracks == () and made.bound_hours == 0


def test_what_cannot_be_searched_is_refused():
    question = week(request("a-1", view("A-34", 0, 9)))
    with pytest.raises(NetworkError, match="no aim 'best'; there are hours, balanced"):
        allocate(question, aim="best", time_s=1)
    with pytest.raises(NetworkError, match="names antenna 'X-1', which there is not"):
        allocate(week(request("a-1", view("X-1", 0, 9))), time_s=1)
    names = "+".join(f"D-{k}" for k in range(9))
    wide = replace(week(request("a-1", view(names, 0, 9))), antennas=tuple(
        replace(question.antennas[0], id=f"D-{k}") for k in range(9)))  # fmt: skip
    with pytest.raises(NetworkError, match="an array of 9 antennas; at most 8"):
        as_arrays(wide)


def refused(start, question):
    with pytest.raises(NetworkError) as told:
        allocate(question, time_s=0.05, start=start)
    return str(told.value)


def test_a_schedule_to_begin_with_that_is_not_valid_is_refused_by_rule_and_track():
    question = week(request("a-1", view("A-34", 2, 10)), request("b-1", view("A-34", 2, 10)))
    good = track("a-1", "A-34", 2, 6)
    assert "split: a-1: 2 tracks" in refused(schedule(good, good), question)
    assert "antenna: A-34: a-1 2026-03-02T02:00:00Z overlaps b-1" in refused(
        schedule(good, track("b-1", "A-34", 4, 8)), question
    )
    assert "view: a-1 2026-03-02T06:00:00Z on A-34: ends before" in refused(
        schedule(replace(good, start=good.end, end=good.start)), question
    )
    assert "minimum: a-1: 0.02 h in all" in refused(schedule(replace(good, end=good.start + 60)), question)


def test_a_search_that_would_break_a_rule_gives_nothing(monkeypatch):
    question = week(request("a-1", view("A-34", 2, 10)))
    monkeypatch.setattr(search, "tracks_of", lambda *_: (track("a-1", "A-34", 0, 4),))
    with pytest.raises(AssertionError, match=r"a search broke a rule: a-1 .* not inside one view period"):
        allocate(question, time_s=0.05)


def test_a_proof_below_what_is_tracked_gives_nothing(monkeypatch):
    question = week(request("a-1", view("A-34", 2, 10)))
    monkeypatch.setattr(search, "bound", lambda *_, **how: bounds.Proof(3.0, False))
    with pytest.raises(AssertionError, match=r"a proof of 3\.0 h at most, and 4\.0 h are tracked"):
        allocate(question, time_s=0.05)
    monkeypatch.setattr(search, "bound", lambda *_, **how: bounds.Proof(4 - 1e-12, False))
    assert allocate(question, time_s=0.05).bound_hours == 4.0
