"""Ctrl-C: while CP-SAT works, and while what was found is brought home."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import FrameType

from ortools.sat.python import cp_model


def solve_until_interrupted(
    solver: cp_model.CpSolver, model: cp_model.CpModel, watcher: cp_model.CpSolverSolutionCallback | None = None
) -> tuple[cp_model.CpSolverStatus, bool]:
    """`solver.solve(model, watcher)`, and whether Ctrl-C ended it early, with the best found by then.

    CP-SAT's own handler takes Ctrl-C away from Python, and afterwards leaves the system's default in place, by which the
    next one kills the process outright. Without it, Python hears of Ctrl-C only when the solver is done. So the solver works in
    a thread of its own, and the main thread, where Python raises KeyboardInterrupt, waits.
    """
    solver.parameters.catch_sigint_signal = False
    if threading.current_thread() is not threading.main_thread():
        return solver.solve(model, watcher), False
    interrupted = False
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(solver.solve, model, watcher)
        while not running.done():
            try:
                wait([running], timeout=0.2)  # a wait without end may not wake for a signal
            except KeyboardInterrupt:
                interrupted = True
                solver.stop_search()
        return running.result(), interrupted


def solve_or_stop(solver: cp_model.CpSolver, model: cp_model.CpModel) -> cp_model.CpSolverStatus:
    """`solver.solve(model)`; KeyboardInterrupt on Ctrl-C, for questions to which half an answer is none."""
    status, interrupted = solve_until_interrupted(solver, model)
    if interrupted:
        raise KeyboardInterrupt
    return status


@contextmanager
def interrupts_held() -> Iterator[list[int]]:
    """Ctrl-C waits: it raises nothing meanwhile, and each is noted in the list that this hands out.

    For the moment in which an interrupt would lose what a long search has found. In other threads than the main one,
    where Python raises no KeyboardInterrupt, nothing changes.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
