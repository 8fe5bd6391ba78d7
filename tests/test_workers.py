import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from comity.workers import WorkerError, side_by_side, streamed


def test_results_come_back_in_the_order_of_the_tasks():
    told = []
    results = side_by_side(math.pow, [(2,), (3,), (4,)], shared=2.0, workers=2, on_done=lambda *t: told.append(t))
    assert results == [4.0, 8.0, 16.0]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_error_in_a_worker_is_told_with_its_traceback():
    with pytest.raises(WorkerError, match="ZeroDivisionError"):
        side_by_side(divmod, [(2,), (0,)], shared=1, workers=1)


def test_a_worker_that_dies_is_an_error_and_not_a_wait_without_end():
    with pytest.raises(WorkerError, match="ended before it had answered"):
        side_by_side(os._exit, [()], shared=3, workers=1)


def test_no_tasks_need_no_worker():
    assert side_by_side(math.pow, [], shared=1.0, workers=2) == []


def test_a_stream_yields_in_order_and_draws_no_more_than_it_needs():
    drawn = []

    def tasks():
        for n in range(40):
            drawn.append(n)
            yield (n,)

    results = streamed(math.pow, tasks(), shared=2.0, workers=2, ahead=3)
    assert next(results) == 1.0
    assert len(drawn) <= 8
    assert list(results) == [2.0**n for n in range(1, 40)]


def test_a_stream_given_up_ends_its_workers():
    results = streamed(math.pow, ((n,) for n in range(1000)), shared=2.0, workers=2)
    next(results)
    results.close()


def test_an_error_of_the_tasks_themselves_is_the_callers():
    def tasks():
        yield (1,)
        raise KeyError("the caller's")

    with pytest.raises(KeyError, match="the caller's"):
        list(streamed(math.pow, tasks(), shared=2.0, workers=2))


SCRIPT = """
    from comity.workers import side_by_side
    import time
    print("once", flush=True)
    side_by_side(pow, [(2,), (3,)], shared=2, workers=2)
    import threading
    class Slow:
        def __reduce__(self):
            return time.sleep, (60,)
    print("sleeping", flush=True)
    side_by_side(pow, [(Slow(),)], shared=2, workers=1)
"""


def test_a_script_without_a_guard_runs_once_and_an_interrupt_ends_its_workers(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert running.stdout is not None
    assert [running.stdout.readline().strip() for _ in range(2)] == ["once", "sleeping"]
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    deadline = time.monotonic() + 10
    while not (started := children.read_text().split()) and time.monotonic() < deadline:
        pass
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=20)
    assert "KeyboardInterrupt" in told
    assert started
    while any(Path(f"/proc/{child}").exists() for child in started) and time.monotonic() < deadline + 10:
        time.sleep(0.01)  # one that had just begun ends when it finds its parent gone
    assert not any(Path(f"/proc/{child}").exists() for child in started)
