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
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    arrived = _arrivals(function, tasks, workers=min(workers, len(tasks)), shared=shared, ahead=len(tasks))
    for done, (position, result, _) in enumerate(arrived, 1):
        results[position] = result
        if on_done is not None:
            on_done(done, len(tasks))
    return results


def streamed(
    function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], *, workers: int, shared: Any = None, ahead: int = 4
) -> Iterator[Any]:
    """Yields `function(shared, *task)` for each task, in order, as `side_by_side` computes it.

    Tasks are drawn as they are needed: at most `ahead` for each worker are under way or wait to be yielded, however
    many there are. The workers end with the iteration, also when it is given up.
    """
    early: dict[int, tuple[Any, Callable[[], None]]] = {}
    position = 0
    for arrived, result, taken in _arrivals(function, tasks, workers=workers, shared=shared, ahead=ahead * workers):
        early[arrived] = (result, taken)
        while position in early:
            ready, free = early.pop(position)
            free()
            yield ready
            position += 1


def _arrivals(
    function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], *, workers: int, shared: Any, ahead: int
) -> Iterator[tuple[int, Any, Callable[[], None]]]:
    """(position, result, what to call when it was taken) as results come in; at most `ahead` are not taken yet."""
    room = threading.Semaphore(ahead)
    waiting = _Tasks(tasks, room)
    finished: queue.SimpleQueue[tuple[int, Any] | WorkerError | None] = queue.SimpleQueue()
    processes = [_Worker(function, shared) for _ in range(workers)]
    threads = [threading.Thread(target=p.serve, args=(waiting, finished), daemon=True) for p in processes]
    try:
        for thread in threads:
            thread.start()
        working = len(threads)
        while working:
            arrived = finished.get()
            if isinstance(arrived, WorkerError):
                raise arrived
            if arrived is None:
                working -= 1
            else:
                yield *arrived, room.release
        if waiting.error is not None:
            raise waiting.error
    finally:
        waiting.stop()
        for process in processes:
            process.end()
        for thread in threads:
            if thread.is_alive():
                thread.join()
        for process in processes:
            process.hang_up()


class _Tasks:
    """What is still to do, drawn one by one by the threads that feed the workers."""

    def __init__(self, tasks: Iterable[tuple[Any, ...]], room: threading.Semaphore) -> None:
        self._tasks, self._room = enumerate(tasks), room
        self._lock = threading.Lock()
        self._stopped = False
        self.error: Exception | None = None

    def draw(self) -> tuple[int, tuple[Any, ...]] | None:
        """The next task and its position, once there is room; None when there is none."""
        # The lock is held while waiting for room, so that tasks get it in their order: a later one that took the last
        # room would wait for an earlier one to be yielded, and that one for room.
        with self._lock:
            try:
                drawn = None if self._stopped else next(self._tasks, None)
            except Exception as error:  # the caller's own iterator failed: it is the caller's to know
                self.error, self._stopped = error, True
                return None
            if drawn is not None:
                self._room.acquire()
            return None if self._stopped else drawn

    def stop(self) -> None:
        """No task is drawn any more; whoever waits for room is let go."""
        self._stopped = True
        self._room.release(1_000)


class _Worker:
    """A process, and the thread of the parent that feeds it."""

    def __init__(self, function: Callable[..., Any], shared: Any) -> None:
        self.greeting = (function, shared)
        source = str(Path(__file__).resolve().parents[1])  # the folder that holds this package, wherever it came from
        path = os.pathsep.join(p for p in (source, os.environ.get("PYTHONPATH", "")) if p)
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from comity.workers import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def serve(self, waiting: _Tasks, finished: queue.SimpleQueue[tuple[int, Any] | WorkerError | None]) -> None:
        asking, answering = self.process.stdin, self.process.stdout
        assert asking is not None and answering is not None
        try:
            _send(asking, self.greeting)
            while (drawn := waiting.draw()) is not None:
                position, task = drawn
                _send(asking, task)
                succeeded, result = pickle.load(answering)
                if not succeeded:
                    finished.put(WorkerError(result))
                    return
                finished.put((position, result))
            finished.put(None)
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
