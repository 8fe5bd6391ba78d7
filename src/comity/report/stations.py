"""Ground stations as a picture: a map of the world by owner and size, and a page with every figure and its source.

The map is drawn here; the page loads nothing and runs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from comity.network.stations import Receives, Source, Station, Transmits, figures, source_ids
from comity.report.assets import asset
from comity.report.lettering import text_width
from comity.report.world import land_path, map_x, map_y

#: Sizes [CSS pixels]; the map stops short of the poles' last degrees.
WIDTH, LETTER, GAP = 1100, 11, 4
NORTH, SOUTH = 86.0, -88.0
#: Owners with a colour of their own; the rest share the last.
HUES = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#7b3fa0",
    "#a3402a",
    "#2f6b2f",
    "#c2185b",
    "#56b4e9",
    "#8a7a00",
)
OTHERS = "#5b6770"
#: Antennas so near each other [deg] are one mark.
NEAR_DEG = 0.6


@dataclass(frozen=True, slots=True)
class Mark:
    """Antennas at one place: where on the map, how large the mark, what it says."""

    x: float
    y: float
    radius: float
    label: str
    stations: tuple[Station, ...]


def stations_svg(stations: Sequence[Station], title: str) -> str:
    """The map as one SVG that stands alone, light or dark as its reader is."""
    top, bottom = map_y(NORTH, WIDTH), map_y(SOUTH, WIDTH)
    hues = _hues(stations)
    legend, more = _legend(stations, hues, bottom - top + 22)
    marks = _marks(stations, top)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom - top + more:.0f}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="{LETTER}">'
        f'<style>{_STYLE}</style><clipPath id="sea"><rect width="{WIDTH}" height="{bottom - top:.1f}"/></clipPath>'
        f'<g clip-path="url(#sea)"><rect class="sea" width="{WIDTH}" height="{bottom - top:.1f}"/>'
        f'<path class="land" transform="translate(0 {-top:.1f})" d="{land_path(WIDTH)}"/>{"".join(_grid(top, bottom))}</g>'
        f"{''.join(_drawn(mark, hues) for mark in marks)}{''.join(_labels(marks))}{legend}</svg>\n"
    )


def stations_page(stations: Sequence[Station], sources: Mapping[str, Source], title: str) -> str:
    """The map, a table of the antennas, and where each figure was read, as one HTML page."""
    style = asset("templates/report.css")
    rows = "".join(_row(s, sources) for s in stations)
    used = {id for s in stations for id in source_ids(s)}
    listed = "".join(_source(id, source) for id, source in sources.items() if id in used)
    owners = len({s.owner for s in stations})
    estimates = sum(bool(f.estimate) for s in stations for _, f in figures(s))
    sourced = sum(bool(f.source) for s in stations for _, f in figures(s))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{escape(title)}</title><style>{style}
.stations svg {{ width: 100%; min-width: 46rem; height: auto; }}
.stations td ul {{ margin: 0; padding-left: 1.1em; }} .stations dd {{ margin: 0 0 .5em 1.2em; }}</style></head>
<body class="stations"><main><section><p class="eyebrow">Who can listen, and from where</p>
<h1>{escape(title)}</h1><p>{len(stations)} antennas of {owners} owners. {sourced} figures with a source, {estimates} estimates; what
nobody publishes is left out.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Map">{stations_svg(stations, title)}</div></section>
<section><h2>Each antenna</h2><div class="scroll" tabindex="0" role="region" aria-label="Antennas"><table>
<thead><tr><th scope="col">Antenna</th><th scope="col">Owner</th><th scope="col">Where</th><th scope="col" class="n">m</th>
<th scope="col">Receives</th><th scope="col">Sends</th><th scope="col">Sources</th></tr></thead>
<tbody>{rows}</tbody></table></div></section>
<section><h2>Sources</h2><dl>{listed}</dl></section></main></body></html>
"""


def _hues(stations: Sequence[Station]) -> dict[str, str]:
    order = sorted(Counter(s.owner for s in stations).items(), key=lambda item: (-item[1], item[0]))
    return {owner: HUES[k] if k < len(HUES) else OTHERS for k, (owner, _) in enumerate(order)}


