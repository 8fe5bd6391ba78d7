"""Passes as a picture: over time by station, and the paths of the best ones over each station's sky; as SVG or as a page.

The pictures are drawn here; the page loads nothing and runs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from comity.network.passes import Pass
from comity.orbits.times import to_iso
from comity.report.assets import asset
from comity.report.lettering import cut_to, text_width

#: Sizes [CSS pixels].
WIDTH, LANE, GAP, HEAD, LETTER = 1100, 15, 12, 34, 12
SKY, SKY_PAD = 260, 40
#: Colours of the report's style sheet, for a picture that stands alone.
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#8a7a00", "#5b6770", "#e69f00")


@dataclass(frozen=True, slots=True)
class PassPicture:
    """What is drawn: passes between two instants (POSIX UTC), names by id, and sky paths by (object, station, rise)."""

    title: str
    start_s: float
    end_s: float
    found: Sequence[Pass]
    names: Mapping[str, str]
    #: Azimuths and elevations [deg] of passes that are drawn over the sky.
    paths: Mapping[tuple[str, str, float], tuple[Sequence[float], Sequence[float]]]


def passes_svg(picture: PassPicture) -> str:
    """The picture as one SVG that stands alone, light or dark as its reader is."""
    timeline, height = _timeline(picture)
    skies, more = _skies(picture, height + 24)
    total = height + more + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" '
        f'aria-label="{escape(picture.title)}" font-family="system-ui, sans-serif" font-size="{LETTER}">'
        f"<style>{_STYLE}</style>{timeline}{skies}</svg>\n"
    )


def passes_page(picture: PassPicture) -> str:
    """The picture and its figures as one HTML page."""
    style = asset("templates/report.css")
    rows = "".join(_row(one, picture) for one in picture.found[:2000])
    cut = f"<p class='note'>The first 2,000 of {len(picture.found):,} passes.</p>" if len(picture.found) > 2000 else ""
    first, last = to_iso(picture.start_s, digits=0), to_iso(picture.end_s, digits=0)
    hours = sum(one.duration_s for one in picture.found) / 3600
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{escape(picture.title)}</title><style>{style}
.passes svg {{ width: 100%; min-width: 46rem; height: auto; }}</style></head>
<body class="passes"><main><section><p class="eyebrow">Who sees whom, {first} to {last}</p>
<h1>{escape(picture.title)}</h1><p>{len(picture.found):,} passes, {hours:,.1f} h in sight.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Picture">{passes_svg(picture)}</div></section>
<section><h2>Each pass</h2>{cut}<div class="scroll" tabindex="0" role="region" aria-label="Passes"><table>
<thead><tr><th scope="col">Object</th><th scope="col">Station</th><th scope="col">Rise (UTC)</th><th scope="col">Culmination</th>
<th scope="col">Set</th><th scope="col" class="n">highest</th><th scope="col" class="n">nearest km</th></tr></thead>
<tbody>{rows}</tbody></table></div>
</section></main></body></html>
"""


def _row(one: Pass, picture: PassPicture) -> str:
    rise, top, fall = (to_iso(t, digits=1) for t in one.times_s)
    cells = (f"{'' if one.rises else '&lt; '}{rise}", top[11:], f"{'' if one.sets else '&gt; '}{fall[11:]}")
    return (
        f"<tr><th scope='row'>{escape(picture.names.get(one.object_id, one.object_id))}</th>"
        f"<td>{escape(picture.names.get(one.station_id, one.station_id))}</td>"
        + "".join(f"<td>{c}</td>" for c in cells)
        + f"<td class='n'>{one.elevation_deg[1]:.1f}°</td><td class='n'>{one.range_km[1]:,.0f}</td></tr>"
    )


def _lanes(picture: PassPicture) -> dict[str, list[str]]:
    """By station, the objects that it sees, in the order of their first rise."""
    lanes: dict[str, list[str]] = {}
    for one in sorted(picture.found, key=lambda p: p.times_s[0]):
        seen = lanes.setdefault(one.station_id, [])
        if one.object_id not in seen:
            seen.append(one.object_id)
    return dict(sorted(lanes.items()))


def _colours(picture: PassPicture) -> dict[str, str]:
    ids = dict.fromkeys(p.object_id for p in picture.found)
    return {name: HUES[k % len(HUES)] for k, name in enumerate(ids)}


