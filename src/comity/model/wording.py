"""Says in plain words what pydantic found wrong, at its place in the files."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from comity.model.base import Named
from comity.model.problems import Problem, nearest, problem
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Positions


def plain_words(error: ValidationError, kind: Any, path: Path, positions: Positions) -> list[Problem]:
    """One problem for each thing wrong. `kind` is the type that was tried on the value at `path`."""
    found: dict[Problem, None] = {}
    for details in _likeliest(error.errors(include_url=False), path, positions):
        found[_problem(details, kind, path, positions)] = None
    return list(found)


#: Errors that say that a value has another shape altogether, by how little they tell of what was meant.
_SHAPES = {"dict_type": 3, "mapping_type": 3, "model_type": 3, "missing": 3, "extra_forbidden": 3} | {
    "tuple_type": 2,
    "list_type": 2,
    "string_type": 2,
}


def _likeliest(errors: Sequence[ErrorDetails], path: Path, positions: Positions) -> list[ErrorDetails]:
    """Of a value that may be one of several types, only what is wrong with it as the one that was meant.

    pydantic tells what is wrong with it as each; and that a list is too short when it is only that its items are wrong.
    """
    branches: dict[Path, dict[str | int, list[ErrorDetails]]] = {}
    for details in errors:
        forks = _forks(details, path, positions)
        if forks is not None:
            where, branch = forks
            branches.setdefault(where, {}).setdefault(branch, []).append(details)
    dropped: list[ErrorDetails] = []
    for tried in branches.values():
        meant = min(tried.values(), key=lambda wrong: sum(_SHAPES.get(e["type"], 1) for e in wrong) + _strange(wrong))
        dropped += [e for wrong in tried.values() if wrong is not meant for e in wrong]
    kept = [e for e in errors if not any(e is d for d in dropped)]
    beneath = [e["loc"] for e in kept]
    return [
        e
        for e in kept
        if e["type"] != "too_short"
        or not any(b[: len(e["loc"])] == e["loc"] and len(b) > len(e["loc"]) for b in beneath)
    ]


def _strange(wrong: Sequence[ErrorDetails]) -> int:
    return 10 if all(e["type"] in _SHAPES for e in wrong) else 0


def _forks(details: ErrorDetails, path: Path, positions: Positions) -> tuple[Path, str | int] | None:
    """Where a location leaves the files for the name of a type that was tried, and that name."""
    where, loc = path, details["loc"]
    if details["type"] == "missing":
        loc = loc[:-1]  # the field that is missing stands nowhere, and is no type
    for step in loc:
        node = positions.node(where)
        if node is None or node.child(step) is None:
            return where, step
        where = (*where, step)
    return None


def _problem(details: ErrorDetails, kind: Any, path: Path, positions: Positions) -> Problem:
    where = _place(details["loc"], path, positions)
    models = _models(kind, details["loc"])
    code, given = details["type"], details["input"]
    last = str(details["loc"][-1]) if details["loc"] else ""
    context: dict[str, Any] = details.get("ctx", {})
    if code in ("extra_forbidden", "unexpected_keyword_argument"):
        fields = list(dict.fromkeys(f for m in models for f in fields_of(m))) or _dataclass_fields(kind, details["loc"])
        hint = nearest(last, fields) or (f"the fields are {', '.join(fields)}" if fields else "")
        at = positions.of((*where, last) if not where or where[-1] != last else where, key=True)
        return problem(at, where, f"unknown field {last!r}", hint)
    if code == "missing" and last.isdigit():
        place = str(next((s for s in reversed(where) if isinstance(s, str)), ""))
        given_at = positions.node(where)
        count = len(given_at.items) if given_at is not None else 0
        return problem(
            positions.of(where), where, f"{place}: one is missing here", f"there are {count}, of which two are needed"
        )
    if code == "missing":
        fields_by = {f: m.model_fields[f].description or "" for m in models for f in m.model_fields}
        hint = f"{last}: {fields_by[last]}" if fields_by.get(last) else ""
        return problem(positions.of(where, key=True), (*where, last), f"the field {last!r} is missing", hint)
    at = positions.of(where, key=details["loc"][-1:] == ("[key]",))
    message, hint = _said(code, details["msg"], given, context)
    name = next((str(s) for s in reversed(where) if isinstance(s, str)), "")
    if where and isinstance(where[-1], int) and code == "value_error" and isinstance(given, Mapping):
        name = f"number {where[-1] + 1} of {name}"
    return problem(at, where, f"{name}: {message}" if len(where) > len(path) else message, hint)


def _place(loc: tuple[str | int, ...], path: Path, positions: Positions) -> Path:
    """The path in the files: the steps of a location that stand there, without the tags that pydantic adds."""
    where = path
    for step in loc:
        node = positions.node(where)
        if node is not None and node.child(step) is not None:
            where = (*where, step)
    return where


def _said(code: str, message: str, given: Any, context: Mapping[str, Any]) -> tuple[str, str]:
    if code == "value_error":
        text = str(context.get("error", message)).removeprefix("Value error, ")
        head, _, tail = text.partition("; ")
        return head, tail
    if code in ("literal_error", "enum"):
        choices = [c.strip("'") for c in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]
        return f"{given!r} is none of {', '.join(choices)}", nearest(str(given), choices)
    if code == "union_tag_invalid":
        tags = [t.strip().strip("'") for t in str(context.get("expected_tags", "")).split(",")]
        return f"there is no kind {context.get('tag')!r}; the kinds are {', '.join(tags)}", nearest(
            str(context.get("tag")), tags
        )
    if code == "union_tag_not_found":
        return "the field 'kind' is missing", "it says which rule this is"
    if code == "string_type":
        quoted = f"write '{given}' in quotes" if isinstance(given, (int, float)) or hasattr(given, "as_tuple") else ""
        return f"{_shown(given)} is not a text", quoted
    if code in ("tuple_type", "list_type"):
        return f"{_shown(given)} is not a list", f"write [{given}]" if isinstance(given, (str, int)) else ""
    if code in ("dict_type", "mapping_type", "model_type", "model_attributes_type"):
        return f"{_shown(given)} is not a mapping of fields", ""
    if code in _PLAIN:
        return _PLAIN[code].format(given=_shown(given), **context), ""
    return f"{_shown(given)}: {message[:1].lower()}{message[1:]}", ""


_PLAIN = {
    "greater_than": "{given} must be greater than {gt}",
    "greater_than_equal": "{given} must be at least {ge}",
    "less_than": "{given} must be less than {lt}",
    "less_than_equal": "{given} must be at most {le}",
    "too_short": "there must be at least {min_length}",
    "int_type": "{given} is not a whole number",
    "int_parsing": "{given} is not a whole number",
    "int_from_float": "{given} is not a whole number",
    "float_type": "{given} is not a number",
    "float_parsing": "{given} is not a number",
    "decimal_type": "{given} is not a number",
    "decimal_parsing": "{given} is not a number",
    "bool_type": "{given} is neither true nor false",
    "bool_parsing": "{given} is neither true nor false",
}


def _shown(given: Any) -> str:
    if given is None:
        return "nothing (null)"
    if isinstance(given, Mapping):
        return "a mapping"
    if isinstance(given, (list, tuple)):
        return "a list"
    return repr(given) if isinstance(given, str) else str(given)


def fields_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields that a file may give: all, but for the `id` that is the key of what stands in a section."""
    keyed = issubclass(model, Named) and model.__name__ != "Header"
    return tuple(f for f in model.model_fields if not (keyed and f == "id"))


