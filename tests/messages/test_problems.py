"""Each rule, broken in an example of its book, is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.messages import problems
from tests.messages.support import text

FATAL, TOLD = True, False
#: (example, what is put for what, field that is told, part of what would be right, whether it hinders reading)
CASES = [
    ("oem_g13.kvn", "ORIGINATOR = NASA/JPL\n", "", "ORIGINATOR", "mandatory", FATAL),
    ("oem_g13.kvn", "TIME_SYSTEM = UTC", "TIME_SYSTEM = UCT", "TIME_SYSTEM", "GMST", TOLD),
    ("oem_g13.kvn", "REF_FRAME = EME2000", "REF_FRAME = EME200", "REF_FRAME", "EME2000", TOLD),
    (
        "oem_g13.kvn",
        "STOP_TIME = 2019-12-30T01:28:02.267",
        "STOP_TIME = 2018-12-30T01:28:02.267",
        "STOP_TIME",
        "not before",
        FATAL,
    ),
    (
        "oem_g13.kvn",
        "STOP_TIME = 2019-12-30T01:28:02.267",
        "STOP_TIME = 2020-02-30T01:28:02",
        "STOP_TIME",
        "an epoch",
        FATAL,
    ),
    (
        "oem_g13.kvn",
        "STOP_TIME = 2019-12-30T01:28:02.267",
        "STOP_TIME = 2021-12-30T01:28:02",
        "STOP_TIME",
        "is cut",
        FATAL,
    ),
    ("oem_g13.kvn", "INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = 6", "INTERPOLATION_DEGREE", "odd", TOLD),
    (
        "oem_g13.kvn",
        "INTERPOLATION_DEGREE = 7",
        "INTERPOLATION_DEGREE = 77",
        "INTERPOLATION_DEGREE",
        "lower degree",
        TOLD,
    ),
    ("oem_g13.kvn", "INTERPOLATION_DEGREE = 7\n", "", "INTERPOLATION_DEGREE", "goes with", TOLD),
    ("oem_g13.kvn", "INTERPOLATION = HERMITE", "INTERPOLATION = SPLINE", "INTERPOLATION", "HERMITE", FATAL),
    ("oem_g13.kvn", "2019-12-28T21:59:02.267", "2019-12-28T21:29:02.267", "EPOCH", "later than", FATAL),
    ("oem_g13.kvn", "COVARIANCE_STOP", "", "COVARIANCE_START", "COVARIANCE_STOP", FATAL),
    ("oem_g13.kvn", "META_STOP", "", "COVARIANCE_START", "META_STOP before it", FATAL),
    ("oem_g13.kvn", "\n4.6189273e-04 6.7824216e-04\n", "\n4.6189273e-04\n", "covarianceMatrix", "2", FATAL),
    ("oem_g13.kvn", "\n3.3313494e-04\n", "\n-3.3313494e-04\n", "covarianceMatrix", "positive", TOLD),
    (
        "oem_g13.kvn",
        "\n4.6189273e-04 6.7824216e-04\n",
        "\n9.6189273e-04 6.7824216e-04\n",
        "covarianceMatrix",
        "positive",
        TOLD,
    ),
    ("oem_g13.kvn", "EPOCH = 2019-12-29T21:00:00", "EPOCH = 2019-12-28T20:00:00", "EPOCH", "in order of time", TOLD),
    ("oem_g14.xml", "<X>2789.6</X>", '<X units="m">2789.6</X>', "X", "the unit is km", FATAL),
    ("oem_g14.xml", "<Y>-280.0</Y>", "", "Y", "a line has", FATAL),
    ("oem_g14.xml", "MESSAGE_ID>", "MESSAGE_ED>", "<MESSAGE_ED>", "MESSAGE_ID", FATAL),
    ("opm_g4.kvn", "MASS = ", "SOLAR_MASS = ", "SOLAR_MASS", "", FATAL),
    ("opm_g4.kvn", "X = 6655.9942 [km]", "X = 6655994.2 [m]", "X", "the unit is km", FATAL),
    ("opm_g4.kvn", "ECCENTRICITY = 0.020842611", "ECCENTRICITY = -0.02", "ECCENTRICITY", "from 0", FATAL),
    (
        "opm_g4.kvn",
        "TRUE_ANOMALY",
        "MEAN_ANOMALY = 1 [deg]\nTRUE_ANOMALY",
        "TRUE_ANOMALY and MEAN_ANOMALY",
        "one of them",
        FATAL,
    ),
    ("opm_g2.kvn", "MAN_DELTA_MASS = -", "MAN_DELTA_MASS = ", "MAN_DELTA_MASS", "negative", TOLD),
    ("opm_g4.kvn", "COV_REF_FRAME = RTN", "COV_REF_FRAME = RTM", "COV_REF_FRAME", "RTN", TOLD),
    ("omm_g7.kvn", "REF_FRAME = TEME", "REF_FRAME = GCRF", "REF_FRAME", "TEME goes with", TOLD),
    ("omm_g7.kvn", "MEAN_MOTION = 1.00273272", "MEAN_MOTION = -1.00273272", "MEAN_MOTION", "above 0", FATAL),
    ("omm_g7.kvn", "INCLINATION = 3.0539", "INCLINATION = 303.0539", "INCLINATION", "to 180", FATAL),
    ("omm_g7.kvn", "BSTAR = 0.0001\n", "", "BSTAR", "goes with SGP4", TOLD),
    ("omm_g7.kvn", "CCSDS_OMM_VERS = 3.0", "CCSDS_OMM_VERS = 2.0", "MESSAGE_ID", "from version 3.0", TOLD),
    ("cdm_3_6_2.kvn", "= OBJECT2", "= OBJECT1", "OBJECT", "OBJECT2: the first", FATAL),
    ("cdm_3_6_2.kvn", "= 715 ", "= 7150 ", "MISS_DISTANCE", "the same", TOLD),
    (
        "cdm_3_6_2.kvn",
        "CNDOT_NDOT                    = 5.178E-05",
        "CNDOT_NDOX = 5.178E-05",
        "CNDOT_NDOX",
        "CNDOT_NDOT",
        FATAL,
    ),
    (
        "cdm_4_4.xml",
        "<COLLISION_PROBABILITY>4.835E-05",
        "<COLLISION_PROBABILITY>4.835",
        "COLLISION_PROBABILITY",
        "0 to 1",
        FATAL,
    ),
    ("cdm_4_4.xml", "RELATIVE_SPEED", "RELATIVE_SPOED", "<RELATIVE_SPOED>", "RELATIVE_SPEED", FATAL),
    ("tdm_e8.kvn", "PATH = 1,2,1", "PATH = 1,3,1", "PATH", "one of 1, 2", FATAL),
    ("tdm_e8.kvn", "PATH = 1,2,1\n", "", "PATH", "goes with MODE", TOLD),
    ("tdm_e8.kvn", "ANGLE_TYPE = XSYE\n", "", "ANGLE_TYPE", "AZEL", TOLD),
    (
        "tdm_e8.kvn",
        "ANGLE_1 = 2007-08-29T08:00:02.000",
        "ANGLE_1 = 2007-08-29T07:00:02.000",
        "ANGLE_1",
        "once each",
        TOLD,
    ),
    ("tdm_e8.kvn", "67.01312389", "467.01312389", "ANGLE_1", "below 360", TOLD),
    ("tdm_e8.kvn", "DATA_STOP", "", "META_START", "DATA_STOP before it", FATAL),
    (
        "tdm_e8.kvn",
        "ANGLE_2 = 2007-08-29T07:00:02.000 18.28395556",
        "ANGLE_2 = 18.28395556",
        "ANGLE_2",
        "an epoch and a value",
        FATAL,
    ),
    ("aem_g5.kvn", "ATTITUDE_TYPE   = SPIN", "ATTITUDE_TYPE   = SPINS", "ATTITUDE_TYPE", "SPIN/NUTATION", FATAL),
    ("aem_g5.kvn", "ATTITUDE_TYPE   = SPIN", "ATTITUDE_TYPE   = EULER_ANGLE", "attitudeState", "a line has 4", FATAL),
    ("aem_g5.kvn", "2006-090T05:00:00.446", "2006-090T05:00:00.196", "EPOCH", "later than", FATAL),
    ("aem_1_0.kvn", "0.42319   -0.45697", "0.92319   -0.45697", "Q1", "a rotation", TOLD),
    ("apm_g3.kvn", "QUAT_STOP", "", "QUAT_START", "", FATAL),
    ("apm_g3.kvn", "Q1        = 0.03123", "Q1        = 0.93123", "Q1", "a rotation", TOLD),
    ("apm_g3.kvn", "IXX       = 6080.0 [kg*m**2]", "IXX       = 6080.0 [kg*cm**2]", "IXX", "kg*m**2", FATAL),
]


@pytest.mark.parametrize(("name", "old", "new", "field", "right", "fatal"), CASES)
def test_a_broken_rule_is_told_with_its_line(
    name: str, old: str, new: str, field: str, right: str, fatal: bool, tmp_path: Path
) -> None:
    content = text(name)
    assert old in content
    broken = tmp_path / name
    broken.write_text(content.replace(old, new), encoding="utf-8")
    before = tmp_path / "right"
    before.write_text(content, encoding="utf-8")
    known = {(p.field, p.what) for p in problems(before)}
    found = [p for p in problems(broken) if (p.field, p.what) not in known]
    told = [p for p in found if (p.field == field or not field) and right in p.right]
    assert told, found
    assert told[0].fatal == fatal
    assert 1 <= told[0].line <= len(broken.read_text(encoding="utf-8").split("\n"))


def test_the_line_is_that_of_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "m.kvn"
    broken.write_text(text("oem_g13.kvn").replace("7.33702", "7.33.702"), encoding="utf-8")
    (found,) = problems(broken)
    assert "7.33.702" in broken.read_text(encoding="utf-8").split("\n")[found.line - 1]
    assert str(found) == f"{found.line}: X_DOT: is '7.33.702'; a number such as 1.5 or -2.5E-03"


def test_several_broken_rules_are_told_at_once(tmp_path: Path) -> None:
    broken = tmp_path / "m.kvn"
    content = text("opm_g4.kvn").replace("[km/s]", "[m/s]").replace("MASS = 1913.000", "MASS = heavy")
    broken.write_text(content, encoding="utf-8")
    found = problems(broken)
    assert [p.line for p in found] == sorted(p.line for p in found)
    assert {"X_DOT", "Y_DOT", "Z_DOT", "MASS"} <= {p.field for p in found}
