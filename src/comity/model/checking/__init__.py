"""Checks across a programme: plain functions from a draft to a list of problems; all run, and all are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from comity.model.checking import circles, documents, figures, means, meetings, references, repeats, sense, timing
from comity.model.problems import Problem

if TYPE_CHECKING:
    from comity.model.reading import Draft

CHECKS: tuple[Callable[[Draft], Iterable[Problem]], ...] = (
    references.identifiers,
    references.partners,
    references.objectives,
    references.rules,
    references.missions,
    references.elements,
    circles.precedence,
    circles.objective_tree,
    circles.consortia,
    means.currencies,
    means.budgets,
    means.convertible,
    means.payers,
    means.facilities,
    figures.covered,
    meetings.adapters,
    meetings.paired,
    meetings.joined,
    sense.objective_values,
    sense.dates,
    sense.launch_windows,
    sense.deliveries,
    sense.exclusions,
    sense.capabilities,
    sense.combinations,
    timing.horizon,
    timing.uses,
    timing.lags,
    repeats.twice,
    repeats.itself,
    repeats.members,
    documents.dated,
    documents.addressed,
)


def check(draft: Draft) -> list[Problem]:
    """All problems that the checks find."""
    return [problem for look in CHECKS for problem in look(draft)]
