"""What is wrong with a programme: each problem with its place, in plain words, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from comity.model.yaml_tree import Path, Position


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem: `file:line:column: message; hint`. Line and column count from 1; 0 when a whole file is meant."""

    file: str
    line: int
    column: int
    path: Path
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}" + (f"; {self.hint}" if self.hint else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {**asdict(self), "path": [*self.path]}


class ProgrammeError(ValueError):
    """A programme with problems; `problems` has them all, and the text lists them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def problem(at: Position, path: Path, message: str, hint: str = "") -> Problem:
    """A problem at a place."""
    return Problem(at.file, at.line, at.column, path, message, hint)


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean 'esa'?` when a known name is near, or else nothing."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    if not near:
        folded = {n.casefold(): n for n in names}
        near = [folded[m] for m in get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)]
    return f"did you mean {near[0]!r}?" if near else ""
