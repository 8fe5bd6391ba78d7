"""Where a programme's figures come from: how many have a public source, how many are estimated, and from which documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from comity.model.base import Sourced
from comity.model.programme import Programme, Source


@dataclass(frozen=True, slots=True)
class Figure:
    """One real figure: where it stands, and how it is covered (`kind` None: neither source nor estimate)."""

    path: str
    kind: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """The figures of a programme by how they are covered."""

    figures: tuple[Figure, ...]

    def count(self, kind: str | None) -> int:
        return sum(1 for figure in self.figures if figure.kind == kind)

    @property
    def documents(self) -> dict[str, int]:
        """Source id -> how many figures cite it, the most cited first."""
        cited = Counter(f.text.partition(",")[0].strip() for f in self.figures if f.kind == "source")
        return dict(sorted(cited.items(), key=lambda e: (-e[1], e[0])))

    @property
    def methods(self) -> dict[str, list[str]]:
        """Method of estimate -> the figures made by it, the most used first."""
        found: dict[str, list[str]] = {}
        for figure in self.figures:
            if figure.kind == "estimate":
                found.setdefault(figure.text, []).append(figure.path)
        return dict(sorted(found.items(), key=lambda e: (-len(e[1]), e[0])))


def provenance(programme: Programme) -> Provenance:
    """Every real figure of a programme and what it rests on."""
    return Provenance(tuple(_figures(programme, "")))


def _figures(value: object, path: str) -> Iterator[Figure]:
    if isinstance(value, Sourced):
        for field in value.figure_fields():
            kind, text = value.provenance_of(field) or (None, "")
            yield Figure(f"{path}/{field}", kind, text)
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from _figures(getattr(value, field), f"{path}/{field}" if path else field)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _figures(inner, f"{path}/{key}")
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            name = getattr(inner, "label", place)
            yield from _figures(inner, f"{path}/{name}")


def safe_url(source: Source) -> str:
    """A source's address when it is a web address, or nothing: no other scheme becomes a link."""
    return source.url if source.url.startswith(("https://", "http://")) else ""
