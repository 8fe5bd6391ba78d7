"""Pictures of a statement, drawn as SVG without script: cash by month, and bars by mission or partner.

Colours and sizes stand on the elements, so that the same drawing serves a page (whose style sheet may change them in the
dark) and a PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from comity.funding.ledger.statement import Row, Statement
from comity.report.lettering import cut_to, text_width
from comity.report.statements.grid import short

#: Series by their place: class in the page's style sheet, and colour on paper.
COLOURS = ("#0072b2", "#d55e00", "#b3bcc5", "#009e73")
INK, SOFT, LINE = "#16202b", "#51606f", "#dfe5ea"
#: Bars of so many missions or partners are drawn, the largest.
MOST_BARS = 16
#: Widths of a drawing for a desktop or paper, and for a phone [CSS pixels].
BROAD, NARROW = 704, 340


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its title and legend; `narrow` is the same for a phone."""

    title: str
    summary: str
    legend: tuple[tuple[str, str], ...]
    broad: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of parts, each of one series, in the order of the legend."""

    label: str
    parts: tuple[Decimal, ...]


def pictures(statement: Statement) -> Iterator[Picture]:
    """The pictures that say more than the tables do; each in one currency, of what has amounts in it."""
    if statement.kind == "cash-flow":
        for currency in statement.currencies[:4]:
            rows = statement["months"].rows
            if len(rows) > 1 and sum(any(r.amount(m, currency) for m in ("receipts", "payments")) for r in rows) > 2:
                yield _months(rows, currency)
    elif statement.kind == "budget":
        named = {"spent": "Spent", "committed": "Committed", "available": "Available"}
        yield from _bars(statement, "Budget by mission", statement["missions"].rows, named)
    elif statement.kind == "income":
        rows = statement["income"].rows
        at = next(n for n, r in enumerate(rows) if r.key == "expenditure")
        missions = [r for r in rows[at:] if r.depth == 1]
        then = statement["income"].measures
        yield from _bars(statement, "Expenditure by mission", missions, then, beside=True)
        group = next((n for n, r in enumerate(rows) if r.key == "Income:Contributions"), None)
        if group is not None:
            paying = [r for r in rows[group + 1 : at] if r.account.startswith("Income:Contributions:")]
            yield from _bars(statement, "Contributions by partner", paying, then, beside=True)


# --- bars ----------------------------------------------------------------------------------------------------------------


def _bars(
    statement: Statement, title: str, rows: Sequence[Row], named: Mapping[str, str], *, beside: bool = False
) -> Iterator[Picture]:
    """Bars in the ledger's currency: what was translated into it, or else what is in it."""
    currency = statement.currency
    bars = []
    for found in rows:
        if found.kind == "total":
            continue
        parts = tuple(
            found.translated.get(m, Decimal(0)) if statement.rates else found.amount(m, currency) for m in named
        )
        if any(p > 0 for p in parts):
            bars.append(Bar(found.label, parts))
    if len(bars) < 2:
        return
    bars = sorted(bars, key=lambda b: (-sum(b.parts), b.label))[:MOST_BARS]
    all_in = " all in" if statement.rates else " in"
    largest = max(bars, key=lambda b: sum(b.parts))
    whole = largest.parts[0] if beside else sum(largest.parts, Decimal(0))
    yield Picture(
        title=f"{title},{all_in} {currency}",
        summary=f"{len(bars)} bars; the largest is {largest.label} with {short(whole, currency)}.",
        legend=tuple(zip(named.values(), COLOURS[::2] if beside else COLOURS, strict=False)),
        broad=_bar_drawing(bars, currency, width=BROAD, beside=beside),
        narrow=_bar_drawing(bars, currency, width=NARROW, beside=beside),
    )


def _bar_drawing(bars: Sequence[Bar], currency: str, *, width: int, beside: bool) -> Markup:
    size = 11.0
    label_width = min(width * 0.36, 8 + max(text_width(b.label, size) for b in bars))
    room = width - label_width - 84
    most = max(max(b.parts) if beside else sum(p for p in b.parts if p > 0) for b in bars)
    step = 30 if beside else 24
    drawn: list[Markup] = []
    for place, bar in enumerate(bars):
        y = place * step + 4
        drawn.append(_text(cut_to(bar.label, label_width - 8, size), 0, y + 12, size, INK))
        x, tall = label_width, 9 if beside else 15
        for series, part in enumerate(bar.parts):
            long = float(max(part, Decimal(0)) / most) * room
            at = y + series * 10 if beside else y
            shade = 2 if beside and series else series
            drawn.append(_rect(label_width if beside else x, at, long, tall, shade))
            x = max(label_width + long, x) if beside else x + long
        told = bar.parts[0] if beside else sum(bar.parts, Decimal(0))
        drawn.append(_text(_brief(told), x + 5, y + 12, size, SOFT))
    return _svg(drawn, width, len(bars) * step + 6, f"Bars in {currency}")


