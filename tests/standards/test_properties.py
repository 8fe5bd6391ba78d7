"""What holds of every check: it is symmetric, units do not matter, and an adapter's both sides are checked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standards.builder import checked, meet, port, side

VOLTS = st.integers(min_value=1, max_value=400)
ROLES = st.sampled_from(["supply", "consume", "exchange", None])
#: How many of each unit one volt is.
UNITS = {"V": 1.0, "mV": 1e3, "kV": 1e-3, "J/C": 1.0}


@st.composite
def voltages(draw: st.DrawFn) -> tuple[int, int]:
    low = draw(VOLTS)
    return low, low + draw(st.integers(min_value=0, max_value=60))


def bus(role: str | None, span: tuple[int, int], unit: str = "V"):  # type: ignore[no-untyped-def]
    low, high = (f"{round(v * UNITS[unit], 9)} {unit}" for v in span)
    return port("power", role, voltage={"min": low, "max": high})


@settings(deadline=None)
@given(ROLES, voltages(), ROLES, voltages())
def test_the_verdict_does_not_depend_on_which_end_is_named_first(
    first: str | None, one: tuple[int, int], second: str | None, other: tuple[int, int]
) -> None:
    here, there = meet(bus(first, one), bus(second, other)), meet(bus(second, other), bus(first, one))
    assert here.verdict == there.verdict
    assert {(f.rule, f.parameter, f.excess) for m in here.meetings for f in m.faults} == {
        (f.rule, f.parameter, f.excess) for m in there.meetings for f in m.faults
    }


@settings(deadline=None)
@given(voltages(), voltages(), st.sampled_from(sorted(UNITS)), st.sampled_from(["V", "mV", "kV"]))
def test_the_verdict_does_not_depend_on_units(
    one: tuple[int, int], other: tuple[int, int], unit: str, told: str
) -> None:
    plain = meet(bus("supply", one), bus("consume", other))
    changed = meet(bus("supply", one, unit), bus("consume", other), unit=told)
    assert plain.verdict == changed.verdict
    assert plain.verdict == ("fits" if other[0] <= one[0] and one[1] <= other[1] else "misfit")


@settings(deadline=None)
@given(VOLTS, VOLTS, VOLTS, VOLTS)
def test_an_adapter_is_offered_only_when_both_of_its_sides_fit(
    gives: int, enters: int, leaves: int, takes: int
) -> None:
    def at(role: str, volts: int):  # type: ignore[no-untyped-def]
        return port("power", role, voltage=f"{volts} V")

    converter = side("converter", enter=at("consume", enters), leave=at("supply", leaves))
    found = checked(side("alpha", a=at("supply", gives)), side("beta", b=at("consume", takes)), converter)
    if gives == takes:
        assert found.verdict == "fits"
    else:
        assert found.verdict == ("adapter" if gives == enters and leaves == takes else "misfit")
    turned = checked(side("beta", b=at("consume", takes)), side("alpha", a=at("supply", gives)), converter)
    assert turned.verdict == found.verdict
