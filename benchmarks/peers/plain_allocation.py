"""The plain model of sharing antennas, as anybody would write it first: optional intervals in CP-SAT on a grid of a minute."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

from ortools.sat.python import cp_model

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.arrays import most_parts
from comity.network.allocation.question import Question, Request


def solve(
    question: Question, *, aim: Literal["hours", "squares"], time_s: float, workers: int = 2, grid_s: int = 60
) -> Schedule:
    """The best schedule that CP-SAT finds in the time: most hours, or least squares of missions' unsatisfied shares."""
    model = cp_model.CpModel()
    busy: dict[str, list[Any]] = defaultdict(list)
    on_air: dict[str, list[Any]] = defaultdict(list)
    for outage in question.outages:
        start, end = (outage.start - question.start) // grid_s, -(-(outage.end - question.start) // grid_s)
        busy[outage.antenna].append(model.new_fixed_size_interval_var(start, end - start, ""))
    tracks: list[tuple[Request, tuple[str, ...], Any, Any, Any]] = []
    served = {}
    for request in question.requests:
        served[request.id] = _ask(model, question, request, busy, on_air, tracks, grid_s)
    for rows in (*busy.values(), *on_air.values()):
        model.add_no_overlap(rows)
    if aim == "hours":
        model.maximize(sum(served.values()))
    else:
        model.minimize(sum(_squares(model, question, served, grid_s)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = time_s, workers
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Schedule(question.name, ())
    found = [
        Track(
            question.start + grid_s * solver.value(on),
            question.start + grid_s * solver.value(off),
            request.id,
            antennas,
        )
        for request, antennas, taken, on, off in tracks
        if solver.boolean_value(taken)
    ]
    return Schedule(question.name, tuple(sorted(found)))


def _ask(
    model: Any, question: Question, request: Request, busy: dict[str, list[Any]], on_air: dict[str, list[Any]],
    tracks: list[Any], grid_s: int,
) -> Any:  # fmt: skip
    """The options of a request; gives the points of the grid that it gets."""
    least, want = -(-request.minimum_s // grid_s), request.duration_s // grid_s
    part = -(-request.part_s // grid_s) if request.part_s is not None else least
    sizes, lengths, chosen = [], [], []
    setup, teardown = -(-request.setup_s // grid_s), -(-request.teardown_s // grid_s)
    for view in request.views:
        opens = -(-(max(view.start, question.start) - question.start) // grid_s)
        closes = (min(view.end, question.end) - question.start) // grid_s
        if closes - opens < min(part, least):
            continue
        taken = model.new_bool_var("")
        on, off = model.new_int_var(opens, closes, ""), model.new_int_var(opens, closes, "")
        size = model.new_int_var(min(part, least), min(want, closes - opens), "")
        minutes = model.new_int_var(0, want, "")
        on_air[request.user].append(model.new_optional_interval_var(on, size, off, taken, ""))
        for name in view.resource:
            busy[name].append(
                model.new_optional_interval_var(on - setup, size + setup + teardown, off + teardown, taken, "")
            )
        model.add(minutes == size).only_enforce_if(taken)
        model.add(minutes == 0).only_enforce_if(~taken)
        sizes.append(minutes)
        lengths.append(size)
        chosen.append(taken)
        tracks.append((request, view.resource, taken, on, off))
    whole = model.new_bool_var("")
    total = model.new_int_var(0, want, "")
    model.add(total == sum(sizes))
    model.add(sum(chosen) <= most_parts(request) * whole)
    if part > least:  # one track may be shorter than a part
        split = model.new_bool_var("")
        model.add(sum(chosen) <= 1).only_enforce_if(~split)
        for size, taken in zip(lengths, chosen, strict=True):
            model.add(size >= part).only_enforce_if(split, taken)
    model.add(total >= least).only_enforce_if(whole)
    return total


def _squares(model: Any, question: Question, served: dict[str, Any], grid_s: int) -> list[Any]:
    """Squares of each mission's unsatisfied share, in thousandths."""
    asked: dict[str, int] = defaultdict(int)
    got: dict[str, list[Any]] = defaultdict(list)
    for request in question.requests:
        asked[request.user] += request.duration_s // grid_s
        got[request.user].append(served[request.id])
    found = []
    for user, want in asked.items():
        short, square = model.new_int_var(0, 1000, ""), model.new_int_var(0, 1_000_000, "")
        model.add(short * want >= 1000 * (want - sum(got[user])))
        model.add_multiplication_equality(square, [short, short])
        found.append(square)
    return found
