"""Gantt charts, by mission and by partner: elements as bars in as few lanes as they need, windows, launches, deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from comity.report.figures import Chart, Table
from comity.report.naming import Study, themes
from comity.report.timeline import is_launch
from comity.report.wording import counted, month_name
from comity.roadmap.answer import PlannedElement

#: Lanes in one chart: two such charts fit on a printed page, and the years are never far from a bar on a screen.
LANES_IN_A_CHART = 27


def by_mission(study: Study) -> list[Chart]:
    """One chart a theme (more where a theme outgrows a page): a row for each mission, in the order of their start."""
    charts: list[Chart] = []
    for theme, missions in themes(study).items():
        rows = [_mission_row(study, mission) for mission in missions]
        for part, chunk in enumerate(_pages(rows), start=1):
            title = theme if part == 1 else f"{theme}, continued"
            names = {row["id"] for row in chunk}
            elements = [e for m in missions if m in names for e in study.elements_of[m]]
            charts.append(_chart(study, f"gantt-mission-{len(charts) + 1}", title, chunk, _table(study, elements)))
    return charts


def by_partner(study: Study) -> list[Chart]:
    """A row for each partner with work in the plan, the largest first; its elements from every mission."""
    rows = []
    for partner in study.working:
        mine = [e for e in study.plan.elements if partner in e.work]
        if mine:
            rows.append(
                _row(study, partner, study.partner(partner), sorted(mine, key=lambda e: (e.start, e.mission)), ())
            )
            for bar in rows[-1]["bars"]:
                bar["label"], bar["colour"] = bar["mission"], study.colour(partner)
    return [
        _chart(study, f"gantt-partner-{place}", "By partner" if place == 1 else "By partner, continued", chunk, None)
        for place, chunk in enumerate(_pages(rows), start=1)
    ]


def _pages(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows in charts of about the same height, none much higher than `LANES_IN_A_CHART`."""
    lanes_in_all = sum(row["lanes"] for row in rows)
    charts = -(-lanes_in_all // LANES_IN_A_CHART)
    chunk: list[dict[str, Any]] = []
    place, told = 1, 0
    for row in rows:
        # A row goes where its middle lies.
        if chunk and told + row["lanes"] / 2 > lanes_in_all * place / charts:
            yield chunk
            chunk, place = [], place + 1
        chunk.append(row)
        told += row["lanes"]
    if chunk:
        yield chunk


def _mission_row(study: Study, mission: str) -> dict[str, Any]:
    delivery = next(m.delivery for m in study.plan.missions if m.mission == mission)
    start = study.programme.programme.horizon.start.index
    row = _row(study, mission, study.mission(mission), study.elements_of[mission], study.elements_of[mission])
    row["delivery"] = delivery.index - start
    science = study.element(mission, study.programme.missions[mission].delivery_element)
    row["deliveryLane"] = next((bar["lane"] for bar in row["bars"] if bar["label"] == science), row["lanes"] - 1)
    row["deliveryText"] = month_name(delivery)
    return row


def _row(
    study: Study, identifier: str, name: str, elements: Iterable[PlannedElement], with_windows: Iterable[PlannedElement]
) -> dict[str, Any]:
    free: list[int] = []
    bars = []
    start = study.programme.programme.horizon.start.index
    for planned in elements:
        lane = next((i for i, until in enumerate(free) if until <= planned.start.index), len(free))
        if lane == len(free):
            free.append(0)
        free[lane] = planned.finish.index
        bars.append(
            {
                "lane": lane,
                "from": planned.start.index - start,
                "to": planned.finish.index - start,
                "label": study.element(planned.mission, planned.element),
                "mission": study.mission(planned.mission),
                "colour": study.colour(study.provider(planned)),
                "launch": is_launch(study, planned),
                "by": ", ".join(study.partner(p) for p in sorted(planned.work, key=lambda p: (-planned.work[p], p))),
                "dates": f"{month_name(planned.start)} to {month_name(planned.finish.plus(-1))}",
                "cost": study.money.money(planned.cost),
            }
        )
    windows = []
    for planned in with_windows:
        spans = study.programme.windows(study.model_of(planned)[1])
        windows += [[s.first.index - start, s.last.index + 1 - start] for s in spans or ()]
    return {"id": identifier, "name": name, "lanes": max(1, len(free)), "bars": bars, "windows": windows}


def _chart(study: Study, identifier: str, title: str, rows: list[dict[str, Any]], table: Table | None) -> Chart:
    horizon = study.programme.programme.horizon
    with_delivery = "delivery" in rows[0]
    shown = [{key: value for key, value in row.items() if key != "id"} for row in rows]
    return Chart(
        id=identifier,
        kind="gantt",
        title=title,
        height=60 + 15 * sum(row["lanes"] for row in rows),
        table=table,
        summary=f"{counted(len(rows), 'mission' if with_delivery else 'partner')}, {horizon.start} to {horizon.end}.",
        drawing={
            "firstYear": horizon.start.year,
            "firstMonth": horizon.start.month,
            "months": horizon.end.index - horizon.start.index + 1,
            "rows": shown,
        },
    )


def _table(study: Study, elements: Iterable[PlannedElement]) -> Table:
    return Table(
        ("Mission", "Element", "By", "Start", "Finished before", f"Cost [{study.money.unit}]"),
        tuple(
            (
                study.mission(e.mission),
                study.element(e.mission, e.element),
                ", ".join(study.partner(p) for p in e.work),
                str(e.start),
                str(e.finish),
                study.money.number(e.cost),
            )
            for e in elements
        ),
        frozenset({5}),
    )
