"""EPN-TAP: products about bodies of the Solar System, as their PDS4 labels tell of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import pyvo

import comity.archive
from comity.archive import Everything, ingest
from comity.archive.query import answered
from comity.archive_rules import governed
from tests.archive.samples import image, new_archive
from tests.archive.serving import served
from tests.archive.virtual_observatory import EMBARGOED

SAMPLE = Path(comity.archive.__file__).parent / "data" / "samples" / "comet-colours"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("epn")
    with new_archive(folder / "archive", {"id": "comets"}, {"id": "sky"}, {"id": "secret", **EMBARGOED}) as made:
        for dataset in ("comets", "secret"):
            ingest(made, dataset, [Path(shutil.copytree(SAMPLE, folder / dataset))])
        ingest(made, "sky", [image(folder / "a.fits")], stated={"calib_level": 2})
        yield made


def test_only_what_tells_of_the_solar_system_is_in_the_table(archive):
    query = "SELECT granule_uid, target_class, dataproduct_type, service_title FROM epn.epn_core WHERE file_name = 'colors.tab'"
    found = answered(archive, governed(archive).reader("public"), query).table.to_pylist()
    assert found == [
        {"granule_uid": "comets/colors.tab", "target_class": "comet", "dataproduct_type": "ca", "service_title": "epn"}
    ]
    everything = answered(archive, Everything(), "SELECT granule_gid FROM epn.epn_core").table.column(0).to_pylist()
    assert set(everything) == {"comets", "secret"}


def test_there_is_no_such_table_where_nobody_tells_of_the_solar_system(tmp_path):
    with new_archive(tmp_path / "archive") as archive:
        names = answered(archive, Everything(), "SELECT table_name FROM tap_schema.tables").table.column(0).to_pylist()
    assert "epn.epn_core" not in names


@pytest.mark.skipif(shutil.which("stilts") is None, reason="no stilts")
@pytest.mark.timeout(300)
def test_pyvo_and_taplint_take_the_table(archive):
    with served(archive) as url:
        found = pyvo.dal.TAPService(f"{url}/tap").search("SELECT * FROM epn.epn_core")
        assert str(found.to_table()["time_max"].unit) == "d"
        told = subprocess.run(
            ["stilts", "taplint", f"tapurl={url}/tap", "stages=TMV TME TMS TMC MDQ", "report=EW", "maxrepeat=20"],
            capture_output=True, text=True, timeout=280, check=False,
        ).stdout  # fmt: skip
    assert "Totals:" in told
    assert [line for line in told.splitlines() if re.match(r"[EW]-", line)] == []
