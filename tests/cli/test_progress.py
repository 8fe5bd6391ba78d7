"""Progress on standard error: what is said, and how often."""

from __future__ import annotations

import io

from comity.cli.progress import Display
from comity.roadmap import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def standing(value: float | None, bound: float = 100.0, stage: str = "pricing") -> Progress:
    return Progress(stage, value, bound, 1.0, 10)


def test_a_plain_line_states_value_bound_gap_time_and_time_left() -> None:
    clock, stream = Clock(), io.StringIO()
    with Display(stream=stream, clock=clock) as show:
        show.stage("Planning", 60.0)
        clock.now = 12.0
        show(standing(80.0))
        clock.now = 61.0
    assert stream.getvalue().splitlines() == [
        "Planning, at most 60 s ...",
        "  pricing, 12 s, value 80.00, bound 100.00, gap 20.00%, 48 s left",
        "Planning: 61 s, value 80.00, bound 100.00, gap 20.00%",
    ]


def test_plain_lines_are_few_unless_much_changes() -> None:
    clock, stream = Clock(), io.StringIO()
    with Display(stream=stream, clock=clock) as show:
        show.stage("Planning", 60.0)
        for tenth in range(200):
            clock.now = tenth / 10
            show(standing(50.0))
        assert len(stream.getvalue().splitlines()) == 1 + 4  # at 0, 5, 10 and 15 s
        clock.now = 21.0
        show(standing(50.0, stage="selecting"))
        clock.now = 22.5
        show(standing(90.0, stage="selecting"))
    assert "gap 10.00%, 38 s left" in stream.getvalue()


def test_before_there_is_a_plan_only_the_bound_is_stated() -> None:
    stream = io.StringIO()
    with Display(stream=stream, clock=Clock()) as show:
        show.stage("Planning", 300.0)
        show(standing(None))
    assert "no plan yet, bound 100.00, 5 min 00 s left" in stream.getvalue()


def test_quiet_says_nothing() -> None:
    for stream in (io.StringIO(), Terminal()):
        with Display(quiet=True, stream=stream) as show:
            show.stage("Planning", 1.0)
            show(standing(1.0))
            show.note("esa")
        assert stream.getvalue() == ""


def test_a_terminal_keeps_a_line_of_each_stage_that_is_over() -> None:
    stream = Terminal()
    with Display(stream=stream, clock=Clock()) as show:
        show.stage("Planning", 60.0)
        show(standing(80.0))
        show.stage("Going alone")
        show.note("esa")
    assert "Planning: 0 s, value 80.00" in stream.getvalue()
    assert "Going alone: 0 s" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in stream.getvalue(), "the cursor is shown again"
