"""Files of time series to test with: the real ones that come with comity, and small ones made here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import cdflib.cdfwrite
import numpy as np

SAMPLES = Path(str(files("comity.archive") / "data" / "samples"))
PSP = SAMPLES / "psp-fields" / "psp_fld_l2_mag_rtn_1min_20200104_v02.cdf"
GOES = SAMPLES / "goes15-xrs" / "sci_xrsf-l2-avg1m_g15_d20190102_truncated.nc"
GOES_CSV = SAMPLES / "goes15-xrs-table" / "goes15_xrs_20190102.csv"


def field(
    path: Path,
    times: np.ndarray,
    values: np.ndarray,
    *,
    kind: str = "CDF_TIME_TT2000",
    fill: float = -1e31,
    **more: object,
) -> Path:
    """A CDF of one scalar `B` over `Epoch`; `more` are attributes of `B`."""
    writer = cdflib.cdfwrite.CDF(path, cdf_spec={"Compressed": 0})
    code = {"CDF_EPOCH": 31, "CDF_EPOCH16": 32, "CDF_TIME_TT2000": 33}[kind]
    writer.write_globalattrs({"Mission_group": {0: "Test"}, "Logical_source": {0: "test_mag"}})
    about = {
        "Variable": "Epoch",
        "Data_Type": code,
        "Num_Elements": 1,
        "Rec_Vary": True,
        "Dim_Sizes": [],
        "Compress": 0,
    }
    writer.write_var(about, {"VAR_TYPE": "support_data"}, times)
    about = {**about, "Variable": "B", "Data_Type": 45}
    told = {
        "VAR_TYPE": "data",
        "DEPEND_0": "Epoch",
        "UNITS": "nT",
        "FILLVAL": np.float64(fill),
        "CATDESC": "Field",
        **more,
    }
    writer.write_var(about, told, values)
    writer.close()
    return path


def table(path: Path, start: str, values: Sequence[float | str], *, step_s: int = 60, name: str = "B") -> Path:
    """A CSV of one column over time."""
    times = np.datetime64(start, "s") + np.arange(len(values)) * np.timedelta64(step_s, "s")
    path.write_text(f"time,{name}\n" + "".join(f"{t}Z,{v}\n" for t, v in zip(times, values, strict=True)))
    return path
