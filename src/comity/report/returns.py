"""Returns as one self-contained HTML page: who gets back what, when somebody falls below the threshold, in pictures.

The pictures are drawn here, as SVG and HTML; the page loads nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from comity.funding.returns import Alarm, PartnerReturn, Returns, Statistics
from comity.report.assets import environment, style
from comity.report.figures import Table
from comity.report.returns_terminal import KIND_NAMES, coefficient, level, number, scale_of, signed, span, when
from comity.report.wording import MoneyWording, listed

#: A panel's drawing [CSS pixels]: its size, and the coefficient at its top; what is higher is drawn at the top.
WIDTH, HEIGHT, TOP = 200, 92, Fraction(2)
_PAD = 4


@dataclass(frozen=True, slots=True)
class Panel:
    """One partner's coefficient over time, as drawn: polylines between the dates that have one, and the last point."""

    name: str
    value: str
    low: bool
    lines: tuple[str, ...]
    dots: tuple[tuple[float, float, bool, str], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One partner's coefficient at the end: how far its bar reaches, in percent of the width."""

    name: str
    value: str
    width: float
    low: bool
    missing: str


def render_returns(
    statistics: Statistics,
    series: Sequence[Returns],
    threshold: Fraction,
    alarms: Sequence[Alarm],
    *,
    programmes: Sequence[Returns] = (),
    forecast: bool = False,
) -> str:
    """The page as HTML text. `series` are returns cumulated to ever later dates, the last of them told in full."""
    last = series[-1]
    names, unit = statistics.members, statistics.unit(last.kind)
    work = scale_of(unit, last.contracted)
    rows = sorted(last.rows, key=lambda r: (r.coefficient is None, r.coefficient or 0, r.partner))
    page = environment().get_template("returns.html.j2")
    return page.render(
        title=statistics.name or "Returns",
        what=KIND_NAMES[last.kind],
        forecast=forecast,
        span=span(last.since, last.until),
        threshold=level(threshold),
        keys=_keys(last, threshold, statistics),
        bars=[_bar(r, names, threshold, work) for r in rows],
        marks={"threshold": _percent(threshold), "one": _percent(Fraction(1))},
        panels=[_panel(r.partner, names, series, threshold) for r in rows] if len(series) > 1 else [],
        drawing=_drawing(series, threshold),
        alarms=[_alarm(a, names, work) for a in alarms],
        figures=_table(last, statistics, threshold),
        programmes=[(r.programme or "(unnamed)", _table(r, statistics, threshold)) for r in programmes if r.contracted],
        notes=statistics.notes,
        left_out=listed(sorted(statistics.outside_overall)),
        style=style("report.css"),
        own_style=style("returns.css"),
    )


def _keys(last: Returns, threshold: Fraction, statistics: Statistics) -> list[tuple[str, str, str]]:
    """`(figure, what it is, note)` of the page's head."""
    money = scale_of(statistics.currency, last.contributed)
    work = scale_of(statistics.unit(last.kind), last.contracted)
    with_one = [r for r in last.rows if r.coefficient is not None]
    keys = [
        (f"{number(money, last.contributed)} {money.unit}", "contributed", f"by {len(with_one)} partners"),
        (f"{number(work, last.contracted)} {work.unit}", "came back, weighted", "among the partners"),
        (f"{len(last.below(threshold))} of {len(with_one)}", f"below {level(threshold)}", "at the end"),
    ]
    if with_one:
        least, most = (f(with_one, key=lambda r: r.coefficient or 0) for f in (min, max))
        names = statistics.members
        keys.append((coefficient(least.coefficient), "the lowest", names[least.partner]))
        keys.append((coefficient(most.coefficient), "the highest", names[most.partner]))
    return keys


def _percent(value: Fraction) -> float:
    return round(float(min(value, TOP) / TOP * 100), 2)


def _bar(row: PartnerReturn, names: Mapping[str, str], threshold: Fraction, work: MoneyWording) -> Bar:
    missing = row.missing(threshold)
    return Bar(
        name=names[row.partner],
        value=coefficient(row.coefficient),
        width=_percent(row.coefficient or Fraction(0)),
        low=row.below(threshold),
        missing=f"{number(work, missing)} {work.unit} short" if missing else "",
    )


# --- over the years ----------------------------------------------------------------------------------------------------


def _place(series: Sequence[Returns], at: int) -> float:
    days = [(r.until - series[0].until).days for r in series]
    return round(_PAD + (WIDTH - 2 * _PAD) * days[at] / max(1, days[-1]), 1)


def _height(value: Fraction) -> float:
    return round(_PAD + (HEIGHT - 2 * _PAD) * float(1 - min(value, TOP) / TOP), 1)


def _panel(partner: str, names: Mapping[str, str], series: Sequence[Returns], threshold: Fraction) -> Panel:
    lines: list[list[str]] = [[]]
    dots = []
    for at, found in enumerate(series):
        row = found.of(partner)
        if row.coefficient is None:
            lines.append([])
            continue
        x, y = _place(series, at), _height(row.coefficient)
        lines[-1].append(f"{x},{y}")
        dots.append((x, y, row.below(threshold), f"{when(found.until)}: {coefficient(row.coefficient)}"))
    end = series[-1].of(partner)
    return Panel(
        name=names[partner],
        value=coefficient(end.coefficient),
        low=end.below(threshold),
        lines=tuple(" ".join(line) for line in lines if len(line) > 1),
        dots=tuple(dots),
    )


def _drawing(series: Sequence[Returns], threshold: Fraction) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "threshold": _height(threshold),
        "one": _height(Fraction(1)),
        "first": when(series[0].until),
        "last": when(series[-1].until),
    }


# --- tables ------------------------------------------------------------------------------------------------------------


def _table(found: Returns, statistics: Statistics, threshold: Fraction) -> Table:
    money = scale_of(statistics.currency, found.contributed)
    work = scale_of(statistics.unit(found.kind), found.contracted)
    rows = tuple(
        (
            statistics.members[r.partner],
            number(money, r.contribution),
            number(work, r.weighted),
            number(work, r.ideal),
            signed(number(work, r.surplus), r.surplus),
            coefficient(r.coefficient),
            number(work, r.missing(threshold)) if r.missing(threshold) else "–",
        )
        for r in found.rows
    )
    return Table(
        (
            "Partner",
            f"Contribution [{money.unit}]",
            f"Came back, weighted [{work.unit}]",
            f"At a coefficient of 1 [{work.unit}]",
            f"Over or under [{work.unit}]",
            "Coefficient",
            f"Short of {level(threshold)} [{work.unit}]",
        ),
        rows,
        frozenset(range(1, 7)),
    )


def _alarm(alarm: Alarm, names: Mapping[str, str], work: MoneyWording) -> tuple[str, str, str, str, str]:
    return (
        names[alarm.partner],
        when(alarm.begins),
        "stays below" if alarm.ends is None else when(alarm.ends),
        f"{coefficient(alarm.lowest)} ({when(alarm.at)})",
        f"{number(work, alarm.missing)} {work.unit}" if alarm.missing else "–",
    )
