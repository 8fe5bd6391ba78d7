"""When a condition holds: the spans of time that are left of it."""

from __future__ import annotations

from typing import Any

from comity.policy.errors import PolicyError
from comity.policy.residual import Open

#: A span of milliseconds since 1970 from the first on to before the second; these stand for ever.
Span = tuple[int, int]
BEGINNING, END = -(2**62), 2**62
ALWAYS: tuple[Span, ...] = ((BEGINNING, END),)


def spans(condition: bool | Open) -> tuple[Span, ...]:
    """The times at which a condition holds, as spans in order that do not touch. PolicyError when more than time is open."""
    if isinstance(condition, bool):
        return ALWAYS if condition else ()
    op, parts = condition.op, condition.parts
    if op == "and":
        return _common(spans(parts[0]), spans(parts[1]))
    if op == "or":
        return _without(_common(_without(spans(parts[0])), _without(spans(parts[1]))))
    if op == "not":
        return _without(spans(parts[0]))
    return _compared(op, *parts)


def _compared(op: str, one: Any, other: Any) -> tuple[Span, ...]:
    if one != Open("at") or isinstance(other, Open):
        if other != Open("at") or isinstance(one, Open):
            raise PolicyError(f"more than the time is open in {op}")
        mirrored = {"less": "greater", "less_eq": "greater_eq", "greater": "less", "greater_eq": "less_eq", "eq": "eq"}
        return _compared(mirrored[op], other, one)
    found = {
        "less": (BEGINNING, other),
        "less_eq": (BEGINNING, other + 1),
        "greater": (other + 1, END),
        "greater_eq": (other, END),
        "eq": (other, other + 1),
    }
    return (found[op],)


def _common(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    found = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted(span for span in found if span[0] < span[1]))


def _without(given: tuple[Span, ...]) -> tuple[Span, ...]:
    found, start = list[Span](), BEGINNING
    for first, last in given:
        if start < first:
            found.append((start, first))
        start = last
    return (*found, (start, END)) if start < END else tuple(found)
