"""What verdicts and values are called, and by which sign and colour they are known, on every face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from comity.standards.answer import Stated

WORDS: Final[dict[str, str]] = {
    "fits": "fits",
    "adapter": "fits with adapter",
    "unspecified": "unspecified",
    "misfit": "does not fit",
}
#: A sign beside the colour, for whoever does not see colours, and where there are none.
SIGNS: Final[dict[str, str]] = {"fits": "✓", "adapter": "⊕", "unspecified": "?", "misfit": "✗"}
#: The same in ASCII, for tables of a terminal.
LETTERS: Final[dict[str, str]] = {"fits": "+", "adapter": "a", "unspecified": "?", "misfit": "x"}
TERMINAL_COLOURS: Final[dict[str, str]] = {
    "fits": "green",
    "adapter": "cyan",
    "unspecified": "yellow",
    "misfit": "red",
}


def kind_name(kind: str) -> str:
    """What a kind of port is called where it stands alone."""
    return "not said" if kind == "any" else kind


def parameter_name(parameter: str) -> str:
    """`passage_diameter` as people write it."""
    return parameter.replace("_", " ")


def value_text(value: Stated | None) -> str:
    """A value as stated, and in the reader's unit where that is another."""
    if value is None:
        return "–"
    # `24 V to 32 V` says the same as `24 to 32 V`.
    unit = value.shown.rpartition(" ")[2]
    same = value.text.replace(f" {unit} to ", " to ").partition(" (nominal")[0] == value.shown
    return value.text if same else f"{value.text} ({value.shown})"


def options_text(options: Sequence[Sequence[str]]) -> str:
    """`airbus / energia or interim-control-module`."""
    return " / ".join(" or ".join(side) for side in options)


def count_text(verdicts: Sequence[str]) -> str:
    """`3 fit, 1 does not fit`: how many of each, those that there are."""
    told = []
    for verdict, many, one in (
        ("fits", "fit", "fits"),
        ("adapter", "fit with an adapter", "fits with an adapter"),
        ("unspecified", "are unspecified", "is unspecified"),
        ("misfit", "do not fit", "does not fit"),
    ):
        count = sum(v == verdict for v in verdicts)
        if count:
            told.append(f"{count} {one if count == 1 else many}")
    return ", ".join(told)
