"""The search for a schedule: several chains of `annealing`, side by side, and the best that any found."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event
from typing import get_args

import numpy as np

from comity.network.allocation.annealing import Goal, Search, fairer, iterate, place, value
from comity.network.allocation.answer import Aim, Schedule
from comity.network.allocation.arrays import (
    HOUR,
    Asked,
    Tracks,
    as_arrays,
    empty_tracks,
    placements,
    tracks_of,
)
from comity.network.allocation.bound import bound
from comity.network.allocation.question import Question, wrong
from comity.network.allocation.score import claims_s
from comity.network.allocation.verify import check
from comity.network.errors import NetworkError

#: Chains that search side by side: more find no more for each second of all.
CHAINS = 2
#: Pieces of a search between which its clock is read.
PIECES = 100
#: Part of the time that goes to the search; the rest proves a bound.
SEARCHED = 0.6
#: Seconds that an iteration takes on a slow core: for itself, and for each request. A faster core waits for nobody: the work is
#: counted, so that the same seed gives the same schedule wherever the clock does not come first.
ITERATION_S, REQUEST_S = 15e-6, 0.25e-6
#: Temperatures of the first and the last iteration, in parts of a usual request's length.
HOT, COLD = 1.0, 0.04
#: Part of the iterations of a lexicographic aim that accept only what is no worse.
POLISH = 0.2
#: What a set of unsatisfied shares weighs, in parts of all the hours that are asked for.
SQUARES, FAIR_SQUARES, FAIR_STEEP = 0.08, 0.04, 0.4
#: What hours that are summed in another order may differ by [h].
ROUNDING_H = 1e-6
#: No more than this part of the time is taken off for what goes before the search.
PREPARED = 0.5
#: Rules broken by a schedule to begin with that are told.
SHOWN = 5
#: Hours beside the fairness of a lexicographic aim.
FAIR_HOURS = 0.2
#: What a user with a refused request, and each refused request, weighs in usual requests (aim `satisfied`).
REFUSED_USER, REFUSED = 5.0, 0.5


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a search stands: hours of its best schedule so far, part of its work that is done, seconds since it began.

    `bound_hours` is there once it is sought.
    """

    hours: float
    done: float
    seconds: float
    bound_hours: float | None = None


def allocate(
    question: Question,
    *,
    aim: Aim = "balanced",
    time_s: float = 60.0,
    seed: int = 0,
    start: Schedule | None = None,
    change_cost: float = 0.0,
    prove: bool = True,
    on_progress: Callable[[Standing], None] | None = None,
) -> Schedule:
    """A schedule for a question, found within `time_s` seconds on `CHAINS` cores, with a proved bound (`prove`).

    What goes before the search counts, too, but for the first run on a machine, which compiles; after it, one round of the
    proof and a check of the schedule are made however late it is.

    `start` is a valid schedule to begin with; each of its requests that ends with other tracks costs `change_cost` hours.
    The same question, aim, time and seed give the same schedule, unless `by_clock` says that the clock came first.
    NetworkError when the question does not fit together, an aim is unknown, or `start` breaks a rule.
    """
    began = time.monotonic()
    faults = wrong(question)
    if faults:
        raise NetworkError("\n".join(faults))
    if aim not in get_args(Aim):
        raise NetworkError(f"there is no aim '{aim}'; there are {', '.join(get_args(Aim))}")
    if start is not None:
        _must_be_sound(question, start)
    asked, numbering = as_arrays(question)
    if not len(asked.opens):
        return Schedule(question.name, (), aim=aim, seed=seed, bound_hours=0.0 if prove else None)
    first = empty_tracks(asked, question.outages, numbering)
    for slot, view, on, off in placements(start, asked, numbering) if start is not None else ():
        place(asked, first, slot, view, on, off)
    goal = _goal(question, asked, aim, change_cost if start is not None else 0.0)
    chains = [_chain(asked, goal, first, child) for child in np.random.SeedSequence(seed).spawn(CHAINS)]
    iterate(asked, goal, chains[0].search, chains[0].rng, 0.0, 0.0, 0)  # compiles, once on a machine
    searched = SEARCHED if prove else 1.0
    # Work is counted by the time that was given; the clock alone knows what has gone before.
    work = max(PIECES, int(time_s * searched / (ITERATION_S + REQUEST_S * len(question.requests))))
    time_s -= min(time.monotonic() - began, PREPARED * time_s)
    clock = _Clock(time_s * searched, on_progress)
    heat = HOT * _usual_hours(asked), COLD * _usual_hours(asked)
    with ThreadPoolExecutor(CHAINS) as threads:
        try:
            runs = [threads.submit(_run, asked, goal, chain, heat, work, clock) for chain in chains]
            done = [run.result() for run in runs]
        except BaseException:
            clock.stopped.set()
            raise
    best = chains[0].search
    for chain in chains[1:]:
        best = chain.search if _better(goal, chain.search, best) else best
    made = Schedule(
        question.name,
        tracks_of(best.best, asked, numbering),
        aim=aim,
        seed=seed,
        work=sum(done),
        by_clock=min(done) < work,
    )
    broken = check(question, made)
    if broken:
        raise AssertionError(f"a search broke a rule: {broken[0].message}")
    return _proved(question, made, hours(asked, best.best), clock, time_s) if prove else made


