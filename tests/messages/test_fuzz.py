"""No input crashes or hangs a reader: examples of the books with bytes flipped, cut, doubled and swapped."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.messages import Form, MessageError, parse, text_of
from tests.messages.support import ALL, bare

CONTENTS = [path.read_bytes() for path in ALL if path.stat().st_size < 9000]
PIECES = (b"\n", b"=", b"[km]", b"COMMENT ", b"META_START\n", b"COVARIANCE_START\n", b"EPOCH = ", b"DATA_STOP\n", b"\x00", b"\xff",
          b"<", b"</data>", b"<X>", b"&amp;", b"<!DOCTYPE a>", b"1e999", b"NaN", b"9999-12-31T23:59:60", b"QUAT_START\n",
          b"CCSDS_OEM_VERS = 3.0\n", b"ATTITUDE_TYPE = SPIN\n", b"-1", b"0.0", b"\r", b"\t", "−".encode())  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(CONTENTS)))
    for _ in range(draw(st.integers(1, 6))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                content[at] ^= draw(st.integers(1, 255))
            case 1:
                del content[at:]
            case 2:
                del content[at : at + draw(st.integers(1, 200))]
            case 3:
                content[at:at] = draw(st.sampled_from(PIECES))
            case 4:
                lines = content.split(b"\n")
                one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
                lines[one], lines[other] = lines[other], lines[one]
                content = bytearray(b"\n".join(lines))
            case _:
                lines = content.split(b"\n")
                one = draw(st.integers(0, len(lines) - 1))
                lines[one:one] = [lines[one]] * draw(st.integers(1, 3))
                content = bytearray(b"\n".join(lines))
    return bytes(content)


@given(mutated())
@settings(max_examples=600, deadline=2000)
def test_a_mutated_message_is_read_whole_or_refused(content: bytes) -> None:
    try:
        message = parse(content, "mutated")
    except MessageError as error:
        assert str(error)
        return
    for one in message.each():
        for segment in one.segments:
            if segment.rows is not None and segment.rows.columns[-1] != "VALUE":
                segment.rows.numbers(segment.rows.columns[1:])
    forms: tuple[Form, ...] = ("kvn", "xml")
    for form in forms:
        try:
            written = text_of(message, form)
        except MessageError:
            continue
        assert bare(parse(written, "again")) == bare(message)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=2000)
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    for begun in (content, b"CCSDS_TDM_VERS = 2.0\n" + content, b"<tdm version='2.0'>" + content):
        try:
            parse(begun, "bytes")
        except MessageError as error:
            assert str(error)
