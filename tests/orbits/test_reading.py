from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from comity.orbits import Elements, OrbitError, read_objects, states
from tests.orbits.test_states import CATALOGUE, ISS

OMM = """CCSDS_OMM_VERS = 2.0
CREATION_DATE = 2026-04-10T06:00:00
ORIGINATOR = TEST
OBJECT_NAME = ISS (ZARYA)
OBJECT_ID = 1998-067A
CENTER_NAME = EARTH
REF_FRAME = TEME
TIME_SYSTEM = UTC
MEAN_ELEMENT_THEORY = SGP4
EPOCH = 2026-04-10T04:46:28.718400
MEAN_MOTION = 15.48858067
ECCENTRICITY = .0006432
INCLINATION = 51.6328 [deg]
RA_OF_ASC_NODE = 276.5654
ARG_OF_PERICENTER = 294.6645
MEAN_ANOMALY = 65.3674
NORAD_CAT_ID = 25544
BSTAR = .13529e-3
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "objects.txt"
    path.write_text(text)
    return path


def test_a_real_catalogue_reads_whole() -> None:
    objects = read_objects(CATALOGUE)
    assert len(objects) == 1000 and objects[0].name == "CALSPHERE 1" and objects[0].norad == 900


def test_tle_and_omm_of_the_same_elements_move_alike(tmp_path: Path) -> None:
    (omm,) = read_objects(written(tmp_path, OMM))
    (tle,) = read_objects(written(tmp_path, "\n".join(ISS)))
    assert isinstance(tle.motion, Elements) and omm.norad == tle.norad == 25544
    at = tle.motion.epoch_s + np.array([0.0, 86400.0])
    np.testing.assert_allclose(states([omm], at).position_km, states([tle], at).position_km, atol=1e-4)


@pytest.mark.parametrize("kind", ["csv", "json", "xml"])
def test_an_omm_is_the_same_in_every_form(kind: str, tmp_path: Path) -> None:
    import json

    fields = dict(line.split(" [")[0].split(" = ") for line in OMM.strip().splitlines())
    tags = "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
    text = {
        "csv": ",".join(fields) + "\n" + ",".join(fields.values()) + "\n",
        "json": json.dumps([fields]),
        "xml": f"<ndm><omm><body>{tags}</body></omm></ndm>",
    }[kind]
    assert read_objects(written(tmp_path, text)) == read_objects(written(tmp_path, OMM))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ISS[0][:-1] + "9\n" + ISS[1], "objects.txt:1: the checksum is 9, its characters give 8"),
        ("ISS\n" + ISS[0] + "\n" + ISS[1][:-1] + "2", "objects.txt:3: the checksum"),
        (ISS[0] + "\n", "objects.txt:1: the file ends after line 1"),
        (ISS[0] + "\n" + ISS[1][:40], "objects.txt:2: the line has 40 characters"),
        (ISS[0].replace("26100", "26x00") + "\n" + ISS[1], "objects.txt:1: the line has not the columns"),
        (OMM.replace("ECCENTRICITY = .0006432", "ECCENTRICITY = 1.2"), "ECCENTRICITY is 1.2"),
        (OMM.replace("MEAN_ANOMALY = 65.3674\n", ""), "MEAN_ANOMALY is missing"),
        (OMM.replace("REF_FRAME = TEME", "REF_FRAME = GCRF"), "REF_FRAME is 'GCRF'"),
        ("nothing of the kind", "is none of TLE, OMM"),
        ("[{", "is no whole JSON"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(OrbitError) as caught:
        read_objects(written(tmp_path, text))
    assert said in str(caught.value)


def oem(method: str, degree: int, start: float, count: int, step: float) -> str:
    """An ephemeris of the ISS made from its elements."""
    from comity.orbits.times import to_iso
    from comity.orbits.tle import read_tle

    (iss,) = read_tle("\n".join(ISS), Path("iss"))
    at = start + step * np.arange(count)
    known = states([iss], at, "GCRF")
    rows = "\n".join(
        f"{to_iso(t, digits=6)[:-1]} " + " ".join(f"{x:.9f}" for x in (*p, *v))
        for t, p, v in zip(at, known.position_km[0], known.velocity_km_s[0], strict=True)
    )
    ends = [to_iso(t, digits=6)[:-1] for t in (at[0], at[-1])]
    return (
        "CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2026-04-10T00:00:00\nORIGINATOR = TEST\n\nMETA_START\nOBJECT_NAME = ISS\n"
        f"OBJECT_ID = 1998-067A\nCENTER_NAME = EARTH\nREF_FRAME = GCRF\nTIME_SYSTEM = UTC\nSTART_TIME = {ends[0]}\n"
        f"STOP_TIME = {ends[1]}\nINTERPOLATION = {method}\nINTERPOLATION_DEGREE = {degree}\nMETA_STOP\n\n{rows}\n"
    )


@pytest.mark.parametrize(("method", "degree", "km"), [("HERMITE", 7, 5e-4), ("LAGRANGE", 8, 5e-3)])
def test_an_ephemeris_is_interpolated_as_it_says(method: str, degree: int, km: float, tmp_path: Path) -> None:
    (iss,) = read_objects(written(tmp_path, "\n".join(ISS)))
    assert isinstance(iss.motion, Elements)
    start = round(iss.motion.epoch_s)
    (flown,) = read_objects(written(tmp_path, oem(method, degree, start, 60, 120.0)))
    at = start + np.linspace(600.0, 6000.0, 501)
    found, right = states([flown], at, "ITRF"), states([iss], at, "ITRF")
    np.testing.assert_allclose(found.position_km, right.position_km, atol=km)
    np.testing.assert_allclose(found.velocity_km_s, right.velocity_km_s, atol=km / 10)
    outside = states([flown], [start - 10.0])
    assert outside.error is not None and outside.error[0, 0] == 7
