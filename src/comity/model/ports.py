"""What an element offers where it meets another: its ports, each of a kind, with standards claimed and values in units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from comity.model.base import FrozenDict, FrozenMap, Sourced
from comity.model.port_terms import GIVING, MATING, TERMS, PortKind, Role, Term
from comity.model.port_words import check_band, check_words
from comity.model.quantities import Quantity, unit_registry

__all__ = [
    "GIVING",
    "MATING",
    "TERMS",
    "Claim",
    "Parameter",
    "Port",
    "PortKind",
    "Range",
    "Role",
    "Term",
    "check_term",
    "exchanged_unit",
]
_RANGE_FIELDS = ("min", "nominal", "max")
_RANGE = re.compile(
    r"\s*(?P<low>[-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*\.\.\s*(?P<high>[-+]?[\d.]+(?:[eE][-+]?\d+)?)\s+(?P<unit>\S.*)"
)
_NUMBER = re.compile(r"\s*[-+]?(\d|\.\d)")


@dataclass(frozen=True, slots=True)
class Range:
    """Where a quantity may lie; without `low` or `high` it is open on that side. Never nominal alone."""

    low: Quantity | None = None
    nominal: Quantity | None = None
    high: Quantity | None = None

    @classmethod
    def parse(cls, raw: Mapping[Any, Any]) -> Range:
        """The range that `{min, nominal, max}` says; ValueError when it says none."""
        for field in raw:
            if field not in _RANGE_FIELDS:
                near = get_close_matches(str(field), _RANGE_FIELDS, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "it has min, nominal and max"
                raise ValueError(f"a range has no field {field!r} [range]; {hint}")
        low, nominal, high = (_bound(raw[f]) if f in raw else None for f in _RANGE_FIELDS)
        if low is None and high is None:
            raise ValueError("a range has no min and no max [range]; write the quantity alone when it is exact")
        given = [q for q in (low, nominal, high) if q is not None]
        if any(not q.compatible(given[0].unit) for q in given):
            raise ValueError(
                f"a range mixes units: {', '.join(q.text for q in given)} [range]; give all in one kind of unit"
            )
        if [q.to(given[0].unit) for q in given] != sorted(q.to(given[0].unit) for q in given):
            raise ValueError(
                f"a range is out of order: {', '.join(q.text for q in given)} [range]; write min <= nominal <= max"
            )
        return cls(low, nominal, high)

    @property
    def unit(self) -> str:
        """The unit of its first bound."""
        first = self.low or self.high
        assert first is not None
        return first.unit

    def bounds(self, unit: str) -> tuple[float, float]:
        """Its ends in a unit; infinite where it is open."""
        low = self.low.to(unit) if self.low is not None else float("-inf")
        return low, self.high.to(unit) if self.high is not None else float("inf")

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            bound = f"at least {self.low}" if self.low is not None else f"at most {self.high}"
        else:
            bound = f"{self.low} to {self.high}"
        return f"{bound} (nominal {self.nominal})" if self.nominal is not None else bound


def _one(raw: object) -> Quantity | Range | str:
    """A quantity when it begins with a number, a range of `a..b unit` or `{min, nominal, max}`, or else a word."""
    if isinstance(raw, (Quantity, Range)):
        return raw
    if isinstance(raw, Mapping):
        return Range.parse(raw)
    if not isinstance(raw, str):
        raise ValueError(
            f"{raw} is a quantity without a unit [value]; write a number and its unit, such as 120 V or 5 psi"
        )
    if spanned := _RANGE.fullmatch(raw):
        unit = spanned["unit"]
        return Range.parse({"min": f"{spanned['low']} {unit}", "max": f"{spanned['high']} {unit}"})
    if _NUMBER.match(raw):
        quantity = _quantity(raw)
        if not math.isfinite(quantity.magnitude):
            raise ValueError(f"{raw} is too large to be a quantity [value]")
        return quantity
    if not raw.strip():
        raise ValueError("a value is empty [value]; state it or leave the line out")
    return raw.strip()


def _bound(raw: object) -> Quantity:
    return raw if isinstance(raw, Quantity) else _quantity(str(raw))


def _quantity(raw: str) -> Quantity:
    """A quantity of a port; ValueError with what would be right of a port, not of a schedule."""
    try:
        return Quantity.parse(raw)
    except ValueError as error:
        said, _, hint = str(error).partition("; ")
        near = hint if hint.startswith("did you mean") else "write a number and its unit, such as 120 V or 5 psi"
        raise ValueError(f"{said} [value]; {near}") from error


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a port states of one parameter: any one of these will do. All are words, or all are quantities and ranges.

    Written as one value or as a list: `120 V`, `116..126 V`, `{min: 116 V, nominal: 120 V, max: 126 V}`, `[28 V, 120 V]`,
    `QPSK`, `[BPSK, QPSK]`.
    """

    options: tuple[Quantity | Range | str, ...]

    @classmethod
    def parse(cls, raw: object) -> Parameter:
        """The parameter that a value of a file says; ValueError when it says none."""
        options = tuple(_one(r) for r in raw) if isinstance(raw, (list, tuple)) else (_one(raw),)
        if not options:
            raise ValueError("the list of values is empty [value]; state one or leave the line out")
        if len({isinstance(o, str) for o in options}) > 1:
            raise ValueError("words stand beside quantities [value]; give one or the other")
        measured = [o for o in options if not isinstance(o, str)]
        if any(not _of_unit(o, measured[0].unit) for o in measured):
            raise ValueError(f"the values {', '.join(map(str, measured))} differ in kind of unit [value]")
        return cls(options)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it offers; empty when it is measured."""
        return tuple(o for o in self.options if isinstance(o, str))

    @property
    def measured(self) -> tuple[Quantity | Range, ...]:
        """The quantities and ranges that it offers; empty when it is said in words."""
        return tuple(o for o in self.options if not isinstance(o, str))

    def compatible(self, unit: str) -> bool:
        """May it be stated in `unit`?"""
        return bool(self.measured) and _of_unit(self.measured[0], unit)

    def __str__(self) -> str:
        return " or ".join(map(str, self.options))

    def to_plain(self) -> Any:
        """As a file has it."""
        plain = [_plain(o) for o in self.options]
        return plain[0] if len(plain) == 1 else plain

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, Parameter) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.to_plain),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string"}
        ranged = {"type": "object", "properties": dict.fromkeys(_RANGE_FIELDS, text), "additionalProperties": False}
        return {
            "anyOf": [text, ranged, {"type": "array", "items": {"anyOf": [text, ranged]}, "minItems": 1}],
            "description": "A quantity, a range or a word; or a list of which any one will do.",
            "examples": ["120 V", "116..126 V", {"min": "116 V", "max": "126 V"}, ["BPSK", "QPSK"]],
        }


def _of_unit(value: Quantity | Range, unit: str) -> bool:
    first = value if isinstance(value, Quantity) else value.low or value.high
    return first is not None and first.compatible(unit)


def _plain(option: Quantity | Range | str) -> Any:
    if isinstance(option, Range):
        given = zip(_RANGE_FIELDS, (option.low, option.nominal, option.high), strict=True)
        return {field: str(q) for field, q in given if q is not None}
    return str(option)


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A standard that a port claims to follow, by its identifier in the register, and the edition: `idss@F`."""

    standard: str
    edition: str = ""

    @classmethod
    def parse(cls, raw: object) -> Claim:
        """The claim that a text says."""
        if not isinstance(raw, str):
            raise ValueError(
                f"{raw} is not a standard [claim]; write its identifier, and the edition behind @, such as idss@F"
            )
        standard, at, edition = (part.strip() for part in raw.partition("@"))
        if not standard or (at and not edition):
            raise ValueError(
                f"{raw!r} is not a standard [claim]; write its identifier, and the edition behind @, such as idss@F"
            )
        return cls(standard, edition)

    def __str__(self) -> str:
        return f"{self.standard}@{self.edition}" if self.edition else self.standard

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, Claim) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "description": "A standard and its edition.", "examples": ["idss@F", "ispqs"]}


