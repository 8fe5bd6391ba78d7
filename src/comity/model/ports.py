"""What an element offers where it meets another: its ports, each of a kind, with standards claimed and values in units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from comity.model.base import FrozenDict, FrozenMap, Sourced
from comity.model.quantities import Quantity, unit_registry

PortKind = Literal[
    "docking",
    "mechanical",
    "power",
    "data",
    "thermal",
    "fluid",
    "atmosphere",
    "software",
    "language",
    "time",
    "units",
]
#: Which half it is. Docking and mechanical ports mate as active and passive, or are androgynous; the others give or take.
Role = Literal["active", "passive", "androgynous", "supply", "consume", "exchange"]
MATING: Final = ("active", "passive", "androgynous")
GIVING: Final = ("supply", "consume", "exchange")


class Term(NamedTuple):
    """A parameter that a kind of port may state: the unit that it is measured in (None for words), and what it means."""

    unit: str | None
    meaning: str


#: What each kind of port may state. Ports of kind `units` name the exchanged values freely; each value is a unit.
TERMS: Final[Mapping[PortKind, Mapping[str, Term]]] = {
    "docking": {
        "mechanism": Term(None, "The gear: probe-and-drogue, apas-75, idss, cbm, ..."),
        "passage_diameter": Term("mm", "Clear way for crew and cargo."),
        "mating_diameter": Term("mm", "Outer diameter of the mating plane."),
        "guide_petals": Term("count", "Petals of the capture ring."),
        "petal_direction": Term(None, "inward or outward."),
        "hook_pairs": Term("count", "Pairs of active and passive hooks, or powered bolts."),
        "closing_speed": Term("m/s", "Along the axis at contact."),
        "lateral_misalignment": Term("mm", "Greatest at contact."),
    },
    "mechanical": {
        "mechanism": Term(None, "The fitting: marman-clamp, grapple-fixture, ..."),
        "bolt_circle_diameter": Term("mm", "Of the ring."),
        "bolts": Term("count", "How many."),
        "load": Term("N", "Axial: what one side can bear, what the other puts on it."),
        "mass": Term("kg", "What one side can carry, what the other weighs."),
    },
    "power": {
        "current_type": Term(None, "dc or ac."),
        "voltage": Term("V", "In steady state: what is delivered, what is accepted."),
        "frequency": Term("Hz", "Of alternating current."),
        "power": Term("W", "What is offered, what is needed."),
        "current": Term("A", "What is offered, what is needed."),
        "ripple": Term("V", "Peak to peak: what is delivered at most, what is tolerated."),
        "connector": Term(None, "Its type."),
        "grounding": Term(None, "single-point, structure, ..."),
    },
    "data": {
        "medium": Term(None, "radio, optical, wire, fibre."),
        "band": Term(None, "S, X, Ku, Ka, UHF, VHF, ..."),
        "frequency": Term("MHz", "Of the carrier: sent, received."),
        "polarisation": Term(None, "rhcp, lhcp, linear."),
        "modulation": Term(None, "BPSK, QPSK, GMSK, PCM/PM, FM, ..."),
        "coding": Term(None, "convolutional, reed-solomon, turbo, ldpc, none, ..."),
        "protocol": Term(None, "Of the link and above: ccsds-tm, ccsds-tc, aos, usl, ethernet, mil-std-1553b, ..."),
        "data_rate": Term("bit/s", "What is sent, what can be received."),
        "connector": Term(None, "Its type."),
    },
    "thermal": {
        "coolant": Term(None, "water, ammonia, freon, ..."),
        "temperature": Term("degC", "What is delivered, what is accepted."),
        "heat": Term("W", "What is taken away, what must be."),
        "flow": Term("kg/s", "What is delivered, what is needed."),
        "pressure": Term("kPa", "What is delivered, what is accepted."),
        "connector": Term(None, "Its type."),
    },
    "fluid": {
        "fluid": Term(None, "water, oxygen, nitrogen, hydrazine, xenon, ..."),
        "pressure": Term("kPa", "What is delivered, what is accepted."),
        "flow": Term("kg/s", "What is delivered, what is needed."),
        "temperature": Term("degC", "What is delivered, what is accepted."),
        "purity": Term("percent", "What is delivered, what is needed at least."),
        "connector": Term(None, "Its type."),
    },
    "atmosphere": {
        "gas": Term(None, "oxygen, nitrogen-oxygen."),
        "pressure": Term("kPa", "Total, absolute, with the hatch open."),
        "oxygen_pressure": Term("kPa", "Partial, absolute."),
        "temperature": Term("degC", "Of the cabin."),
    },
    "software": {
        "interface": Term(None, "The interface spoken: its name."),
        "version": Term(None, "Its version."),
        "format": Term(None, "Of what is exchanged: oem-kvn, xtce, votable, fits, ..."),
        "data_rate": Term("bit/s", "What is sent, what can be received."),
    },
    "language": {
        "language": Term(None, "ISO 639-1 code of what is spoken and written: en, ru, ja, ..."),
    },
    "time": {
        "scale": Term(None, "UTC, TAI, TT, TDB, GPS, UT1, local."),
        "accuracy": Term("s", "Of the clock that gives it; of what is needed."),
        "format": Term(None, "ccsds-cuc, ccsds-cds, iso-8601, ..."),
    },
    "units": {},
}
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
        low, nominal, high = (Quantity.parse(raw[f]) if f in raw else None for f in _RANGE_FIELDS)
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
        raise ValueError(f"{raw} is a quantity without a unit [value]; write a number and a unit, such as {raw} V")
    if spanned := _RANGE.fullmatch(raw):
        unit = spanned["unit"]
        return Range.parse({"min": f"{spanned['low']} {unit}", "max": f"{spanned['high']} {unit}"})
    if _NUMBER.match(raw):
        quantity = Quantity.parse(raw)
        if not math.isfinite(quantity.magnitude):
            raise ValueError(f"{raw} is too large to be a quantity [value]")
        return quantity
    if not raw.strip():
        raise ValueError("a value is empty [value]; state it or leave the line out")
    return raw.strip()


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
    if unit is not None and not parameter.compatible(unit):
        raise ValueError(f"{name}: {parameter} has the wrong unit [unit]; {unit} or another of its kind is needed")


def exchanged_unit(text: str) -> str:
    """The unit that a text names, as pint writes it: `newton * second` for `N s`; ValueError when there is none."""
    import pint

    try:
        return str(unit_registry().parse_units(text))
    except pint.UndefinedUnitError as error:
        raise ValueError(f"{text!r} is no unit that is known [unit]; write one such as N*s or lbf*s") from error
    except Exception as error:
        raise ValueError(f"{text!r} is not a unit [unit]; write one such as N*s or lbf*s") from error
