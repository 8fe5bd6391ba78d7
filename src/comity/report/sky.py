"""The sky as a picture: which datasets cover which part of it, and where none looks; on Mollweide's map, whose areas are true.

Right ascension grows to the left, 0h in the middle, as on the sky seen from below. Source of the projection: Snyder 1987, Map
Projections (USGS Professional Paper 1395), p. 249.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import combinations
from typing import Any

import numpy as np

from comity.report.lettering import text_width

#: Sizes [CSS pixels].
WIDTH, HEIGHT, MARGIN, HEAD, LETTER = 1000, 560, 28, 20, 12
#: Cells that a picture has at most: then they are drawn coarser.
MOST_CELLS = 20_000
#: Colours of the report, for the map of each set of datasets; more than three are shaded by how many look.
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b3a8c")
DEPTHS = ("#9ecae1", "#4292c6", "#2171b5", "#08519c", "#08306b")
_STYLE = (
    ".sky{fill:#f4f5f7}.rim{fill:none;stroke:#5b6770}.grid{fill:none;stroke:#5b6770;stroke-opacity:.35;stroke-width:.6}"
    "text{fill:#1d2733}.small{font-size:11px;paint-order:stroke;stroke:#fff;stroke-opacity:.75;stroke-width:3px}"
    "@media(prefers-color-scheme:dark){.sky{fill:#1a2028}.rim,.grid{stroke:#9aa6b2}text{fill:#e6eaee}.small{stroke:#1a2028}}"
)


def sky_svg(title: str, maps: Sequence[tuple[str, Any]]) -> str:
    """The picture of named coverages (`mocpy.MOC`), as one SVG that stands alone, light or dark as its reader is."""
    classes = _classes(maps)
    order = _order([m for _, m, _ in classes])
    drawn = "".join(
        f'<path fill="{colour}" d="{_cells(moc.degrade_to_order(order) if moc.max_order > order else moc)}"/>'
        for _, moc, colour in classes
        if not moc.empty()
    )
    legend = _legend(classes)
    rx, ry = _radii()
    ellipse = f'cx="{WIDTH / 2}" cy="{HEAD + MARGIN + ry:.1f}" rx="{rx:.1f}" ry="{ry:.1f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 24}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="{LETTER}">'
        f'<style>{_STYLE}</style><clipPath id="sky"><ellipse {ellipse}/></clipPath>'
        f'<text x="{MARGIN}" y="{HEAD}" font-size="15" font-weight="600">{escape(title)}</text>'
        f'<ellipse class="sky" {ellipse}/><g clip-path="url(#sky)">{drawn}</g>{_grid()}<ellipse class="rim" {ellipse}/>'
        f"{legend}</svg>\n"
    )


def _classes(maps: Sequence[tuple[str, Any]]) -> list[tuple[str, Any, str]]:
    """Parts of the sky that are apart: by which of up to three look there, or by how many of more."""
    if len(maps) > 3:
        return _by_number(maps)
    found: list[tuple[str, Any, str]] = []
    for size in range(1, len(maps) + 1):
        for chosen in combinations(range(len(maps)), size):
            moc = maps[chosen[0]][1]
            for n in chosen[1:]:
                moc = moc.intersection(maps[n][1])
            for n in set(range(len(maps))) - set(chosen):
                moc = moc.difference(maps[n][1])
            name = " and ".join(maps[n][0] for n in chosen) + (" only" if size == 1 < len(maps) else "")
            found.append((name, moc, HUES[len(found)]))
    return found


def _by_number(maps: Sequence[tuple[str, Any]]) -> list[tuple[str, Any, str]]:
    """Where exactly so many look: `at_least[k]` grows by one map after the other."""
    at_least: list[Any] = []
    for _, moc in maps:
        reach = moc
        for k, known in enumerate(at_least):
            at_least[k], reach = known.union(reach), known.intersection(reach)
        at_least.append(reach)
    found = []
    for k, moc in enumerate(at_least):
        apart = moc.difference(at_least[k + 1]) if k + 1 < len(at_least) else moc
        found.append((f"{k + 1} of {len(maps)}", apart, DEPTHS[min(k, len(DEPTHS) - 1)]))
    return found


def _order(maps: Sequence[Any]) -> int:
    """The finest order, up to 7, with not too many cells."""
    for order in (7, 6, 5):
        cells = sum(
            len((m.degrade_to_order(order) if m.max_order > order else m).uniq_hpx) for m in maps if not m.empty()
        )
        if cells <= MOST_CELLS:
            return order
    return 4


def _cells(moc: Any) -> str:
    """The `d` of a path of all cells of a map."""
    import cdshealpix

    paths = []
    for name, pixels in moc.serialize("json").items():
        order = int(name)
        step = max(1, 2 ** (4 - order))  # the sides of large cells are curved
        lon, lat = cdshealpix.vertices(np.array(pixels, dtype=np.uint64), order, step=step)
        centres, _ = cdshealpix.healpix_to_lonlat(np.array(pixels, dtype=np.uint64), order)
        for longitudes, latitudes, centre in zip(lon.deg, lat.deg, centres.deg, strict=True):
            paths.append(_cell(longitudes, latitudes, float(centre)))
    return "".join(paths)


def _cell(lon: Any, lat: Any, centre: float) -> str:
    """A cell, and once more beyond the map's other edge when it lies across 180°; its corners at a pole take its own meridian."""
    middle = (centre + 180.0) % 360.0 - 180.0
    around = middle + (lon - middle + 180.0) % 360.0 - 180.0
    around = np.where(np.abs(lat) > 89.9999, middle, around)
    shifts = [s for s in (-360.0, 0.0, 360.0) if around.min() + s < 180.0 and around.max() + s > -180.0]
    drawn = []
    for shift in shifts:
        x, y = _place(around + shift, lat)
        drawn.append("M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)) + "Z")
    return "".join(drawn)


def _radii() -> tuple[float, float]:
    rx = (WIDTH - 2 * MARGIN) / 2
    return rx, rx / 2


def _place(lon_deg: Any, lat_deg: Any) -> tuple[Any, Any]:
    """Where a place lies in the picture; the angle of Mollweide by Newton's method."""
    lat = np.radians(np.asarray(lat_deg, dtype=float))
    theta = lat.copy()
    for _ in range(12):
        slope = 2 + 2 * np.cos(2 * theta)
        theta -= np.where(
            slope > 1e-9, (2 * theta + np.sin(2 * theta) - np.pi * np.sin(lat)) / np.maximum(slope, 1e-9), 0
        )
    theta = np.clip(np.where(np.abs(lat) > np.pi / 2 - 1e-6, lat, theta), -np.pi / 2, np.pi / 2)
    rx, ry = _radii()
    x = WIDTH / 2 - rx * np.asarray(lon_deg) / 180.0 * np.cos(theta)
    return x, HEAD + MARGIN + ry - ry * np.sin(theta)


def _grid() -> str:
    lines = []
    for lat in (-60, -30, 0, 30, 60):
        x, y = _place(np.array([-180.0, 180.0]), np.array([lat, lat]))
        lines.append(f"M{x[0]:.1f},{y[0]:.1f}L{x[1]:.1f},{y[1]:.1f}")
    steps = np.linspace(-90.0, 90.0, 61)
    for lon in range(-150, 180, 30):
        x, y = _place(np.full(len(steps), float(lon)), steps)
        lines.append("M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)))
    words = []
    for hours, meridian in ((6, 90.0), (0, 0.0), (18, -90.0)):
        x, y = _place(np.array([meridian]), np.array([0.0]))
        words.append(f'<text class="small" x="{x[0] + 3:.1f}" y="{y[0] - 4:.1f}">{hours}h</text>')
    for degrees in (-60, -30, 30, 60):
        x, y = _place(np.array([0.0]), np.array([float(degrees)]))
        words.append(f'<text class="small" x="{x[0] + 3:.1f}" y="{y[0] - 4:.1f}">{degrees:+d}°</text>')
    return f'<path class="grid" d="{"".join(lines)}"/>{"".join(words)}'


def _legend(classes: Sequence[tuple[str, Any, str]]) -> str:
    """What each colour means, with its share of the sky."""
    x, y = float(MARGIN), float(HEIGHT - 8)
    nobody = 1.0 - sum(float(m.sky_fraction) for _, m, _ in classes)
    marks = []
    for name, share, colour in [(n, float(m.sky_fraction), c) for n, m, c in classes] + [("nobody", nobody, "")]:
        words = f"{name}, {100 * max(share, 0.0):.3g} %"
        wide = text_width(words, LETTER) + 34
        if x + wide > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 20
        fill = f'fill="{colour}"' if colour else 'class="sky" stroke="#5b6770" stroke-width=".6"'
        marks.append(f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="12" height="12" rx="2" {fill}/>')
        marks.append(f'<text x="{x + 18:.1f}" y="{y:.1f}">{escape(words)}</text>')
        x += wide
    return "".join(marks)
