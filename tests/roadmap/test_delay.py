"""How delay runs through a network: worked out by hand, one draw a column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from comity.model.calendar import Month
from comity.roadmap.delay import ConfidenceError, Timetable, network, timetable
from tests.roadmap.small_networks import element, plan, programme

START = Month.parse("2030-01").index


def drawn(missions: dict[str, Any], starts: dict[str, str], durations: dict[str, list[float]], **fields: Any) -> Any:
    """Starts by element, in months since 2030-01, and the timetable."""
    of = programme(missions)
    net = network(of, plan(of, starts, **fields))
    n_draws = len(next(iter(durations.values())))
    given = [durations.get(a.name, [float(a.duration)] * n_draws) for a in net.activities]
    table: Timetable = timetable(net, np.array(given))
    return {a.name: list(table.starts[i] - START) for i, a in enumerate(net.activities)}, table, net


def test_a_late_element_shifts_what_waits_for_it_and_an_early_one_shifts_nothing() -> None:
    missions = {
        "m": {"bus": element("bus", 10), "ops": element("operations", 5, after=[{"element": "bus", "lag": "2 months"}])}
    }
    starts, _, _ = drawn(missions, {"m/bus": "2030-01", "m/ops": "2031-02"}, {"m/bus": [8, 10, 11, 12.5]})
    assert starts["m/ops"] == pytest.approx([13, 13, 13, 14.5])


def test_delay_crosses_from_mission_to_mission() -> None:
    missions = {
        "a": {"bus": element("bus", 10)},
        "b": {
            "ops": element("operations", 5, after=[{"element": "a/bus", "anchor": "start", "lag": "1 month"}, "a/bus"])
        },
    }
    starts, _, _ = drawn(missions, {"a/bus": "2030-01", "b/ops": "2030-11"}, {"a/bus": [10, 14]})
    assert starts["b/ops"] == [10, 14]


def test_a_missed_window_means_waiting_for_the_next_and_after_the_last_none_is_waited_for() -> None:
    launch = element("launch", 1, after=["bus"], launch_windows=["2031-01..2031-02", "2033-03"])
    missions = {"m": {"bus": element("bus", 12), "launch": launch}}
    starts, table, net = drawn(
        missions, {"m/bus": "2030-01", "m/launch": "2031-01"}, {"m/bus": [12, 13.9, 14, 38.5, 39.5]}
    )
    assert starts["m/launch"] == pytest.approx([12, 13.9, 38, 38.5, 39.5])
    at = net.index["m", "launch"]
    assert list(table.window_wait[at]) == pytest.approx([0, 0, 24, 0, 0])
    assert list(table.no_window[at]) == [False, False, False, False, True]


def test_synodic_windows_go_on_beyond_the_horizon() -> None:
    launch = element("launch", 1, after=["bus"], launch_windows={"synodic": ["earth", "mars"], "width": "2 months"})
    missions = {"m": {"bus": element("bus", 12), "launch": launch}}
    starts, table, net = drawn(missions, {"m/bus": "2030-01", "m/launch": "2031-02"}, {"m/bus": [15 * 12 + 1, 40 * 12]})
    at = net.index["m", "launch"]
    assert not table.no_window[at].any()
    opened = {int(m) - START for m in net.activities[at].first if m > START}
    assert {int(s) for s in starts["m/launch"]} <= opened
    assert all(0 <= wait < 27 for wait in table.window_wait[at])


def crew(ops_months: int = 6) -> dict[str, Any]:
    """A crew may stand ready for two months at most before the flight, which waits for a slow lander."""
    return {
        "m": {
            "lander": element("lander", 20),
            "crew": element("training", 6),
            "flight": element("operations", ops_months, after=["lander", {"element": "crew", "max_lag": "2 months"}]),
        }
    }


CREW = {"m/lander": "2030-01", "m/crew": "2031-02", "m/flight": "2031-09"}


def test_what_may_not_stand_for_long_is_held_until_the_later_element_can_follow() -> None:
    starts, table, _ = drawn(crew(), CREW, {"m/lander": [20, 21, 30]})
    assert starts["m/flight"] == [20, 21, 30]
    assert starts["m/crew"] == [13, 13, 22]
    assert not table.broken.any()


def test_work_done_early_is_handed_over_when_it_was_planned() -> None:
    starts, table, _ = drawn(crew(), CREW, {"m/crew": [2.0], "m/lander": [20]})
    assert starts["m/crew"] == [13]
    assert not table.broken.any()


def test_a_limit_that_holding_cannot_keep_is_broken_and_nothing_is_held_for_it() -> None:
    missions = {
        "m": {
            "core": element("module", 2),
            "wing": element("module", 10, after=["core"]),
            "ops": element(
                "operations", 5, after=["wing", {"element": "core", "anchor": "start", "max_lag": "14 months"}]
            ),
        }
    }
    begun = {"m/core": "2030-01", "m/wing": "2030-03", "m/ops": "2031-01"}
    starts, table, _ = drawn(missions, begun, {"m/wing": [10, 11.5, 30]})
    assert starts["m/core"] == [0, 0, 0]
    assert starts["m/ops"] == [12, 13.5, 32]
    assert list(table.broken.any(axis=0)) == [False, False, True]


def test_what_has_begun_before_replanning_stays_where_it_is() -> None:
    missions = {"m": {"bus": element("bus", 10), "ops": element("operations", 5, after=["bus"])}}
    begun = {"m/bus": "2030-01", "m/ops": "2030-11"}
    starts, _, net = drawn(missions, begun, {"m/bus": [14.0]}, frozen_before="2031-01")
    assert starts["m/ops"] == [10]
    assert [a.pending for a in net.activities] == [0.0, pytest.approx(3 / 5)]


def test_an_option_that_the_programme_does_not_have_is_named() -> None:
    made = plan(programme({"m": {"bus": element("bus", 3)}}), {"m/bus": "2030-01"})
    with pytest.raises(ConfidenceError, match="m/bus by option 'way'"):
        network(programme({"n": {"bus": element("bus", 3)}}), made)