def _claims(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


class Port(Sourced):
    """Where an element meets another, in one respect: docking gear, a power bus, a data link, a cabin's air.

    `source` and `estimate` cover each parameter by its name, and the claimed standards as `standards`.
    """

    kind: PortKind
    role: Role | None = Field(
        default=None,
        description="Docking and mechanical: active, passive or androgynous; others: supply, consume or exchange.",
    )
    standards: Annotated[tuple[Claim, ...], BeforeValidator(_claims)] = Field(
        default=(), description="What it claims to follow, with the edition: `idss@F`."
    )
    parameters: FrozenMap[str, Parameter] = Field(
        default_factory=FrozenDict,
        validate_default=True,
        description="What it states itself; goes before a standard's.",
    )
    note: str = ""

    def figure_fields(self) -> tuple[str, ...]:
        """What needs an origin: each parameter, and the claimed standards."""
        return (*self.parameters, *(("standards",) if self.standards else ()))

    @model_validator(mode="after")
    def _of_its_kind(self) -> Port:
        roles = MATING if self.kind in ("docking", "mechanical") else GIVING
        if self.role is not None and self.role not in roles:
            raise ValueError(f"a {self.kind} port is not {self.role!r} [role]; its role is {', '.join(roles)}")
        for name, parameter in self.parameters.items():
            check_term(self.kind, name, parameter)
        if self.kind == "data" and {"band", "frequency"} <= self.parameters.keys():
            options = self.parameters["frequency"].measured
            check_band(self.parameters["band"].words, [_ends(option, "MHz") for option in options])
        return self


def check_term(kind: PortKind, name: str, parameter: Parameter) -> None:
    """ValueError when a kind of port has no such parameter, or has it in another kind of unit."""
    if kind == "units":
        for word in parameter.options:
            exchanged_unit(str(word))
        return
    terms = TERMS[kind]
    if name not in terms:
        near = get_close_matches(name, terms, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it may state {', '.join(terms)}"
        raise ValueError(f"a {kind} port has no parameter {name!r} [parameter]; {hint}")
    unit = terms[name].unit
    if unit is None and parameter.measured:
        raise ValueError(f"{name} is said in words, not as {parameter} [parameter]; {terms[name].meaning}")
    check_words(name, parameter.words)
    if unit is not None and not parameter.compatible(unit):
        raise ValueError(f"{name}: {parameter} has the wrong unit [unit]; {unit} or another of its kind is needed")
    _check_possible(name, parameter, terms[name])


def _ends(option: Quantity | Range, unit: str) -> tuple[float, float]:
    return option.bounds(unit) if isinstance(option, Range) else (option.to(unit), option.to(unit))


def _check_possible(name: str, parameter: Parameter, term: Term) -> None:
    """ValueError for a value that cannot be: below absolute zero, a negative pressure or power, half a bolt."""
    for option in parameter.measured if term.unit is not None else ():
        assert term.unit is not None
        for end in _ends(option, term.unit):
            # A part in a thousand million is what a change of units leaves: -459.67 degF is absolute zero.
            slack = 1e-9 * max(1.0, abs(end))
            if math.isinf(end):
                continue
            if term.least is not None and end < term.least - slack:
                least = "absolute zero, -273.15 degC" if term.unit == "degC" else f"{term.least:g} {term.unit}"
                raise ValueError(f"{name}: {option} cannot be [possible]; it is at least {least}")
            if term.most is not None and end > term.most + slack:
                raise ValueError(f"{name}: {option} cannot be [possible]; it is at most {term.most:g} {term.unit}")
            if term.unit == "count" and abs(end - round(end)) > slack:
                raise ValueError(f"{name}: {option} cannot be [possible]; it is a whole number")


def exchanged_unit(text: str) -> str:
    """The unit that a text names, as pint writes it: `newton * second` for `N s`; ValueError when there is none."""
    import pint

    try:
        return str(unit_registry().parse_units(text))
    except pint.UndefinedUnitError as error:
        raise ValueError(f"{text!r} is no unit that is known [unit]; write one such as N*s or lbf*s") from error
    except Exception as error:
        raise ValueError(f"{text!r} is not a unit [unit]; write one such as N*s or lbf*s") from error
