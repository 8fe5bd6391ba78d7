"""How the elements of a plan are joined: by which adapters, at what price and when, and what nobody has specified yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from comity.model.programme import Programme
from comity.roadmap.answer import Plan, PlannedElement
from comity.roadmap.answer_parts import Adapted, Joints, OpenPoint
from comity.standards import InterfaceCheck, Question, Side, check, programme_question

Built = Mapping[tuple[str, str], PlannedElement]


def joints(programme: Programme, plan: Plan, *, mission: str | None = None) -> Joints:
    """What meets in a plan, by the options that it takes, or at the interfaces of one of its missions.

    `programme` is the one that the plan answers (amendments applied).
    """
    built: Built = {(e.mission, e.element): e for e in plan.elements}
    missions = tuple(m.mission for m in plan.missions if mission in (None, m.mission))
    if not missions:
        return Joints(meet=0)
    question = programme_question(programme, missions=missions, with_catalogue=False)
    met = tuple(
        replace(junction, adapter=tuple(_taken(junction.adapter, built)))
        for junction in question.junctions
        if all(_is_taken(side, built) for side in junction.sides)
    )
    answer = check(Question(question.programme, met, tuple(_taken(question.adapters, built))))
    pairs = tuple(zip(answer.checks, met, strict=True))
    silent = {found.key for found, junction in pairs if not any(side.ports for side in junction.sides)}
    return Joints(
        meet=len(pairs),
        adapted=tuple(a for found in answer.checks for a in _adapted(programme, found, built)),
        open=tuple(o for found in answer.checks if found.key not in silent for o in _open(found)),
        unstated=tuple(sorted(silent)),
    )


def _is_taken(side: Side, built: Built) -> bool:
    element = built.get((side.end.mission, side.end.element))
    return element is not None and element.option in side.end.options


def _taken(sides: Iterable[Side], built: Built) -> Iterator[Side]:
    return (side for side in sides if _is_taken(side, built))


def _adapted(programme: Programme, found: InterfaceCheck, built: Built) -> Iterator[Adapted]:
    """The adapters between two ends, each with its price and dates."""
    if found.verdict == "misfit" or found.adaptation is None:
        return
    kinds = tuple(dict.fromkeys(m.kind for m in found.meetings if m.verdict == "misfit"))
    for reference in found.adaptation.adapters if kinds else ():
        name, _, id_ = reference.partition("/")
        planned, element = built[name, id_], programme.missions[name].elements[id_]
        own = {p.kind for o in element.options if o.label == planned.option for p in element.ports_of(o).values()}
        yield Adapted(
            interface=found.key,
            between=(found.ends[0].reference, found.ends[1].reference),
            kinds=tuple(kind for kind in kinds if kind in own),
            adapter=reference,
            option=planned.option,
            by=tuple(planned.work),
            paid_by=tuple(planned.payments),
            cost=planned.cost,
            start=planned.start,
            finish=planned.finish,
        )


def _open(found: InterfaceCheck) -> Iterator[OpenPoint]:
    """What nobody has specified where two ends meet."""
    passed = found.adaptation.meetings if found.adaptation is not None else ()
    kinds = {m.kind for m in passed}
    for meeting in (*passed, *(m for m in found.meetings if m.kind not in kinds)):
        for finding in meeting.faults:
            if finding.verdict == "unspecified":
                yield OpenPoint(
                    interface=found.key,
                    between=(found.ends[0].reference, found.ends[1].reference),
                    kind=meeting.kind,
                    parameter=finding.parameter,
                    says=finding.says,
                    who=finding.who,
                )
