"""Instants of time fields by CCSDS 301.0-B-4 and the epochs of XTCE 1.2. Leap seconds: IERS Bulletin C 52 (TAI - UTC 37 s since 2017)."""

from __future__ import annotations

import numpy as np
import pytest

from comity.messages import MessageError
from comity.messages.telemetry import decode, definition, statement
from tests.messages.telemetry.support import JPSS, SUDA, one, packet, read, xtce


def absolute(
    name: str, bits: int, attributes: str = "", reference: str = "<Epoch>TAI</Epoch>", kind: str = "Absolute"
) -> str:
    return (
        f'<{kind}TimeParameterType name="{name}_T"><Encoding {attributes}><IntegerDataEncoding sizeInBits="{bits}"/></Encoding>'
        f"<ReferenceTime>{reference}</ReferenceTime></{kind}TimeParameterType>"
    )


def instant(types: str, names: str, content: bytes) -> str:
    text = xtce(
        types, "".join(f'<Parameter name="{n}" parameterTypeRef="{n}_T"/>' for n in names),
        entries="".join(f'<ParameterRefEntry parameterRef="{n}"/>' for n in names),
    )  # fmt: skip
    found = decode(packet(content), read(text))["P"]
    return str(found.time.values[0]) if "time" in found.coords else "none"


def test_unsegmented_time_of_six_octets_counts_tai_since_1958() -> None:
    """2021-04-09T00:00:00 UTC is 37 s less than TAI; 2 octets of binary fraction, half a second."""
    seconds = int((np.datetime64("2021-04-09T00:00:37") - np.datetime64("1958-01-01")) / np.timedelta64(1, "s"))
    field = (seconds << 16 | 1 << 15).to_bytes(6, "big")
    scaled = f'units="seconds" scale="{2.0**-16!r}"'
    for epoch in ("TAI", "1958-01-01", "1958-01-01T00:00:00"):
        found = instant(absolute("T", 48, scaled, f"<Epoch>{epoch}</Epoch>"), "T", field)
        assert found == "2021-04-09T00:00:00.500000000"


@pytest.mark.parametrize(
    ("epoch", "seconds", "wanted"),
    [
        ("UNIX", 1_617_926_400, "2021-04-09T00:00:00"),
        # GPS week 2152, its sixth day, less 18 leap seconds: IS-GPS-200 counts none.
        ("GPS", 1_301_961_618, "2021-04-09T00:00:00"),
        # J2000 is 2000-01-01T12:00:00 TT, which is 64.184 s ahead of UTC then (IAU 1994 C7).
        ("J2000", 0, "2000-01-01T11:58:55.816"),
        # Seconds since a date count no leap seconds: 5 of them came from 2000 to 2021.
        ("2000-01-01", 671_241_605, "2021-04-09T00:00:00"),
    ],
)
def test_epochs(epoch: str, seconds: int, wanted: str) -> None:
    found = instant(absolute("T", 32, "", f"<Epoch>{epoch}</Epoch>"), "T", seconds.to_bytes(4, "big"))
    assert found == str(np.datetime64(wanted, "ns"))


def test_day_segmented_time_counts_days_of_utc() -> None:
    """CDS of three parts that hang on one another, as XTCE has it by OffsetFrom."""
    types = (
        absolute("D", 16, 'units="days"', "<Epoch>1958-01-01</Epoch>")
        + absolute("M", 32, 'scale="0.001"', '<OffsetFrom parameterRef="D"/>', "Relative")
        + absolute("U", 16, 'scale="0.000001"', '<OffsetFrom parameterRef="M"/>', "Relative")
    )
    content = (23109).to_bytes(2, "big") + (7).to_bytes(4, "big") + (137).to_bytes(2, "big")
    assert instant(types, "DMU", content) == "2021-04-09T00:00:00.007137000"


def test_a_leap_second_shares_its_number_with_the_next_midnight() -> None:
    seconds = int((np.datetime64("2017-01-01T00:00:36") - np.datetime64("1958-01-01")) / np.timedelta64(1, "s"))
    found = [instant(absolute("T", 32), "T", (seconds + n).to_bytes(4, "big")) for n in (-1, 0, 1)]
    assert [f[:19] for f in found] == ["2016-12-31T23:59:59", "2017-01-01T00:00:00", "2017-01-01T00:00:00"]


@pytest.mark.parametrize("reference", ["", "<Epoch>1966-06-01</Epoch>", "<Epoch>launch</Epoch>"])
def test_time_is_not_guessed(reference: str) -> None:
    assert instant(absolute("T", 32, "", reference), "T", bytes(4)) == "none"
    assert instant(absolute("T", 32, 'units="months"'), "T", bytes(4)) == "none"


def test_a_user_states_what_the_definition_does_not() -> None:
    found = decode(b"", definition(JPSS, time=statement("DOY,MSEC,USEC", "1958-01-01")))
    assert found.account.whole
    clock = (
        definition(SUDA, time=statement("SHCOARSE=s,SHFINE=s/65536", "2010-01-01", "TAI")).packets["Sci0TypeZero"].clock
    )
    assert str(clock) == "SHCOARSE + SHFINE since 2010-01-01, counted in TAI"


@pytest.mark.parametrize(
    ("fields", "epoch", "scale", "told"),
    [
        ("DOY=fortnights", "1958-01-01", None, "DAY|UNIT|d, h, min"),
        ("DOY,MSEC", "yesterday", None, "is no date and time"),
        ("DOY", "1958-01-01", "CET", "UTC, TAI, GPS, TT"),
        ("DOY,NOT", "1958-01-01", None, "no packet has all of DOY, NOT"),
        ("PKT_APID", "1958-01-01", None, "has no unit"),
    ],
)
def test_a_wrong_statement_is_told(fields: str, epoch: str, scale: str | None, told: str) -> None:
    with pytest.raises(MessageError, match=told):
        definition(JPSS, time=statement(fields, epoch, scale))


def test_what_lies_beyond_the_years_of_a_timestamp_is_no_time() -> None:
    assert instant(absolute("T", 64), "T", b"\xff" * 8) == "NaT"
    found = decode(packet(b"\x7f\xf0" + bytes(6)), read(one(
        '<Encoding><FloatDataEncoding sizeInBits="64"/></Encoding><ReferenceTime><Epoch>TAI</Epoch></ReferenceTime>',
        "AbsoluteTimeParameterType",
    )))  # fmt: skip
    assert np.isnat(found["P"].time.values[0])
