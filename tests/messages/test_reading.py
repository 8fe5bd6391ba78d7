from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from comity.messages import Message, MessageError, Problem, parse, problems, read
from tests.messages.support import ALL, SAMPLES, text

#: What the books' own examples break: seen when they were read (line, field).
KNOWN = {
    "cdm_3_6_2.kvn": {(11, "line"), (22, "covarianceMatrix")},  # a minus sign that is none; |correlation| of 1.4
    "cdm_4_4.xml": {(95, "covarianceMatrix")},
    "oem_g14.xml": {(78, "covarianceMatrix")},  # filled with 0.316, 0.722, ...
    "opm_g5.xml": {(40, "covarianceMatrix")},
    "glonass.kvn": {(2, "CREATION_DATE"), (3, "ORIGINATOR")},  # left empty by the catalogue
    "glonass.xml": {(3, "CREATION_DATE"), (3, "ORIGINATOR")},
}


@pytest.mark.parametrize("path", ALL, ids=lambda p: p.name)
def test_examples_of_the_books_are_read_and_break_what_is_known(path: Path) -> None:
    found = problems(path)
    assert {(p.line, p.field) for p in found} == KNOWN.get(path.name, set())
    assert not any(p.fatal for p in found)
    message = read(path)
    assert message.form == path.suffix[1:]
    assert message.kind == path.name[:3] or path.name.startswith(("glonass", "leo", "apart"))


def test_states_of_an_ephemeris_are_those_of_the_book() -> None:
    first = read(SAMPLES / "oem_g13.kvn").segments[0]
    assert first.metadata.get("CENTER_NAME") == "MARS BARYCENTER"
    rows = first.rows
    assert rows is not None
    # CCSDS 502.0-B-3 figure G-13.
    assert rows.texts("EPOCH")[0] == "2019-12-28T21:29:07.267"
    np.testing.assert_array_equal(rows.numbers(("X", "Y", "Z"))[0], [-2432.166, -63.042, 1742.754])
    one, other = first.blocks("covarianceMatrix")
    assert one.number("CX_X") == 3.3313494e-04
    assert other.get("EPOCH") == "2019-12-29T21:00:00"
    assert other.number("CZ_DOT_Z_DOT") == 6.2244443e-10


def test_accelerations_may_stand_in_some_lines_alone() -> None:
    lines = text("oem_g11.kvn").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("2019-"))
    lines[at] += " 0.008 0.001 -0.159"
    rows = parse("\n".join(lines)).segments[0].rows
    assert rows is not None
    accelerations = rows.numbers(("X_DDOT", "Y_DDOT", "Z_DDOT"))
    np.testing.assert_array_equal(accelerations[0], [0.008, 0.001, -0.159])
    assert np.isnan(accelerations[1:]).all()


def test_kinds_have_what_is_theirs() -> None:
    conjunction = read(SAMPLES / "cdm_3_6_2.kvn")
    assert conjunction.relative is not None and conjunction.relative.number("MISS_DISTANCE") == 715
    assert [s.metadata.get("OBJECT_DESIGNATOR") for s in conjunction.segments] == ["12345", "30337"]
    tracking = read(SAMPLES / "tdm_e8.kvn").segments[0].rows
    assert tracking is not None
    assert tracking.rows[1] == ("ANGLE_1", "2007-08-29T07:00:02.000", "67.01312389")
    maneuvers = read(SAMPLES / "opm_g2.kvn").segments[0].blocks("maneuverParameters")
    assert len(maneuvers) == 2 and maneuvers[0].field("MAN_DURATION") is not None
    attitude = read(SAMPLES / "apm_g3.kvn").segments[0]
    assert [b.get("REF_FRAME_A") for b in attitude.blocks("quaternionState")] == ["ITRF1997", "ICRF"]
    inertia = attitude.blocks("inertia")[0].field("IXX")
    assert inertia is not None and (inertia.value, inertia.unit) == ("6080.0", "kg*m**2")


