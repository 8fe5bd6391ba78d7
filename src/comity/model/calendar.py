"""Months and durations: the planner's clock. All dates are UTC calendar months."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_MONTH = re.compile(r"^(\d{4})-(\d{2})$")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, UTC. `index` counts months since year 0, so that differences are plain integers."""

    index: int

    @classmethod
    def of(cls, year: int, month: int = 1) -> Month:
        return cls(year * 12 + month - 1)

    @classmethod
    def parse(cls, text: object) -> Month:
        match = _MONTH.match(str(text)) if isinstance(text, str) else None
        if not match or not 1 <= int(match[2]) <= 12:
            raise ValueError(f"{text!r} is not a month; write it as YYYY-MM, such as 2031-04")
        return cls.of(int(match[1]), int(match[2]))

    @property
    def year(self) -> int:
        return self.index // 12

    @property
    def month(self) -> int:
        return self.index % 12 + 1

    def plus(self, months: int) -> Month:
        return Month(self.index + months)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, Month) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^\d{4}-(0[1-9]|1[0-2])$",
            "description": "A month: YYYY-MM.",
            "examples": ["2031-04"],
        }


@dataclass(frozen=True, slots=True, order=True)
class MonthSpan:
    """Whole months from `first` to `last`, both included; written `2031-02..2031-04` or `2031-02`."""

    first: Month
    last: Month

    @classmethod
    def parse(cls, text: object) -> MonthSpan:
        parts = str(text).split("..") if isinstance(text, str) else []
        if len(parts) not in (1, 2):
            raise ValueError(f"{text!r} is not a span of months; write it as 2031-02..2031-04")
        first, last = Month.parse(parts[0].strip()), Month.parse(parts[-1].strip())
        if last < first:
            raise ValueError(f"the span {text} ends before it starts")
        return cls(first, last)

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, MonthSpan) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}(\s*\.\.\s*\d{4}-\d{2})?$",
            "description": "A span of months, both ends included.",
            "examples": ["2031-02..2031-04"],
        }
