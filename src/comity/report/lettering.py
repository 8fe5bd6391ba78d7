"""How wide text is before any browser has set it.

The widths are those of DejaVu Sans, among the widest of the sans-serif faces that browsers fall back on: what fits in it
fits in Arial, Helvetica, Roboto and Liberation Sans, which are a tenth narrower.
"""

from __future__ import annotations

_BY_WIDTH = {
    0.28: "ijl'|",
    0.34: " .,:;-!/\u00a0",
    0.40: '()[]ftr"',
    0.53: "csz?",
    0.59: "kvxyJ\u2026",
    0.75: "DGHNU",
    0.79: "OQ&",
    0.82: "w",
    0.88: "M+<>=",
    0.98: "mW@%",
}
_WIDTHS = {letter: width for width, letters in _BY_WIDTH.items() for letter in letters}
_DIGIT_OR_SMALL, _CAPITAL, _OTHER = 0.635, 0.69, 1.0


def text_width(text: str, size: float) -> float:
    """The width of a line of text in the unit of `size` (the font's size)."""
    return size * sum(_width(letter) for letter in text)


def _width(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if ord(letter) < 0x250:
        return _CAPITAL if letter.isupper() else _DIGIT_OR_SMALL
    return _OTHER


def cut_to(text: str, width: float, size: float) -> str:
    """The text, or as much of it as fits the width with an ellipsis after it."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…" if kept else ""
