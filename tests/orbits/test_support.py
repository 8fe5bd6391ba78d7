"""Whether states support what is interpolated between them, and why two ephemerides have no epoch in common."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from comity.messages import convert
from comity.orbits import Arc, OrbitError, SpaceObject, compare, interpolate_all, read_objects, wide_gaps
from comity.orbits.states import states
from comity.orbits.times import from_iso

G11 = Path(__file__).parents[1] / "messages" / "samples" / "oem_g11.kvn"
RADIUS_KM, SPEED_KM_S = 7000.0, math.sqrt(398600.4418 / 7000.0)


def circle(turn: float, count: int, method: str = "HERMITE", degree: int = 7) -> Arc:
    """A circular orbit with states each `turn` radians apart."""
    angle = turn * np.arange(count)
    times = angle * RADIUS_KM / SPEED_KM_S
    cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(count)
    return Arc(
        times, RADIUS_KM * np.stack([cos, sin, zero], axis=1), SPEED_KM_S * np.stack([-sin, cos, zero], axis=1),
        "GCRF", "earth", method, degree, (float(times[0]), float(times[-1])),
    )  # fmt: skip


@pytest.mark.parametrize(("degree", "within"), [(7, 3e-5), (3, 3e-3)])
def test_up_to_a_sixth_of_a_revolution_a_circle_is_met(degree: int, within: float) -> None:
    arc = circle(1.0, 12, degree=degree)
    at = np.linspace(*arc.usable_s, 500)
    position, _ = interpolate_all([arc], at)
    angle = at * SPEED_KM_S / RADIUS_KM
    right = RADIUS_KM * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    assert np.linalg.norm(position - right, axis=1).max() < within * RADIUS_KM
    assert wide_gaps([circle(0.99, 12)], at) == ()


def test_states_farther_apart_are_named_but_not_where_one_asks_for_a_state_itself() -> None:
    arc = circle(1.5, 8)
    (gap,) = wide_gaps([arc], np.array([(arc.times_s[2] + arc.times_s[3]) / 2]))
    assert (gap.begins_s, gap.ends_s) == (arc.times_s[2], arc.times_s[3])
    assert gap.revolutions == pytest.approx(1.5 / (2 * math.pi))
    assert wide_gaps([arc], arc.times_s) == ()


def test_what_flies_off_between_states_of_the_books_own_example_is_refused() -> None:
    (thing,) = read_objects(G11)
    arcs = thing.motion
    assert isinstance(arcs, tuple)
    lost = from_iso("2019-12-23T00:00:00")
    with pytest.raises(OrbitError, match=r"lie 249 h apart, about 266 revolutions.*is no orbit"):
        interpolate_all(arcs, np.array([lost]))
    assert states([thing], [lost]).error is not None
    with pytest.raises(OrbitError, match="is no orbit"):
        compare(thing, thing, step_s=3600.0)


def test_an_example_compared_with_its_own_conversion_says_why_no_epoch_is_common(tmp_path: Path) -> None:
    convert(G11, tmp_path / "g11.xml")
    (one,), (other,) = (read_objects(path) for path in (G11, tmp_path / "g11.xml"))
    with pytest.raises(OrbitError) as refused:
        compare(one, other)
    assert "none of the 8 epochs of MARS GLOBAL SURVEYOR lies within what both may be used for" in str(refused.value)
    assert "2019-12-18T12:10:00.331Z to 2019-12-28T21:23:00.331Z" in str(refused.value)
    assert "give a step" in str(refused.value)


def test_two_that_never_meet_say_when_each_is_useable() -> None:
    early = circle(0.1, 20)
    late = Arc(
        early.times_s + 1e6, early.position_km, early.velocity_km_s, "GCRF", "earth", "HERMITE", 7, (1e6, 1e6 + 60)
    )
    one, other = (SpaceObject(name, name, None, (arc,)) for name, arc in (("one", early), ("other", late)))
    with pytest.raises(
        OrbitError, match=r"one is useable 1970-01-01T00:00:00\.000Z to .*; other is useable 1970-01-12"
    ):
        compare(one, other)
