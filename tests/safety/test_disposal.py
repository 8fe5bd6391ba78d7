"""Rules of debris mitigation, kept and broken, and the registration of what is left in orbit."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import comity
from comity.orbits import Elements, SpaceObject, read_objects
from comity.orbits.objects import satrec
from comity.safety import SafetyError
from comity.safety.checklist import checklist, read_template
from comity.safety.debris_rules import rules_of, shipped_rules
from comity.safety.disposal import (
    GEO_KM,
    OrbitGiven,
    Spacecraft,
    disposal,
    disposal_of_object,
    graveyard_height_km,
    of_name,
    read_fleet,
)
from comity.safety.lifetime import METHOD
from comity.safety.registration import objects_to_register, orbit_fields, registration, registrations

CATALOGUE = Path(__file__).parents[2] / "benchmarks" / "data" / "active-2026-04-10.tle"


def left(perigee_km: float, apogee_km: float | None = None, **more) -> Spacecraft:
    """A small spacecraft left in an orbit."""
    orbit = OrbitGiven(perigee_km=perigee_km, apogee_km=apogee_km or perigee_km, inclination_deg=51.6)
    return Spacecraft(
        **{"id": "x", "mass_kg": 100.0, "area_m2": 1.0, "end_of_mission": "2027-01-01", **more}, orbit=orbit
    )


def verdicts(spacecraft: Spacecraft, *sets: str) -> dict[str, str]:
    return {check.rule: check.verdict for check in disposal(spacecraft, sets=sets).checks}


def test_every_rule_names_a_document_and_the_lifetime_its_method():
    book = shipped_rules()
    assert {(r.set, r.years) for r in book.rules.values() if r.kind == "lifetime"} == {
        ("nasa", 25), ("iadc", 25), ("iso", 25), ("fcc", 5), ("esa", 5),
    }  # fmt: skip
    assert all(source.url.startswith("https://") and source.checked for source in book.sources.values())
    assert "King-Hele" in METHOD and "NRLMSISE-00" in METHOD


def test_the_five_years_are_broken_where_the_twenty_five_are_kept():
    found = verdicts(left(550.0), "nasa", "fcc")
    assert (found["nasa-25-years"], found["fcc-5-years"]) == ("kept", "broken")
    assert verdicts(left(300.0), "fcc") == {"fcc-5-years": "kept"}
    assert verdicts(left(1200.0), "iadc")["iadc-25-years"] == "broken"


def test_between_a_weak_and_a_strong_sun_a_rule_is_unsure():
    found = [(height, disposal(left(height), sets=["fcc"])) for height in np.arange(400.0, 560.0, 10.0)]
    unsure = [(height, one) for height, one in found if one.checks[0].verdict == "unsure"]
    assert unsure
    for _, one in unsure:
        assert one.lifetimes["high"].years <= 5 < one.lifetimes["low"].years
    said = [one.checks[0].verdict for _, one in found]
    assert said == sorted(said, key=["kept", "unsure", "broken"].index)


@settings(max_examples=8, deadline=None)
@given(st.floats(200, 900), st.floats(1, 400))
def test_who_keeps_five_years_keeps_twenty_five_and_nobody_is_worse_off_lower(height, lower):
    found = verdicts(left(height), "fcc", "iadc")
    if found["fcc-5-years"] == "kept":
        assert found["iadc-25-years"] == "kept"
        assert verdicts(left(max(180.0, height - lower)), "fcc") == {"fcc-5-years": "kept"}


def test_a_disposal_of_ones_own_needs_no_lifetime():
    for way in ("controlled", "retrieval", "escape"):
        assert disposal(left(900.0, disposal=way), sets=["fcc"]).checks[0].verdict == "kept"
    assert disposal(left(900.0, disposal="storage"), sets=["fcc"]).checks[0].verdict == "broken"


def test_the_graveyard_lies_as_high_as_sunlight_asks():
    # IADC-02-01 §5.3.1: 235 km + 1000 CR A/m; at CR A/m of 0.0195 m²/kg that is 254.5 km.
    assert graveyard_height_km(0.0195) == pytest.approx(254.5)
    high = {"mass_kg": 2000.0, "area_m2": 30.0, "reflection": 1.3, "disposal": "storage"}
    assert verdicts(left(GEO_KM + 255, GEO_KM + 300, **high), "iadc")["iadc-graveyard"] == "kept"
    assert verdicts(left(GEO_KM + 254, GEO_KM + 300, **high), "iadc")["iadc-graveyard"] == "broken"
    # Perigee high enough, but an eccentricity over 0.003.
    assert verdicts(left(GEO_KM + 300, GEO_KM + 700, **high), "iadc")["iadc-graveyard"] == "broken"
    assert verdicts(left(500.0), "iadc")["iadc-graveyard"] == "not concerned"
    assert verdicts(left(GEO_KM + 199, GEO_KM + 250, **high), "nasa")["nasa-graveyard"] == "broken"


def test_figures_of_an_analysis_are_compared_and_asked_for_where_they_are_missing():
    said = left(300.0, explosion_probability=0.0005, disposal_reliability=0.85, casualty_expectation=0.0001)
    found = verdicts(said, "nasa")
    assert found["nasa-explosion"] == "kept"
    assert found["nasa-reliability"] == found["nasa-casualties"] == "broken"
    assert found["nasa-collision"] == "unsaid"


def test_stored_energy_is_named_with_how_it_is_made_harmless():
    assert verdicts(left(300.0), "nasa")["nasa-passivation"] == "unsaid"
    half = {"propellant": "vented", "battery": " "}
    (found,) = [
        c for c in disposal(left(300.0, stored_energy=half), sets=["nasa"]).checks if c.rule == "nasa-passivation"
    ]
    assert found.verdict == "broken" and "battery" in found.why
    assert verdicts(left(300.0, stored_energy={"propellant": "vented"}), "nasa")["nasa-passivation"] == "kept"


def test_an_object_by_its_elements_has_the_drag_of_its_b_star():
    iss = low_object(bstar=1e-4)
    found = disposal_of_object(iss, sets=["fcc"])
    # More than the 12.74 B* of the air of SGP4, which is denser than the real one (tests/safety/test_sinking.py).
    assert found.drag_m2_kg > 2 * 12.7416 * 1e-4
    heavier = disposal_of_object(iss, drag_m2_kg=0.0005, sets=["fcc"])
    assert heavier.lifetimes["mean"].years > found.lifetimes["mean"].years


def low_object(**more) -> SpaceObject:
    elements = Elements(
        epoch_jd=2461140.5, epoch_fraction=0.0, mean_motion=15.5 * 2 * math.pi / 1440, eccentricity=0.001,
        inclination=math.radians(51.6), node=1.0, perigee=1.0, mean_anomaly=1.0, bstar=1e-4,
    )  # fmt: skip
    return SpaceObject("1", "one", 1, replace(elements, **more))


def test_a_b_star_that_is_no_drag_leaves_the_lifetime_unsaid():
    for bstar in (0.0, -1e-5):
        found = disposal_of_object(low_object(bstar=bstar), sets=["fcc"])
        assert (found.drag_m2_kg, found.checks[0].verdict) == (None, "unsaid")


def test_a_file_of_spacecraft_tells_all_its_mistakes_with_their_places(tmp_path):
    file = tmp_path / "fleet.yaml"
    good = (
        "spacecraft:\n  one:\n    mass_kg: 10\n    area_m2: 0.1\n"
        "    orbit: {perigee_km: 500, apogee_km: 510}\n    end_of_mission: 2027-01-01\n"
    )
    file.write_text(good)
    assert [s.id for s in of_name(read_fleet(file), ["one"])] == ["one"]
    with pytest.raises(SafetyError, match="did you mean 'one'"):
        of_name(read_fleet(file), ["onne"])
    for wrong, said in (
        (good.replace("mass_kg: 10", "mass_kg: 10 g"), ":3:14: mass_kg: '10 g' is not a number"),
        (good.replace("perigee_km: 500", "perigee_km: 500000"), "must be at most 400000"),
        (good.replace("perigee_km: 500", "perigee_km: 520"), "the apogee of 510 km lies below the perigee of 520 km"),
        (good.replace("2027-01-01", "soon"), ":6:21: end_of_mission: 'soon' is no date"),
        (good.replace("area_m2", "area"), "unknown field 'area'; did you mean 'area_m2'"),
        ("", "holds no fields"),
    ):
        file.write_text(wrong)
        with pytest.raises(SafetyError) as refused:
            read_fleet(file)
        assert said in str(refused.value) and "fleet.yaml:" in str(refused.value)


def test_an_unknown_set_of_rules_is_refused():
    with pytest.raises(SafetyError, match="did you mean 'nasa'"):
        rules_of(["nassa"])


# --- registration ------------------------------------------------------------------------------------------------------------


def test_the_nodal_period_is_the_time_between_ascending_nodes():
    chosen = [o for o in read_objects(CATALOGUE) if not o.motion.deep_space][::90]
    for thing in chosen:
        minutes = np.arange(0, 1440.0, 0.05)
        record = satrec(thing.motion)
        error, position, _ = record.sgp4_array(
            np.full(len(minutes), record.jdsatepoch), record.jdsatepochF + minutes / 1440
        )
        assert not error.any()
        z = position[:, 2]
        up = np.flatnonzero((z[:-1] < 0) & (z[1:] >= 0))
        nodes = minutes[up] - z[up] * 0.05 / (z[up + 1] - z[up])
        period = (nodes[-1] - nodes[0]) / (len(nodes) - 1)
        # Drag takes some hundredths of a minute within the day from those that come down.
        assert float(orbit_fields(thing)["nodal_period_min"]) == pytest.approx(period, abs=0.02), thing.name


def test_the_form_is_filled_from_the_programme_and_an_orbit():
    iss = comity.load("iss").programme
    empty = registration(iss, "core", "zarya")
    filled = registration(iss, "core", "zarya", given=orbit_fields(low_object()))
    orbital = {"Nodal period (minutes)", "Inclination (degrees)", "Apogee (kilometres)", "Perigee (kilometres)"}
    assert set(empty.missing) - set(filled.missing) == orbital
    assert {one.article for one in empty.asked} >= {"Art. IV(1)(a)", "Art. IV(1)(c)", "Art. IV(1)(e)"}
    assert not filled.complete
    known = {one.key: "2000-01-01" if one.key.endswith("_date") else "x" for one in filled.asked if not one.value}
    assert registration(iss, "core", "zarya", given={**orbit_fields(low_object()), **known}).complete


def test_a_checklist_asks_for_the_form_of_each_space_object():
    iss = comity.load("iss").programme
    asked = registrations(iss, checklist(read_template("common"), iss, "core"))
    assert (
        {form.element for form in asked.values()}
        == set(objects_to_register(iss, "core"))
        >= {"zarya", "unity", "zvezda"}
    )


def test_unknown_objects_and_fields_are_refused():
    iss = comity.load("iss").programme
    with pytest.raises(SafetyError, match="did you mean 'zarya'"):
        objects_to_register(iss, "core", "zarja")
    with pytest.raises(SafetyError, match="no mission 'cor'"):
        objects_to_register(iss, "cor")
    with pytest.raises(SafetyError, match="no field 'inclination'"):
        registration(iss, "core", "zarya", given={"inclination": "51.6"})
