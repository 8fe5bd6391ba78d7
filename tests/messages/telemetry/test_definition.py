from __future__ import annotations

import time

import pytest

from comity.messages import MessageError
from comity.messages.telemetry import definition
from comity.messages.telemetry.definition import problems_of
from tests.messages.telemetry.support import JPSS, SUDA, base, one, packet, read, xtce

U8 = '<IntegerDataEncoding sizeInBits="8"/>'


def test_a_real_definition_tells_packets_parameters_units_and_sizes() -> None:
    found = definition(JPSS)
    assert found.root == "CCSDSPacket"
    (one_packet,) = found.packets.values()
    assert (one_packet.name, one_packet.apids, one_packet.bits) == ("JPSS_ATT_EPHEM", (11,), 71 * 8)
    assert found.parameters["ADGPSPOSX"].unit == "m"
    assert found.parameters["ADGPSPOSX"].encoding == "IEEE754"
    assert found.parameters["ADAET1DAY"].description == "Ephemeris Valid Time, Days Since 1/1/1958"
    assert one_packet.clock is None, "it states no epoch that a machine reads"


def test_a_packet_whose_size_it_tells_itself_has_none() -> None:
    found = definition(SUDA)
    assert found.packets["SciFetchTypeNonZero"].bits is None
    assert found.packets["SciFetchTypeNonZero"].apids == (1425,)
    assert found.packets["SciFetchTypeNonZero"].parameters[:3] == ("VERSION", "TYPE", "SEC_HDR_FLG")


