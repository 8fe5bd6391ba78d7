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


def timeline(study: Study, *, width: int, most_rows: int, row: int = 17, character: float = 5.3) -> Timeline:
    """The timeline of a plan.

    `width` and `row` (height of a row) in CSS pixels, `character` the mean width of one; when the missions need more than
    `most_rows`, the cheapest are left out and counted.
    """
    horizon = study.programme.programme.horizon
    months = horizon.end.index - horizon.start.index + 1
    scale = width / months

    def at(month: Month) -> float:
        return round(max(0, min(months, month.index - horizon.start.index)) * scale, 1)

    ranked = sorted(study.plan.missions, key=lambda m: (-study.cost_of(m.mission), m.mission))
    for kept in range(len(ranked), 0, -1):
        bars, rows = _pack(study, ranked[:kept], at, width, row, character)
        if rows <= most_rows:
            break
    else:
        bars, rows, kept = (), 0, 0
    step = next((s for s in (1, 2, 5, 10) if s * 12 * scale >= 34), 20)
    years = tuple((at(Month.of(y)), str(y)) for y in horizon.years if y % step == 0 or y == horizon.start.year)
    years = tuple(y for i, y in enumerate(years) if i + 1 == len(years) or years[i + 1][0] - y[0] >= 30)
    return Timeline(width, rows * row + 18, row, years, bars, len(ranked) - kept)


def _pack(
    study: Study, missions: list[PlannedMission], at: Callable[[Month], float], width: int, row: int, character: float
) -> tuple[tuple[Bar, ...], int]:
    """Bars in the first row that has room for bar and label, in order of start; and how many rows that takes."""
    free: list[float] = []
    bars: list[Bar] = []
    for planned in sorted(missions, key=lambda m: (span(study, m)[0], m.mission)):
        first, last = span(study, planned)
        left, right = at(first), at(last)
        most = int((width - 8) / character)
        name = study.mission(planned.mission)
        label = name if len(name) <= most else name[: most - 1] + "…"
        label_width = len(label) * character + 8
        label_x = max(0.0, min(left + 4, width - label_width))
        begin, end = min(left, label_x - 2), max(right + 4, label_x + label_width)
        place = next((i for i, until in enumerate(free) if until <= begin), len(free))
        if place == len(free):
            free.append(0.0)
        free[place] = end + 3
        lead = study.lead(planned.mission)
        bars.append(Bar(
            name=name, tip=f"{name}: from {month_name(first)}, delivers in {month_name(last)}; led by {study.partner(lead)}",
            colour=study.colour(lead), x=left, width=round(max(2.0, right - left), 1), y=18 + place * row, label_x=label_x,
            label=label,
            launches=tuple(sorted({at(e.start) for e in study.elements_of[planned.mission] if is_launch(study, e)})),
        ))
    return tuple(bars), len(free)
