"""Approaches as a picture: when and how near each object comes, the more probable a collision the larger; SVG or a page.

The picture is drawn here; the page loads nothing and runs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from comity.orbits.times import to_iso
from comity.report.assets import asset
from comity.report.lettering import cut_to, text_width
from comity.safety.screening import Conjunction

#: Sizes [CSS pixels].
WIDTH, HEIGHT, LEFT, RIGHT, HEAD, FOOT, LETTER = 1100, 460, 74, 24, 16, 40, 12
#: Colours of the report's style sheet, for a picture that stands alone.
HUES = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#8a7a00", "#5b6770", "#e69f00", "#7b3fa0", "#a3402a", "#2f6b2f",
    "#c2185b",
)  # fmt: skip
#: Approaches that carry their names, and rows of the page's table.
NAMED, ROWS = 8, 500
#: Probabilities between which a mark grows.
LEAST, MOST = 1e-9, 1e-3


@dataclass(frozen=True, slots=True)
class ConjunctionPicture:
    """What is drawn: approaches between two instants (POSIX UTC), the most probable first, nearer than `within_km`."""

    title: str
    start_s: float
    end_s: float
    within_km: float
    found: Sequence[Conjunction]


def conjunctions_svg(picture: ConjunctionPicture) -> str:
    """The picture as one SVG that stands alone, light or dark as its reader is."""
    legend, more = _legend(picture)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + more}" role="img" '
        f'aria-label="{escape(picture.title)}" font-family="system-ui, sans-serif" font-size="{LETTER}">'
        f"<style>{_STYLE}</style>{''.join(_grid(picture))}{''.join(_marks(picture))}{legend}</svg>\n"
    )


def conjunctions_page(picture: ConjunctionPicture) -> str:
    """The picture and its figures as one HTML page."""
    style = asset("templates/report.css")
    first, last = to_iso(picture.start_s, digits=0), to_iso(picture.end_s, digits=0)
    rows = "".join(map(_row, picture.found[:ROWS]))
    cut = f"<p class='note'>The first {ROWS} of {len(picture.found):,}.</p>" if len(picture.found) > ROWS else ""
    heads = ("miss km", "R km", "T km", "N km", "km/s", "Pc", "worst Pc")
    numbers = "".join(f'<th scope="col" class="n">{h}</th>' for h in heads)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{escape(picture.title)}</title><style>{style}
.conjunctions svg {{ width: 100%; min-width: 46rem; height: auto; }}</style></head>
<body class="conjunctions"><main><section><p class="eyebrow">Conjunctions, {first} to {last}</p>
<h1>{escape(picture.title)}</h1><p>{_counted(len(picture.found), "approach", "approaches")}.
The larger a mark, the more probable a collision; hollow where no probability can be said.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Picture">{conjunctions_svg(picture)}</div></section>
<section><h2>Each approach</h2>{cut}<div class="scroll" tabindex="0" role="region" aria-label="Approaches"><table>
<thead><tr><th scope="col">Own</th><th scope="col">Other</th><th scope="col">Closest (UTC)</th>{numbers}</tr></thead>
<tbody>{rows}</tbody></table></div>
<p class="note">R, T, N: where the other is, radially, along the track and across it. Worst: the most that the probability could be
were both covariances wrong by one factor.</p></section></main></body></html>
"""


def _counted(number: int, single: str, several: str) -> str:
    return f"{number:,} {single if number == 1 else several}"


def _row(one: Conjunction) -> str:
    cells = (
        f"{one.miss_km:.3f}",
        *(f"{v:.3f}" for v in one.rtn_km),
        f"{one.speed_km_s:.2f}",
        _small(one.probability),
        _small(one.worst),
    )
    return (
        f"<tr><th scope='row'>{escape(one.own.name)}</th><td>{escape(one.other.name)}</td>"
        f"<td>{to_iso(one.tca_s, digits=1).replace('T', ' ').removesuffix('Z')}</td>"
        + "".join(f"<td class='n'>{c}</td>" for c in cells)
        + "</tr>"
    )


def _small(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}" if value >= 1e-12 else "&lt;1e-12"


def _colours(picture: ConjunctionPicture) -> dict[str, str]:
    """By own spacecraft, in the order of their names."""
    names = sorted({one.own.name for one in picture.found})
    return {name: HUES[k % len(HUES)] for k, name in enumerate(names)}