def _timeline(picture: PassPicture) -> tuple[str, int]:
    lanes, colours = _lanes(picture), _colours(picture)
    names = [picture.names.get(o, o) for objects in lanes.values() for o in objects]
    left = min(220.0, max([text_width(n, LETTER) for n in names], default=60.0) + 28)
    span = picture.end_s - picture.start_s

    def x(time_s: float) -> float:
        return left + (WIDTH - left - 12) * (time_s - picture.start_s) / span

    parts, y, places = [], float(HEAD), {}
    for station, objects in lanes.items():
        name = escape(picture.names.get(station, station))
        parts.append(f'<text class="name" x="0" y="{y + LETTER - 2:.1f}">{name}</text>')
        y += LANE + 3
        for thing in objects:
            label = escape(cut_to(picture.names.get(thing, thing), left - 22, LETTER))
            parts.append(f'<text class="thing" x="12" y="{y + LETTER - 2:.1f}">{label}</text>')
            parts.append(
                f'<rect class="wash" x="{left:.1f}" y="{y:.1f}" width="{WIDTH - left - 12:.1f}" height="{LANE - 3}"/>'
            )
            places[station, thing] = y
            y += LANE
        y += GAP
    for one in picture.found:
        begin, end = x(one.times_s[0]), x(one.times_s[2])
        top = places[one.station_id, one.object_id]
        tip = f"{to_iso(one.times_s[0], digits=0)} to {to_iso(one.times_s[2], digits=0)}, up to {one.elevation_deg[1]:.0f}°"
        strength = 0.35 + 0.65 * max(one.elevation_deg[1], 0) / 90
        parts.append(
            f'<rect x="{begin:.2f}" y="{top:.1f}" width="{max(end - begin, 1.2):.2f}" height="{LANE - 3}" '
            f'fill="{colours[one.object_id]}" fill-opacity="{strength:.2f}"><title>{tip}</title></rect>'
        )
    ticks = "".join(_ticks(picture, x, y - GAP))
    return ticks + "".join(parts), int(y)


def _ticks(picture: PassPicture, x: object, bottom: float) -> Iterator[str]:
    assert callable(x)
    span = picture.end_s - picture.start_s
    step = next(
        (s for s in (900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800) if span / s <= 12), 2592000
    )
    time_s: float = math.ceil(picture.start_s / step) * step
    while time_s <= picture.end_s:
        text = to_iso(time_s, digits=0)
        label = text[5:10] if step >= 86400 or text[11:16] == "00:00" else text[11:16]
        at = x(time_s)
        yield f'<line class="tick" x1="{at:.1f}" x2="{at:.1f}" y1="{HEAD - 8}" y2="{bottom:.1f}"/>'
        anchor = "middle" if at < WIDTH - 30 else "end"
        yield f'<text class="tick" x="{at:.1f}" y="{HEAD - 14}" text-anchor="{anchor}">{label}</text>'
        time_s += step


def _skies(picture: PassPicture, top: float) -> tuple[str, int]:
    """A sky for each station with paths: zenith in the middle, north above, east to the right as on a map."""
    stations = sorted({station for _, station, _ in picture.paths})
    if not stations:
        return "", 0
    colours, across = _colours(picture), WIDTH // (SKY + SKY_PAD)
    parts = []
    for k, station in enumerate(stations):
        middle_x = (k % across) * (SKY + SKY_PAD) + SKY / 2 + SKY_PAD / 2
        middle_y = top + (k // across) * (SKY + 64) + SKY / 2 + 40
        parts.append(_sky(picture, station, colours, middle_x, middle_y))
    return "".join(parts), math.ceil(len(stations) / across) * (SKY + 64)


def _sky(picture: PassPicture, station: str, colours: Mapping[str, str], x: float, y: float) -> str:
    radius, title = SKY / 2 - 8, escape(picture.names.get(station, station))
    parts = [f'<text class="name" x="{x:.1f}" y="{y - radius - 26:.1f}" text-anchor="middle">{title}</text>']
    for circle in (0, 30, 60):
        r = radius * (90 - circle) / 90
        parts.append(f'<circle class="{"sky" if circle == 0 else "ring"}" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>')
        if circle:
            parts.append(f'<text class="tick" x="{x + 3:.1f}" y="{y - r + 12:.1f}">{circle}°</text>')
    for name, dx, dy in (("N", 0, -1), ("E", 1, 0), ("S", 0, 1), ("W", -1, 0)):
        parts.append(
            f'<text class="tick" x="{x + dx * (radius + 11):.1f}" y="{y + dy * (radius + 11) + 4:.1f}" text-anchor="middle">{name}</text>'
        )
    for (thing, where, _), (azimuths, elevations) in picture.paths.items():
        if where != station:
            continue
        points = []
        for azimuth, elevation in zip(azimuths, elevations, strict=True):
            r = radius * (90 - max(elevation, 0.0)) / 90
            points.append(
                f"{x + r * math.sin(math.radians(azimuth)):.1f},{y - r * math.cos(math.radians(azimuth)):.1f}"
            )
        name = escape(picture.names.get(thing, thing))
        parts.append(
            f'<polyline class="path" points="{" ".join(points)}" stroke="{colours[thing]}"><title>{name}</title></polyline>'
        )
        parts.append(
            f'<circle cx="{points[0].split(",")[0]}" cy="{points[0].split(",")[1]}" r="3" fill="{colours[thing]}"/>'
        )
    return "".join(parts)


_STYLE = (
    "text{fill:#1d2a36}.name{font-weight:600}.tick{fill:#66727d;font-size:11px}line.tick{stroke:#d4dae0}"
    ".wash,.sky{fill:#f2f5f7}.ring{fill:none;stroke:#c3cbd2}.path{fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#e6ebf0}.tick{fill:#9aa7b3}line.tick{stroke:#3a4651}"
    ".wash,.sky{fill:#212b34}.ring{stroke:#4a5763}}"
)
