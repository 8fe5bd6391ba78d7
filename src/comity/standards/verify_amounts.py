"""By how much two values of an answer miss, computed anew from their texts: for the check of answers.

It shares with the checker only the model and the answer's types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Final

import pint

from comity.model.ports import TERMS, Parameter, Range, exchanged_unit
from comity.model.quantities import unit_registry
from comity.standards.answer import Finding, Meeting

Interval = tuple[float, float]
#: What a clock of each scale shows when one of UTC shows 0, since 1 January 2017 [s]: TAI by IERS Bulletin C 54, the others
#: by their definition against TAI.
_CLOCKS_S: Final[Mapping[str, float]] = {"utc": 0.0, "tai": 37.0, "gps": 18.0, "tt": 69.184}


def expected_amounts(meeting: Meeting, finding: Finding) -> set[float | None]:
    """The amounts by which a misfit's values may miss: one, or two where it is not said who gives; empty when none is due."""
    first, second = finding.values
    if finding.verdict != "misfit" or first is None or second is None or meeting.kind == "any":
        return set()
    if finding.rule == "same-unit":
        ways = conversions(first.text, second.text)
        nearest = min((abs(ratio) for ratio, _ in ways), default=None)
        return {abs(offset) or ratio for ratio, offset in ways if abs(ratio) == nearest} or {None}
    if finding.rule == "same-scale":
        pairs = [(_CLOCKS_S.get(a), _CLOCKS_S.get(b)) for a in words_of(first.text) for b in words_of(second.text)]
        apart = [abs(a - b) for a, b in pairs if a is not None and b is not None]
        return {min(apart) if apart else None}
    term = TERMS[meeting.kind].get(finding.parameter)
    if term is None or term.unit is None or finding.rule not in MISSES:
        return set()
    own = unit_registry().Quantity(1.0, "kelvin" if term.unit == "degC" else term.unit).to_base_units().magnitude
    ours, theirs = intervals(first.text), intervals(second.text)
    misses = MISSES[finding.rule]
    sides = [[misses(a, b) for a in ours for b in theirs], [misses(b, a) for a in ours for b in theirs]]
    giving = _giving(meeting)
    return {min(way) / own for n, way in enumerate(sides) if giving in (None, n)}


def told_amount(meeting: Meeting, finding: Finding) -> tuple[float, float] | None:
    """The difference that a misfit of measured values tells, in the parameter's own unit, and what nine decimals leave of it;
    None when it tells no amount."""
    term = TERMS[meeting.kind].get(finding.parameter) if meeting.kind != "any" else None
    if not finding.difference or term is None or (term.unit is None and finding.rule != "same-scale"):
        return None
    if finding.difference == "without limit":
        return inf, 0.0
    registry = unit_registry()
    size, _, unit = finding.difference.partition(" ")
    own = "s" if term.unit is None else "kelvin" if term.unit == "degC" else term.unit
    ends = [float(registry.Quantity(x, exchanged_unit(unit)).to(own).magnitude) for x in (0.0, float(size), 1.0)]
    return ends[1] - ends[0], 1e-9 * abs(ends[2] - ends[0])


def words_of(text: str) -> set[str]:
    """The words that a text of an answer offers, any one of which will do."""
    return {word.casefold() for word in text.split(" or ")}


def intervals(text: str) -> list[Interval]:
    """The intervals that a text of an answer says, in base units."""
    return [_interval(part.partition(" (nominal")[0]) for part in text.split(" or ")]


def _interval(text: str) -> Interval:
    if text.startswith("at least "):
        return _base(text.removeprefix("at least ")), inf
    if text.startswith("at most "):
        return -inf, _base(text.removeprefix("at most "))
    low, _, high = text.partition(" to ")
    return _base(low), _base(high or low)


def _base(text: str) -> float:
    value = Parameter.parse(text).measured[0]
    assert not isinstance(value, Range)
    return float(unit_registry().Quantity(value.magnitude, value.unit).to_base_units().magnitude)


def _giving(meeting: Meeting) -> int | None:
    """The side that gives, by what the answer says of the two roles; None when it does not say."""
    roles = next((f.values for f in meeting.findings if f.parameter == "role"), (None, None))
    told = [value.text for value in roles if value is not None]
    for halves in (("supply", "active"), ("passive", "consume")):
        sides = [side for side, role in enumerate(told) if role in halves]
        if len(told) == 2 and len(sides) == 1:
            return sides[0] if "supply" in halves else 1 - sides[0]
    return None


def conversions(first: str, second: str) -> list[tuple[float, float]]:
    """Of each pair that measures the same thing: how many of the second unit one of the first is, and where its zero lies."""
    registry, found = unit_registry(), []
    for a in first.split(" or "):
        for b in second.split(" or "):
            try:
                zero, one, two = (
                    float(registry.Quantity(x, exchanged_unit(a)).to(exchanged_unit(b)).magnitude)
                    for x in (0.0, 1.0, 2.0)
                )
            except pint.DimensionalityError:
                continue
            found.append((one if zero == 0 else two - one, zero))
    return found


def _level(span: Interval) -> float:
    return span[1] if isfinite(span[1]) else span[0]


#: By how much what is given, the first, misses what is taken, the second.
MISSES: Final[Mapping[str, Callable[[Interval, Interval], float]]] = {
    "overlap": lambda given, taken: max(0.0, given[0] - taken[1], taken[0] - given[1]),
    "within": lambda given, taken: max(0.0, given[1] - taken[1], taken[0] - given[0]),
    "covers": lambda given, taken: max(0.0, _level(taken) - _level(given)),
    "at-most": lambda given, taken: max(0.0, _level(given) - _level(taken)),
}
