"""An N² chart drawn as SVG without script: elements on the diagonal, what one gives another where their row and column meet.

Colours stand on the shapes, so that a drawing serves alone; a page's style sheet has others for the dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from comity.report.interfaces.words import SIGNS, WORDS, kind_name
from comity.report.lettering import cut_to, text_width
from comity.standards import N2Matrix
from comity.standards.n2 import N2Cell, N2Element, N2Joint

#: Up to so many elements have their name on the diagonal; more have a number there, and their name in the margin.
NAMED: Final = 7
#: Greatest width of a drawing [CSS pixels], and that of the one for a phone unless it has more elements than fit.
WIDTH: Final = 1070
NARROW: Final = 340
_LETTER: Final = 11.0
_MARGIN: Final = 210.0
_COLOURS: Final = {"fits": "#00795a", "adapter": "#0b5c94", "unspecified": "#8a6100", "misfit": "#b3261e"}
_WASHES: Final = {"fits": "#e3f3ee", "adapter": "#e2eef7", "unspecified": "#fbf1da", "misfit": "#fae3e1"}
_INK, _SOFT, _ON, _LINE = "#16202b", "#51606f", "#ffffff", "#dfe5ea"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the grid begins, and how large its cells are [CSS pixels]."""

    count: int
    left: float
    top: float
    cell: float
    tall: float

    def corner(self, row: int, column: int) -> tuple[float, float]:
        return self.left + column * self.cell, self.top + row * self.tall

    def centre(self, row: int, column: int) -> tuple[float, float]:
        x, y = self.corner(row, column)
        return x + self.cell / 2, y + self.tall / 2 + 4


def drawing(matrix: N2Matrix) -> Markup:
    """The chart as an SVG element, for a desktop and paper."""
    count = len(matrix.elements)
    lines = max((len(c.joints) for c in matrix.cells), default=1)
    named = count <= NAMED
    if named:
        cell = min(168.0, WIDTH / count)
        frame = _Frame(count, 0, 0, cell, max(64.0, cell * 0.56, lines * 15 + 14))
    else:
        cell = min(76.0, max(36.0, (WIDTH - _MARGIN) / count))
        frame = _Frame(count, _MARGIN, 20, cell, max(34.0, cell * 0.62, lines * 13 + 8))
    drawn = [*_grid(frame)]
    for place, element in enumerate(matrix.elements):
        drawn.append(_box(frame, place, element))
        drawn += _name(frame, place, element.name) if named else _number(frame, place, element.name)
    for found in matrix.cells:
        drawn += _cell(frame, matrix, found, step=15 if named else 13)
    return _svg(matrix, drawn, frame, "n2 broad")


def narrow_drawing(matrix: N2Matrix) -> Markup:
    """The chart for a phone: numbers on the diagonal, and in each cell the sign of the worst that it holds."""
    count = len(matrix.elements)
    cell = max(22.0, min(46.0, (NARROW - 1) / count))
    frame = _Frame(count, 0, 0, cell, cell)
    drawn = [*_grid(frame)]
    for place, element in enumerate(matrix.elements):
        drawn += [_box(frame, place, element), _text(str(place + 1), frame.centre(place, place), _ON, "on")]
    for found in matrix.cells:
        drawn.append(_wash(frame, found))
        at = frame.centre(found.row, found.column)
        drawn.append(_text(SIGNS[found.verdict], at, _COLOURS[found.verdict], f"t-{found.verdict}"))
    return _svg(matrix, drawn, frame, "n2 narrow")


# --- the diagonal --------------------------------------------------------------------------------------------------------


def _box(frame: _Frame, place: int, element: N2Element) -> Markup:
    shape = Markup(
        '<g><title>{} ({})</title><rect class="own" x="{}" y="{}" width="{}" height="{}" rx="3" fill="{}"/></g>'
    )
    return shape.format(element.name, ", ".join(element.providers), *_inside(frame, place, place), _INK)


def _name(frame: _Frame, place: int, name: str) -> Iterator[Markup]:
    """An element's name within its box."""
    lines = _wrapped(name, frame.cell - 16, _LETTER)
    x, y = frame.centre(place, place)
    for n, line in enumerate(lines):
        yield _text(line, (x, y + 14 * (n - (len(lines) - 1) / 2)), _ON, "on")


