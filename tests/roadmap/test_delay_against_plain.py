"""The vectorised network beside the plain one of the benchmark, on networks drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers.plain_schedule import Schedule
from comity.roadmap.delay import network, timetable
from tests.roadmap.small_networks import element, plan, programme

SIZE = 7


@st.composite
def networks(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str]]:
    """A mission of seven elements with arcs, limits and windows, planned as early as its arcs allow."""
    elements: dict[str, Any] = {}
    finish, begin = [], []
    for i in range(SIZE):
        after = []
        start = draw(st.integers(0, 12))
        for j in sorted(draw(st.sets(st.integers(0, i - 1), max_size=2)) if i else []):
            anchor, lag = draw(st.sampled_from(["start", "finish"])), draw(st.integers(0, 4))
            arc = {"element": f"e{j}", "anchor": anchor, "lag": f"{lag} months"}
            if draw(st.booleans()):
                arc["max_lag"] = f"{lag + draw(st.integers(0, 8))} months"
            after.append(arc)
            start = max(start, (begin[j] if anchor == "start" else finish[j]) + lag)
        months = draw(st.integers(1, 15))
        windows = [f"{2030 + (start + k) // 12}-{(start + k) % 12 + 1:02d}" for k in (0, 9, 30)]
        more = {"launch_windows": windows} if draw(st.integers(0, 2)) == 0 else {}
        elements[f"e{i}"] = element("bus", months, after=after, **more)
        begin.append(start)
        finish.append(start + months)
    return elements, {f"m/e{i}": f"{2030 + at // 12}-{at % 12 + 1:02d}" for i, at in enumerate(begin)}


@given(drawn=networks(), seed=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_all_draws_at_once_give_what_each_gives_alone(drawn: tuple[Any, Any], seed: int) -> None:
    elements, starts = drawn
    of = programme({"m": elements})
    made = plan(of, starts)
    net = network(of, made)
    planned = np.array([[float(a.duration)] for a in net.activities])
    durations = planned * np.random.default_rng(seed).triangular(0.8, 1, 3, (SIZE, 12))
    ours = timetable(net, durations)
    plain = Schedule(of, made)
    for draw in range(durations.shape[1]):
        alone, waiting = plain.times({a.key: durations[i, draw] for i, a in enumerate(net.activities)})
        assert [alone[a.key] for a in net.activities] == pytest.approx(list(ours.starts[:, draw]))
        for i, wait in ours.window_wait.items():
            assert waiting[net.activities[i].key] == pytest.approx(wait[draw], abs=1e-6)
