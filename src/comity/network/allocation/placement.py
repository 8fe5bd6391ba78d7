"""Places tracks of some requests among others that stand fixed, with few changes: an exact model for CP-SAT."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from comity.network.allocation.answer import Track
from comity.network.allocation.occupancy import Occupancy, free_spans, least_s, occupancy
from comity.network.allocation.question import Question, Request, Resource

#: Counted work of a search (CP-SAT's deterministic time, about a second of one core each).
WORK = 40.0
#: Weights are whole numbers: a second of priority 1 is this many points, a second of shift in time one.
POINTS = 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """All tracks, fixed and placed; whether nothing better exists, and whether the clock ended the search."""

    tracks: tuple[Track, ...]
    proved: bool
    by_clock: bool


@dataclass(slots=True)
class _Option:
    """A place where a request may have a track: a whole one that it had, or anywhere in a free span."""

    resource: Resource
    taken: Any
    start: Any
    size: Any
    end: Any
    begin: int = 0
    until: int = 0
    stays: Track | None = None


@dataclass(slots=True)
class _Wish:
    """A request in the model: its options, and the hours that count."""

    request: Request
    options: list[_Option] = field(default_factory=list)
    counted: Any = 0
    changes: Any = 0
    shift: list[Any] = field(default_factory=list)


def place(
    question: Question,
    free: Sequence[str],
    *,
    fixed: Iterable[Track],
    standing: Sequence[Track] = (),
    lost: Sequence[Track] = (),
    first: Collection[str] = (),
    change_cost: float = 0.0,
    hint: Sequence[Track] = (),
    time_s: float = 15.0,
    seed: int = 0,
) -> Placed:
    """The best tracks for the requests `free` beside `fixed` ones.

    Most seconds for `first`; then most seconds times priority, less `change_cost` hours for each track of `standing` that
    does not stay and for each one more than there were (`standing` and `lost`); then the least shifts in time.
    """
    fixed = tuple(fixed)
    held = occupancy(question, fixed)
    model = cp_model.CpModel()
    requests = {request.id: request for request in question.requests}
    wishes = [_wish(model, question, requests[name], held, _of(standing, name), _of(lost, name)) for name in free]
    _no_clash(model, question, wishes)
    _hint(model, wishes, hint)
    price = round(change_cost * 3600 * POINTS)
    aims = [sum(w.counted for w in wishes if w.request.id in first)] if first else []
    aims.append(
        sum(round(w.request.priority * POINTS) * w.counted - price * w.changes for w in wishes)
        - sum(s for w in wishes for s in w.shift)
    )
    found, proved, by_clock = _of_use(hint, requests), True, False
    for aim in aims:
        solver = _solver(time_s / len(aims), seed)
        model.maximize(aim)
        status = solver.solve(model)
        proved &= status == cp_model.OPTIMAL
        by_clock |= status != cp_model.OPTIMAL and solver.wall_time >= 0.99 * time_s / len(aims)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = _tracks(solver, wishes)
            _hint(model, wishes, found)
            model.add(aim >= round(solver.objective_value))
    return Placed(tuple(sorted((*fixed, *found))), proved, by_clock)


def _of_use(tracks: Sequence[Track], requests: dict[str, Request]) -> list[Track]:
    """Tracks of requests that have their minimum by them: what is given where the search finds nothing in its time."""
    given: Counter[str] = Counter()
    for track in tracks:
        given[track.request] += track.end - track.start
    return [track for track in tracks if given[track.request] >= requests[track.request].minimum_s]


def _of(tracks: Iterable[Track], request: str) -> list[Track]:
    return [track for track in tracks if track.request == request]


def _solver(time_s: float, seed: int) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_s
    solver.parameters.max_deterministic_time = WORK
    # One worker with a strong linear relaxation proves such a placement in a tenth of the time of eight interleaved ones
    # (weeks of the DSN), and gives the same answer on any machine.
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed
    return solver


def _wish(
    model: Any, question: Question, request: Request, held: Occupancy, standing: list[Track], lost: list[Track]
) -> _Wish:
    wish = _Wish(request)
    for track in standing:
        size = track.end - track.start
        taken = model.new_bool_var("")
        wish.options.append(
            _Option(track.resource, taken, track.start, size * taken, track.end, track.start, track.end, track)
        )
    least = least_s(request)
    for view in request.views:
        for begin, until in free_spans(question, request, view, held):
            if until - begin >= least:
                wish.options.append(_somewhere(model, request, view.resource, begin, until, least))
    _limit(model, wish, sum(t.end - t.start for t in standing))
    _count_changes(model, wish, standing, lost)
    return wish


def _somewhere(model: Any, request: Request, resource: Resource, begin: int, until: int, least: int) -> _Option:
    longest = min(until - begin, request.duration_s)
    taken = model.new_bool_var("")
    start = model.new_int_var(begin, until - least, "")
    size = model.new_int_var(0, longest, "")
    end = model.new_int_var(begin, until, "")
    model.add(end == start + size)
    model.add(size >= least).only_enforce_if(taken)
    model.add(size == 0).only_enforce_if(~taken)
    return _Option(resource, taken, start, size, end, begin, until)


def _limit(model: Any, wish: _Wish, had_s: int) -> None:
    """How many tracks a request may have, how long they are in all, and how much of it counts."""
    request, options = wish.request, wish.options
    if not options:
        return
    many = 1 if request.part_s is None else max(1, request.duration_s // request.part_s)
    taken = [option.taken for option in options]
    total = sum(option.size for option in options)
    served = model.new_bool_var("")
    model.add(sum(taken) <= many)
    model.add_max_equality(served, taken)
    model.add(total >= request.minimum_s).only_enforce_if(served)
    model.add(total <= max(request.duration_s, had_s))
    wish.counted = model.new_int_var(0, request.duration_s, "")
    model.add(wish.counted <= total)
    if request.part_s is not None and many > 1:
        split = model.new_bool_var("")
        model.add(sum(taken) <= 1).only_enforce_if(~split)
        for option in options:
            if option.stays is None:
                model.add(option.size >= request.part_s).only_enforce_if(split, option.taken)
            elif option.stays.end - option.stays.start < request.part_s:
                model.add_implication(split, ~option.taken)


def _count_changes(model: Any, wish: _Wish, standing: list[Track], lost: list[Track]) -> None:
    stays = [option.taken for option in wish.options if option.stays is not None]
    moves = [option for option in wish.options if option.stays is None]
    gone = len(stays) - sum(stays)
    added = model.new_int_var(0, max(len(moves), 1), "")
    model.add(added >= sum(option.taken for option in moves) - gone - len(lost))
    wish.changes = gone + added
    starts = [track.start for track in (*standing, *lost)]
    for option in moves if starts else ():
        near = min(starts, key=lambda s: max(option.begin - s, s - option.until, 0))
        shift = model.new_int_var(0, max(abs(option.begin - near), abs(option.until - near)), "")
        model.add(shift >= option.start - near).only_enforce_if(option.taken)
        model.add(shift >= near - option.start).only_enforce_if(option.taken)
        wish.shift.append(shift)


def _no_clash(model: Any, question: Question, wishes: Sequence[_Wish]) -> None:
    busy: dict[str, list[Any]] = defaultdict(list)
    on_air: dict[str, list[Any]] = defaultdict(list)
    for wish in wishes:
        setup, teardown = wish.request.setup_s, wish.request.teardown_s
        for option in wish.options:
            length = option.end - option.start if option.stays is not None else option.size
            whole = model.new_optional_interval_var(
                option.start - setup, length + setup + teardown, option.end + teardown, option.taken, ""
            )
            for name in option.resource:
                busy[name].append(whole)
            if wish.request.user not in question.concurrent:
                sent = model.new_optional_interval_var(option.start, length, option.end, option.taken, "")
                on_air[wish.request.user].append(sent)
    for intervals in (*busy.values(), *on_air.values()):
        if len(intervals) > 1:
            model.add_no_overlap(intervals)


def _hint(model: Any, wishes: Sequence[_Wish], tracks: Sequence[Track]) -> None:
    model.clear_hints()
    for wish in wishes:
        mine = {track for track in tracks if track.request == wish.request.id}
        for option in wish.options:
            if option.stays is not None:
                model.add_hint(option.taken, option.stays in mine)
                mine.discard(option.stays)
                continue
            fits = next((t for t in sorted(mine) if t.resource == option.resource and _holds(option, t)), None)
            model.add_hint(option.taken, fits is not None)
            model.add_hint(option.size, fits.end - fits.start if fits else 0)
            if fits is not None:
                model.add_hint(option.start, fits.start)
                mine.discard(fits)


def _holds(option: _Option, track: Track) -> bool:
    return option.begin <= track.start and track.end <= option.until


def _tracks(solver: Any, wishes: Sequence[_Wish]) -> list[Track]:
    found = []
    for wish in wishes:
        for option in wish.options:
            if solver.value(option.taken):
                if option.stays is not None:
                    found.append(option.stays)
                else:
                    found.append(
                        Track(solver.value(option.start), solver.value(option.end), wish.request.id, option.resource)
                    )
    return found
