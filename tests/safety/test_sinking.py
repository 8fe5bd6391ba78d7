"""What elements tell of drag, beside their own mean motion, spacecraft that came down, and others' forecasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from comity.orbits import SpaceObject, read_objects
from comity.orbits.objects import satrec
from comity.orbits.times import from_iso
from comity.orbits.tle import read_tle
from comity.safety.atmosphere import YEAR_S, density, measured_flux
from comity.safety.disposal import Disposal, disposal_of_object
from comity.safety.lifetime import CD
from comity.safety.sinking import sinking_by_bstar, sinking_by_motion

CATALOGUE = Path(__file__).parents[2] / "benchmarks/data/active-2026-04-10.tle"
SCIENCE = Path(__file__).parents[2] / "src/comity/network/data/science-spacecraft.tle"
#: Tiangong-1, nobody's since March 2016: as published by Space-Track, kept in tests of public programs (their
#: checksums hold). It came down on 2 April 2018 at 00:16 UTC (Sky & Telescope).
TIANGONG = {
    "2016-11-23": (
        "1 37820U 11053A   16328.42196759  .00018109  00000-0  15313-3 0  9998",
        "2 37820  42.7632  10.8547 0015415  65.4349 129.7468 15.69249090295545",
    ),
    "2017-04-18": (
        "1 37820U 11053A   17108.75840766  .00019738  00000-0  12544-3 0  9997",
        "2 37820  42.7593 203.1960 0018230  12.5951 125.9337 15.75851115318584",
    ),
}
DOWN_S = from_iso("2018-04-02T00:16:00")


def science(name: str, catalogue: Path = SCIENCE) -> SpaceObject:
    return next(thing for thing in read_objects(catalogue) if thing.name == name)


def tiangong(day: str) -> SpaceObject:
    return read_tle("\n".join(TIANGONG[day]), Path("tiangong.tle"))[0]


def years(found: Disposal) -> list[float]:
    return [life.years for life in found.lifetimes.values()]


@pytest.mark.parametrize("name", ["ISS (ZARYA)", "CSS (TIANHE)", "HST", "GRACE-FO 1", "EARTHCARE"])
def test_a_b_star_makes_an_orbit_sink_as_its_mean_motion_says(name):
    elements = science(name).motion
    assert sinking_by_bstar(elements) == pytest.approx(sinking_by_motion(elements), rel=0.1)


def test_the_sinking_of_hubble_is_that_of_the_field_of_its_tle():
    # Line 1 gives half of the derivative, .00007076 rev/day²; at 15.3001 rev/day and 6,853 km: 2/3 · 6853 · .00014152 / 15.3001.
    assert sinking_by_motion(science("HST").motion) * 1000 == pytest.approx(42.3, abs=0.2)


def test_the_station_sinks_by_some_two_kilometres_a_month():
    # The order of magnitude that is told of it, without a boost, at some 400 km.
    assert 1.0 < disposal_of_object(science("ISS (ZARYA)")).sinking_m_day["B*"] * 30 / 1000 < 2.5


def test_lifetimes_by_b_star_and_by_area_and_mass_agree_for_hubble_and_the_station():
    # Sections are estimates: Hubble's tube of 4.2 m by 13.2 m with wings, at 11,110 kg; the station's mean one, at 420 t.
    for name, area_m2, mass_kg in (("HST", 60.0, 11110.0), ("ISS (ZARYA)", 1000.0, 420000.0)):
        by_bstar = disposal_of_object(science(name), sets=["fcc"])
        by_area = disposal_of_object(science(name), drag_m2_kg=CD * area_m2 / mass_kg, sets=["fcc"])
        assert years(by_bstar)[1] == pytest.approx(years(by_area)[1], rel=0.3)
        assert not by_bstar.cautions
        assert not by_area.cautions


def test_hubble_comes_down_in_the_years_that_nasa_names():
    # NASA/TM-20250010561 (NESC): most likely 2033, 2029 under a strong Sun and 2040 under a weak one.
    found = disposal_of_object(science("HST"), sets=["fcc"])
    low, mean, high = (1970 + found.start_s / YEAR_S + life for life in years(found))
    assert low < 2040
    assert mean == pytest.approx(2033, abs=2)
    assert high == pytest.approx(2029, abs=1.5)


@pytest.mark.parametrize(("day", "within"), [("2016-11-23", 0.35), ("2017-04-18", 0.15)])
def test_tiangong_came_down_about_when_its_elements_say(day, within):
    # Into a deeper minimum than any of the cycles knows: earlier by a third at most.
    found = disposal_of_object(tiangong(day), sets=["fcc"])
    real = (DOWN_S - found.start_s) / YEAR_S
    assert years(found)[1] == pytest.approx(real, rel=within)


def test_the_air_of_sgp4_is_denser_than_the_real_and_the_drag_mends_it():
    # Spacetrack Report No. 3: rho0 ((q0 - s) / (r - s))^4, q0 and s at 120 and 78 km; rho0 = 2.461e-5 kg/m² a km.
    sgp4 = 2.461e-5 / 1000 * (42 / (475 - 78)) ** 4
    hubble = disposal_of_object(science("HST"), sets=["fcc"])
    mended = hubble.drag_m2_kg / (12.7416 * science("HST").motion.bstar)
    assert mended == pytest.approx(sgp4 / float(density(475.0, hubble.flux)), rel=0.25)


def test_the_flux_of_known_days_is_the_measured_one():
    # Penticton: the deepest of the minimum of 2008, 66 to 68 sfu; about 200 in the autumn of 2024.
    assert measured_flux(from_iso("2008-08-01")) == pytest.approx(66.5, abs=1.5)
    assert measured_flux(from_iso("2024-10-15")) > 180
    assert measured_flux(from_iso("2300-01-01")) is None


def test_what_lies_apart_is_cautioned_of_with_both_figures():
    hubble = science("HST")
    (said,) = disposal_of_object(hubble, drag_m2_kg=CD * 20 / 11110, sets=["fcc"]).cautions
    assert "by area and mass" in said and "by its B* 41.1 m a day" in said and "factor of 1.5" in said
    slowed = replace(hubble, motion=replace(hubble.motion, mean_motion_dot=hubble.motion.mean_motion_dot / 2))
    (said,) = disposal_of_object(slowed, sets=["fcc"]).cautions
    assert "41.1 m a day" in said and "it sinks 21.1" in said
    late = replace(hubble, motion=replace(hubble.motion, epoch_jd=hubble.motion.epoch_jd + 36525))
    assert "no flux of the Sun is known here for 2126" in disposal_of_object(late, sets=["fcc"]).cautions[0]


def test_a_solar_sail_is_known_by_its_drag():
    # NASA's ACS3: a sail of 80 m² on a CubeSat of 16 kg, which turns: up to Cd · 80 / 16 = 11 m²/kg.
    found = disposal_of_object(science("ACS3", CATALOGUE), sets=["fcc"])
    assert CD * 80 / 16 / 2.5 < found.drag_m2_kg < CD * 80 / 16 * 1.2
    assert "more than any but a sail" in found.cautions[0]


def test_what_thrust_lowers_is_cautioned_of():
    # 4.5 km a day from 456 km.
    (said,) = disposal_of_object(science("STARLINK-4681", CATALOGUE), sets=["fcc"]).cautions
    assert "thrust may be at work" in said


def test_far_above_the_air_b_star_is_no_measure_of_it():
    found = disposal_of_object(science("SENTINEL-6A"), sets=["fcc"])
    assert "B* tells of sunlight" in found.cautions[0]
    assert found.checks[0].verdict == "broken"


def test_the_axis_after_a_day_is_that_of_the_states():
    # The mean of the osculating axis over 24 revolutions, a day apart, falls as the mean axis does.
    elements = science("CSS (TIANHE)").motion
    record = satrec(elements)

    def mean_axis(day: float) -> float:
        minutes = np.arange(0, 2000) * (24 * elements.period_s / 60 / 2000)
        _, r, v = record.sgp4_array(np.full(2000, record.jdsatepoch), record.jdsatepochF + day + minutes / 1440)
        return float(np.mean(1 / (2 / np.linalg.norm(r, axis=1) - np.sum(v**2, axis=1) / 398600.8)))

    assert mean_axis(0) - mean_axis(1) == pytest.approx(sinking_by_bstar(elements), rel=0.05)
