"""Does it make sense: objectives' values, dates, launch windows, deliveries, exclusions, capabilities, size?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from comity.model.calendar import MonthSpan
from comity.model.checking.walk import elements, options, titled
from comity.model.partners import Capability
from comity.model.problems import Problem, problem
from comity.model.windows import Synodic
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft

MOST_COMBINATIONS = 4096


def objective_values(draft: Draft) -> Iterator[Problem]:
    """Leaves without a value, groups with one; contributions that are no number."""
    known = draft.sections["objectives"]
    parents = {o.parent for o in known.values()}
    for name, objective in known.items():
        path: Path = ("objectives", name)
        if name in parents and objective.value is not None:
            said = f"objective {name!r} groups others and has a value of its own"
            yield problem(
                draft.positions.of((*path, "value"), key=True),
                (*path, "value"),
                said,
                "leave it out: leaves have values",
            )
        elif name not in parents and objective.value is None:
            said = f"objective {name!r} is a leaf without a value"
            yield problem(
                draft.positions.of(path, key=True), path, said, "add `value:`, or objectives with it as their parent"
            )
    for mission, element, path in elements(draft):
        for name, amount in element.contributes.items():
            if not math.isfinite(amount):
                at = (*path, "contributes", name)
                yield problem(
                    draft.positions.of(at), at, f"{titled(mission, element)} contributes {amount} to {name!r}"
                )


def dates(draft: Draft) -> Iterator[Problem]:
    """`earliest` after `latest`; dates that leave no month of the horizon; agreements that end before they begin."""
    for mission, element, option, path in options(draft):
        earliest = [d for d in (element.earliest, option.earliest) if d is not None]
        latest = [d for d in (element.latest, option.latest) if d is not None]
        if option.earliest is None and option.latest is None and earliest and latest:
            path = path[:-2]
        own = path[:4] if len(path) == 4 else path
        if earliest and latest and max(earliest) > min(latest):
            at = (*own, "latest" if draft.positions.node((*own, "latest")) else "earliest")
            said = f"{titled(mission, element, option)} cannot start before {max(earliest)} nor after {min(latest)}"
            yield problem(draft.positions.of(at), at, said, "earliest comes before latest")
        if element.finish_by and earliest and max(earliest).plus(option.duration) > element.finish_by:
            at = (*path[:4], "finish_by")
            said = (
                f"{titled(mission, element, option)} starts in {max(earliest)} at the earliest and takes {option.duration} months,"
                f" so that it cannot finish by {element.finish_by}"
            )
            yield problem(draft.positions.of(at), at, said)
    for name, agreement in draft.sections["agreements"].items():
        until = agreement.in_force_until
        if until is not None and until < agreement.in_force_from:
            at = ("agreements", name, "in_force_until")
            yield problem(draft.positions.of(at), at, f"agreement {name!r} ends in {until}, before it is in force")
    if draft.header is not None:
        yield from _outside(draft)


def _outside(draft: Draft) -> Iterator[Problem]:
    assert draft.header is not None
    horizon = draft.header.horizon
    for mission, element, path in elements(draft):
        who = titled(mission, element)
        if element.earliest is not None and element.earliest > horizon.end:
            at = (*path, "earliest")
            yield problem(
                draft.positions.of(at),
                at,
                f"{who} starts in {element.earliest} at the earliest, past the horizon's {horizon.end}",
            )
        if element.latest is not None and element.latest < horizon.start:
            at = (*path, "latest")
            yield problem(
                draft.positions.of(at),
                at,
                f"{who} starts in {element.latest} at the latest, before the horizon's {horizon.start}",
            )


def launch_windows(draft: Draft) -> Iterator[Problem]:
    """Launch windows of which none lies in the horizon and between the element's dates."""
    if draft.header is None:
        return
    horizon = draft.header.horizon
    for mission, element, path in elements(draft):
        given, at = element.launch_windows, (*path, "launch_windows")
        if given is None:
            continue
        if isinstance(given, Synodic) and given.synodic[0] == given.synodic[1]:
            yield problem(draft.positions.of(at), at, "a synodic window needs two different planets")
            continue
        spans = given.spans(horizon.start, horizon.end) if isinstance(given, Synodic) else given
        first = max(d for d in (horizon.start, element.earliest) if d is not None)
        last = min(d for d in (horizon.end, element.latest) if d is not None)
        if not any(s.first <= last and s.last >= first for s in spans):
            said = f"{titled(mission, element)} has no launch window from {first} to {last}"
            yield problem(draft.positions.of(at), at, said, f"its windows are {_windows(spans)}")


