"""The minister's timeline: every mission a bar with its name, packed into as few rows as hold them, drawn without script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comity.model.calendar import Month
from comity.report.lettering import cut_to, text_width
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
#: The size of the labels [CSS pixels], as the style sheet has it.
LETTER = 9.2
#: The height of a row, and how much of it there may be where few rows leave room [CSS pixels].
ROW, WIDE_ROW = 17, 23


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


def timeline(study: Study, *, width: int, most_rows: int) -> Timeline:
    """The timeline of a plan: its missions, or the elements of a few missions when these fit.

    `width` in CSS pixels; `most_rows` of the usual height is the room there is. When the missions need more rows, the
    cheapest are left out and counted; when they need few, the rows are wider.
    """
    horizon = study.programme.programme.horizon
    months = horizon.end.index - horizon.start.index + 1
    scale = width / months

    def at(month: Month) -> float:
        return round(max(0, min(months, month.index - horizon.start.index)) * scale, 1)

    spans: list[Span] = []
    places: list[int] = []
    rows, left_out = most_rows + 1, 0
    if len(study.plan.missions) <= FEW_MISSIONS:
        spans = _element_spans(study)
        places, rows = _pack(spans, at, width)
    if rows > most_rows:
        ranked = sorted(study.plan.missions, key=lambda m: (-study.cost_of(m.mission), m.mission))
        for kept in range(len(ranked), -1, -1):
            spans = [_mission_span(study, m) for m in ranked[:kept]]
            places, rows = _pack(spans, at, width)
            left_out = len(ranked) - kept
            if rows <= most_rows:
                break
    height = max(ROW, min(WIDE_ROW, most_rows * ROW // max(rows, 1)))
    bars = tuple(
        _bar(study, one, at, width, 18 + place * height) for one, place in zip(_in_order(spans), places, strict=True)
    )
    return Timeline(width, rows * height + 18, height, _years(horizon.years, at, scale), bars, left_out)


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


def _in_order(spans: list[Span]) -> list[Span]:
    return sorted(spans, key=lambda s: (s.first, s.name, s.last))


def _label(one: Span, at: Callable[[Month], float], width: int) -> tuple[str, float, float]:
    """A span's label, where it begins, and how wide it is: from the bar's left, or as far left as it must to be whole."""
    label = cut_to(one.name, width - 8, LETTER)
    wide = text_width(label, LETTER) + 4
    return label, round(max(0.0, min(at(one.first) + 4, width - wide)), 1), wide


def _pack(spans: list[Span], at: Callable[[Month], float], width: int) -> tuple[list[int], int]:
    """For each span, in order of start, the first row that has room for bar and label; and how many rows that takes."""
    free: list[float] = []
    places = []
    for one in _in_order(spans):
        _, label_x, wide = _label(one, at, width)
        begin, end = min(at(one.first), label_x - 2), max(at(one.last) + 4, label_x + wide)
        place = next((i for i, until in enumerate(free) if until <= begin), len(free))
        if place == len(free):
            free.append(0.0)
        free[place] = end + 3
        places.append(place)
    return places, len(free)


def _bar(study: Study, one: Span, at: Callable[[Month], float], width: int, y: float) -> Bar:
    label, label_x, _ = _label(one, at, width)
    left, right = at(one.first), at(one.last)
    return Bar(
        name=one.name,
        tip=one.tip,
        colour=study.colour(one.who),
        x=left,
        width=round(max(2.0, right - left), 1),
        y=y,
        label_x=label_x,
        label=label,
        launches=tuple(sorted({at(m) for m in one.launches})),
        delivery=None if one.delivery is None else at(one.delivery),
    )
