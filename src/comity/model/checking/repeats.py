"""Names that stand twice in one list, and things that refer to themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from comity.model.checking.walk import elements
from comity.model.problems import Problem, problem
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft

_LISTS = {
    "partners": ("member_states", "members"),
    "agreements": ("parties", "permits"),
    "export_control": ("technologies", "giver", "receiver", "except_receiver", "unless"),
    "participation": ("partners", "payers", "receivers"),
    "missions": ("requires_treaties", "excludes"),
}


def twice(draft: Draft) -> Iterator[Problem]:
    """The second of two same names in a list."""
    for section, fields in _LISTS.items():
        for name, value in draft.sections[section].items():
            for field in fields:
                given: Any = getattr(value, field, ())
                yield from _twice(draft, given, (section, name, field))
    for _, element, path in elements(draft):
        yield from _twice(draft, [f"{a.element} ({a.anchor})" for a in element.after], (*path, "after"))


def _twice(draft: Draft, names: Sequence[str], path: Path) -> Iterator[Problem]:
    for n, name in enumerate(names):
        if name in names[:n]:
            at = (*path, n)
            yield problem(draft.positions.of(at), at, f"{path[-1]}: {name!r} stands here twice", "leave one out")


def itself(draft: Draft) -> Iterator[Problem]:
    """Interfaces of an element with itself; work that returns to its own doer."""
    for mission in draft.sections["missions"].values():
        for n, interface in enumerate(mission.interfaces):
            first, second = (end if "/" in end else f"{mission.id}/{end}" for end in interface.between)
            if first == second:
                path: Path = ("missions", mission.id, "interfaces", n, "between")
                said = f"an interface of mission {mission.id!r} joins {interface.between[0]!r} to itself"
                yield problem(draft.positions.of(path), path, said, "name two elements")
    for name, partner in draft.sections["partners"].items():
        if partner.return_to == name:
            path = ("partners", name, "return_to")
            said = f"the work of partner {name!r} returns to itself"
            yield problem(
                draft.positions.of(path), path, said, "name the contributor that it counts for, or leave it out"
            )


def members(draft: Draft) -> Iterator[Problem]:
    """Members of a partner that is no consortium."""
    for name, partner in draft.sections["partners"].items():
        if partner.members and partner.kind != "consortium":
            path: Path = ("partners", name, "members")
            said = f"partner {name!r} has members, but is of kind {partner.kind}"
            yield problem(draft.positions.of(path, key=True), path, said, "write kind: consortium, or member_states")