def _number(frame: _Frame, place: int, name: str) -> Iterator[Markup]:
    """An element's number in its box and above its column, its name in the margin."""
    x, y = frame.centre(place, place)
    yield _text(str(place + 1), (x, y), _ON, "on")
    yield _text(str(place + 1), (x, frame.top - 7), _SOFT, "soft")
    yield _text(cut_to(f"{place + 1}  {name}", frame.left - 10, _LETTER), (0, y), _INK, "ink", anchor="start")


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in at most three lines of a width."""
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > 3:
        lines = [*lines[:2], " ".join(lines[2:])]
    return [cut_to(line, width, size) for line in lines]


# --- cells ---------------------------------------------------------------------------------------------------------------


def _cell(frame: _Frame, matrix: N2Matrix, found: N2Cell, *, step: float) -> Iterator[Markup]:
    """What a cell holds, a line for each kind; the rest is told when it is pointed at."""
    told = "; ".join(map(_told, found.joints))
    tip = Markup("<g><title>{} to {}: {}</title>")
    yield tip.format(matrix.elements[found.row].name, matrix.elements[found.column].name, told)
    yield _wash(frame, found)
    x, y = frame.centre(found.row, found.column)
    for n, joint in enumerate(found.joints):
        at = (x, y + step * (n - (len(found.joints) - 1) / 2))
        yield _text(_label(joint, frame.cell - 6), at, _COLOURS[joint.verdict], f"t-{joint.verdict}")
    yield Markup("</g>")


def _label(joint: N2Joint, width: float) -> str:
    """A kind with its verdict's sign, as much as fits: `✓ docking`, `✓ dock`, `✓`."""
    sign, name = SIGNS[joint.verdict], kind_name(joint.kind)
    short = [f"{sign} {name}", *([] if joint.kind == "any" else [f"{sign} {name[:4]}"])]
    return next((text for text in short if text_width(text, _LETTER) <= width), sign)


def _told(joint: N2Joint) -> str:
    by = f": {' + '.join(joint.adapters)}" if joint.adapters else ""
    options = f" ({'; '.join(joint.options)})" if joint.options else ""
    return f"{kind_name(joint.kind)} {WORDS[joint.verdict]}{by}{options}"


def _wash(frame: _Frame, found: N2Cell) -> Markup:
    shape = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3" fill="{}"/>')
    return shape.format(found.verdict, *_inside(frame, found.row, found.column), _WASHES[found.verdict])


# --- shapes --------------------------------------------------------------------------------------------------------------


def _inside(frame: _Frame, row: int, column: int) -> tuple[str, str, str, str]:
    """A cell's rectangle within its lines."""
    x, y = frame.corner(row, column)
    return _n(x + 2.5), _n(y + 2.5), _n(frame.cell - 4), _n(frame.tall - 4)


def _grid(frame: _Frame) -> Iterator[Markup]:
    line = Markup('<path class="line" d="M{} {}{}{}" stroke="{}" stroke-width="1" fill="none"/>')
    for place in range(frame.count + 1):
        x, y = frame.corner(place, place)
        yield line.format(_n(frame.left), _n(y + 0.5), "h", _n(frame.count * frame.cell), _LINE)
        yield line.format(_n(x + 0.5), _n(frame.top), "v", _n(frame.count * frame.tall), _LINE)


def _text(text: str, at: tuple[float, float], colour: str, kind: str, *, anchor: str = "middle") -> Markup:
    shape = Markup('<text class="{}" x="{}" y="{}" fill="{}" text-anchor="{}">{}</text>')
    return shape.format(kind, _n(at[0]), _n(at[1]), colour, anchor, text)


def _svg(matrix: N2Matrix, drawn: Sequence[Markup], frame: _Frame, kind: str) -> Markup:
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" width="{}" height="{}" viewBox="0 0 {} {}" role="img"'
        ' aria-label="{}" font-family="sans-serif" font-size="{}">'
    )
    width, height = frame.corner(frame.count, frame.count)
    size = (_n(width + 1), _n(height + 1))
    label = f"N² chart: {matrix.title}"
    return head.format(kind, *size, *size, label, _LETTER) + Markup("").join(drawn) + Markup("</svg>\n")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