def _models(kind: Any, loc: tuple[str | int, ...]) -> list[type[BaseModel]]:
    """The model types that a location (without its last step) leads to."""
    current = list(_inner(kind))
    for step in loc[:-1]:
        following: list[type[BaseModel]] = []
        for model in current:
            if str(step) in model.model_fields:
                following += _inner(model.model_fields[str(step)].annotation)
        # A step that is no field is an index, a key or a union's tag: it stays with the types it stands in.
        tagged = [m for m in current if step in (m.__name__, _tag(m))]
        current = following or tagged or current
    return current


def _dataclass_fields(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """The fields of the plain dataclass that a location (without its last step) leads to."""
    current = _dataclass_in(kind)
    for step in loc[:-1]:
        hints = get_type_hints(current) if current is not None else {}
        current = _dataclass_in(hints[step]) if step in hints else current
    return [field.name for field in dataclasses.fields(current)] if current is not None else []


def _dataclass_in(annotation: Any) -> type | None:
    """The first dataclass within an annotation, through containers and unions."""
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return annotation
    return next((found for one in get_args(annotation) if (found := _dataclass_in(one)) is not None), None)


def _tag(model: type[BaseModel]) -> str:
    kind = model.model_fields.get("kind")
    tags = get_args(kind.annotation) if kind else ()
    return str(tags[0]) if len(tags) == 1 else ""


def _inner(annotation: Any) -> Iterable[type[BaseModel]]:
    """The model types within an annotation, through containers and unions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from _inner(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType) or get_args(annotation):
        for argument in get_args(annotation):
            yield from _inner(argument)
