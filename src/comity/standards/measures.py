"""Values of ports as spans of numbers, and as texts in the reader's units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from comity.model.ports import TERMS, Parameter, PortKind, Range
from comity.model.quantities import Quantity, unit_registry
from comity.standards.errors import StandardsError

#: Temperatures are compared from absolute zero, so that a relative tolerance means something.
_COMPARED_IN = {"degC": "kelvin"}
#: Values nearer than this (relative) are the same: units that are one by their definition to more digits than anyone writes,
#: as 760 mmHg and 1 atm (1.4e-7 apart), and what a change of units leaves of a float.
ROUNDING = 1e-6
Span = tuple[float, float]


def own_unit(kind: PortKind, name: str) -> str | None:
    """The unit that a parameter is compared in; None when it is said in words."""
    term = TERMS[kind].get(name)
    return None if term is None or term.unit is None else _COMPARED_IN.get(term.unit, term.unit)


def spans(parameter: Parameter, unit: str) -> tuple[Span, ...]:
    """Each of its options as lowest and highest value in a unit; infinite where it is open."""
    return tuple(o.bounds(unit) if isinstance(o, Range) else (o.to(unit), o.to(unit)) for o in parameter.measured)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and in which units: each serves for all values of its kind. StandardsError when one is not known."""

    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for unit in self.units:
            try:
                Quantity.parse(f"1 {unit}")
            except ValueError as error:
                raise StandardsError(f"the unit {unit!r} is not known: {error}") from None

    def unit(self, kind: PortKind, name: str) -> str | None:
        """The unit in which this reader wants a parameter: his own, or else the one that the parameter is defined in."""
        term = TERMS[kind].get(name)
        if term is None or term.unit is None:
            return None
        usual = Quantity.parse(f"1 {term.unit}")
        return next((u for u in self.units if usual.compatible(u)), term.unit)

    def shown(self, parameter: Parameter, kind: PortKind, name: str) -> str:
        """A parameter in the reader's unit."""
        unit = self.unit(kind, name)
        if unit is None or not parameter.measured:
            return str(parameter)
        return " or ".join(_shown(o, unit) for o in parameter.measured)

    def difference(self, amount: float, kind: PortKind, name: str) -> str:
        """A difference in the parameter's own unit, in the reader's."""
        own, unit = own_unit(kind, name), self.unit(kind, name)
        if own is None or unit is None:
            return ""
        if math.isinf(amount):
            return "without limit"
        registry = unit_registry()
        zero, there = (registry.Quantity(x, own).to(unit).magnitude for x in (0.0, amount))
        return f"{number(there - zero)} {short_unit(unit)}"


def _shown(value: Quantity | Range, unit: str) -> str:
    if isinstance(value, Quantity):
        same = short_unit(value.unit) == short_unit(unit)
        return f"{number(value.to(unit) if not same else value.magnitude)} {short_unit(unit)}"
    low, high = value.bounds(unit)
    if math.isinf(low) or math.isinf(high):
        return f"{'at most' if math.isinf(low) else 'at least'} {number(high if math.isinf(low) else low)} {short_unit(unit)}"
    return f"{number(low)} to {number(high)} {short_unit(unit)}"


def number(value: float) -> str:
    """To six digits, without needless zeros."""
    return f"{round(value, 9):.6g}"


@cache
def short_unit(unit: str) -> str:
    """A unit's symbol: `kPa`, `lbf·s`."""
    return f"{unit_registry().Unit(unit):~P}"


class Conversion(NamedTuple):
    """How a value of one unit is said in another: `factor` times the value, and `offset` (where zero lies elsewhere: °C and K)."""

    factor: float
    offset: float = 0.0

    @property
    def same(self) -> bool:
        """Is every value the same number in both?"""
        return abs(self.factor - 1) <= 1e-9 and abs(self.offset) <= 1e-9


def conversion(first: str, second: str) -> Conversion | None:
    """How a value of the first unit is said in the second; None when they measure different things."""
    registry = unit_registry()
    one, other = registry.Unit(first), registry.Unit(second)
    if one.dimensionality != other.dimensionality:
        return None
    zero, there = (float(registry.Quantity(x, one).to(other).magnitude) for x in (0.0, 1.0))
    # Units that start at one zero give exactly 0; temperatures alone do not.
    return Conversion(there - zero, zero) if zero else Conversion(there)


def equation(made: Conversion, first: str, second: str) -> str:
    """A conversion as an equation: `1 lbf·s = 4.44822 N·s`, or `0 °C = 273.15 K` where zero lies elsewhere."""
    one, other = short_unit(first), short_unit(second)
    if not made.offset:
        return f"1 {one} = {number(made.factor)} {other}"
    zero = f"0 {one} = {number(made.offset)} {other}"
    if abs(made.factor - 1) <= 1e-9:
        return zero
    return f"{zero}, and 1 {one} more = {number(made.factor)} {other} more"


def least(amounts: Sequence[float]) -> float:
    """The least of some amounts."""
    return min(amounts, default=math.inf)