def _marks(stations: Sequence[Station], top: float) -> list[Mark]:
    """One mark for the antennas of an owner at a place, the largest below, so that none hides."""
    places: list[list[Station]] = []
    for station in stations:
        for there in places:
            first = there[0]
            if first.owner == station.owner and all(
                abs(a - b) < NEAR_DEG
                for a, b in (
                    (first.latitude_deg, station.latitude_deg),
                    (first.longitude_deg, station.longitude_deg),
                )
            ):
                there.append(station)
                break
        else:
            places.append([station])
    marks = [
        Mark(
            map_x(there[0].longitude_deg, WIDTH),
            map_y(there[0].latitude_deg, WIDTH) - top,
            2.5 + max(s.diameter_m or 0.0 for s in there) ** 0.5 * 0.6,
            _label(there),
            tuple(there),
        )
        for there in places
    ]
    return sorted(marks, key=lambda m: -m.radius)


def _label(there: Sequence[Station]) -> str:
    """The first word of a name, and how many antennas it stands for."""
    name = there[0].name.split(" (")[0]
    words = name.split()
    short = (
        " ".join(words[:2])
        if words[0] in ("New", "Santa", "Bear", "South", "North", "Punta", "White", "Espacio")
        else words[0]
    )
    return short.rstrip(",") + (f" ×{len(there)}" if len(there) > 1 else "")


def _drawn(mark: Mark, hues: Mapping[str, str]) -> str:
    tip = "\n".join(f"{s.name}: {s.owner}{_size(s)}{_bands(s)}" for s in mark.stations)
    return (
        f'<circle class="mark" cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{mark.radius:.1f}" '
        f'fill="{hues[mark.stations[0].owner]}"><title>{escape(tip)}</title></circle>'
    )


def _labels(marks: Sequence[Mark]) -> Iterator[str]:
    """Names beside the marks, right, left, above or below where there is room; else the mark's tip alone has it."""
    taken = [(m.x - m.radius, m.y - m.radius, m.x + m.radius, m.y + m.radius) for m in marks]
    for mark in marks:
        wide = text_width(mark.label, LETTER)
        for x, y in (
            (mark.x + mark.radius + 2, mark.y + 4),
            (mark.x - mark.radius - 2 - wide, mark.y + 4),
            (mark.x - wide / 2, mark.y - mark.radius - 3),
            (mark.x - wide / 2, mark.y + mark.radius + LETTER),
            (mark.x + mark.radius, mark.y - mark.radius - 2),
            (mark.x + mark.radius, mark.y + mark.radius + LETTER - 2),
            (mark.x - mark.radius - wide, mark.y - mark.radius - 2),
            (mark.x - mark.radius - wide, mark.y + mark.radius + LETTER - 2),
        ):
            box = (x, y - LETTER + 2, x + wide, y + 2)
            if box[0] >= 0 and box[2] <= WIDTH and not any(_touch(box, other) for other in taken):
                taken.append(box)
                yield f'<text class="place" x="{x:.1f}" y="{y:.1f}">{escape(mark.label)}</text>'
                break


def _touch(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _grid(top: float, bottom: float) -> Iterator[str]:
    for longitude in range(-150, 180, 30):
        x = map_x(longitude, WIDTH)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom - top:.1f}"/>'
    for latitude in (-60, -30, 0, 30, 60):
        y = map_y(latitude, WIDTH) - top
        yield f'<line class="grid" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _legend(stations: Sequence[Station], hues: Mapping[str, str], y: float) -> tuple[str, int]:
    """Owners with their colours, in as many lines as they need; and how high all is below the map."""
    counts = Counter(s.owner for s in stations)
    entries = [(f"{owner} ({counts[owner]})", hue) for owner, hue in hues.items() if hue != OTHERS]
    rest = [owner for owner, hue in hues.items() if hue == OTHERS]
    if rest:
        entries.append((f"{len(rest)} others ({sum(counts[o] for o in rest)})", OTHERS))
    parts, x, line = [], 0.0, 0
    for text, hue in entries:
        wide = 18 + text_width(text, LETTER) + 14
        if x + wide > WIDTH:
            x, line = 0.0, line + 1
        at = y + line * 18
        parts.append(f'<circle cx="{x + 6:.1f}" cy="{at - 4:.1f}" r="5" fill="{hue}"/>')
        parts.append(f'<text x="{x + 16:.1f}" y="{at:.1f}">{escape(text)}</text>')
        x += wide
    return "".join(parts), 30 + line * 18


