"""What must stand in a plan, and when: elements, options, dates, precedence, launch windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comity.model.calendar import Month, MonthSpan
from comity.model.missions import After
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.verification.examined import Built, Examined
from comity.roadmap.verification.violation import Violation


def resolve(programme: Programme, plan: Plan) -> tuple[Examined, list[Violation]]:
    """The plan's missions and elements found in the programme, and a violation for each that is not, or is twice."""
    wrong: list[Violation] = []
    missions: dict[str, None] = {}
    for planned in plan.missions:
        if planned.mission not in programme.missions:
            wrong.append(Violation("mission_elements", planned.mission, "the programme has no such mission"))
        elif planned.mission in missions:
            wrong.append(Violation("mission_elements", planned.mission, "the mission stands twice in the plan"))
        else:
            missions[planned.mission] = None
    built: dict[tuple[str, str], Built] = {}
    for part in plan.elements:
        where = f"{part.mission}/{part.element}"
        mission = programme.missions.get(part.mission)
        element = mission.elements.get(part.element) if mission is not None else None
        if mission is None or element is None:
            wrong.append(Violation("mission_elements", where, "the programme has no such element"))
            continue
        option = next((o for o in element.options if o.label == part.option), None)
        if option is None:
            labels = ", ".join(o.label for o in element.options)
            wrong.append(Violation("mission_elements", where, f"{part.option!r} is none of its options: {labels}"))
        elif (part.mission, part.element) in built:
            wrong.append(Violation("mission_elements", where, "the element stands twice in the plan"))
        else:
            built[part.mission, part.element] = Built(part, mission, element, option)
            if part.mission not in missions:
                wrong.append(Violation("mission_elements", where, "its mission is not in the plan"))
    return Examined(programme, plan, tuple(built.values()), tuple(missions)), wrong


def missions(x: Examined) -> Iterator[Violation]:
    """`mission_elements`, `committed`, `excludes`."""
    for mission_id in x.missions:
        mission = x.programme.missions[mission_id]
        for element in mission.elements.values():
            if (mission_id, element.id) in x.by_key:
                continue
            where = f"{mission_id}/{element.id}"
            if not element.optional:
                yield Violation("mission_elements", where, "the mission is in the plan without this element")
            elif element.id == mission.delivery_element:
                yield Violation("mission_elements", where, "the mission delivers with it; it cannot be left out")
        for other in mission.excludes:
            if other in x.missions:
                yield Violation("excludes", mission_id, f"it stands beside {other}, which it excludes")
    if x.plan.coalition is None:
        for mission in x.programme.missions.values():
            if mission.committed and mission.id not in x.missions:
                yield Violation("committed", mission.id, "the committed mission is not in the plan")


def dates(x: Examined) -> Iterator[Violation]:
    """`duration`, `horizon`, `dates`, `launch_window` of each element."""
    for b in x.built:
        if b.planned.finish != b.finish:
            yield Violation(
                "duration",
                b.where,
                f"it finishes in {b.planned.finish}; {b.option.duration} months after {b.start} is {b.finish}",
            )
        yield from _horizon(x, b)
        yield from _bounds(b)
        windows = x.programme.windows(b.element)
        if windows is not None and not any(b.start in span for span in windows):
            hint = f"the nearest is {_nearest(windows, b.start)}" if windows else "there is none in the horizon"
            yield Violation("launch_window", b.where, f"it starts in {b.start}, outside of its launch windows; {hint}")


def _nearest(windows: Sequence[MonthSpan], month: Month) -> MonthSpan:
    return min(windows, key=lambda s: min(abs(s.first.index - month.index), abs(s.last.index - month.index)))


def _horizon(x: Examined, b: Built) -> Iterator[Violation]:
    horizon = x.programme.programme.horizon
    span = MonthSpan(horizon.start, horizon.end)
    if b.start not in span:
        yield Violation("horizon", b.where, f"it starts in {b.start}, outside of {span}")
    if b.element.kind != "operations" and b.finish > horizon.end.plus(1):
        yield Violation("horizon", b.where, f"its work goes on until {b.finish}, past the horizon's end, {horizon.end}")
    if b.element.id == b.mission.delivery_element:
        delivery = b.start if b.element.kind == "operations" else b.finish
        if delivery not in span:
            yield Violation("horizon", b.mission.id, f"it delivers in {delivery}, outside of {span}")


def _bounds(b: Built) -> Iterator[Violation]:
    for owner, earliest, latest in (
        ("element", b.element.earliest, b.element.latest),
        (f"option {b.option.label}", b.option.earliest, b.option.latest),
    ):
        if earliest is not None and b.start < earliest:
            yield Violation("dates", b.where, f"it starts in {b.start}; the {owner} may not before {earliest}")
        if latest is not None and b.start > latest:
            yield Violation("dates", b.where, f"it starts in {b.start}; the {owner} may not after {latest}")
    if b.element.finish_by is not None and b.finish > b.element.finish_by:
        yield Violation("dates", b.where, f"it finishes in {b.finish}; it must by {b.element.finish_by}")


def precedence(x: Examined) -> Iterator[Violation]:
    """`precedence`: lags within and between missions."""
    for b in x.built:
        for after in b.element.after:
            key = x.programme.element(b.mission.id, after.element)
            before = x.by_key.get(key)
            if before is not None:
                yield from _lag(b, before, after)
            elif key[0] != b.mission.id:
                yield Violation("precedence", b.where, f"it comes after {'/'.join(key)}, which is not in the plan")


def _lag(b: Built, before: Built, after: After) -> Iterator[Violation]:
    anchor = before.start if after.anchor == "start" else before.finish
    said = f"the {after.anchor} of {before.where} in {anchor}"
    if b.start < anchor.plus(after.lag):
        yield Violation("precedence", b.where, f"it starts in {b.start}, less than {after.lag} months after {said}")
    if after.max_lag is not None and b.start > anchor.plus(after.max_lag):
        yield Violation("precedence", b.where, f"it starts in {b.start}, more than {after.max_lag} months after {said}")