# --- months --------------------------------------------------------------------------------------------------------------


def _months(rows: Sequence[Row], currency: str) -> Picture:
    came = sum((r.amount("receipts", currency) for r in rows), Decimal(0))
    went = -sum((r.amount("payments", currency) for r in rows), Decimal(0))
    lowest = min(rows, key=lambda r: r.amount("closing", currency))
    return Picture(
        title=f"Cash by month, in {currency}",
        summary=f"In {short(came, currency)}, out {short(went, currency)}; least at the end of {lowest.label}, with "
        f"{short(lowest.amount('closing', currency), currency)}.",
        legend=(("In", COLOURS[0]), ("Out", COLOURS[1]), ("At the end of the month", INK)),
        broad=_month_drawing(rows, currency, width=BROAD),
        narrow=_month_drawing(rows, currency, width=NARROW),
    )


def _month_drawing(rows: Sequence[Row], currency: str, *, width: int) -> Markup:
    left, top, height, foot = 58.0, 10.0, 170.0, 26.0
    series = {m: [float(r.amount(m, currency)) for r in rows] for m in ("receipts", "payments", "closing")}
    high = max(0.0, *series["receipts"], *series["closing"])
    low = min(0.0, *series["payments"], *series["closing"])
    scale = height / ((high - low) or 1)
    zero = top + high * scale
    slot = (width - left - 6) / len(rows)
    drawn: list[Markup] = []
    for value in _ticks(low, high):
        y = zero - value * scale
        drawn.append(Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="{}" class="tick"/>').format(
            _n(left), width, _n(y), _n(y), LINE, 1.4 if not value else 0.8))  # fmt: skip
        drawn.append(_text(_brief(Decimal(str(value))), left - 5, y + 3.5, 10, SOFT, anchor="end"))
    points = []
    every = max(1, round(30 / slot + 0.49))
    for place, row in enumerate(rows):
        x, wide = left + place * slot + slot * 0.18, slot * 0.64
        came, went = series["receipts"][place] * scale, -series["payments"][place] * scale
        drawn.append(_rect(x, zero - came, wide, came, 0))
        drawn.append(_rect(x, zero, wide, went, 1))
        points.append(f"{_n(left + (place + 0.5) * slot)},{_n(zero - series['closing'][place] * scale)}")
        if place % every == 0 or row.label.endswith("-01"):
            label = row.label[:4] if row.label.endswith("-01") else row.label[5:]
            drawn.append(_text(label, left + (place + 0.5) * slot, top + height + 16, 10, SOFT, anchor="middle"))
    drawn.append(
        Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.6" class="held"/>').format(
            " ".join(points), INK
        )
    )
    return _svg(drawn, width, top + height + foot, f"Cash by month in {currency}")


def _ticks(low: float, high: float) -> list[float]:
    """Round values across a range, zero among them, four to eight of them."""
    span = (high - low) or 1
    step = next(s for e in range(-2, 16) for s in (10.0**e, 2 * 10.0**e, 5 * 10.0**e) if span / s <= 6)
    return [n * step for n in range(int(low // step), int(high // step) + 1) if low <= n * step <= high]


# --- elements ------------------------------------------------------------------------------------------------------------


def _brief(value: Decimal) -> str:
    """An amount in the fewest signs: `12.5 M`."""
    return (
        short(value, "")
        .strip()
        .replace(" million", " M")
        .replace(" billion", " G")
        .replace(" thousand", " k")
        .split(".00")[0]
    )


def _n(value: float) -> str:
    return f"{value:.1f}"


def _rect(x: float, y: float, width: float, height: float, series: int) -> Markup:
    if width <= 0 or height <= 0:
        return Markup("")
    shape = '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" class="s{}"/>'
    return Markup(shape).format(_n(x), _n(y), _n(width), _n(height), COLOURS[series], series)


def _text(text: str, x: float, y: float, size: float, colour: str, *, anchor: str = "start") -> Markup:
    shape = '<text x="{}" y="{}" font-size="{}" fill="{}" text-anchor="{}" class="{}">{}</text>'
    kind = "ink" if colour == INK else "soft"
    return Markup(shape).format(_n(x), _n(y), size, colour, anchor, kind, text)


def _svg(drawn: Sequence[Markup], width: float, height: float, label: str) -> Markup:
    kind = "broad" if width > NARROW else "narrow"
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}" font-family="sans-serif">'
    )
    return head.format(kind, _n(width), _n(height), escape(label)) + Markup("").join(drawn) + Markup("</svg>")
