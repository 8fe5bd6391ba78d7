"""The published JSON Schema of a programme's files, generated from the types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from comity.model.base import Named
from comity.model.programme import Programme

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def programme_schema() -> dict[str, Any]:
    """The schema of one file of a programme: any of its sections, none of them needed in each file."""
    schema = Programme.model_json_schema(mode="validation", schema_generator=GenerateJsonSchema)
    schema.pop("required", None)  # sections are spread over files
    header = schema["$defs"]["Header"]
    header["required"] = sorted({*header.get("required", []), "id"})
    for name, kind in _kinds().items():
        if name != "Header" and issubclass(kind, Named) and name in schema["$defs"]:
            schema["$defs"][name].get("properties", {}).pop("id", None)  # the key in the file is the identifier
    for definition in schema["$defs"].values():
        # Paths of payers may be one name alone, as `paid_by: pool`.
        payers = definition.get("properties", {}).get("paid_by")
        if payers is not None:
            payers["anyOf"].insert(0, {"type": "string"})
    schema["properties"] = {
        name: {"anyOf": [part, {"type": "null"}]} if name != "programme" else part
        for name, part in schema["properties"].items()
    }
    return {"$schema": DIALECT, **schema, "title": "A file of a Comity programme"}


def _kinds() -> dict[str, type[Named]]:
    found: dict[str, type[Named]] = {}
    queue: list[type[Named]] = [Named]
    while queue:
        for kind in queue.pop().__subclasses__():
            found[kind.__name__] = kind
            queue.append(kind)
    return found
