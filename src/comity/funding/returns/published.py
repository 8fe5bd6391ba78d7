"""Return figures that have been published, each with its source: what ESA's member states said of their returns."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from comity.funding.files import read_value
from comity.funding.returns.rows import Day
from comity.model.base import FrozenMap, Sourced, Value
from comity.model.missions import with_ids
from comity.model.programme import Source

_FILE = Path(__file__).parent / "data" / "published.yaml"


class Figure(Sourced):
    """One published figure: a cumulated coefficient, or by how much a return was over (negative: under) the ideal."""

    FIGURES: ClassVar[tuple[str, ...]] = ("value",)

    member: str = Field(description="ISO 3166-1 alpha-2.")
    what: Literal["coefficient", "surplus", "ideal"]
    value: Decimal
    unit: str = ""
    since: Day | None = None
    until: Day
    note: str = ""


class Published(Value):
    """All of them, and what was looked for and not found."""

    sources: FrozenMap[str, Source]
    figures: tuple[Figure, ...]
    not_found: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: object) -> object:
        return with_ids(raw, "sources")

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        for figure in self.figures:
            if str(figure.source).partition(",")[0] not in self.sources:
                raise ValueError(f"{figure.member} {figure.until}: no source {figure.source!r}")
        return self


@cache
def published() -> Published:
    """The figures that come with comity."""
    return read_value(_FILE, Published)
