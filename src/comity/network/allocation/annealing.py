"""Ruin and recreate under simulated annealing, compiled: the search for a good schedule.

Schrimpf et al. 2000, "Record breaking optimization results using the ruin and recreate principle", J. Comput. Phys. 159;
blinks after Christiaens & Vanden Berghe 2020, "Slack induction by string removals", Transportation Science 54(2). Each
iteration takes out what stands around a request that was refused, shortens all tracks to their minimum, pushes them
together, puts requests in one by one where the least contended time is spent, and lets tracks grow again.

All compiled code is in this one file, because a compiled function's stored form is renewed when its own file changes, not
when that of a function it calls does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import njit

from comity.network.allocation.arrays import HOUR, Asked, Floats, Ints, Tracks

F = TypeVar("F", bound=Callable[..., Any])
#: Functions that are compiled, without Python's lock; `bare` ones allocate nothing, which makes them four times faster.
compiled = njit(cache=True, nogil=True)
bare: Callable[[F], F] = njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]

#: Part of the ruins that stand around a refused request, and of those that take out time on antennas (not requests at large).
AROUND_REFUSED, OF_TIME = 0.8, 0.9
#: Part of the ruins that also take out the same time on another antenna.
ELSEWHERE = 0.7
#: Half the time that is taken out [s]: the first, and up to the second more (rarely much of it).
HALF_LEAST, HALF_MORE = 1.2 * HOUR, 8.8 * HOUR
#: Part of the view periods that are passed over when a request is put in (blinks), and the noise on its costs.
BLINK, NOISE = 0.03, 0.4
#: Free time beside a track that is too short to be of use costs the first a second, up to the second (in prices of hours).
WASTE, MOST_WASTE, WASTE_HOURS = 0.3, 0.6, 2.5
#: Part of the times at which a request is split though it might be put in whole.
SPLIT = 0.1
#: Part of the iterations in which tracks first grow to some part of what they want, where fairness counts.
SHARED = 0.2
#: Places in a view period that are tried.
PLACES = 7
#: Power of unsatisfied shares that makes the worst-off count nearly alone.
STEEP = 8
#: Unsatisfied shares that differ by less are alike.
ALIKE = 1e-3


class Goal(NamedTuple):
    """What is sought, in hours: the value of a schedule is what `value` says with these weights.

    `group` of each request is its user, or its agency; `claim[group]` is what it has a claim to [weighted s].
    """

    hours: float
    squares: float
    steep: float
    refused_users: float
    refused: float
    changed: float
    lexicographic: bool
    group: Ints
    claim: Floats


class Search(NamedTuple):
    """What a search holds: the schedule under change, the last accepted, the best, and the one it started from.

    `standing`: value of the accepted, value of the best, iterations accepted.
    """

    trial: Tracks
    accepted: Tracks
    best: Tracks
    first: Tracks
    standing: Floats
    shares: Floats


# --- tracks on antennas and users ---------------------------------------------------------------------------------------


@bare
def _insert(rows: Ints, count: Ints, row: int, slot: int, key: Ints) -> None:
    i = count[row]
    while i > 0 and key[rows[row, i - 1]] > key[slot]:
        rows[row, i] = rows[row, i - 1]
        i -= 1
    rows[row, i] = slot
    count[row] += 1


@bare
def _remove(rows: Ints, count: Ints, row: int, slot: int) -> None:
    i = _position(rows, row, slot)
    count[row] -= 1
    for k in range(i, count[row]):
        rows[row, k] = rows[row, k + 1]


@bare
def _position(rows: Ints, row: int, slot: int) -> int:
    i = 0
    while rows[row, i] != slot:
        i += 1
    return i


@bare
def _set_span(asked: Asked, tracks: Tracks, slot: int, on: int, off: int) -> None:
    r = slot // asked.parts
    tracks.on[slot], tracks.off[slot] = on, off
    tracks.busy_from[slot], tracks.busy_to[slot] = on - asked.setup[r], off + asked.teardown[r]


@bare
def place(asked: Asked, tracks: Tracks, slot: int, view: int, on: int, off: int) -> None:
    """Puts a track where it is known to be free."""
    tracks.view_of[slot] = view
    _set_span(asked, tracks, slot, on, off)
    for j in range(asked.antennas.shape[1]):
        a = asked.antennas[view, j]
        if a >= 0:
            _insert(tracks.by_antenna, tracks.antenna_count, a, slot, tracks.busy_from)
    user = asked.user[slot // asked.parts]
    if asked.exclusive[user]:
        _insert(tracks.by_user, tracks.user_count, user, slot, tracks.on)


@bare
def _take_out(asked: Asked, tracks: Tracks, r: int) -> None:
    user = asked.user[r]
    for slot in range(r * asked.parts, (r + 1) * asked.parts):
        if tracks.view_of[slot] < 0:
            continue
        for j in range(asked.antennas.shape[1]):
            a = asked.antennas[tracks.view_of[slot], j]
            if a >= 0:
                _remove(tracks.by_antenna, tracks.antenna_count, a, slot)
        if asked.exclusive[user]:
            _remove(tracks.by_user, tracks.user_count, user, slot)
        tracks.view_of[slot] = -1


@bare
def earliest(asked: Asked, tracks: Tracks, r: int, view: int, on: int, length: int) -> int:
    """The first second from `on` at which a track of this length is free in a view period; -1 when there is none."""
    user = asked.user[r]
    while on + length <= asked.closes[view]:
        moved = False
        for j in range(asked.antennas.shape[1]):
            a = asked.antennas[view, j]
            if a < 0:
                break
            for i in range(tracks.antenna_count[a]):
                other = tracks.by_antenna[a, i]
                if tracks.busy_from[other] >= on + length + asked.teardown[r]:
                    break
                if tracks.busy_to[other] > on - asked.setup[r]:
                    on = tracks.busy_to[other] + asked.setup[r]
                    moved = True
        for i in range(tracks.user_count[user]):
            other = tracks.by_user[user, i]
            if tracks.on[other] >= on + length:
                break
            if tracks.off[other] > on:
                on = tracks.off[other]
                moved = True
        if not moved:
            return on
    return -1


@bare
def _latest_off(asked: Asked, tracks: Tracks, slot: int) -> int:
    """How far a track could end, its start where it is."""
    r = slot // asked.parts
    limit = asked.closes[tracks.view_of[slot]]
    for j in range(asked.antennas.shape[1]):
        a = asked.antennas[tracks.view_of[slot], j]
        if a < 0:
            break
        i = _position(tracks.by_antenna, a, slot) + 1
        if i < tracks.antenna_count[a]:
            limit = min(limit, tracks.busy_from[tracks.by_antenna[a, i]] - asked.teardown[r])
    user = asked.user[r]
    if asked.exclusive[user]:
        i = _position(tracks.by_user, user, slot) + 1
        if i < tracks.user_count[user]:
            limit = min(limit, tracks.on[tracks.by_user[user, i]])
    return limit


@bare
def _earliest_on(asked: Asked, tracks: Tracks, slot: int) -> int:
    """How early a track could start, its end where it is."""
    r = slot // asked.parts
    limit = asked.opens[tracks.view_of[slot]]
    for j in range(asked.antennas.shape[1]):
        a = asked.antennas[tracks.view_of[slot], j]
        if a < 0:
            break
        i = _position(tracks.by_antenna, a, slot) - 1
        if i >= 0:
            limit = max(limit, tracks.busy_to[tracks.by_antenna[a, i]] + asked.setup[r])
    user = asked.user[r]
    if asked.exclusive[user]:
        i = _position(tracks.by_user, user, slot) - 1
        if i >= 0:
            limit = max(limit, tracks.off[tracks.by_user[user, i]])
    return limit


@compiled
def _copy(to: Tracks, source: Tracks) -> None:
    to.view_of[:] = source.view_of
    to.on[:] = source.on
    to.off[:] = source.off
    to.busy_from[:] = source.busy_from
    to.busy_to[:] = source.busy_to
    to.by_antenna[:] = source.by_antenna
    to.antenna_count[:] = source.antenna_count
    to.by_user[:] = source.by_user
    to.user_count[:] = source.user_count


# --- what a schedule is worth -------------------------------------------------------------------------------------------


@bare
def _served(asked: Asked, tracks: Tracks, r: int) -> int:
    total = 0
    for slot in range(r * asked.parts, (r + 1) * asked.parts):
        if tracks.view_of[slot] >= 0:
            total += tracks.off[slot] - tracks.on[slot]
    return min(total, asked.duration[r]) if total >= asked.minimum[r] else 0


@bare
def _changed(asked: Asked, tracks: Tracks, first: Tracks, r: int) -> bool:
    """Whether a request that had tracks at first has others now."""
    for slot in range(r * asked.parts, (r + 1) * asked.parts):
        if first.view_of[slot] >= 0:
            same_view = tracks.view_of[slot] == first.view_of[slot]
            if not same_view or tracks.on[slot] != first.on[slot] or tracks.off[slot] != first.off[slot]:
                return True
    return False


@compiled
def value(asked: Asked, goal: Goal, tracks: Tracks, first: Tracks, shares: Floats) -> float:
    """What a schedule is worth; `shares` of each group's claim that is not satisfied are written on the way."""
    hours, refused, changed = 0.0, 0, 0
    shares[:] = 0.0
    has_refused = np.zeros(len(asked.exclusive), np.bool_)
    for r in range(len(asked.duration)):
        seconds = _served(asked, tracks, r) * asked.priority[r]
        hours += seconds / HOUR
        shares[goal.group[r]] += seconds
        if seconds == 0:
            refused += 1
            has_refused[asked.user[r]] = True
        if goal.changed > 0 and _changed(asked, tracks, first, r):
            changed += 1
    total = (
        goal.hours * hours - goal.refused_users * has_refused.sum() - goal.refused * refused - goal.changed * changed
    )
    for g in range(len(shares)):
        shares[g] = max(0.0, 1.0 - shares[g] / goal.claim[g]) if goal.claim[g] > 0 else 0.0
        total -= goal.squares * shares[g] ** 2 + goal.steep * shares[g] ** STEEP
    return total


