from __future__ import annotations

import io

import numpy as np
import pytest

from comity.messages import MessageError
from comity.messages.telemetry import check, decode, definition, layout, statement
from comity.messages.telemetry.decoding import Source, Telemetry
from tests.messages.telemetry.support import (
    JPSS,
    JPSS_PACKETS,
    SUDA,
    SUDA_PACKETS,
    alone,
    one,
    packet,
    read,
    same,
    xtce,
)  # fmt: skip


def test_jpss_tells_where_it_was_as_its_own_geolocation_has_it() -> None:
    """Position [m] and attitude of 2021-04-09T00:00:00; radius and speed are those of an orbit of 824 km."""
    found = decode(JPSS_PACKETS, definition(JPSS, time=statement("DOY,MSEC,USEC", "1958-01-01")))["JPSS_ATT_EPHEM"]
    assert str(found.time.values[0])[:23] == "2021-04-09T00:00:00.007"
    steps = np.diff(found.time.values) / np.timedelta64(1, "s")
    assert np.allclose(steps, 1.0, atol=0.01)
    position = np.stack([found[f"ADGPSPOS{axis}"].values.astype(float) for axis in "XYZ"])
    assert np.all(np.abs(np.linalg.norm(position, axis=0) / 1000 - 7200) < 30)
    attitude = np.stack([found[f"ADCFAQ{n}"].values.astype(float) for n in range(1, 5)])
    assert np.allclose(np.linalg.norm(attitude, axis=0), 1, atol=1e-5)
    assert found["ADGPSPOSX"].attrs["units"] == "m"
    assert found["SRC_SEQ_CTR"].values[0] == found.sequence_count.values[0] == 2606


@pytest.mark.parametrize("vectorised", [True, False])
@pytest.mark.parametrize("few", [1, layout.FEW])
def test_every_value_of_real_packets_is_the_librarys(
    vectorised: bool, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "FEW", few)
    for xml, packets, prefix in ((JPSS, JPSS_PACKETS, 0), (SUDA, SUDA_PACKETS, 4)):
        content = packets.read_bytes()
        seen = 0
        for part in Telemetry(content, definition(xml), prefix=prefix, vectorised=vectorised):
            wholes = [
                content[at : at + 7 + int.from_bytes(content[at + 4 : at + 6])] for at in part.byte_offset.tolist()
            ]
            for row, theirs in enumerate(alone(xml.read_bytes(), wholes, "CCSDSPacket")):
                assert theirs is not None
                assert theirs.keys() == part.columns.keys()
                for name, value in theirs.items():
                    mine = part.columns[name]
                    assert same(mine.meant()[row], value), (name, row)
                    assert same(mine.raw[row], value.raw_value), (name, row)
                seen += 1
        assert seen == (600 if prefix == 0 else 13)


def test_waveforms_as_long_as_their_packet_says_come_out_whole() -> None:
    found = decode(SUDA_PACKETS, definition(SUDA), prefix=4)
    sizes = [len(value) for value in found["SciFetchTypeNonZero"]["IDX__SCIFETCHRAW"].values]
    # 41 octets of headers and fields before it, as the definition's adjustment says: 8 PKT_LEN - 328 bits.
    lengths = found["SciFetchTypeNonZero"]["PKT_LEN"].values
    assert sizes == [int(n) - 41 for n in lengths]
    assert max(sizes) == 4032


def test_raw_and_calibrated_and_labels() -> None:
    text = xtce(
        '<IntegerParameterType name="T_T"><UnitSet><Unit>degC</Unit></UnitSet>'
        '<IntegerDataEncoding sizeInBits="16" encoding="twosComplement">'
        '<DefaultCalibrator><PolynomialCalibrator><Term coefficient="-40" exponent="0"/><Term coefficient="0.5" exponent="1"/>'
        "</PolynomialCalibrator></DefaultCalibrator></IntegerDataEncoding></IntegerParameterType>"
        '<EnumeratedParameterType name="M_T"><IntegerDataEncoding sizeInBits="8"/><EnumerationList>'
        '<Enumeration value="0" label="SAFE"/><Enumeration value="7" label="SCIENCE"/></EnumerationList></EnumeratedParameterType>',
        '<Parameter name="T" parameterTypeRef="T_T"/><Parameter name="M" parameterTypeRef="M_T"/>',
        entries='<ParameterRefEntry parameterRef="T"/><ParameterRefEntry parameterRef="M"/>',
    )
    content = packet(b"\xff\xfe\x00", count=1) + packet(b"\x00\x64\x07", count=2)
    meant, raw = decode(content, read(text))["P"], decode(content, read(text), raw=True)["P"]
    assert meant["T"].values.tolist() == [-41.0, 10.0]
    assert raw["T"].values.tolist() == [-2, 100]
    assert meant["M"].values.tolist() == ["SAFE", "SCIENCE"]
    assert raw["M"].values.tolist() == [0, 7]
    assert meant["T"].attrs["units"] == "degC"
    assert "units" not in raw["T"].attrs
    assert meant["T"].attrs["calibration"] == "-40 + 0.5 x"
    assert raw["M"].attrs["flag_meanings"] == "SAFE SCIENCE"


