"""Reads a YAML file as a value of a type, and says all that is wrong with it at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, parse

V = TypeVar("V", bound=BaseModel)


def read_value(file: Path, kind: type[V], *, error: type[Exception]) -> tuple[V, Positions]:
    """The value that a file holds, and where each part of it stands.

    `error`, the family of the engine that asks, lists all problems as `file:line:column: what; what would be right`.
    """
    return value_of(read_text(file, error=error), str(file), kind, error=error)


def read_text(file: Path, *, error: type[Exception], largest: int = MAX_BYTES, hint: str = "") -> str:
    """A file's text, its lines ended by `\\n`.

    `error` when it cannot be read, is a device or a pipe (which may have no end), is no UTF-8, or is larger than so many bytes
    (`hint`: what then would be right).
    """
    try:
        if not file.is_file() and file.exists() and not file.is_dir():
            raise error(f"{file}: is no regular file")
        with file.open("rb") as stream:
            content = stream.read(largest + 1)
    except OSError as wrong:
        raise error(f"{file}: {wrong.strerror}") from None
    if len(content) > largest:
        raise error(f"{file}: larger than {largest // 2**20} MiB{hint and '; '}{hint}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise error(f"{file}: not UTF-8 text (byte {wrong.start})") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def value_of(text: str, file: str, kind: type[V], *, error: type[Exception]) -> tuple[V, Positions]:
    """The value that a YAML text holds, as `read_value`; `file` is how its problems name it."""
    root, errors = parse(text, file)
    if errors:
        raise error(listed(problem(e.at, (), e.message, e.hint) for e in errors))
    if root is None or root.kind != "mapping":
        raise error(f"{file}:1:1: holds no fields; it begins with one such as {next(iter(kind.model_fields))}:")
    positions = Positions(root)
    try:
        return TypeAdapter(kind).validate_python(root.plain()), positions
    except ValidationError as wrong:
        raise error(listed(plain_words(wrong, kind, (), positions))) from None


def shipped_or_file(name: Path | str, folder: Path, *, error: type[Exception]) -> Path:
    """The file that is meant: one that exists, or else the one of this name in a folder that comes with comity.

    `error` says what is near.
    """
    if Path(name).is_file():
        return Path(name)
    known = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    if str(name) in known:
        return known[str(name)]
    hint = nearest(str(name), known) or f"shipped are {', '.join(known)}"
    raise error(f"{name}: there is no such file, nor a shipped one of this name; {hint}")


def listed(problems: Iterable[Problem]) -> str:
    """Problems one a line, in the order of the file."""
    return "\n".join(map(str, sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.message))))
