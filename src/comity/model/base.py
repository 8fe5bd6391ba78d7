"""The ground that every model type stands on: frozen, strict pydantic models and immutable mappings."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that refuses to change, hashes by content, and pickles."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is immutable")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _refuse
    __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return (FrozenDict, (dict(self),))


def _freeze(mapping: Mapping[K, V]) -> FrozenDict[K, V]:
    return FrozenDict(mapping)


FrozenMap = Annotated[Mapping[K, V], AfterValidator(_freeze)]


@dataclass(frozen=True)
class OrText:
    """Annotation: in a file this may also be written as a short text (a validator expands it)."""

    description: str = ""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(schema)], "description": self.description}


class Value(BaseModel):
    """An immutable model value: unknown fields are errors, nothing changes after construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Named(Value):
    """A value that stands in a mapping under its identifier; the reader hands the key in as `id`."""

    id: str = Field(default="", description="The identifier: the key in the file.")
    name: str = Field(description="The name that people read.")


_CITED = re.compile(r"\[([A-Za-z0-9][\w.-]*)(?:,[^\]]*)?\]")
_WORD = re.compile(r"[A-Za-z0-9][\w-]*(?:\.[\w-]+)*")


def cited_in(text: str) -> tuple[str, ...]:
    """The documents that the text of an estimate cites in square brackets, as `[source-id]` or `[source-id, page 3]`.

    >>> cited_in("a third of the 1.3 GEUR of [proposal-2021, table 4]")
    ('proposal-2021',)
    """
    return tuple(_CITED.findall(text))


def rests_on(text: str, sources: Container[str]) -> tuple[str, ...]:
    """The listed documents that a text names anywhere."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(text) if word in sources))


#: Where figures come from: one text for all figures of the object, or one text for each named field.
Provenance = str | FrozenMap[str, str]


class Sourced(Value):
    """A value that holds real figures, each covered by `source` or by `estimate` (never by both).

    `source` reads `SOURCE-ID, locator` where SOURCE-ID stands under `sources:`; `estimate` states the method.
    Either is one text for every figure of the object, or a mapping from field name to text.
    """

    source: Provenance | None = Field(
        default=None, description="`source-id, page or table`, or one such text per field."
    )
    estimate: Provenance | None = Field(
        default=None, description="How a figure without a public source was made, or one such text per field."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_empty_provenance(cls, raw: Any) -> Any:
        if isinstance(raw, dict):
            for key in ("source", "estimate"):
                if key in raw and raw[key] in ("", None, {}):
                    raise ValueError(f"{key} is empty; state it or leave the line out")
        return raw

    def figure_fields(self) -> tuple[str, ...]:
        """The names of the fields that hold a real figure here and now (given, not defaulted)."""
        figures: tuple[str, ...] = getattr(type(self), "FIGURES", ())
        return tuple(f for f in figures if f in self.model_fields_set and getattr(self, f) is not None)

    def provenance_of(self, field: str) -> tuple[str, str] | None:
        """`("source" | "estimate", text)` of one figure field, or None when it has neither."""
        for kind in ("source", "estimate"):
            given: Provenance | None = getattr(self, kind)
            if isinstance(given, Mapping) and field in given:
                return kind, given[field]
        for kind in ("source", "estimate"):
            given = getattr(self, kind)
            if isinstance(given, str):
                return kind, given
        return None
