"""Quantities with units (pint), durations in months, and fractions."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    import pint

_NUMBER = re.compile(r"\s*[-+]?[.\d]")
_USUAL = ("months", "years", "weeks", "days", "slot", "launch", "seat", "berth", "hour/week", "hour/month", "kg", "t")


@cache
def unit_registry() -> pint.UnitRegistry[Any]:
    """Pint's units and the countable ones of this field: slot, launch, seat, berth."""
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None)
    for countable in ("slot", "launch", "seat", "berth"):
        registry.define(f"{countable} = [{countable}]")
    registry.define("launches = launch")
    registry.define("berths = berth")
    return registry


def _quantity(text: str) -> pint.Quantity[Any]:
    """Pint's quantity; temperatures such as 20 degC too, which pint does not multiply by their number."""
    import pint

    registry = unit_registry()
    try:
        return registry.Quantity(text)
    except pint.OffsetUnitCalculusError:
        number, unit = text.split(maxsplit=1)
        return registry.Quantity(float(number), unit)


@cache
def _parse(text: str) -> tuple[float, str, str]:
    import pint

    try:
        quantity: pint.Quantity[Any] = _quantity(text)
    except pint.UndefinedUnitError as error:
        if not _NUMBER.match(text):
            raise ValueError(f"{text!r} is not a quantity; write a number and a unit, such as 36 months") from error
        unknown = ", ".join(map(str, error.unit_names))
        near = get_close_matches(unknown, _USUAL, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"usual units are {', '.join(_USUAL)}"
        raise ValueError(f"{text!r} has a unit that is not known: {unknown}; {hint}") from error
    except Exception as error:
        raise ValueError(f"{text!r} is not a quantity; write a number and a unit, such as 36 months") from error
    if str(quantity.units) == "dimensionless":  # not `unitless`, which hour/week is as well
        raise ValueError(f"{text} is a quantity without a unit; write one, such as {text} months")
    return float(quantity.magnitude), str(quantity.units), str(sorted(quantity.dimensionality.items()))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit, as written: `2 slot`, `40 hour/month`, `5.4 t`."""

    text: str

    @classmethod
    def parse(cls, raw: object) -> Quantity:
        if not isinstance(raw, str):
            raise ValueError(f"{raw} is a quantity without a unit; write a number and a unit, such as 2 slot")
        _parse(raw)
        return cls(raw)

    @property
    def magnitude(self) -> float:
        return _parse(self.text)[0]

    @property
    def unit(self) -> str:
        return _parse(self.text)[1]

    def compatible(self, unit: str) -> bool:
        """May this be stated in `unit`?"""
        return _parse(self.text)[2] == _parse(f"1 {unit}")[2]

    def to(self, unit: str) -> float:
        """The magnitude in `unit`; ValueError when the dimensions differ."""
        if unit == self.unit:
            return self.magnitude
        if not self.compatible(unit):
            raise ValueError(f"{self.text} has the wrong unit; {unit} is needed")
        return float(_quantity(self.text).to(unit).magnitude)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, Quantity) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "description": "A number with a unit.", "examples": ["2 slot", "40 hour/month"]}


def _months(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
        raise ValueError(f"{raw!r} is not a duration; write it with its unit, such as 36 months")
    if not isinstance(raw, str):
        raise ValueError(f"{raw} is a duration without a unit; write {raw} months or {raw} years")
    quantity = Quantity.parse(raw)
    if not quantity.compatible("month"):
        raise ValueError(f"{raw} has the wrong unit for a duration; write months, years, weeks or days")
    months = math.ceil(quantity.to("month") - 1e-6)
    if months < 0:
        raise ValueError(f"{raw} is a negative duration")
    return months


#: A duration in whole months (rounded up), written with its unit: `36 months`, `5 years`, `10 days`.
Duration = Annotated[
    int,
    BeforeValidator(_months),
    PlainSerializer(lambda months: f"{months} months", return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "description": "A duration with its unit.", "examples": ["36 months", "5 years"]}
    ),
]


def _fraction(raw: object) -> Decimal:
    text = str(raw).strip()
    try:
        number = Decimal(text[:-1].strip()) / 100 if text.endswith("%") else Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{raw!r} is not a fraction; write 0.25 or 25%") from error
    if not 0 <= number <= 1:
        raise ValueError(f"{raw} is not between 0 and 1 (0% and 100%)")
    return number


#: A number from 0 to 1, exact; written `0.25` or `25%`.
Fraction = Annotated[
    Decimal,
    BeforeValidator(_fraction),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": r"^[\d.]+\s*%$"}],
            "description": "A fraction: 0.25 or 25%.",
        }
    ),
]
