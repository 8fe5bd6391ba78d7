"""Can it be in time: options that no start fits, uses of facilities that never begin, waits that contradict themselves?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from comity.model.checking.walk import elements, options, titled
from comity.model.problems import Problem, problem

if TYPE_CHECKING:
    from comity.model.reading import Draft


def horizon(draft: Draft) -> Iterator[Problem]:
    """Options that cannot start, or finish, within the horizon. Operations may run on past its end."""
    if draft.header is None:
        return
    first, last = draft.header.horizon.start, draft.header.horizon.end
    for mission, element, option, path in options(draft):
        who = titled(mission, element, option)
        if option.earliest is not None and option.earliest > last:
            at = (*path, "earliest")
            said = f"{who} starts in {option.earliest} at the earliest, past the horizon's {last}"
            yield problem(draft.positions.of(at), at, said)
        if option.latest is not None and option.latest < first:
            at = (*path, "latest")
            said = f"{who} starts in {option.latest} at the latest, before the horizon's {first}"
            yield problem(draft.positions.of(at), at, said)
        start = max(d for d in (first, element.earliest, option.earliest) if d is not None)
        if start > last:
            continue  # told of above, or with the element
        finish = start.plus(option.duration)
        if element.kind != "operations" and finish > last.plus(1):
            at = (*path, "duration")
            said = f"{who} starts in {start} at the earliest and takes {option.duration} months"
            yield problem(draft.positions.of(at), at, said, f"it must finish by the end of the horizon, {last}")
        elif element.finish_by is not None and start == first and finish > element.finish_by:
            at = (*path[:-2], "finish_by")
            said = f"{who} takes {option.duration} months from {first}, so that it cannot finish by {element.finish_by}"
            yield problem(draft.positions.of(at), at, said)


def uses(draft: Draft) -> Iterator[Problem]:
    """Uses of a facility that begin when the work is already over."""
    for mission, element, option, path in options(draft):
        for name, use in option.uses.items():
            if use.offset >= option.duration:
                at = (*path, "uses", name, "offset")
                said = f"{titled(mission, element, option)} uses {name!r} from month {use.offset} on, but takes {option.duration}"
                yield problem(draft.positions.of(at), at, said, "the offset counts from the element's start")


def lags(draft: Draft) -> Iterator[Problem]:
    """Elements that wait longer than they may."""
    for mission, element, path in elements(draft):
        for n, after in enumerate(element.after):
            if after.max_lag is not None and after.max_lag < after.lag:
                at = (*path, "after", n, "max_lag")
                said = f"{titled(mission, element)} waits for {after.element!r} at least {after.lag} and at most {after.max_lag} months"
                yield problem(draft.positions.of(at), at, said, "max_lag is the larger of the two")
