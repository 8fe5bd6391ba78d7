"""What each request would best do at given prices of time: the inner problem of `bound`, compiled.

Prices stand at points of a grid of time, on each antenna and for each user who sends one track at a time. A track pays the
points that it keeps busy. The best track begins just after a point that has a price, or ends just before one, or lies at an
end of its window, or has the whole length that was asked for next to such a place, because anything else can be moved or
lengthened without paying more; so these are tried alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from comity.network.allocation.arrays import Floats, Ints

compiled = njit(cache=True, nogil=True)

#: Lengths of parts are told apart by so many seconds, rounded up.
BUCKET = 60


class Windows(NamedTuple):
    """Requests as in `arrays.Asked`, and for each (from `first[r]` to `first[r + 1]`) the windows in which it may send.

    Windows are view periods without what outages take; `antennas[w]` is an array, -1 where it is narrower. `points` are
    instants at steps of `step` seconds from the start, 0 to `points - 1`.
    """

    step: int
    points: int
    duration: Ints
    minimum: Ints
    setup: Ints
    teardown: Ints
    part: Ints
    user: Ints
    exclusive: NDArray[np.bool_]
    first: Ints
    opens: Ints
    closes: Ints
    antennas: Ints


@compiled
def best_answers(
    windows: Windows, begin: int, end: int, on_antennas: Floats, of_users: Floats, used: Floats, used_by: Floats
) -> float:
    """The most that requests `begin` to `end` are worth at prices [s]; adds what they then use to `used` and `used_by`.

    Prices are [s] by antenna and point, and by user and point. Parts of one request are priced as if they did not meet.
    """
    total = 0.0
    costs = np.zeros(windows.points + 1)
    own = np.zeros(windows.points + 1)
    for r in range(begin, end):
        split = windows.part[r] > 0 and windows.duration[r] // windows.part[r] > 1
        buckets = -(-windows.duration[r] // BUCKET) + 1
        cheapest = np.full(buckets if split else 1, math.inf)
        place = np.zeros((buckets if split else 1, 3), np.int64)
        whole = np.zeros(3, np.int64)
        most = 0.0
        user = windows.user[r]
        own[:] = 0.0
        if windows.exclusive[user]:
            for k in range(windows.points):
                own[k + 1] = own[k] + of_users[user, k]
        least = min(windows.minimum[r], windows.part[r]) if split else windows.minimum[r]
        for w in range(windows.first[r], windows.first[r + 1]):
            opens, closes = windows.opens[w], windows.closes[w]
            if closes - opens < least:
                continue
            _sum_prices(windows, r, w, on_antennas, costs)
            ons, offs = _candidates(windows, r, w, costs, own)
            for i in range(len(ons)):
                for j in range(len(offs)):
                    if offs[j] - ons[i] >= windows.duration[r]:
                        break
                    if offs[j] - ons[i] >= least:
                        most = _tried(windows, r, w, ons[i], offs[j], costs, own, most, whole, cheapest, place, split)
                if ons[i] + windows.duration[r] <= closes:
                    off = ons[i] + windows.duration[r]
                    most = _tried(windows, r, w, ons[i], off, costs, own, most, whole, cheapest, place, split)
            for j in range(len(offs)):
                if offs[j] - windows.duration[r] >= opens:
                    on = offs[j] - windows.duration[r]
                    most = _tried(windows, r, w, on, offs[j], costs, own, most, whole, cheapest, place, split)
        parts = _in_parts(windows, r, cheapest, place, most, used, used_by) if split else 0.0
        if parts > most:
            total += parts
        elif most > 0:
            total += most
            _use(windows, r, whole, used, used_by)
    return total


@compiled
def _sum_prices(windows: Windows, r: int, w: int, on_antennas: Floats, costs: Floats) -> None:
    """`costs[k]`: prices of all antennas of a window at points before k (from where its tracks can be busy)."""
    low = max(0, (windows.opens[w] - windows.setup[r]) // windows.step)
    high = min(windows.points, (windows.closes[w] + windows.teardown[r]) // windows.step + 2)
    costs[: low + 1] = 0.0
    for k in range(low, high):
        price = 0.0
        for j in range(windows.antennas.shape[1]):
            a = windows.antennas[w, j]
            if a < 0:
                break
            price += on_antennas[a, k]
        costs[k + 1] = costs[k] + price
    costs[high:] = costs[high]


@compiled
def _candidates(windows: Windows, r: int, w: int, costs: Floats, own: Floats) -> tuple[Ints, Ints]:
    """Starts just after priced points, ends just before them, and the ends of the window; in order of time."""
    step, setup, teardown = windows.step, windows.setup[r], windows.teardown[r]
    opens, closes = windows.opens[w], windows.closes[w]
    low = max(0, (opens - setup) // step)
    high = min(windows.points, (closes + teardown) // step + 2)
    ons, offs = np.empty(2 * (high - low) + 1, np.int64), np.empty(2 * (high - low) + 1, np.int64)
    ons[0], offs[0] = opens, closes
    i, j = 1, 1
    for k in range(low, high):
        at = k * step
        if costs[k + 1] > costs[k]:
            if opens < at + 1 + setup < closes:
                ons[i] = at + 1 + setup
                i += 1
            if opens < at - teardown < closes:
                offs[j] = at - teardown
                j += 1
        if own[k + 1] > own[k]:
            if opens < at + 1 < closes:
                ons[i] = at + 1
                i += 1
            if opens < at < closes:
                offs[j] = at
                j += 1
    return np.sort(ons[:i]), np.sort(offs[:j])


@compiled
def _tried(
    windows: Windows,
    r: int,
    w: int,
    on: int,
    off: int,
    costs: Floats,
    own: Floats,
    most: float,
    whole: Ints,
    cheapest: Floats,
    place: Ints,
    split: bool,
) -> float:
    """Notes a track if it is the best so far as a whole, or the cheapest part of its length; gives the best whole's worth."""
    step, last = windows.step, windows.points
    a = min(last, max(0, -(-(on - windows.setup[r]) // step)))
    b = min(last, max(0, -(-(off + windows.teardown[r]) // step)))
    c, d = min(last, -(-on // step)), min(last, -(-off // step))
    cost = costs[b] - costs[a] + own[d] - own[c]
    length = off - on
    if length >= windows.minimum[r] and length - cost > most:
        most = length - cost
        whole[0], whole[1], whole[2] = w, on, off
    if split and length >= windows.part[r]:
        bucket = -(-length // BUCKET)
        if cost < cheapest[bucket]:
            cheapest[bucket] = cost
            place[bucket, 0], place[bucket, 1], place[bucket, 2] = w, on, off
    return most


@compiled
def _in_parts(
    windows: Windows, r: int, cheapest: Floats, place: Ints, most: float, used: Floats, used_by: Floats
) -> float:
    """The most that a request is worth in two parts or more, if that is above `most`; adds what they use."""
    least = math.inf
    kept = np.zeros(len(cheapest), np.int64)
    count = 0
    for bucket in range(len(cheapest) - 1, 0, -1):
        if cheapest[bucket] < least:  # cheaper than all that are longer
            least = cheapest[bucket]
            kept[count] = bucket
            count += 1
    parts = windows.duration[r] // windows.part[r]
    size = len(cheapest)
    sums = np.full((parts, size), math.inf)
    came = np.zeros((parts, size), np.int64)
    for i in range(count):
        sums[0, kept[i]] = cheapest[kept[i]]
    best, best_n, best_total = most, 0, 0
    for n in range(1, parts):
        for total in range(1, size):
            before = sums[n - 1, total]
            if before == math.inf:
                continue
            for i in range(count):
                new = min(size - 1, total + kept[i])
                if before + cheapest[kept[i]] < sums[n, new]:
                    sums[n, new] = before + cheapest[kept[i]]
                    came[n, new] = kept[i] * size + total
        for total in range(size):
            length = min(total * BUCKET, windows.duration[r])
            if length >= windows.minimum[r] and length - sums[n, total] > best:
                best, best_n, best_total = length - sums[n, total], n, total
    if best_n == 0:
        return 0.0
    n, total = best_n, best_total
    while n > 0:
        _use(windows, r, place[came[n, total] // size], used, used_by)
        n, total = n - 1, came[n, total] % size
    _use(windows, r, place[total], used, used_by)
    return best


@compiled
def _use(windows: Windows, r: int, place: Ints, used: Floats, used_by: Floats) -> None:
    """Counts the points that a track keeps busy."""
    w, on, off = place[0], place[1], place[2]
    step, last = windows.step, windows.points
    a = min(last, max(0, -(-(on - windows.setup[r]) // step)))
    b = min(last, max(0, -(-(off + windows.teardown[r]) // step)))
    for j in range(windows.antennas.shape[1]):
        antenna = windows.antennas[w, j]
        if antenna < 0:
            break
        for k in range(a, b):
            used[antenna, k] += 1.0
    user = windows.user[r]
    if windows.exclusive[user]:
        for k in range(min(last, -(-on // step)), min(last, -(-off // step))):
            used_by[user, k] += 1.0