def test_a_value_without_a_label_is_refused_with_its_place() -> None:
    text = one(
        '<IntegerDataEncoding sizeInBits="8"/>', "EnumeratedParameterType",
        '<EnumerationList><Enumeration value="1" label="ON"/></EnumerationList>',
    )  # fmt: skip
    content = b"".join(packet(bytes([n]), count=n) for n in (1, 2, 1))
    found = decode(content, read(text))
    assert found["P"]["X"].values.tolist() == ["ON", "ON"]
    (fault,) = found.account.faults
    assert (fault.offset, fault.length, fault.apid) == (7, 7, 5)
    assert "X" in fault.why and "2" in fault.why
    with pytest.raises(MessageError, match="at octet 7"):
        decode(content, read(text), strict=True)


def test_packets_longer_or_shorter_than_their_definition_are_refused() -> None:
    defined = read(one('<IntegerDataEncoding sizeInBits="16"/>'))
    content = packet(b"\x00\x01") + packet(b"\x00\x02\x03") + packet(b"\x04") + packet(b"\x00\x05")
    found = decode(content, defined)
    assert found["P"]["X"].values.tolist() == [1, 5]
    assert [f.offset for f in found.account.faults] == [8, 17]
    assert "8 bits more" in found.account.faults[0].why
    assert "beyond the end" in found.account.faults[1].why
    assert decode(content, defined, surplus=True)["P"]["X"].values.tolist() == [1, 2, 5]


def test_only_the_apid_that_is_asked_for_is_decoded() -> None:
    defined = read(one('<IntegerDataEncoding sizeInBits="8"/>'))
    content = (
        packet(b"\x01", apid=5)
        + packet(b"\x02", apid=6)
        + packet(b"\x03", apid=2047)
        + packet(b"\x04", apid=5, count=1)
    )
    all_found, none = decode(content, defined).account, decode(content, defined, apid=[6])
    assert all_found.decoded == {"P": 2}
    assert all_found.unknown == {6: 1}
    assert (all_found.idle, all_found.packets) == (1, 4)
    assert none.account.left_out == 2
    assert not dict(none)
    with pytest.raises(MessageError, match="0 to 2047"):
        decode(content, defined, apid=4000)


def test_a_file_an_open_file_octets_and_several_give_the_same() -> None:
    defined, content = definition(JPSS), JPSS_PACKETS.read_bytes()
    whole = decode(JPSS_PACKETS, defined)["JPSS_ATT_EPHEM"]
    halves: list[Source] = [content[: 71 * 300], io.BytesIO(content[71 * 300 :])]
    sources: list[Source | list[Source]] = [content, io.BytesIO(content), halves]
    for packets in sources:
        found = decode(packets, defined)
        assert found.account.sequences[11].gaps == 0
        for name in whole.data_vars:
            assert np.array_equal(found["JPSS_ATT_EPHEM"][name].values, whole[name].values)


def test_a_type_that_only_a_field_tells_apart_goes_its_own_way() -> None:
    """Two types of one APID, told apart by the first octet, one of them by an expression."""
    types = '<IntegerParameterType name="K_T"><IntegerDataEncoding sizeInBits="8"/></IntegerParameterType>'
    parameters = "".join(f'<Parameter name="{n}" parameterTypeRef="K_T"/>' for n in "KAB")
    middle = (
        '<SequenceContainer name="M" abstract="true"><EntryList><ParameterRefEntry parameterRef="K"/></EntryList>'
        '<BaseContainer containerRef="CCSDS"/></SequenceContainer>'
    )
    expression = (
        "<BooleanExpression><ANDedConditions>"
        '<Condition><ParameterInstanceRef parameterRef="K"/><ComparisonOperator>&gt;</ComparisonOperator><Value>1</Value></Condition>'
        '<Condition><ParameterInstanceRef parameterRef="K"/><ComparisonOperator>&lt;</ComparisonOperator><Value>4</Value></Condition>'
        "</ANDedConditions></BooleanExpression>"
    )
    ends = "".join(
        f'<SequenceContainer name="{name}"><EntryList><ParameterRefEntry parameterRef="{name}"/></EntryList>'
        '<BaseContainer containerRef="M">'
        f"<RestrictionCriteria>{criteria}</RestrictionCriteria></BaseContainer></SequenceContainer>"
        for name, criteria in (("A", '<Comparison parameterRef="K" value="1"/>'), ("B", expression))
    )
    defined = read(xtce(types, parameters, middle + ends))
    content = b"".join(packet(bytes([k, k + 10]), count=k) for k in [1, 2, 3, 4, 1] * 20)
    found = decode(content, defined)
    assert found["A"]["A"].values.tolist() == [11] * 40
    assert found["B"]["B"].values.tolist() == [12, 13] * 20
    assert found.account.unknown == {5: 20}


def test_nothing_is_nothing() -> None:
    account = check(b"", definition(JPSS))
    assert (account.octets, account.packets, account.whole) == (0, 0, True)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(MessageError, match=r"/nowhere: cannot be read: No such file"):
        decode("/nowhere", definition(JPSS))