def _size(station: Station) -> str:
    return f", {station.diameter_m:g} m" if station.diameter_m else ""


def _bands(station: Station) -> str:
    return f", {' '.join(station.bands)}" if station.bands else ""


def _row(station: Station, sources: Mapping[str, Source]) -> str:
    height = "" if station.position.height_m is None else f", {station.position.height_m:,.0f} m"
    told = "; ".join(f'<a href="#{escape(id)}">{escape(id)}</a>' for id in source_ids(station) if id in sources)
    estimated = [f.estimate for _, f in figures(station) if f.estimate]
    extra = "".join(f"<br><span class='note'>estimate: {escape(e)}</span>" for e in dict.fromkeys(estimated))
    note = f"<br><span class='note'>{escape(station.note)}</span>" if station.note else ""
    return (
        f"<tr><th scope='row'>{escape(station.name)}<br><code>{escape(station.id)}</code>{note}</th>"
        f"<td>{escape(station.owner)}{f'<br>{escape(station.operator)}' if station.operator else ''}</td>"
        f"<td>{station.latitude_deg:.4f}°, {station.longitude_deg:.4f}°{height}</td>"
        f"<td class='n'>{f'{station.diameter_m:g}' if station.diameter_m else ''}</td>"
        f"<td>{_list([received(r) for r in station.receives])}</td><td>{_list([sent(t) for t in station.transmits])}</td>"
        f"<td>{told}{extra}</td></tr>"
    )


def received(served: Receives) -> str:
    """A band that is received, in words: its frequency, and G/T where one is published."""
    merit = f", G/T {served.g_over_t.db_k:g} dB/K" if served.g_over_t else ""
    known = served.chain.gain_dbi if served.chain else served.gain.dbi if served.gain else None
    return f"{served.band}{_mhz(served.mhz)}{merit}" + (f", {known:g} dBi" if known is not None else "")


def sent(served: Transmits) -> str:
    """A band that is sent, in words: its frequency, and EIRP or power where one is published."""
    strength = f", EIRP {served.eirp.dbw:g} dBW" if served.eirp else ""
    power = f", {served.power.w / 1e3:g} kW" if served.power else ""
    return f"{served.band}{_mhz(served.mhz)}{strength}{power}"


def _mhz(span: tuple[float, float] | None) -> str:
    if span is None:
        return ""
    return f" {span[0]:g} MHz" if span[0] == span[1] else f" {span[0]:g}-{span[1]:g} MHz"


def _list(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(i)}</li>' for i in items)}</ul>" if items else ""


def _source(id: str, source: Source) -> str:
    title = escape(source.title) + (f", {escape(source.date)}" if source.date else "")
    link = f'<br><a href="{escape(source.url)}">{escape(source.url)}</a>' if source.url.startswith("http") else ""
    return f'<dt id="{escape(id)}"><code>{escape(id)}</code></dt><dd>{title}{link}<br>seen: {escape(source.seen)}</dd>'


_STYLE = (
    "text{fill:#1d2a36}.place{paint-order:stroke;stroke:#eef2f5;stroke-width:2.5px}.sea{fill:#eef2f5}.land{fill:#cfd8de}"
    ".grid{stroke:#ffffff;stroke-opacity:.55}.mark{stroke:#ffffff;stroke-width:1;fill-opacity:.9}"
    "@media(prefers-color-scheme:dark){text{fill:#e6ebf0}.place{stroke:#1a222a}.sea{fill:#1a222a}.land{fill:#3a4651}"
    ".grid{stroke:#0f1418}.mark{stroke:#0f1418}}"
)
