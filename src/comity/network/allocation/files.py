"""Questions and schedules as JSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from comity.model.reading import Positions
from comity.model.value_file import read_text
from comity.model.whole_files import write_whole
from comity.model.wording import plain_words
from comity.model.yaml_tree import parse
from comity.network.allocation.answer import Schedule
from comity.network.allocation.question import Question, wrong
from comity.network.errors import NetworkError

#: Larger files are refused: a year of a network with 50 antennas takes about 100 MB.
MAX_BYTES = 256 * 2**20
#: Errors of a file that are shown at once.
SHOWN = 20
T = TypeVar("T", Question, Schedule)


def read_question(file: Path | str) -> Question:
    """The question of a JSON (or YAML) file. NetworkError lists all that is wrong with it, each with its place."""
    question = _read(Path(file), Question)
    faults = wrong(question)
    if faults:
        raise NetworkError("\n".join(f"{file}: {fault}" for fault in faults[:SHOWN]))
    return question


def read_schedule(file: Path | str) -> Schedule:
    """The schedule of a JSON (or YAML) file; `check` says whether it is valid. NetworkError as `read_question`."""
    return _read(Path(file), Schedule)


def write_question(question: Question, file: Path | str) -> None:
    """Writes a question as JSON, whole or not at all."""
    _write(Path(file), as_json(question))


def write_schedule(schedule: Schedule, file: Path | str) -> None:
    """Writes a schedule as JSON, whole or not at all."""
    _write(Path(file), as_json(schedule))


def as_json(value: Question | Schedule) -> str:
    """JSON of a question or a schedule: a line for each request, antenna, outage or track; times in ISO 8601."""
    plain = TypeAdapter(type(value)).dump_python(value, mode="json")
    lines = [f"  {json.dumps(key)}: {_listed(part)}" for key, part in plain.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _listed(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {json.dumps(part)}" for part in value) + "\n  ]"
    return json.dumps(value)


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        raise NetworkError(f"{file}: {error.strerror}") from None


def _read(file: Path, kind: type[T]) -> T:
    text = read_text(file, error=NetworkError, largest=MAX_BYTES)
    try:
        return TypeAdapter(kind).validate_json(text)
    except ValidationError as error:
        if error.errors()[0]["type"] != "json_invalid":
            raise NetworkError(_placed(error, text, str(file), kind)) from None
    root, errors = parse(text, str(file))
    if errors or root is None:
        raise NetworkError("\n".join(f"{e.at}: {e.message}" for e in errors) or f"{file}: is empty")
    try:
        return TypeAdapter(kind).validate_python(root.plain())
    except ValidationError as error:
        raise NetworkError(_placed(error, text, str(file), kind)) from None


def _placed(error: ValidationError, text: str, file: str, kind: type[T]) -> str:
    """What is wrong in words, with line and column of each place."""
    root, errors = parse(text, file)
    if errors or root is None:
        return "\n".join(f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:SHOWN])
    return "\n".join(map(str, sorted(plain_words(error, kind, (), Positions(root)), key=str)[:SHOWN]))
