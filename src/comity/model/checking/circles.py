"""Circles where there must be none: precedence, the tree of objectives, consortia within consortia."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from comity.model.checking.walk import elements
from comity.model.problems import Problem, problem
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft

N = TypeVar("N", bound=Hashable)


def circles(arcs: Mapping[N, Sequence[N]]) -> list[list[N]]:
    """Circles of a graph that share no node, each as its nodes in order; together they cut every circle."""
    done: set[N] = set()
    found: list[list[N]] = []
    for root in arcs:
        trail: list[N] = []
        on_trail: set[N] = set()
        stack: list[tuple[N, int]] = [(root, 0)]
        while stack:
            node, n = stack.pop()
            if n == 0:
                if node in done:
                    continue
                trail.append(node)
                on_trail.add(node)
            following = arcs.get(node, ())
            if n >= len(following):
                on_trail.discard(trail.pop())
                done.add(node)
                continue
            stack.append((node, n + 1))
            after = following[n]
            if after in on_trail:
                circle = trail[trail.index(after) :]
                if not any(set(circle) & set(other) for other in found):
                    found.append(circle)
            elif after not in done:
                stack.append((after, 0))
    return found


def _shown(circle: Sequence[str]) -> str:
    first = circle.index(min(circle))
    return " -> ".join([*circle[first:], *circle[:first], circle[first]])


def precedence(draft: Draft) -> Iterator[Problem]:
    """Elements that wait for one another."""
    arcs: dict[str, list[str]] = {}
    places: dict[tuple[str, str], Path] = {}
    for mission, element, path in elements(draft):
        name = f"{mission}/{element.id}"
        arcs[name] = []
        for n, after in enumerate(element.after):
            other = after.element if "/" in after.element else f"{mission}/{after.element}"
            arcs[name].append(other)
            places[name, other] = (*path, "after", n)
    for circle in circles(arcs):
        first = min(circle)
        path = places[first, circle[(circle.index(first) + 1) % len(circle)]]
        said = f"these wait for one another: {_shown(circle)}"
        yield problem(draft.positions.of(path), path, said, "leave out one `after`")


def objective_tree(draft: Draft) -> Iterator[Problem]:
    """Objectives that are their own ancestors."""
    arcs = {name: [o.parent] if o.parent else [] for name, o in draft.sections["objectives"].items()}
    for circle in circles(arcs):
        path = ("objectives", min(circle), "parent")
        yield problem(draft.positions.of(path), path, f"objectives that are each other's parents: {_shown(circle)}")


def consortia(draft: Draft) -> Iterator[Problem]:
    """Consortia that are members of themselves."""
    arcs = {name: list(p.members) for name, p in draft.sections["partners"].items()}
    for circle in circles(arcs):
        path = ("partners", min(circle), "members")
        yield problem(draft.positions.of(path), path, f"consortia that are each other's members: {_shown(circle)}")