WRONG = {
    "has the library's silence broken": (
        one(U8).replace('<ParameterRefEntry parameterRef="X"/>', '<ParameterRefEntry parameterRef="X"><RepeatEntry/></ParameterRefEntry>'),
        "RepeatEntry",
    ),
    "unknown parameter": (one(U8).replace('parameterRef="X"', 'parameterRef="Y"'), "'Y' is not defined"),
    "unknown type": (one(U8).replace('parameterTypeRef="X_T"', 'parameterTypeRef="X_U"'), "did you mean 'X_T'?"),
    "unknown base": (one(U8).replace('containerRef="CCSDS"', 'containerRef="CCSD"'), "did you mean 'CCSDS'?"),
    "array": (xtce('<ArrayParameterType name="A"/>', entries="<X/>"), "ArrayParameterType"),
    "no encoding": (one(""), "has no data encodings"),
    "encoding not decoded": (one('<IntegerDataEncoding sizeInBits="8" encoding="signMagnitude"/>'), "signMagnitude"),
    "bits backwards": (one('<IntegerDataEncoding sizeInBits="8" bitOrder="leastSignificantBitFirst"/>'), "bitOrder"),
    "odd little endian": (one('<IntegerDataEncoding sizeInBits="12" byteOrder="leastSignificantByteFirst"/>'), "byteOrder"),
    "too wide": (one('<IntegerDataEncoding sizeInBits="65"/>'), "whole number from 1 to 64"),
    "no number": (one('<IntegerDataEncoding sizeInBits="1_6"/>'), "'1_6'"),
    "range of labels": (
        one(U8, "EnumeratedParameterType", '<EnumerationList><Enumeration value="1" maxValue="4" label="a"/></EnumerationList>'),
        "maxValue",
    ),
    "operation": (
        one('<IntegerDataEncoding sizeInBits="8"><DefaultCalibrator><MathOperationCalibrator/></DefaultCalibrator></IntegerDataEncoding>'),
        "MathOperationCalibrator",
    ),
    "huge power": (
        one(
            '<IntegerDataEncoding sizeInBits="64"><DefaultCalibrator><PolynomialCalibrator>'
            '<Term coefficient="1" exponent="999999999"/></PolynomialCalibrator></DefaultCalibrator></IntegerDataEncoding>'
        ),
        "exponent",
    ),
    "two points at one place": (
        one(
            '<IntegerDataEncoding sizeInBits="8"><DefaultCalibrator><SplineCalibrator><SplinePoint raw="1" calibrated="1"/>'
            '<SplinePoint raw="1" calibrated="2"/></SplineCalibrator></DefaultCalibrator></IntegerDataEncoding>'
        ),
        "SplineCalibrator",
    ),
    "twice": (one(U8).replace("</ParameterSet>", '<Parameter name="X" parameterTypeRef="X_T"/></ParameterSet>'), "already"),
    "nested system": (
        one(U8).replace("</SpaceSystem>", '<SpaceSystem name="B"><TelemetryMetaData/></SpaceSystem></SpaceSystem>'), "nested"),
    "other document": ("<html/>", "is no XTCE definition"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_would_be_left_out_in_silence_is_refused_with_its_line(name: str) -> None:
    text, told = WRONG[name]
    text = text.replace("><", ">\n<")
    with pytest.raises(MessageError) as error:
        read(text)
    (problem,) = [p for p in error.value.problems if told in str(p)]
    assert str(error.value).startswith("test.xml:")
    assert problem.right
    assert 1 <= problem.line <= len(text.splitlines())


def test_the_line_is_that_of_the_element() -> None:
    text = one(U8).replace('parameterRef="X"', 'parameterRef="Y"').replace("><", ">\n<")
    (problem,) = problems_of(text.encode(), "test.xml")
    assert 'parameterRef="Y"' in text.splitlines()[problem.line - 1]


def test_all_problems_come_at_once() -> None:
    text = one('<IntegerDataEncoding sizeInBits="0" encoding="BCD"/>').replace('parameterRef="X"', 'parameterRef="Y"')
    assert len(problems_of(text.encode(), "test.xml")) == 3


ATTACKS = {
    "entities": '<!DOCTYPE a [<!ENTITY x "y">]><SpaceSystem>&x;</SpaceSystem>',
    "laughs": '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><SpaceSystem>&b;</SpaceSystem>',
    "file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><SpaceSystem>&x;</SpaceSystem>',
    "other document type": '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><SpaceSystem/>',
}


@pytest.mark.parametrize("name", ATTACKS)
def test_entities_and_document_types_are_refused(name: str) -> None:
    with pytest.raises(MessageError, match="no document type and no entities"):
        read(ATTACKS[name])


def test_containers_that_lead_back_to_themselves_are_refused() -> None:
    circle = (
        '<SequenceContainer name="A"><EntryList/><BaseContainer containerRef="B"/></SequenceContainer>'
        '<SequenceContainer name="B"><EntryList/><BaseContainer containerRef="A"/></SequenceContainer>'
    )
    with pytest.raises(MessageError, match="leads back to itself"):
        read(xtce(containers=circle))


def test_containers_that_unfold_without_end_are_refused_soon() -> None:
    doubling = "".join(
        f'<SequenceContainer name="C{i}"><EntryList><ContainerRefEntry containerRef="C{i + 1}"/>'
        f'<ContainerRefEntry containerRef="C{i + 1}"/></EntryList></SequenceContainer>'
        for i in range(40)
    )
    last = '<SequenceContainer name="C40"><EntryList><ParameterRefEntry parameterRef="TYPE"/></EntryList></SequenceContainer>'
    began = time.monotonic()
    with pytest.raises(MessageError, match="unfolds to more than"):
        read(xtce(containers=doubling + last))
    assert time.monotonic() - began < 5


def test_containers_upon_containers_without_end_are_refused() -> None:
    tower = "".join(
        f'<SequenceContainer name="C{i}"><EntryList/><BaseContainer containerRef="C{i + 1}"/></SequenceContainer>'
        for i in range(2000)
    )
    last = '<SequenceContainer name="C2000"><EntryList/></SequenceContainer>'
    with pytest.raises(MessageError, match="one upon another"):
        read(xtce(containers=tower + last))


def test_several_beginnings_are_asked_for() -> None:
    other = '<SequenceContainer name="OTHER"><EntryList/></SequenceContainer>'
    text = xtce(containers=f'<SequenceContainer name="Q"><EntryList/>{base(7)}</SequenceContainer>{other}')
    with pytest.raises(MessageError, match="packets may begin with CCSDS, OTHER"):
        read(text)
    assert read(text, root="CCSDS").packets.keys() == {"Q"}
    with pytest.raises(MessageError, match="did you mean 'CCSDS'"):
        read(text, root="CCSD")


def test_a_spline_without_its_order_is_linear_as_the_schema_has_it() -> None:
    from comity.messages.telemetry import decode

    text = one(
        '<IntegerDataEncoding sizeInBits="8"><DefaultCalibrator><SplineCalibrator>'
        '<SplinePoint raw="0" calibrated="0"/><SplinePoint raw="10" calibrated="100"/>'
        "</SplineCalibrator></DefaultCalibrator></IntegerDataEncoding>"
    )
    found = decode(b"".join(packet(bytes([n])) for n in (0, 5, 10)), read(text))
    assert found["P"]["X"].values.tolist() == [0.0, 50.0, 100.0], "the last point is its own value"


def test_sizes_that_the_schema_has_by_default_are_taken() -> None:
    assert read(one("<IntegerDataEncoding/>")).parameters["X"].bits == 8
    assert read(one("<FloatDataEncoding/>", "FloatParameterType")).parameters["X"].bits == 32


def test_a_missing_file_is_told() -> None:
    with pytest.raises(MessageError, match="No such file"):
        definition("/nowhere/at/all.xml")
