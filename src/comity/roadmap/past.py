"""Which of what had begun can go on as it began, and what that leaves of this year's means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from comity.model.calendar import Month
from comity.model.missions import Element, Mission, Option
from comity.model.programme import Programme
from comity.roadmap.history import Opening, opening, paid_before
from comity.roadmap.question import Bills, Key, Question, Settled


@dataclass(frozen=True, slots=True)
class Past:
    """`kept`: options that can go on; `stretched`: what those have cost by now whose payments an amendment spreads anew."""

    settled: Settled
    kept: dict[Key, Option]
    stretched: dict[Key, Bills]
    opening: Opening

    def to_even_out(self, key: Key, year: int) -> Decimal:
        """What a kept element costs in the year so far by its new spread, less what was paid on it by the old one."""
        if key not in self.stretched:
            return Decimal(0)
        due, paid = (
            sum((years.get(year, Decimal(0)) for years in bills.values()), Decimal(0))
            for bills in (self.stretched[key], self.settled.paid[key])
        )
        return due - paid


def look_back(
    programme: Programme, question: Question, goes_on: Callable[[Mission, Element, Option, Month], bool]
) -> Past:
    """The past of a question that has one. `goes_on` tells by dates and permissions; here the money is asked for."""
    settled = question.settled
    assert settled is not None
    kept: dict[Key, Option] = {}
    for (mission, element), (label, start) in settled.elements.items():
        spec = programme.missions[mission].elements[element]
        option = next((o for o in spec.options if o.label == label), None)
        if option is not None and goes_on(programme.missions[mission], spec, option, start):
            kept[mission, element] = option
    stretched: dict[Key, Bills] = {}
    best = opening(programme, settled, coalition=question.coalition)
    for key, option in list(kept.items()):
        bills = paid_before(programme, option, settled.elements[key][1], settled.before)
        if bills == settled.paid.get(key):
            continue
        tried = opening(programme, settled, coalition=question.coalition, respread={**stretched, key: bills})
        if len(tried.overdrawn) > len(best.overdrawn):
            del kept[key]  # the years gone by do not bear its new spread: it can only be begun anew
        else:
            stretched[key], best = bills, tried
    return Past(settled, kept, stretched, best)