def _must_be_sound(question: Question, start: Schedule) -> None:
    """NetworkError when a schedule to begin with breaks a rule: the first few, by name."""
    faults = check(question, start)
    if faults:
        more = f"\n{len(faults) - SHOWN} more; `comity network check` lists all" if len(faults) > SHOWN else ""
        said = "\n".join(f"{fault.rule}: {fault.message}" for fault in faults[:SHOWN])
        raise NetworkError(f"the schedule to begin with is not valid; `comity network repair` mends it\n{said}{more}")


def _proved(question: Question, made: Schedule, known: float, clock: _Clock, time_s: float) -> Schedule:
    """The schedule with the bound that is proved in the time that is left."""

    def told(hours: float, _: float) -> None:
        clock.tell(known, 1.0, hours)

    proof = bound(question, known_hours=known, time_s=time_s - clock.spent(), on_progress=told)
    if proof.hours < known - ROUNDING_H:
        raise AssertionError(f"a proof of {proof.hours} h at most, and {known} h are tracked")
    return replace(made, bound_hours=max(proof.hours, known), by_clock=made.by_clock or proof.by_clock)


@dataclass(frozen=True, slots=True)
class _Chain:
    search: Search
    rng: np.random.Generator


class _Clock:
    """When a search began and must end, and whom to tell."""

    def __init__(self, time_s: float, on_progress: Callable[[Standing], None] | None) -> None:
        self._began = time.monotonic()
        self._tell = on_progress
        self.time_s = time_s
        self.stopped = Event()

    def spent(self) -> float:
        return time.monotonic() - self._began

    def tell(self, best_hours: float, done: float, bound_hours: float | None = None) -> None:
        if self._tell is not None:
            self._tell(Standing(best_hours, done, self.spent(), bound_hours))


def _run(asked: Asked, goal: Goal, chain: _Chain, heat: tuple[float, float], work: int, clock: _Clock) -> int:
    """Runs a chain through its pieces; gives the iterations done. Behind the clock it leaves out pieces, so that it still cools."""
    cooling = round(PIECES * (1 - POLISH)) if goal.lexicographic else PIECES
    done = piece = 0
    while piece < PIECES and clock.spent() < clock.time_s and not clock.stopped.is_set():
        size = work * (piece + 1) // PIECES - work * piece // PIECES
        hot, cold = (heat[0] * (heat[1] / heat[0]) ** (at / cooling) for at in (piece, piece + 1))
        if piece >= cooling:
            hot = cold = 0.0
        iterate(asked, goal, chain.search, chain.rng, hot, cold, size)
        done += size
        piece = max(piece + 1, int(PIECES * clock.spent() / clock.time_s))
        clock.tell(hours(asked, chain.search.best), min(1.0, piece / PIECES))
    return done


def _chain(asked: Asked, goal: Goal, first: Tracks, seed: np.random.SeedSequence) -> _Chain:
    shares = np.zeros(len(goal.claim))
    worth = value(asked, goal, first, first, shares)
    trial, accepted, best = (Tracks(*(array.copy() for array in first)) for _ in range(3))
    standing = np.array([worth, worth, 0.0])
    return _Chain(
        Search(trial, accepted, best, first, standing, np.stack([shares, shares])), np.random.default_rng(seed)
    )


def _better(goal: Goal, one: Search, other: Search) -> bool:
    fair = fairer(one.shares[1], other.shares[1]) if goal.lexicographic else 0
    return bool(fair > 0 or (fair == 0 and one.standing[1] > other.standing[1]))


def _goal(question: Question, asked: Asked, aim: Aim, change_cost: float) -> Goal:
    """The weights of an aim; what stands against hours grows with the hours that are asked for."""
    of_agency = aim == "agencies"
    names = [(request.agency or request.user) if of_agency else request.user for request in question.requests]
    number = {name: i for i, name in enumerate(sorted(set(names)))}
    group = np.array([number[name] for name in names], np.int64)
    weighed = asked.duration * asked.priority
    claim = np.bincount(group, weights=weighed).astype(np.float64)
    if of_agency:
        claims = claims_s(question)
        claim *= [claims[name] / asked.duration[group == i].sum() for name, i in number.items()]
    wanted, usual = float(weighed.sum()) / HOUR, _usual_hours(asked)
    lexicographic = aim in ("fairest", "agencies")
    return Goal(
        hours=FAIR_HOURS if lexicographic else 1.0,
        squares={"balanced": SQUARES, "fairest": FAIR_SQUARES, "agencies": FAIR_SQUARES}.get(aim, 0.0) * wanted,
        steep=FAIR_STEEP * wanted if lexicographic else 0.0,
        refused_users=REFUSED_USER * usual if aim == "satisfied" else 0.0,
        refused=REFUSED * usual if aim == "satisfied" else 0.0,
        changed=change_cost,
        lexicographic=lexicographic,
        group=group,
        claim=claim,
    )


def _usual_hours(asked: Asked) -> float:
    """The length of a usual request [h]."""
    return float(np.median(asked.duration)) / HOUR


def hours(asked: Asked, tracks: Tracks) -> float:
    """Hours that count, of a schedule that may be changing meanwhile."""
    tracked = np.where(tracks.view_of >= 0, tracks.off - tracks.on, 0)[: len(asked.duration) * asked.parts]
    total = tracked.reshape(-1, asked.parts).sum(axis=1)
    return float(np.where(total >= asked.minimum, np.minimum(total, asked.duration), 0).sum()) / HOUR
