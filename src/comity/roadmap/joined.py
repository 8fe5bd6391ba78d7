"""Options of several missions that are taken together: does something join them, and what could not be put beside them?"""

from __future__ import annotations

from collections.abc import Mapping

from comity.roadmap.problem import Problem

#: By mission (position), the choice of each part.
Choices = Mapping[int, tuple[int, ...]]
Place = tuple[int, int, int]


def joins(problem: Problem, choices: Choices) -> bool:
    """Is what meets between these missions joined, where it does not fit by itself?"""
    return all(
        any(_taken(choices, joint) for joint in need.any_of)
        for need in problem.cross_needs
        if _taken(choices, need.first) and _taken(choices, need.second)
    )


def unjoined(problem: Problem, choices: Choices, mission: int) -> set[tuple[int, int]]:
    """(part, choice) of a mission that cannot be taken beside these others: nothing joins them, nor could it itself."""
    out: set[tuple[int, int]] = set()
    for pair in problem.cross_pairs:
        for here, other in ((pair.first, pair.second), (pair.second, pair.first)):
            if here[0] == mission and pair.span is None and _taken(choices, other):
                out.add(here[1:])
    for need in problem.cross_needs:
        joinable = any(joint[0] == mission or _taken(choices, joint) for joint in need.any_of)
        for here, other in ((need.first, need.second), (need.second, need.first)):
            if here[0] == mission != other[0] and not joinable and _taken(choices, other):
                out.add(here[1:])
    return out


def _taken(choices: Choices, place: Place) -> bool:
    mission, part, choice = place
    return mission in choices and choices[mission][part] == choice
