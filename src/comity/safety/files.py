"""Files of this engine: those that come with it, those of the user, and those that are evidence."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from comity.model import value_file
from comity.safety.errors import SafetyError

#: What comes with comity: rules of debris mitigation, and checklists.
DATA = Path(__file__).with_name("data")
V = TypeVar("V", bound=BaseModel)


def read_value(file: Path, kind: type[V]) -> V:
    """The value that a YAML (or JSON) file holds. SafetyError lists all its problems as `file:line:column: what`."""
    return value_file.read_value(file, kind, error=SafetyError)[0]


def shipped_or_file(name: Path | str, folder: Path) -> Path:
    """The file that is meant: one that exists, or else the one of this name that comes with comity.

    SafetyError says what is near.
    """
    return value_file.shipped_or_file(name, folder, error=SafetyError)


def file_evidence(file: Path) -> dict[str, str]:
    """A file as `safety.sign` names it: its name and SHA-256. SafetyError when it cannot be read."""
    try:
        with file.open("rb") as opened:
            return {"file": file.name, "sha256": hashlib.file_digest(opened, "sha256").hexdigest()}
    except OSError as error:
        raise SafetyError(f"{file}: {error.strerror}") from None
