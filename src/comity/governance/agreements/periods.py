"""Days and periods as agreements state them: exact calendar days, and so many days, weeks, months or years after one."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

_PERIOD = re.compile(r"(\d{1,5})\s*(day|week|month|year)s?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_IN = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}

Moment = TypeVar("Moment", bound=date)


@dataclass(frozen=True, slots=True)
class Period:
    """So many calendar months and days; written `30 days`, `6 weeks`, `12 months` or `1 year`."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: object) -> Period:
        match = _PERIOD.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"{text!r} is not a period; write such as 30 days, 12 months or 1 year")
        months, days = _IN[match[2]]
        return cls(months * int(match[1]), days * int(match[1]))

    def after(self, start: Moment) -> Moment:
        """The day (or moment) that ends the period begun at `start`; the last of the month where it has no such day.

        >>> Period(months=1).after(date(2024, 1, 31))
        datetime.date(2024, 2, 29)
        """
        index = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(index, 12)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) + timedelta(days=self.days)

    def __str__(self) -> str:
        if self.days and not self.months:
            return f"{self.days} day{'' if self.days == 1 else 's'}"
        count, unit = divmod(self.months, 12) if self.months and self.months % 12 == 0 else (self.months, 1)
        name = "year" if unit == 0 else "month"
        return f"{count} {name}{'' if count == 1 else 's'}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, Period) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^\d+\s*(day|week|month|year)s?$",
            "description": "A period.",
            "examples": ["30 days", "12 months", "1 year"],
        }


def _day(raw: object) -> date:
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and _DAY.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise ValueError(f"{raw!r} is not a day; write it as YYYY-MM-DD, such as 2031-04-30")


#: A calendar day (UTC), written YYYY-MM-DD.
Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(lambda d: d.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "description": "A day: YYYY-MM-DD."}),
]
