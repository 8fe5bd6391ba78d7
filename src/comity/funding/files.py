"""Files of this engine, all that is wrong with one said at once, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from comity.funding.errors import FundingError
from comity.model import value_file

V = TypeVar("V", bound=BaseModel)


def read_value(file: Path | str, kind: type[V]) -> V:
    """The value that a YAML (or JSON) file holds. FundingError lists all its problems as `file:line:column: what`."""
    return value_file.read_value(Path(file), kind, error=FundingError)[0]


def value_of(text: str, file: str, kind: type[V]) -> V:
    """The value that a YAML text holds; `file` is how its problems name it. FundingError as above."""
    return value_file.value_of(text, file, kind, error=FundingError)[0]


def shipped_or_file(name: Path | str, folder: Path) -> Path:
    """The file that is meant: one that exists, or else the one of this name in a folder that comes with comity.

    FundingError says what is near.
    """
    return value_file.shipped_or_file(name, folder, error=FundingError)
