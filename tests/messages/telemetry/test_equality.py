"""What is decoded many at once equals what space-packet-parser gives packet by packet, for definitions and packets of every kind."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.messages.telemetry import decode, layout
from comity.messages.telemetry.decoding import Telemetry
from tests.messages.telemetry.support import alone, one, packet, read, same, xtce

POLYNOMIALS = st.lists(st.tuples(st.floats(-1e6, 1e6, allow_nan=False), st.integers(0, 5)), min_size=1, max_size=4).map(
    lambda terms: (
        "<PolynomialCalibrator>"
        + "".join(f'<Term coefficient="{c!r}" exponent="{n}"/>' for c, n in terms)
        + "</PolynomialCalibrator>"
    )
)
SPLINES = st.tuples(
    st.lists(st.integers(-300, 70_000), min_size=2, max_size=6, unique=True), st.integers(0, 1), st.booleans()
).map(
    lambda s: (
        f'<SplineCalibrator order="{s[1]}" extrapolate="{str(s[2]).lower()}">'
        + "".join(f'<SplinePoint raw="{x}" calibrated="{(x * 37) % 101 / 7!r}"/>' for x in s[0])
        + "</SplineCalibrator>"
    )
)
CALIBRATORS = st.one_of(POLYNOMIALS, SPLINES)


@st.composite
def encodings(draw: Any, before: list[str]) -> tuple[str, str, str]:
    """The kind of a parameter type, its encoding, and what else it holds."""
    kind = draw(st.sampled_from(["integer"] * 4 + ["float", "enumerated", "boolean", "string", "binary"]))
    calibration = ""
    if kind in ("integer", "float") and draw(st.booleans()):
        calibration = f"<DefaultCalibrator>{draw(CALIBRATORS)}</DefaultCalibrator>"
    if kind in ("integer", "float") and before and draw(st.integers(0, 3)) == 0:
        operator = draw(st.sampled_from(["==", "!=", "&lt;", "&gt;="]))
        calibration += (
            "<ContextCalibratorList><ContextCalibrator><ContextMatch>"
            f'<Comparison parameterRef="{draw(st.sampled_from(before))}" value="{draw(st.integers(0, 200))}" '
            f'comparisonOperator="{operator}" useCalibratedValue="false"/></ContextMatch>'
            f"<Calibrator>{draw(CALIBRATORS)}</Calibrator></ContextCalibrator></ContextCalibratorList>"
        )
    if kind == "float":
        size, how = draw(st.sampled_from([(16, "IEEE754"), (32, "IEEE754"), (64, "IEEE754"), (32, "MILSTD_1750A")]))
        order = draw(st.sampled_from(["most", "least"]))
        return (
            "FloatParameterType",
            f'<FloatDataEncoding sizeInBits="{size}" encoding="{how}" '
            f'byteOrder="{order}SignificantByteFirst">{calibration}</FloatDataEncoding>',
            "",
        )
    if kind == "string":
        size = 8 * draw(st.integers(1, 6))
        form = draw(
            st.sampled_from(["", "<TerminationChar>00</TerminationChar>", '<LeadingSize sizeInBitsOfSizeTag="8"/>'])
        )
        encoding = draw(st.sampled_from(["UTF-8", "ISO-8859-1", "US-ASCII"]))
        return (
            "StringParameterType",
            f'<StringDataEncoding encoding="{encoding}"><SizeInBits>'
            f"<Fixed><FixedValue>{size}</FixedValue></Fixed>{form}</SizeInBits></StringDataEncoding>",
            "",
        )
    if kind == "binary":
        if before and draw(st.booleans()):
            slope, intercept = draw(st.sampled_from([(8, 0), (1, 0), (8, -16), (0.5, 3)]))
            size_of = (
                f'<DynamicValue><ParameterInstanceRef parameterRef="{draw(st.sampled_from(before))}" useCalibratedValue="false"/>'
                f'<LinearAdjustment slope="{slope}" intercept="{intercept}"/></DynamicValue>'
            )
        else:
            size_of = f"<FixedValue>{draw(st.integers(1, 40))}</FixedValue>"
        return "BinaryParameterType", f"<BinaryDataEncoding><SizeInBits>{size_of}</SizeInBits></BinaryDataEncoding>", ""
    size = draw(st.integers(1, 64)) if kind == "integer" else draw(st.integers(1, 9))
    signed = draw(st.sampled_from(["unsigned", "twosComplement"]))
    order = "least" if size % 8 == 0 and draw(st.booleans()) else "most"
    encoding = (
        f'<IntegerDataEncoding sizeInBits="{size}" encoding="{signed}" byteOrder="{order}SignificantByteFirst">'
        f"{calibration}</IntegerDataEncoding>"
    )
    if kind == "enumerated":
        labels = draw(st.lists(st.integers(-4, 20), min_size=1, max_size=12, unique=True))
        listed = "".join(f'<Enumeration value="{v}" label="L{v % 5}"/>' for v in labels)
        return "EnumeratedParameterType", encoding, f"<EnumerationList>{listed}</EnumerationList>"
    return ("BooleanParameterType" if kind == "boolean" else "IntegerParameterType"), encoding, ""


@st.composite
def definitions(draw: Any) -> str:
    types: list[str] = []
    parameters: list[str] = []
    refs: list[str] = []
    before: list[str] = []
    for i in range(draw(st.integers(1, 7))):
        tag, encoding, inner = draw(encodings(before))
        types.append(f'<{tag} name="X{i}_T">{encoding}{inner}</{tag}>')
        parameters.append(f'<Parameter name="X{i}" parameterTypeRef="X{i}_T"/>')
        refs.append(f'<ParameterRefEntry parameterRef="X{i}"/>')
        if "<IntegerDataEncoding" in encoding:
            before.append(f"X{i}")
    return xtce("".join(types), "".join(parameters), entries="".join(refs))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=definitions(), seed=st.integers(0, 2**32), zeros=st.booleans())
def test_every_packet_is_decoded_or_refused_as_the_library_does(text: str, seed: int, zeros: bool) -> None:

    draw = random.Random(seed)
    defined = read(text)
    bits = defined.packets["P"].bits
    length = max(1, (bits - 48 + 7) // 8) if bits else draw.randrange(1, 30)
    packets = [
        packet(bytes(draw.choice((0, 1, 255)) if zeros else draw.randrange(256) for _ in range(length)), count=n)
        for n in range(30)
    ]
    theirs = alone(text.encode(), packets)
    seen: dict[int, list[dict[str, Any]]] = {}
    refused: set[tuple[int, int]] = set()
    for few in (1, 2**40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(layout, "FEW", few)
            telemetry = Telemetry(b"".join(packets), defined)
            for part in telemetry:
                for row, offset in enumerate(part.byte_offset.tolist()):
                    values = {name: (c.meant()[row], c.raw[row]) for name, c in part.columns.items()}
                    seen.setdefault(offset // len(packets[0]), []).append(values)
            refused |= {(few, fault.offset // len(packets[0])) for fault in telemetry.account().faults}
    for n, expected in enumerate(theirs):
        mine = seen.get(n, [])
        if expected is None:
            # A spline's last point is a value here, and an error there.
            assert len(mine) in (0, 2)
            assert not mine or "SplineCalibrator" in text
            continue
        assert len(mine) == 2, (n, refused)
        for values in mine:
            for name, value in expected.items():
                # Calibrated in some packets only, a whole number is kept as a float: beyond 2**53 to its precision.
                wanted = float(value) if values[name][0].__class__ is np.float64 else value
                assert same(values[name][0], wanted), (n, name, values[name], value)
                assert same(values[name][1], value.raw_value), (n, name)


def test_long_sums_and_high_powers_round_as_the_library_rounds() -> None:
    terms = "".join(f'<Term coefficient="{0.1 * 3**n!r}" exponent="{n}"/>' for n in range(6))
    text = one(
        f'<IntegerDataEncoding sizeInBits="48"><DefaultCalibrator><PolynomialCalibrator>{terms}</PolynomialCalibrator>'
        "</DefaultCalibrator></IntegerDataEncoding>"
    )
    draw = random.Random(1)
    packets = [packet(draw.randbytes(6), count=n) for n in range(300)]
    mine = decode(b"".join(packets), read(text))["P"]["X"].values.tolist()
    assert mine == [float(values["X"]) for values in alone(text.encode(), packets) if values]
