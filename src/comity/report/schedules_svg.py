"""A schedule as one SVG that stands alone: by antenna, by mission, and the part that each mission got; light or dark as its reader is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from comity.network.allocation.question import iso
from comity.report.assets import asset
from comity.report.lettering import cut_to, text_width
from comity.report.schedules import SchedulePicture, antenna_rows, mission_rows

#: Sizes [CSS pixels].
WIDTH, EDGE, LANE, BAR, GAP, LETTER, SMALL, SOFT, RIGHT = 1200, 16, 18, 13, 4, 12, 9.5, 11, 4
#: The sheet's variables that a picture needs.
_VARIABLE = re.compile(r"--(?:c\d+|cx|ink|soft|line|quiet|paper|won):[^;]+;")


def schedule_svg(picture: SchedulePicture) -> str:
    """The picture as SVG text."""
    left = _left(picture)
    parts: list[str] = []
    y = 0.0
    for title, rows in ((f"By {picture.word}", antenna_rows(picture)), ("By mission", mission_rows(picture))):
        drawn, y = _gantt(picture, title, rows, left, y + 26)
        parts += drawn
    drawn, y = _fairness(picture, y + 26)
    parts += drawn
    name = escape(picture.schedule.question or picture.question.name)
    wide, high = WIDTH + 2 * EDGE, math.ceil(y + 10)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-EDGE} 0 {wide} {high}" role="img" aria-label="{name}" '
        f'font-family="system-ui, sans-serif" font-size="{LETTER}"><style>{_style()}</style>'
        f'<rect class="paper" x="{-EDGE}" width="{wide}" height="{high}"/>{"".join(parts)}</svg>\n'
    )


def _style() -> str:
    """The page's colours, light and dark, and the picture's own rules."""
    sheet = asset("templates/report.css")
    light, dark = (part.split("}")[0] for part in sheet.split(":root {")[1:3])
    hues = ["".join(_VARIABLE.findall(part)) for part in (light, dark)]
    return (
        f"svg{{{hues[0]}}}@media(prefers-color-scheme:dark){{svg{{{hues[1]}}}}}"
        "text{fill:var(--ink)}.paper{fill:var(--paper)}.title{font-weight:600;font-size:15px}.soft{fill:var(--soft);font-size:11px}"
        ".small{font-size:9.5px}line{stroke:var(--line)}.out{fill:var(--quiet);fill-opacity:.3}.won{fill:var(--won)}"
        ".mark{stroke:var(--ink);stroke-width:2}"
    )


def _left(picture: SchedulePicture) -> float:
    names = [a.id for a in picture.question.antennas] + list(picture.users)
    return min(230.0, max((text_width(n, LETTER) for n in names), default=60.0) + 62)


def _gantt(
    picture: SchedulePicture, title: str, chart: Mapping[str, Any], left: float, top: float
) -> tuple[list[str], float]:
    start, end = chart["start"], chart["end"]

    def x(time_s: float) -> float:
        return left + (WIDTH - left - RIGHT) * float((min(max(time_s, start), end) - start) / (end - start))

    body: list[str] = []
    y = top + 28
    first = y
    for row in chart["rows"]:
        height = row["lanes"] * LANE + GAP
        name = escape(cut_to(row["name"], left - 58, LETTER))
        body.append(f'<text x="0" y="{y + LETTER + 1:.1f}">{name}</text>')
        if row.get("note"):
            body.append(
                f'<text class="soft" x="{left - 10:.1f}" y="{y + LETTER + 1:.1f}" text-anchor="end">{escape(row["note"])}</text>'
            )
        for out in row["outs"]:
            a, b = map(x, out["w"])
            body.append(
                f'<rect class="out" x="{a:.1f}" y="{y + 1:.1f}" width="{max(b - a, 1):.1f}" height="{height - GAP - 1}" rx="2">'
                f"<title>{escape(row['name'])}: {escape(out['reason'])}</title></rect>"
            )
        body += [_bar(bar, x, y) for bar in row["bars"]]
        y += height
        body.append(f'<line x1="0" x2="{WIDTH - RIGHT}" y1="{y - 1:.1f}" y2="{y - 1:.1f}"/>')
    ticks = list(_ticks(picture, x, first, y))
    return [f'<text class="title" x="0" y="{top:.1f}">{escape(title)}</text>', *ticks, *body], y


def _bar(bar: Mapping[str, Any], x: Any, top: float) -> str:
    start, end, busy, until, lane = bar["w"]
    y, a, b = top + lane * LANE + 2, x(start), x(end)
    wide, hue = max(b - a, 1.5), bar["colour"]
    shown = bar["label"] if text_width(bar["label"], SMALL) < wide - 6 else ""
    first = bar["label"].split("+")[0] + "+…"
    if not shown and "+" in bar["label"] and text_width(first, SMALL) < wide - 6:
        shown = first
    label = f'<text class="small" x="{a + 5:.1f}" y="{y + 10:.1f}">{escape(shown)}</text>' if shown else ""
    tip = escape(f"{bar['user']} on {bar['on']}, {iso(start)} to {iso(end)}, request {bar['request']}")
    return (
        f'<g fill="{hue}"><title>{tip}</title>'
        f'<rect x="{x(busy):.1f}" y="{y + BAR - 3:.1f}" width="{x(until) - x(busy):.1f}" height="3" fill-opacity=".5"/>'
        f'<rect class="paper" x="{a:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BAR}" rx="2"/>'
        f'<rect x="{a:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BAR}" rx="2" fill-opacity=".42"/>'
        f'<rect x="{a:.1f}" y="{y:.1f}" width="{min(2.5, wide):.1f}" height="{BAR}"/>{label}</g>'
    )


def _ticks(picture: SchedulePicture, x: Any, top: float, bottom: float) -> Iterator[str]:
    start, end = picture.question.start, picture.question.end
    steps = (900, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600)
    step = next((s for s in steps if (end - start) / s <= 14), 2_592_000)
    time_s = math.ceil(start / step) * step
    while time_s < end:
        text = iso(time_s)
        label = text[5:10] if step >= 86_400 or text[11:16] == "00:00" else text[11:16]
        at = x(time_s)
        yield f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 4:.1f}" y2="{bottom:.1f}"/>'
        anchor = "start" if at < 40 else "end" if at > WIDTH - 20 else "middle"
        yield f'<text class="soft" x="{at:.1f}" y="{top - 9:.1f}" text-anchor="{anchor}">{label}</text>'
        time_s += step


def _fairness(picture: SchedulePicture, top: float) -> tuple[list[str], float]:
    """The part of its hours that each mission got, in three columns, the worst first."""
    found = picture.score
    worst = sorted(found.unsatisfied, key=lambda u: (-found.unsatisfied[u], u))
    mean = found.hours / found.requested_hours if found.requested_hours else 0.0
    deep = math.ceil(len(worst) / 3)
    parts = [f'<text class="title" x="0" y="{top:.1f}">Who got how much</text>']
    parts.append(
        f'<text class="soft" x="178" y="{top:.1f}">part of its hours; the mark is all together, {mean:.0%}; U_rms {found.u_rms:.3f}</text>'
    )
    column = (WIDTH - RIGHT) / 3
    values = {u: _value(1 - found.unsatisfied[u], picture.asked_hours[u]) for u in worst}
    wide = column - 100 - 24 - max((text_width(value, SOFT) for value in values.values()), default=0.0)
    for place, user in enumerate(worst):
        x, y = (place // deep) * column, top + 16 + (place % deep) * LANE
        got = 1 - found.unsatisfied[user]
        name = escape(cut_to(user, 84, LETTER))
        parts.append(f'<text x="{x:.1f}" y="{y + 11:.1f}">{name}</text>')
        parts.append(f'<rect class="out" x="{x + 92:.1f}" y="{y + 3:.1f}" width="{wide:.1f}" height="9" rx="2"/>')
        parts.append(f'<rect class="won" x="{x + 92:.1f}" y="{y + 3:.1f}" width="{wide * got:.1f}" height="9" rx="2"/>')
        at = x + 92 + wide * mean
        parts.append(f'<line class="mark" x1="{at:.1f}" x2="{at:.1f}" y1="{y + 1:.1f}" y2="{y + 14:.1f}"/>')
        parts.append(f'<text class="soft" x="{x + 100 + wide:.1f}" y="{y + 11:.1f}">{values[user]}</text>')
    return parts, top + 16 + deep * LANE


def _value(got: float, asked: float) -> str:
    return f"{got:.0%}, {got * asked:,.1f} of {asked:,.1f} h"
