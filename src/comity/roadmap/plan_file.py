"""Plans as files: `plan.json`, read with clear errors, written without loss and never by halves."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from comity.model.whole_files import write_whole
from comity.roadmap.answer import SCHEMA_VERSION, Plan

_SHOWN = 8


class PlanFileError(ValueError):
    """A file that is not a plan: what is wrong, where, and what would be right."""


def read_plan(path: Path | str) -> Plan:
    """The plan in a file.

    PlanFileError when there is no such file, when it is not JSON, when it is of another schema version, or when
    fields are missing, unknown or wrong: all of them are told, up to eight.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PlanFileError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise PlanFileError(f"{path}: is no plan: a plan.json is text") from None
    except OSError as error:
        raise PlanFileError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise PlanFileError(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    if not isinstance(raw, dict):
        raise PlanFileError(f"{path}: not a plan: a JSON object is needed, not {type(raw).__name__}")
    version = raw.get("schema_version")
    if version != SCHEMA_VERSION:
        raise PlanFileError(f"{path}: its schema version is {version!r}; this release reads {SCHEMA_VERSION!r}")
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        raise PlanFileError(_told(path, error)) from error


def _told(path: Path, error: ValidationError) -> str:
    lines = [f"{path}: {'.'.join(map(str, e['loc'])) or 'plan'}: {e['msg']}" for e in error.errors()]
    more = [f"{path}: and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join(lines[:_SHOWN] + more)


def plan_text(plan: Plan) -> str:
    """A plan as the text of its file; ValueError when it would not read back the same (a number that is not finite)."""
    text = plan.model_dump_json(indent=1) + "\n"
    try:
        same = Plan.model_validate_json(text) == plan
    except ValidationError:
        same = False
    if not same:
        raise ValueError("the plan cannot be written without loss: a number in it is not finite, or of another type")
    return text


def write_plan(plan: Plan, path: Path | str) -> None:
    """Writes a plan: beside its place, then moved there, so that the file is whole or as it was.

    ValueError when the plan would not read back the same (a number that is not finite); OSError from the disk.
    """
    path = Path(path)
    text = plan_text(plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