def test_each_type_of_attitude_line_has_its_columns() -> None:
    widths = {
        s.metadata.get("ATTITUDE_TYPE"): len(s.rows.columns) for s in read(SAMPLES / "aem_g13.xml").segments if s.rows
    }
    assert widths == {
        "QUATERNION": 5,
        "QUATERNION/DERIVATIVE": 9,
        "QUATERNION/ANGVEL": 8,
        "EULER_ANGLE": 4,
        "EULER_ANGLE/DERIVATIVE": 7,
        "EULER_ANGLE/ANGVEL": 7,
        "SPIN": 5,
        "SPIN/NUTATION": 8,
        "SPIN/NUTATION_MOM": 8,
    }


def test_several_messages_come_as_one_that_combines_them() -> None:
    combined = read(SAMPLES / "ndm_g21.xml")
    assert combined.kind == "ndm" and [m.kind for m in combined.messages] == ["omm"] * 3
    lines = combined.messages[0].segments[0].blocks("userDefinedParameters")[0]
    assert lines.get("USER_DEFINED_TLE_LINE0") == "0 STARLINK-1073"
    after_each_other = parse(text("omm_g7.kvn") + "\n" + text("omm_g8.kvn"))
    assert [m.kind for m in after_each_other.each()] == ["omm", "omm"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_the_books_allow(end: str) -> None:
    message = parse(text("oem_g11.kvn").replace("\n", end).encode())
    assert message.segments[0].metadata.field("INTERPOLATION").line == 14  # type: ignore[union-attr]


def test_lines_of_xml_are_those_of_the_file() -> None:
    found = _broken("opm_g5.xml", "<ECCENTRICITY>", "", "<X>6503.514000</X>", "<X>far</X>")
    assert (found[0].line, found[0].field) == (26, "X")
    assert text("opm_g5.xml").splitlines()[25].startswith("<X>")


def _broken(name: str, *pairs: str) -> tuple[Problem, ...]:
    content = text(name)
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        content = content.replace(old, new)
    with pytest.raises(MessageError) as caught:
        parse(content, name)
    return tuple(p for p in caught.value.problems if p.fatal)


def test_a_message_of_which_anything_is_unsure_is_refused_whole_with_every_problem() -> None:
    pairs = (
        "INTERPOLATION = HERMITE",
        "INTERPOLATE = HERMITE",
        "STOP_TIME = 2019-12-30T01:28:02.267",
        "",
        "7.33702",
        "7.3x",
    )
    found = _broken("oem_g13.kvn", *pairs)
    assert [p.field for p in found] == ["STOP_TIME", "INTERPOLATE", "X_DOT"]
    assert "did you mean INTERPOLATION?" in found[1].right


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "CCSDS_…_VERS: is missing"),
        ("nothing of ours", "CCSDS_…_VERS: is missing at the beginning"),
        ("CCSDS_OEM_VERS = 9.0\n", "'9.0'"),
        ("CCSDS_OCM_VERS = 3.0\n", "read are CCSDS_OPM_VERS"),
        ("<ocm/>", "is no message that is read"),
        ("<oem version='3.0' id='CCSDS_OEM_VERS'><header>", "is no whole XML"),
        ("\x00\x01\x02", "has the character"),
        (b"\x89PNG\r\n\x1a\n", "is no text"),
    ],
)
def test_what_is_no_message_is_said_to_be_none(content: str | bytes, said: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse(content, "file")
    assert said in str(caught.value) + " ".join(p.what + p.right for p in caught.value.problems)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MessageError, match="No such file"):
        read(tmp_path / "none.oem")
    with pytest.raises(MessageError, match="larger than 1,000 bytes"):
        read(SAMPLES / "oem_g13.kvn", limit_bytes=1000)


def test_a_message_read_is_a_value() -> None:
    one, other = (read(SAMPLES / "omm_g7.kvn") for _ in range(2))
    assert one == other and isinstance(one, Message)
