"""What meets at an interface fits, or is joined by adapters that the plan builds in time."""

from __future__ import annotations

from collections.abc import Iterator

from comity.model.missions import Interface, Mission
from comity.roadmap.verification.examined import Built, Examined
from comity.roadmap.verification.violation import Violation
from comity.standards import End, InterfaceCheck, Junction, Question, Side, StandardsError, check
from comity.standards.verify import wrong


def interface(x: Examined) -> Iterator[Violation]:
    """`interface`: the ports of the options taken fit, are unspecified, or are joined by what the plan builds."""
    for mission_id in x.missions:
        mission = x.programme.missions[mission_id]
        for number, one in enumerate(mission.interfaces):
            first, second = (x.by_key.get(x.programme.element(mission_id, end)) for end in one.between)
            if first is not None and second is not None:
                try:
                    yield from _meets(x, mission, number, (first, second))
                except StandardsError as error:
                    yield Violation("interface", f"{first.where} to {second.where}", str(error))


def _meets(x: Examined, mission: Mission, number: int, ends: tuple[Built, Built]) -> Iterator[Violation]:
    at = mission.interfaces[number]
    if not all(b.element.ports_of(b.option) for b in ends):
        return  # nothing is stated
    where = f"{ends[0].where} to {ends[1].where}"
    bare = _check(mission, number, ends, named=(), offered=())
    if bare.verdict != "misfit":
        return
    present = list(_between(x, mission, at))
    ready = [b for b in present if _in_time(x, mission, b)]
    joined = _check(mission, number, ends, named=ready if at.adapter else (), offered=() if at.adapter else ready)
    if joined.verdict != "misfit":
        return
    faults = "; ".join(f"{m.kind} {f.says}" for m in bare.meetings for f in m.faults if f.verdict == "misfit")
    late = [f"{b.where} is finished in {b.finish}, too late to join them" for b in present if b not in ready]
    lacking = "; ".join(late) or (
        f"{at.adapter}, which should stand between, does not join them or is not in the plan"
        if at.adapter
        else "no adapter in the plan joins them"
    )
    yield Violation("interface", where, f"they do not fit: {faults}; {lacking}")


def _between(x: Examined, mission: Mission, at: Interface) -> Iterator[Built]:
    """What the plan builds that may stand between: the adapter that the interface names, or else any."""
    named = x.programme.element(mission.id, at.adapter) if at.adapter is not None else None
    for b in x.built:
        if b.key == named or (named is None and b.element.adapter):
            yield b


def _in_time(x: Examined, mission: Mission, adapter: Built) -> bool:
    """An adapter of the mission itself is finished when its delivery element starts."""
    delivery = x.by_key.get((mission.id, mission.delivery_element))
    return adapter.mission.id != mission.id or delivery in (None, adapter) or adapter.finish <= delivery.start


def _check(
    mission: Mission,
    number: int,
    ends: tuple[Built, Built],
    *,
    named: tuple[Built, ...] | list[Built],
    offered: tuple[Built, ...] | list[Built],
) -> InterfaceCheck:
    at = mission.interfaces[number]
    first, second = map(_side, ends)
    between = tuple(map(_side, named))
    junction = Junction(mission.id, number, at.technology, (first, second), at.joins, at.ports, between, at.note)
    question = Question(mission.id, (junction,), tuple(map(_side, offered)))
    answer = check(question)
    if faults := wrong(answer, question):
        raise StandardsError(f"the check of this interface does not hold: {faults[0].message}")
    return answer.checks[0]


def _side(b: Built) -> Side:
    return Side(
        End(b.mission.id, b.element.id, b.element.name, (b.option.label,), tuple(b.workers)),
        b.element.ports_of(b.option),
    )
