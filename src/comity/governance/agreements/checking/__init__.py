"""Checks of agreements: plain functions from what was read to a list of problems; all run, and all are reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from comity.governance.agreements.checking import completeness, dates, grants, hierarchy, means
from comity.model.problems import Problem

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading
    from comity.model.programme import Programme

__all__ = ["check"]


def check(
    readings: Sequence[Reading],
    *,
    programme: Programme | None = None,
    at: date | None = None,
    around: Mapping[str, Reading] | None = None,
) -> list[Problem]:
    """All problems of agreements, by themselves and with each other.

    `programme` lets duties be held against its partners' means; `at` is the day on which obligations count as overdue
    and grants as in force (default: no day, so that nothing is overdue and all grants count); `around` are agreements
    that the ones to check may stand under, and are not checked themselves.
    """
    problems = [p for reading in readings for p in reading.problems]
    whole = [reading for reading in readings if reading.agreement is not None]
    problems += hierarchy.named_twice(whole)
    known = {**(around or {}), **{r.agreement.id: r for r in whole if r.agreement is not None}}
    for reading in whole:
        problems += completeness.missing(reading)
        problems += completeness.sourced(reading)
        problems += hierarchy.standing(reading, known)
        problems += hierarchy.flow_down(reading, known)
        problems += dates.order(reading)
        problems += means.within_itself(reading)
        if programme is not None:
            problems += means.against(reading, programme)
        if at is not None:
            problems += dates.overdue(reading, at)
    for one, other in combinations(whole, 2):
        problems += grants.contradictions(one, other, at)
    for reading in whole:
        problems += grants.within(reading)
    order = {str(reading.file): n for n, reading in enumerate(readings)}
    unique = set(problems)
    return sorted(unique, key=lambda p: (order.get(p.file, len(order)), p.line, p.column, p.message))
