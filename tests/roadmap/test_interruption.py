"""Ctrl-C while CP-SAT works."""

from __future__ import annotations

import _thread
import signal
import threading
import time

from ortools.sat.python import cp_model

from comity.roadmap.interruption import interrupts_held, solve_until_interrupted


def hard() -> tuple[cp_model.CpSolver, cp_model.CpModel]:
    """Pigeons and holes, with a prize for each pigeon: good solutions at once, and a proof that takes ages."""
    model, solver = cp_model.CpModel(), cp_model.CpSolver()
    inside = [[model.new_bool_var("") for _ in range(17)] for _ in range(18)]
    for pigeon in inside:
        model.add(sum(pigeon) <= 1)
    for hole in zip(*inside, strict=True):
        for i, one in enumerate(hole):
            for other in hole[i + 1 :]:
                model.add_bool_or(~one, ~other)
    model.maximize(sum(x for pigeon in inside for x in pigeon))
    solver.parameters.max_time_in_seconds = 60
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    solver.parameters.symmetry_level = 0
    return solver, model


def test_an_interrupt_ends_the_solver_with_what_it_has() -> None:
    solver, model = hard()
    began = time.monotonic()
    threading.Timer(1.0, _thread.interrupt_main).start()
    status, interrupted = solve_until_interrupted(solver, model)
    assert interrupted
    assert status == cp_model.FEASIBLE
    assert time.monotonic() - began < 30


def test_python_still_hears_of_the_next_interrupt() -> None:
    model, solver = cp_model.CpModel(), cp_model.CpSolver()
    before = signal.getsignal(signal.SIGINT)
    assert solve_until_interrupted(solver, model) == (cp_model.OPTIMAL, False)
    assert signal.getsignal(signal.SIGINT) is before
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return
    raise AssertionError("the interrupt was lost")


def test_an_interrupt_that_is_held_loses_nothing() -> None:
    with interrupts_held() as came:
        signal.raise_signal(signal.SIGINT)
        found = "what was found"
    assert (found, came) == ("what was found", [signal.SIGINT])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
