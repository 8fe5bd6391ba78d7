from __future__ import annotations

import numpy as np
import pytest

from comity.messages import MessageError
from comity.messages.telemetry import Decoded, decode, definition, statement
from comity.report.telemetry import MOST_POINTS, TelemetryPicture, telemetry_page
from tests.messages.telemetry.support import JPSS, JPSS_PACKETS, one, packet, read

TIMED = statement("DOY,MSEC,USEC", "1958-01-01")
DAY_MS = 86_400_000


def drawn(found: Decoded, name: str) -> list[list[float | None]]:
    from comity.report.telemetry import _drawn

    (line,) = TelemetryPicture.of(found, [name]).lines
    points: list[list[float | None]] = _drawn(line)["points"]
    return points


def test_a_spike_is_drawn_however_many_values_there_are() -> None:
    defined = read(one('<IntegerDataEncoding sizeInBits="16"/>'))
    values = np.zeros(30_000, dtype=int)
    values[12_345] = 60_000
    found = decode(b"".join(packet(int(v).to_bytes(2, "big"), count=n) for n, v in enumerate(values)), defined)
    points = drawn(found, "X")
    assert len(points) <= MOST_POINTS
    assert [12_345, 60_000] in points


def test_a_line_is_broken_where_packets_are_missing() -> None:
    content = JPSS_PACKETS.read_bytes()
    found = decode(content[: 71 * 100] + content[71 * 200 :], definition(JPSS, time=TIMED))
    points = drawn(found, "ADGPSPOSX")
    assert sum(value is None for _, value in points) == 1
    assert len(points) == 501


def test_names_and_labels_cannot_leave_their_place_in_the_page() -> None:
    text = one(
        '<IntegerDataEncoding sizeInBits="8"/>', "EnumeratedParameterType",
        '<EnumerationList><Enumeration value="0" label="&lt;/script&gt;&lt;b&gt;"/></EnumerationList>',
    )  # fmt: skip
    page = telemetry_page(TelemetryPicture.of(decode(packet(b"\x00"), read(text)), ["X"], title="<i>title"))
    assert "</script><b>" not in page and "<i>title" not in page
    assert "&lt;i&gt;title" in page


def test_without_a_time_packets_are_counted() -> None:
    picture = TelemetryPicture.of(decode(JPSS_PACKETS, definition(JPSS)), ["ADCFAQ1"])
    assert not picture.timed
    assert "By the order of packets" in telemetry_page(picture)


def test_what_has_no_curve_or_is_not_there_is_told() -> None:
    found = decode(JPSS_PACKETS, definition(JPSS))
    with pytest.raises(MessageError, match="did you mean 'ADCFAQ"):
        TelemetryPicture.of(found, ["ADCFAQ"])
    with pytest.raises(MessageError, match="no packet 'JPSS' was decoded"):
        TelemetryPicture.of(found, ["ADCFAQ1"], packet="JPSS")
    octets = read(
        one(
            "<BinaryDataEncoding><SizeInBits><FixedValue>8</FixedValue></SizeInBits></BinaryDataEncoding>",
            "BinaryParameterType",
        )
    )
    with pytest.raises(MessageError, match="X is binary"):
        TelemetryPicture.of(decode(packet(b"\x00"), octets), ["X"])
