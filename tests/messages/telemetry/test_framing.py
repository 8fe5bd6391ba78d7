from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.messages import MessageError
from comity.messages.telemetry import check, decode, decoding, definition, framing
from comity.messages.telemetry.framing import frames
from tests.messages.telemetry.support import JPSS, JPSS_PACKETS, SUDA, SUDA_PACKETS, packet

WHOLE = JPSS_PACKETS.read_bytes()
LENGTHS = {11: frozenset((71,))}


def test_packets_follow_one_another() -> None:
    found = frames(WHOLE, last=True)
    assert found.offsets == list(range(0, len(WHOLE), 71))
    assert found.lengths == [71] * 600
    assert (found.torn, found.end) == ([], len(WHOLE))


def test_octets_before_each_packet_are_skipped() -> None:
    found = frames(SUDA_PACKETS.read_bytes(), last=True, lengths=definition(SUDA).lengths, prefix=4)
    assert len(found.offsets) == 13
    assert found.offsets[0] == 4
    assert not found.torn


def test_a_file_that_is_cut_off_says_so_with_its_place() -> None:
    found = decode(WHOLE[:-30], definition(JPSS))
    assert len(found["JPSS_ATT_EPHEM"].packet) == 599
    (fault,) = found.account.faults
    assert (fault.offset, fault.length) == (599 * 71, 41)
    assert "cut off: it says 71 octets, 41 are left" in str(fault)
    with pytest.raises(MessageError, match="at octet 42,529"):
        decode(WHOLE[:-30], definition(JPSS), strict=True)


def test_a_file_that_ends_within_a_header_says_so() -> None:
    (fault,) = decode(WHOLE[: 71 * 5 + 3], definition(JPSS)).account.faults
    assert (fault.offset, fault.length, fault.why) == (355, 3, "the file ends within a header")


def test_junk_between_packets_is_passed_over_and_told() -> None:
    junk = bytes(random.Random(3).randrange(256) for _ in range(500))
    content = WHOLE[: 71 * 10] + junk + WHOLE[71 * 10 :]
    found = decode(content, definition(JPSS))
    assert len(found["JPSS_ATT_EPHEM"].packet) >= 599
    assert found.account.torn_octets + 71 * found.account.packets >= len(content) - 71
    assert any(abs(fault.offset - 710) < 80 for fault in found.account.faults)


@pytest.mark.parametrize("length", [0, 60, 72, 1000, 65535])
def test_a_corrupt_length_costs_one_packet(length: int) -> None:
    content = bytearray(WHOLE)
    content[71 * 100 + 4 : 71 * 100 + 6] = length.to_bytes(2, "big")
    found = decode(bytes(content), definition(JPSS))
    offsets = found["JPSS_ATT_EPHEM"].byte_offset.values.tolist()
    assert offsets == [71 * n for n in range(600) if n != 100]
    assert found.account.faults[0].offset == 7100
    assert found.account.sequences[11].missing == 1


def test_filling_with_nothing_is_no_packet() -> None:
    content = WHOLE[:710] + bytes(1000) + WHOLE[710:]
    found = decode(content, definition(JPSS))
    assert len(found["JPSS_ATT_EPHEM"].packet) == 600
    assert [(f.offset, f.length) for f in found.account.faults] == [(710, 1000)]


def test_packets_that_the_definition_does_not_have_are_no_corruption() -> None:
    other = b"".join(packet(bytes(9), apid=700, count=n) for n in range(50))
    account = check(WHOLE[:710] + other + WHOLE[710:], definition(JPSS))
    assert account.unknown == {700: 50}
    assert account.torn_octets == account.refused == 0
    assert account.decoded == {"JPSS_ATT_EPHEM": 600}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_octet_is_accounted_for_wherever_pieces_end(data: st.DataObject) -> None:
    draw = random.Random(data.draw(st.integers(0, 2**32)))
    content = bytearray(WHOLE[: 71 * draw.randrange(1, 60)])
    for _ in range(draw.randrange(4)):
        kind, at = draw.randrange(3), draw.randrange(len(content))
        if kind == 0:
            content[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del content[at : at + draw.randrange(200)]
        else:
            content[at:at] = draw.randbytes(draw.randrange(200))
        if not content:
            return
    results = []
    for piece in (97, 1000, 2**21):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(decoding, "PIECE", piece)
            patch.setattr(framing, "LONGEST", 500)
            patch.setattr(decoding, "LONGEST", 500)
            account = check(bytes(content), definition(JPSS))
        told = sum(fault.length for fault in account.faults)
        assert account.octets == len(content)
        assert account.torn_octets <= len(content)
        assert told >= account.torn_octets
        assert (
            account.packets
            == sum(account.decoded.values()) + account.refused + sum(account.unknown.values()) + account.idle
        )
        results.append(account.packets)
    assert max(results) <= len(content) // 7


@settings(max_examples=80, deadline=None)
@given(content=st.binary(max_size=4000), prefix=st.integers(0, 9), known=st.booleans())
def test_no_octets_whatever_crash_or_hang_the_reader(content: bytes, prefix: int, known: bool) -> None:
    found = frames(content, last=True, lengths=LENGTHS if known else None, prefix=prefix)
    assert found.end == len(content)
    covered = [(o - prefix, length + prefix) for o, length in zip(found.offsets, found.lengths, strict=True)]
    covered += [(t.offset, t.length) for t in found.torn]
    at = 0
    for offset, length in sorted(covered):
        assert offset == at, "each octet once"
        at += length
    assert at == len(content)


@pytest.mark.parametrize("content", [b"\x00" * 3_000_000, b"\xff" * 3_000_000, b"\x00\x0b\xc0\x00\xff\xff" * 500_000])
def test_large_nonsense_is_done_with_soon(content: bytes) -> None:
    import time

    began = time.monotonic()
    account = check(content, definition(JPSS))
    assert account.octets == len(content)
    assert not account.decoded
    assert time.monotonic() - began < 20