def _x(picture: ConjunctionPicture, time_s: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (time_s - picture.start_s) / (picture.end_s - picture.start_s)


def _lowest(picture: ConjunctionPicture) -> float:
    """The foot of the scale [km]: 1, 2 or 5 of a decade, below the nearest approach."""
    nearest = max(min((one.miss_km for one in picture.found), default=picture.within_km / 10), 1e-3)
    decade = 10.0 ** math.floor(math.log10(nearest))
    return float(next((decade * n for n in (5, 2) if decade * n < nearest and nearest < picture.within_km), decade))


def _y(picture: ConjunctionPicture, miss_km: float) -> float:
    low, high = math.log10(_lowest(picture)), math.log10(picture.within_km * 1.05)
    part = (math.log10(max(miss_km, _lowest(picture))) - low) / (high - low)
    return HEIGHT - FOOT - (HEIGHT - FOOT - HEAD) * part


def _grid(picture: ConjunctionPicture) -> Iterator[str]:
    bottom = HEIGHT - FOOT
    middle = (HEAD + bottom) / 2
    yield (
        f'<text class="tick" transform="translate(14 {middle:.1f}) rotate(-90)" text-anchor="middle">'
        "distance where they are closest</text>"
    )
    yield f'<rect class="wash" x="{LEFT}" y="{HEAD}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - HEAD}"/>'
    lowest = _lowest(picture)
    decade = 10.0 ** math.floor(math.log10(lowest))
    while decade <= picture.within_km:
        for part in (1, 2, 5):
            value = decade * part
            if lowest <= value * 1.001 and value <= picture.within_km * 1.05:
                y = _y(picture, value)
                yield f'<line class="tick" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                label = f"{value * 1000:.0f} m" if value < 0.999 else f"{value:g} km"
                yield f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        decade *= 10
    span = picture.end_s - picture.start_s
    step = next((s for s in (900, 3600, 7200, 21600, 43200, 86400, 172800, 604800) if span / s <= 12), 2592000)
    time_s: float = math.ceil(picture.start_s / step) * step
    while time_s <= picture.end_s:
        at, text = _x(picture, time_s), to_iso(time_s, digits=0)
        label = text[5:10] if step >= 86400 or text[11:16] == "00:00" else text[11:16]
        yield f'<line class="tick" x1="{at:.1f}" x2="{at:.1f}" y1="{HEAD}" y2="{bottom}"/>'
        yield f'<text class="tick" x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
        time_s += step


def _radius(probability: float | None) -> float:
    if probability is None:
        return 3.5
    part = (math.log10(max(probability, LEAST)) - math.log10(LEAST)) / (math.log10(MOST) - math.log10(LEAST))
    return 2.5 + 8.0 * min(1.0, part)


def _marks(picture: ConjunctionPicture) -> Iterator[str]:
    colours = _colours(picture)
    # The most probable are drawn last, over the others.
    for one in reversed(picture.found):
        hue, x, y = colours[one.own.name], _x(picture, one.tca_s), _y(picture, one.miss_km)
        paint = f'fill="{hue}" fill-opacity="0.72"' if one.probability is not None else f'fill="none" stroke="{hue}"'
        chance = f"Pc {one.probability:.1e}" if one.probability is not None else one.why
        tip = escape(
            f"{one.own.name} and {one.other.name}, {to_iso(one.tca_s, digits=0)}: {one.miss_km:.3f} km, {one.speed_km_s:.1f} km/s, {chance}"
        )
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_radius(one.probability):.1f}" {paint}><title>{tip}</title></circle>'
    taken: list[tuple[float, float, float]] = []
    for one in _named(picture):
        x, y = _x(picture, one.tca_s), _y(picture, one.miss_km)
        label = cut_to(one.other.name, 170, LETTER)
        wide = text_width(label, LETTER)
        left = x > WIDTH - RIGHT - wide - 16
        begin = x - 14 - wide if left else x + 14
        if any(abs(y - b) < LETTER + 2 and begin < e and s < begin + wide for s, e, b in taken):
            continue  # the table has its name
        taken.append((begin, begin + wide, y))
        anchor, at = ("end", x - 13) if left else ("start", x + 13)
        yield f'<text class="name" x="{at:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">{escape(label)}</text>'


def _named(picture: ConjunctionPicture) -> list[Conjunction]:
    """What carries its name: the most probable, and of each pair that flies together the nearest; at least the first."""
    probable = [one for one in picture.found if one.probability is not None and one.probability >= LEAST]
    together: dict[tuple[str, str], Conjunction] = {}
    for one in sorted(picture.found, key=lambda c: c.miss_km):
        if one.probability is None:
            together.setdefault((one.own.id, one.other.id), one)
    return (probable[:NAMED] + list(together.values())[:NAMED]) or list(picture.found[:1])


def _legend(picture: ConjunctionPicture) -> tuple[str, int]:
    parts, x, y = [], float(LEFT), float(HEIGHT + 8)
    for name, hue in _colours(picture).items():
        wide = text_width(name, LETTER) + 34
        if x + wide > WIDTH - RIGHT:
            x, y = float(LEFT), y + 20
        parts.append(
            f'<circle cx="{x + 6:.1f}" cy="{y:.1f}" r="5" fill="{hue}"/><text x="{x + 16:.1f}" y="{y + 4:.1f}">{escape(name)}</text>'
        )
        x += wide
    return "".join(parts), int(y - HEIGHT + 20)


_STYLE = (
    "text{fill:#1d2a36}.name{font-weight:600}.name{paint-order:stroke;stroke:#f2f5f7;stroke-width:3px;stroke-linejoin:round}text.tick{fill:#66727d;font-size:11px}line.tick{stroke:#d4dae0;stroke-width:.7}"
    ".wash{fill:#f2f5f7}"
    "@media(prefers-color-scheme:dark){text{fill:#e6ebf0}text.tick{fill:#9aa7b3}line.tick{stroke:#3a4651}.wash{fill:#212b34}.name{stroke:#212b34}}"
)
