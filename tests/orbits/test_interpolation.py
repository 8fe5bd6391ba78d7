from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.messages import MessageError, parse, read
from comity.orbits import Arc, OrbitError, ephemerides, interpolate, interpolate_all
from comity.orbits.interpolation import states_needed
from comity.orbits.times import from_iso
from tests.messages.test_fuzz import mutated

SAMPLES = Path(__file__).parents[1] / "messages" / "samples"
#: What the library `oem` 0.4.5 answers for the same files.
KNOWN = json.loads((Path(__file__).parent / "ephemerides_by_oem.json").read_text(encoding="utf-8"))


def arcs_of(text: str) -> tuple[Arc, ...]:
    (thing,) = ephemerides(parse(text, "m"))
    assert isinstance(thing.motion, tuple)
    return thing.motion


@pytest.mark.parametrize("method", ["LAGRANGE", "HERMITE"])
def test_states_between_states_are_those_of_another_library(method: str) -> None:
    text = (SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8").replace("= Lagrange", f"= {method}")
    (arc,) = arcs_of(text)
    for known in KNOWN[method.lower()]:
        position, velocity = interpolate(arc, np.array([from_iso(known["epoch"])]))
        # Instants are known to 0.24 µs here (float64 seconds since 1970): 2 mm at 7.5 km/s.
        np.testing.assert_allclose(position[0], known["position"], atol=3e-6)
        np.testing.assert_allclose(velocity[0], known["velocity"], atol=3e-9)


@given(
    method=st.sampled_from(["LAGRANGE", "HERMITE"]),
    degree=st.integers(1, 9),
    seed=st.integers(0, 1000),
    count=st.integers(10, 25),
)
@settings(max_examples=60, deadline=None)
def test_a_polynomial_of_the_degree_is_met_exactly(method: str, degree: int, seed: int, count: int) -> None:
    if method == "HERMITE" and degree % 2 == 0:
        degree += 1
    random = np.random.default_rng(seed)
    times = np.cumsum(random.uniform(30.0, 90.0, count))
    curve = [np.polynomial.Polynomial(random.normal(size=degree + 1), domain=[0, times[-1]]) for _ in range(3)]
    position = np.stack([c(times) for c in curve], axis=1)
    velocity = np.stack([c.deriv()(times) for c in curve], axis=1)
    arc = Arc(times, position, velocity, "GCRF", "earth", method, degree, (float(times[0]), float(times[-1])))
    at = random.uniform(times[0], times[-1], 40)
    r, v = interpolate(arc, at)
    np.testing.assert_allclose(r, np.stack([c(at) for c in curve], axis=1), atol=1e-7)
    np.testing.assert_allclose(v, np.stack([c.deriv()(at) for c in curve], axis=1), atol=1e-7)


def test_linear_is_a_straight_line_between_neighbours() -> None:
    text = (SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8")
    (arc,) = arcs_of(text.replace("= Lagrange", "= LINEAR").replace("DEGREE = 7", "DEGREE = 1"))
    middle = (arc.times_s[4] + arc.times_s[5]) / 2
    position, velocity = interpolate(arc, np.array([middle]))
    np.testing.assert_allclose(position[0], (arc.position_km[4] + arc.position_km[5]) / 2, atol=1e-9)
    np.testing.assert_allclose(velocity[0], (arc.velocity_km_s[4] + arc.velocity_km_s[5]) / 2, atol=1e-12)


def test_a_state_of_the_message_is_itself() -> None:
    (arc,) = arcs_of((SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8"))
    position, velocity = interpolate(arc, arc.times_s)
    np.testing.assert_array_equal(position, arc.position_km)
    np.testing.assert_array_equal(velocity, arc.velocity_km_s)


def test_outside_the_useable_span_is_an_error_though_states_stand_there() -> None:
    text = (SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8")
    text = text.replace("USEABLE_START_TIME   = 2020-06-01T12:00:00", "USEABLE_START_TIME   = 2020-06-01T12:05:00")
    (arc,) = arcs_of(text)
    interpolate(arc, np.array([from_iso("2020-06-01T12:05:00")]))
    with pytest.raises(OrbitError, match=r"12:04:59\.900Z lies outside the useable span"):
        interpolate(arc, np.array([from_iso("2020-06-01T12:04:59.9")]))


def test_too_few_states_for_the_degree_are_an_error() -> None:
    text = (
        (SAMPLES / "oem_g11.kvn")
        .read_text(encoding="utf-8")
        .replace("INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = 11")
    )
    arc = ephemerides(parse(text))[0].motion
    assert isinstance(arc, tuple)
    with pytest.raises(OrbitError, match="needs 6 states"):
        interpolate(arc[0], np.array([sum(arc[0].usable_s) / 2]))


@pytest.mark.parametrize(
    ("method", "degree", "count"), [("HERMITE", 7, 4), ("HERMITE", 3, 2), ("LAGRANGE", 7, 8), ("LAGRANGE", 1, 2)]
)
def test_states_needed(method: str, degree: int, count: int) -> None:
    assert states_needed(method, degree) == count


def test_no_interpolation_goes_across_two_segments() -> None:
    text = (SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8")
    head, _, body = text.partition("META_START")
    early = "META_START" + body
    # A maneuver at 13:00: the second segment is displaced by 10 km in x.
    late = early.replace("T13:00:00", "T14:00:00").replace("T12:", "T13:")
    lines = [
        " ".join([parts[0], f"{float(parts[1]) + 10:.9f}", *parts[2:]])
        if (parts := line.split()) and line[:4] == "2020"
        else line
        for line in late.splitlines()
    ]
    arcs = arcs_of(head + early + "\n" + "\n".join(lines) + "\n")
    at = np.array([from_iso("2020-06-01T12:59:59.999"), from_iso("2020-06-01T13:00:00")])
    before, after = interpolate_all(arcs, at)[0]
    assert after[0] - before[0] == pytest.approx(arcs[1].position_km[0, 0] - arcs[0].position_km[-1, 0], abs=0.01)
    with pytest.raises(OrbitError, match="outside the useable spans"):
        interpolate_all(arcs, np.array([from_iso("2020-06-01T14:00:01")]))


@pytest.mark.parametrize(
    ("scale", "ahead_s"), [("UTC", 0.0), ("TAI", 37.0), ("TT", 69.184), ("GPS", 18.0), ("TDB", 69.184)]
)
def test_epochs_are_of_the_clock_that_the_message_names(scale: str, ahead_s: float) -> None:
    text = (
        (SAMPLES / "leo_60s.kvn")
        .read_text(encoding="utf-8")
        .replace("TIME_SYSTEM          = UTC", f"TIME_SYSTEM = {scale}")
    )
    (arc,) = arcs_of(text)
    # In 2020 TAI was 37 s ahead of UTC, TT 32.184 s more, GPS 18 s; TDB keeps within 2 ms of TT.
    assert from_iso("2020-06-01T12:00:00") - arc.times_s[0] == pytest.approx(ahead_s, abs=2e-3)


@pytest.mark.parametrize(
    "replaced", [("= ICRF", "= MCI"), ("= Earth", "= VULCAN"), ("TIME_SYSTEM          = UTC", "TIME_SYSTEM = TCB")]
)
def test_what_is_not_computed_is_said(replaced: tuple[str, str]) -> None:
    text = (SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8").replace(*replaced)
    with pytest.raises(OrbitError, match=r"known|computed"):
        arcs_of(text)


def test_a_message_without_an_ephemeris_has_none() -> None:
    with pytest.raises(OrbitError, match="holds no ephemeris"):
        ephemerides(read(SAMPLES / "omm_g7.kvn"))


@given(mutated())
@settings(max_examples=300, deadline=2000)
def test_a_mutated_ephemeris_gives_states_or_an_error(content: bytes) -> None:
    try:
        for thing in ephemerides(parse(content, "mutated")):
            assert isinstance(thing.motion, tuple)
            begin, end = thing.motion[0].usable_s[0], thing.motion[-1].usable_s[1]
            with np.errstate(all="ignore"):
                interpolate_all(thing.motion, np.array([begin, (begin + end) / 2, end]))
    except (MessageError, OrbitError) as error:
        assert str(error)