@compiled
def fairer(shares: Floats, than: Floats) -> int:
    """1 when the worst-off (then the next, ...) are better off in the first, -1 in the second, 0 when alike."""
    one, other = np.sort(shares), np.sort(than)
    for i in range(len(one) - 1, -1, -1):
        if one[i] < other[i] - ALIKE:
            return 1
        if one[i] > other[i] + ALIKE:
            return -1
    return 0


# --- one iteration ------------------------------------------------------------------------------------------------------


@bare
def _ruin(asked: Asked, tracks: Tracks, rng: np.random.Generator) -> None:
    kind = rng.random()
    r = _any_request(asked, tracks, rng, kind < AROUND_REFUSED)
    if kind >= OF_TIME or asked.first_view[r] == asked.first_view[r + 1]:
        for _ in range(2 + int(rng.random() * 10)):
            _take_out(asked, tracks, int(rng.random() * len(asked.duration)))
        return
    first, after = asked.first_view[r], asked.first_view[r + 1]
    view = first + int(rng.random() * (after - first))
    middle = asked.opens[view] + rng.random() * (asked.closes[view] - asked.opens[view])
    half = HALF_LEAST + HALF_MORE * rng.random() * rng.random()
    for j in range(asked.antennas.shape[1]):
        a = asked.antennas[view, j]
        if a >= 0:
            _clear(asked, tracks, a, middle - half, middle + half)
    if rng.random() < ELSEWHERE:
        _clear(asked, tracks, int(rng.random() * len(tracks.antenna_count)), middle - half, middle + half)


