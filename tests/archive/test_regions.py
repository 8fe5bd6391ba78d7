"""Regions on the sphere, beside what spherical geometry says and what MOCs of the same regions hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.archive.bounding import bounds
from comity.archive.regions import area, centroid, contains, holds_points, intersects, region

OCTANT = "POLYGON ICRS 0 0 90 0 0 90"


def holds(text: str, lon: float, lat: float) -> bool:
    return bool(holds_points(region(text), np.array([lon]), np.array([lat]))[0])


def test_an_octant_has_an_eighth_of_the_sphere():
    assert area(region(OCTANT)) == pytest.approx(4 * math.pi * (180 / math.pi) ** 2 / 8)
    assert centroid(region(OCTANT)) == pytest.approx((45.0, math.degrees(math.asin(1 / math.sqrt(3)))))
    assert holds(OCTANT, 45, 45)
    assert not holds(OCTANT, 225, -45)


def test_a_cap_has_the_area_that_archimedes_found():
    assert area(region("CIRCLE 10 20 90")) == pytest.approx(2 * math.pi * (180 / math.pi) ** 2)


def test_edges_are_great_circles_not_parallels():
    box = "POLYGON 0 50 60 50 60 60 0 60"
    # Half way, a great circle between two places at 50° lies at atan(tan 50° / cos 30°) = 53.99°.
    assert not holds(box, 30, 53.9)
    assert holds(box, 30, 54.1)


def test_a_range_follows_parallels():
    assert holds("RANGE 0 60 50 60", 30, 50.1)
    assert not holds("RANGE 0 60 50 60", 30, 49.9)
    assert holds("RANGE 0 360 -90 90", 123, -89)


def test_shapes_across_the_meridian_and_the_pole():
    assert holds("POLYGON 359 -1 1 -1 1 1 359 1", 0.0, 0.0)
    assert holds("POLYGON 0 80 90 80 180 80 270 80", 12.0, 89.9)
    assert intersects(region("CIRCLE 359.5 0 1"), region("POLYGON 0.1 -1 2 -1 2 1 0.1 1"))


def test_a_polygon_meets_another_that_crosses_it_without_corners_inside():
    tall, wide = region("POLYGON 9 -5 11 -5 11 5 9 5"), region("POLYGON 5 -1 15 -1 15 1 5 1")
    assert intersects(tall, wide)
    assert not contains(tall, wide)
    assert contains(tall, region("CIRCLE 10 0 0.9"))
    assert not contains(tall, region("CIRCLE 10 0 1.1"))


@pytest.mark.parametrize(
    "text",
    ["", "CIRCLE", "CIRCLE 1 2", "CIRCLE 1 95 1", "CIRCLE 1 2 -1", "CIRCLE GALACTIC 1 2 3", "POLYGON 0 0 1 1", "CIRCLE nan 0 1",
     "POLYGON 0 0 120 0 240 0", "UNION ICRS", "UNION ( x )", "RANGE 5 1 0 1", "POLYGON 1 1 1 1 1 1"],
)  # fmt: skip
def test_what_is_no_region_is_none(text):
    assert region(text) is None


def test_a_union_holds_what_one_of_its_parts_holds():
    both = "UNION ICRS ( CIRCLE 10 0 1 POLYGON 20 -1 22 -1 22 1 20 1 )"
    assert [holds(both, lon, 0) for lon in (10, 15, 21)] == [True, False, True]


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 359), st.floats(-80, 80), st.floats(0.5, 20), st.integers(3, 9), st.randoms(use_true_random=False))
def test_a_polygon_holds_what_a_moc_of_it_holds(lon, lat, size, corners, random):
    from astropy import units
    from astropy.coordinates import SkyCoord
    from mocpy import MOC

    middle = SkyCoord(lon, lat, unit="deg")
    ring = middle.directional_offset_by(np.arange(corners) * 360 / corners * units.deg, size * units.deg)
    text = "POLYGON " + " ".join(f"{float(c.ra.deg)!r} {float(c.dec.deg)!r}" for c in ring)
    wider, moc, narrower = (MOC.from_polygon_skycoord(ring, max_depth=9) for _ in range(3))  # they are changed in place
    near = middle.directional_offset_by(random.uniform(0, 360) * units.deg, random.uniform(0, 2 * size) * units.deg)
    inside = holds(text, near.ra.deg, near.dec.deg)
    edge = (
        wider.add_neighbours().contains_skycoords(near)[0]
        and not narrower.remove_neighbours().contains_skycoords(near)[0]
    )
    assert inside == bool(moc.contains_skycoords(near)[0]) or edge


@settings(max_examples=60, deadline=None)
@given(*[st.tuples(st.floats(0, 359.9), st.floats(-89, 89), st.floats(0.01, 40)) for _ in range(2)])
def test_what_contains_meets_and_meeting_is_mutual(one, other):
    a, b = (region(f"CIRCLE {x!r} {y!r} {r!r}") for x, y, r in (one, other))
    assert intersects(a, b) == intersects(b, a)
    if contains(a, b):
        assert intersects(a, b)
        assert area(a) >= area(b) * (1 - 1e-9)


SHAPES = st.one_of(
    st.tuples(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 60)).map(
        lambda t: f"CIRCLE ICRS {t[0]!r} {t[1]!r} {t[2]!r}"
    ),
    st.tuples(st.floats(0, 360), st.floats(-90, 90)).map(lambda t: f"Position {t[0]!r} {t[1]!r}"),
    st.lists(st.tuples(st.floats(0, 360), st.floats(-90, 90)), min_size=3, max_size=5).map(
        lambda cs: "POLYGON " + " ".join(f"{a!r} {b!r}" for a, b in cs)
    ),
    st.sampled_from(
        [
            "nonsense",
            "POLYGON 1 2",
            "CIRCLE 1 2 x",
            "UNION ( CIRCLE 1 2 3 )",
            "",
            "CIRCLE 1 200 3",
            "polygon  1 1  2 1 2 2",
        ]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SHAPES, min_size=1, max_size=6), st.lists(SHAPES, min_size=1, max_size=6))
def test_what_meets_is_never_passed_over_by_its_bounds(ones, others):
    import pyarrow as pa

    pairs = [(a, b) for a in ones for b in others]
    left, right = (bounds(pa.array(texts, pa.string())) for texts in zip(*pairs, strict=True))
    for (a, b), may in zip(pairs, left.may_meet(right), strict=True):
        first, second = region(a), region(b)
        if first is None or second is None:
            continue
        if intersects(first, second) or contains(first, second):
            assert may, (a, b)
