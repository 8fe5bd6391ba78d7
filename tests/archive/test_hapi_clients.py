"""HAPI as others' programs read it, over the loopback: hapiclient, and the verifier of the HAPI project where it is installed.

The verifier is not on npm: `git clone https://github.com/hapi-server/verifier-nodejs --recursive`, `npm install` in it, and
HAPI_VERIFIER=its folder.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import cdflib
import numpy as np
import pytest
import uvicorn
import xarray
from hapiclient import hapi, hapitime2datetime

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import ingest
from comity.archive.series import build_series
from tests.archive.samples import new_archive
from tests.archive.series_samples import GOES, GOES_CSV, PSP

VERIFIER = Path(os.environ.get("HAPI_VERIFIER", "/nowhere")) / "verify.js"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clients")
    with new_archive(folder / "archive", {"id": "psp"}, {"id": "goes"}, {"id": "goes_csv"}) as archive:
        for dataset, path in {"psp": PSP, "goes": GOES, "goes_csv": GOES_CSV}.items():
            ingest(archive, dataset, [path])
            build_series(archive, dataset)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            where = f"http://127.0.0.1:{listening.getsockname()[1]}"
            running = uvicorn.Server(uvicorn.Config(archive_app(Service(archive, where)), log_level="error"))
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
            thread.start()
            deadline = time.monotonic() + 30
            while not running.started and time.monotonic() < deadline:
                time.sleep(0.01)
            yield f"{where}/hapi"
            running.should_exit = True
            thread.join()


@pytest.mark.parametrize("form", ["binary", "csv"])
def test_hapiclient_reads_what_is_in_the_cdf(server, tmp_path, form):
    told = hapi(server, "psp", cachedir=str(tmp_path), usecache=False)
    name = "psp_fld_l2_mag_RTN_1min"
    data, meta = hapi(
        server, "psp", name, told["startDate"], told["stopDate"], format=form, cachedir=str(tmp_path), usecache=False
    )
    raw = cdflib.CDF(PSP)
    np.testing.assert_array_equal(data[name], raw.varget(name).astype(np.float64))
    expected = cdflib.cdfepoch.to_datetime(raw.varget("epoch_mag_RTN_1min"))
    found = [np.datetime64(t.replace(tzinfo=None)) for t in hapitime2datetime(data["epoch_mag_RTN_1min"])]
    assert (np.array(found, "datetime64[us]") == expected.astype("datetime64[us]")).all()
    assert meta["parameters"][1]["units"] == "nT"


def test_hapiclient_reads_what_is_in_the_netcdf(server, tmp_path):
    told = hapi(server, "goes", cachedir=str(tmp_path), usecache=False)
    data, _ = hapi(server, "goes", "", told["startDate"], told["stopDate"], cachedir=str(tmp_path), usecache=False)
    with xarray.open_dataset(GOES, mask_and_scale=False) as source:
        assert len(data.dtype.names) == len(told["parameters"]) > 10
        for name in data.dtype.names[1:]:
            np.testing.assert_array_equal(data[name], source[name].values)


@pytest.mark.skipif(not VERIFIER.is_file() or not shutil.which("node"), reason="the HAPI verifier is not installed")
def test_the_verifier_of_the_hapi_project_finds_no_failure(server):
    said = subprocess.run(
        ["node", "verify.js", "--url", server], cwd=VERIFIER.parent, capture_output=True, text=True, timeout=240, check=False
    ).stdout  # fmt: skip
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert plain.count("✓") > 500
    assert [line for line in plain.splitlines() if "✗" in line and "is failure which must be fixed" not in line] == []
