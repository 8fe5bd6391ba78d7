"""Fair shares as one self-contained HTML page: what each rule gives to whom, beside what each has alone.

The pictures are bars of HTML; the page loads nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from comity.funding.shares.core import Standing
from comity.funding.shares.game import Game
from comity.report.assets import environment, style


@dataclass(frozen=True, slots=True)
class Bar:
    """What a rule gives one player: its length in percent, and the figure; `alone` marks what it has alone."""

    name: str
    value: str
    width: float
    alone: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's answer."""

    name: str
    bars: tuple[Bar, ...]
    told: str
    stays: bool


def render_shares(
    title: str,
    unit: str,
    game: Game,
    found: Mapping[str, Mapping[str, Fraction]],
    stands: Mapping[str, Standing],
    *,
    least: Fraction | None = None,
    note: str = "",
) -> str:
    """The page as HTML text."""
    alone = game.alone()
    most = max(
        (abs(v) for shares in (*found.values(), alone) for v in shares.values()), default=Fraction(0)
    ) or Fraction(1)
    first = next(iter(found.values()))
    order = sorted(game.players, key=lambda p: (-first[p], p))

    def bar(player: str, value: Fraction) -> Bar:
        return Bar(player, f"{float(value):,.2f}", _percent(value / most), _percent(alone[player] / most))

    rules = [
        Rule(name, tuple(bar(p, shares[p]) for p in order), _told(stands[name]), stands[name].in_core)
        for name, shares in found.items()
    ]
    page = environment().get_template("shares.html.j2")
    return page.render(
        title=title,
        doing="to gain together" if game.kind == "gain" else "to pay together",
        whole=f"{float(game.whole):,.2f}",
        unit=unit,
        players=len(game.players),
        rules=rules,
        empty=least is not None and least > 0,
        least="" if least is None else f"{float(least):,.2f}",
        note=note,
        style=style("report.css"),
        own_style=style("shares.css"),
    )


def _percent(part: Fraction) -> float:
    return round(max(0.0, float(part)) * 100, 2)


def _told(stand: Standing) -> str:
    if stand.in_core:
        return "No group gains by leaving."
    return f"{', '.join(sorted(stand.leaves))} would gain {float(stand.gains):,.2f} by leaving."
