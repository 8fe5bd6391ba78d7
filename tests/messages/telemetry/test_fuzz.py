"""Whatever is done to a definition, or to its packets, the reader says what is wrong: it neither crashes nor hangs."""

from __future__ import annotations

import random
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.messages import MessageError
from comity.messages.telemetry import check, decode, definition, statement
from comity.messages.telemetry.definition import parsed
from tests.messages.telemetry.support import JPSS, JPSS_PACKETS, SUDA, SUDA_PACKETS
from tests.messages.telemetry.test_equality import definitions

NASTY = [
    "", "0", "-1", "1e999", "nan", "4294967296", "18446744073709551617", "a", "'", '&quot;', "../x", "X0", "P", "CCSDS", "PKT_APID",
    "true", "unsigned", "twosComplement", "UTF-16", "MILSTD_1750A", "leastSignificantByteFirst", "65", "3.5", "١",
]  # fmt: skip


def mutated(text: str, draw: random.Random) -> str:
    for _ in range(draw.randrange(1, 4)):
        kind = draw.randrange(5)
        values = list(re.finditer(r'="([^"]*)"', text))
        elements = list(re.finditer(r"<(\w+)[^<>]*/>|<(\w+)[^<>]*>[^<>]*</\2>", text))
        if kind <= 1 and values:
            one = draw.choice(values)
            text = text[: one.start(1)] + draw.choice(NASTY) + text[one.end(1) :]
        elif kind == 2 and elements:
            one = draw.choice(elements)
            text = text[: one.start()] + text[one.end() :]
        elif kind == 3 and elements:
            one, other = draw.choice(elements), draw.choice(elements)
            text = text[: other.start()] + one.group(0) + text[other.start() :]
        else:
            at = draw.randrange(len(text))
            text = text[:at] + draw.choice('<>&"= /aé\x00') + text[at + draw.randrange(2) :]
    return text


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=definitions(), seed=st.integers(0, 2**32))
def test_a_mutated_definition_is_refused_or_decodes(text: str, seed: int) -> None:
    draw = random.Random(seed)
    try:
        defined = parsed(mutated(text, draw).encode(), "test.xml")
    except MessageError as error:
        assert str(error).startswith("test.xml")
        return
    packets = b"".join(
        bytes([8, 5, 0xC0, n, 0, size - 1]) + draw.randbytes(size) for n in range(40) for size in [draw.choice((4, 9))]
    )
    account = check(packets, defined)
    assert account.octets == len(packets)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_mutated_real_definition_is_refused_or_decodes(seed: int) -> None:
    draw = random.Random(seed)
    text = mutated(JPSS.read_text(encoding="utf-8"), draw)
    try:
        decode(JPSS_PACKETS.read_bytes()[:7100], parsed(text.encode(), "test.xml"))
    except MessageError as error:
        assert str(error).startswith("test.xml")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), real=st.sampled_from([(JPSS, JPSS_PACKETS, 0), (SUDA, SUDA_PACKETS, 4)]))
def test_mutated_packets_are_accounted_for(seed: int, real: tuple[Path, Path, int]) -> None:
    draw = random.Random(seed)
    content = bytearray(real[1].read_bytes()[:8000])
    for _ in range(draw.randrange(1, 30)):
        content[draw.randrange(len(content))] = draw.randrange(256)
    time = statement("DOY,MSEC,USEC", "1958-01-01") if real[0] == JPSS else None
    found = decode(bytes(content), definition(real[0], time=time), prefix=real[2])
    account = found.account
    assert account.octets == len(content)
    decoded = sum(len(one.packet) for one in found.values())
    assert account.packets == decoded + account.refused + account.idle + sum(account.unknown.values())


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_statement_is_taken_or_told(fields: str, epoch: str) -> None:
    try:
        said = statement(fields, epoch)
        definition(JPSS, time=said)
    except MessageError:
        pass
