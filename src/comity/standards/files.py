"""Files of this engine: those that come with it, and those of the user."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from comity.model import value_file
from comity.model.problems import nearest
from comity.model.reading import Positions
from comity.standards.errors import StandardsError

#: What comes with comity: the register, the rules, adapters, cases.
DATA = Path(__file__).with_name("data")
V = TypeVar("V", bound=BaseModel)


def read_value(file: Path, kind: type[V]) -> tuple[V, Positions]:
    """The value that a file holds, and where each part of it stands.

    StandardsError lists all its problems as `file:line:column: what`.
    """
    return value_file.read_value(file, kind, error=StandardsError)


def shipped_cases() -> dict[str, Path]:
    """The interface cases that come with comity, by name."""
    return {file.stem: file for file in sorted((DATA / "cases").glob("*.yaml"))}


def case_file(name: str) -> Path:
    """The case that is meant: a file that exists, or one that comes with comity. StandardsError says what is near."""
    if Path(name).is_file():
        return Path(name)
    known = shipped_cases()
    if name in known:
        return known[name]
    hint = nearest(name, known) or f"cases that come with comity are {', '.join(known)}"
    raise StandardsError(f"{name}: there is no such file, nor a case of this name; {hint}")