@bare
def _any_request(asked: Asked, tracks: Tracks, rng: np.random.Generator, refused: bool) -> int:
    """A request at random; one that is refused if there is one and that is wanted."""
    chosen, seen = int(rng.random() * len(asked.duration)), 0
    if refused:
        for r in range(len(asked.duration)):
            if tracks.view_of[r * asked.parts] < 0:
                seen += 1
                if rng.random() * seen < 1:
                    chosen = r
    return chosen


@bare
def _clear(asked: Asked, tracks: Tracks, antenna: int, start: float, end: float) -> None:
    requests = len(asked.duration) * asked.parts
    i = 0
    while i < tracks.antenna_count[antenna]:
        slot = tracks.by_antenna[antenna, i]
        if slot < requests and tracks.busy_to[slot] > start and tracks.busy_from[slot] < end:
            _take_out(asked, tracks, slot // asked.parts)
            i = 0
        else:
            i += 1


@bare
def _stays(tracks: Tracks, first: Tracks, slot: int, goal: Goal) -> bool:
    """Whether a track is as it was at first, where changes cost."""
    return (
        goal.changed > 0
        and first.view_of[slot] == tracks.view_of[slot]
        and first.on[slot] == tracks.on[slot]
        and first.off[slot] == tracks.off[slot]
    )


@bare
def _shorten(asked: Asked, goal: Goal, tracks: Tracks, first: Tracks, rng: np.random.Generator) -> None:
    """All tracks to their minimum, at either end; parts of what is split stay."""
    for r in range(len(asked.duration)):
        slot = r * asked.parts
        split = asked.parts > 1 and tracks.view_of[slot + 1] >= 0
        if tracks.view_of[slot] < 0 or split or _stays(tracks, first, slot, goal):
            continue
        on, off = tracks.on[slot], tracks.off[slot]
        if off - on > asked.minimum[r]:
            if rng.random() < 0.5:
                _set_span(asked, tracks, slot, on, on + asked.minimum[r])
            else:
                _set_span(asked, tracks, slot, off - asked.minimum[r], off)


@bare
def _push(asked: Asked, goal: Goal, tracks: Tracks, first: Tracks, earlier: bool) -> None:
    """All tracks as early (or late) as they can be without changing their order."""
    requests = len(asked.duration) * asked.parts
    for a in range(len(tracks.antenna_count)):
        for k in range(tracks.antenna_count[a]):
            slot = tracks.by_antenna[a, k if earlier else tracks.antenna_count[a] - 1 - k]
            if slot >= requests or asked.antennas[tracks.view_of[slot], 0] != a or _stays(tracks, first, slot, goal):
                continue
            on, off = tracks.on[slot], tracks.off[slot]
            if earlier:
                on = min(on, _earliest_on(asked, tracks, slot))
                _set_span(asked, tracks, slot, on, on + off - tracks.on[slot])
            else:
                off = max(off, _latest_off(asked, tracks, slot))
                _set_span(asked, tracks, slot, off - (tracks.off[slot] - on), off)


@compiled
def _recreate(
    asked: Asked, goal: Goal, tracks: Tracks, first: Tracks, shares: Floats, rng: np.random.Generator
) -> None:
    """Puts in what is out, in one of several orders, where the least contended time is spent."""
    out = np.zeros(len(asked.duration), np.int64)
    key = np.zeros(len(asked.duration))
    count = 0
    order = int(rng.random() * 5)
    for r in range(len(asked.duration)):
        if tracks.view_of[r * asked.parts] >= 0 or asked.first_view[r] == asked.first_view[r + 1]:
            continue
        out[count] = r
        noise = 0.6 + 0.8 * rng.random()
        if order == 0:
            key[count] = noise
        elif order == 1:  # the longest first
            key[count] = -asked.minimum[r] * noise
        elif order == 2:  # who has the fewest view periods
            key[count] = (asked.first_view[r + 1] - asked.first_view[r]) * noise
        elif order == 3:  # whose group is the worst off
            key[count] = -shares[goal.group[r]] * noise
        else:  # who spends the least time on setup and teardown
            key[count] = (asked.setup[r] + asked.teardown[r] + asked.minimum[r]) / asked.minimum[r] * noise
        key[count] /= asked.priority[r] if key[count] > 0 else 1 / asked.priority[r]
        count += 1
    for i in np.argsort(key[:count]):
        r = out[i]
        if goal.changed > 0 and rng.random() < 0.9 and _put_back(asked, tracks, first, r):
            continue
        if asked.part[r] > 0 and rng.random() < SPLIT and _put_parts(asked, tracks, r, asked.duration[r], rng):
            continue
        if not _put_whole(asked, tracks, r, rng) and asked.part[r] > 0:
            _put_parts(asked, tracks, r, asked.minimum[r], rng)


@bare
def _put_back(asked: Asked, tracks: Tracks, first: Tracks, r: int) -> bool:
    """Puts a request where it was at first, if that is free."""
    placed = False
    for slot in range(r * asked.parts, (r + 1) * asked.parts):
        if first.view_of[slot] < 0:
            continue
        on, length = first.on[slot], first.off[slot] - first.on[slot]
        if earliest(asked, tracks, r, first.view_of[slot], on, length) != on:
            _take_out(asked, tracks, r)
            return False
        place(asked, tracks, slot, first.view_of[slot], on, on + length)
        placed = True
    return placed


@bare
def _put_whole(asked: Asked, tracks: Tracks, r: int, rng: np.random.Generator) -> bool:
    length = asked.minimum[r]
    least, best_view, best_on = math.inf, -1, 0
    for view in range(asked.first_view[r], asked.first_view[r + 1]):
        if rng.random() < BLINK or asked.closes[view] - asked.opens[view] < length:
            continue
        on = asked.opens[view]
        for _ in range(PLACES):
            on = earliest(asked, tracks, r, view, on, length)
            if on < 0:
                break
            cost, following = _cost(asked, tracks, r, view, on, length)
            noisy = cost * (1 - NOISE / 2 + NOISE * rng.random())
            if noisy < least:
                least, best_view, best_on = noisy, view, on
            if following < 0:
                break
            # The other end of the gap, so that it stays in one piece.
            late = min(following - asked.teardown[r], asked.closes[view]) - length
            if late > on and earliest(asked, tracks, r, view, late, length) == late:
                noisy = cost * (1 - NOISE / 2 + NOISE * rng.random())
                if noisy < least:
                    least, best_view, best_on = noisy, view, late
            on = following
    if best_view >= 0:
        place(asked, tracks, r * asked.parts, best_view, best_on, best_on + length)
    return best_view >= 0


@bare
def _cost(asked: Asked, tracks: Tracks, r: int, view: int, on: int, length: int) -> tuple[float, int]:
    """What a place costs in contended hours and wasted gaps; and when the next track on its antennas begins (-1: none)."""
    busy_from, busy_to = on - asked.setup[r], on + length + asked.teardown[r]
    hours = asked.price.shape[1]
    cost, following = 0.0, -1
    for j in range(asked.antennas.shape[1]):
        a = asked.antennas[view, j]
        if a < 0:
            break
        before, after = 0, -1
        for i in range(tracks.antenna_count[a]):
            other = tracks.by_antenna[a, i]
            if tracks.busy_from[other] >= busy_to:
                after = tracks.busy_from[other]
                break
            before = tracks.busy_to[other]
        if after >= 0 and (following < 0 or after < following):
            following = after
        for hour in range(max(0, busy_from // HOUR), min(hours - 1, busy_to // HOUR) + 1):
            cost += asked.price[a, hour]
        cost += _waste(busy_from - before) + (_waste(after - busy_to) if after >= 0 else MOST_WASTE)
    return cost, following


@bare
def _waste(gap: int) -> float:
    return WASTE * gap / HOUR if gap < WASTE_HOURS * HOUR else MOST_WASTE


@bare
def _put_parts(asked: Asked, tracks: Tracks, r: int, wanted: int, rng: np.random.Generator) -> bool:
    """Splits a request into as few parts as fit, alike if they can be, that make up what is wanted or its minimum at least."""
    for parts in range(2, min(asked.parts, asked.duration[r] // asked.part[r]) + 1):
        alike = -(-wanted // parts)
        if _put_so_many(asked, tracks, r, parts, max(asked.part[r], alike), wanted, rng):
            return True
        if alike > asked.part[r] and _put_so_many(asked, tracks, r, parts, asked.part[r], wanted, rng):
            return True
    return False


@bare
def _put_so_many(
    asked: Asked, tracks: Tracks, r: int, parts: int, length: int, wanted: int, rng: np.random.Generator
) -> bool:
    """Puts parts of a length in the first places found from a view period at random, each perhaps lengthened to what is missing."""
    views = asked.first_view[r + 1] - asked.first_view[r]
    begin, placed, missing = int(rng.random() * views), 0, wanted
    for k in range(views):
        view = asked.first_view[r] + (begin + k) % views
        on = asked.opens[view]
        while placed < parts:
            on = earliest(asked, tracks, r, view, on, length)
            if on < 0:
                break
            slot = r * asked.parts + placed
            place(asked, tracks, slot, view, on, on + length)
            placed += 1
            longest = missing - (parts - placed) * length
            if longest > length and rng.random() < 0.5:
                _set_span(asked, tracks, slot, on, min(_latest_off(asked, tracks, slot), on + longest))
            missing -= tracks.off[slot] - on
            on = tracks.off[slot]
        if placed == parts and wanted - missing >= asked.minimum[r]:
            return True
    _take_out(asked, tracks, r)
    return False


@compiled
def _grow(asked: Asked, goal: Goal, tracks: Tracks, first: Tracks, rng: np.random.Generator) -> None:
    """Lets tracks grow into free time up to what was asked for, in random order (priorities first).

    Where fairness counts, now and then each first to some part of it, so that neighbours share what lies between them.
    """
    key = np.zeros(len(asked.duration))
    for r in range(len(key)):
        key[r] = rng.random() - asked.priority[r]
    order = np.argsort(key)
    if goal.squares > 0 and rng.random() < SHARED:
        for r in order:
            _lengthen(asked, goal, tracks, first, r, int(rng.random() * (asked.duration[r] - asked.minimum[r])))
    for r in order:
        _lengthen(asked, goal, tracks, first, r, asked.duration[r] - asked.minimum[r])


@bare
def _lengthen(asked: Asked, goal: Goal, tracks: Tracks, first: Tracks, r: int, most: int) -> None:
    """Lets the tracks of a request grow to its minimum and so much more."""
    missing = asked.minimum[r] + most - _served(asked, tracks, r)
    for slot in range(r * asked.parts, (r + 1) * asked.parts):
        if tracks.view_of[slot] < 0 or missing <= 0 or _stays(tracks, first, slot, goal):
            continue
        off = min(_latest_off(asked, tracks, slot), tracks.off[slot] + missing)
        if off > tracks.off[slot]:
            missing -= off - tracks.off[slot]
            _set_span(asked, tracks, slot, tracks.on[slot], off)
        on = max(_earliest_on(asked, tracks, slot), tracks.on[slot] - missing)
        if on < tracks.on[slot]:
            missing -= tracks.on[slot] - on
            _set_span(asked, tracks, slot, on, tracks.off[slot])


@compiled
def iterate(
    asked: Asked, goal: Goal, search: Search, rng: np.random.Generator, hot: float, cold: float, iterations: int
) -> None:
    """Iterations while the temperature falls from `hot` to `cold` [hours]; at 0 only what is no worse is accepted."""
    trial, shares = search.trial, np.zeros(len(goal.claim))
    for i in range(iterations):
        _ruin(asked, trial, rng)
        _shorten(asked, goal, trial, search.first, rng)
        if rng.random() < 0.5:
            _push(asked, goal, trial, search.first, rng.random() < 0.5)
        _recreate(asked, goal, trial, search.first, search.shares[0], rng)
        _grow(asked, goal, trial, search.first, rng)
        found = value(asked, goal, trial, search.first, shares)
        if _accepts(goal, search, found, shares, hot * (cold / hot) ** (i / iterations) if cold > 0 else 0.0, rng):
            search.standing[0] = found
            search.standing[2] += 1
            search.shares[0] = shares
            _copy(search.accepted, trial)
            order = fairer(shares, search.shares[1]) if goal.lexicographic else 0
            if order > 0 or (order == 0 and found > search.standing[1]):
                search.standing[1] = found
                search.shares[1] = shares
                _copy(search.best, trial)
        else:
            _copy(trial, search.accepted)


@compiled
def _accepts(
    goal: Goal, search: Search, found: float, shares: Floats, temperature: float, rng: np.random.Generator
) -> bool:
    better = found - search.standing[0]
    if temperature > 0:
        return better >= 0 or rng.random() < math.exp(better / temperature)
    order = fairer(shares, search.shares[0]) if goal.lexicographic else 0
    return order > 0 or (order == 0 and better >= 0)
