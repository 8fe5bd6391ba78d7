"""A cross-validation report: what two instruments measured of the same, their residuals over time, and what follows; as a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from comity.archive.crossvalidation import Comparison, Measured
from comity.report.assets import environment, style
from comity.report.axes import nice_bounds

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1040, 250, 84, 12, 12, 34


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """The report: a comparison, how it is called, and what those say who made it."""

    title: str
    found: Comparison
    remark: str = ""


def render_crossvalidation(report: CrossValidation) -> str:
    """The report as one HTML page that loads nothing and prints well."""
    found = report.found
    sides = [(name_of(m), m) for m in (found.first, found.second)]
    seconds = [a + r for a, r in zip(found.firsts, found.residuals, strict=True)]
    span = (float(_seconds(found.times)[-1])) / 86400
    start = found.bias - found.drift_per_day * span / 2
    return environment().get_template("crossvalidation.html.j2").render(
        report=report,
        found=found,
        sides=sides,
        figures=figures(found),
        says=verdict(found),
        values=_picture(found.times, [("first", found.firsts), ("second", seconds)], found.unit),
        residuals=_picture(
            found.times, [("residual", found.residuals)], found.unit,
            lines=(("bias", found.bias, found.bias), ("drift", start, start + found.drift_per_day * span)),
        ),
        digest=found.digest(),
        style=style("report.css", "archive.css"),
    )  # fmt: skip


def name_of(side: Measured) -> str:
    """A side as people read it."""
    element = "" if side.element is None else f"[{side.element}]"
    who = ", ".join(w for w in (side.facility, side.instrument) if w)
    return f"{side.dataset}: {side.parameter}{element}" + (f" ({who})" if who else "")


def figures(found: Comparison) -> list[tuple[str, str, str]]:
    """The figures by name, with what they are."""
    unit = found.unit
    return [
        ("pairs", f"{found.n_pairs:,}", f"records of the first; of the second no further apart than {found.gap_s:g} s"),
        ("bias", f"{found.bias:.6g} {unit}", "median of second less first"),
        ("spread", f"{found.spread:.6g} {unit}", "1.4826 times the median absolute deviation (Huber 1981)"),
        ("mean", f"{found.mean:.6g} {unit}", "of the residuals"),
        ("standard deviation", f"{found.standard_deviation:.6g} {unit}", "of the residuals"),
        ("rms", f"{found.rms:.6g} {unit}", "of the residuals"),
        ("largest", f"{found.largest:.6g} {unit}", "residual"),
        (
            "drift",
            f"{found.drift_per_day:.6g} {unit}/d",
            f"95 % between {found.drift_low:.6g} and {found.drift_high:.6g} (Theil and Sen)",
        ),
        ("correlation", "–" if found.correlation is None else f"{found.correlation:.6f}", "of the two (Pearson)"),
    ]


def verdict(found: Comparison) -> str:
    """What follows, in one sentence."""
    sign = "above" if found.bias > 0 else "below"
    bias = (
        "the two agree to the digit"
        if found.bias == 0 and found.spread == 0
        else f"the second lies {abs(found.bias):.3g} {found.unit} {sign} the first, within a spread of {found.spread:.3g}"
    )
    drift = (
        f"it drifts by {found.drift_per_day:.3g} {found.unit} a day"
        if found.drifts
        else "no drift is seen at 95 % confidence"
    )
    return f"Over {found.n_pairs:,} pairs from {found.start[:19]}Z to {found.stop[:19]}Z {bias}; {drift}."


def _seconds(times: Sequence[str]) -> np.ndarray:
    stamps = np.array([t.rstrip("Z") for t in times], dtype="datetime64[ns]").astype(np.int64)
    return np.asarray((stamps - stamps[0]) / 1e9)


def _picture(
    times: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    unit: str,
    *,
    lines: Sequence[tuple[str, float, float]] = (),
) -> Markup:
    """Points over time with a grid; `lines` go from the first time to the last."""
    x = _seconds(times)
    everything = np.concatenate(
        [np.asarray(v, dtype=float) for _, v in series] + [np.array(line[1:]) for line in lines]
    )
    low, high = float(everything.min()), float(everything.max())
    low, high, step = (
        nice_bounds(low, high) if high > low else (low - (abs(low) or 1.0), low + (abs(low) or 1.0), abs(low) or 1.0)
    )
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    span = float(x[-1]) or 1.0

    def px(at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at / span

    def py(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, " and ".join(n for n, _ in series)
        )
    ]
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            ).format(
                LEFT,
                WIDTH - RIGHT,
                py(value),
                py(value),
                LEFT - 8,
                py(value) + 4,
                f"{value:,.{digits}f}" if digits < 7 else f"{value:.3g}",
            )
        )
    for k, at in enumerate((0.0, span / 2, span)):
        stamp = times[int(np.argmin(np.abs(x - at)))][:19].replace("T", " ")
        anchor = ("start", "middle", "end")[k]
        parts.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(px(at), HEIGHT - 10, anchor, stamp)
        )
    for n, (name, values) in enumerate(series):
        points = Markup("").join(
            Markup('<circle cx="{:.1f}" cy="{:.1f}" r="1.7"/>').format(px(float(a)), py(float(b)))
            for a, b in zip(x, values, strict=True)
        )
        parts.append(Markup('<g class="points p{}"><title>{}</title>{}</g>').format(n, name, points))
    for n, (name, begin, end) in enumerate(lines):
        parts.append(
            Markup('<line class="fit f{}" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"><title>{}</title></line>').format(
                n, LEFT, WIDTH - RIGHT, py(begin), py(end), name
            )
        )
    parts.append(Markup('<text class="unit" x="4" y="{}">{}</text></svg>').format(TOP + 4, escape(unit)))
    return Markup("").join(parts)
