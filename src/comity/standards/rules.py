"""The rules of fit: each a small function with an identifier that the answer names; which parameter takes which is data.

A rule on measured values answers by how much they miss (0: they fit), in the parameter's own unit, whichever of several
options is nearest. A rule on words answers whether one is in common.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from pydantic import Field, model_validator

from comity.model.base import FrozenMap, Value
from comity.model.ports import TERMS, PortKind, Role
from comity.standards.files import DATA, read_value
from comity.standards.measures import ROUNDING, Span, least

#: What each rule demands, as the reference page and the answers say it.
DEMANDS: Final[Mapping[str, str]] = {
    "mates": "one half is active and the other passive, or one is androgynous",
    "gives-and-takes": "one side supplies and the other consumes, or they exchange",
    "common-word": "both have a word in common",
    "overlap": "the two values or ranges have a point in common",
    "within": "all that is delivered is accepted",
    "covers": "what is offered is at least what is needed",
    "at-most": "what is delivered is at most what is tolerated",
    "same-scale": "both keep one time scale",
    "same-unit": "both mean one unit",
    "stated": "both sides have said what is needed, and what one says the other says too",
    "same-edition": "both follow the same edition of a standard, or editions that mate; both have said which",
    "same-standard": "both follow one standard, which settles what neither states",
    "informative": "nothing: the value is for the reader",
}

_GIVES: Final = frozenset({"supply", "active"})
_TAKES: Final = frozenset({"consume", "passive"})
#: Seconds by which a clock of this scale is ahead of TAI; UTC since 1 January 2017 [IERS Bulletin C 54].
_AHEAD_OF_TAI_S: Final[Mapping[str, float]] = {"TAI": 0.0, "UTC": -37.0, "GPS": -19.0, "TT": 32.184}


class ParameterRule(Value):
    """The rule that a parameter takes, and how far two values may differ (a fraction) and still be the same."""

    rule: str
    tolerance: float = Field(default=0.0, ge=0, lt=1)


class KindRules(Value):
    """The rules for ports of one kind; `needed` are groups of which one parameter must be stated at both ends."""

    role: str
    needed: tuple[tuple[str, ...], ...]
    parameters: FrozenMap[str, ParameterRule]


class RuleBook(Value):
    """All rules by kind of port; every parameter that a port of the kind may state has one."""

    kinds: FrozenMap[PortKind, KindRules]

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, raw: object) -> object:
        return {"kinds": raw}

    @model_validator(mode="after")
    def _whole(self) -> RuleBook:
        for kind, terms in TERMS.items():
            if kind not in self.kinds or set(self.kinds[kind].parameters) != set(terms):
                raise ValueError(f"the rules of {kind} ports are not those of its parameters: {', '.join(terms)}")
            named = {r.rule for r in self.kinds[kind].parameters.values()} | {self.kinds[kind].role}
            if unknown := sorted(named - set(DEMANDS)):
                raise ValueError(f"there is no rule {unknown[0]!r}; the rules are {', '.join(DEMANDS)}")
        return self


@cache
def rule_book() -> RuleBook:
    """The rules that come with comity."""
    return read_value(DATA / "rules.yaml", RuleBook)[0]


# --- roles ------------------------------------------------------------------------------------------------------------


def gives(role: Role | None) -> bool:
    """Does a port of this role give (or hold), and never take?"""
    return role in _GIVES


def takes(role: Role | None) -> bool:
    """Does a port of this role take (or is held), and never give?"""
    return role in _TAKES


def giver(first: Role | None, second: Role | None) -> int | None:
    """Which of two ports gives, 0 or 1; None when neither gives more than the other."""
    if gives(first) != gives(second):
        return 0 if gives(first) else 1
    if takes(first) != takes(second):
        return 1 if takes(first) else 0
    return None


def roles_fit(first: Role | None, second: Role | None) -> bool:
    """Rule `mates` and `gives-and-takes`: two of one side do not; a role that is not said is no obstacle."""
    return not (gives(first) and gives(second)) and not (takes(first) and takes(second))


# --- measured values --------------------------------------------------------------------------------------------------


def _gap(one: Span, other: Span) -> float:
    return max(0.0, one[0] - other[1], other[0] - one[1])


def _overshoot(given: Span, accepted: Span) -> float:
    return max(0.0, given[1] - accepted[1], accepted[0] - given[0])


def _shortfall(offered: Span, needed: Span) -> float:
    return max(0.0, _level(needed) - _level(offered))


def _surplus(given: Span, tolerated: Span) -> float:
    return max(0.0, _level(given) - _level(tolerated))


def _level(span: Span) -> float:
    """What a capacity or a limit comes to: the upper end, or the lower where there is none above."""
    return span[1] if math.isfinite(span[1]) else span[0]


#: The rules on measured values by identifier: by how much what is given misses what is taken.
_MISSES: Final[Mapping[str, Callable[[Span, Span], float]]] = {
    "overlap": _gap,
    "within": _overshoot,
    "covers": _shortfall,
    "at-most": _surplus,
}


def measured_rule(rule: str, giving: int | None) -> str:
    """The rule that holds: one that knows who gives becomes `overlap` where neither does."""
    return rule if giving is not None or rule == "overlap" else "overlap"


def miss(
    rule: str, first: tuple[Span, ...], second: tuple[Span, ...], *, giving: int | None, tolerance: float = 0.0
) -> float:
    """By how much two measured values miss by a rule, 0 when they fit; `giving` is the side that gives."""
    given, taken = (second, first) if giving == 1 else (first, second)
    amounts = []
    for one in given:
        for other in taken:
            finite = [abs(x) for x in (*one, *other) if math.isfinite(x)]
            slack = max(tolerance, ROUNDING) * max(finite, default=0.0)
            amount = _MISSES[rule](one, other)
            amounts.append(amount if amount > slack else 0.0)
    return least(amounts)


def clock_difference_s(first: str, second: str) -> float | None:
    """By how many seconds a clock of the first scale is ahead of one of the second; None when that varies or is unknown."""
    if first not in _AHEAD_OF_TAI_S or second not in _AHEAD_OF_TAI_S:
        return None
    return _AHEAD_OF_TAI_S[first] - _AHEAD_OF_TAI_S[second]
