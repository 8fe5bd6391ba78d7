"""Reads a YAML file of this engine as a value of a type, and says all that is wrong with it at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, parse
from comity.standards.errors import StandardsError

#: What comes with comity: the register, the rules, adapters, cases.
DATA = Path(__file__).with_name("data")
V = TypeVar("V", bound=BaseModel)


def read_value(file: Path, kind: type[V]) -> tuple[V, Positions]:
    """The value that a file holds, and where each part of it stands.

    StandardsError lists all its problems as `file:line:column: what`.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise StandardsError(f"{file}: larger than {MAX_BYTES // 2**20} MiB")
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StandardsError(f"{file}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise StandardsError(f"{file}: {error.strerror}") from None
    root, errors = parse(text, str(file))
    if errors:
        raise StandardsError(listed(problem(e.at, (), e.message, e.hint) for e in errors))
    if root is None or root.kind != "mapping":
        raise StandardsError(
            f"{file}:1:1: holds no fields; it begins with one such as {next(iter(kind.model_fields))}:"
        )
    positions = Positions(root)
    try:
        return TypeAdapter(kind).validate_python(root.plain()), positions
    except ValidationError as error:
        raise StandardsError(listed(plain_words(error, kind, (), positions))) from None


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


def listed(problems: Iterable[Problem]) -> str:
    """Problems one a line, in the order of the file."""
    return "\n".join(map(str, sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.message))))
