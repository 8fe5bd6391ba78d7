"""Who takes part in a roadmap, as one self-contained HTML page: shares over the years, inequality, who drifts away.

The pictures are drawn here, as SVG; the page loads nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from comity.funding.inclusion.indicators import Indicators
from comity.funding.inclusion.measures import lorenz
from comity.model.programme import Programme
from comity.report.assets import environment, style

#: A panel's drawing [CSS pixels].
WIDTH, HEIGHT, PAD = 200, 84, 4
#: The side of the Lorenz square.
SIDE = 240
COLOURS = {"roles": 0, "leadership": 1, "work": 2, "contributions": 4}


@dataclass(frozen=True, slots=True)
class Panel:
    """A partner's shares by measure over the windows, drawn from 0 to its own largest."""

    name: str
    emerging: bool
    drifts: bool
    top: str
    lines: tuple[tuple[str, int, str], ...]


def render_inclusion(programme: Programme, found: Indicators, votes: Mapping[str, float]) -> str:
    """The page as HTML text; `votes` are shares of power in a body, where asked for."""
    shares = found.whole.shares
    order = sorted(found.partners, key=lambda p: (-shares["work"][p], p))
    order = [p for p in order if any(by[p] for by in shares.values()) or p in found.emerging]
    drifting = {d.partner for d in found.drifts}
    panels = [_panel(programme, found, p, p in drifting) for p in order]
    page = environment().get_template("inclusion.html.j2")
    return page.render(
        title=programme.programme.name,
        years=found.whole.name,
        keys=[(m, f"{float(g):.2f}" if g is not None else "–") for m, g in found.whole.gini.items()],
        panels=panels,
        panel={"width": WIDTH, "height": HEIGHT, "first": found.windows[0].name, "last": found.windows[-1].name},
        legend=[(m, COLOURS[m]) for m in shares],
        curves=[(m, COLOURS[m], _curve(found, m)) for m in shares if found.whole.gini[m] is not None],
        side=SIDE,
        windows=[
            (w.name, [f"{float(g):.2f}" if g is not None else "–" for g in w.gini.values()]) for w in found.windows
        ],
        measures=[*shares],
        rows=[
            (
                programme.partners[p].name,
                p in found.emerging,
                [f"{float(by[p]):.1%}" for by in shares.values()],
                f"{votes.get(p, 0):.1%}" if votes else "",
            )
            for p in order
        ],
        votes=bool(votes),
        drifts=[
            (
                programme.partners[d.partner].name,
                d.measure,
                [f"{d.began:.1%}", f"{d.ended:.1%}", f"{d.slope * 100:+.2f}", f"{d.p:.3f}"],
            )
            for d in sorted(found.drifts, key=lambda d: (order.index(d.partner), d.measure))
        ],
        drifting=len(drifting),
        style=style("report.css"),
        own_style=style("inclusion.css"),
    )


def _panel(programme: Programme, found: Indicators, partner: str, drifts: bool) -> Panel:
    top = max((s for w in found.windows for by in w.shares.values() for s in (by[partner],)), default=Fraction(0))
    lines = []
    for measure in found.whole.shares:
        points = []
        for k, w in enumerate(found.windows):
            x = PAD + (WIDTH - 2 * PAD) * k / max(1, len(found.windows) - 1)
            y = PAD + (HEIGHT - 2 * PAD) * (1 - float(w.shares[measure][partner] / top if top else 0))
            points.append(f"{x:.1f},{y:.1f}")
        lines.append(
            (" ".join(points), COLOURS[measure], f"{measure}: {float(found.whole.shares[measure][partner]):.1%}")
        )
    name = programme.partners[partner].name
    return Panel(name, partner in found.emerging, drifts, f"up to {float(top):.0%}", tuple(lines))


def _curve(found: Indicators, measure: str) -> str:
    points = lorenz(found.whole.shares[measure].values())
    return " ".join(f"{float(x) * SIDE:.1f},{(1 - float(y)) * SIDE:.1f}" for x, y in points)
