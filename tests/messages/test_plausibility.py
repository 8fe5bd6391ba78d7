"""What keeps its book and still cannot be meant so: positions in other units, within a body, beyond escape."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.messages import doubts, parse, read
from tests.messages.support import ALL, SAMPLES

HEAD = (
    "CCSDS_OEM_VERS = 3.0\nCREATION_DATE = 2026-03-01T00:00:00\nORIGINATOR = X\nMETA_START\nOBJECT_NAME = A\n"
    "OBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = GCRF\nTIME_SYSTEM = UTC\n"
    "START_TIME = 2026-03-01T00:00:00\nSTOP_TIME = 2026-03-01T00:01:00\nMETA_STOP\n"
)


def oem(*states: str, **said: str) -> str:
    text = HEAD.replace("T00:01:00", f"T00:0{len(states) - 1}:00")
    for keyword, value in said.items():
        before = next(line for line in HEAD.splitlines() if line.startswith(keyword))
        text = text.replace(before, f"{keyword} = {value}")
    return text + "".join(f"2026-03-01T00:0{n}:00 {state}\n" for n, state in enumerate(states))


def test_metres_are_found_out_where_they_make_an_orbit() -> None:
    first, second = "6778137 0 0 0 7668.6 0", "6762457 459000 0 -520 7651 0"
    (found,) = doubts(parse(oem(first, second)))
    assert (found.line, found.fatal) == (13, False)
    assert "faster than what escapes from EARTH" in found.what and "(and 1 more line)" in found.what
    assert "in metres it would be an orbit" in found.right
    kilometres = [" ".join(f"{float(v) / 1000}" for v in state.split()) for state in (first, second)]
    assert doubts(parse(oem(*kilometres))) == ()


def test_what_lies_within_its_body_is_told() -> None:
    (found,) = doubts(parse(oem("6300 0 0 0 7 0")))
    assert "6,300 km from the centre of EARTH, within it (6,357 km)" in found.what
    # The same place about the Moon is none of it; about the Sun it is.
    assert not any("within" in d.what for d in doubts(parse(oem("6300 0 0 0 0.5 0", CENTER_NAME="MOON"))))
    assert any("within" in d.what for d in doubts(parse(oem("6300 0 0 0 7 0", CENTER_NAME="SUN"))))


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert doubts(parse(oem("1 0 0 0 1 0", CENTER_NAME="APOPHIS"))) == ()
    # Far from the axis of a frame that turns with the Earth, everything is fast.
    assert doubts(parse(oem("400000 0 0 0 29 0", REF_FRAME="ITRF2020"))) == ()


def test_a_state_of_an_opm_is_held_against_its_centre_too() -> None:
    text = (SAMPLES / "opm_g2.kvn").read_text(encoding="utf-8")
    assert doubts(parse(text)) == ()
    lines = [line.partition("=") for line in text.splitlines()]
    faster = "\n".join(
        f"{name}= {float(value.split('[')[0]) * 1000}"
        if name.strip() in ("X_DOT", "Y_DOT", "Z_DOT")
        else f"{name}{sign}{value}"
        for name, sign, value in lines
    )
    (found,) = doubts(parse(faster))
    assert "faster than what escapes" in found.what


def test_the_samples_of_the_books_are_plausible_but_for_one_that_flies_within_mars() -> None:
    told = {path.name for path in ALL if doubts(read(path))}
    assert told <= {p.name for p in ALL if "MARS" in p.read_text(encoding="utf-8")}
    assert "within it (3,376 km)" in doubts(read(SAMPLES / "oem_g11.kvn"))[0].what


@pytest.mark.parametrize("path", ALL, ids=lambda p: Path(p).name)
def test_every_sample_is_looked_at_without_failing(path: Path) -> None:
    assert all(not problem.fatal for problem in doubts(read(path)))