def _windows(spans: tuple[MonthSpan, ...]) -> str:
    return ", ".join(map(str, spans[:6])) + (" ..." if len(spans) > 6 else "") if spans else "none"


def deliveries(draft: Draft) -> Iterator[Problem]:
    """Missions that deliver with an element which they may leave out."""
    for name, mission in draft.sections["missions"].items():
        if draft.positions.names("missions", name, "elements") != tuple(mission.elements):
            continue  # an element is broken: which one delivers is not yet known
        element = mission.elements.get(mission.delivery_element)
        if element is not None and element.optional:
            path: Path = ("missions", name, "elements", element.id, "optional")
            said = f"mission {name!r} delivers its science with {element.id!r}, which is optional"
            yield problem(draft.positions.of(path), path, said, "make it required, or name another with `delivery:`")


def exclusions(draft: Draft) -> Iterator[Problem]:
    """Missions that exclude themselves, or a committed one another."""
    known = draft.sections["missions"]
    for name, mission in known.items():
        for n, other in enumerate(mission.excludes):
            path: Path = ("missions", name, "excludes", n)
            if other == name:
                yield problem(draft.positions.of(path), path, f"mission {name!r} excludes itself")
            elif other in known and mission.committed and known[other].committed:
                said = f"the missions {name!r} and {other!r} are both committed, yet exclude each other"
                yield problem(draft.positions.of(path), path, said, "drop the exclusion or one commitment")


def capabilities(draft: Draft) -> Iterator[Problem]:
    """Options that can never be used: none of those who do the work masters what the element requires."""
    known = draft.sections["partners"]
    for mission, element, option, path in options(draft):
        workers = _with_members(known, [p for p, share in option.work_shares.items() if share > 0])
        if not workers <= set(known):
            continue  # an unknown or broken partner is told of elsewhere
        for technology, needed in element.requires.items():
            levels = [known[w].capabilities[technology] for w in sorted(workers) if technology in known[w].capabilities]
            if any(level.reaches(needed) for level in levels):
                continue
            at = (*path, "provider" if option.provider is not None else "shares")
            said = f"{titled(mission, element, option)} requires {technology!r} at {_level(needed)}"
            have = f"best has {_level(levels[0])}" if levels else "none of those who do the work has it"
            yield problem(draft.positions.of(at), at, said, f"{have}: {', '.join(option.work_shares)}")


def _with_members(known: dict[str, Any], names: list[str]) -> set[str]:
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += known[name].members if name in known else ()
    return found


def _level(level: Capability) -> str:
    trl = [f"TRL {level.trl}"] if level.trl is not None else []
    heritage = [f"a heritage of {level.heritage}"] if level.heritage is not None else []
    return " and ".join(trl + heritage)


def combinations(draft: Draft) -> Iterator[Problem]:
    """Missions with more ways to succeed than can be told apart when they are priced."""
    for name, mission in draft.sections["missions"].items():
        count = 1
        for element in mission.elements.values():
            ways = len({option.success for option in element.options}) + (1 if element.optional else 0)
            count *= ways if element.is_critical else 1
        if count > MOST_COMBINATIONS:
            path: Path = ("missions", name)
            said = f"mission {name!r} has {count:_} combinations of critical options that differ in success"
            yield problem(
                draft.positions.of(path, key=True),
                path,
                said,
                f"split it into missions of at most {MOST_COMBINATIONS:_}",
            )
