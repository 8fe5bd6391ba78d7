"""Reads a YAML file of this engine as a value of a type, and says all that is wrong with it at once, each with its place."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, parse
from comity.safety.errors import SafetyError

#: What comes with comity: rules of debris mitigation, and checklists.
DATA = Path(__file__).with_name("data")
V = TypeVar("V", bound=BaseModel)


def read_value(file: Path, kind: type[V]) -> V:
    """The value that a YAML (or JSON) file holds. SafetyError lists all its problems as `file:line:column: what`."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SafetyError(f"{file}: larger than {MAX_BYTES // 2**20} MiB")
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SafetyError(f"{file}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise SafetyError(f"{file}: {error.strerror}") from None
    root, errors = parse(text, str(file))
    if errors:
        raise SafetyError(_listed([problem(e.at, (), e.message, e.hint) for e in errors]))
    if root is None or root.kind != "mapping":
        raise SafetyError(f"{file}:1:1: holds no fields; it begins with one such as {next(iter(kind.model_fields))}:")
    try:
        return TypeAdapter(kind).validate_python(root.plain())
    except ValidationError as error:
        raise SafetyError(_listed(plain_words(error, kind, (), Positions(root)))) from None


def shipped_or_file(name: Path | str, folder: Path) -> Path:
    """The file that is meant: one that exists, or else the one of this name that comes with comity.

    SafetyError says what is near.
    """
    if Path(name).is_file():
        return Path(name)
    known = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    if str(name) in known:
        return known[str(name)]
    hint = nearest(str(name), known) or f"shipped are {', '.join(known)}"
    raise SafetyError(f"{name}: there is no such file, nor a shipped one of this name; {hint}")


def file_evidence(file: Path) -> dict[str, str]:
    """A file as `safety.sign` names it: its name and SHA-256. SafetyError when it cannot be read."""
    try:
        with file.open("rb") as opened:
            return {"file": file.name, "sha256": hashlib.file_digest(opened, "sha256").hexdigest()}
    except OSError as error:
        raise SafetyError(f"{file}: {error.strerror}") from None


def _listed(problems: list[Problem]) -> str:
    return "\n".join(map(str, sorted(set(problems), key=lambda p: (p.line, p.column, p.message))))
