"""Data rates along passes as a picture: the rate on a scale of tens, from rise to set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from comity.network.link_passes import LinkedPass
from comity.orbits.times import to_iso
from comity.report.lettering import text_width

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, LETTER = 900, 420, 70, 34, 46, 12
#: Passes that a picture shows: those that carry most.
DRAWN = 8
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a87200", "#7b3fa0", "#a3402a", "#2f6b2f")
PREFIXES = {0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
STYLE = (
    "text{fill:#1d2a36}.grid{stroke:#d5dde3}.paper{fill:#ffffff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6ebf0}.grid{stroke:#39444e}.paper{fill:#141a20}}"
)


def link_svg(linked: Sequence[LinkedPass], names: Mapping[str, str], title: str) -> str:
    """The achievable rate [bit/s] over the minutes since rise, a line for each of the passes that carry most.

    One SVG that stands alone. Passes without a rate above zero bits a second have no line.
    """
    best = sorted(
        sorted((one for one in linked if one.volume_bit > 0), key=lambda one: -one.volume_bit)[:DRAWN],
        key=lambda one: one.one.times_s[0],
    )
    legend = [f"{names[one.one.object_id]}, {to_iso(one.times_s[0], digits=0)[:16].replace('T', ' ')}" for one in best]
    right = 30 + max((text_width(text, LETTER) for text in legend), default=0.0)
    wide, high = WIDTH - LEFT - right, HEIGHT - TOP - BOTTOM
    longest = max((one.one.duration_s for one in best), default=60.0) / 60.0
    low, top = _decades(best)

    def x(minutes: float) -> float:
        return LEFT + minutes / longest * wide

    def y(rate_bps: float) -> float:
        return TOP + (top - math.log10(max(rate_bps, 10.0**low))) / (top - low) * high

    parts = [f'<text x="{LEFT}" y="20" font-weight="600">{escape(title)}: achievable bit/s</text>']
    for power in range(low, top + 1):
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{LEFT + wide:.1f}" y1="{y(10.0**power):.1f}" y2="{y(10.0**power):.1f}"/>'
        )
        parts.append(f'<text x="{LEFT - 8}" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{_power(power)}</text>')
    for minutes in _ticks(longest):
        parts.append(f'<text x="{x(minutes):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{minutes:g}</text>')
    parts.append(f'<text x="{LEFT + wide / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">minutes since rise</text>')
    for k, one in enumerate(best):
        points = " ".join(
            f"{x((t - one.times_s[0]) / 60.0):.1f},{y(rate):.1f}"
            for t, rate in zip(one.times_s, one.budget.rate_bps, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{HUES[k]}" stroke-width="2"/>')
        at = TOP + 12 + k * 20
        parts.append(f'<circle cx="{LEFT + wide + 16:.1f}" cy="{at - 4}" r="5" fill="{HUES[k]}"/>')
        parts.append(f'<text x="{LEFT + wide + 26:.1f}" y="{at}">{escape(legend[k])}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'font-family="system-ui, sans-serif" font-size="{LETTER}"><style>{STYLE}</style>'
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>{"".join(parts)}</svg>\n'
    )


def _decades(linked: Sequence[LinkedPass]) -> tuple[int, int]:
    """The powers of ten around all rates, at least one apart."""
    rates = [float(r) for one in linked for r in one.budget.rate_bps if r > 0] or [1.0]
    low = math.floor(math.log10(min(rates)))
    return low, max(math.ceil(math.log10(max(rates))), low + 1)


def _power(power: int) -> str:
    prefix = PREFIXES.get(power // 3 * 3)
    return f"1e{power}" if prefix is None else f"{10 ** (power % 3)} {prefix}".rstrip()


def _ticks(longest: float) -> list[float]:
    """Round minutes from 0, about six."""
    rough = longest / 6.0
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(s * size for s in (1, 2, 5, 10) if s * size >= rough)
    return [k * step for k in range(int(longest / step + 1e-9) + 1)]
