"""Collision probabilities beside NASA's and Alfano's, and what must hold of any of them."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.safety import SafetyError
from comity.safety.encounter import (
    PlanePicture,
    collision_probability,
    disc_probability,
    encounter_plane,
    passing_s,
    rtn_axes,
    worst_probability,
)

#: Real conjunctions and published cases; the file says where each is from.
KNOWN = json.loads((Path(__file__).parent / "collision_probabilities.json").read_text())


def probability(case: dict) -> float:
    covariance = np.zeros((3, 3))
    covariance[np.tril_indices(3)] = case["covariance_m2"]
    whole = covariance + np.tril(covariance, -1).T
    return collision_probability(
        np.array(case["miss_m"]), np.array(case["velocity_km_s"]), whole, radius=case["radius_m"]
    )


@pytest.mark.parametrize("case", KNOWN["cara"], ids=lambda c: c["name"])
def test_the_probability_of_real_conjunctions_is_that_of_nasa(case):
    # Below 1e-20 theirs is a number and ours is nothing.
    assert probability(case) == pytest.approx(case["probability"], rel=1e-7, abs=1e-20)


@pytest.mark.parametrize("case", KNOWN["alfano_2009"], ids=lambda c: c["name"])
def test_the_cases_of_alfano_2009_come_to_his_linear_probabilities(case):
    # His are integrated over a hundred standard deviations, and the messages round positions to a millimetre.
    assert probability(case) == pytest.approx(case["probability"], rel=3e-4)


def test_a_round_gaussian_centred_on_the_other_has_the_closed_form():
    # 1 - exp(-R² / 2σ²), whatever the ratio of radius and spread.
    for radius in (1e-3, 0.5, 3.0, 40.0):
        found = disc_probability(PlanePicture(1.0, 1.0, 0.0, 0.0), radius)
        assert found == pytest.approx(-math.expm1(-(radius**2) / 2), rel=1e-9)


def test_the_integral_agrees_with_counting_draws():
    plane, radius = PlanePicture(30.0, 12.0, 20.0, 10.0), 15.0
    draws = np.random.default_rng(7).normal(size=(2_000_000, 2)) * (30.0, 12.0) + (20.0, 10.0)
    counted = float((np.hypot(*draws.T) < radius).mean())
    assert disc_probability(plane, radius) == pytest.approx(counted, abs=4 * math.sqrt(counted / 2e6))


SIZES = st.floats(0.01, 100.0)


@given(SIZES, SIZES, st.floats(0, 300), st.floats(0, 300), SIZES)
def test_a_larger_radius_is_never_less_probable_and_the_worst_bounds_it(a, b, x, y, radius):
    plane = PlanePicture(max(a, b), min(a, b), x, y)
    small, large = disc_probability(plane, radius), disc_probability(plane, 2 * radius)
    assert 0 <= small <= large + 1e-12 <= 1 + 1e-9
    assert worst_probability(plane, radius) >= small * (1 - 1e-6)


@given(st.integers(0, 10_000))
def test_turning_the_whole_picture_changes_nothing(seed):
    draw = np.random.default_rng(seed)
    root = draw.normal(size=(3, 3)) * (3.0, 1.0, 0.5)
    covariance, miss, velocity = root @ root.T + 0.01 * np.eye(3), draw.normal(size=3), draw.normal(size=3) * 7
    turn, _ = np.linalg.qr(draw.normal(size=(3, 3)))
    here = collision_probability(miss, velocity, covariance, radius=0.3)
    there = collision_probability(turn @ miss, turn @ velocity, turn @ covariance @ turn.T, radius=0.3)
    assert there == pytest.approx(here, rel=1e-6, abs=1e-15)


def test_what_lies_along_the_relative_velocity_does_not_count():
    velocity, covariance = np.array([0.0, 7.0, 0.0]), np.diag([4.0, 9.0, 1.0])
    here = encounter_plane(np.array([3.0, 0.0, 1.0]), velocity, covariance)
    moved = encounter_plane(np.array([3.0, 50.0, 1.0]), velocity, covariance)
    for plane in (here, moved):
        assert dataclasses.astuple(plane) == pytest.approx((2.0, 1.0, 3.0, 1.0))


@pytest.mark.parametrize(
    ("velocity", "covariance", "radius", "said"),
    [
        (np.zeros(3), np.eye(3), 1.0, "do not move"),
        (np.ones(3), np.zeros((3, 3)), 1.0, "not positive definite"),
        (np.ones(3), np.full((3, 3), np.nan), 1.0, "not positive definite"),
        (np.ones(3), np.eye(3), 0.0, "above 0"),
    ],
)
def test_what_has_no_probability_is_refused(velocity, covariance, radius, said):
    with pytest.raises(SafetyError, match=said):
        collision_probability(np.ones(3), velocity, covariance, radius=radius)


def test_axes_are_right_handed_and_objects_that_fly_together_pass_slowly():
    axes = rtn_axes(np.array([7000.0, 100.0, -30.0]), np.array([0.3, 5.0, 5.6]))
    assert np.allclose(axes @ axes.T, np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert passing_s(np.array([0.0, 0.003, 0.0]), np.eye(3)) > 3000
    assert passing_s(np.zeros(3), np.eye(3)) == math.inf
