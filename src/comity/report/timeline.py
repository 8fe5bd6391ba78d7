"""The minister's timeline: every mission a bar with its name, packed into as few rows as hold them, drawn without script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comity.model.calendar import Month
from comity.report.naming import Study
from comity.report.wording import month_name
from comity.roadmap.answer import PlannedElement, PlannedMission


@dataclass(frozen=True, slots=True)
class Bar:
    """A mission on the timeline; lengths in the drawing's units (CSS pixels at full size)."""

    name: str
    tip: str
    colour: str
    x: float
    width: float
    launches: tuple[float, ...]
    delivery: float | None
    y: float
    label_x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing `width` by `height`; `years` are `(x, label)` of the year lines; `left_out` counts missions without room."""

    width: int
    height: int
    row: int
    years: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]
    left_out: int


def is_launch(study: Study, planned: PlannedElement) -> bool:
    """Does the element's start stand for a launch: of kind `launch`, or bound to launch windows?"""
    _, element, _ = study.model_of(planned)
    return element.kind == "launch" or element.launch_windows is not None


def span(study: Study, planned: PlannedMission) -> tuple[Month, Month]:
    """From the first work to the delivery of the science."""
    elements = study.elements_of[planned.mission]
    return (min(elements[0].start, planned.delivery) if elements else planned.delivery), planned.delivery


#: Up to so many missions, the timeline shows their elements where there is room for them.
FEW_MISSIONS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Something to draw as a bar: its months, whose colour it has, and the months to mark."""

    name: str
    tip: str
    first: Month
    last: Month
    who: str
    launches: tuple[Month, ...]
    delivery: Month | None


def timeline(study: Study, *, width: int, most_rows: int, row: int = 17, character: float = 5.3) -> Timeline:
    """The timeline of a plan: its missions, or the elements of a few missions when these fit.

    `width` and `row` (height of a row) in CSS pixels, `character` the mean width of one; when the missions need more than
    `most_rows`, the cheapest are left out and counted.
    """
    horizon = study.programme.programme.horizon
    months = horizon.end.index - horizon.start.index + 1
    scale = width / months

    def at(month: Month) -> float:
        return round(max(0, min(months, month.index - horizon.start.index)) * scale, 1)

    bars: tuple[Bar, ...] = ()
    rows, left_out = most_rows + 1, 0
    if len(study.plan.missions) <= FEW_MISSIONS:
        bars, rows = _pack(study, _element_spans(study), at, width, row, character)
    if rows > most_rows:
        ranked = sorted(study.plan.missions, key=lambda m: (-study.cost_of(m.mission), m.mission))
        for kept in range(len(ranked), -1, -1):
            bars, rows = _pack(study, [_mission_span(study, m) for m in ranked[:kept]], at, width, row, character)
            left_out = len(ranked) - kept
            if rows <= most_rows:
                break
    return Timeline(width, rows * row + 18, row, _years(horizon.years, at, scale), bars, left_out)


def _years(years: range, at: Callable[[Month], float], scale: float) -> tuple[tuple[float, str], ...]:
    step = next((s for s in (1, 2, 5, 10) if s * 12 * scale >= 34), 20)
    lines = [(at(Month.of(y)), str(y)) for y in years if y % step == 0 or y == years.start]
    return tuple(
        line for line, after in zip(lines, [*lines[1:], (float("inf"), "")], strict=True) if after[0] - line[0] >= 30
    )


def _mission_span(study: Study, planned: PlannedMission) -> Span:
    first, last = span(study, planned)
    lead, name = study.lead(planned.mission), study.mission(planned.mission)
    return Span(
        name,
        f"{name}: from {month_name(first)}, delivers in {month_name(last)}; led by {study.partner(lead)}",
        first,
        last,
        lead,
        tuple(e.start for e in study.elements_of[planned.mission] if is_launch(study, e)),
        last,
    )


def _element_spans(study: Study) -> list[Span]:
    spans = []
    delivery = {m.mission: m.delivery for m in study.plan.missions}
    for planned in study.plan.elements:
        mission, element, _ = study.model_of(planned)
        name = element.name if len(delivery) == 1 else f"{mission.name}: {element.name}"
        who = study.provider(planned)
        spans.append(
            Span(
                name,
                f"{name}: {month_name(planned.start)} to {month_name(planned.finish.plus(-1))}; {study.partner(who)}",
                planned.start,
                planned.finish,
                who,
                (planned.start,) if is_launch(study, planned) else (),
                delivery.get(mission.id) if planned.element == mission.delivery_element else None,
            )
        )
    return spans


def _pack(
    study: Study, spans: list[Span], at: Callable[[Month], float], width: int, row: int, character: float
) -> tuple[tuple[Bar, ...], int]:
    """Bars in the first row that has room for bar and label, in order of start; and how many rows that takes."""
    free: list[float] = []
    bars: list[Bar] = []
    most = int((width - 8) / character)
    for one in sorted(spans, key=lambda s: (s.first, s.name, s.last)):
        left, right = at(one.first), at(one.last)
        label = one.name if len(one.name) <= most else one.name[: most - 1] + "…"
        label_width = len(label) * character + 8
        label_x = max(0.0, min(left + 4, width - label_width))
        begin, end = min(left, label_x - 2), max(right + 4, label_x + label_width)
        place = next((i for i, until in enumerate(free) if until <= begin), len(free))
        if place == len(free):
            free.append(0.0)
        free[place] = end + 3
        bars.append(
            Bar(
                name=one.name,
                tip=one.tip,
                colour=study.colour(one.who),
                x=left,
                width=round(max(2.0, right - left), 1),
                y=18 + place * row,
                label_x=label_x,
                label=label,
                launches=tuple(sorted({at(m) for m in one.launches})),
                delivery=None if one.delivery is None else at(one.delivery),
            )
        )
    return tuple(bars), len(free)
