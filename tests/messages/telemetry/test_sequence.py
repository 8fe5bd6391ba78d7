from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from comity.messages.telemetry.sequence import MODULO, Counts, Sequence


def counted(*pieces: list[int]) -> Counts:
    one = Sequence()
    for piece in pieces:
        one.add(np.array(piece, dtype=np.int64))
    return one.counts()


def test_counts_that_go_on_past_their_last_are_no_gap() -> None:
    assert counted([16382, 16383, 0, 1]) == Counts(4, 0, 0, 0, 0)


def test_what_is_skipped_is_missing() -> None:
    assert counted([1, 2, 5, 6, 10]) == Counts(5, gaps=2, missing=5, repeated=0, late=0)


def test_what_comes_late_is_missing_no_more() -> None:
    assert counted([1, 2, 5, 3, 6]) == Counts(5, gaps=1, missing=1, repeated=0, late=1)


def test_what_comes_again_is_repeated() -> None:
    assert counted([1, 2, 2, 3, 1, 4]) == Counts(6, 0, 0, repeated=2, late=0)


def test_a_file_that_comes_twice_is_repeated_whole() -> None:
    assert counted(list(range(100)), list(range(100)), [100]) == Counts(201, 0, 0, repeated=100, late=0)


def naive(counts: list[int]) -> Counts:
    """One by one, with a set of what came and one of what did not."""
    furthest, missing, gaps, repeated, late = counts[0] - 1, set[int](), 0, 0, 0
    for count in counts:
        step = (count - furthest) % MODULO
        if 0 < step <= MODULO // 2:
            gaps += step > 1
            missing |= set(range(furthest + 1, furthest + step))
            furthest += step
            continue
        at = furthest - (-step % MODULO)
        if at in missing:
            missing.discard(at)
            late += 1
        else:
            repeated += 1
    return Counts(len(counts), gaps, len(missing), repeated, late)


STEPS = st.lists(st.one_of(st.just(1), st.integers(-40, 40), st.integers(-8000, 8000)), min_size=1, max_size=60)


@given(STEPS, st.integers(0, MODULO - 1), st.integers(1, 20))
def test_runs_count_as_one_by_one(steps: list[int], first: int, size: int) -> None:
    counts = np.mod(np.cumsum([first, *steps]), MODULO).tolist()
    pieces = [counts[i : i + size] for i in range(0, len(counts), size)]
    mine, theirs = counted(*pieces), naive(counts)
    if sum(abs(s) for s in steps) < MODULO // 2:
        assert mine == theirs
    assert (mine.packets, mine.gaps) == (theirs.packets, theirs.gaps)
