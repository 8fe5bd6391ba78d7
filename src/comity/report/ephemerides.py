"""Two ephemerides against each other as a picture: radial, along and across over time; as SVG or as a page.

The picture is drawn here; the page loads nothing and runs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from comity.orbits import AXES, Comparison
from comity.orbits.times import Floats, to_iso
from comity.report.assets import asset
from comity.report.axes import nice_bounds

#: Sizes [CSS pixels].
WIDTH, PANEL, LEFT, RIGHT, TOP, GAP, LETTER = 1100, 260, 84, 92, 34, 58, 12
#: Colours of the axes; they differ in lightness, too, and lines in their dashes.
HUES = {"radial": ("#0072b2", ""), "along": ("#d55e00", "7 3"), "cross": ("#009e73", "2 3")}
#: Points of one line: more than the picture has pixels are not seen.
MOST_POINTS = 2000
_STYLE = """
text { fill: #1d2329; } .muted { fill: #5b6770; } .grid { stroke: #d5dade; stroke-width: 1; } .zero { stroke: #8b969e; }
@media (prefers-color-scheme: dark) {
 text { fill: #e8ecef; } .muted { fill: #a4b0b8; } .grid { stroke: #39424a; } .zero { stroke: #77828a; } }
"""


@dataclass(frozen=True, slots=True)
class ComparisonPicture:
    """What is drawn: a comparison, whose it is, and how it is called."""

    title: str
    name: str
    found: Comparison


def comparison_svg(picture: ComparisonPicture) -> str:
    """The picture as one SVG that stands alone, light or dark as its reader is."""
    found = picture.found
    height = TOP + 2 * PANEL + GAP + 64
    panels = _panel(found.times_s, found.position_km, "Position", "", TOP)
    panels += _panel(found.times_s, found.velocity_km_s, "Velocity", "/s", TOP + PANEL + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(picture.title)}: radial, along and cross" font-family="system-ui, sans-serif" '
        f'font-size="{LETTER}"><style>{_STYLE}</style>{panels}{_time_axis(found.times_s, height - 40)}</svg>\n'
    )


def comparison_page(picture: ComparisonPicture) -> str:
    """The picture and its figures as one HTML page."""
    style = asset("templates/report.css")
    found = picture.found
    first, last = to_iso(found.times_s[0], digits=0), to_iso(found.times_s[-1], digits=0)
    doubt = (
        f"<p class='note'>One is in ITRF, the other is not, and polar motion is not taken into account: up to "
        f"{found.doubt_km * 1000:.0f} m of the difference may come of it.</p>"
        if found.doubt_km
        else ""
    )
    heads = "".join(f'<th scope="col" class="n">{name}</th>' for name in (*AXES, "whole"))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{escape(picture.title)}</title><style>{style}
.ephemerides svg {{ width: 100%; min-width: 46rem; height: auto; }}</style></head>
<body class="ephemerides"><main><section><p class="eyebrow">{escape(picture.name)}, {first} to {last}</p>
<h1>{escape(picture.title)}</h1><p>{len(found.times_s):,} instants, at most {_figure(found.distance_km.max())} apart. Along the axes of
the first: radial from the centre, along in the plane of the orbit, cross along its normal.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Picture">{comparison_svg(picture)}</div>{doubt}</section>
<section><h2>In figures</h2><div class="scroll" tabindex="0" role="region" aria-label="Figures"><table>
<thead><tr><th scope="col"></th>{heads}</tr></thead><tbody>{_rows(found)}</tbody></table></div>
</section></main></body></html>
"""


def _rows(found: Comparison) -> str:
    rows = []
    for what, per in (("position", ""), ("velocity", "/s")):
        for name, values in (("rms", found.rms(what)), ("max", found.largest(what))):
            cells = "".join(f"<td class='n'>{_figure(v, per)}</td>" for v in values)
            rows.append(f"<tr><th scope='row'>{what.capitalize()}, {name}</th>{cells}</tr>")
    return "".join(rows)


def _scaled(largest: float) -> tuple[float, str]:
    """A factor from km and the unit in which a figure is easy to read."""
    for least, factor, unit in ((1.0, 1.0, "km"), (1e-3, 1e3, "m"), (0.0, 1e6, "mm")):
        if largest >= least:
            return factor, unit
    return 1.0, "km"


def _figure(value: float, per: str = "") -> str:
    factor, unit = _scaled(float(value))
    return f"{value * factor:,.4g} {unit}{per}"


def _x(times: Floats, at: float | Floats) -> Floats:
    span = max(float(times[-1] - times[0]), 1e-9)
    return np.asarray(LEFT + (WIDTH - LEFT - RIGHT) * (np.asarray(at) - times[0]) / span)


def _panel(times: Floats, values: Floats, title: str, per: str, top: int) -> str:
    """One panel: three lines over a grid, each named at its end."""
    factor, unit = _scaled(float(np.abs(values).max()))
    shown = values * factor
    low, high, step = nice_bounds(float(min(shown.min(), 0.0)), float(max(shown.max(), 0.0)))

    def y(value: float | Floats) -> Floats:
        return np.asarray(top + PANEL * (high - np.asarray(value)) / (high - low))

    parts = [f'<text x="0" y="{top - 14}" font-weight="600">{title} [{unit}{per}]</text>']
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    for k in range(round((high - low) / step) + 1):
        at = low + k * step
        zero = abs(at) < step / 2
        parts.append(
            f'<line class="grid{" zero" if zero else ""}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}"/>'
            f'<text class="muted" x="{LEFT - 8}" y="{y(at) + 4:.1f}" text-anchor="end">{0.0 if zero else at:,.{digits}f}</text>'
        )
    kept = _kept(times, shown)
    for axis, name in enumerate(AXES):
        hue, dash = HUES[name]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(_x(times, times[kept]), y(shown[kept, axis]), strict=True))
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{hue}" stroke-width="1.6"{dashes}>'
            f"<title>{name}: rms {math.sqrt(float(np.mean(shown[:, axis] ** 2))):.4g} {unit}{per}</title></polyline>"
        )
    ends = _apart([float(y(shown[-1, axis])) for axis in range(3)])
    for name, at in zip(AXES, ends, strict=True):
        hue, dash = HUES[name]
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        right = WIDTH - RIGHT
        parts.append(
            f'<line x1="{right + 8}" x2="{right + 32}" y1="{at:.1f}" y2="{at:.1f}" stroke="{hue}" stroke-width="2"{dashes}/>'
            f'<text x="{right + 38}" y="{at + 4:.1f}">{name}</text>'
        )
    return "".join(parts)


def _apart(places: list[float]) -> list[float]:
    """The same places, moved as little as keeps names from lying on each other."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + LETTER + 4)
    return moved


def _kept(times: Floats, values: Floats) -> NDArray[np.int64]:
    """Indices that are drawn: all, or by stretches those where the sum of the lines is least and most."""
    if len(times) <= MOST_POINTS:
        return np.arange(len(times))
    stretches = np.array_split(np.arange(len(times)), MOST_POINTS // 8)
    picked = {0, len(times) - 1}
    for stretch in stretches:
        for axis in range(3):
            picked |= {int(stretch[values[stretch, axis].argmin()]), int(stretch[values[stretch, axis].argmax()])}
    return np.array(sorted(picked))


def _time_axis(times: Floats, y: int) -> str:
    span = float(times[-1] - times[0])
    if span <= 0:
        return f'<text class="muted" x="{LEFT}" y="{y}">{to_iso(times[0], digits=0)}</text>'
    steps = (
        1,
        2,
        5,
        10,
        30,
        60,
        120,
        300,
        600,
        900,
        1800,
        3600,
        7200,
        10800,
        21600,
        43200,
        86400,
        172800,
        604800,
        2592000,
    )
    step = next((s for s in steps if span / s <= 10), steps[-1])
    parts = []
    at = math.ceil(times[0] / step) * step
    while at <= times[-1]:
        text = to_iso(at, digits=0)
        label = text[:10] if step >= 86400 else text[11:19] if step < 60 else text[11:16]
        parts.append(f'<text class="muted" x="{float(_x(times, at)):.1f}" y="{y}" text-anchor="middle">{label}</text>')
        at += step
    parts.append(f'<text class="muted" x="{LEFT}" y="{y + 20}">UTC from {to_iso(times[0], digits=0)}</text>')
    return "".join(parts)
