"""Independent computations side by side, in processes of their own.

The workers are plain Python processes that import the function by name and speak with their parent over pipes. The
standard library's pools either fork (unsafe once a solver has started threads of its own) or run the caller's script
again to find `__main__` (which recurses in a script without a guard); these do neither. The parent has no threads for
them: to get Python's lock back after each read would cost more than the reading.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import selectors
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

#: Bytes that a pipe holds, where the system lets it, and that are read or written at once.
PIPE = 2**20
#: Bytes of the length before each answer.
LENGTH = 8
#: What tells numerical libraries how many threads they may have.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


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
    for done, (position, result) in enumerate(as_ready(function, tasks, workers=workers, shared=shared), 1):
        results[position] = result
        if on_done is not None:
            on_done(done, len(tasks))
    return results


def as_ready(
    function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], *, workers: int, shared: Any = None
) -> Iterator[tuple[int, Any]]:
    """Yields (the task's number, its result) as results come in; otherwise as `side_by_side`."""
    crew = min(workers, len(tasks))
    for position, result, _ in _arrivals(function, tasks, workers=crew, shared=shared, ahead=len(tasks), queued=1):
        yield position, result


def streamed(
    function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], *, workers: int, shared: Any = None, ahead: int = 4
) -> Iterator[Any]:
    """Yields `function(shared, *task)` for each task, in order, as `side_by_side` computes it.

    Tasks are drawn as they are needed: at most `ahead` for each worker are under way or wait to be yielded, however
    many there are. The workers end with the iteration, also when it is given up.
    """
    early: dict[int, tuple[Any, Callable[[], None]]] = {}
    position = 0
    # Each worker has its next task at hand, so that none waits for the caller to take a result.
    arrivals = _arrivals(function, tasks, workers=workers, shared=shared, ahead=ahead * workers, queued=2)
    for arrived, result, taken in arrivals:
        early[arrived] = (result, taken)
        while position in early:
            ready, free = early.pop(position)
            free()
            yield ready
            position += 1


def _arrivals(
    function: Callable[..., Any],
    tasks: Iterable[tuple[Any, ...]],
    *,
    workers: int,
    shared: Any,
    ahead: int,
    queued: int,
) -> Iterator[tuple[int, Any, Callable[[], None]]]:
    """(position, result, what to call when it was taken) as results come in.

    At most `ahead` are under way or not taken; each worker has at most `queued` of them.
    """
    waiting = _Tasks(tasks, ahead)
    with contextlib.ExitStack() as crew, selectors.DefaultSelector() as selector:
        alone = workers == 1
        hired = [crew.enter_context(_Worker(function, shared, selector, alone=alone)) for _ in range(workers)]
        while True:
            for _ in range(queued):
                for worker in hired:
                    if len(worker.under_way) < queued and (drawn := waiting.draw()) is not None:
                        worker.give(*drawn)
            if not any(worker.under_way for worker in hired):
                return
            for key, events in selector.select():
                worker = key.data
                if events & selectors.EVENT_WRITE:
                    worker.write()
                if events & selectors.EVENT_READ:
                    for position, result in worker.read():
                        yield position, result, waiting.free


class _Tasks:
    """What is still to do, drawn one by one while there is room."""

    def __init__(self, tasks: Iterable[tuple[Any, ...]], room: int) -> None:
        self._tasks, self._room = enumerate(tasks), room

    def draw(self) -> tuple[int, tuple[Any, ...]] | None:
        """The next task and its position; None when there is none, or no room."""
        drawn = next(self._tasks, None) if self._room else None
        self._room -= drawn is not None
        return drawn

    def free(self) -> None:
        """A result was taken: there is room for another task."""
        self._room += 1


class _Worker:
    """A process, the tasks that it has, and what is still to be written to it or was read of its next answer."""

    def __init__(
        self, function: Callable[..., Any], shared: Any, selector: selectors.BaseSelector, *, alone: bool
    ) -> None:
        source = str(Path(__file__).resolve().parents[1])  # the folder that holds this package, wherever it came from
        path = os.pathsep.join(p for p in (source, os.environ.get("PYTHONPATH", "")) if p)
        # Several workers have a core each: threads of their libraries would take their neighbours'.
        threads = {} if alone else dict.fromkeys(THREADS, "1")
        self.under_way: deque[int] = deque()
        self._outgoing, self._incoming = bytearray(_pickled((function, shared))), bytearray()
        self._selector = selector
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from comity.workers import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**threads, **os.environ, "PYTHONPATH": path},
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        for pipe in (self._to, self._from):
            os.set_blocking(pipe, False)
            with contextlib.suppress(OSError, AttributeError):  # a smaller pipe is slower, and does as well
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)

    def __enter__(self) -> _Worker:
        self._selector.register(self._from, selectors.EVENT_READ, self)
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the process, busy or not."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def give(self, position: int, task: tuple[Any, ...]) -> None:
        """One more task."""
        self.under_way.append(position)
        self._outgoing += _pickled(task)
        self.write()

    def write(self) -> None:
        """Writes as much as the process takes now; the selector tells when it takes more."""
        try:
            while self._outgoing:
                with memoryview(self._outgoing) as all_:
                    written = os.write(self._to, all_[:PIPE])
                del self._outgoing[:written]
        except BlockingIOError:
            if self._to not in self._selector.get_map():
                self._selector.register(self._to, selectors.EVENT_WRITE, self)
            return
        except OSError as problem:
            raise _ended(problem) from None
        if self._to in self._selector.get_map():
            self._selector.unregister(self._to)

    def read(self) -> Iterator[tuple[int, Any]]:
        """The answers that have come in: positions and results, in the order in which the tasks were given."""
        data = os.read(self._from, PIPE)
        if not data:
            raise _ended(EOFError("no more answers"))
        self._incoming += data
        while len(self._incoming) >= LENGTH:
            end = LENGTH + int.from_bytes(self._incoming[:LENGTH])
            if len(self._incoming) < end:
                return
            try:
                succeeded, result = pickle.loads(memoryview(self._incoming)[LENGTH:end])
            except pickle.UnpicklingError as problem:
                raise _ended(problem) from None
            del self._incoming[:end]
            if not succeeded:
                raise WorkerError(result)
            yield self.under_way.popleft(), result


def _ended(problem: Exception) -> WorkerError:
    return WorkerError(f"a worker's process ended before it had answered ({problem!r})")


def _pickled(what: object) -> bytes:
    return pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)


def _answer(pipe: BinaryIO, what: object) -> None:
    data = _pickled(what)
    pipe.write(len(data).to_bytes(LENGTH) + data)
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
                _answer(answer, (True, function(shared, *task)))
            except Exception:
                _answer(answer, (False, traceback.format_exc()))
    except (EOFError, BrokenPipeError):
        return
