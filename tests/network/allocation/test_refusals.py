"""Refusals: the rule that keeps a request out, who holds what, and changes that are tried before they are named."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.occupancy import free_spans, occupancy, spans_left
from comity.network.allocation.question import Outage, Question
from comity.network.allocation.refusals import Refusal, refusals
from comity.network.allocation.relief import Look, Relief, Wanting
from comity.network.allocation.score import served_seconds
from comity.network.allocation.verify import check
from tests.network.weeks import HOUR, at, first_come, questions, request, schedule, track, view, week


def only_one(question: Question, *tracks: object) -> Refusal:
    """The refusal of `probe-1`."""
    found = refusals(question, schedule(*tracks), only=["probe-1"])  # type: ignore[arg-type]
    assert len(found) == 1
    return found[0]


def test_no_view_period_is_long_enough():
    one = only_one(week(request("probe-1", view("A-34", 2, 5), view("B-34", 9, 11))))
    assert (one.rule, one.longest_view_s, one.needed_s) == ("no-view", 3 * HOUR, 4 * HOUR)
    assert one.text == (
        "probe, request probe-1: 4 h refused. No view period of 4 h is there on 34 m antennas (A-34, B-34); "
        "the longest view period is 3 h."
    )
    assert one.reliefs == ()


def test_maintenance_leaves_too_little():
    out = Outage("A-34", at(4), at(6), "bearing")
    one = only_one(week(request("probe-1", view("A-34", 2, 8)), outages=[out]))
    assert one.rule == "outages"
    assert "Outages leave" not in one.text and "is left by outages on A-34 (bearing on A-34, 2.0 h)" in one.text
    (relief,) = one.reliefs
    assert (relief.way, relief.outage, relief.gain_s) == ("outage", out, 4 * HOUR)
    assert relief.text == "bearing on A-34 at another time than 2026-03-02 04:00 to 06:00"


def test_its_own_user_is_on_air():
    asked = week(
        request("probe-1", view("A-34", 2, 6)), request("probe-2", view("B-34", 2, 6)),
    )  # fmt: skip
    one = only_one(asked, track("probe-2", "B-34", 2, 6))
    assert one.rule == "own-tracks"
    assert [r.way for r in one.reliefs] == ["concurrent"]
    assert one.reliefs[0].text.startswith("probe transmitting while its probe-2 does")


def test_others_hold_it_and_the_least_costly_change_comes_first():
    asked = week(
        request("probe-1", view("A-34", 2, 8), view("B-34", 2, 8), setup=0.5),
        request("lander-1", view("A-34", 0, 10)),
        request("orbiter-1", view("B-34", 0, 10), view("C-70", 0, 20)),
    )
    one = only_one(asked, track("lander-1", "A-34", 3, 7), track("orbiter-1", "B-34", 3, 7))
    assert one.rule == "held" and one.longest_free_s == HOUR // 4
    assert [(h.name, h.hours) for h in one.holders] == [("lander", 5.25), ("orbiter", 5.25)]
    assert [r.way for r in one.reliefs] == ["move", "drop"]
    move, drop = one.reliefs
    assert move.to == track("orbiter-1", "C-70", 3, 7) and move.loss_s == 0
    assert drop.loss_s == 4 * HOUR and drop.text == "lander giving up A-34 2026-03-02 03:00 to 07:00 (a loss of 4 h)"
    assert "No view period of 4 h is left on 34 m antennas (A-34, B-34); two missions hold them" in one.text


def test_a_long_track_is_asked_to_be_shorter_before_it_is_asked_to_go():
    asked = week(
        request("probe-1", view("A-34", 0, 12), hours=4, setup=0, teardown=0),
        request("lander-1", view("A-34", 0, 12), hours=10, minimum=6, setup=0, teardown=0),
    )
    one = only_one(asked, track("lander-1", "A-34", 0, 10))
    (relief,) = one.reliefs
    assert (relief.way, relief.loss_s, relief.to) == ("shorten", 2 * HOUR, track("lander-1", "A-34", 0, 8))


def test_room_that_is_not_used_is_named():
    one = only_one(week(request("probe-1", view("A-34", 2, 8))))
    assert one.rule == "room" and one.reliefs[0].fits == (track("probe-1", "A-34", 2, 6),)
    assert one.text.endswith("A-34 2026-03-02 02:00 to 06:00 is free.")


def test_two_free_parts_that_overlap_in_time_are_not_two():
    # Two views at the same time give one user one track of 4 h, and it needs 8.
    split = request("probe-1", view("A-34", 2, 6), view("B-34", 2, 6), hours=8, minimum=8, part=4)
    assert only_one(week(split)).rule == "no-view"
    apart = request("probe-1", view("A-34", 2, 6), view("B-34", 6, 10), hours=8, minimum=8, part=4)
    assert only_one(week(apart)).reliefs[0].fits == (track("probe-1", "A-34", 2, 6), track("probe-1", "B-34", 6, 10))


def test_a_request_that_got_less_is_told_what_a_longer_track_would_take():
    asked = week(
        request("probe-1", view("A-34", 2, 5.5), view("B-34", 10, 20), hours=4, minimum=3),
        request("lander-1", view("B-34", 10, 20), hours=9),
    )
    one = only_one(asked, track("probe-1", "A-34", 2, 5.5), track("lander-1", "B-34", 11, 20))
    assert (one.rule, one.got_s) == ("held", 3.5 * HOUR)
    assert "3.5 h of 4 h given. Nothing longer than its 3.5 h is left on" in one.text
    assert one.reliefs[0].gain_s == HOUR / 2


def test_a_track_too_short_to_count_does_not_stand_in_its_own_way():
    asked = week(request("probe-1", view("A-34", 2, 8), hours=4))
    one = only_one(asked, track("probe-1", "A-34", 3, 5))
    assert (one.got_s, one.rule) == (0, "room")
    assert one.reliefs[0].fits == (track("probe-1", "A-34", 2, 6),)


def test_who_is_served_is_not_refused():
    asked = week(request("probe-1", view("A-34", 2, 8)))
    assert refusals(asked, schedule(track("probe-1", "A-34", 2, 6))) == ()


def test_spans_left_by_zones():
    assert spans_left((0, 10), [(8, 12), (-5, 1), (3, 4), (3, 5)]) == [(1, 3), (5, 8)]
    assert spans_left((0, 10), [(0, 10)]) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_every_change_that_is_named_does_let_the_request_in(question):
    made = first_come(question)
    got = served_seconds(question, made)
    for one in refusals(question, made, most_reliefs=99):
        for relief in one.reliefs:
            asked, after = applied(question, made, one, relief, got[one.request])
            assert check(asked, after) == ()
            assert served_seconds(asked, after)[one.request] - got[one.request] == relief.gain_s > 0


@settings(max_examples=60, deadline=None)
@given(questions())
def test_what_is_called_free_is_free_and_nothing_longer_is(question):
    made = first_come(question)
    held = occupancy(question, made.tracks)
    served = {t.request for t in made.tracks}
    for one in question.requests:
        if one.id in served:
            continue
        for v in one.views:
            alone = replace(one, minimum_s=1, part_s=None, duration_s=10**6, views=(v,))
            asked = replace(question, requests=tuple(alone if r.id == one.id else r for r in question.requests))
            for start, end in free_spans(question, one, v, held):
                fits = replace(made, tracks=(*made.tracks, Track(start, end, one.id, v.resource)))
                assert check(asked, fits) == ()
                longer = replace(made, tracks=(*made.tracks, Track(start, end + 60, one.id, v.resource)))
                assert check(asked, longer) != ()


def applied(question: Question, made: Schedule, one: Refusal, relief: Relief, got_s: int) -> tuple[Question, Schedule]:
    """The question and the schedule after a change, with the request in its place."""
    requests = {r.id: r for r in question.requests}
    tracks = set(made.tracks)
    if relief.way == "outage":
        question = replace(question, outages=tuple(o for o in question.outages if o != relief.outage))
    if relief.way == "concurrent":
        question = replace(question, concurrent=frozenset([one.user]))
    if relief.way in ("move", "shorten", "drop"):
        tracks.discard(relief.track)
    if relief.to is not None:
        tracks.add(relief.to)
    if relief.way == "drop":
        rest = {t for t in tracks if t.request == relief.track.request}
        if sum(t.end - t.start for t in rest) < requests[relief.track.request].minimum_s:
            tracks -= rest
    replaced = Wanting(Look(question, made.tracks), requests[one.request], got_s).replaced
    if not got_s:
        tracks = {t for t in tracks if t.request != one.request}
    return question, Schedule(made.question, tuple(sorted((tracks - {replaced}) | set(relief.fits))))
