"""Independent computations side by side, in processes of their own.

The workers are plain Python processes that import the function by name and speak with their parent over pipes. The
standard library's pools either fork (unsafe once a solver has started threads of its own) or run the caller's script
again to find `__main__` (which recurses in a script without a guard); these do neither.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO


class WorkerError(RuntimeError):
    """That a worker's process failed or died; the message holds what it said last."""


def side_by_side(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    *,
    workers: int,
    shared: Any = None,
    on_done: Callable[[int, int], None] | None = None,
) -> list[Any]:
    """`[function(shared, *task) for task in tasks]`, by up to `workers` processes; results in the order of the tasks.

    `function` is defined at the top of a module of this package; `shared`, the tasks and the results can be pickled.
    `shared` is sent once to each worker. `on_done(done, all)` is called as results come in. An exception in a worker is
    raised here as WorkerError; on it, and on Ctrl-C, every worker is ended before the exception goes on.
    """
    results: list[Any] = [None] * len(tasks)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    finished: queue.Queue[tuple[int, Any] | WorkerError] = queue.Queue()
    for position in range(len(tasks)):
        waiting.put(position)
    processes = [_Worker(function, shared) for _ in range(min(workers, len(tasks)))]
    threads = [threading.Thread(target=p.serve, args=(tasks, waiting, finished), daemon=True) for p in processes]
    try:
        for thread in threads:
            thread.start()
        for done in range(1, len(tasks) + 1):
            arrived = finished.get()
            if isinstance(arrived, WorkerError):
                raise arrived
            results[arrived[0]] = arrived[1]
            if on_done is not None:
                on_done(done, len(tasks))
    finally:
        for process in processes:
            process.end()
        for thread in threads:
            if thread.is_alive():
                thread.join()
        for process in processes:
            process.hang_up()
    return results


class _Worker:
    """A process, and the thread of the parent that feeds it."""

    def __init__(self, function: Callable[..., Any], shared: Any) -> None:
        self.greeting = (function, shared)
        source = str(Path(__file__).resolve().parents[2])  # the folder that holds this package, wherever it came from
        path = os.pathsep.join(p for p in (source, os.environ.get("PYTHONPATH", "")) if p)
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from comity.roadmap.workers import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def serve(
        self,
        tasks: Sequence[tuple[Any, ...]],
        waiting: queue.SimpleQueue[int],
        finished: queue.Queue[tuple[int, Any] | WorkerError],
    ) -> None:
        asking, answering = self.process.stdin, self.process.stdout
        assert asking is not None and answering is not None
        try:
            _send(asking, self.greeting)
            while True:
                position = waiting.get_nowait()
                _send(asking, tasks[position])
                succeeded, result = pickle.load(answering)
                if not succeeded:
                    finished.put(WorkerError(result))
                    return
                finished.put((position, result))
        except queue.Empty:
            return
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as problem:
            finished.put(WorkerError(f"a worker's process ended before it had answered ({problem!r})"))

    def end(self) -> None:
        """Ends the process, busy or not."""
        self.process.kill()
        self.process.wait()

    def hang_up(self) -> None:
        """Closes the pipes, once nobody reads or writes them any more."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was still to be written is not wanted any more
                    pipe.close()


def _send(pipe: BinaryIO | Any, what: object) -> None:
    pickle.dump(what, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def main() -> None:
    """The life of a worker: the function and what is shared first, then task after task until the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers itself
    asked, answer = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what solvers print must not mix with the answers
    try:
        function, shared = pickle.load(asked)
        while True:
            task = pickle.load(asked)
            try:
                _send(answer, (True, function(shared, *task)))
            except Exception:
                _send(answer, (False, traceback.format_exc()))
    except (EOFError, BrokenPipeError):
        return
